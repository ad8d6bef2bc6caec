/* Learning from moves in small portions, with other work in between: nothing is lost to a limit. */
#include "moves.h"
#include "places.h"

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

/* --- names that the journal does not know ---------------------------------------------------------------------------- */

/* As many as no order of a directory or a table has right by chance. */
#define PAIRS 24

static void
write_pairs (const Ground *ground)
{
    g_autofree char *beside = g_strconcat (ground->folder, "/Mail/.Lists/cur", NULL);
    g_assert_cmpint (g_mkdir_with_parents (beside, 0700), ==, 0);
    for (guint i = 0; i < 2 * PAIRS; i++) {
        g_autofree char *path = g_strdup_printf ("%s/Mail/%snew/%" G_GINT64_FORMAT ".M1_1.%032x-%u.host,S=60",
                                                 ground->folder, i % 2 == 0 ? "" : ".Lists/", ground->now_s,
                                                 100 + i / 2, i % 4 < 2 ? i % 2 : 1 - i % 2);
        write_file (path, "From: x@example.com\nSubject: both\n\nhere and there\n");
    }
}

/* What is shown with them. */
#define BESIDE "beside a journal"
#define LOST "without one"

/* The journal is lost, and made anew from what stands in the Maildir. */
static void
lose_journal (Ground *ground)
{
    g_autoptr (GError) error = NULL;
    ib_learned_free (ground->learned);
    ib_home_close (ground->home);
    g_assert_cmpint (g_remove (ground->paths->journal), ==, 0);
    ground->home = ib_home_open (ground->paths, ground->config, g_get_real_time (), &error);
    g_assert_no_error (error);
    ground->learned = ib_learned_new (ground->paths, ground->home->journal, false);
}

/* More than are asked for at once. */
#define MANY 1203

static void
finds_any_number_that_nobody_looked_at (Ground *ground, gconstpointer unused)
{
    for (guint i = MESSAGES; i < MANY; i++) {
        g_autofree char *path = place (ground, "", i);
        write_file (path, "From: x@example.com\n\nhere\n");
    }
    lose_journal (ground);
    move_all_to_junk (ground);
    g_assert_cmpuint (learn (ground, MANY), ==, MESSAGES);
    g_autoptr (GPtrArray) unseen = ib_places_unseen (ground->home->journal, 0, 0, MANY, NULL);
    g_assert_cmpuint (unseen->len, ==, 0);
}

static void
become_known (Ground *ground, gconstpointer how)
{
    if (strcmp (how, LOST) == 0)
        lose_journal (ground);
    else
        (void) learn (ground, 3);
}

static void
knows_a_message_by_its_first_file (Ground *ground, gconstpointer how)
{
    write_pairs (ground);
    become_known (ground, how);
    for (guint i = 0; i < PAIRS; i++) {
        g_autoptr (GError) error = NULL;
        g_autofree char *id = g_strdup_printf ("%032x", 100 + i);
        g_autoptr (IbPlacedFile) file = ib_places_find (ground->home->journal, id, 0, &error);
        g_assert_no_error (error);
        g_assert_nonnull (strstr (file->name, "-0.host"));
        g_assert_cmpstr (file->folder, ==, i % 2 == 0 ? "INBOX" : "Lists");
    }
}

static void
knows_a_message_that_has_its_second_file_only (Ground *ground, gconstpointer how)
{
    g_autofree char *id = g_strdup_printf ("%032x", 100);
    g_autofree char *path
        = g_strdup_printf ("%s/Mail/new/%" G_GINT64_FORMAT ".M1_1.%s-1.host,S=60", ground->folder, ground->now_s, id);
    write_file (path, "From: x@example.com\n\n");
    become_known (ground, how);
    g_assert_true (ib_journal_has (ground->home->journal, id, NULL));
}

/* Names are anybody's: one from a time that is not yet would have nothing that comes adopted any more. */
static const char *const absurd_times[] = { "9223372036854775807", "99999999999999999999", "9999999999999", "99999999999" };

static bool
came_lately (const IbHistoryRow *row, gpointer user_data)
{
    g_assert_cmpint (row->story->delivered_at / G_USEC_PER_SEC, >=, ((const Ground *) user_data)->now_s);
    g_assert_cmpint (row->story->delivered_at, <=, g_get_real_time ());
    return true;
}

static void
believes_no_absurd_time (Ground *ground, gconstpointer how)
{
    for (guint i = 0; i < G_N_ELEMENTS (absurd_times); i++) {
        g_autofree char *id = g_strdup_printf ("%032x", 100 + i);
        g_autofree char *path
            = g_strdup_printf ("%s/Mail/new/%s.M1_1.%s-0.host,S=60", ground->folder, absurd_times[i], id);
        write_file (path, "From: x@example.com\n\n");
        become_known (ground, how);
        g_assert_true (ib_journal_has (ground->home->journal, id, NULL));
        g_assert_true (ib_history_read (ground->home->journal, &(IbHistoryQuery){ 0 }, came_lately, ground, NULL));
    }
}

static const struct {
    const char *name;
    void (*test) (Ground *ground, gconstpointer how);
} unknown[] = {
    { "known-by-the-first-file", knows_a_message_by_its_first_file },
    { "known-by-the-second-file", knows_a_message_that_has_its_second_file_only },
    { "absurd-time", believes_no_absurd_time },
};

int
main (int argc, char **argv)
{
    g_autofree char *workers = g_build_filename (g_getenv ("IB_TEST_BUILD"), "src", "worker", NULL);
    g_test_init (&argc, &argv, NULL);
    g_setenv ("INBASKET_LIBEXECDIR", workers, TRUE);
    g_test_add ("/moves/portions", Ground, "learns", set_up, learns_in_portions, tear_down);
    g_test_add ("/moves/table-behind", Ground, "learns", set_up, leaves_the_table_behind, tear_down);
    g_test_add ("/moves/unasked", Ground, NULL, set_up, learns_nothing_unasked, tear_down);
    g_test_add ("/moves/many-unseen", Ground, "learns", set_up, finds_any_number_that_nobody_looked_at, tear_down);
    for (gsize i = 0; i < G_N_ELEMENTS (unknown); i++) {
        g_autofree char *beside = g_strconcat ("/moves/", unknown[i].name, "/beside-a-journal", NULL);
        g_autofree char *without = g_strconcat ("/moves/", unknown[i].name, "/journal-lost", NULL);
        g_test_add (beside, Ground, BESIDE, set_up, unknown[i].test, tear_down);
        g_test_add (without, Ground, LOST, set_up, unknown[i].test, tear_down);
    }
    return g_test_run ();
}
