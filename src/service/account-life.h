/* account-life.h - when may an account fetch, and what is next? Pure: the scheduler asks here, then acts
 *
 *     news ─▶ what runs · what the last end left · what forbids it now ─▶ step, due, word, reason
 *
 *     NONE ──begun POLL──▶ FETCHING ──watching──▶ WATCHING ──begun LOOK──▶ LOOKING ──watching──▶ WATCHING
 *     any of the three, when something forbids it: UNWANTED ──begun STOP──▶ LEAVING;  any: ──ended──▶ NONE
 *
 * After each piece of news, and when the alarm has rung, the scheduler does for every account what ib_account_life_next ()
 * says until that is NOTHING, tells each thing done by ib_account_life_begun (), and sets its alarm to the earliest
 * ib_account_life_due () of all. Work may be done a while before it is due: so accounts that come due about the same time
 * share one waking of the machine.
 *
 * Time is microseconds of CLOCK_BOOTTIME (ib_alarm_now ()), and always handed in; no clock is asked, and chance comes from
 * a seed. News that mean nothing in a state, such as a late word from a stopped worker, change nothing. */
#pragma once

#include "config.h"
#include "fetch.h"

/* The first wait after a failure; each further one in a row doubles it, up to the longer of the interval and the longest. */
#define IB_LIFE_FIRST_WAIT_US (60 * G_USEC_PER_SEC)
#define IB_LIFE_LONGEST_WAIT_US (3600 * (gint64) G_USEC_PER_SEC)
/* Chance makes a wait longer by up to a quarter, and an interval up to a twentieth longer or shorter. */
#define IB_LIFE_WAIT_SPREAD 4
#define IB_LIFE_INTERVAL_SPREAD 20
/* A server that wants to be left alone for longer is asked again all the same. */
#define IB_LIFE_LONGEST_ASKED_US (24 * 3600 * (gint64) G_USEC_PER_SEC)
/* The network is back, the machine awake, a connection lost that had been well: after a time between these. */
#define IB_LIFE_SOON_US (2 * G_USEC_PER_SEC)
#define IB_LIFE_SOON_LATEST_US (5 * G_USEC_PER_SEC)
/* The first poll after the start is within it. */
#define IB_LIFE_START_SPREAD_US (3 * G_USEC_PER_SEC)
/* A keyring may open without a word on the bus. */
#define IB_LIFE_KEYRING_WAIT_US (15 * 60 * (gint64) G_USEC_PER_SEC)
/* How long a watched connection is silent before the server is asked whether it is still there: at first, and within
 * which bounds it is learned. What lies between forgets it without a word. */
#define IB_LIFE_RENEWAL_US (9 * 60 * (gint64) G_USEC_PER_SEC)
#define IB_LIFE_SHORTEST_RENEWAL_US (2 * 60 * (gint64) G_USEC_PER_SEC)
#define IB_LIFE_LONGEST_RENEWAL_US (25 * 60 * (gint64) G_USEC_PER_SEC)
/* An interval may be shortened by a tenth, at most by this, to go along with another account. */
#define IB_LIFE_SLACK_US (60 * G_USEC_PER_SEC)
/* Nothing is waited for. */
#define IB_LIFE_NEVER G_MAXINT64

typedef struct {
    gint64 interval_s;
    bool has_keyring_secret; /* a change of the keyring may bring another password */
    IbMetered on_metered;
    IbSaver on_battery_saver;
} IbLifeSettings;

/* The machine's, as far as this account is concerned. */
typedef struct {
    bool has_network; /* there is a way to its server */
    bool is_portal;   /* a captive portal is in the way */
    bool is_metered;
    bool is_saving; /* the power saver's profile */
} IbLifeSurroundings;

typedef enum {
    IB_LIFE_STEP_NOTHING,
    IB_LIFE_STEP_POLL,  /* start a poll */
    IB_LIFE_STEP_LOOK,  /* ib_poll_look (): at all mailboxes; renews, too */
    IB_LIFE_STEP_RENEW, /* ib_poll_renew (): is the server still there? */
    IB_LIFE_STEP_STOP,  /* end the poll at once */
} IbLifeStep;

/* Why the next time is what it is, or why there is none. */
typedef enum {
    IB_LIFE_REASON_NONE, /* it runs, or was asked for: there is nothing to explain */
    IB_LIFE_REASON_INTERVAL,
    IB_LIFE_REASON_LOGIN_DELAY,   /* the server wants longer than the interval between two sign-ins */
    IB_LIFE_REASON_RENEWAL,       /* watched: the server tells what is new */
    IB_LIFE_REASON_BATTERY_SAVER, /* the interval is stretched, or nothing is done */
    IB_LIFE_REASON_BACK_OFF,      /* after failures */
    IB_LIFE_REASON_SERVER_ASKED,  /* to be left alone until then */
    IB_LIFE_REASON_NETWORK,       /* there is none */
    IB_LIFE_REASON_PORTAL,        /* the network wants a sign-in of its own */
    IB_LIFE_REASON_METERED,
    IB_LIFE_REASON_KEYRING, /* it is locked or absent */
    IB_LIFE_REASON_PAUSED,  /* by the user */
    IB_LIFE_REASON_ASLEEP,
    IB_LIFE_REASON_SIGN_IN, /* only the user can help */
    IB_LIFE_REASON_UNSAFE,  /* only the user can decide */
} IbLifeReason;
/* "interval", "login-delay", "back-off" …; "" for NONE. */
const char *ib_life_reason_name (IbLifeReason reason);

/* How a poll ended. */
typedef struct {
    int code; /* of IB_FETCH_ERROR, or IB_LIFE_WENT_WELL */
    bool was_signed_in;
    gint64 retry_after_s; /* what the server asked for; 0: it named no time */
    gint64 login_delay_s; /* POP3's LOGIN-DELAY; 0: it named none */
} IbLifeEnd;
#define IB_LIFE_WENT_WELL (-1)

typedef struct {
    const char *state;   /* a word of `status --json`: "ok", "error", "paused" …; static */
    IbLifeReason reason; /* of @next */
    gint64 next;     /* when it is looked at next; IB_LIFE_NEVER: not by itself, or it is being done now */
    gint64 until;    /* "throttled", "paused": until then; else, and for good, IB_LIFE_NEVER */
    bool is_running; /* a poll or a look, and not only a watch */
    bool is_watching;
} IbLifeNow;

typedef struct _IbAccountLife IbAccountLife;

/* Due within IB_LIFE_START_SPREAD_US of @now. Copies @settings. Returns: (transfer full) */
IbAccountLife *ib_account_life_new (const IbLifeSettings *settings, const IbLifeSurroundings *surroundings,
                                    guint64 seed, gint64 now);
void ib_account_life_free (IbAccountLife *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbAccountLife, ib_account_life_free)

/* --- news of the poll --- */

/* The caller has done what ib_account_life_next () said. */
void ib_account_life_begun (IbAccountLife *self, IbLifeStep step, gint64 now);
/* All is fetched, and the server tells from now on what is new: after the poll, each look and each arrival.
 * @watches_all: in every mailbox that is fetched; otherwise the others are looked at by the interval. */
void ib_account_life_watching (IbAccountLife *self, bool watches_all, gint64 now);
void ib_account_life_ended (IbAccountLife *self, const IbLifeEnd *end, gint64 now);

/* --- news of the machine --- */

void ib_account_life_surrounded (IbAccountLife *self, const IbLifeSurroundings *surroundings, gint64 now);
/* Addresses or routes are others: whoever watches asks whether its server is still there. */
void ib_account_life_rerouted (IbAccountLife *self, gint64 now);
/* The machine is about to sleep: what runs is stopped, and nothing is due. */
void ib_account_life_asleep (IbAccountLife *self, gint64 now);
/* It woke, whether or not it was said that it would sleep: what still runs does so on dead connections. */
void ib_account_life_woke (IbAccountLife *self, gint64 now);
/* It was unlocked, has come, or holds something else. */
void ib_account_life_keyring_changed (IbAccountLife *self, gint64 now);

/* --- the user --- */

/* "Check now". Nothing but sleep and a captive portal stands against it. */
void ib_account_life_asked (IbAccountLife *self, gint64 now);
/* @until: 0 is until it is resumed. */
void ib_account_life_paused (IbAccountLife *self, gint64 until, gint64 now);
/* Nobody who wants it fetched again waits for a random moment; but a server that asked to be left alone is, and so is one that
 * only the user can be of help with. */
void ib_account_life_resumed (IbAccountLife *self, gint64 now);
/* The general settings have changed: nothing is begun anew for it. */
void ib_account_life_set (IbAccountLife *self, const IbLifeSettings *settings, gint64 now);
/* The account's own have, its secret too: a poll by the old ones is stopped, sign-in-needed and unsafe are over. */
void ib_account_life_changed (IbAccountLife *self, const IbLifeSettings *settings, gint64 now);

/* --- what is next --- */

/* What to do at @now. Asking changes nothing. */
IbLifeStep ib_account_life_next (const IbAccountLife *self, gint64 now);
/* When ib_account_life_next () must be asked again, at the latest, if there is no news. */
gint64 ib_account_life_due (const IbAccountLife *self);
void ib_account_life_describe (const IbAccountLife *self, gint64 now, IbLifeNow *out_now);
/* Messages above a moderate size stay on the server for now: on-metered=pause-large, and the network is metered. */
bool ib_account_life_leaves_large (const IbAccountLife *self);
