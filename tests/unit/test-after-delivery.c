/* One at a time, one more for all that came meanwhile, and one notice for a failure that lasts. */
#include "after-delivery.h"
#include "no-threads.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* A folder that commands leave their marks in, and the notices that came. */
typedef struct {
    IbAfterDelivery *command;
    char *folder;
    GPtrArray *notices;
} Bench;

static void
on_notice (const char *text, gpointer user_data)
{
    g_ptr_array_add (user_data, g_strdup (text));
}

static void
bench_init (Bench *self)
{
    self->folder = g_dir_make_tmp ("inbasket-after-XXXXXX", NULL);
    self->notices = g_ptr_array_new_with_free_func (g_free);
    self->command = ib_after_delivery_new (on_notice, self->notices);
}

static void
bench_clear (Bench *self)
{
    ib_after_delivery_free (self->command);
    g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
    for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir)) {
        g_autofree char *path = g_build_filename (self->folder, name, NULL);
        g_assert_cmpint (g_unlink (path), ==, 0);
    }
    g_assert_cmpint (g_rmdir (self->folder), ==, 0);
    g_free (self->folder);
    g_ptr_array_unref (self->notices);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

/* @script is run by a shell in the folder. */
static void
set (Bench *self, const char *script)
{
    g_autofree char *quoted = g_shell_quote (script);
    g_autofree char *command = g_strdup_printf ("env -C %s sh -c %s", self->folder, quoted);
    ib_after_delivery_set_command (self->command, command);
}

static char *
read_mark (Bench *self, const char *name)
{
    g_autofree char *path = g_build_filename (self->folder, name, NULL);
    char *text = NULL;
    (void) g_file_get_contents (path, &text, NULL, NULL);
    return text;
}

static void
make_mark (Bench *self, const char *name)
{
    g_autofree char *path = g_build_filename (self->folder, name, NULL);
    g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

static void
wait_for_mark (Bench *self, const char *name)
{
    g_autofree char *path = g_build_filename (self->folder, name, NULL);
    while (!g_file_test (path, G_FILE_TEST_EXISTS)) {
        g_main_context_iteration (NULL, FALSE);
        g_usleep (2000);
    }
}

static void
wait_for_end (Bench *self)
{
    while (ib_after_delivery_is_running (self->command))
        g_main_context_iteration (NULL, TRUE);
}

static void
runs (void)
{
    g_auto (Bench) bench;
    bench_init (&bench);
    set (&bench, "cat > input; echo ran >> runs; echo noise; echo noise >&2");
    ib_after_delivery_run (bench.command);
    g_assert_true (ib_after_delivery_is_running (bench.command));
    wait_for_end (&bench);
    g_autofree char *marks = read_mark (&bench, "runs");
    g_autofree char *input = read_mark (&bench, "input");
    g_assert_cmpstr (marks, ==, "ran\n");
    g_assert_cmpstr (input, ==, "");
    g_assert_cmpuint (bench.notices->len, ==, 0);
}

static void
runs_once_more (void)
{
    g_auto (Bench) bench;
    bench_init (&bench);
    set (&bench, "echo in >> runs; touch begun; until [ -e go ]; do sleep 0.01; done; echo out >> runs");
    ib_after_delivery_run (bench.command);
    wait_for_mark (&bench, "begun");
    for (int batch = 0; batch < 5; batch++)
        ib_after_delivery_run (bench.command);
    make_mark (&bench, "go");
    wait_for_end (&bench);
    g_autofree char *marks = read_mark (&bench, "runs");
    g_assert_cmpstr (marks, ==, "in\nout\nin\nout\n");
}

static void
runs_nothing (void)
{
    g_auto (Bench) bench;
    bench_init (&bench);
    ib_after_delivery_run (bench.command);
    g_assert_false (ib_after_delivery_is_running (bench.command));
    ib_after_delivery_set_command (bench.command, "");
    ib_after_delivery_run (bench.command);
    g_assert_false (ib_after_delivery_is_running (bench.command));
    ib_after_delivery_free (NULL);
}

/* Taken out of the configuration while it runs: it comes to its end, and is not run again. */
static void
is_taken_away (void)
{
    g_auto (Bench) bench;
    bench_init (&bench);
    set (&bench, "touch begun; until [ -e go ]; do sleep 0.01; done; echo out >> runs");
    ib_after_delivery_run (bench.command);
    wait_for_mark (&bench, "begun");
    ib_after_delivery_run (bench.command);
    ib_after_delivery_set_command (bench.command, NULL);
    make_mark (&bench, "go");
    wait_for_end (&bench);
    g_autofree char *marks = read_mark (&bench, "runs");
    g_assert_cmpstr (marks, ==, "out\n");
}

static const struct { const char *name, *command, *notice; } failures[] = {
    { "status",       "false", "after-delivery: “false” ended with status 1" },
    { "signal",       "sh -c 'kill -9 $$'", "after-delivery: “sh -c 'kill -9 $$'” was ended by signal 9" },
    { "last-line",    "sh -c 'echo one >&2; echo two >&2; echo >&2; exit 3'",
      "after-delivery: “sh -c 'echo one >&2; echo two >&2; echo >&2; exit 3'” ended with status 3: “two”" },
    { "much",         "sh -c 'yes | head -c 300000 >&2; echo end >&2; exit 1'",
      "after-delivery: “sh -c 'yes | head -c 300000 >&2; echo end >&2; exit 1'” ended with status 1: “end”" },
    { "hostile",      "sh -c 'printf \"a\\033[31mb\\377\" >&2; exit 1'",
      "after-delivery: “sh -c 'printf \"a\\033[31mb\\377\" >&2; exit 1'” ended with status 1: “a\\x1b[31mb\\xff”" },
    { "not-there",    "no-such-program-here", "after-delivery: “no-such-program-here” cannot be run: " },
    { "no-words",     "notmuch 'new", "after-delivery: “notmuch 'new” cannot be run: " },
    { "no-shell",     "false; true", "after-delivery: “false; true” cannot be run: " },
};

static void
complains (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_auto (Bench) bench;
    bench_init (&bench);
    ib_after_delivery_set_command (bench.command, failures[i].command);
    for (int batch = 0; batch < 2; batch++) {
        ib_after_delivery_run (bench.command);
        wait_for_end (&bench);
    }
    g_assert_cmpuint (bench.notices->len, ==, 1);
    if (g_str_has_suffix (failures[i].notice, ": "))
        g_assert_true (g_str_has_prefix (bench.notices->pdata[0], failures[i].notice));
    else
        g_assert_cmpstr (bench.notices->pdata[0], ==, failures[i].notice);
}

/* Bad, good, bad: two incidents. */
static void
complains_anew (void)
{
    g_auto (Bench) bench;
    bench_init (&bench);
    set (&bench, "echo x >> runs; test $(wc -l < runs) = 2");
    for (int batch = 0; batch < 4; batch++) {
        ib_after_delivery_run (bench.command);
        wait_for_end (&bench);
    }
    g_assert_cmpuint (bench.notices->len, ==, 2);
}

/* The service ends: so does the command, by its own will if it has one; and nothing is told of it. */
static void
ends_with_service (void)
{
    g_auto (Bench) bench;
    bench_init (&bench);
    set (&bench, "trap 'echo bye > runs; exit 1' TERM; touch begun; while :; do sleep 0.01; done");
    ib_after_delivery_run (bench.command);
    wait_for_mark (&bench, "begun");
    ib_after_delivery_free (g_steal_pointer (&bench.command));
    g_autofree char *marks = read_mark (&bench, "runs");
    g_assert_cmpstr (marks, ==, "bye\n");
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_cmpuint (bench.notices->len, ==, 0);
}

/* As where the user's processes have all that he may have; and then not any more. */
static void
survives_without_threads (void)
{
    if (!g_test_subprocess ()) {
        g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, 0);
        g_test_trap_assert_passed ();
        return;
    }
    g_auto (Bench) bench;
    bench_init (&bench);
    set (&bench, "echo ran >> runs");
    have_no_more_threads ();
    ib_after_delivery_run (bench.command);
    g_assert_false (ib_after_delivery_is_running (bench.command));
    g_assert_cmpuint (bench.notices->len, ==, 1);

    have_threads_again ();
    ib_after_delivery_run (bench.command);
    wait_for_end (&bench);
    g_autofree char *marks = read_mark (&bench, "runs");
    g_assert_cmpstr (marks, ==, "ran\n");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/after-delivery/runs", runs);
    g_test_add_func ("/after-delivery/runs-once-more", runs_once_more);
    g_test_add_func ("/after-delivery/runs-nothing", runs_nothing);
    g_test_add_func ("/after-delivery/is-taken-away", is_taken_away);
    for (gsize i = 0; i < G_N_ELEMENTS (failures); i++) {
        g_autofree char *name = g_strconcat ("/after-delivery/complains/", failures[i].name, NULL);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), complains);
    }
    g_test_add_func ("/after-delivery/complains-anew", complains_anew);
    g_test_add_func ("/after-delivery/ends-with-service", ends_with_service);
    g_test_add_func ("/after-delivery/survives-without-threads", survives_without_threads);
    return g_test_run ();
}
