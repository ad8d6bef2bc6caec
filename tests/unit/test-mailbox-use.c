/* What a mailbox is for, by its attribute and by its name. */
#include "mailbox-use.h"

static const struct { const char *name, *word; IbMailboxUse use; } attributes[] = {
    { "junk", "Junk", IB_USE_JUNK },
    { "any-case", "SENT", IB_USE_SENT },
    { "all", "All", IB_USE_ALL },
    { "none", "", IB_USE_NONE },
    { "important", "Important", IB_USE_NONE },
};

static const struct { const char *name, *word; IbMailboxUse use; } names[] = {
    { "inbox", "inbox", IB_USE_INBOX },
    { "junk", "Junk", IB_USE_JUNK },
    { "spam-in-any-case", "SPAM", IB_USE_JUNK },
    { "below-the-inbox", "INBOX.Spam", IB_USE_JUNK },
    { "below-the-inbox-by-slash", "Inbox/Sent Items", IB_USE_SENT },
    { "below-the-inbox-of-none", "INBOX.", IB_USE_NONE },
    { "inbox-only-begins", "Inboxes", IB_USE_NONE },
    { "german", "Gesendete Objekte", IB_USE_SENT },
    { "german-trash", "GELÖSCHTE OBJEKTE", IB_USE_TRASH },
    { "decomposed", "Ele\xcc\x81ments envoye\xcc\x81s", IB_USE_NONE },
    { "decomposed-whole", "E\xcc\x81le\xcc\x81ments envoye\xcc\x81s", IB_USE_SENT },
    { "archive", "Archives", IB_USE_ARCHIVE },
    { "drafts", "Entwürfe", IB_USE_DRAFTS },
    { "somewhere-below", "Work/Junk", IB_USE_NONE },
    { "like-one", "Junkyard", IB_USE_NONE },
    { "empty", "", IB_USE_NONE },
    { "broken-utf8", "Sp\xff""am", IB_USE_NONE },
};

static void
tells_by_attribute (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_assert_cmpint (ib_mailbox_use_of_attribute (attributes[i].word), ==, attributes[i].use);
}

static void
tells_by_name (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_assert_cmpint (ib_mailbox_use_of_name (names[i].word), ==, names[i].use);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++) {
        g_autofree char *path = g_strconcat ("/mailbox-use/attribute/", attributes[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), tells_by_attribute);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = g_strconcat ("/mailbox-use/name/", names[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), tells_by_name);
    }
    return g_test_run ();
}
