/* account-life.c - the news that an account's life is made of: of its polls, of the machine, of the user */
#include "account-life-private.h"

/* A watch that has lasted so long was a success. */
#define LASTED_US (5 * 60 * (gint64) G_USEC_PER_SEC)
/* An UNSAFE answer was the portal's if the portal is told of within it. */
#define PORTAL_TOLD_US (120 * (gint64) G_USEC_PER_SEC)
/* A server that says "not now" may next call a right password wrong: so many refusals in a row are not believed. */
#define DOUBTED_REFUSALS 2
/* Renewals after a change of addresses: not at once, since several changes come together, and not faster than this. */
#define RENEW_AFTER_US (1 * G_USEC_PER_SEC)
#define RENEW_GAP_US (10 * G_USEC_PER_SEC)

/* --- news of the poll -------------------------------------------------------------------------------------- */

void
ib_account_life_begun (IbAccountLife *self, IbLifeStep step, gint64 now)
{
    switch (step) {
    case IB_LIFE_STEP_NOTHING:
        break;
    case IB_LIFE_STEP_POLL:
        self->run = ib_life_turned (self->run, IB_LIFE_TURN_POLL);
        self->is_hastened = false;
        self->missed = 0;
        self->renew_at = IB_LIFE_NEVER;
        break;
    case IB_LIFE_STEP_LOOK:
        self->run = ib_life_turned (self->run, IB_LIFE_TURN_LOOK);
        self->silence = now - self->heard_at;
        self->renew_at = IB_LIFE_NEVER;
        break;
    case IB_LIFE_STEP_RENEW:
        self->renew_at = IB_LIFE_NEVER;
        self->renewed_at = self->heard_at = now;
        break;
    case IB_LIFE_STEP_STOP:
        self->run = ib_life_turned (self->run, IB_LIFE_TURN_STOP);
        break;
    }
}

void
ib_account_life_watching (IbAccountLife *self, bool watches_all, gint64 now)
{
    IbLifeRun before = self->run;
    self->run = ib_life_turned (self->run, IB_LIFE_TURN_WATCHING);
    if (self->run != IB_LIFE_RUN_WATCHING)
        return;
    self->mood = IB_LIFE_MOOD_FINE;
    self->watches_all = watches_all;
    self->heard_at = now;
    if (before == IB_LIFE_RUN_WATCHING)
        return;
    self->looked_at = now;
    if (before == IB_LIFE_RUN_FETCHING)
        self->watching_since = now;
    else
        ib_life_lengthen_renewal (self);

    self->insists = false;
    if (ib_life_hold (self, now) != IB_LIFE_HOLD_FREE)
        ib_life_forbid (self);
}

/* False: it was only stopped, and leaves no mood. */
static bool
read_end (IbAccountLife *self, const IbLifeEnd *end, IbLifeMood *out_mood)
{
    if (end->code == IB_LIFE_WENT_WELL) {
        *out_mood = IB_LIFE_MOOD_FINE;
        return true;
    }
    bool is_doubtful = self->mood == IB_LIFE_MOOD_BUSY && self->n_doubted < DOUBTED_REFUSALS;
    switch ((IbFetchError) end->code) {
    case IB_FETCH_ERROR_OFFLINE:
        *out_mood = IB_LIFE_MOOD_OFFLINE;
        return true;
    case IB_FETCH_ERROR_BUSY:
        *out_mood = IB_LIFE_MOOD_BUSY;
        return true;
    case IB_FETCH_ERROR_SIGN_IN:
        self->n_doubted = is_doubtful ? self->n_doubted + 1 : 0;
        *out_mood = is_doubtful ? IB_LIFE_MOOD_BUSY : IB_LIFE_MOOD_SIGN_IN;
        return true;
    case IB_FETCH_ERROR_UNSAFE:
        *out_mood = self->around.is_portal ? IB_LIFE_MOOD_OFFLINE : IB_LIFE_MOOD_UNSAFE;
        return true;
    case IB_FETCH_ERROR_KEYRING:
        *out_mood = IB_LIFE_MOOD_KEYRING;
        return true;
    case IB_FETCH_ERROR_STOPPED:
        return false;
    case IB_FETCH_ERROR_MESSAGE:
    case IB_FETCH_ERROR_SERVER:
    case IB_FETCH_ERROR_HERE:
        break;
    }
    *out_mood = IB_LIFE_MOOD_ERROR;
    return true;
}

static void
note_server (IbAccountLife *self, const IbLifeEnd *end, gint64 now)
{
    if (end->login_delay_s > 0)
        self->login_delay
            = MIN (end->login_delay_s, IB_LIFE_LONGEST_ASKED_US / G_USEC_PER_SEC) * G_USEC_PER_SEC;
    if (end->was_signed_in)
        self->signed_in_at = now;
}

/* Ended before its time: it goes on where it may, at once if the user is behind it, and what was known still holds; but only who
 * insists signs in before the server allows it. */
static void
interrupted (IbAccountLife *self, gint64 now)
{
    if (self->mood == IB_LIFE_MOOD_SIGN_IN || self->mood == IB_LIFE_MOOD_UNSAFE)
        ib_life_hasten (self, IB_LIFE_NEVER);
    else if (ib_life_hold (self, now) == IB_LIFE_HOLD_FREE && !self->is_hastened)
        ib_life_hasten_soon (self, now);
    else if (self->insists)
        ib_life_hasten (self, now);
    else
        ib_life_hasten_as_allowed (self, now);
}

void
ib_account_life_ended (IbAccountLife *self, const IbLifeEnd *end, gint64 now)
{
    IbLifeRun run = self->run;
    self->run = ib_life_turned (run, IB_LIFE_TURN_ENDED);
    if (run == IB_LIFE_RUN_NONE)
        return;
    note_server (self, end, now);
    self->ended_at = now;

    bool was_stopped = run == IB_LIFE_RUN_UNWANTED || run == IB_LIFE_RUN_LEAVING;
    bool was_watch = run == IB_LIFE_RUN_WATCHING || run == IB_LIFE_RUN_LOOKING;
    IbLifeMood mood;
    bool has_mood = read_end (self, end, &mood);
    if (was_stopped && (!has_mood || ib_life_moods[mood].passes_when_stopped || self->is_hastened)) {
        interrupted (self, now);
        return;
    }
    self->insists = false;
    if (has_mood)
        self->mood = mood;
    bool was_cut = was_watch && (self->mood == IB_LIFE_MOOD_OFFLINE || self->mood == IB_LIFE_MOOD_ERROR);
    if (was_watch && now - self->watching_since >= LASTED_US)
        self->n_failed = 0;
    if (was_cut && self->around.has_network)
        ib_life_shorten_renewal (self, run == IB_LIFE_RUN_LOOKING ? self->silence : now - self->heard_at);
    if (self->mood != IB_LIFE_MOOD_BUSY)
        self->n_doubted = 0;
    ib_life_plan (self, was_cut,
                  CLAMP (end->retry_after_s, 0, IB_LIFE_LONGEST_ASKED_US / G_USEC_PER_SEC) * G_USEC_PER_SEC);
    ib_life_hear_missed (self, now);
}

/* --- news of the machine ----------------------------------------------------------------------------------- */

void
ib_account_life_surrounded (IbAccountLife *self, const IbLifeSurroundings *surroundings, gint64 now)
{
    guint before = ib_life_holds_at (self, now);
    bool was_stretched = ib_life_is_stretched (self);
    self->around = *surroundings;
    if (ib_life_is_stretched (self) != was_stretched)
        ib_life_replan (self);
    if (surroundings->is_portal && self->mood == IB_LIFE_MOOD_UNSAFE
        && now - self->ended_at <= PORTAL_TOLD_US) {
        self->mood = IB_LIFE_MOOD_OFFLINE;
        ib_life_plan_exactly (self, now);
    }
    ib_life_weigh (self, before, now);
}

void
ib_account_life_rerouted (IbAccountLife *self, gint64 now)
{
    ib_life_forget_renewals (self);
    self->renew_at = MAX (now + RENEW_AFTER_US, self->renewed_at + RENEW_GAP_US);
    ib_life_hear (self, IB_LIFE_NEWS_REROUTED, now);
}

void
ib_account_life_asleep (IbAccountLife *self, gint64 now)
{
    guint before = ib_life_holds_at (self, now);
    self->is_asleep = true;
    ib_life_weigh (self, before, now);
}

void
ib_account_life_woke (IbAccountLife *self, gint64 now)
{
    self->is_asleep = false;
    ib_life_forget_renewals (self);
    ib_life_forbid (self);
    ib_life_hear (self, IB_LIFE_NEWS_FREED, now);
}

void
ib_account_life_keyring_changed (IbAccountLife *self, gint64 now)
{
    ib_life_hear (self, IB_LIFE_NEWS_KEYRING, now);
}

/* --- the user ---------------------------------------------------------------------------------------------- */

void
ib_account_life_asked (IbAccountLife *self, gint64 now)
{
    self->insists = true;
    ib_life_hear (self, IB_LIFE_NEWS_ASKED, now);
}

void
ib_account_life_paused (IbAccountLife *self, gint64 until, gint64 now)
{
    guint before = ib_life_holds_at (self, now);
    self->is_paused = true;
    self->paused_until = until == 0 ? IB_LIFE_NEVER : until;
    ib_life_weigh (self, before, now);
}

void
ib_account_life_resumed (IbAccountLife *self, gint64 now)
{
    guint before = ib_life_holds_at (self, now);
    self->is_paused = false;
    ib_life_weigh (self, before, now);
    if (self->run == IB_LIFE_RUN_NONE || self->run == IB_LIFE_RUN_UNWANTED
        || self->run == IB_LIFE_RUN_LEAVING)
        ib_life_hear (self, IB_LIFE_NEWS_RESUMED, now);
}

void
ib_account_life_set (IbAccountLife *self, const IbLifeSettings *settings, gint64 now)
{
    guint before = ib_life_holds_at (self, now);
    gint64 was = ib_life_interval (self);
    self->settings = *settings;
    if (ib_life_interval (self) != was)
        ib_life_replan (self);
    ib_life_weigh (self, before, now);
}

void
ib_account_life_changed (IbAccountLife *self, const IbLifeSettings *settings, gint64 now)
{
    ib_account_life_set (self, settings, now);
    self->mood = IB_LIFE_MOOD_FINE;
    self->n_failed = self->n_doubted = 0;
    self->login_delay = 0;
    ib_life_forget_renewals (self);
    ib_life_forbid (self);
    ib_life_hear (self, IB_LIFE_NEWS_CHANGED, now);
}

/* --- the beginning ----------------------------------------------------------------------------------------- */

IbAccountLife *
ib_account_life_new (const IbLifeSettings *settings, const IbLifeSurroundings *surroundings, guint64 seed,
                     gint64 now)
{
    IbAccountLife *self = g_new0 (IbAccountLife, 1);
    *self = (IbAccountLife){
        .settings = *settings,
        .around = *surroundings,
        .dice = seed,
        .ended_at = now,
        .renew_at = IB_LIFE_NEVER,
        .renewed_at = now - RENEW_GAP_US,
        .rerouted_at = now - IB_LIFE_REROUTED_GAP_US,
    };
    ib_life_forget_renewals (self);
    ib_life_hasten (self, now + ib_life_chance (self, IB_LIFE_START_SPREAD_US));
    return self;
}

void
ib_account_life_free (IbAccountLife *self)
{
    g_free (self);
}
