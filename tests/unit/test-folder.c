/* No name from outside leads out of the Maildir, and a folder has one spelling and one directory. */
#include "folder.h"

#include <string.h>

#define TEN "abcdefghij"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* @folder NULL: refused. */
static const struct { const char *name, *given, *folder; } names[] = {
    { "inbox",              "INBOX",               "INBOX" },
    { "inbox-lower",        "inbox",               "INBOX" },
    { "inbox-mixed",        "Inbox",               "INBOX" },
    { "below-inbox",        "INBOX.foo",           "INBOX.foo" },
    { "plain",              "Junk",                "Junk" },
    { "levels",             "Lists.foo",           "Lists.foo" },
    { "slash",              "Lists/foo",           "Lists.foo" },
    { "both",               "Lists/foo.bar",       "Lists.foo.bar" },
    { "inner-blank",        "Sent Mail",           "Sent Mail" },
    { "nfc",                "Entw\xc3\xbcrfe",     "Entw\xc3\xbcrfe" },
    { "nfd",                "Entwu\xcc\x88rfe",    "Entw\xc3\xbcrfe" },
    { "japanese",           "\xe5\x8f\x97\xe4\xbf\xa1", "\xe5\x8f\x97\xe4\xbf\xa1" },
    { "ends-in-a-sign",     "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d", "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d" },
    { "ampersand",          "A&B",                 "A&B" },
    { "inner-tilde",        "a~b",                 "a~b" },
    { "cur-within",         "curious.newest",      "curious.newest" },
    { "notmuch-below",      "Lists.notmuch",       "Lists.notmuch" },
    { "two-hundred",        HUNDRED HUNDRED,       HUNDRED HUNDRED },
    { "two-hundred-and-one", HUNDRED HUNDRED "x",  NULL },
    { "three-hundred",      HUNDRED HUNDRED HUNDRED, NULL },
    { "empty",              "",                    NULL },
    { "dot",                ".",                   NULL },
    { "dots",               "..",                  NULL },
    { "three-dots",         "...",                 NULL },
    { "slash-alone",        "/",                   NULL },
    { "absolute",           "/etc",                NULL },
    { "up",                 "../x",                NULL },
    { "up-within",          "a/../b",              NULL },
    { "up-at-the-end",      "a/..",                NULL },
    { "empty-level",        "a..b",                NULL },
    { "empty-slash-level",  "a//b",                NULL },
    { "leading-dot",        ".hidden",             NULL },
    { "trailing-dot",       "a.",                  NULL },
    { "trailing-slash",     "a/",                  NULL },
    { "newline",            "a\nb",                NULL },
    { "return",             "a\rb",                NULL },
    { "escape",             "a\033[2Jb",           NULL },
    { "delete",             "a\177",               NULL },
    { "c1",                 "a\xc2\x9b" "b",       NULL },
    { "line-separator",     "a\xe2\x80\xa8" "b",   NULL },
    { "tilde",              "~",                   NULL },
    { "tilde-user",         "~root/x",             NULL },
    { "leading-blank",      " a",                  NULL },
    { "trailing-blank",     "a ",                  NULL },
    { "blank-level",        "a. .b",               NULL },
    { "blank-before-dot",   "a .b",                NULL },
    { "no-break-space",     "a\xc2\xa0",           NULL },
    { "zero-width-space",   "\xe2\x80\x8b" "a",    NULL },
    { "invalid-utf8",       "a\xff" "b",           NULL },
    { "cut-utf8",           "a\xc3",               NULL },
    { "overlong-slash",     "a\xc0\xaf" "b",       NULL },
    { "cur",                "cur",                 NULL },
    { "new-below",          "Lists.new",           NULL },
    { "tmp-above",          "tmp/x",               NULL },
    { "notmuch",            "notmuch",             NULL },
};

static void
normalizes (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = ib_folder_normalize (names[i].given, &error);
    g_assert_cmpstr (folder, ==, names[i].folder);
    if (folder == NULL) {
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME);
        for (const char *at = error->message; *at != '\0'; at++)
            g_assert_false (g_ascii_iscntrl (*at));
        g_assert_true (g_utf8_validate (error->message, -1, NULL));
        return;
    }

    /* Once more is the same, and each layout leads back. */
    g_autofree char *again = ib_folder_normalize (folder, NULL);
    g_assert_cmpstr (again, ==, folder);
    for (IbLayout layout = IB_LAYOUT_MAILDIRPP; layout <= IB_LAYOUT_FS; layout++) {
        g_autofree char *directory = ib_folder_to_directory (folder, layout);
        g_autofree char *back = ib_folder_from_directory (directory, layout);
        g_assert_cmpstr (back, ==, folder);
        g_assert_null (strstr (directory, ".."));
        g_assert_true (*directory != '/');
    }
}

static const struct { const char *name; IbLayout layout; const char *directory, *folder; } directories[] = {
    { "pp-root",            IB_LAYOUT_MAILDIRPP, "",                 "INBOX" },
    { "pp-levels",          IB_LAYOUT_MAILDIRPP, ".Lists.foo",       "Lists.foo" },
    { "pp-decomposed",      IB_LAYOUT_MAILDIRPP, ".u\xcc\x88",       "u\xcc\x88" },
    { "pp-new",             IB_LAYOUT_MAILDIRPP, ".new",             "new" },
    { "pp-no-dot",          IB_LAYOUT_MAILDIRPP, "Lists",            NULL },
    { "pp-cur",             IB_LAYOUT_MAILDIRPP, "cur",              NULL },
    { "pp-dot",             IB_LAYOUT_MAILDIRPP, ".",                NULL },
    { "pp-dots",            IB_LAYOUT_MAILDIRPP, "..",               NULL },
    { "pp-evolution",       IB_LAYOUT_MAILDIRPP, "..maildir++",      NULL },
    { "pp-slash",           IB_LAYOUT_MAILDIRPP, ".a/b",             NULL },
    { "pp-inbox",           IB_LAYOUT_MAILDIRPP, ".INBOX",           NULL },
    { "pp-inbox-lower",     IB_LAYOUT_MAILDIRPP, ".inbox",           NULL },
    { "pp-invalid",         IB_LAYOUT_MAILDIRPP, ".\xff",            NULL },
    { "pp-escape",          IB_LAYOUT_MAILDIRPP, ".\033",            NULL },
    { "pp-trailing-dot",    IB_LAYOUT_MAILDIRPP, ".a.",              NULL },
    { "fs-root",            IB_LAYOUT_FS,        "",                 "INBOX" },
    { "fs-levels",          IB_LAYOUT_FS,        "Lists/foo",        "Lists.foo" },
    { "fs-dot-file",        IB_LAYOUT_FS,        ".notmuch",         NULL },
    { "fs-dot-within",      IB_LAYOUT_FS,        "a.b",              NULL },
    { "fs-cur",             IB_LAYOUT_FS,        "cur",              NULL },
    { "fs-new-below",       IB_LAYOUT_FS,        "Lists/new",        NULL },
    { "fs-up",              IB_LAYOUT_FS,        "..",               NULL },
    { "fs-absolute",        IB_LAYOUT_FS,        "/etc",             NULL },
    { "fs-inbox",           IB_LAYOUT_FS,        "INBOX",            NULL },
    { "fs-below-inbox",     IB_LAYOUT_FS,        "INBOX/foo",        "INBOX.foo" },
};

static void
reads_directories (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *folder = ib_folder_from_directory (directories[i].directory, directories[i].layout);
    g_assert_cmpstr (folder, ==, directories[i].folder);
    if (folder != NULL) {
        g_autofree char *back = ib_folder_to_directory (folder, directories[i].layout);
        g_assert_cmpstr (back, ==, directories[i].directory);
    }
}

/* What a refusal shows of a name neither moves a cursor nor hides or ends what stands around it. */
static void
shows_no_marks (void)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_folder_normalize ("a\033\xe2\x80\xae\xef\xbf\xb9\xef\xbf\xbb/", &error));
    g_assert_true (g_str_has_prefix (error->message, "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd/\" cannot be a folder: "));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = g_strconcat ("/folder/names/", names[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), normalizes);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (directories); i++) {
        g_autofree char *path = g_strconcat ("/folder/directories/", directories[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), reads_directories);
    }
    g_test_add_func ("/folder/shown", shows_no_marks);
    return g_test_run ();
}
