/* The SIGTERM of others is told; the one that GLib raises when a bus goes is not. */
#include "termination.h"

#include <dlfcn.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

static bool comes_at_once; /* a SIGTERM, when it is to be heard by a handler that looks at who sent it */

static void send_from_outside (void);

/* In libc's place. It tells of the action before only when the new one is in force, and a signal may come between the two. */
int
sigaction (int number, const struct sigaction *action, struct sigaction *out_before)
{
    int (*real) (int, const struct sigaction *, struct sigaction *);
    *(void **) &real = dlsym (RTLD_NEXT, "sigaction");
    struct sigaction before;
    int result = real (number, action, &before);
    if (comes_at_once && action != NULL && (action->sa_flags & SA_SIGINFO) != 0) {
        comes_at_once = false;
        send_from_outside ();
    }
    if (out_before != NULL)
        *out_before = before;
    return result;
}

static gboolean
note (gpointer told)
{
    (*(guint *) told)++;
    return G_SOURCE_CONTINUE;
}

static void
send_from_outside (void)
{
    pid_t me = getpid (), child = fork ();
    if (child == 0) {
        (void) kill (me, SIGTERM);
        _exit (0);
    }
    g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
}

static void
come_to_rest (void)
{
    while (g_main_context_iteration (NULL, FALSE))
        ;
}

static void
wait_for (const guint *told, guint count)
{
    while (*told < count)
        (void) g_main_context_iteration (NULL, TRUE);
    come_to_rest ();
    g_assert_cmpuint (*told, ==, count);
}

static void
hears_what_comes_at_once (void)
{
    comes_at_once = true;
    guint told = 0, id = ib_termination_add (note, &told);
    wait_for (&told, 1);
    g_source_remove (id);
}

static void
hears_others_alone (void)
{
    guint told = 0, later = 0, id = ib_termination_add (note, &told);
    guint later_id = g_unix_signal_add (SIGUSR1, note, &later);
    send_from_outside ();
    wait_for (&told, 1);
    g_assert_cmpint (raise (SIGTERM), ==, 0);
    g_assert_cmpint (raise (SIGUSR1), ==, 0); /* GLib hands on both, or what came first */
    wait_for (&later, 1);
    g_assert_cmpuint (told, ==, 1);
    g_source_remove (later_id);
    send_from_outside ();
    wait_for (&told, 2);
    g_source_remove (id);
}

/* Nobody has set aside that the process ends with its shared connection. */
static void
outlives_a_shared_bus (void)
{
    guint told = 0, closed = 0, id = ib_termination_add (note, &told);
    g_autoptr (GSubprocess) daemon = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, "dbus-daemon",
                                                       "--session", "--nofork", "--print-address", NULL);
    g_assert_nonnull (daemon);
    g_autoptr (GDataInputStream) output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (daemon));
    g_autofree char *address = g_data_input_stream_read_line (output, NULL, NULL, NULL);
    g_assert_nonnull (address);
    g_assert_true (g_setenv ("DBUS_SESSION_BUS_ADDRESS", address, TRUE));

    g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
    g_assert_nonnull (bus);
    g_assert_true (g_dbus_connection_get_exit_on_close (bus));
    g_signal_connect_swapped (bus, "closed", G_CALLBACK (note), &closed);
    g_subprocess_force_exit (daemon);
    wait_for (&closed, 1);
    g_assert_cmpuint (told, ==, 0);
    g_source_remove (id);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    /* The first: what was before is kept. */
    g_test_add_func ("/termination/at-once", hears_what_comes_at_once);
    g_test_add_func ("/termination/others-alone", hears_others_alone);
    g_test_add_func ("/termination/shared-bus", outlives_a_shared_bus);
    return g_test_run ();
}
