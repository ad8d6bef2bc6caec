/* testsuite-answer.c - what vacation would answer, and whom not (RFC 5230) */
#include "address.h"
#include "testsuite-mail.h"

#include <string.h>

/* --- whom not --- */

/* Mailing lists say so in fields of their own (RFC 5230, 4.6). */
static bool
is_from_list (const IbTestsuite *self)
{
    static const char *const fields[] = { "List-Id",          "List-Owner", "List-Subscribe", "List-Post",
                                          "List-Unsubscribe", "List-Help",  "List-Archive" };
    static const char *const crowds[] = { "bulk", "junk", "list", NULL };
    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++) {
        g_autofree char *value = ib_testsuite_mail_field (self, fields[i]);
        if (value != NULL)
            return true;
    }
    g_autofree char *precedence = ib_testsuite_mail_field (self, "Precedence");
    g_autofree char *lower = precedence != NULL ? g_ascii_strdown (precedence, -1) : NULL;
    return lower != NULL && g_strv_contains (crowds, lower);
}

/* No RFC's, but what Exchange and many programs write into mail that wants no answer. */
static bool
wants_no_answer (const IbTestsuite *self)
{
    static const char *const words[] = { "all", "oof", "autoreply", NULL };
    g_autofree char *value = ib_testsuite_mail_field (self, "X-Auto-Response-Suppress");
    g_autofree char *lower = g_ascii_strdown (value != NULL ? value : "", -1);
    g_auto (GStrv) given = g_strsplit_set (lower, ", \t;", -1);
    for (char **word = given; *word != NULL; word++)
        if (g_strv_contains (words, *word))
            return true;
    return false;
}

/* Nobody reads an answer there (RFC 5230, 4.6). */
static bool
is_machine (const char *address)
{
    g_autofree char *lower = g_ascii_strdown (address, -1);
    g_autofree char *local = g_strndup (lower, strcspn (lower, "@"));
    return *lower == '\0' || g_str_has_prefix (local, "owner-") || g_str_has_suffix (local, "-request")
           || strcmp (local, "mailer-daemon") == 0 || strcmp (local, "listserv") == 0
           || strcmp (local, "majordomo") == 0;
}

/* The user's addresses: what the envelope and the settings say, and :addresses. */
static GPtrArray *
own_addresses (const IbTestsuite *self, const IbAction *action)
{
    GPtrArray *own = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (own, g_strdup (self->envelope.to));
    if (ib_testsuite_mail_is_yes (self, "sieve_vacation_use_original_recipient"))
        g_ptr_array_add (own, g_strdup (self->envelope.orig_to));
    g_ptr_array_add (own, g_strdup (ib_testsuite_mail_user (self)));
    const char *more = ib_action_detail (action, "addresses");
    g_autoptr (GPtrArray) parsed = ib_address_parse (more != NULL ? more : "");
    for (guint i = 0; i < parsed->len; i++)
        g_ptr_array_add (own, g_strdup (((const IbAddress *) parsed->pdata[i])->address));
    return own;
}

static const char *
find_own (const GPtrArray *own, const char *address)
{
    for (guint i = 0; i < own->len; i++)
        if (g_ascii_strcasecmp (own->pdata[i], address) == 0)
            return own->pdata[i];
    return NULL;
}

/* The one of @own that the message is addressed to; NULL: it came another way, and is not answered (RFC 5230, 4.5). */
static const char *
find_addressee (const IbTestsuite *self, const GPtrArray *own)
{
    static const char *const names[] = { "To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc" };
    gsize count;
    const IbField *fields = ib_message_fields (self->message, &count);
    for (gsize i = 0; i < count; i++)
        for (gsize n = 0; n < G_N_ELEMENTS (names); n++) {
            if (!ib_message_field_is (self->message, &fields[i], names[n]))
                continue;
            g_autofree char *raw = ib_message_field_raw (self->message, &fields[i]);
            g_autoptr (GPtrArray) addresses = ib_address_parse (raw);
            for (guint a = 0; a < addresses->len; a++) {
                const char *found = find_own (own, ((const IbAddress *) addresses->pdata[a])->address);
                if (found != NULL)
                    return found;
            }
        }
    if (ib_testsuite_mail_is_yes (self, "sieve_vacation_dont_check_recipient"))
        return own->pdata[0];
    return NULL;
}

/* Each sender is answered once in the period, by each handle; the reason and its tags are one where none is named
 * (RFC 5230, 4.2). */
static bool
was_answered (IbTestsuite *self, const IbAction *action)
{
    static const char *const kinds[] = { "reason", "subject", "from", "mime" };
    const char *handle = ib_action_detail (action, "handle");
    g_autoptr (GString) key = g_string_new (self->envelope.from);
    g_string_append_c (key, '\n');
    g_string_append (key, handle != NULL ? handle : "");
    for (gsize i = 0; i < G_N_ELEMENTS (kinds) && handle == NULL; i++) {
        const char *value = ib_action_detail (action, kinds[i]);
        g_string_append_printf (key, "\n%s=%s", kinds[i], value != NULL ? value : "");
    }
    const char *seconds = ib_action_detail (action, "seconds");
    bool remembers = seconds == NULL || g_ascii_strtoull (seconds, NULL, 10) > 0;
    if (g_hash_table_contains (self->answered, key->str))
        return true;
    if (remembers)
        g_hash_table_add (self->answered, g_string_free (g_steal_pointer (&key), FALSE));
    return false;
}

/* --- the answer --- */

/* RFC 5230, 5.7 and RFC 5322, 3.6.4. */
static void
add_references (const IbTestsuite *self, IbTestsuiteDraft *draft)
{
    g_autofree char *id = ib_testsuite_mail_field (self, "Message-ID");
    g_autofree char *references = ib_testsuite_mail_field (self, "References");
    g_autofree char *parent = ib_testsuite_mail_field (self, "In-Reply-To");
    if (id == NULL)
        return;
    const char *before = references != NULL ? references : parent;
    g_autofree char *all = before != NULL ? g_strdup_printf ("%s %s", before, id) : g_strdup (id);
    ib_testsuite_draft_add (draft, "In-Reply-To", id);
    ib_testsuite_draft_add (draft, "References", all);
}

static char *
subject_of (const IbTestsuite *self, const IbAction *action)
{
    const char *own = ib_action_detail (action, "subject");
    g_autofree char *subject = ib_testsuite_mail_field (self, "Subject");
    if (own != NULL)
        return g_strdup (own);
    return subject != NULL ? g_strdup_printf ("Auto: %s", subject) : g_strdup ("Automated reply");
}

static void
write_answer (IbTestsuite *self, const IbAction *action, const char *addressee)
{
    const char *from = ib_action_detail (action, "from"), *reason = ib_action_detail (action, "reason");
    bool is_mime = ib_action_detail (action, "mime") != NULL;
    g_autoptr (IbTestsuiteDraft) draft = ib_testsuite_draft_new (self);
    g_autofree char *to = g_strdup_printf ("<%s>", self->envelope.from);
    g_autofree char *subject = subject_of (self, action);
    g_autofree char *sender = from != NULL ? g_strdup (from) : g_strdup_printf ("<%s>", addressee);
    ib_testsuite_draft_add (draft, "From", sender);
    ib_testsuite_draft_add (draft, "To", to);
    ib_testsuite_draft_add (draft, "Subject", subject);
    add_references (self, draft);
    ib_testsuite_draft_add (draft, "Auto-Submitted", "auto-replied (vacation)");
    ib_testsuite_draft_add (draft, "Precedence", "bulk");
    ib_testsuite_draft_add (draft, "MIME-Version", "1.0");
    g_autofree char *body = is_mime ? g_strdup (reason)
                                    : g_strdup_printf ("Content-Type: text/plain; charset=utf-8\n"
                                                       "Content-Transfer-Encoding: 8bit\n\n%s\n",
                                                       reason);
    const char *path
        = ib_testsuite_mail_is_yes (self, "sieve_vacation_send_from_recipient") ? self->envelope.to : "";
    ib_testsuite_draft_send (draft, self, path, self->envelope.from, body);
}

void
ib_testsuite_answer_send (IbTestsuite *self, const IbAction *action)
{
    g_autoptr (GPtrArray) own = own_addresses (self, action);
    if (is_machine (self->envelope.from) || is_from_list (self) || wants_no_answer (self)
        || ib_testsuite_mail_is_automatic (self) || find_own (own, self->envelope.from) != NULL)
        return;
    const char *addressee = find_addressee (self, own);
    if (addressee != NULL && !was_answered (self, action))
        write_answer (self, action, addressee);
}
