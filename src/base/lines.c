/* lines.c - the lines of a descriptor, and when none comes */
#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

struct _IbLines {
    int fd;
    bool has_ended;
    bool is_too_long; /* the line that is being read: its beginning was dropped */
    gsize from, to;   /* of what was read, the part that was not given out */
    char bytes[IB_LINE_BYTES + 1];
};

IbLines *
ib_lines_new (int fd)
{
    IbLines *self = g_new (IbLines, 1);
    self->fd = fd;
    self->has_ended = self->is_too_long = false;
    self->from = self->to = 0;
    return self;
}

void
ib_lines_free (IbLines *self)
{
    g_free (self);
}

/* The line up to @end, behind which the next begins at @next. */
static IbLineEvent
give (IbLines *self, gsize end, gsize next, const char **out_line, gsize *out_length)
{
    bool is_too_long = self->is_too_long;
    self->bytes[end] = '\0';
    *out_line = self->bytes + self->from;
    *out_length = end - self->from;
    self->from = next;
    self->is_too_long = false;
    return is_too_long ? IB_LINE_TOO_LONG : IB_LINE_READ;
}

static bool
is_quiet (const IbLines *self, int quiet_ms)
{
    struct pollfd input = { .fd = self->fd, .events = POLLIN };
    return quiet_ms >= 0 && poll (&input, 1, quiet_ms) == 0;
}

/* Of a line that is too long, what there is of it makes room for its rest. */
static void
make_room (IbLines *self)
{
    gsize length = self->to - self->from;
    self->is_too_long |= length == IB_LINE_BYTES;
    if (length == IB_LINE_BYTES)
        length = 0;
    memmove (self->bytes, self->bytes + self->from, length);
    self->from = 0;
    self->to = length;
}

static void
read_more (IbLines *self)
{
    gssize length;
    make_room (self);
    do
        length = read (self->fd, self->bytes + self->to, IB_LINE_BYTES - self->to);
    while (length < 0 && errno == EINTR);
    self->has_ended = length <= 0;
    self->to += (gsize) MAX (length, 0);
}

IbLineEvent
ib_lines_next (IbLines *self, int quiet_ms, const char **out_line, gsize *out_length)
{
    for (;;) {
        const char *start = self->bytes + self->from;
        const char *newline = memchr (start, '\n', self->to - self->from);
        if (newline != NULL) {
            gsize end = (gsize) (newline - self->bytes);
            return give (self, end, end + 1, out_line, out_length);
        }
        if (self->has_ended && self->to == self->from && !self->is_too_long)
            return IB_LINE_END;
        if (self->has_ended)
            return give (self, self->to, self->to, out_line, out_length);
        if (is_quiet (self, quiet_ms))
            return IB_LINE_QUIET;
        read_more (self);
    }
}
