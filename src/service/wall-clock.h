/* wall-clock.h - when the clock of the day is set
 *
 * What is planned goes by ib_alarm_now (), which nobody sets; but what was told of it in the time of the day is wrong from
 * then on. That a clock merely runs a little faster or slower, as NTP makes it, is not told. */
#pragma once

#include <glib.h>

typedef struct _IbWallClock IbWallClock;

/* @was_set is called on the thread's default main context each time that it was set, by somebody or on waking from sleep.
 * NULL: descriptors have run out. Returns: (transfer full) (nullable) */
IbWallClock *ib_wall_clock_new (void (*was_set) (gpointer user_data), gpointer user_data);
void ib_wall_clock_free (IbWallClock *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbWallClock, ib_wall_clock_free)
