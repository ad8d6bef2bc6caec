#include "standing.h"
#include "paths.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define ID "0123456789abcdef0123456789abcdef"

/* Files to make, what is asked for ("" is the folder itself; "=" in front: by name), and what is found as "FOLDER:flags". */
typedef struct {
    const char *name;
    const char *files, *word, *layout, *found;
    const char *alone; /* what of it is found in that folder alone; NULL: the same */
} Row;

static const Row rows[] = {
    { "maildir", "M/cur/1:2,S M/new/2 M/tmp/3", "M", "maildir++", "INBOX:S INBOX:" },
    { "maildir++", "M/cur/1 M/new/ M/.Lists.a/cur/2:2,FS M/.Lists.a/new/ M/.Junk/cur/ M/.Junk/new/3", "M",
      "maildir++", "INBOX: Junk: Lists.a:FS", "INBOX:" },
    { "fs", "M/cur/1 M/new/ M/Lists/cur/2 M/Lists/new/ M/Lists/a/cur/3 M/Lists/a/new/", "M", "fs",
      "INBOX: Lists: Lists.a:", "INBOX:" },
    { "folder-fs-with-one-below", "M/cur/1 M/new/ M/Lists/cur/2 M/Lists/new/ M/Lists/a/cur/3 M/Lists/a/new/", "M/Lists", "fs",
      "Lists: Lists.a:", "Lists:" },
    { "fs-without-an-inbox", "M/Work/cur/1 M/Work/new/ M/notes.txt", "M", "fs", "Work:" },
    { "one-folder", "M/cur/1 M/new/ M/.Lists.a/cur/2 M/.Lists.a/new/", "M/.Lists.a", "maildir++",
      "Lists.a:" },
    { "one-folder-fs", "M/cur/1 M/new/ M/Lists/cur/2 M/Lists/new/ M/Lists/a/cur/3 M/Lists/a/new/",
      "M/Lists/a", "fs", "Lists.a:" },
    { "by-name", "Mail/cur/1 Mail/new/ Mail/.Lists.a/cur/2 Mail/.Lists.a/new/", "=Lists/a", "maildir++",
      "Lists.a:" },
    { "inbox-by-name", "Mail/cur/1 Mail/new/", "=inbox", "maildir++", "INBOX:" },
    { "plain", "corpus/b.eml corpus/a.eml corpus/.hidden", "corpus", "maildir++", "corpus: corpus:" },
    { "plain-tree", "corpus/INBOX/a corpus/Junk/b corpus/Junk/more/c", "corpus", "maildir++",
      "INBOX: Junk: Junk.more:" },
    { "flags-of-others", "M/cur/1:2,DFPRSTabc M/new/", "M", "maildir++", "INBOX:DFRS" },
    { "hidden-is-no-folder", "M/cur/1 M/new/ M/.notmuch/xapian/2 M/.git/3", "M", "maildir++", "INBOX:" },
    { "dovecot-files", "M/cur/1 M/new/ M/dovecot-uidlist M/subscriptions", "M", "maildir++", "INBOX:" },
    { "empty", "M/cur/ M/new/", "M", "maildir++", "" },
};

static char *
make_home (void)
{
    char *home = g_dir_make_tmp ("inbasket-standing-XXXXXX", NULL);
    g_assert_nonnull (home);
    return home;
}

static void
remove_home (const char *home)
{
    const char *argv[] = { "rm", "-rf", "--", home, NULL };
    g_assert_true (
        g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void
make_files (const char *home, const char *list)
{
    g_auto (GStrv) files = g_strsplit (list, " ", -1);
    for (gsize i = 0; files[i] != NULL; i++) {
        g_autofree char *path = g_build_filename (home, files[i], NULL);
        bool is_folder = g_str_has_suffix (files[i], "/");
        g_autofree char *folder = is_folder ? g_strdup (path) : g_path_get_dirname (path);
        g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
        if (!is_folder)
            g_assert_true (g_file_set_contents (path, "Subject: x\n\n", -1, NULL));
    }
}

static GPtrArray *
list (const char *home, const char *word, const char *layout, bool is_alone, GError **error)
{
    g_autoptr (IbPaths) paths = ib_paths_new (home);
    g_autofree char *settings = g_strdup_printf ("[delivery]\nlayout=%s\n", layout);
    g_assert_cmpint (g_mkdir_with_parents (paths->config, 0700), ==, 0);
    g_assert_true (g_file_set_contents (paths->config_file, settings, -1, NULL));
    g_autoptr (IbConfig) config = ib_config_load (paths, error);
    g_assert_nonnull (config);
    g_autofree char *path = *word == '=' ? g_strdup (word + 1) : g_build_filename (home, word, NULL);
    return is_alone ? ib_standing_list_folder (config, path, error) : ib_standing_list (config, path, error);
}

static void
assert_found (const char *home, const Row *row, bool is_alone, const char *expected)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) found = list (home, row->word, row->layout, is_alone, &error);
    g_assert_no_error (error);
    g_autoptr (GString) words = g_string_new (NULL);
    for (guint i = 0; i < found->len; i++) {
        const IbStanding *standing = found->pdata[i];
        g_string_append_printf (words, "%s%s:%s", i > 0 ? " " : "", standing->folder, standing->flags);
        g_assert_true (g_file_test (standing->path, G_FILE_TEST_IS_REGULAR));
    }
    g_assert_cmpstr (words->str, ==, expected);
}

static void
finds (gconstpointer data)
{
    const Row *row = data;
    g_autofree char *home = make_home ();
    make_files (home, row->files);
    assert_found (home, row, false, row->found);
    assert_found (home, row, true, row->alone != NULL ? row->alone : row->found);
    remove_home (home);
}

static void
knows_our_messages (void)
{
    g_autofree char *home = make_home ();
    make_files (home, "M/cur/17.M1_2." ID "-0.host,S=5:2,S M/cur/17.M1_2.abc.host M/new/");
    g_autoptr (GPtrArray) found = list (home, "M", "maildir++", false, NULL);
    g_assert_cmpuint (found->len, ==, 2);
    g_assert_cmpstr (((IbStanding *) found->pdata[0])->id, ==, ID);
    g_assert_cmpstr (((IbStanding *) found->pdata[1])->id, ==, "");
    remove_home (home);
}

static void
follows_no_link (void)
{
    g_autofree char *home = make_home ();
    make_files (home, "M/cur/1 M/new/ other/cur/2 other/new/");
    g_autofree char *link = g_build_filename (home, "M", ".Other", NULL);
    g_assert_cmpint (symlink ("../other", link), ==, 0);
    g_autofree char *loop = g_build_filename (home, "M", "loop", NULL);
    g_assert_cmpint (symlink (".", loop), ==, 0);
    g_autoptr (GPtrArray) found = list (home, "M", "maildir++", false, NULL);
    g_assert_cmpuint (found->len, ==, 1);
    remove_home (home);
}

static void
wants_a_folder (void)
{
    g_autofree char *home = make_home ();
    make_files (home, "file");
    const struct {
        const char *word;
        int code;
    } wrong[] = { { "file", G_IO_ERROR_NOT_DIRECTORY }, { "missing", G_IO_ERROR_NOT_FOUND } };
    for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
        g_autoptr (GError) error = NULL;
        g_assert_null (list (home, wrong[i].word, "fs", false, &error));
        g_assert_error (error, G_IO_ERROR, wrong[i].code);
    }
    remove_home (home);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/standing/", rows[i].name, NULL);
        g_test_add_data_func (path, &rows[i], finds);
    }
    g_test_add_func ("/standing/knows-our-messages", knows_our_messages);
    g_test_add_func ("/standing/follows-no-link", follows_no_link);
    g_test_add_func ("/standing/wants-a-folder", wants_a_folder);
    return g_test_run ();
}
