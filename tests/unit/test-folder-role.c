/* What folders are for, by the names that clients and servers give them. */
#include "folder-role.h"

static const struct {
    const char *name, *folder;
    IbFolderRole role;
} rows[] = {
    { "inbox", "INBOX", IB_ROLE_ORDINARY },
    { "nothing", "", IB_ROLE_ORDINARY },
    { "ordinary", "Lists.foo", IB_ROLE_ORDINARY },
    { "archive", "Archive.2026", IB_ROLE_ORDINARY },
    { "list-about-spam-tools", "Lists.spamassassin-users", IB_ROLE_ORDINARY },
    { "junk", "Junk", IB_ROLE_JUNK },
    { "junk-in-any-case", "JUNK", IB_ROLE_JUNK },
    { "spam", "Spam", IB_ROLE_JUNK },
    { "outlook", "Junk E-mail", IB_ROLE_JUNK },
    { "yahoo", "Bulk Mail", IB_ROLE_JUNK },
    { "below-junk", "Junk.2026", IB_ROLE_JUNK },
    { "below-the-inbox", "INBOX.Junk", IB_ROLE_JUNK },
    { "of-an-account", "Work.Spam", IB_ROLE_JUNK },
    { "gmail", "[Gmail]/Spam", IB_ROLE_JUNK },
    { "german", "Unerwünscht", IB_ROLE_JUNK },
    { "german-decomposed", "Unerwu\xcc\x88nscht", IB_ROLE_JUNK },
    { "german-in-modified-utf-7", "Unerw&APw-nscht", IB_ROLE_JUNK },
    { "russian", "Спам", IB_ROLE_JUNK },
    { "sent", "Sent", IB_ROLE_SENT },
    { "sent-items", "Sent Items", IB_ROLE_SENT },
    { "sent-of-a-year", "Sent.2026", IB_ROLE_SENT },
    { "sent-on-a-server", "INBOX/Sent", IB_ROLE_SENT },
    { "sent-at-gmail", "[Gmail]/Sent Mail", IB_ROLE_SENT },
    { "kmail", "sent-mail", IB_ROLE_SENT },
    { "trash", "Trash", IB_ROLE_ASIDE },
    { "trash-below-the-inbox", "INBOX.Trash", IB_ROLE_ASIDE },
    { "deleted-items", "Deleted Items", IB_ROLE_ASIDE },
    { "deleted-messages", "Deleted Messages", IB_ROLE_ASIDE },
    { "drafts", "Drafts", IB_ROLE_ASIDE },
    { "outbox", "Outbox", IB_ROLE_ASIDE },
    { "templates", "Templates", IB_ROLE_ASIDE },
    { "french", "Corbeille", IB_ROLE_ASIDE },
    { "old-spam", "Old spam", IB_ROLE_ASIDE },
    { "spam-archive", "spam-archive", IB_ROLE_ASIDE },
    { "junk-of-a-year", "Archive.Junk-2025", IB_ROLE_ASIDE },
    { "not-utf-8", "Spam\xff", IB_ROLE_ORDINARY },
};

static void
has_its_role (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_assert_cmpint (ib_folder_role (rows[i].folder), ==, rows[i].role);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strdup_printf ("/folder-role/%s", rows[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), has_its_role);
    }
    return g_test_run ();
}
