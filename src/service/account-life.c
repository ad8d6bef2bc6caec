/* account-life.c - when may an account fetch, and what is next?
 *
 * Three tables, and arithmetic: what runs (moves), what forbids it (holds), and what the last end left (moods), with how
 * each piece of news hastens the next poll. */
#include "account-life.h"

/* --- what runs ------------------------------------------------------------------------------------------------- */

typedef enum {
    RUN_NONE,
    RUN_FETCHING,
    RUN_WATCHING,
    RUN_LOOKING,  /* watching, and told to look at all mailboxes again */
    RUN_UNWANTED, /* runs, and must not */
    RUN_LEAVING,  /* was told to stop */
} Run;

typedef enum { TURN_POLL, TURN_WATCHING, TURN_LOOK, TURN_FORBIDDEN, TURN_STOP, TURN_ENDED } Turn;

/* clang-format off */
#define MOVE(from, turn, to) { RUN_##from, TURN_##turn, RUN_##to }

static const struct {
    Run from;
    Turn turn;
    Run to;
} moves[] = {
    MOVE (NONE, POLL, FETCHING),
    MOVE (FETCHING, WATCHING, WATCHING),
    MOVE (WATCHING, LOOK, LOOKING),
    MOVE (LOOKING, WATCHING, WATCHING),

    MOVE (FETCHING, FORBIDDEN, UNWANTED),
    MOVE (WATCHING, FORBIDDEN, UNWANTED),
    MOVE (LOOKING, FORBIDDEN, UNWANTED),
    MOVE (UNWANTED, STOP, LEAVING),

    MOVE (FETCHING, ENDED, NONE),
    MOVE (WATCHING, ENDED, NONE),
    MOVE (LOOKING, ENDED, NONE),
    MOVE (UNWANTED, ENDED, NONE),
    MOVE (LEAVING, ENDED, NONE),
};
/* clang-format on */

static Run
turned (Run run, Turn turn)
{
    for (gsize i = 0; i < G_N_ELEMENTS (moves); i++)
        if (moves[i].from == run && moves[i].turn == turn)
            return moves[i].to;
    return run;
}

/* --- what forbids it ------------------------------------------------------------------------------------------- */

/* The first that applies is the one that is told. */
typedef enum { FREE, ASLEEP, PAUSED, PORTAL, NETWORK, METERED, SAVER } Hold;

/* clang-format off */
static const struct {
    const char *state;  /* NULL: the mood's */
    IbLifeReason reason;
    bool yields;        /* to one who asks for a check now */
} holds[] = {
    [FREE]    = { NULL,                  IB_LIFE_REASON_NONE,          false },
    [ASLEEP]  = { NULL,                  IB_LIFE_REASON_ASLEEP,        false },
    [PAUSED]  = { "paused",              IB_LIFE_REASON_PAUSED,        true },
    /* It would answer in the server's place, and look like an attack. */
    [PORTAL]  = { "waiting-for-network", IB_LIFE_REASON_PORTAL,        false },
    /* What the machine knows of its network may be wrong: a try costs nothing. */
    [NETWORK] = { "waiting-for-network", IB_LIFE_REASON_NETWORK,       true },
    [METERED] = { "paused",              IB_LIFE_REASON_METERED,       true },
    [SAVER]   = { "paused",              IB_LIFE_REASON_BATTERY_SAVER, true },
};
/* clang-format on */

/* --- what the last end left ------------------------------------------------------------------------------------ */

typedef enum { FINE, ERROR, BUSY, OFFLINE, KEYRING, SIGN_IN, UNSAFE } Mood;

/* How soon the next poll is after some news. */
typedef enum {
    STAYS,   /* as planned */
    OVERDUE, /* soon if its time has passed meanwhile, else as planned */
    SOON,    /* after a few seconds, by chance */
    NOW,
} Haste;

typedef enum {
    NEWS_ASKED,    /* by the user */
    NEWS_CHANGED,  /* the account's settings */
    NEWS_KEYRING,  /* has changed */
    NEWS_FREED,    /* what forbade it is over: the network is back, the machine awake … */
    NEWS_REROUTED, /* addresses or routes are others */
    N_NEWS
} News;

/* clang-format off */
static const struct {
    const char *state;
    IbLifeReason reason;
    bool passes_when_stopped;  /* what ended on our word is no failure: it is begun anew once it may */
    Haste haste[N_NEWS];
} moods[] = {
    /*                                                                     asked changed keyring freed    rerouted */
    [FINE]    = { "ok",                  IB_LIFE_REASON_INTERVAL,     true,  { NOW,  NOW,    STAYS,  OVERDUE, STAYS } },
    [ERROR]   = { "error",               IB_LIFE_REASON_BACK_OFF,     true,  { NOW,  NOW,    STAYS,  OVERDUE, STAYS } },
    [BUSY]    = { "throttled",           IB_LIFE_REASON_SERVER_ASKED, false, { NOW,  NOW,    STAYS,  OVERDUE, STAYS } },
    [OFFLINE] = { "waiting-for-network", IB_LIFE_REASON_BACK_OFF,     true,  { NOW,  NOW,    STAYS,  SOON,    SOON } },
    [KEYRING] = { "waiting-for-keyring", IB_LIFE_REASON_KEYRING,      false, { NOW,  NOW,    NOW,    OVERDUE, STAYS } },
    /* … of the keyring: if that is where its secret comes from */
    [SIGN_IN] = { "sign-in-needed",      IB_LIFE_REASON_SIGN_IN,      false, { NOW,  NOW,    NOW,    STAYS,   STAYS } },
    [UNSAFE]  = { "unsafe",              IB_LIFE_REASON_UNSAFE,       false, { NOW,  NOW,    STAYS,  STAYS,   STAYS } },
};
/* clang-format on */

/* A watch that has lasted so long was a success. */
#define LASTED_US (5 * 60 * (gint64) G_USEC_PER_SEC)
/* An UNSAFE answer was the portal's if the portal is told of within it. */
#define PORTAL_TOLD_US (120 * (gint64) G_USEC_PER_SEC)
/* A server that says "not now" may next call a right password wrong: so many refusals in a row are not believed. */
#define DOUBTED_REFUSALS 2
/* Renewals after a change of addresses: not at once, since several changes come together, and not faster than this. */
#define RENEW_AFTER_US (1 * G_USEC_PER_SEC)
#define RENEW_GAP_US (10 * G_USEC_PER_SEC)
/* Nor are sessions begun anew for it, where nobody said that the network had been away. */
#define REROUTED_GAP_US (30 * G_USEC_PER_SEC)
/* What a renewal's time grows by after each that went well, how far it stays below one that did not, and how many must go
 * well there before a longer one is tried again. */
#define RENEWAL_STEP_US (120 * (gint64) G_USEC_PER_SEC)
#define RENEWAL_MARGIN_US (60 * (gint64) G_USEC_PER_SEC)
#define RENEWALS_HELD 20

struct _IbAccountLife {
    IbLifeSettings settings;
    IbLifeSurroundings around;
    guint64 dice;
    Run run;
    bool is_asleep, is_paused;
    gint64 paused_until;
    bool insists; /* somebody asked, and has no answer yet */

    /* Between runs. */
    Mood mood;
    gint64 ended_at;
    gint64 from, due;   /* the next poll: not before, and at the latest */
    bool is_hastened;   /* by some news: nobody need be told a reason */
    guint missed;       /* a bit for each of the news that came during a run, and may matter to how it ends */
    gint64 rerouted_at; /* … and the next poll was hastened for it */
    guint n_failed;     /* in a row, and one more; 0: none */
    guint n_doubted;
    gint64 login_delay, signed_in_at;

    /* Watching. */
    bool watches_all;
    gint64 watching_since, looked_at, heard_at;
    gint64 silence; /* before the look that is being done */
    gint64 renew_at, renewed_at;
    gint64 renewal, ceiling; /* how long silence may be, and what proved too long, less a margin */
    guint n_held;            /* renewals in a row that went well at the ceiling */
};

/* --- chance and spans ------------------------------------------------------------------------------------------ */

/* 0 to @most (Steele, Lea, Flood: SplitMix). */
static gint64
chance (IbAccountLife *self, gint64 most)
{
    guint64 z = self->dice += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
    return (gint64) ((z ^ (z >> 31)) % ((guint64) MAX (most, 0) + 1));
}

static gint64
soon (IbAccountLife *self)
{
    return IB_LIFE_SOON_US + chance (self, IB_LIFE_SOON_LATEST_US - IB_LIFE_SOON_US);
}

static bool
is_stretched (const IbAccountLife *self)
{
    return self->around.is_saving && self->settings.on_battery_saver == IB_SAVER_STRETCH;
}

static gint64
interval (const IbAccountLife *self)
{
    return MAX (self->settings.interval_s, 1) * (gint64) G_USEC_PER_SEC * (is_stretched (self) ? 4 : 1);
}

static IbLifeReason
interval_reason (const IbAccountLife *self)
{
    if (self->login_delay > interval (self))
        return IB_LIFE_REASON_LOGIN_DELAY;
    return is_stretched (self) ? IB_LIFE_REASON_BATTERY_SAVER : IB_LIFE_REASON_INTERVAL;
}

static gint64
slack (gint64 span)
{
    return MIN (span / 10, IB_LIFE_SLACK_US);
}

/* A bit for each hold that applies, whoever asks. */
static guint
holds_at (const IbAccountLife *self, gint64 now)
{
    const IbLifeSurroundings *around = &self->around;
    const bool applies[] = {
        [FREE] = false,
        [ASLEEP] = self->is_asleep,
        [PAUSED] = self->is_paused && now < self->paused_until,
        [PORTAL] = around->is_portal,
        [NETWORK] = !around->has_network,
        [METERED] = around->is_metered && self->settings.on_metered == IB_METERED_PAUSE,
        [SAVER] = around->is_saving && self->settings.on_battery_saver == IB_SAVER_PAUSE,
    };
    guint all = 0;
    for (Hold i = FREE; i <= SAVER; i++)
        all |= applies[i] ? 1U << i : 0;
    return all;
}

static Hold
hold (const IbAccountLife *self, gint64 now)
{
    guint all = holds_at (self, now);
    for (Hold i = ASLEEP; i <= SAVER; i++)
        if ((all & 1U << i) != 0 && !(self->insists && holds[i].yields))
            return i;
    return FREE;
}

/* --- planning the next poll ------------------------------------------------------------------------------------ */

static void
plan_exactly (IbAccountLife *self, gint64 at)
{
    self->from = self->due = at;
}

/* A little early will do, so that others come along; but never before the server allows it. */
static void
plan_interval (IbAccountLife *self)
{
    gint64 most = interval (self) / IB_LIFE_INTERVAL_SPREAD;
    gint64 span = interval (self) - most + chance (self, 2 * most);
    gint64 least = MAX (span - slack (span), self->login_delay);
    self->from = self->ended_at + least;
    self->due = MAX (self->ended_at + span, self->from + slack (least));
}

/* @asked: what the server wants at least. */
static void
plan_wait (IbAccountLife *self, guint step, gint64 asked)
{
    gint64 longest = MAX (interval (self), IB_LIFE_LONGEST_WAIT_US);
    gint64 wait = IB_LIFE_FIRST_WAIT_US;
    for (guint i = 1; i < step && wait < longest; i++)
        wait *= 2;
    wait = MIN (wait, longest - longest / (IB_LIFE_WAIT_SPREAD + 1));
    wait = MAX (wait, asked);
    plan_exactly (self, self->ended_at + wait + chance (self, MIN (wait, longest) / IB_LIFE_WAIT_SPREAD));
}

/* A watch that breaks off is taken up again soon, at first; after anything else there is a wait. */
static void
plan_after_failure (IbAccountLife *self, bool was_cut, gint64 asked)
{
    guint step = was_cut ? self->n_failed : MAX (self->n_failed, 1);
    self->n_failed = step + 1;
    if (step == 0 && asked == 0)
        plan_exactly (self, self->ended_at + soon (self));
    else
        plan_wait (self, step, asked);
}

static void
plan (IbAccountLife *self, bool was_cut, gint64 asked)
{
    self->is_hastened = false;
    switch (self->mood) {
    case FINE:
        self->n_failed = 0;
        plan_interval (self);
        break;
    case ERROR:
        plan_after_failure (self, was_cut, MAX (asked, self->login_delay));
        break;
    case BUSY:
        plan_after_failure (self, false, MAX (asked, self->login_delay));
        break;
    case OFFLINE:
        if (hold (self, self->ended_at) == FREE)
            plan_after_failure (self, was_cut, 0);
        else
            plan_exactly (self, self->ended_at);
        break;
    case KEYRING:
        plan_exactly (self, self->ended_at + IB_LIFE_KEYRING_WAIT_US);
        break;
    case SIGN_IN:
    case UNSAFE:
        plan_exactly (self, IB_LIFE_NEVER);
        break;
    }
}

static void
hasten (IbAccountLife *self, gint64 at)
{
    plan_exactly (self, at);
    self->is_hastened = true;
}

/* Not before the server allows another sign-in. */
static void
hasten_soon (IbAccountLife *self, gint64 now)
{
    gint64 allowed = self->login_delay > 0 ? self->signed_in_at + self->login_delay : now;
    hasten (self, MAX (now + soon (self), allowed));
}

static Haste
haste_of (IbAccountLife *self, News news, gint64 now)
{
    Haste haste = moods[self->mood].haste[news];
    if (self->mood == SIGN_IN && news == NEWS_KEYRING && !self->settings.has_keyring_secret)
        return STAYS;
    if (news == NEWS_REROUTED && haste != STAYS) {
        if (now < self->rerouted_at + REROUTED_GAP_US)
            return STAYS;
        self->rerouted_at = now;
    }
    return haste;
}

static void
hasten_by (IbAccountLife *self, Haste haste, gint64 now)
{
    switch (haste) {
    case STAYS:
        break;
    case OVERDUE:
        if (self->due <= now + IB_LIFE_SOON_LATEST_US)
            hasten_soon (self, now);
        break;
    case SOON:
        hasten_soon (self, now);
        break;
    case NOW:
        hasten (self, now);
        break;
    }
}

/* What comes during a run is for those who end in a mood that waits for it: the keyring that was locked when we asked, the
 * network that was not there yet. */
static void
hear (IbAccountLife *self, News news, gint64 now)
{
    bool is_users = news == NEWS_ASKED || news == NEWS_CHANGED;
    if (!is_users && self->run != RUN_NONE)
        self->missed |= 1U << news;
    else if (is_users || !self->insists)
        hasten_by (self, haste_of (self, news, now), now);
}

static void
hear_missed (IbAccountLife *self, gint64 now)
{
    guint missed = self->missed;
    self->missed = 0;
    for (News news = 0; news < N_NEWS; news++)
        if ((missed & 1U << news) != 0)
            hear (self, news, now);
}

static void
forbid (IbAccountLife *self)
{
    self->run = turned (self->run, TURN_FORBIDDEN);
}

/* Something has changed since holds_at () was @before. Who asked for a check did not know of what has come since. */
static void
weigh (IbAccountLife *self, guint before, gint64 now)
{
    guint after = holds_at (self, now);
    if ((after & ~before) != 0)
        self->insists = false;
    if (hold (self, now) != FREE)
        forbid (self);
    else if (before != 0 && after == 0)
        hear (self, NEWS_FREED, now);
}

/* --- watching -------------------------------------------------------------------------------------------------- */

static void
forget_renewals (IbAccountLife *self)
{
    self->renewal = IB_LIFE_RENEWAL_US;
    self->ceiling = IB_LIFE_LONGEST_RENEWAL_US;
    self->n_held = 0;
}

/* The server was still there after nearly as long a silence as we dare. */
static void
lengthen_renewal (IbAccountLife *self)
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

/* The connection was lost after @silence. A short one proves nothing. */
static void
shorten_renewal (IbAccountLife *self, gint64 silence)
{
    if (silence < IB_LIFE_SHORTEST_RENEWAL_US)
        return;
    self->ceiling
        = CLAMP (silence - RENEWAL_MARGIN_US, IB_LIFE_SHORTEST_RENEWAL_US, IB_LIFE_LONGEST_RENEWAL_US);
    self->renewal = CLAMP (silence / 3 * 2, IB_LIFE_SHORTEST_RENEWAL_US, self->ceiling);
    self->n_held = 0;
}

static bool
looks_by_interval (const IbAccountLife *self)
{
    return !self->watches_all && interval (self) < self->renewal;
}

static gint64
look_due (const IbAccountLife *self)
{
    return self->looked_at + (looks_by_interval (self) ? interval (self) : self->renewal);
}

static gint64
look_from (const IbAccountLife *self)
{
    return look_due (self) - (looks_by_interval (self) ? slack (interval (self)) : self->renewal / 4);
}

/* --- news of the poll ------------------------------------------------------------------------------------------ */

void
ib_account_life_begun (IbAccountLife *self, IbLifeStep step, gint64 now)
{
    switch (step) {
    case IB_LIFE_STEP_NOTHING:
        break;
    case IB_LIFE_STEP_POLL:
        self->run = turned (self->run, TURN_POLL);
        self->is_hastened = false;
        self->missed = 0;
        self->renew_at = IB_LIFE_NEVER;
        break;
    case IB_LIFE_STEP_LOOK:
        self->run = turned (self->run, TURN_LOOK);
        self->silence = now - self->heard_at;
        self->renew_at = IB_LIFE_NEVER;
        break;
    case IB_LIFE_STEP_RENEW:
        self->renew_at = IB_LIFE_NEVER;
        self->renewed_at = self->heard_at = now;
        break;
    case IB_LIFE_STEP_STOP:
        self->run = turned (self->run, TURN_STOP);
        break;
    }
}

void
ib_account_life_watching (IbAccountLife *self, bool watches_all, gint64 now)
{
    Run before = self->run;
    self->run = turned (self->run, TURN_WATCHING);
    if (self->run != RUN_WATCHING)
        return;
    self->mood = FINE;
    self->watches_all = watches_all;
    self->heard_at = now;
    if (before == RUN_WATCHING)
        return;
    self->looked_at = now;
    if (before == RUN_FETCHING)
        self->watching_since = now;
    else
        lengthen_renewal (self);

    self->insists = false;
    if (hold (self, now) != FREE)
        forbid (self);
}

/* False: it was only stopped, and leaves no mood. */
static bool
read_end (IbAccountLife *self, const IbLifeEnd *end, Mood *out_mood)
{
    if (end->code == IB_LIFE_WENT_WELL) {
        *out_mood = FINE;
        return true;
    }
    bool is_doubtful = self->mood == BUSY && self->n_doubted < DOUBTED_REFUSALS;
    switch ((IbFetchError) end->code) {
    case IB_FETCH_ERROR_OFFLINE:
        *out_mood = OFFLINE;
        return true;
    case IB_FETCH_ERROR_BUSY:
        *out_mood = BUSY;
        return true;
    case IB_FETCH_ERROR_SIGN_IN:
        self->n_doubted = is_doubtful ? self->n_doubted + 1 : 0;
        *out_mood = is_doubtful ? BUSY : SIGN_IN;
        return true;
    case IB_FETCH_ERROR_UNSAFE:
        *out_mood = self->around.is_portal ? OFFLINE : UNSAFE;
        return true;
    case IB_FETCH_ERROR_KEYRING:
        *out_mood = KEYRING;
        return true;
    case IB_FETCH_ERROR_STOPPED:
        return false;
    case IB_FETCH_ERROR_MESSAGE:
    case IB_FETCH_ERROR_SERVER:
        break;
    }
    *out_mood = ERROR;
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

/* Ended before its time: it goes on where it may, at once if the user is behind it, and what was known still holds. */
static void
interrupted (IbAccountLife *self, gint64 now)
{
    if (self->mood == SIGN_IN || self->mood == UNSAFE)
        hasten (self, IB_LIFE_NEVER);
    else if (hold (self, now) == FREE && !self->is_hastened)
        hasten_soon (self, now);
    else
        hasten (self, now);
}

void
ib_account_life_ended (IbAccountLife *self, const IbLifeEnd *end, gint64 now)
{
    Run run = self->run;
    self->run = turned (run, TURN_ENDED);
    if (run == RUN_NONE)
        return;
    note_server (self, end, now);
    self->ended_at = now;

    bool was_stopped = run == RUN_UNWANTED || run == RUN_LEAVING;
    bool was_watch = run == RUN_WATCHING || run == RUN_LOOKING;
    Mood mood;
    bool has_mood = read_end (self, end, &mood);
    if (was_stopped && (!has_mood || moods[mood].passes_when_stopped || self->is_hastened)) {
        interrupted (self, now);
        return;
    }
    self->insists = false;
    if (has_mood)
        self->mood = mood;
    bool was_cut = was_watch && (self->mood == OFFLINE || self->mood == ERROR);
    if (was_watch && now - self->watching_since >= LASTED_US)
        self->n_failed = 0;
    if (was_cut && self->around.has_network)
        shorten_renewal (self, run == RUN_LOOKING ? self->silence : now - self->heard_at);
    if (self->mood != BUSY)
        self->n_doubted = 0;
    plan (self, was_cut,
          CLAMP (end->retry_after_s, 0, IB_LIFE_LONGEST_ASKED_US / G_USEC_PER_SEC) * G_USEC_PER_SEC);
    hear_missed (self, now);
}

/* --- news of the machine --------------------------------------------------------------------------------------- */

/* The interval, and what stretches it, may be others than when the poll was planned. */
static void
replan (IbAccountLife *self)
{
    if (self->run == RUN_NONE && self->mood == FINE && !self->is_hastened)
        plan_interval (self);
}

void
ib_account_life_surrounded (IbAccountLife *self, const IbLifeSurroundings *surroundings, gint64 now)
{
    guint before = holds_at (self, now);
    bool was_stretched = is_stretched (self);
    self->around = *surroundings;
    if (is_stretched (self) != was_stretched)
        replan (self);
    if (surroundings->is_portal && self->mood == UNSAFE && now - self->ended_at <= PORTAL_TOLD_US) {
        self->mood = OFFLINE;
        plan_exactly (self, now);
    }
    weigh (self, before, now);
}

void
ib_account_life_rerouted (IbAccountLife *self, gint64 now)
{
    forget_renewals (self);
    self->renew_at = MAX (now + RENEW_AFTER_US, self->renewed_at + RENEW_GAP_US);
    hear (self, NEWS_REROUTED, now);
}

void
ib_account_life_asleep (IbAccountLife *self, gint64 now)
{
    guint before = holds_at (self, now);
    self->is_asleep = true;
    weigh (self, before, now);
}

void
ib_account_life_woke (IbAccountLife *self, gint64 now)
{
    self->is_asleep = false;
    forget_renewals (self);
    forbid (self);
    hear (self, NEWS_FREED, now);
}

void
ib_account_life_keyring_changed (IbAccountLife *self, gint64 now)
{
    hear (self, NEWS_KEYRING, now);
}

/* --- the user -------------------------------------------------------------------------------------------------- */

void
ib_account_life_asked (IbAccountLife *self, gint64 now)
{
    self->insists = true;
    hear (self, NEWS_ASKED, now);
}

void
ib_account_life_paused (IbAccountLife *self, gint64 until, gint64 now)
{
    guint before = holds_at (self, now);
    self->is_paused = true;
    self->paused_until = until == 0 ? IB_LIFE_NEVER : until;
    weigh (self, before, now);
}

void
ib_account_life_resumed (IbAccountLife *self, gint64 now)
{
    guint before = holds_at (self, now);
    self->is_paused = false;
    weigh (self, before, now);
}

void
ib_account_life_set (IbAccountLife *self, const IbLifeSettings *settings, gint64 now)
{
    guint before = holds_at (self, now);
    gint64 was = interval (self);
    self->settings = *settings;
    if (interval (self) != was)
        replan (self);
    weigh (self, before, now);
}

void
ib_account_life_changed (IbAccountLife *self, const IbLifeSettings *settings, gint64 now)
{
    ib_account_life_set (self, settings, now);
    self->mood = FINE;
    self->n_failed = self->n_doubted = 0;
    self->login_delay = 0;
    forget_renewals (self);
    forbid (self);
    hear (self, NEWS_CHANGED, now);
}

/* --- what is next ---------------------------------------------------------------------------------------------- */

static IbLifeStep
next_of_watch (const IbAccountLife *self, gint64 now)
{
    if (self->insists || now >= look_from (self))
        return IB_LIFE_STEP_LOOK;
    return now >= self->renew_at ? IB_LIFE_STEP_RENEW : IB_LIFE_STEP_NOTHING;
}

IbLifeStep
ib_account_life_next (const IbAccountLife *self, gint64 now)
{
    switch (self->run) {
    case RUN_NONE:
        return now >= self->from && hold (self, now) == FREE ? IB_LIFE_STEP_POLL : IB_LIFE_STEP_NOTHING;
    case RUN_WATCHING:
        return next_of_watch (self, now);
    case RUN_UNWANTED:
        return IB_LIFE_STEP_STOP;
    case RUN_FETCHING:
    case RUN_LOOKING:
    case RUN_LEAVING:
        break;
    }
    return IB_LIFE_STEP_NOTHING;
}

/* A pause ends by itself, all else that forbids it by news. */
static gint64
poll_due (const IbAccountLife *self)
{
    gint64 start = self->is_paused && !self->insists ? self->paused_until : self->due;
    return hold (self, start) == FREE ? MAX (start, self->due) : IB_LIFE_NEVER;
}

gint64
ib_account_life_due (const IbAccountLife *self)
{
    switch (self->run) {
    case RUN_NONE:
        return poll_due (self);
    case RUN_WATCHING:
        return self->insists ? 0 : MIN (look_due (self), self->renew_at);
    case RUN_UNWANTED:
        return 0;
    case RUN_FETCHING:
    case RUN_LOOKING:
    case RUN_LEAVING:
        break;
    }
    return IB_LIFE_NEVER;
}

static const char *
state_of (const IbAccountLife *self, Hold held)
{
    bool needs_user = self->mood == SIGN_IN || self->mood == UNSAFE;
    if (held == PAUSED || (!needs_user && holds[held].state != NULL))
        return holds[held].state;
    return moods[self->mood].state;
}

static IbLifeReason
reason_of (const IbAccountLife *self, Hold held)
{
    if (self->run == RUN_WATCHING)
        return looks_by_interval (self) ? interval_reason (self) : IB_LIFE_REASON_RENEWAL;
    if (self->run != RUN_NONE)
        return IB_LIFE_REASON_NONE;
    if (held == PAUSED)
        return IB_LIFE_REASON_PAUSED;
    if (self->due == IB_LIFE_NEVER || held == FREE) {
        if (self->is_hastened && self->due != IB_LIFE_NEVER)
            return IB_LIFE_REASON_NONE;
        return self->mood == FINE ? interval_reason (self) : moods[self->mood].reason;
    }
    return holds[held].reason;
}

void
ib_account_life_describe (const IbAccountLife *self, gint64 now, IbLifeNow *out_now)
{
    Hold held = hold (self, now);
    *out_now = (IbLifeNow){
        .state = state_of (self, held),
        .reason = reason_of (self, held),
        .next = self->run == RUN_UNWANTED ? IB_LIFE_NEVER : MAX (ib_account_life_due (self), now),
        .until = IB_LIFE_NEVER,
        .is_running = self->run != RUN_NONE && self->run != RUN_WATCHING,
        .is_watching = self->run == RUN_WATCHING || self->run == RUN_LOOKING,
    };
    if (held == PAUSED)
        out_now->until = self->paused_until;
    else if (self->mood == BUSY && self->run == RUN_NONE)
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
        .rerouted_at = now - REROUTED_GAP_US,
    };
    forget_renewals (self);
    hasten (self, now + chance (self, IB_LIFE_START_SPREAD_US));
    return self;
}

void
ib_account_life_free (IbAccountLife *self)
{
    g_free (self);
}
