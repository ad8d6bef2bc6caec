/* Learning from moves in small portions, with other work in between: nothing is lost to a limit. */
#include "moves.h"

#include <glib/gstdio.h>
#include <string.h>

#define MESSAGES 7

typedef struct {
    char *folder;
    gint64 now_s; /* in the names: what is older than a year is forgotten */
    IbPaths *paths;
    IbConfig *config;
    IbKnown *known;
    IbHome *home;
    IbLearned *learned;
    guint done;
    bool is_more;
} Ground;

static void
write_file (const char *path, const char *text)
{
    g_autofree char *folder = g_path_get_dirname (path);
    g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static char *
place (const Ground *ground, const char *folder, guint i)
{
    return g_strdup_printf ("%s/Mail/%scur/%" G_GINT64_FORMAT ".M1_1.%032x-0.host,S=60:2,S", ground->folder,
                            folder, ground->now_s, i);
}

/* A journal that is new knows what stands in the Maildir by its names. */
static void
set_up (Ground *ground, gconstpointer learns)
{
    g_autoptr (GError) error = NULL;
    ground->folder = g_dir_make_tmp ("ib-moves-XXXXXX", NULL);
    ground->now_s = g_get_real_time () / G_USEC_PER_SEC;
    ground->paths = ib_paths_new (ground->folder);
    write_file (ground->paths->config_file, learns != NULL ? "" : "[filter]\nlearn-from-moves=false\n");
    for (guint i = 0; i < MESSAGES; i++) {
        g_autofree char *path = place (ground, "", i);
        g_autofree char *text = g_strdup_printf ("From: x%u@example.com\nSubject: offer %u\n\nbuy %u now\n", i, i, i);
        write_file (path, text);
    }
    ground->config = ib_config_load (ground->paths, &error);
    g_assert_no_error (error);
    ground->known = ib_known_new (ground->paths, ground->config, NULL);
    ground->home = ib_home_open (ground->paths, ground->config, g_get_real_time (), &error);
    g_assert_no_error (error);
    ground->learned = ib_learned_new (ground->paths, ground->home->journal, false);
}

static void
tear_down (Ground *ground, gconstpointer unused)
{
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", ground->folder);
    ib_learned_free (ground->learned);
    ib_home_close (ground->home);
    ib_known_free (ground->known);
    ib_config_free (ground->config);
    ib_paths_free (ground->paths);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
    g_free (ground->folder);
}

static void
on_done (bool is_more, const GError *error, gpointer user_data)
{
    Ground *ground = user_data;
    g_assert_no_error (error);
    ground->done++;
    ground->is_more = is_more;
}

/* Returns: how many it knows to be spam afterwards */
static guint64
learn (Ground *ground, guint most)
{
    guint64 ham = 0, spam = 0;
    guint before = ground->done;
    ib_moves_begin (ground->config, ground->known, ground->learned, ground->home, g_get_real_time (), most,
                    on_done, ground);
    g_assert_cmpuint (ground->done, ==, before);
    while (ground->done == before)
        g_main_context_iteration (NULL, TRUE);
    ib_learned_count (ground->learned, &ham, &spam);
    return spam;
}

static void
move_all_to_junk (const Ground *ground)
{
    for (guint i = 0; i < MESSAGES; i++) {
        g_autofree char *from = place (ground, "", i), *to = place (ground, ".Junk/", i);
        g_autofree char *folder = g_path_get_dirname (to), *beside = g_strconcat (folder, "/../new", NULL);
        g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
        g_assert_cmpint (g_mkdir_with_parents (beside, 0700), ==, 0);
        g_assert_cmpint (g_rename (from, to), ==, 0);
    }
}

static void
learns_in_portions (Ground *ground, gconstpointer unused)
{
    g_assert_cmpuint (learn (ground, 3), ==, 0);
    g_assert_false (ground->is_more);
    move_all_to_junk (ground);
    g_assert_cmpuint (learn (ground, 3), ==, 3);
    g_assert_true (ground->is_more);
    g_assert_cmpuint (learn (ground, 3), ==, 6);
    g_assert_true (ground->is_more);
    g_assert_cmpuint (learn (ground, 3), ==, 7);
    g_assert_false (ground->is_more);
}

/* The table of four megabytes is written when somebody saves, and nothing is lost if nobody does. */
static void
leaves_the_table_behind (Ground *ground, gconstpointer unused)
{
    guint64 ham = 0, spam = 0;
    g_assert_cmpuint (learn (ground, 100), ==, 0);
    move_all_to_junk (ground);
    g_assert_cmpuint (learn (ground, 100), ==, MESSAGES);
    g_assert_false (g_file_test (ground->paths->model, G_FILE_TEST_EXISTS));
    g_autoptr (IbLearned) other = ib_learned_new (ground->paths, ground->home->journal, false);
    ib_learned_count (other, &ham, &spam);
    g_assert_cmpuint (spam, ==, MESSAGES);
    g_assert_true (ib_learned_save (ground->learned, ground->home->journal, NULL));
    g_assert_true (g_file_test (ground->paths->model, G_FILE_TEST_EXISTS));
}

static void
learns_nothing_unasked (Ground *ground, gconstpointer unused)
{
    (void) learn (ground, 3);
    move_all_to_junk (ground);
    g_assert_cmpuint (learn (ground, 3), ==, 0);
    g_assert_false (ground->is_more);
}

int
main (int argc, char **argv)
{
    g_autofree char *workers = g_build_filename (g_getenv ("IB_TEST_BUILD"), "src", "worker", NULL);
    g_test_init (&argc, &argv, NULL);
    g_setenv ("INBASKET_LIBEXECDIR", workers, TRUE);
    g_test_add ("/moves/portions", Ground, "learns", set_up, learns_in_portions, tear_down);
    g_test_add ("/moves/table-behind", Ground, "learns", set_up, leaves_the_table_behind, tear_down);
    g_test_add ("/moves/unasked", Ground, NULL, set_up, learns_nothing_unasked, tear_down);
    return g_test_run ();
}
