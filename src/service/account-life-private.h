/* account-life-private.h - the inside that an account's life is made of
 *
 * account-life-tables.c has the three tables: what runs, what forbids it, and what the last end left; account-life-plan.c
 * plans the next poll, account-life-watch.c the renewals and looks of a watch; account-life.c hears the news, and
 * account-life-next.c answers what is to be done next, and how that is told. */
#pragma once

#include "account-life.h"

/* --- what runs --------------------------------------------------------------------------------------------- */

typedef enum {
    IB_LIFE_RUN_NONE,
    IB_LIFE_RUN_FETCHING,
    IB_LIFE_RUN_WATCHING,
    IB_LIFE_RUN_LOOKING,  /* watching, and told to look at all mailboxes again */
    IB_LIFE_RUN_UNWANTED, /* runs, and must not */
    IB_LIFE_RUN_LEAVING,  /* was told to stop */
} IbLifeRun;

typedef enum {
    IB_LIFE_TURN_POLL,
    IB_LIFE_TURN_WATCHING,
    IB_LIFE_TURN_LOOK,
    IB_LIFE_TURN_FORBIDDEN,
    IB_LIFE_TURN_STOP,
    IB_LIFE_TURN_ENDED,
} IbLifeTurn;

/* A turn that means nothing in @run changes nothing. */
IbLifeRun ib_life_turned (IbLifeRun run, IbLifeTurn turn);

/* --- what forbids it --------------------------------------------------------------------------------------- */

/* The first that applies is the one that is told. */
typedef enum {
    IB_LIFE_HOLD_FREE,
    IB_LIFE_HOLD_ASLEEP,
    IB_LIFE_HOLD_PAUSED,
    IB_LIFE_HOLD_PORTAL,
    IB_LIFE_HOLD_NETWORK,
    IB_LIFE_HOLD_METERED,
    IB_LIFE_HOLD_SAVER,
} IbLifeHold;

typedef struct {
    const char *state; /* NULL: the mood's */
    IbLifeReason reason;
    bool yields; /* to one who asks for a check now */
} IbLifeHoldMeaning;
extern const IbLifeHoldMeaning ib_life_holds[];

/* A bit for each hold that applies, whoever asks. */
guint ib_life_holds_at (const IbAccountLife *self, gint64 now);
/* The one that counts: who asked for a check does not heed those that yield. */
IbLifeHold ib_life_hold (const IbAccountLife *self, gint64 now);

/* --- what the last end left -------------------------------------------------------------------------------- */

typedef enum {
    IB_LIFE_MOOD_FINE,
    IB_LIFE_MOOD_ERROR,
    IB_LIFE_MOOD_BUSY,
    IB_LIFE_MOOD_OFFLINE,
    IB_LIFE_MOOD_KEYRING,
    IB_LIFE_MOOD_SIGN_IN,
    IB_LIFE_MOOD_UNSAFE,
} IbLifeMood;

/* How soon the next poll is after some news. */
typedef enum {
    IB_LIFE_HASTE_STAYS,   /* as planned */
    IB_LIFE_HASTE_OVERDUE, /* soon if its time has passed meanwhile, else as planned */
    IB_LIFE_HASTE_SOON,    /* after a few seconds, by chance */
    IB_LIFE_HASTE_ALLOWED, /* as soon as the server allows another sign-in */
    IB_LIFE_HASTE_NOW,
} IbLifeHaste;

typedef enum {
    IB_LIFE_NEWS_ASKED,    /* by the user */
    IB_LIFE_NEWS_CHANGED,  /* the account's settings */
    IB_LIFE_NEWS_RESUMED,  /* by the user */
    IB_LIFE_NEWS_KEYRING,  /* has changed */
    IB_LIFE_NEWS_FREED,    /* what forbade it is over: the network is back, the machine awake … */
    IB_LIFE_NEWS_REROUTED, /* addresses or routes are others */
    IB_LIFE_N_NEWS
} IbLifeNews;

typedef struct {
    const char *state;
    IbLifeReason reason;
    bool passes_when_stopped; /* what ended on our word is no failure: it is begun anew once it may */
    IbLifeHaste haste[IB_LIFE_N_NEWS];
} IbLifeMoodMeaning;
extern const IbLifeMoodMeaning ib_life_moods[];

/* --- the whole --------------------------------------------------------------------------------------------- */

struct _IbAccountLife {
    IbLifeSettings settings;
    IbLifeSurroundings around;
    guint64 dice;
    IbLifeRun run;
    bool is_asleep, is_paused;
    gint64 paused_until;
    bool insists; /* somebody asked, and has no answer yet */

    /* Between runs. */
    IbLifeMood mood;
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

/* Sessions are not begun anew faster than this because addresses or routes are others, where nobody said that the network
 * had been away. */
#define IB_LIFE_REROUTED_GAP_US (30 * G_USEC_PER_SEC)

/* --- spans, and the next poll (account-life-plan.c) -------------------------------------------------------- */

/* By chance, 0 to @most. */
gint64 ib_life_chance (IbAccountLife *self, gint64 most);
/* Whether the battery saver makes intervals longer. */
bool ib_life_is_stretched (const IbAccountLife *self);
gint64 ib_life_interval (const IbAccountLife *self);
IbLifeReason ib_life_interval_reason (const IbAccountLife *self);
/* So much earlier @span may end, to go along with another account. */
gint64 ib_life_slack (gint64 span);

void ib_life_plan_exactly (IbAccountLife *self, gint64 at);
/* After a run that ended in the mood we are in. @was_cut: it was a watch. @asked: what the server wants at least. */
void ib_life_plan (IbAccountLife *self, bool was_cut, gint64 asked);
/* The interval, and what stretches it, may be others than when the poll was planned. */
void ib_life_replan (IbAccountLife *self);
/* As ib_life_plan_exactly (), by some news: nobody need be told a reason. */
void ib_life_hasten (IbAccountLife *self, gint64 at);
/* Not before the server allows another sign-in. */
void ib_life_hasten_as_allowed (IbAccountLife *self, gint64 at);
/* The same, after a few seconds, by chance. */
void ib_life_hasten_soon (IbAccountLife *self, gint64 now);

/* What comes during a run is for those who end in a mood that waits for it: the keyring that was locked when we asked, the
 * network that was not there yet. */
void ib_life_hear (IbAccountLife *self, IbLifeNews news, gint64 now);
void ib_life_hear_missed (IbAccountLife *self, gint64 now);
/* Something forbids it now: what runs must end. */
void ib_life_forbid (IbAccountLife *self);
/* Something has changed since ib_life_holds_at () was @before. Who asked for a check did not know of what has come since. */
void ib_life_weigh (IbAccountLife *self, guint before, gint64 now);

/* --- watching (account-life-watch.c) ----------------------------------------------------------------------- */

void ib_life_forget_renewals (IbAccountLife *self);
/* The server was still there after nearly as long a silence as we dare. */
void ib_life_lengthen_renewal (IbAccountLife *self);
/* The connection was lost after @silence. A short one proves nothing. */
void ib_life_shorten_renewal (IbAccountLife *self, gint64 silence);
/* Whether looks come by the interval, since not every mailbox is watched; else each is a renewal. */
bool ib_life_looks_by_interval (const IbAccountLife *self);
/* The next look: not before, and at the latest. */
gint64 ib_life_look_from (const IbAccountLife *self);
gint64 ib_life_look_due (const IbAccountLife *self);
