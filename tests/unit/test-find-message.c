/* The message that a person means: where it stands now, and why nobody can see where it stands. */
#include "find-message.h"
#include "home.h"

#include <glib/gstdio.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ID "0123456789abcdef0123456789abcdef"

typedef struct {
    const char *name;
    const char *folder; /* that it is moved to, below the Maildir; NULL: it is removed */
    const char *locked; /* what may not be read, below the home; NULL: all may be */
    const char *said;   /* what stands in the way, and the folder with it; NULL: it is found, or is gone */
} Row;

static const Row rows[] = {
    { "here", "", NULL, NULL },
    { "moved", ".Away", NULL, NULL },
    { "gone", NULL, NULL, NULL },
    { "maildir-locked", "", "Mail", "no permission to read %s" },
    { "part-locked", "", "Mail/cur", "no permission to read %s" },
    { "moved-into-what-is-locked", ".Away", "Mail/.Away/cur", "Cannot read the Maildir" },
    { "another-locked", "", "Mail/.Away", NULL },
};

static void
make_folder (const char *maildir, const char *folder)
{
    static const char *const parts[] = { "cur", "new", "tmp" };
    for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
        g_autofree char *part = g_build_filename (maildir, folder, parts[i], NULL);
        g_assert_cmpint (g_mkdir_with_parents (part, 0700), ==, 0);
    }
}

static char *
place (const char *maildir, const char *folder)
{
    static gint64 now_s; /* in the name: what is older than a year is forgotten */
    if (now_s == 0)
        now_s = g_get_real_time () / G_USEC_PER_SEC;
    return g_strdup_printf ("%s/%s%scur/%" G_GINT64_FORMAT ".M1_1." ID "-0.host,S=10:2,", maildir, folder,
                            *folder != '\0' ? "/" : "", now_s);
}

/* Permissions hold for root, too, until the process ends. */
static void
be_ordinary (void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { 0 };
    g_assert_cmpint (syscall (SYS_capget, &header, data), ==, 0);
    data[0].effective &= ~((1u << CAP_DAC_OVERRIDE) | (1u << CAP_DAC_READ_SEARCH));
    g_assert_cmpint (syscall (SYS_capset, &header, data), ==, 0);
}

/* A journal that is new knows what stands in the Maildir by its names. */
static IbConfig *
make_home (const IbPaths *paths, const char *path)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *maildir = g_build_filename (paths->home, "Mail", NULL);
    make_folder (maildir, "");
    make_folder (maildir, ".Away");
    g_assert_true (g_file_set_contents (path, "Subject: x\n\n", -1, NULL));
    IbConfig *config = ib_config_load (paths, &error);
    g_assert_no_error (error);
    g_autoptr (IbHome) home = ib_home_open (paths, config, g_get_real_time (), &error);
    g_assert_no_error (error);
    return config;
}

static void
remove_home (const char *home)
{
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", home);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
    g_assert_false (g_file_test (home, G_FILE_TEST_EXISTS));
}

static void
check_found (const IbFoundMessage *found, const Row *row, const char *path, const char *locked)
{
    g_assert_nonnull (found);
    if (row->said == NULL) {
        g_assert_null (found->hindrance);
        g_assert_cmpstr (found->path, ==, path);
        return;
    }
    g_autoptr (GString) said = g_string_new (row->said);
    g_string_replace (said, "%s", locked, 1);
    g_assert_null (found->path);
    g_assert_nonnull (strstr (found->hindrance, said->str));
}

static void
finds (gconstpointer data)
{
    const Row *row = data;
    g_autoptr (GError) error = NULL;
    g_autofree char *home = g_dir_make_tmp ("ib-find-XXXXXX", NULL);
    g_autoptr (IbPaths) paths = ib_paths_new (home);
    g_autofree char *maildir = g_build_filename (home, "Mail", NULL);
    g_autofree char *first = place (maildir, "");
    g_autofree char *then = row->folder != NULL ? place (maildir, row->folder) : NULL;
    g_autofree char *locked = g_build_filename (home, row->locked, NULL);
    g_autoptr (IbConfig) config = make_home (paths, first);
    g_assert_cmpint (then != NULL ? g_rename (first, then) : g_unlink (first), ==, 0);

    if (row->locked != NULL)
        g_assert_cmpint (g_chmod (locked, 0), ==, 0);
    g_autoptr (IbFoundMessage) found = ib_find_message (paths, config, "01234567", &error);
    if (row->locked != NULL)
        g_assert_cmpint (g_chmod (locked, 0700), ==, 0);
    g_assert_no_error (error);
    check_found (found, row, then, locked);
    remove_home (home);
}

/* Where we happen to work there may be a file that is called like an id. */
static void
a_file_is_not_known (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *home = g_dir_make_tmp ("ib-find-XXXXXX", NULL);
    g_autoptr (IbPaths) paths = ib_paths_new (home);
    g_autofree char *maildir = g_build_filename (home, "Mail", NULL);
    g_autofree char *path = place (maildir, ""), *file = g_build_filename (home, "facade", NULL);
    g_autoptr (IbConfig) config = make_home (paths, path);
    const char *const words[] = { "facade", file, path, "-", "<x@y>", "" };
    g_assert_true (g_file_set_contents (file, "Subject: x\n\n", -1, NULL));
    g_assert_cmpint (g_chdir (home), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
        g_assert_null (ib_find_known_message (paths, config, words[i], &error));
        g_assert_error (error, IB_FIND_ERROR, IB_FIND_ERROR_NOTHING);
        g_clear_error (&error);
    }
    g_autoptr (IbFoundMessage) known = ib_find_known_message (paths, config, "01234567", &error);
    g_autoptr (IbFoundMessage) found = ib_find_message (paths, config, "facade", &error);
    g_assert_cmpstr (known->path, ==, path);
    g_assert_cmpstr (found->path, ==, "facade");
    g_assert_cmpint (g_chdir ("/"), ==, 0);
    remove_home (home);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    be_ordinary ();
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/find-message/", rows[i].name, NULL);
        g_test_add_data_func (path, &rows[i], finds);
    }
    g_test_add_func ("/find-message/a-file-is-not-known", a_file_is_not_known);
    return g_test_run ();
}
