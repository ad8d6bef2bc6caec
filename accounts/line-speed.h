/* line-speed.h - how fast does the line bring what was asked for?
 *
 * Measured while it comes, and only until it is known. A line that reaches IB_LINE_FAST is fast from then on. A slow one
 * must have been about as slow in the window before: TCP begins slowly, on any line, and doubles with each round trip.
 * Where we are who is waited for, the line is fast enough. Pure: the times are handed in. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Bytes in a second from which compressing does not pay: a server that compresses 20 MB/s, which is much, to a half and
 * sends that over such a line is hardly faster than one that sends all of it. */
#define IB_LINE_FAST (4 * 1000 * 1000)

typedef enum { IB_LINE_UNKNOWN, IB_LINE_IS_SLOW, IB_LINE_IS_FAST } IbLineVerdict;

/* All 0 at first. */
typedef struct {
    IbLineVerdict verdict;
    guint64 bytes_per_second; /* once that is known */
    bool has_begun;
    guint64 begun_bytes;      /* the window */
    gint64 begun_waited_ms, begun_ms;
    guint64 before;           /* bytes in a second of the window before; 0: there was none, or we were slow in it */
    bool is_asked;            /* and nothing came yet */
    gint64 asked_waited_ms, asked_ms;
    gint64 trip_ms;           /* from asking to what came; 0: not known */
} IbLineSpeed;

/* At @now_ms, with nothing on its way, something is asked for; so long was waited all in all. The time until it comes says
 * nothing of the line but how long it is. */
void ib_line_speed_ask (IbLineSpeed *self, gint64 waited_ms, gint64 now_ms);
/* At @now_ms, so many @bytes came over the line all in all, and were waited for so long. */
void ib_line_speed_note (IbLineSpeed *self, guint64 bytes, gint64 waited_ms, gint64 now_ms);
