/* poll.h - one poll of one account, from its secret to its last settled message
 *
 *     session ─message─▶ filter pool ─judgement─▶ pipeline ─delivered─▶ events
 *        ▲                                            │
 *        └──────────── credit, what is due ───────────┘
 *
 * A session that broke over the server's replies is begun again, carefully, one message at a time; the message that
 * breaks it again stays on the server, open and reported, and the next is taken. By POP3 what is open so is tried behind all
 * others, until one of them breaks the session: the others are left for another poll. One that broke before it was signed in,
 * since it ran ahead by what the server was known for, is begun again, asking first.
 *
 * A poll that watches does not end where the server can push: once all is fetched, delivered and noted, it says so and
 * waits, without any timer, for the server's word, and takes what that announces; and says so again. */
#pragma once

#include "alerts.h"
#include "config.h"
#include "fetch.h"
#include "filter-pool.h"
#include "known.h"
#include "pipeline.h"
#include "servers.h"
#include "tokens.h"

/* What every poll of a run shares. */
typedef struct {
    const IbPaths *paths;
    const IbConfig *config;
    const IbKnown *known;
    IbFilterPool *pool;
    IbPipeline *pipeline;
    IbServers *servers;
    IbAlerts *alerts;
    IbTokens *tokens;
    bool is_dry;
} IbPollContext;

typedef struct {
    const char *account;
    guint64 fetched, delivered, junk, duplicates, discarded, skipped, bytes;
    double seconds;
    bool was_signed_in;
    guint refused;       /* messages, mailboxes and server work that did not go as they should */
    const GError *error; /* of IB_FETCH_ERROR; NULL if all went well */
    const char *state;   /* as in `status`: "ok", "sign-in-needed" ... */

    gint64 retry_after_s; /* so long the server asked to be left alone; 0: it did not say */
    gint64 login_delay_s; /* so long it wants between two sessions (POP3); 0: it does not say */
    bool can_push;        /* it can be watched */
} IbPollResult;

/* What one poll is to do. */
typedef struct {
    const char *mailbox; /* the one to visit, as the server writes it; NULL: all that folders= names */
    bool watches;        /* then watch one: @mailbox, or the first of them that opens, the INBOX before all others */
    guint64 most_bytes;  /* larger messages wait on the server, whatever the account allows; 0: as that does */
} IbPollTask;

typedef struct _IbPoll IbPoll;

typedef struct {
    /* A mailbox was entered: @mailbox as the server writes it, and in UTF-8. May be NULL. */
    void (*entered) (IbPoll *poll, const char *mailbox, const char *display_name, gpointer user_data);
    /* So many more messages will come, with so many bytes (0: not known). */
    void (*found) (IbPoll *poll, guint64 messages, guint64 bytes, gpointer user_data);
    void (*fetched) (IbPoll *poll, guint64 bytes, gpointer user_data);
    /* Delivered (@paths NULL: discarded, duplicate, or a dry run; else one for each file). @folder: the server's, UTF-8. */
    void (*delivered) (IbPoll *poll, const IbStory *story, const char *folder, const char *const *paths,
                       gpointer user_data);
    /* Something stays as it is, and the user should know why: one sentence. */
    void (*notice) (IbPoll *poll, const char *text, gpointer user_data);
    /* The server wants the user to read @text: besides `notice`, and as that only once. May be NULL. */
    void (*alert) (IbPoll *poll, const char *text, gpointer user_data);
    /* All is fetched, delivered and noted in the journal, and the server tells from now on what is new in @mailbox. Again
     * after each look and each arrival; what @so_far counts is what came since the last time. Only where the task
     * watches. */
    void (*watching) (IbPoll *poll, const char *mailbox, const IbPollResult *so_far, gpointer user_data);
    /* Once, last. The poll may be freed from here. Of one that watched it counts what came since `watching`. */
    void (*ended) (IbPoll *poll, const IbPollResult *result, gpointer user_data);
} IbPollEvents;

/* @context and @account must outlive the poll. */
IbPoll *ib_poll_start (const IbPollContext *context, const IbAccount *account, const IbPollTask *task,
                       const IbPollEvents *events, gpointer user_data);
const char *ib_poll_account (const IbPoll *self);
/* Looks at all of the task's mailboxes again, then watches again, which is told. While a look is going on, or before the
 * first one is over, once more behind it. Of no effect on a poll that does not watch. */
void ib_poll_look (IbPoll *self);
/* Has the server answer, which shows within seconds whether it is still there: if not, the poll ends with OFFLINE.
 * Nothing is told if it is. Of no effect unless it watches now. */
void ib_poll_renew (IbPoll *self);
/* Goes on with another @context, and @account as it is there, which signs in and fetches as before. False: something is on
 * its way by the old one, which must stay; not so while it watches. */
bool ib_poll_adopt (IbPoll *self, const IbPollContext *context, const IbAccount *account);
/* Ends the session; what was handed over is still delivered, then `ended` comes. */
void ib_poll_stop (IbPoll *self);
/* Only after `ended`. */
void ib_poll_free (IbPoll *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPoll, ib_poll_free)

/* `status`'s word for an error of IB_FETCH_ERROR; "ok" for NULL. */
const char *ib_poll_state_name (const GError *error);
/* Whether the server could not be reached or signed in to, where nobody was signed in before. */
bool ib_poll_is_unreachable (const GError *error);
