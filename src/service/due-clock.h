/* due-clock.h - how late it is, where something is removed because its days are over
 *
 * What is kept for days, in held/ or on a server, is gone for good when a clock says that they are over: and clocks are wrong
 * now and then, most often for the moment between a start and the network. So it is compared with what is known of the time: the
 * last good poll, which a server's certificate bore out, and how long we have run since. Where they are more than a day apart it
 * is doubted, and of the two that is taken which removes less, until the clock has said so for an hour, or a poll went well by it
 * before we were started. Whoever was away for a month has it all removed a little later.
 *
 * Time is microseconds and always handed in: @now is since 1970, @boot that of ib_alarm_now (). */
#pragma once

#include <glib.h>

typedef struct {
    gint64 at, boot;      /* the last time that was believed, and when that was */
    gint64 doubted_since; /* of .boot's clock; 0: it is not */
} IbDueClock;

/* @known: the last time that is known; 0: none is, and @now is believed. */
IbDueClock ib_due_clock_new (gint64 known, gint64 now, gint64 boot);
/* What was kept until then need not be kept any longer. */
gint64 ib_due_clock_earliest (IbDueClock *self, gint64 now, gint64 boot);
/* From then on something is to be kept. */
gint64 ib_due_clock_latest (IbDueClock *self, gint64 now, gint64 boot);
