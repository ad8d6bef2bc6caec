/* account-life-next.c - what is next for an account, when, and in which words that is told */
#include "account-life-private.h"

static IbLifeStep
next_of_watch (const IbAccountLife *self, gint64 now)
{
    if (self->insists || now >= ib_life_look_from (self))
        return IB_LIFE_STEP_LOOK;
    return now >= self->renew_at ? IB_LIFE_STEP_RENEW : IB_LIFE_STEP_NOTHING;
}

IbLifeStep
ib_account_life_next (const IbAccountLife *self, gint64 now)
{
    switch (self->run) {
    case IB_LIFE_RUN_NONE:
        return now >= self->from && ib_life_hold (self, now) == IB_LIFE_HOLD_FREE ? IB_LIFE_STEP_POLL
                                                                                  : IB_LIFE_STEP_NOTHING;
    case IB_LIFE_RUN_WATCHING:
        return next_of_watch (self, now);
    case IB_LIFE_RUN_UNWANTED:
        return IB_LIFE_STEP_STOP;
    case IB_LIFE_RUN_FETCHING:
    case IB_LIFE_RUN_LOOKING:
    case IB_LIFE_RUN_LEAVING:
        break;
    }
    return IB_LIFE_STEP_NOTHING;
}

/* A pause ends by itself, all else that forbids it by news. */
static gint64
poll_due (const IbAccountLife *self)
{
    gint64 start = self->is_paused && !self->insists ? self->paused_until : self->due;
    return ib_life_hold (self, start) == IB_LIFE_HOLD_FREE ? MAX (start, self->due) : IB_LIFE_NEVER;
}

gint64
ib_account_life_due (const IbAccountLife *self)
{
    switch (self->run) {
    case IB_LIFE_RUN_NONE:
        return poll_due (self);
    case IB_LIFE_RUN_WATCHING:
        return self->insists ? 0 : MIN (ib_life_look_due (self), self->renew_at);
    case IB_LIFE_RUN_UNWANTED:
        return 0;
    case IB_LIFE_RUN_FETCHING:
    case IB_LIFE_RUN_LOOKING:
    case IB_LIFE_RUN_LEAVING:
        break;
    }
    return IB_LIFE_NEVER;
}

/* --- in words ---------------------------------------------------------------------------------------------- */

static const char *
state_of (const IbAccountLife *self, IbLifeHold held)
{
    bool needs_user = self->mood == IB_LIFE_MOOD_SIGN_IN || self->mood == IB_LIFE_MOOD_UNSAFE;
    if (held == IB_LIFE_HOLD_PAUSED || (!needs_user && ib_life_holds[held].state != NULL))
        return ib_life_holds[held].state;
    return ib_life_moods[self->mood].state;
}

static IbLifeReason
reason_of (const IbAccountLife *self, IbLifeHold held)
{
    if (self->run == IB_LIFE_RUN_WATCHING)
        return ib_life_looks_by_interval (self) ? ib_life_interval_reason (self) : IB_LIFE_REASON_RENEWAL;
    if (self->run != IB_LIFE_RUN_NONE)
        return IB_LIFE_REASON_NONE;
    if (held == IB_LIFE_HOLD_PAUSED)
        return IB_LIFE_REASON_PAUSED;
    if (self->due == IB_LIFE_NEVER || held == IB_LIFE_HOLD_FREE) {
        if (self->is_hastened && self->due != IB_LIFE_NEVER)
            return IB_LIFE_REASON_NONE;
        return self->mood == IB_LIFE_MOOD_FINE ? ib_life_interval_reason (self)
                                               : ib_life_moods[self->mood].reason;
    }
    return ib_life_holds[held].reason;
}

void
ib_account_life_describe (const IbAccountLife *self, gint64 now, IbLifeNow *out_now)
{
    IbLifeHold held = ib_life_hold (self, now);
    *out_now = (IbLifeNow){
        .state = state_of (self, held),
        .reason = reason_of (self, held),
        .next = self->run == IB_LIFE_RUN_UNWANTED ? IB_LIFE_NEVER : MAX (ib_account_life_due (self), now),
        .until = IB_LIFE_NEVER,
        .is_running = self->run != IB_LIFE_RUN_NONE && self->run != IB_LIFE_RUN_WATCHING,
        .is_watching = self->run == IB_LIFE_RUN_WATCHING || self->run == IB_LIFE_RUN_LOOKING,
    };
    if (held == IB_LIFE_HOLD_PAUSED)
        out_now->until = self->paused_until;
    else if (self->mood == IB_LIFE_MOOD_BUSY && self->run == IB_LIFE_RUN_NONE)
        out_now->until = self->from;
}

bool
ib_account_life_leaves_large (const IbAccountLife *self)
{
    return self->around.is_metered && self->settings.on_metered != IB_METERED_NORMAL;
}

const char *
ib_life_reason_name (IbLifeReason reason)
{
    static const char *const names[] = {
        [IB_LIFE_REASON_NONE] = "",
        [IB_LIFE_REASON_INTERVAL] = "interval",
        [IB_LIFE_REASON_LOGIN_DELAY] = "login-delay",
        [IB_LIFE_REASON_RENEWAL] = "renewal",
        [IB_LIFE_REASON_BATTERY_SAVER] = "battery-saver",
        [IB_LIFE_REASON_BACK_OFF] = "back-off",
        [IB_LIFE_REASON_SERVER_ASKED] = "server-asked",
        [IB_LIFE_REASON_NETWORK] = "network",
        [IB_LIFE_REASON_PORTAL] = "portal",
        [IB_LIFE_REASON_METERED] = "metered",
        [IB_LIFE_REASON_KEYRING] = "keyring",
        [IB_LIFE_REASON_PAUSED] = "paused",
        [IB_LIFE_REASON_ASLEEP] = "asleep",
        [IB_LIFE_REASON_SIGN_IN] = "sign-in",
        [IB_LIFE_REASON_UNSAFE] = "unsafe",
    };
    return names[reason];
}
