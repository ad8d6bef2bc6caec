/* termination.c - SIGTERM, and only from outside */
#include "termination.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

static struct sigaction next; /* GLib's, and known before its place is taken: a signal may come at once */

static void
on_signal (int number, siginfo_t *info, void *context)
{
    bool is_raised = info->si_code == SI_TKILL && info->si_pid == getpid ();
    if (!is_raised)
        next.sa_handler (number);
}

guint
ib_termination_add (GSourceFunc told, gpointer user_data)
{
    guint id = g_unix_signal_add (SIGTERM, told, user_data);
    struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART };
    (void) sigemptyset (&action.sa_mask);
    (void) sigaction (SIGTERM, NULL, &next);
    (void) sigaction (SIGTERM, &action, NULL);
    return id;
}
