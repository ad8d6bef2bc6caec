/* testsuite-mail.c - mail that a test file makes: edited messages, redirects, refusals */
#include "testsuite-mail.h"
#include "text.h"

#include <string.h>

/* --- an edited message --- */

static void
append_kept (GString *text, const char *bytes, gsize from, gsize to)
{
    if (to > from)
        g_string_append_len (text, bytes + from, (gssize) (to - from));
}

static void
end_line (GString *text)
{
    if (text->len > 0 && text->str[text->len - 1] != '\n')
        g_string_append_c (text, '\n');
}

GBytes *
ib_testsuite_mail_edited (const IbMessage *message, const IbHeader *header)
{
    gsize length, count;
    const char *bytes = ib_message_bytes (message, &length);
    if (header == NULL || !ib_header_is_edited (header))
        return g_bytes_new (bytes, length);

    const IbField *fields = ib_message_fields (message, &count);
    g_autofree char *front = ib_header_added (header, false);
    g_autofree char *back = ib_header_added (header, true);
    g_autoptr (GArray) taken_out = ib_header_taken_out (header);
    guint next = 0;
    gsize at = count > 0 ? fields[0].offset : 0;
    GString *text = g_string_sized_new (length + 256);
    append_kept (text, bytes, 0, at);
    g_string_append (text, front);
    for (gsize i = 0; i < count; i++) {
        append_kept (text, bytes, at, fields[i].offset);
        at = fields[i].offset + fields[i].length;
        bool is_taken_out
            = next < taken_out->len && g_array_index (taken_out, IbField, next).offset == fields[i].offset;
        if (is_taken_out)
            next++;
        else
            append_kept (text, bytes, fields[i].offset, at);
    }
    end_line (text);
    g_string_append (text, back);
    /* A message without a header has no empty line that would part it from its body. */
    if (ib_message_body_offset (message) == at)
        g_string_append_c (text, '\n');
    append_kept (text, bytes, at, length);
    return g_string_free_to_bytes (text);
}

/* --- addresses --- */

bool
ib_testsuite_mail_is_yes (const IbTestsuite *self, const char *key)
{
    const char *value = ib_testsuite_config (self, key);
    return value != NULL && g_ascii_strcasecmp (value, "yes") == 0;
}

const char *
ib_testsuite_mail_user (const IbTestsuite *self)
{
    const char *address = ib_testsuite_config (self, "sieve_user_email");
    return address != NULL && *address != '\0' ? address : self->envelope.to;
}

/* "sender", "recipient", "orig_recipient", "user_email", "postmaster" or "<address>". */
char *
ib_testsuite_mail_sender (const IbTestsuite *self, const char *key, const char *otherwise)
{
    const char *source = ib_testsuite_config (self, key);
    /* What has the null reverse-path is answered by nobody, and so is what comes of it (RFC 5321, 4.5.5). */
    if (*self->envelope.from == '\0')
        return g_strdup ("");
    if (source == NULL)
        return g_strdup (otherwise);
    if (g_ascii_strcasecmp (source, "sender") == 0)
        return g_strdup (self->envelope.from);
    if (g_ascii_strcasecmp (source, "recipient") == 0)
        return g_strdup (self->envelope.to);
    if (g_ascii_strcasecmp (source, "orig_recipient") == 0)
        return g_strdup (self->envelope.orig_to);
    if (g_ascii_strcasecmp (source, "user_email") == 0)
        return g_strdup (ib_testsuite_mail_user (self));
    if (g_ascii_strcasecmp (source, "postmaster") == 0)
        return g_strdup ("postmaster@example.com");
    gsize length = strlen (source);
    if (length >= 2 && source[0] == '<' && source[length - 1] == '>')
        return g_strndup (source + 1, length - 2);
    return g_strdup (otherwise);
}

/* --- writing --- */

/* A header of its own is edited into a message that has none. */
struct _IbTestsuiteDraft {
    IbMessage *empty;
    IbHeader *header;
};

IbTestsuiteDraft *
ib_testsuite_draft_new (IbTestsuite *self)
{
    IbTestsuiteDraft *draft = g_new (IbTestsuiteDraft, 1);
    draft->empty = ib_message_new ("", 0);
    draft->header = ib_header_new (draft->empty);

    g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (self->options->now / G_USEC_PER_SEC);
    g_autofree char *date = g_date_time_format (utc, "%a, %d %b %Y %H:%M:%S +0000");
    g_autofree char *id = g_strdup_printf ("<%" G_GINT64_FORMAT ".%u@inbasket.invalid>", self->options->now,
                                           ++self->n_drafts);
    ib_testsuite_draft_add (draft, "Date", date);
    ib_testsuite_draft_add (draft, "Message-ID", id);
    return draft;
}

void
ib_testsuite_draft_free (IbTestsuiteDraft *self)
{
    if (self == NULL)
        return;
    ib_header_unref (self->header);
    ib_message_free (self->empty);
    g_free (self);
}

void
ib_testsuite_draft_add (IbTestsuiteDraft *self, const char *name, const char *value)
{
    g_autofree char *line = g_strdelimit (g_strdup (value), "\r\n", ' ');
    g_autoptr (IbHeader) before = self->header;
    self->header = ib_header_with (before, name, line, true);
}

void
ib_testsuite_draft_send (IbTestsuiteDraft *self, IbTestsuite *suite, const char *from, const char *to,
                         const char *body)
{
    g_autofree char *fields = ib_header_added (self->header, true);
    g_autofree char *text = g_strconcat (fields, body, NULL);
    g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
    ib_testsuite_store_send (suite->store, from, to, bytes);
}

char *
ib_testsuite_mail_field (const IbTestsuite *self, const char *name)
{
    return ib_message_header (self->message, name);
}

/* "no" and nothing are a person's (RFC 3834, 5). */
bool
ib_testsuite_mail_is_automatic (const IbTestsuite *self)
{
    g_autofree char *value = ib_testsuite_mail_field (self, "Auto-Submitted");
    if (value == NULL)
        return false;
    value[strcspn (value, "; \t(")] = '\0';
    return g_ascii_strcasecmp (value, "no") != 0;
}

/* --- redirect, reject --- */

static void
send_redirect (IbTestsuite *self, const IbAction *action)
{
    const IbMessage *message = action->header != NULL ? ib_header_message (action->header) : self->message;
    g_autoptr (GBytes) bytes = ib_testsuite_mail_edited (message, action->header);
    g_autofree char *from
        = ib_testsuite_mail_sender (self, "sieve_redirect_envelope_from", self->envelope.from);
    ib_testsuite_store_send (self->store, from, action->mailbox, bytes);
}

/* The header goes back, the body does not: it may be what it was refused for. */
static char *
returned_header (const IbTestsuite *self)
{
    gsize length;
    const char *bytes = ib_message_bytes (self->message, &length);
    return g_strndup (bytes, ib_message_body_offset (self->message));
}

/* A disposition notification (RFC 5429, 2.1.1; RFC 8098, 3). What has no sender is refused in silence. */
static void
send_refusal (IbTestsuite *self, const IbAction *action)
{
    static const char boundary[] = "inbasket-refusal";
    const char *reason = ib_action_detail (action, "reason");
    if (*self->envelope.from == '\0')
        return;
    g_autoptr (IbTestsuiteDraft) draft = ib_testsuite_draft_new (self);
    g_autofree char *id = ib_testsuite_mail_field (self, "Message-ID");
    g_autofree char *to = g_strdup_printf ("<%s>", self->envelope.from);
    ib_testsuite_draft_add (draft, "From", "Mail Delivery Subsystem <postmaster@example.com>");
    ib_testsuite_draft_add (draft, "To", to);
    ib_testsuite_draft_add (draft, "Subject", "Automatically rejected mail");
    if (id != NULL) {
        ib_testsuite_draft_add (draft, "In-Reply-To", id);
        ib_testsuite_draft_add (draft, "References", id);
    }
    ib_testsuite_draft_add (draft, "Auto-Submitted", "auto-replied (rejected)");
    ib_testsuite_draft_add (draft, "MIME-Version", "1.0");
    ib_testsuite_draft_add (
        draft, "Content-Type",
        "multipart/report; report-type=disposition-notification; boundary=\"inbasket-refusal\"");

    g_autofree char *header = returned_header (self);
    g_autofree char *body = g_strdup_printf (
        "\nThis message is in MIME format.\n\n"
        "--%s\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        "Your message to <%s> was automatically rejected:\n%s\n\n"
        "--%s\nContent-Type: message/disposition-notification\n\n"
        "Reporting-UA: Inbasket; " IB_VERSION "\nFinal-Recipient: rfc822; %s\n%s%s%s"
        "Disposition: automatic-action/MDN-sent-automatically; deleted\n\n"
        "--%s\nContent-Type: text/rfc822-headers\n\n%s\n--%s--\n",
        boundary, self->envelope.to, reason != NULL ? reason : "", boundary, self->envelope.to,
        id != NULL ? "Original-Message-ID: " : "", id != NULL ? id : "", id != NULL ? "\n" : "", boundary,
        header, boundary);
    ib_testsuite_draft_send (draft, self, "", self->envelope.from, body);
}

void
ib_testsuite_mail_send (IbTestsuite *self, const IbAction *action)
{
    switch (action->kind) {
    case IB_ACTION_REDIRECT:
        send_redirect (self, action);
        break;
    case IB_ACTION_REJECT:
    case IB_ACTION_EREJECT:
        send_refusal (self, action);
        break;
    case IB_ACTION_VACATION:
        ib_testsuite_answer_send (self, action);
        break;
    case IB_ACTION_NOTIFY:
        ib_testsuite_notice_send (self, action);
        break;
    case IB_ACTION_KEEP:
    case IB_ACTION_FILEINTO:
    case IB_ACTION_DISCARD:
        break;
    }
}
