/* connection.c - a connected socket, and how long its other end is waited for */
#include "connection.h"
#include "server-limits.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHECK_EVERY_BYTES (256 * 1024)
/* While so much is expected, what comes may pile up so long. A program that wakes for each record makes the server wake for
 * each of its own: on a fast line that costs both of them more than the bytes do. */
#define PILE_BYTES (256 * 1024)
#define PILE_MS 2

struct _IbConnection {
    int fd;
    int cancel_fd;
    char *host;
    GError *error; /* the first one; sticks */

    gint64 deadline_ms; /* CLOCK_BOOTTIME, 0 for none */
    gint64 stall_ms;
    gint64 waited_ms; /* for the server's bytes, in this window: .stall_ms of it are one */
    gint64 all_waited_ms;
    guint64 passed;
    guint64 window_passed;
    guint64 unchecked;
    guint64 expected; /* of what will be passed; by the server's own word, so for nothing but when to wake */
};

gint64
ib_connection_now_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_BOOTTIME, &now);
    return (gint64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the first error ----------------------------------------------------------------------------------------- */

bool
ib_connection_fail (IbConnection *self, IbStreamError code, const char *format, ...)
{
    if (self->error == NULL) {
        va_list arguments;
        va_start (arguments, format);
        self->error = g_error_new_valist (IB_STREAM_ERROR, (gint) code, format, arguments);
        va_end (arguments);
    }
    return false;
}

bool
ib_connection_fail_eof (IbConnection *self)
{
    return ib_connection_fail (self, IB_STREAM_ERROR_EOF, _ ("%s closed the connection"), self->host);
}

bool
ib_connection_fail_io (IbConnection *self, int number)
{
    return ib_connection_fail (self, IB_STREAM_ERROR_IO, _ ("The connection with %s broke: %s"), self->host,
                               g_strerror (number));
}

const GError *
ib_connection_get_error (const IbConnection *self)
{
    return self->error;
}

/* --- waiting ------------------------------------------------------------------------------------------------- */

static bool
is_overdue (IbConnection *self)
{
    return self->deadline_ms != 0 && ib_connection_now_ms () >= self->deadline_ms;
}

static bool
fail_deadline (IbConnection *self)
{
    return ib_connection_fail (self, IB_STREAM_ERROR_TIMEOUT, _ ("%s did not finish in time"), self->host);
}

static bool
fail_cancelled (IbConnection *self)
{
    return ib_connection_fail (self, IB_STREAM_ERROR_CANCELLED, _ ("The connection with %s was cancelled"),
                               self->host);
}

/* How long one poll may last: -1 for ever. */
static int
patience (IbConnection *self)
{
    gint64 most = self->stall_ms > 0 ? self->stall_ms : -1;
    if (self->deadline_ms != 0) {
        gint64 left = MAX (self->deadline_ms - ib_connection_now_ms (), 0);
        if (most < 0 || left < most)
            most = left;
    }
    return (int) MIN (most, G_MAXINT);
}

static bool
wait_for (IbConnection *self, short events)
{
    for (;;) {
        struct pollfd fds[] = { { self->fd, events, 0 }, { self->cancel_fd, POLLIN, 0 } };
        int n = poll (fds, 2, patience (self));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ib_connection_fail (self, IB_STREAM_ERROR_IO,
                                       _ ("The connection with %s cannot be waited for: %s"), self->host,
                                       g_strerror (errno));
        if (fds[1].revents != 0)
            return fail_cancelled (self);
        if (is_overdue (self))
            return fail_deadline (self);
        if (n > 0)
            return true;
        return ib_connection_fail (self, IB_STREAM_ERROR_TIMEOUT, _ ("%s did not answer for %d seconds"),
                                   self->host, (int) (self->stall_ms / 1000));
    }
}

static bool
let_pile_up (IbConnection *self)
{
    struct pollfd cancel = { self->cancel_fd, POLLIN, 0 };
    return poll (&cancel, 1, PILE_MS) <= 0 || fail_cancelled (self);
}

/* Only waiting for the server counts against it, not the time that we take for what came. */
bool
ib_connection_wait_for_bytes (IbConnection *self)
{
    gint64 began = ib_connection_now_ms ();
    if ((self->expected >= PILE_BYTES && !let_pile_up (self)) || !wait_for (self, POLLIN))
        return false;
    gint64 lasted = ib_connection_now_ms () - began;
    self->waited_ms += lasted;
    self->all_waited_ms += lasted;
    /* What came fast before the drip began hides it for one window: so two of them are a minute. */
    if (self->stall_ms == 0 || self->waited_ms < self->stall_ms)
        return true;

    guint64 got = self->passed - self->window_passed;
    self->waited_ms = 0;
    self->window_passed = self->passed;
    if (got < IB_LIMIT_SLOWEST_BYTES)
        return ib_connection_fail (self, IB_STREAM_ERROR_TIMEOUT,
                                   _ ("%s sends too slowly: %d bytes in half a minute"), self->host,
                                   (int) got);
    return true;
}

bool
ib_connection_wait_for_room (IbConnection *self)
{
    return wait_for (self, POLLOUT);
}

int
ib_connection_wait_for_either (IbConnection *self, int other_fd)
{
    struct pollfd fds[]
        = { { self->fd, POLLIN, 0 }, { self->cancel_fd, POLLIN, 0 }, { other_fd, POLLIN, 0 } };
    int n = poll (fds, G_N_ELEMENTS (fds), -1);
    if (n < 0 && errno != EINTR)
        ib_connection_fail_io (self, errno);
    else if (n > 0 && fds[1].revents != 0)
        fail_cancelled (self);
    if (self->error != NULL)
        return -1;
    return n > 0 && fds[2].revents != 0 && fds[0].revents == 0;
}

bool
ib_connection_pass (IbConnection *self, gsize bytes)
{
    self->passed += bytes;
    self->unchecked += bytes;
    self->expected -= MIN (bytes, self->expected);
    if (self->unchecked < CHECK_EVERY_BYTES)
        return true;
    self->unchecked = 0;
    struct pollfd cancel = { self->cancel_fd, POLLIN, 0 };
    if (poll (&cancel, 1, 0) > 0)
        return fail_cancelled (self);
    return !is_overdue (self) || fail_deadline (self);
}

void
ib_connection_expect (IbConnection *self, guint64 bytes)
{
    self->expected = bytes;
}

void
ib_connection_set_deadline (IbConnection *self, gint64 in_ms)
{
    self->deadline_ms = in_ms > 0 ? ib_connection_now_ms () + in_ms : 0;
}

void
ib_connection_set_stall (IbConnection *self, gint64 stall_ms)
{
    self->stall_ms = stall_ms;
}

gint64
ib_connection_get_waited_ms (const IbConnection *self)
{
    return self->all_waited_ms;
}

/* --- the socket ---------------------------------------------------------------------------------------------- */

gssize
ib_connection_try_receive (IbConnection *self, void *buffer, gsize size)
{
    gssize n;
    do
        n = recv (self->fd, buffer, size, 0);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Its last words may still be there to be read: so the next read tells the end, not this. */
gssize
ib_connection_try_send (IbConnection *self, const void *bytes, gsize length)
{
    gssize n;
    do
        n = send (self->fd, bytes, length, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 && (errno == EPIPE || errno == ECONNRESET) ? (gssize) length : n;
}

gsize
ib_connection_receive (IbConnection *self, void *buffer, gsize size)
{
    for (;;) {
        gssize n = ib_connection_try_receive (self, buffer, size);
        if (n > 0)
            return (gsize) n;
        if (n == 0) {
            ib_connection_fail_eof (self);
            return 0;
        }
        if (errno != EAGAIN) {
            ib_connection_fail_io (self, errno);
            return 0;
        }
        if (!ib_connection_wait_for_bytes (self))
            return 0;
    }
}

gsize
ib_connection_send (IbConnection *self, const void *bytes, gsize length)
{
    for (;;) {
        gssize n = ib_connection_try_send (self, bytes, length);
        if (n >= 0)
            return (gsize) n;
        if (errno != EAGAIN) {
            ib_connection_fail_io (self, errno);
            return 0;
        }
        if (!ib_connection_wait_for_room (self))
            return 0;
    }
}

IbArrived
ib_connection_look (IbConnection *self)
{
    char byte;
    gssize n = recv (self->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n > 0)
        return IB_ARRIVED_BYTES;
    return n == 0 || errno != EAGAIN ? IB_ARRIVED_END : IB_ARRIVED_NOTHING;
}

IbConnection *
ib_connection_new (int fd, int cancel_fd, const char *host)
{
    IbConnection *self = g_new0 (IbConnection, 1);
    self->fd = fd;
    self->cancel_fd = cancel_fd;
    self->host = g_strdup (host);
    self->stall_ms = IB_LIMIT_STALL_MS;
    int flags = fcntl (fd, F_GETFL);
    if (flags < 0 || fcntl (fd, F_SETFL, flags | O_NONBLOCK) != 0)
        ib_connection_fail_io (self, errno);
    return self;
}

const char *
ib_connection_get_host (const IbConnection *self)
{
    return self->host;
}

void
ib_connection_free (IbConnection *self)
{
    if (self == NULL)
        return;
    close (self->fd);
    g_clear_error (&self->error);
    g_free (self->host);
    g_free (self);
}
