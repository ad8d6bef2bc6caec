/* Prints what a program on this laptop is told, a line an event, for test_surroundings.py. Lines read from standard input:
 *
 *     let-sleep   slept SECONDS (the clocks run apart)   reach HOST   state   quit
 *
 * Words that are true of the state are printed: "state network portal metered saving battery locked". */
#include "surroundings.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

static IbSurroundings *self;
static GMainLoop *loop;

static void
print_state (const IbSurroundingsState *state)
{
    g_print ("state%s%s%s%s%s%s\n", state->has_network ? " network" : "", state->is_portal ? " portal" : "",
             state->is_metered ? " metered" : "", state->is_saving ? " saving" : "",
             state->on_battery ? " battery" : "", state->is_locked ? " locked" : "");
}

static void
on_changed (const IbSurroundingsState *state, gpointer data)
{
    print_state (state);
}

static void
on_network_changed (gpointer data)
{
    g_print ("network-changed\n");
}

static void
on_sleeping (gpointer data)
{
    g_print ("sleeping\n");
}

static void
on_woke (gpointer data)
{
    g_print ("woke\n");
}

static void
on_reached (bool can_reach, gpointer host)
{
    g_print ("%s %s\n", can_reach ? "reached" : "unreachable", (const char *) host);
    g_free (host);
}

static void
obey (char **words)
{
    static gint64 slept;
    if (strcmp (words[0], "let-sleep") == 0)
        ib_surroundings_let_sleep (self);
    else if (strcmp (words[0], "slept") == 0) {
        ib_surroundings_check_clocks (self, 100 * G_USEC_PER_SEC + slept, 100 * G_USEC_PER_SEC);
        slept += g_ascii_strtoll (words[1], NULL, 10) * G_USEC_PER_SEC;
        ib_surroundings_check_clocks (self, 200 * G_USEC_PER_SEC + slept, 200 * G_USEC_PER_SEC);
        g_print ("looked at the clocks\n");
    } else if (strcmp (words[0], "reach") == 0)
        ib_surroundings_can_reach (self, words[1], 993, NULL, on_reached, g_strdup (words[1]));
    else if (strcmp (words[0], "state") == 0)
        print_state (ib_surroundings_state (self));
    else
        g_main_loop_quit (loop);
}

static gboolean
on_line (int fd, GIOCondition condition, gpointer data)
{
    char line[256];
    if (fgets (line, sizeof line, stdin) == NULL)
        return G_SOURCE_REMOVE;
    g_auto (GStrv) words = g_strsplit (g_strchomp (line), " ", 2);
    obey (words);
    return G_SOURCE_CONTINUE;
}

int
main (void)
{
    static const IbSurroundingsEvents events = {
        .changed = on_changed, .network_changed = on_network_changed, .sleeping = on_sleeping, .woke = on_woke
    };
    setvbuf (stdout, NULL, _IOLBF, 0);
    setvbuf (stdin, NULL, _IONBF, 0);
    loop = g_main_loop_new (NULL, FALSE);
    self = ib_surroundings_new (&events, NULL);
    guint input = g_unix_fd_add (0, G_IO_IN | G_IO_HUP, on_line, NULL);
    g_main_loop_run (loop);
    g_source_remove (input);
    ib_surroundings_free (self);
    g_main_loop_unref (loop);
    return 0;
}
