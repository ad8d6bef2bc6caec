/* alarm.c - the service's one timer */
#include "alarm.h"

#include <glib-unix.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct _IbAlarm {
    int fd;
    GSource *source;
    gint64 at;
    void (*ring) (gpointer user_data);
    gpointer user_data;
};

gint64
ib_alarm_now (void)
{
    struct timespec now;
    int failed = clock_gettime (CLOCK_BOOTTIME, &now);
    g_assert (failed == 0);
    return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static gboolean
on_rung (int fd, GIOCondition condition, gpointer data)
{
    IbAlarm *self = data;
    guint64 times;
    if (read (fd, &times, sizeof times) != sizeof times) /* set anew since: it has not rung */
        return G_SOURCE_CONTINUE;
    self->at = G_MAXINT64;
    self->ring (self->user_data);
    return G_SOURCE_CONTINUE;
}

IbAlarm *
ib_alarm_new (void (*ring) (gpointer user_data), gpointer user_data)
{
    int fd = timerfd_create (CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd < 0)
        return NULL;
    IbAlarm *self = g_new0 (IbAlarm, 1);
    *self = (IbAlarm){ .fd = fd, .at = G_MAXINT64, .ring = ring, .user_data = user_data };
    self->source = g_unix_fd_source_new (fd, G_IO_IN);
    g_source_set_callback (self->source, G_SOURCE_FUNC (on_rung), self, NULL);
    g_source_attach (self->source, g_main_context_get_thread_default ());
    return self;
}

void
ib_alarm_set (IbAlarm *self, gint64 at)
{
    if (at == self->at)
        return;
    /* All zeroes would switch it off: what is past is a microsecond after the start of the clock. */
    gint64 when = at == G_MAXINT64 ? 0 : MAX (at, 1);
    const struct itimerspec setting = {
        .it_value = { .tv_sec = when / G_USEC_PER_SEC, .tv_nsec = when % G_USEC_PER_SEC * 1000 },
    };
    int failed = timerfd_settime (self->fd, TFD_TIMER_ABSTIME, &setting, NULL);
    g_assert (failed == 0);
    self->at = at;
}

void
ib_alarm_free (IbAlarm *self)
{
    if (self == NULL)
        return;
    g_source_destroy (self->source);
    g_source_unref (self->source);
    close (self->fd);
    g_free (self);
}
