/* line-speed.c - how fast does the line bring what was asked for? */
#include "line-speed.h"

/* Some round trips to most servers. */
#define WINDOW_MS 300
/* What the buffers on the way may have held when we began to look is less. */
#define LEAST_BYTES (256 * 1024)

static void
begin (IbLineSpeed *self, guint64 bytes, gint64 waited_ms, gint64 now_ms)
{
    self->has_begun = true;
    self->begun_bytes = bytes;
    self->begun_waited_ms = waited_ms;
    self->begun_ms = now_ms;
}

static void
decide (IbLineSpeed *self, IbLineVerdict verdict, guint64 bytes_per_second)
{
    self->verdict = verdict;
    self->bytes_per_second = bytes_per_second;
}

static guint64
per_second (guint64 bytes, gint64 ms)
{
    return bytes * 1000 / (guint64) MAX (ms, 1);
}

/* Where more would have come than there was time to wait for, it is we who are slow, in this window. */
static void
end_window (IbLineSpeed *self, guint64 speed)
{
    bool is_slow = speed < IB_LINE_FAST;
    if (is_slow && self->before > 0 && speed < self->before + self->before / 2)
        decide (self, IB_LINE_IS_SLOW, MAX (speed, self->before));
    self->before = is_slow ? MAX (speed, 1) : 0;
}

void
ib_line_speed_note (IbLineSpeed *self, guint64 bytes, gint64 waited_ms, gint64 now_ms)
{
    if (self->verdict != IB_LINE_UNKNOWN)
        return;
    if (!self->has_begun) {
        begin (self, bytes, waited_ms, now_ms);
        return;
    }
    guint64 came = bytes - self->begun_bytes;
    gint64 lasted_ms = now_ms - self->begun_ms;
    if (came >= LEAST_BYTES && per_second (came, lasted_ms) >= IB_LINE_FAST)
        decide (self, IB_LINE_IS_FAST, per_second (came, lasted_ms));
    else if (lasted_ms >= WINDOW_MS)
        end_window (self, per_second (came, waited_ms - self->begun_waited_ms));
    if (self->verdict == IB_LINE_UNKNOWN && lasted_ms >= WINDOW_MS)
        begin (self, bytes, waited_ms, now_ms);
}

void
ib_line_speed_pause (IbLineSpeed *self)
{
    self->has_begun = false;
}
