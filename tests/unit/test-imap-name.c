/* Mailbox names between the server's way and ours, and UID sets. */
#include "imap-name.h"
#include "server-limits.h"
#include "uid-set.h"

#include <string.h>

static const struct { const char *name, *server, *ours; bool is_one_way; } names[] = {
    { "plain",        "INBOX.Lists",             "INBOX.Lists" },
    { "umlaut",       "Entw&APw-rfe",            "Entw\303\274rfe" },
    { "ampersand",    "A&-B",                    "A&B" },
    { "japanese",     "&ZeVnLIqe-",              "\346\227\245\346\234\254\350\252\236" },
    { "emoji",        "&2D3cjA-",                "\360\237\222\214" },
    { "open-run",     "x&APw",                   "x&APw", true },
    { "bad-letter",   "x&A/w-",                  "x&A/w-", true },
    { "half-unit",    "x&AP-",                   "x&AP-", true },
    { "lone-half",    "x&2D0-",                  "x&2D0-", true },
    { "raw-utf8",     "Entw\303\274rfe",         "Entw\303\274rfe", true },
    { "hidden-line",  "x&AAo-y",                 "x&AAo-y", true },
    { "invalid-8bit", "x\374",                   "x\357\277\275", true },
};

static void
translates (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *ours = ib_imap_name_to_utf8 (names[i].server);
    g_assert_cmpstr (ours, ==, names[i].ours);
    if (names[i].is_one_way)
        return;
    g_autofree char *server = ib_imap_name_from_utf8 (names[i].ours);
    g_assert_cmpstr (server, ==, names[i].server);
}

static const struct { const char *name, *folder, *folders; char delimiter; const char *prefix; bool is_wanted; } wants[] = {
    { "inbox",             "INBOX", "INBOX", '/', "", true },
    { "inbox-case",        "Inbox", "inbox", '/', "", true },
    { "other",             "Sent", "INBOX", '/', "", false },
    { "star",              "Lists/a/b", "Lists/*", '/', "", true },
    { "percent",           "Lists/a/b", "Lists/%", '/', "", false },
    { "percent-one",       "Lists/a", "Lists/%", '/', "", true },
    { "percent-then-more", "Lists/a/b", "Lists/%/b", '/', "", true },
    { "star-then-percent", "a/b/c", "*/%", '/', "", true },
    { "percent-percent",   "a/b", "%%", '/', "", false },
    { "excluded",          "Trash", "*;!Trash", '/', "", false },
    { "only-excludes",     "Lists/a", "!Trash;!Sent", '/', "", true },
    { "only-excludes-hit", "Sent", "!Trash;!Sent", '/', "", false },
    { "slash-is-dot",      "Lists.a", "Lists/a", '.', "", true },
    { "dot-is-dot",        "Lists.a", "Lists.a", '.', "", true },
    { "without-prefix",    "INBOX.Lists.a", "Lists/*", '.', "INBOX.", true },
    { "with-prefix",       "INBOX.Lists.a", "INBOX.Lists.*", '.', "INBOX.", true },
    { "no-delimiter",      "a/b", "a/b", '\0', "", true },
    { "back-and-forth",    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*a*a*c", '/', "", false },
};

static void
asks_for (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_auto (GStrv) folders = g_strsplit (wants[i].folders, ";", -1);
    g_assert_cmpint (ib_imap_name_is_wanted (wants[i].folder, (const char *const *) folders, wants[i].delimiter,
                                             wants[i].prefix), ==, wants[i].is_wanted);
}

static void
names_for_server (void)
{
    static const struct { const char *ours; char delimiter; const char *prefix, *server; } cases[] = {
        { "Done/2026", '.', "INBOX.", "INBOX.Done.2026" },
        { "INBOX.Done", '.', "INBOX.", "INBOX.Done" },
        { "Entw\303\274rfe/x", '/', "", "Entw&APw-rfe/x" },
        { "inbox", '.', "INBOX.", "INBOX" },
        { "a/b", '\0', "", "a/b" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *server = ib_imap_name_for_server (cases[i].ours, cases[i].delimiter, cases[i].prefix);
        g_assert_cmpstr (server, ==, cases[i].server);
    }
}

static void
quotes (void)
{
    static const struct { const char *text; bool may_be_8bit; const char *quoted; } cases[] = {
        { "plain", false, "\"plain\"" },  { "a\"b\\c", false, "\"a\\\"b\\\\c\"" }, { "", false, "\"\"" },
        { "x\r\ny", true, NULL },         { "\303\274", false, NULL },            { "\303\274", true, "\"\303\274\"" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *quoted = ib_imap_quote (cases[i].text, cases[i].may_be_8bit);
        g_assert_cmpstr (quoted, ==, cases[i].quoted);
    }
}

static void
knows_inbox_only (void)
{
    g_assert_true (ib_imap_folders_are_inbox ((const char *[]) { "inbox", NULL }));
    g_assert_false (ib_imap_folders_are_inbox ((const char *[]) { "INBOX", "Sent", NULL }));
    g_assert_false (ib_imap_folders_are_inbox ((const char *[]) { "!INBOX", NULL }));
    g_assert_false (ib_imap_folders_are_inbox ((const char *[]) { NULL }));
}

static void
packs_uids (void)
{
    const guint32 uids[] = { 1, 2, 3, 7, 9, 10, 4294967295u };
    g_autoptr (GString) set = g_string_new ("UID FETCH ");
    g_assert_cmpuint (ib_uid_set_append (set, uids, 7, 100), ==, 7);
    g_assert_cmpstr (set->str, ==, "UID FETCH 1:3,7,9:10,4294967295");
    g_string_truncate (set, 0);
    g_assert_cmpuint (ib_uid_set_append (set, uids, 7, 2), ==, 2);
    g_assert_cmpstr (set->str, ==, "1:2");
}

/* Every second UID, high ones: the longest a set gets. All come out, in parts that servers take. */
static void
splits_uids (void)
{
    g_autoptr (GArray) uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    for (guint32 uid = 4000000000u; uid < 4000020000u; uid += 2)
        g_array_append_val (uids, uid);
    gsize commands = 0;
    for (gsize at = 0; at < uids->len; commands++) {
        g_autoptr (GString) set = g_string_new (NULL);
        gsize n = ib_uid_set_append (set, &g_array_index (uids, guint32, at), uids->len - at, 10000);
        g_assert_cmpuint (n, >, 0);
        g_assert_cmpuint (set->len, <=, IB_LIMIT_UID_SET_BYTES);
        at += n;
    }
    g_assert_cmpuint (commands, ==, 14);
    g_assert_true (ib_uid_set_contains (uids, 4000000002u));
    g_assert_false (ib_uid_set_contains (uids, 4000000003u));
    g_assert_false (ib_uid_set_contains (NULL, 1));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = g_strconcat ("/imap-name/utf7/", names[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), translates);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (wants); i++) {
        g_autofree char *path = g_strconcat ("/imap-name/wants/", wants[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), asks_for);
    }
    g_test_add_func ("/imap-name/for-server", names_for_server);
    g_test_add_func ("/imap-name/quote", quotes);
    g_test_add_func ("/imap-name/inbox-only", knows_inbox_only);
    g_test_add_func ("/uid-set/packs", packs_uids);
    g_test_add_func ("/uid-set/splits", splits_uids);
    return g_test_run ();
}
