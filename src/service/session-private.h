/* session-private.h - the inside that a session's files share
 *
 * session.c has its beginning, its end and the caller's answers; session-connect.c the way to the server: secret, worker,
 * connection; session-frames.c what the worker says; session-large.c the messages that do not fit into memory. */
#pragma once

#include "session.h"
#include "server-limits.h"
#include "worker.h"

/* A message that comes through a pipe; session-large.c's. */
typedef struct _IbSessionLarge IbSessionLarge;

/* What a worker says of messages is about the mailbox that it was let into. */
typedef enum { IB_SESSION_OUTSIDE, IB_SESSION_ENTERING, IB_SESSION_INSIDE } IbSessionPlace;

struct _IbSession {
    IbAccount *account;
    IbTokens *tokens;
    bool is_probe, is_dry, is_cautious, watches, asks_first;
    char *offers, *mailbox, *put_off; /* NULL, as in the request */
    IbServerLine line;
    char *spool_folder;
    const IbSessionEvents *events;
    gpointer user_data;

    GCancellable *cancellable; /* also marks that the session is alive, for callbacks that come late */
    GSocketClient *client;     /* while connecting */
    IbWorker *worker;
    IbSecret *secret;
    IbSecret *ticket; /* of an earlier session; NULL once it is handed on */
    IbSessionLarge *large;
    GError *last_words;   /* FAILED: why, said before the worker leaves */
    gint64 retry_after_s; /* with it */
    bool is_watching;     /* and nothing has come since */
    bool was_signed_in;
    bool was_refused; /* once: that token was, and this is the try with another */
    bool broke_at_utf8;    /* this try did */
    guint utf8_breakages;  /* and so many in all */
    bool has_finished;
    IbSessionPlace place;
    guint32 attempted_uid; /* asked for alone, and nothing heard of it yet; 0 or "": none */
    char attempted_uidl[IB_LIMIT_IDENTITY_BYTES + 1];
    bool was_taken;        /* the worker said so, and a large message is not whole here yet */
    guint32 highest_uid;   /* with it */
    char listing[IB_LIMIT_LISTING_BYTES + 1];
    guint owed; /* answers and credit that the worker may be waiting for */

    guint messages_here; /* handed over to us, and no credit told of yet */
    guint64 bytes_here;
    guint written; /* of them: so many, and so many bytes, are */
    guint64 bytes_written;
};

/* --- the end (session.c) ----------------------------------------------------------------------------------- */

/* Each tells that the session has ended, after which it may be freed. */
void ib_session_end (IbSession *self, const GError *error);
void ib_session_end_with (IbSession *self, IbFetchError code, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* The worker is not to be believed any more. */
void ib_session_end_nonsense (IbSession *self, const char *what);

/* --- what the worker waits for (session.c) ----------------------------------------------------------------- */

/* So many answers and credits more, and less. A worker that waits for us is silent with every right. */
void ib_session_owe (IbSession *self, guint more, guint less);
/* A worker that hands over more than it has credit for would have us keep whatever it likes. It counts at least as much
 * as we do, since it hears of credit later than we tell. */
bool ib_session_has_credit (const IbSession *self, guint messages, guint64 bytes);
void ib_session_count_in (IbSession *self, guint messages, guint64 bytes);

/* --- the way to the server (session-connect.c) ------------------------------------------------------------- */

/* Tells of one more step. */
void ib_session_step (IbSession *self, const char *step, const char *text);
/* Has the secret obtained, a worker started and connected, one after another; `step` tells of each. */
void ib_session_connect (IbSession *self);

/* --- what the worker says (session-frames.c) --------------------------------------------------------------- */

void ib_session_on_frame (IbChannel *channel, IbFrame *frame, gpointer user_data);
/* TAKEN, but not before a large message that was announced earlier, and whose last bytes are still on their way to the
 * disk: what is said to be taken is never asked for again. */
void ib_session_tell_taken (IbSession *self);

/* --- messages too large for memory (session-large.c) ------------------------------------------------------- */

/* The pipe of one: its bytes go to a file, beside what else comes. False: nonsense. */
bool ib_session_spool_large (IbSession *self, IbFrame *frame);
/* What it is: it is passed on when all of its bytes are here, too. False: nonsense. */
bool ib_session_take_large (IbSession *self, const IbRemoteMessage *message);
/* Any frame after BODY (but ALIVE) that does not say what it is says that the pipe was dropped. */
void ib_session_drop_large (IbSession *self);
/* Nobody waits for it any more. */
void ib_session_forget_large (IbSession *self);
