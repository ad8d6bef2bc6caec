/* body.c - CRLF to LF between a parser's chunks and a descriptor */
#include "body.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Writes are gathered so that a server that sends crumbs does not cost a system call each. */
#define BUFFER_BYTES (64 * 1024)

struct _IbBody {
    int fd;
    bool holds_cr;      /* a CR that ended the last chunk: it may belong to a CRLF */
    guint64 written;    /* handed to the descriptor */
    guint64 limit_bytes;
    IbBodyGrow grow;    /* NULL: no limit, or grown already */
    gpointer grow_data;
    gsize filled;
    char buffer[BUFFER_BYTES];
};

static bool
grow (IbBody *self, GError **error)
{
    IbBodyGrow outgrown = self->grow;
    self->grow = NULL;
    self->fd = outgrown (self->fd, self->grow_data, error);
    return self->fd >= 0;
}

static bool
write_all (IbBody *self, const char *bytes, gsize length, GError **error)
{
    if (self->grow != NULL && self->written + length > self->limit_bytes && !grow (self, error))
        return false;
    while (length > 0) {
        gssize n = write (self->fd, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Writing the message failed: %s",
                         g_strerror (errno));
            return false;
        }
        bytes += n;
        length -= (gsize) n;
        self->written += (guint64) n;
    }
    return true;
}

static bool
drain (IbBody *self, GError **error)
{
    gsize filled = self->filled;
    self->filled = 0;
    return write_all (self, self->buffer, filled, error);
}

static bool
put (IbBody *self, const char *bytes, gsize length, GError **error)
{
    if (length > BUFFER_BYTES - self->filled && !drain (self, error))
        return false;
    if (length > BUFFER_BYTES)
        return write_all (self, bytes, length, error);

    memcpy (self->buffer + self->filled, bytes, length);
    self->filled += length;
    return true;
}

IbBody *
ib_body_new (int fd)
{
    IbBody *self = g_malloc (sizeof *self);
    self->fd = fd;
    self->holds_cr = false;
    self->written = 0;
    self->limit_bytes = 0;
    self->grow = NULL;
    self->grow_data = NULL;
    self->filled = 0;
    return self;
}

void
ib_body_set_growth (IbBody *self, guint64 limit_bytes, IbBodyGrow outgrown, gpointer user_data)
{
    self->limit_bytes = limit_bytes;
    self->grow = outgrown;
    self->grow_data = user_data;
}

int
ib_body_fd (const IbBody *self)
{
    return self->fd;
}

bool
ib_body_write (IbBody *self, const char *bytes, gsize length, GError **error)
{
    const char *end = bytes + length;

    if (self->holds_cr && length > 0) {
        self->holds_cr = false;
        if (*bytes != '\n' && !put (self, "\r", 1, error))
            return false;
    }
    while (bytes < end) {
        const char *cr = memchr (bytes, '\r', (gsize) (end - bytes));
        if (cr == NULL)
            return put (self, bytes, (gsize) (end - bytes), error);
        if (!put (self, bytes, (gsize) (cr - bytes), error))
            return false;
        bytes = cr + 1;
        if (bytes == end)
            self->holds_cr = true;
        else if (*bytes != '\n' && !put (self, "\r", 1, error))
            return false;
    }
    return true;
}

bool
ib_body_finish (IbBody *self, guint64 *out_size_bytes, GError **error)
{
    if (self->holds_cr && !put (self, "\r", 1, error))
        return false;
    self->holds_cr = false;
    if (!drain (self, error))
        return false;
    *out_size_bytes = self->written;
    return true;
}

void
ib_body_free (IbBody *self)
{
    g_free (self);
}
