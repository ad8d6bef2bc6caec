/* live.c - a command whose output stays, and is shown anew as it changes */
#include "live.h"
#include "print.h"
#include "screen.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const IbCli *cli;
    IbScreen *screen; /* NULL: no terminal, or nothing was shown yet */
    bool has_screen;
    char *shown; /* NULL: nothing yet */
} Live;

static bool
is_good (IbExit status)
{
    return status == IB_EXIT_DONE || status == IB_EXIT_SOME_FAILED;
}

static void
write_out (const char *text)
{
    g_print ("%s", text);
    (void) fflush (stdout);
}

static void
draw (Live *self, const char *text)
{
    if (self->screen == NULL) {
        self->screen = ib_screen_new ();
        write_out (IB_SCREEN_ENTER);
    }
    g_autofree char *changes = ib_screen_update (self->screen, text, ib_print_width (), ib_print_height ());
    if (*changes != '\0')
        write_out (changes);
}

/* A complaint is not what programs read. */
static void
print_again (Live *self, const char *text, bool is_complaint)
{
    if (self->cli->json && is_complaint)
        ib_print_error ("%s", text);
    else if (self->cli->json)
        ib_print_raw (text);
    else
        g_print ("%s%s", self->shown != NULL ? "\n" : "", text);
    (void) fflush (stdout);
}

static void
show_text (Live *self, char *text, bool is_complaint)
{
    bool is_new = g_strcmp0 (text, self->shown) != 0;
    if (self->has_screen)
        draw (self, text); /* its size may have changed */
    else if (is_new)
        print_again (self, text, is_complaint);
    g_free (self->shown);
    self->shown = text;
}

static IbExit
show_once (Live *self, IbLiveShow show, IbClient *service)
{
    g_autoptr (GError) error = NULL;
    ib_print_begin_capture ();
    IbExit status = show (self->cli, service, &error);
    g_autofree char *text = ib_print_end_capture ();
    if (is_good (status)) {
        show_text (self, g_steal_pointer (&text), false);
    } else if (self->shown == NULL) {
        ib_print_error ("%s", error->message);
    } else {
        g_autofree char *words = ib_print_safe (error->message, 0);
        show_text (self, self->cli->json ? g_steal_pointer (&words) : g_strconcat (words, "\n", NULL), true);
    }
    return status;
}

IbExit
ib_live_run (const IbCli *cli, IbLiveShow show)
{
    g_autoptr (IbFollow) changes = ib_follow_new (cli->paths);
    Live live = { .cli = cli, .has_screen = !cli->json && ib_print_can_draw (STDOUT_FILENO) };
    IbExit status = show_once (&live, show, ib_follow_service (changes));
    if (is_good (status)) {
        while (ib_follow_wait (changes))
            (void) show_once (&live, show, ib_follow_service (changes));
        status = IB_EXIT_DONE;
    }
    if (live.screen != NULL)
        write_out (IB_SCREEN_LEAVE);
    ib_screen_free (live.screen);
    g_free (live.shown);
    return status;
}
