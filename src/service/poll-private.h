/* poll-private.h - the inside that a poll's files share
 *
 * poll.c has its sessions, one after another, and its end; poll-mailbox.c the mailbox it is in; poll-waiting.c what waits
 * there for a filter; poll-message.c each message's
 * way from the session to its delivery; poll-settle.c what is done on the server afterwards. */
#pragma once

#include "poll.h"
#include "session.h"

typedef enum {
    IB_POLL_RUNNING,    /* a session is open, and does something */
    IB_POLL_RESTARTING, /* it broke: another is begun once nothing of this one is on its way any more */
    IB_POLL_RESTING,    /* it has nothing to do but to listen; messages may still be on their way */
    IB_POLL_WATCHING,   /* that is noted, and told */
    IB_POLL_ENDING,     /* the last one is over; messages may still be on their way */
    IB_POLL_NOTING,     /* all is delivered; the journal notes the poll */
} IbPollPhase;

/* A message that broke a session. */
typedef struct {
    gint64 mailbox_key;
    guint32 uid;
    char *uidl; /* POP3; or NULL */
} IbPollBreaker;

struct _IbPoll {
    const IbPollContext *context;
    const IbAccount *account;
    const IbPollEvents *events;
    gpointer user_data;
    char *only_mailbox; /* the task's; NULL for all */
    bool watches;
    char *watched;   /* the mailbox that the session listens to */
    bool is_looking; /* a look was asked for since that was told last */

    IbSession *session; /* NULL between sessions, and at the end */
    IbPollPhase phase;
    bool is_cautious;
    bool asks_first;       /* this session does, for the one before it broke */
    bool knows_offers;     /* this session was told what the server offered before */
    bool ran_ahead;        /* this session did, or the one before it */
    bool compressed_badly; /* and it found out that the server had better not be asked to compress */
    guint restarts;
    guint account_number; /* by which the filter pool knows it */
    gint64 since_s, started_us;
    guint64 most_bytes; /* of its task */

    /* The mailbox we are in. */
    char *mailbox, *display_name, *special_use, *listing;
    guint32 uidvalidity;
    gint64 mailbox_key;
    guint32 most_shown;    /* as IbMailboxState has it */
    bool may_grow_below;   /* what is older than all that is shown may come into view, and is wanted */
    bool was_revalidated;  /* its UIDVALIDITY changed */
    gint64 newest_known;   /* as IbMailboxStand has it */
    bool has_unmet;         /* the same */
    GHashTable *former_ids; /* the same */
    GArray *open;           /* the same */
    GHashTable *open_uidls; /* the same */
    GArray *waiting;            /* the same */
    GHashTable *waiting_uidls;  /* the same */
    GHashTable *left;      /* POP3: UIDLs (char*) of what stays open there; NULL: nothing was looked at */
    bool was_renamed;      /* POP3: nothing that was known is there */
    GHashTable *unwanted;  /* then: what is not wanted, UIDL (char*) → its Date (gint64*); NULL until there is any */
    bool was_taken;        /* the session said so, and waits for orders */
    bool is_settling;      /* it got them */
    guint32 highest_known; /* of its UIDs: by UIDNEXT, or a message that came or is too old */
    guint32 highest_uid;
    bool is_empty;
    bool has_looked;       /* through a mailbox, to its end */
    GArray *breakers;      /* IbPollBreaker: left alone by the sessions to come; NULL: none */
    char *broke_at;        /* the mailbox at which this session broke; NULL */
    GPtrArray *put_off;    /* char*: those at which earlier ones did, to be visited last */
    char *unopened;        /* why one was not, in the server's words; NULL */

    guint64 to_come; /* of the messages that were found: a batch waits (a while) for the next */
    guint busy;      /* questions and messages that pool or pipeline still have */
    guint judging;
    IbPollResult result;
    GError *error;
};

/* So many more messages are to come: the pipeline lets a batch wait for them, so that mail which comes one by one is not made
 * durable one by one. The last one does not wait. */
void ib_poll_expect (IbPoll *self, guint64 messages);
void ib_poll_expect_one_less (IbPoll *self);
/* Something did not go as it should: counted, and told. */
void ib_poll_notice (IbPoll *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Nobody can tell whether it is still ours, in @words: it is left there, and looked at again once a day. POP3: by UIDL. */
void ib_poll_put_off (IbPoll *self, GArray *uids, GPtrArray *uidls, const char *words);
/* Something that was asked of the pipeline came back. @error: the store failed, and nothing more can be taken. */
void ib_poll_came_back (IbPoll *self, const GError *error);
/* For an array of UIDs (guint32) that is sorted. */
gint ib_poll_compare_uids (gconstpointer a, gconstpointer b);
/* All that was handed over has gone into the pipeline, which answers what is due on the server when it is delivered. */
void ib_poll_ask_for_due (IbPoll *self);

/* Takes @stand, something of which waits for a filter, and has @answer called with it: where there is no filter that works,
 * with the reason why that had better not be fetched once more. */
typedef void (*IbPollStand) (IbPoll *self, IbMailboxStand *stand, const GError *why_not);
void ib_poll_ask_filter (IbPoll *self, IbMailboxStand *stand, IbPollStand answer);
/* What waits is left there, and told: @cursor knows it. */
void ib_poll_leave_waiting (IbPoll *self, const IbMailboxStand *stand, IbCursor *cursor, const GError *why);
/* As if it had been taken: @cursor does not ask for it. */
void ib_poll_leave_out (IbCursor *cursor, guint32 uid);

/* --- what a session says: IbSessionEvents of an IbPoll ----------------------------------------------------- */

void ib_poll_on_enter (const IbMailboxState *state, gpointer user_data);
void ib_poll_on_mailbox_failed (const char *display_name, const char *server_text, gpointer user_data);
void ib_poll_on_broke_at (const char *mailbox, gpointer user_data);
void ib_poll_on_renamed (gpointer user_data);
void ib_poll_on_found (guint64 messages, guint64 bytes, gpointer user_data);
void ib_poll_on_skip (const IbRemoteMessage *message, IbSkip reason, const char *server_text, gpointer user_data);

void ib_poll_on_message (const IbRemoteMessage *message, IbBag *bag, guint64 offset, gpointer user_data);

void ib_poll_on_taken (guint32 highest_uid, const char *listing, gpointer user_data);
void ib_poll_on_copied (const IbSettleOrder *order, gpointer user_data);
void ib_poll_on_settled (const IbSettleOrder *order, bool is_done, const char *server_text, gpointer user_data);
void ib_poll_on_moved (const char *mailbox, guint32 uidvalidity, const GArray *uids, const GArray *new_uids,
                       gpointer user_data);
