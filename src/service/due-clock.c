/* due-clock.c - how late it is, where something is removed because its days are over */
#include "due-clock.h"

#define APART_US (24 * 3600 * (gint64) G_USEC_PER_SEC)
#define DOUBTED_US (3600 * (gint64) G_USEC_PER_SEC)

/* What it should be, by what is known. */
static gint64
expected (const IbDueClock *self, gint64 boot)
{
    return self->at + boot - self->boot;
}

static void
believe (IbDueClock *self, gint64 now, gint64 boot)
{
    *self = (IbDueClock){ .at = now, .boot = boot };
}

static void
look (IbDueClock *self, gint64 now, gint64 boot)
{
    if (ABS (now - expected (self, boot)) <= APART_US)
        believe (self, now, boot);
    else if (self->doubted_since == 0)
        self->doubted_since = boot;
    else if (boot - self->doubted_since >= DOUBTED_US)
        believe (self, now, boot);
}

IbDueClock
ib_due_clock_new (gint64 known, gint64 now, gint64 boot)
{
    return (IbDueClock){ .at = known != 0 ? known : now, .boot = boot };
}

gint64
ib_due_clock_earliest (IbDueClock *self, gint64 now, gint64 boot)
{
    look (self, now, boot);
    return MIN (now, expected (self, boot));
}

gint64
ib_due_clock_latest (IbDueClock *self, gint64 now, gint64 boot)
{
    look (self, now, boot);
    return MAX (now, expected (self, boot));
}
