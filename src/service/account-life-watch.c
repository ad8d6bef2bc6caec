/* account-life-watch.c - how long a watched server may be silent, and when all mailboxes are looked at again */
#include "account-life-private.h"

/* What a renewal's time grows by after each that went well, how far it stays below one that did not, and how many must go
 * well there before a longer one is tried again. */
#define RENEWAL_STEP_US (120 * (gint64) G_USEC_PER_SEC)
#define RENEWAL_MARGIN_US (60 * (gint64) G_USEC_PER_SEC)
#define RENEWALS_HELD 20

void
ib_life_forget_renewals (IbAccountLife *self)
{
    self->renewal = IB_LIFE_RENEWAL_US;
    self->ceiling = IB_LIFE_LONGEST_RENEWAL_US;
    self->n_held = 0;
}

void
ib_life_lengthen_renewal (IbAccountLife *self)
{
    if (self->silence < self->renewal - self->renewal / 10)
        return;
    if (self->renewal < self->ceiling)
        self->renewal = MIN (self->renewal + RENEWAL_STEP_US, self->ceiling);
    else if (++self->n_held >= RENEWALS_HELD) {
        self->ceiling = MIN (self->ceiling + RENEWAL_STEP_US, IB_LIFE_LONGEST_RENEWAL_US);
        self->n_held = 0;
    }
}

void
ib_life_shorten_renewal (IbAccountLife *self, gint64 silence)
{
    if (silence < IB_LIFE_SHORTEST_RENEWAL_US)
        return;
    self->ceiling
        = CLAMP (silence - RENEWAL_MARGIN_US, IB_LIFE_SHORTEST_RENEWAL_US, IB_LIFE_LONGEST_RENEWAL_US);
    self->renewal = CLAMP (silence / 3 * 2, IB_LIFE_SHORTEST_RENEWAL_US, self->ceiling);
    self->n_held = 0;
}

bool
ib_life_looks_by_interval (const IbAccountLife *self)
{
    return !self->watches_all && ib_life_interval (self) < self->renewal;
}

gint64
ib_life_look_due (const IbAccountLife *self)
{
    return self->looked_at + (ib_life_looks_by_interval (self) ? ib_life_interval (self) : self->renewal);
}

gint64
ib_life_look_from (const IbAccountLife *self)
{
    return ib_life_look_due (self)
           - (ib_life_looks_by_interval (self) ? ib_life_slack (ib_life_interval (self)) : self->renewal / 4);
}
