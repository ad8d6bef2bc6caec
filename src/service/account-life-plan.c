/* account-life-plan.c - when the next poll of an account is, and how news hasten it */
#include "account-life-private.h"

/* --- chance and spans -------------------------------------------------------------------------------------- */

/* Steele, Lea, Flood: SplitMix. */
gint64
ib_life_chance (IbAccountLife *self, gint64 most)
{
    guint64 z = self->dice += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
    return (gint64) ((z ^ (z >> 31)) % ((guint64) MAX (most, 0) + 1));
}

static gint64
soon (IbAccountLife *self)
{
    return IB_LIFE_SOON_US + ib_life_chance (self, IB_LIFE_SOON_LATEST_US - IB_LIFE_SOON_US);
}

bool
ib_life_is_stretched (const IbAccountLife *self)
{
    return self->around.is_saving && self->settings.on_battery_saver == IB_SAVER_STRETCH;
}

gint64
ib_life_interval (const IbAccountLife *self)
{
    return MAX (self->settings.interval_s, 1) * (gint64) G_USEC_PER_SEC
           * (ib_life_is_stretched (self) ? 4 : 1);
}

IbLifeReason
ib_life_interval_reason (const IbAccountLife *self)
{
    if (self->login_delay > ib_life_interval (self))
        return IB_LIFE_REASON_LOGIN_DELAY;
    return ib_life_is_stretched (self) ? IB_LIFE_REASON_BATTERY_SAVER : IB_LIFE_REASON_INTERVAL;
}

gint64
ib_life_slack (gint64 span)
{
    return MIN (span / 10, IB_LIFE_SLACK_US);
}

/* --- what forbids it --------------------------------------------------------------------------------------- */

guint
ib_life_holds_at (const IbAccountLife *self, gint64 now)
{
    const IbLifeSurroundings *around = &self->around;
    const bool applies[] = {
        [IB_LIFE_HOLD_FREE] = false,
        [IB_LIFE_HOLD_ASLEEP] = self->is_asleep,
        [IB_LIFE_HOLD_PAUSED] = self->is_paused && now < self->paused_until,
        [IB_LIFE_HOLD_PORTAL] = around->is_portal,
        [IB_LIFE_HOLD_NETWORK] = !around->has_network,
        [IB_LIFE_HOLD_METERED] = around->is_metered && self->settings.on_metered == IB_METERED_PAUSE,
        [IB_LIFE_HOLD_SAVER] = around->is_saving && self->settings.on_battery_saver == IB_SAVER_PAUSE,
    };
    guint all = 0;
    for (IbLifeHold i = IB_LIFE_HOLD_FREE; i <= IB_LIFE_HOLD_SAVER; i++)
        all |= applies[i] ? 1U << i : 0;
    return all;
}

IbLifeHold
ib_life_hold (const IbAccountLife *self, gint64 now)
{
    guint all = ib_life_holds_at (self, now);
    for (IbLifeHold i = IB_LIFE_HOLD_ASLEEP; i <= IB_LIFE_HOLD_SAVER; i++)
        if ((all & 1U << i) != 0 && !(self->insists && ib_life_holds[i].yields))
            return i;
    return IB_LIFE_HOLD_FREE;
}

/* --- planning the next poll -------------------------------------------------------------------------------- */

void
ib_life_plan_exactly (IbAccountLife *self, gint64 at)
{
    self->from = self->due = at;
}

/* A little early will do, so that others come along; but never before the server allows it. */
static void
plan_interval (IbAccountLife *self)
{
    gint64 most = ib_life_interval (self) / IB_LIFE_INTERVAL_SPREAD;
    gint64 span = ib_life_interval (self) - most + ib_life_chance (self, 2 * most);
    gint64 least = MAX (span - ib_life_slack (span), self->login_delay);
    self->from = self->ended_at + least;
    self->due = MAX (self->ended_at + span, self->from + ib_life_slack (least));
}

/* @asked: what the server wants at least. */
static void
plan_wait (IbAccountLife *self, guint step, gint64 asked)
{
    gint64 longest = MAX (ib_life_interval (self), IB_LIFE_LONGEST_WAIT_US);
    gint64 wait = IB_LIFE_FIRST_WAIT_US;
    for (guint i = 1; i < step && wait < longest; i++)
        wait *= 2;
    wait = MIN (wait, longest - longest / (IB_LIFE_WAIT_SPREAD + 1));
    wait = MAX (wait, asked);
    ib_life_plan_exactly (self, self->ended_at + wait
                                    + ib_life_chance (self, MIN (wait, longest) / IB_LIFE_WAIT_SPREAD));
}

/* A watch that breaks off is taken up again soon, at first; after anything else there is a wait. */
static void
plan_after_failure (IbAccountLife *self, bool was_cut, gint64 asked)
{
    guint step = was_cut ? self->n_failed : MAX (self->n_failed, 1);
    self->n_failed = step + 1;
    if (step == 0 && asked == 0)
        ib_life_plan_exactly (self, self->ended_at + soon (self));
    else
        plan_wait (self, step, asked);
}

void
ib_life_plan (IbAccountLife *self, bool was_cut, gint64 asked)
{
    self->is_hastened = false;
    switch (self->mood) {
    case IB_LIFE_MOOD_FINE:
        self->n_failed = 0;
        plan_interval (self);
        break;
    case IB_LIFE_MOOD_ERROR:
        plan_after_failure (self, was_cut, MAX (asked, self->login_delay));
        break;
    case IB_LIFE_MOOD_BUSY:
        plan_after_failure (self, false, MAX (asked, self->login_delay));
        break;
    case IB_LIFE_MOOD_OFFLINE:
        if (ib_life_hold (self, self->ended_at) == IB_LIFE_HOLD_FREE)
            plan_after_failure (self, was_cut, 0);
        else
            ib_life_plan_exactly (self, self->ended_at);
        break;
    case IB_LIFE_MOOD_KEYRING:
        ib_life_plan_exactly (self, self->ended_at + IB_LIFE_KEYRING_WAIT_US);
        break;
    case IB_LIFE_MOOD_SIGN_IN:
    case IB_LIFE_MOOD_UNSAFE:
        ib_life_plan_exactly (self, IB_LIFE_NEVER);
        break;
    }
}

void
ib_life_replan (IbAccountLife *self)
{
    if (self->run == IB_LIFE_RUN_NONE && self->mood == IB_LIFE_MOOD_FINE && !self->is_hastened)
        plan_interval (self);
}

/* --- hastening it ------------------------------------------------------------------------------------------ */

void
ib_life_hasten (IbAccountLife *self, gint64 at)
{
    ib_life_plan_exactly (self, at);
    self->is_hastened = true;
}

void
ib_life_hasten_as_allowed (IbAccountLife *self, gint64 at)
{
    gint64 allowed = self->login_delay > 0 ? self->signed_in_at + self->login_delay : at;
    ib_life_hasten (self, MAX (at, allowed));
}

void
ib_life_hasten_soon (IbAccountLife *self, gint64 now)
{
    ib_life_hasten_as_allowed (self, now + soon (self));
}

static IbLifeHaste
haste_of (IbAccountLife *self, IbLifeNews news, gint64 now)
{
    IbLifeHaste haste = ib_life_moods[self->mood].haste[news];
    if (self->mood == IB_LIFE_MOOD_SIGN_IN && news == IB_LIFE_NEWS_KEYRING
        && !self->settings.has_keyring_secret)
        return IB_LIFE_HASTE_STAYS;
    if (news == IB_LIFE_NEWS_REROUTED && haste != IB_LIFE_HASTE_STAYS) {
        if (now < self->rerouted_at + IB_LIFE_REROUTED_GAP_US)
            return IB_LIFE_HASTE_STAYS;
        self->rerouted_at = now;
    }
    return haste;
}

static void
hasten_by (IbAccountLife *self, IbLifeHaste haste, gint64 now)
{
    switch (haste) {
    case IB_LIFE_HASTE_STAYS:
        break;
    case IB_LIFE_HASTE_OVERDUE:
        if (self->due <= now + IB_LIFE_SOON_LATEST_US)
            ib_life_hasten_soon (self, now);
        break;
    case IB_LIFE_HASTE_SOON:
        ib_life_hasten_soon (self, now);
        break;
    case IB_LIFE_HASTE_ALLOWED:
        ib_life_hasten_as_allowed (self, now);
        break;
    case IB_LIFE_HASTE_NOW:
        ib_life_hasten (self, now);
        break;
    }
}

void
ib_life_hear (IbAccountLife *self, IbLifeNews news, gint64 now)
{
    bool is_users
        = news == IB_LIFE_NEWS_ASKED || news == IB_LIFE_NEWS_CHANGED || news == IB_LIFE_NEWS_RESUMED;
    if (!is_users && self->run != IB_LIFE_RUN_NONE)
        self->missed |= 1U << news;
    else if (is_users || !self->insists)
        hasten_by (self, haste_of (self, news, now), now);
}

void
ib_life_hear_missed (IbAccountLife *self, gint64 now)
{
    guint missed = self->missed;
    self->missed = 0;
    for (IbLifeNews news = 0; news < IB_LIFE_N_NEWS; news++)
        if ((missed & 1U << news) != 0)
            ib_life_hear (self, news, now);
}

void
ib_life_forbid (IbAccountLife *self)
{
    self->run = ib_life_turned (self->run, IB_LIFE_TURN_FORBIDDEN);
}

void
ib_life_weigh (IbAccountLife *self, guint before, gint64 now)
{
    guint after = ib_life_holds_at (self, now);
    if ((after & ~before) != 0)
        self->insists = false;
    if (ib_life_hold (self, now) != IB_LIFE_HOLD_FREE)
        ib_life_forbid (self);
    else if (before != 0 && after == 0)
        ib_life_hear (self, IB_LIFE_NEWS_FREED, now);
}
