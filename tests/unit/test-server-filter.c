/* What the server's filter thought of a message, and what a sender only says that it did. */
#include "server-filter.h"

#include <string.h>

#define ENTRY                                                                                                 \
    "Received: from out.example.net (out.example.net [203.0.113.5]) by mail.example.org (Postfix) with ESMTP id 1\n"
#define HEARSAY "Received: from x (x.example.net [203.0.113.6]) by out.example.net with SMTP\n"

static const struct {
    const char *name, *header, *folder_use;
    IbServerFilter filter;
    const char *marks;
} rows[] = {
    { "silent", ENTRY "Subject: x\n", "", IB_SERVER_FILTER_SILENT, "" },
    { "nothing-at-all", "", "", IB_SERVER_FILTER_SILENT, "" },
    { "passed-above", "X-Spam-Status: No, score=1\n" ENTRY, "", IB_SERVER_FILTER_PASSED, "" },
    { "passed-by-a-milter", ENTRY "x-rspamd-action: no action\n" HEARSAY, "", IB_SERVER_FILTER_PASSED, "" },
    { "said-by-the-sender", ENTRY HEARSAY "X-Spam-Status: No, score=-100\n", "", IB_SERVER_FILTER_SILENT, "" },
    { "marked", "X-Spam-Flag: YES\nX-Spam-Status: Yes, score=9\n" ENTRY, "", IB_SERVER_FILTER_MARKED,
      "X-Spam-Flag, X-Spam-Status" },
    { "marked-below", ENTRY HEARSAY "X-Spam-Flag: YES\n", "", IB_SERVER_FILTER_MARKED, "X-Spam-Flag" },
    { "junk-folder", ENTRY, "Junk", IB_SERVER_FILTER_MARKED, "" },
    { "other-folder", ENTRY, "Archive", IB_SERVER_FILTER_SILENT, "" },
    { "no-filter's-field", "X-Mailer: a\nX-: b\nX: c\n" ENTRY, "", IB_SERVER_FILTER_SILENT, "" },
    { "outlook", ENTRY "X-Forefront-Antispam-Report: CIP:1;SFV:NSPM;\n", "", IB_SERVER_FILTER_PASSED, "" },
};

static void
test_row (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbFacts) facts = ib_facts_new ();
    ib_facts_set_text (&facts->server_host, g_strdup ("mail.example.org"));
    ib_facts_set_text (&facts->server_use, g_strdup (rows[i].folder_use));
    g_autoptr (IbMessage) message = ib_message_new (rows[i].header, strlen (rows[i].header));
    g_autoptr (IbPath) path = ib_path_walk (message, facts);
    g_autofree char *marks = ib_server_filter_marks (message);
    g_assert_cmpint (ib_server_filter_find (message, path, facts), ==, rows[i].filter);
    g_assert_cmpstr (marks, ==, rows[i].marks);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/server-filter/", rows[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_row);
    }
    return g_test_run ();
}
