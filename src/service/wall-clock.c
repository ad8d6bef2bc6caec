/* wall-clock.c - when the clock of the day is set
 *
 * Linux tells it only to whoever waits for a moment of that clock: so a moment is waited for that never comes. */
#include "wall-clock.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdbool.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* As late as the kernel's nanoseconds reach, and a little less. */
#define NEVER_S (G_MAXINT64 / 1000000000 - 1)

struct _IbWallClock {
    int fd;
    GSource *source;
    void (*was_set) (gpointer user_data);
    gpointer user_data;
};

static bool
wait_for_ever (const IbWallClock *self)
{
    const struct itimerspec never = { .it_value = { .tv_sec = NEVER_S } };
    return timerfd_settime (self->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0;
}

/* Reading takes the news, and the wait goes on. */
static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
    IbWallClock *self = data;
    guint64 times;
    if (read (fd, &times, sizeof times) < 0 && errno == ECANCELED)
        self->was_set (self->user_data);
    return G_SOURCE_CONTINUE;
}

IbWallClock *
ib_wall_clock_new (void (*was_set) (gpointer user_data), gpointer user_data)
{
    IbWallClock *self = g_new0 (IbWallClock, 1);
    self->fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    self->was_set = was_set;
    self->user_data = user_data;
    if (self->fd < 0 || !wait_for_ever (self)) {
        ib_wall_clock_free (self);
        return NULL;
    }
    self->source = g_unix_fd_source_new (self->fd, G_IO_IN);
    g_source_set_callback (self->source, G_SOURCE_FUNC (on_readable), self, NULL);
    g_source_attach (self->source, g_main_context_get_thread_default ());
    return self;
}

void
ib_wall_clock_free (IbWallClock *self)
{
    if (self == NULL)
        return;
    if (self->source != NULL) {
        g_source_destroy (self->source);
        g_source_unref (self->source);
    }
    if (self->fd >= 0)
        close (self->fd);
    g_free (self);
}
