/* progress.c - one line on a terminal that says how far a long work is */
#include "progress.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DRAW_EVERY_US (100 * 1000)
#define BAR_COLUMNS 20
/* A rate means something only after a while. */
#define RATE_AFTER_S 1.0

struct _IbProgress {
    bool is_shown, is_drawn;
    gint64 started, drawn_at;
    guint64 done, expected, bytes;
    GPtrArray *accounts;
};

IbProgress *
ib_progress_new (bool is_shown)
{
    IbProgress *self = g_new0 (IbProgress, 1);
    self->is_shown = is_shown;
    self->started = g_get_monotonic_time ();
    self->accounts = g_ptr_array_new_with_free_func (g_free);
    return self;
}

static void
append_time_left (GString *line, guint64 done, guint64 expected, double seconds)
{
    if (seconds < RATE_AFTER_S || done == 0 || expected <= done)
        return;
    double left = seconds / (double) done * (double) (expected - done);
    if (left < 90)
        g_string_append_printf (line, _ (" · about %.0f s left"), left);
    else
        g_string_append_printf (line, _ (" · about %.0f min left"), left / 60);
}

char *
ib_progress_line (guint64 done, guint64 expected, guint64 bytes, double seconds, const char *who,
                  guint columns)
{
    g_autoptr (GString) line = g_string_new ("[");
    guint filled = expected > 0 ? (guint) (MIN (done, expected) * BAR_COLUMNS / expected) : 0;
    g_autofree char *size = ib_print_size (bytes);

    for (guint i = 0; i < BAR_COLUMNS; i++)
        g_string_append (line, i < filled ? "█" : "·");
    g_string_append_printf (line, _ ("] %" PRIu64 " of %" PRIu64 " · %s"), done, MAX (expected, done), size);
    if (seconds >= RATE_AFTER_S && bytes > 0) {
        g_autofree char *rate = ib_print_size ((guint64) ((double) bytes / seconds));
        g_string_append_printf (line, " · %s/s", rate);
    }
    append_time_left (line, done, expected, seconds);
    if (*who != '\0')
        g_string_append_printf (line, " · %s", who);
    return ib_print_safe (line->str, columns);
}

static void
draw (IbProgress *self)
{
    gint64 now = g_get_monotonic_time ();
    if (!self->is_shown || now - self->drawn_at < DRAW_EVERY_US)
        return;
    self->drawn_at = now;
    self->is_drawn = true;

    g_autoptr (GPtrArray) names = g_ptr_array_copy (self->accounts, NULL, NULL);
    g_ptr_array_set_free_func (names, NULL);
    g_ptr_array_add (names, NULL);
    g_autofree char *who = g_strjoinv (", ", (char **) names->pdata);
    g_autofree char *line
        = ib_progress_line (self->done, self->expected, self->bytes,
                            (double) (now - self->started) / G_USEC_PER_SEC, who, ib_print_width () - 1);
    (void) fprintf (stderr, "\r\033[K%s", line);
    (void) fflush (stderr);
}

void
ib_progress_begin (IbProgress *self, const char *account)
{
    g_ptr_array_add (self->accounts, g_strdup (account));
    draw (self);
}

void
ib_progress_end (IbProgress *self, const char *account)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        if (strcmp (self->accounts->pdata[i], account) == 0) {
            g_ptr_array_remove_index (self->accounts, i);
            break;
        }
    }
    draw (self);
}

void
ib_progress_expect (IbProgress *self, guint64 messages, guint64 bytes)
{
    self->expected += messages;
    draw (self);
}

void
ib_progress_done (IbProgress *self, guint64 messages, guint64 bytes)
{
    self->done += messages;
    self->bytes += bytes;
    draw (self);
}

void
ib_progress_clear (IbProgress *self)
{
    if (!self->is_drawn)
        return;
    (void) fputs ("\r\033[K", stderr);
    (void) fflush (stderr);
    self->is_drawn = false;
    self->drawn_at = 0;
}

void
ib_progress_free (IbProgress *self)
{
    if (self == NULL)
        return;
    ib_progress_clear (self);
    g_ptr_array_unref (self->accounts);
    g_free (self);
}
