/* What kind of mail a header shows. */
#include "kind.h"
#include "address.h"

#include <string.h>

static const struct {
    const char *name, *header, *kind;
} messages[] = {
    { "person", "From: Dora <dora@example.net>\nSubject: lunch\n", "personal" },
    { "empty", "", "personal" },
    { "list", "From: a@b.c\nList-Id: <x.example.org>\nList-Post: <mailto:x@example.org>\nList-Unsubscribe: <mailto:y>\n", "list" },
    { "list-by-id", "From: a@b.c\nList-Id: <x.example.org>\n", "list" },
    { "newsletter", "From: a@b.c\nList-Unsubscribe: <https://example.org/u>\n", "newsletter" },
    { "newsletter-with-id", "From: a@b.c\nList-Id: x\nList-Unsubscribe: <https://example.org/u>\n", "newsletter" },
    { "bulk", "From: a@b.c\nPrecedence: Bulk\n", "bulk" },
    { "calendar", "From: a@b.c\nContent-Type: TEXT/Calendar; method=REQUEST\n", "calendar" },
    { "calendar-of-exchange", "From: a@b.c\nContent-Class: urn:content-classes:calendarmessage\n", "calendar" },
    { "exchange-mail", "From: a@b.c\nContent-Class: urn:content-classes:message\n", "personal" },
    { "auto-generated", "From: a@b.c\nAuto-Submitted: auto-generated (cron)\n", "notification" },
    { "auto-replied-is-a-person's", "From: a@b.c\nAuto-Submitted: auto-replied\n", "personal" },
    { "noreply", "From: Shop <No-Reply+17@example.org>\n", "notification" },
    { "bounce", "From: MAILER-DAEMON@example.org\n", "notification" },
    { "person-who-likes-replies", "From: replyto.anna@example.org\n", "personal" },
};

static void
test_message (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbMessage) message = ib_message_new (messages[i].header, strlen (messages[i].header));
    g_autoptr (GPtrArray) authors = ib_address_of_fields (message, "From");
    g_assert_cmpstr (ib_mail_kind_name (ib_mail_kind (message, authors)), ==, messages[i].kind);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (messages); i++) {
        g_autofree char *path = g_strconcat ("/kind/", messages[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_message);
    }
    return g_test_run ();
}
