/* line-speed.c - how fast does the line bring what was asked for? */
#include "line-speed.h"

/* A window is so many round trips, in which TCP would have become eight times as fast, and no shorter than this. */
#define WINDOW_TRIPS 3
#define WINDOW_MS 150
/* What the buffers on the way may have held when we began to look is less. */
#define LEAST_BYTES (128 * 1024)

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

/* Where more would have come than there was time to wait for, it is us who are slow, in this window. */
static void
end_window (IbLineSpeed *self, guint64 speed)
{
    bool is_slow = speed < IB_LINE_FAST;
    if (is_slow && self->before > 0 && speed < self->before + self->before / 2)
        decide (self, IB_LINE_IS_SLOW, MAX (speed, self->before));
    self->before = is_slow ? MAX (speed, 1) : 0;
}

void
ib_line_speed_ask (IbLineSpeed *self, gint64 waited_ms, gint64 now_ms)
{
    self->is_asked = true;
    self->asked_waited_ms = waited_ms;
    self->asked_ms = now_ms;
}

/* The window goes on as if the answer had come at once. */
static void
leave_out_trip (IbLineSpeed *self, gint64 waited_ms, gint64 now_ms)
{
    gint64 trip_ms = now_ms - self->asked_ms;
    self->is_asked = false;
    self->trip_ms = self->trip_ms > 0 ? MIN (self->trip_ms, trip_ms) : trip_ms;
    self->begun_ms += trip_ms;
    self->begun_waited_ms += waited_ms - self->asked_waited_ms;
}

void
ib_line_speed_note (IbLineSpeed *self, guint64 bytes, gint64 waited_ms, gint64 now_ms)
{
    if (self->verdict != IB_LINE_UNKNOWN)
        return;
    if (self->is_asked)
        leave_out_trip (self, waited_ms, now_ms);
    if (!self->has_begun)
        begin (self, bytes, waited_ms, now_ms);

    guint64 came = bytes - self->begun_bytes;
    gint64 lasted_ms = now_ms - self->begun_ms;
    bool is_over = lasted_ms >= MAX (WINDOW_MS, WINDOW_TRIPS * self->trip_ms);
    if (came >= LEAST_BYTES && per_second (came, lasted_ms) >= IB_LINE_FAST)
        decide (self, IB_LINE_IS_FAST, per_second (came, lasted_ms));
    else if (is_over)
        end_window (self, per_second (came, waited_ms - self->begun_waited_ms));
    if (is_over)
        begin (self, bytes, waited_ms, now_ms);
}
