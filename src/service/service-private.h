/* service-private.h - the inside that the service's files share
 *
 * service.c has the home, its phases and what is next; service-accounts.c who lives there, and what the user and the machine
 * want of them; service-loans.c the home in other hands. */
#pragma once

#include "account-run.h"
#include "alarm.h"
#include "config-watch.h"
#include "service.h"
#include "wall-clock.h"

typedef struct {
    const IbServiceListener *listener;
    gpointer user_data;
} Listener;

/* What was told of an account last. */
typedef struct {
    IbAccountRun *run;
    IbLifeNow now;
    char *error;
    const char *incident; /* the state in which only the user can help, and that he was told of; NULL */
} Lodger;

typedef enum {
    PHASE_CLOSED, /* no home: .trouble says why */
    PHASE_OPEN,
    PHASE_CLOSING, /* all polls are being ended */
    PHASE_SAVING, /* what was learned is written; then the home is closed, and opened again unless all is over */
    PHASE_SHUTTING, /* from inside close_home (), which lets the loop turn */
} Phase;

struct _IbService {
    const IbPaths *paths;
    GPtrArray *listeners; /* Listener */
    IbConfigWatch *watch;
    IbAlarm *alarm;
    IbWallClock *wall_clock; /* NULL: descriptors have run out */
    guint arranging; /* the source that acts on news; 0: there is none */

    Phase phase;
    IbGeneration *generation; /* NULL: the configuration could not be read yet */
    IbEquipment equipment;
    GHashTable *lodgers; /* name → Lodger */
    GPtrArray *leaving;  /* Lodger: of accounts that are gone, until their polls have ended */
    GError *trouble;
    gint64 retry_at, retry_us; /* when a closed home is tried next, and how long was waited */
    gint64 opened_at;
    gint64 began_at; /* microseconds since 1970 */
    bool is_out_of_date; /* the configuration changed while it could not be looked at */

    /* Of each account, also while it is not here. */
    GHashTable *surroundings; /* name → IbLifeSurroundings */
    GHashTable *pauses;       /* name → gint64, until when; 0: until it is resumed */
    bool is_asleep;
    void (*asleep) (gpointer user_data); /* to be told that the machine may sleep; NULL */
    gpointer asleep_data;

    guint loans;  /* asked for, and not given back */
    bool is_lent; /* to another process */
    bool is_stopping;
    guint patience; /* the timer while stopping; 0: none */
    void (*stopped) (gpointer user_data);
    gpointer stopped_data;
};

#define TELL(self, member, ...)                                                                              \
    G_STMT_START                                                                                             \
    {                                                                                                        \
        for (guint tell_i = 0; tell_i < (self)->listeners->len; tell_i++) {                                  \
            const Listener *one = (self)->listeners->pdata[tell_i];                                          \
            if (one->listener->member != NULL)                                                               \
                one->listener->member (__VA_ARGS__ __VA_OPT__ (, ) one->user_data);                          \
        }                                                                                                    \
    }                                                                                                        \
    G_STMT_END

/* Acts on whatever is new when the loop turns next. */
void ib_service_arrange_soon (IbService *self);

/* --- service-accounts.c ------------------------------------------------------------------------------------ */

/* The accounts that can be polled as the newest reading has them: each other one is told of. Before that is equipped, since
 * equipping takes the scripts. Elements IbAccount; (transfer container) */
GPtrArray *ib_service_find_sound (IbService *self);
/* They move in, go on by the newest reading, or move out. @is_start: the home was just opened. */
void ib_service_settle_in (IbService *self, GPtrArray *sound, bool is_start, gint64 now);
/* Its polls end; it is forgotten once they have. */
void ib_service_move_out (IbService *self, Lodger *lodger);
void ib_service_lodger_free (gpointer lodger);
void ib_service_free_gone (IbService *self);
/* Everybody does what is next. Returns when the next of them is due. */
gint64 ib_service_act_for_all (IbService *self, gint64 now);
/* Tells of every account anew: the times that were told are no longer right. */
void ib_service_tell_all (IbService *self);
/* Tells whoever waits for it that all are quiet, once they are. */
void ib_service_let_sleep (IbService *self);
