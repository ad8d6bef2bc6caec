/* alarm.h - the service's one timer, on the clock that goes on while the machine sleeps
 *
 * A timerfd on CLOCK_BOOTTIME as a GSource: what came due during sleep rings at once on waking, where GLib's own
 * timeouts, on CLOCK_MONOTONIC, would ring late by as long as it slept. It wakes no sleeping machine. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbAlarm IbAlarm;

/* Microseconds of CLOCK_BOOTTIME. */
gint64 ib_alarm_now (void);

/* @ring is called on the thread's default main context, once for each setting. NULL: there is no timer to be had
 * (descriptors have run out), errno says why. Returns: (transfer full) (nullable) */
IbAlarm *ib_alarm_new (void (*ring) (gpointer user_data), gpointer user_data);
/* Rings at @at instead of any time set before; at once if that is past; G_MAXINT64: not at all. */
void ib_alarm_set (IbAlarm *self, gint64 at);
/* May be called while it rings. */
void ib_alarm_free (IbAlarm *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbAlarm, ib_alarm_free)
