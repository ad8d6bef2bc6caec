/* testsuite-notice.c - what notify by mailto would send (RFC 5436, RFC 6068) */
#include "testsuite-mail.h"

#include <string.h>

/* A mailto URI, read. */
typedef struct {
    GPtrArray *to, *cc, *bcc; /* char *: addresses */
    GPtrArray *fields;        /* char *: name, value, name, value … */
    char *subject, *body;     /* NULL: not there */
} Mailto;

static void
mailto_clear (Mailto *self)
{
    g_ptr_array_unref (self->to);
    g_ptr_array_unref (self->cc);
    g_ptr_array_unref (self->bcc);
    g_ptr_array_unref (self->fields);
    g_free (self->subject);
    g_free (self->body);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Mailto, mailto_clear)

static char *
unescape (const char *text, gsize length)
{
    char *plain = g_uri_unescape_segment (text, text + length, NULL);
    return plain != NULL ? plain : g_strndup (text, length);
}

/* A comma that is meant as one is escaped, so addresses are parted before that. */
static void
add_addresses (GPtrArray *addresses, const char *text, gsize length)
{
    const char *end = text + length;
    while (text < end) {
        const char *comma = memchr (text, ',', (gsize) (end - text));
        const char *stop = comma != NULL ? comma : end;
        if (stop > text)
            g_ptr_array_add (addresses, g_strstrip (unescape (text, (gsize) (stop - text))));
        text = stop + 1;
    }
}

/* Fields that say where a message came from, or that delivery sets, are not the script's to write (RFC 5436, 2.3). */
static bool
may_set (const char *name)
{
    static const char *const never[] = { "from",
                                         "date",
                                         "message-id",
                                         "received",
                                         "auto-submitted",
                                         "sender",
                                         "return-path",
                                         "mime-version",
                                         "references",
                                         "in-reply-to",
                                         "resent-from",
                                         "content-type",
                                         "reply-to",
                                         "resent-date",
                                         "resent-to",
                                         "resent-sender",
                                         NULL };
    g_autofree char *lower = g_ascii_strdown (name, -1);
    for (const char *c = name; *c != '\0'; c++)
        if (!g_ascii_isgraph (*c) || *c == ':')
            return false;
    return *name != '\0' && !g_strv_contains (never, lower);
}

/* hfield = hfname "=" hfvalue                                    RFC 6068, 2 */
static void
add_field (Mailto *self, const char *text, gsize length)
{
    const char *equals = memchr (text, '=', length);
    if (equals == NULL)
        return;
    g_autofree char *name = unescape (text, (gsize) (equals - text));
    const char *raw = equals + 1;
    gsize raw_length = length - (gsize) (raw - text);
    g_autofree char *value = unescape (raw, raw_length);
    if (g_ascii_strcasecmp (name, "to") == 0) {
        add_addresses (self->to, raw, raw_length);
    } else if (g_ascii_strcasecmp (name, "cc") == 0) {
        add_addresses (self->cc, raw, raw_length);
    } else if (g_ascii_strcasecmp (name, "bcc") == 0) {
        add_addresses (self->bcc, raw, raw_length);
    } else if (g_ascii_strcasecmp (name, "subject") == 0) {
        g_free (self->subject);
        self->subject = g_steal_pointer (&value);
    } else if (g_ascii_strcasecmp (name, "body") == 0) {
        g_free (self->body);
        self->body = g_steal_pointer (&value);
    } else if (may_set (name)) {
        g_ptr_array_add (self->fields, g_steal_pointer (&name));
        g_ptr_array_add (self->fields, g_steal_pointer (&value));
    }
}

/* mailtoURI = "mailto:" [ to ] [ "?" hfield *( "&" hfield ) ]    RFC 6068, 2 */
static Mailto
read_mailto (const char *uri)
{
    Mailto self = {
        .to = g_ptr_array_new_with_free_func (g_free),
        .cc = g_ptr_array_new_with_free_func (g_free),
        .bcc = g_ptr_array_new_with_free_func (g_free),
        .fields = g_ptr_array_new_with_free_func (g_free),
    };
    const char *at = uri + strlen ("mailto:");
    gsize length = strcspn (at, "?");
    add_addresses (self.to, at, length);
    while (at[length] != '\0') {
        at += length + 1;
        length = strcspn (at, "&");
        add_field (&self, at, length);
    }
    return self;
}

static void
add_party (IbTestsuiteDraft *draft, const char *name, GPtrArray *addresses)
{
    if (addresses->len == 0)
        return;
    g_autoptr (GString) list = g_string_new (addresses->pdata[0]);
    for (guint i = 1; i < addresses->len; i++)
        g_string_append_printf (list, ", %s", (const char *) addresses->pdata[i]);
    ib_testsuite_draft_add (draft, name, list->str);
}

/* The subject is :message, then that of the URI, then the message's own (RFC 5436, 2.7). */
static void
add_subject (const IbTestsuite *self, const IbAction *action, const Mailto *mailto, IbTestsuiteDraft *draft)
{
    const char *message = ib_action_detail (action, "message");
    g_autofree char *own = ib_testsuite_mail_field (self, "Subject");
    g_autofree char *about = g_strdup_printf ("Notification: %s", own != NULL ? own : "(no subject)");
    const char *subject = message != NULL ? message : mailto->subject != NULL ? mailto->subject : about;
    ib_testsuite_draft_add (draft, "Subject", subject);
}

static void
add_importance (const IbAction *action, IbTestsuiteDraft *draft)
{
    static const char *const words[] = { "high", "normal", "low" };
    static const char *const priorities[] = { "1 (Highest)", "3 (Normal)", "5 (Lowest)" };
    const char *importance = ib_action_detail (action, "importance");
    gsize level = importance != NULL ? CLAMP (g_ascii_strtoull (importance, NULL, 10), 1, 3) - 1 : 1;
    ib_testsuite_draft_add (draft, "X-Priority", priorities[level]);
    ib_testsuite_draft_add (draft, "Importance", words[level]);
}

static void
write_notice (const IbTestsuite *self, const IbAction *action, const Mailto *mailto, IbTestsuiteDraft *draft)
{
    const char *from = ib_action_detail (action, "from");
    g_autofree char *user = g_strdup_printf ("<%s>", ib_testsuite_mail_user (self));
    g_autofree char *automatic
        = g_strdup_printf ("auto-notified; owner-email=\"%s\"", ib_testsuite_mail_user (self));
    ib_testsuite_draft_add (draft, "From", from != NULL ? from : user);
    add_party (draft, "To", mailto->to);
    add_party (draft, "Cc", mailto->cc);
    add_subject (self, action, mailto, draft);
    for (guint i = 0; i + 1 < mailto->fields->len; i += 2)
        ib_testsuite_draft_add (draft, mailto->fields->pdata[i], mailto->fields->pdata[i + 1]);
    add_importance (action, draft);
    ib_testsuite_draft_add (draft, "Auto-Submitted", automatic);
    ib_testsuite_draft_add (draft, "Precedence", "bulk");
    ib_testsuite_draft_add (draft, "MIME-Version", "1.0");
    ib_testsuite_draft_add (draft, "Content-Type", "text/plain; charset=utf-8");
    ib_testsuite_draft_add (draft, "Content-Transfer-Encoding", "8bit");
}

/* Nobody is told of one message twice, however often he is named. */
static void
send_to_all (IbTestsuite *self, IbTestsuiteDraft *draft, GPtrArray *addresses, const char *from,
             const char *body)
{
    for (guint i = 0; i < addresses->len; i++)
        if (g_hash_table_add (self->result.notified, g_ascii_strdown (addresses->pdata[i], -1)))
            ib_testsuite_draft_send (draft, self, from, addresses->pdata[i], body);
}

/* What a program sent is notified of by no mail, or two such would never end (RFC 5436, 2.7.1). */
void
ib_testsuite_notice_send (IbTestsuite *self, const IbAction *action)
{
    if (g_ascii_strncasecmp (action->mailbox, "mailto:", 7) != 0 || ib_testsuite_mail_is_automatic (self))
        return;
    g_auto (Mailto) mailto = read_mailto (action->mailbox);
    g_autoptr (IbTestsuiteDraft) draft = ib_testsuite_draft_new (self);
    write_notice (self, action, &mailto, draft);

    g_autofree char *sender = ib_testsuite_mail_field (self, "From");
    g_autofree char *about
        = g_strdup_printf ("Notification of new message from %s", sender != NULL ? sender : "somebody");
    g_autofree char *body = g_strdup_printf ("\n%s\n", mailto.body != NULL ? mailto.body : about);
    g_autofree char *from
        = ib_testsuite_mail_sender (self, "sieve_notify_mailto_envelope_from", ib_testsuite_mail_user (self));
    send_to_all (self, draft, mailto.to, from, body);
    send_to_all (self, draft, mailto.cc, from, body);
    send_to_all (self, draft, mailto.bcc, from, body);
}
