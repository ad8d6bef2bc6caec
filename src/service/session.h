/* session.h - one session with a mail server, seen from the service
 *
 *     secret ─┬▶ name, connection ─┬▶ … inbasket-fetch's frames as events ─▶ ended
 *             └▶ worker locked in ─┘
 *
 * Parses no byte from the server: it connects, hands the socket to a worker, and checks what the worker says. Events come
 * on the main context; each question (enter, taken, copied) waits for its answer. */
#pragma once

#include "bag.h"

#include "fetch.h"
#include "tokens.h"

typedef struct _IbSession IbSession;

typedef struct {
    /* "resolve", "connect", "secret", "greeting", "tls", "capabilities", "ahead", "sign-in", "count", and what came of it.
     * May be NULL. */
    void (*step) (const char *step, const char *text, gpointer user_data);
    /* As IbFetchCallbacks has it. May be NULL. */
    void (*offered) (const char *offers, gpointer user_data);
    /* The same, and all of them may be NULL. */
    void (*terms) (const IbServerTerms *terms, gpointer user_data);
    void (*line) (const IbServerLine *line, gpointer user_data);
    void (*backoff) (gint64 seconds, gpointer user_data);
    void (*alert) (const char *text, gpointer user_data);
    /* All is done, and from now on the server tells what comes into @mailbox; whatever does begins with `enter`. Said
     * again after that. Of a request that watches; may be NULL for others. */
    void (*watching) (const char *mailbox, gpointer user_data);
    /* For a later session's request. May be NULL. */
    void (*ticket) (IbSecret *ticket, gpointer user_data);
    /* Answer with ib_session_answer_cursor (). */
    void (*enter) (const IbMailboxState *state, gpointer user_data);
    /* As IbFetchCallbacks has it, but by its name for people. */
    void (*mailbox_failed) (const char *display_name, const char *server_text, gpointer user_data);
    /* As IbFetchCallbacks has it. May be NULL. */
    void (*broke_at) (const char *mailbox, gpointer user_data);
    /* The same. */
    void (*renamed) (gpointer user_data);
    void (*found) (guint64 messages, guint64 bytes, gpointer user_data);
    /* A whole message, whose bytes are in @bag from @offset on: a sealed memory file, or a file. Give credit once it is
     * written. */
    void (*message) (const IbRemoteMessage *message, IbBag *bag, guint64 offset, gpointer user_data);
    /* One that stays on the server. May be NULL. */
    void (*skip) (const IbRemoteMessage *message, IbSkip reason, const char *server_text, gpointer user_data);
    /* Answer with ib_session_answer_orders () once all that was handed over is delivered. */
    void (*taken) (guint32 highest_uid, const char *listing, gpointer user_data);
    /* Answer with ib_session_go_on () once the journal has it. Both may be NULL where nothing is ordered. */
    void (*copied) (const IbSettleOrder *order, gpointer user_data);
    void (*settled) (const IbSettleOrder *order, bool is_done, const char *server_text, gpointer user_data);
    /* As IbFetchCallbacks has it. May be NULL. */
    void (*moved) (const char *mailbox, guint32 uidvalidity, const GArray *uids, const GArray *new_uids,
                   gpointer user_data);
    /* The disk has no room for a large message. */
    void (*store_failed) (const GError *error, gpointer user_data);
    /* Once, last: all is well (NULL), or an error of IB_FETCH_ERROR. @attempted: the message over which the session broke, with its
     * uid or its uidl, and no more; NULL if nobody knows. The session may be freed from here. */
    void (*ended) (const GError *error, const IbRemoteMessage *attempted, gpointer user_data);
} IbSessionEvents;

/* @spool_folder: where messages too large for memory are put. @request's secret is not needed: it is obtained from @tokens,
 * which must outlive the session; if the server refuses a token, once more, with a new one. Copies what it needs. */
IbSession *ib_session_start (const IbFetchRequest *request, IbTokens *tokens, const char *spool_folder,
                             const IbSessionEvents *events, gpointer user_data);
/* @cursor NULL: leave the mailbox alone. */
void ib_session_answer_cursor (IbSession *self, const IbCursor *cursor);
/* @orders: IbSettleOrder elements. */
void ib_session_answer_orders (IbSession *self, GPtrArray *orders);
void ib_session_go_on (IbSession *self);
/* A message of @bytes is written. */
void ib_session_credit (IbSession *self, guint64 bytes);
/* Of one that watches: visits all mailboxes again, as soon as it comes to that. */
void ib_session_look (IbSession *self);
/* Of one that watches now: has the server answer; if it does not, the session ends within IB_LIMIT_RENEW_MS. */
void ib_session_renew (IbSession *self);
/* Ends it at once; no event comes any more. */
void ib_session_free (IbSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbSession, ib_session_free)
