/* fetch.h - one run over one account's mail server
 *
 *     sign in ─▶ mailboxes ─▶ for each: cursor? ─▶ survey ─▶ take, streaming ─▶ settle ─▶ … ─▶ sign out
 *                    ▲                     ▲                                             │
 *                    └─── look ────────────┴──── news ◀─── watching ◀────────────────────┘
 *
 * A run that watches does not sign out where the server can push: it waits for the server's word, or for a wish of whoever
 * runs it, for as long as that takes and without a timer.
 *
 * Blocking, for a process of its own. It sees the world through callbacks only: each may block until whoever runs
 * the fetch has answered, and ends the run by returning false. Nothing here knows a file or opens a socket. */
#pragma once

#include "account.h"
#include "secret.h"
#include "stream.h"

/* What a failed run asks of the one who started it. */
typedef enum {
    IB_FETCH_ERROR_OFFLINE,  /* no way there now: try again by itself, later */
    IB_FETCH_ERROR_BUSY,     /* the server said "not now": wait longer */
    IB_FETCH_ERROR_SIGN_IN,  /* refused or expired: only the user can help */
    IB_FETCH_ERROR_UNSAFE,   /* TLS or policy: stop, say why, never retry unasked */
    IB_FETCH_ERROR_MESSAGE,  /* this one message: note it and take the next */
    IB_FETCH_ERROR_SERVER,   /* broken or hostile replies: the session is dropped, later sessions may do */
    IB_FETCH_ERROR_STOPPED,  /* a callback said so */
    IB_FETCH_ERROR_KEYRING,  /* said by the service only: the keyring is locked or absent, nobody was connected to */
    IB_FETCH_ERROR_HERE,     /* the same: this machine does not let us start what would talk to the server */
} IbFetchError;
#define IB_FETCH_ERROR (ib_fetch_error_quark ())
GQuark ib_fetch_error_quark (void);

/* Flags a message had on the server, taken once. */
typedef enum {
    IB_FLAG_SEEN = 1 << 0,
    IB_FLAG_ANSWERED = 1 << 1,
    IB_FLAG_FLAGGED = 1 << 2,
    IB_FLAG_DRAFT = 1 << 3,
    IB_FLAG_DELETED = 1 << 4,  /* marked for removal by someone: still mail, still fetched */
} IbMessageFlags;

/* What a mailbox (IMAP) or maildrop (POP3: name "INBOX", uidvalidity 0) looks like on entering it. */
typedef struct {
    const char *name;          /* as the server writes it (modified UTF-7) */
    const char *display_name;  /* UTF-8 */
    const char *special_use;   /* "", "Junk", "Sent" ... without backslash (RFC 6154) */
    guint32 uidvalidity;
    guint32 uidnext;           /* 0: the server did not say */
    guint32 exists;
    const char *listing;       /* POP3: a digest of all numbers and UIDLs; IMAP: where @most_shown, what tells that something came
                                * or went. Up to IB_LIMIT_LISTING_BYTES hexadecimal digits; "" or NULL: there is none */
    bool is_restarted;         /* IMAP: its numbers mean other messages without another UIDVALIDITY, as they do where a server
                                * was restored from a backup. Where that shows only when something is to be done there, it is
                                * entered once more */
    guint32 most_shown;        /* IMAP: of as many as there may be the server shows the newest so many, and no others; 0: all */
} IbMailboxState;

/* What tells a message from any other that stands under its number by now. */
typedef struct {
    gint64 internal_date_s;    /* IMAP, as it was told; 0: it was not */
    guint64 mark;              /* ib_passing_header_mark_of () its Message-ID; 0: it has none that is known */
    guint64 content;           /* then ib_passing_content_of () its bytes; 0: not known */
} IbKnownMessage;

/* Where we stand in a mailbox, as the journal has it. */
typedef struct {
    gint64 since_s;            /* what is older was never wanted; 0: all is */
    guint32 low_water;         /* IMAP: nothing new at or below, but @retry */
    GArray *done;              /* guint32, sorted: delivered already, above low_water */
    GArray *retry;             /* guint32, sorted: open at or below low_water, to be tried again */
    GArray *tried;             /* IMAP: guint32, sorted: of @retry, what the server could not give, or what broke a session: it is
                                * asked for behind all others, one by one */
    GArray *gaps;              /* IMAP: guint32, sorted: at or below low_water, and not there when it was gone past: some servers
                                * show late what they should have shown before */
    GArray *witnesses;         /* IMAP: guint32, sorted: the last few that were delivered, and may be gone */
    GArray *known;             /* IbKnownMessage, one for each of those: where one is other mail by now, so are all others */
    bool has_orders;           /* something is to be done there, though the account's settings want nothing done */
    bool is_unchanged;         /* all of the very same listing was taken before: nothing on it is new */
    GHashTable *known_uidls;   /* POP3: set of char*; what the journal has delivered or holds open for good */
    GHashTable *tried_uidls;   /* POP3: set of char*; what could not be had before: it is asked for behind all others, one by one.
                                * What of it is in known_uidls, too, is left out this time, and says nothing of what was here */
    GHashTable *old_dates;     /* POP3: set of gint64*; the Dates of what was not wanted. Where none of the UIDLs is there, it
                                * may be under others */

    /* IMAP: a sample is wanted, to look at; the rest of this does not matter then. */
    guint32 sample_messages;   /* the newest so many that are neither drafts nor marked as deleted; 0: no sample */
    guint64 sample_bytes;      /* of them, as many of the newest as have no more bytes in all; 0: any */
    bool samples_read;         /* of those only that were read or answered */
} IbCursor;

/* A message, or one that was left. Exactly one of uid and uidl is set. */
typedef struct {
    guint32 uid;               /* IMAP */
    const char *uidl;          /* POP3: its identity. The server's UIDL; "digest:…" without one; "UIDL#digest:…" where
                                * two messages share one. Up to IB_LIMIT_IDENTITY_BYTES printable characters */
    guint32 flags;             /* IbMessageFlags */
    gint64 internal_date_s;    /* 0: the server did not say. POP3: the Date of one that is skipped for it */
    guint64 size_served;       /* RFC822.SIZE or LIST; 0 unknown; never a truncation length */
    guint64 size_bytes;        /* in the descriptor, line ends being LF */
} IbRemoteMessage;

typedef enum {
    IB_SKIP_TOO_LARGE,         /* over max-size: open, reported */
    IB_SKIP_REFUSED,           /* the server cannot give it: open, tried again */
    IB_SKIP_OLD,               /* before the cursor's since_s, or was so once: never wanted */
    IB_SKIP_GONE,              /* vanished between listing and fetching */
    IB_SKIP_LEFT_OUT,          /* POP3: as the cursor has it. Open as before */
} IbSkip;

typedef enum {
    IB_SETTLE_DELETE,
    IB_SETTLE_MOVE,            /* IMAP: to @folder; made if missing */
    IB_SETTLE_GONE,            /* POP3, only said by `settled`: what was to be deleted is not there, and nobody knows why; or
                                * what has its UIDL may be other mail */
    IB_SETTLE_DOUBT,           /* only said by `settled`, as not done: it cannot be told whether what stands there is what was
                                * fetched, and looking at it once more so soon would tell no more */
} IbSettleVerb;

/* How a server wants to be treated. */
typedef struct {
    bool can_push;             /* it tells what is new to those who stay */
    gint64 login_delay_s;      /* POP3: from one sign-in to the next, up to IB_LIMIT_BACKOFF_S; 0: it does not say */
} IbServerTerms;

/* What was found out of the line to a server. */
typedef struct {
    guint64 bytes_per_second;  /* as it came without compression; 0: not known */
    bool does_not_compress;    /* it lists COMPRESS=DEFLATE, and refuses it or makes a mess of it */
} IbServerLine;

/* Something to do on the server with delivered messages of the mailbox just fetched. Nothing is done with one that was not
 * fetched since that was entered, before what stands there was seen to be the one that is known. */
typedef struct {
    IbSettleVerb verb;
    char *folder;              /* MOVE: UTF-8; "\Junk": the mailbox with that special use, else one of that name */
    GArray *uids;              /* IMAP: guint32, sorted */
    GPtrArray *uidls;          /* POP3: char* */
    GArray *known;             /* IbKnownMessage, one for each of those; empty in what is reported */
    GArray *copied;            /* guint32, sorted: those whose COPY the journal has already */
} IbSettleOrder;
IbSettleOrder *ib_settle_order_new (IbSettleVerb verb, const char *folder);
void ib_settle_order_free (IbSettleOrder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbSettleOrder, ib_settle_order_free)

typedef enum {
    IB_STEP_GREETED,           /* text: the server's greeting, escaped */
    IB_STEP_TLS,               /* "TLSv1.3, AES-256-GCM" */
    IB_STEP_CAPABILITIES,      /* "IMAP4rev1 IDLE MOVE …" */
    IB_STEP_SIGNED_IN,         /* "AUTHENTICATE PLAIN as anna" */
    IB_STEP_COUNTED,           /* "INBOX: 1234 messages" */
    IB_STEP_RAN_AHEAD,         /* "": more goes out behind the sign-in, whose answer has not come */
    IB_STEP_BROKE_AT_UTF8,     /* "": POP3, no secret was shown: another run may do `without_utf8` */
} IbFetchStep;

typedef struct {
    void (*step) (IbFetchStep step, const char *text, gpointer user_data);
    /* What the server offered those who are not signed in yet: good for the next run's request, if it is "" or other than
     * this one's. "": run ahead no more. May be NULL. */
    void (*offered) (const char *offers, gpointer user_data);
    /* Once it is known, and again if it changes. May be NULL. */
    void (*terms) (const IbServerTerms *terms, gpointer user_data);
    /* Good for the next run's request, for a day or so: of what was measured, or of a server that had better not be asked to
     * compress. Said before the run fails for that. May be NULL. */
    void (*line) (const IbServerLine *line, gpointer user_data);
    /* The server asks to be left alone for so long, up to IB_LIMIT_BACKOFF_S: said before the run fails for that. May be
     * NULL. */
    void (*backoff) (gint64 seconds, gpointer user_data);
    /* The server wants the user to read this (IMAP's ALERT), escaped and cut; at any time, but not before it is known to be the
     * server's own word. May be NULL. */
    void (*alert) (const char *text, gpointer user_data);

    /* Entering a mailbox: where do we stand? *out_cursor: (transfer full), freed by ib_cursor_free ();
     * NULL means: leave this mailbox alone. */
    bool (*enter) (const IbMailboxState *state, IbCursor **out_cursor, gpointer user_data, GError **error);
    /* @mailbox (as the server writes it) could not be opened, in the server's own words, or was not, in ours; the run goes on. */
    void (*mailbox_failed) (const char *mailbox, const char *server_text, gpointer user_data);
    /* The server ended the session, or spoke nonsense, when @mailbox, one of several, was to be looked through: the run fails for
     * that. Another may put it off until it saw the others. May be NULL. */
    void (*broke_at) (const char *mailbox, gpointer user_data);
    /* POP3, before `found`: there is mail, and the cursor knows UIDLs, but none that is there. Either all that was known is
     * gone, or the server has named it anew. May be NULL. */
    void (*renamed) (gpointer user_data);
    /* What will be taken here (messages, bytes; bytes 0 if unknown). */
    void (*found) (guint64 messages, guint64 bytes, gpointer user_data);

    /* In a cautious run, and at what was tried before: the message @uid, or @uidl, is asked for now, alone; or the server fell
     * silent over it. If the session dies before anything else is heard of it, this is the one to leave out next time. @uidl is
     * NULL on IMAP, and "" if the message has no name yet. */
    void (*attempt) (guint32 uid, const char *uidl, gpointer user_data);

    /* A descriptor for a body of about @size_hint bytes that the caller fills: a memory file, or for one above
     * IB_LIMIT_MEMORY_MESSAGE_BYTES a pipe whose other end is drained. Waits for credit. -1 ends the run. */
    int (*open_body) (guint64 size_hint, gpointer user_data, GError **error);
    /* The body in @fd outgrew IB_LIMIT_MEMORY_MESSAGE_BYTES, whatever was said of its size (see ib_body_set_growth ()).
     * Takes @fd and returns the descriptor to go on with, which has got all the bytes so far; -1 ends the run. */
    int (*grow_body) (int fd, gpointer user_data, GError **error);
    /* The body in @fd is whole. Takes @fd. */
    bool (*deliver) (const IbRemoteMessage *message, int fd, gpointer user_data, GError **error);
    /* The body in @fd is of no use: the line broke, the server took it back. Takes @fd. */
    void (*drop_body) (int fd, gpointer user_data);
    bool (*skip) (const IbRemoteMessage *message, IbSkip reason, const char *server_text, gpointer user_data,
                  GError **error);

    /* All of this mailbox was handed over, up to @highest_uid. Returns once all of it is delivered:
     * *out_orders (transfer full, elements IbSettleOrder) is what to do on the server now: where other mail has what they name,
     * nothing is, and `enter` and all that follows comes once more. @listing: the state's, if it
     * tells each message from all others, now and later; else "". */
    bool (*taken) (guint32 highest_uid, const char *listing, GPtrArray **out_orders, gpointer user_data,
                   GError **error);
    /* COPY is done for the UIDs of @order, which may be a part of the one given; \Deleted is not yet set. Returns once the
     * journal has it. On POP3: DELE is said for the UIDLs of @order, and QUIT is not, whose answer may be lost. */
    bool (*copied) (const IbSettleOrder *order, gpointer user_data, GError **error);
    /* The server has done @order, which may be a part of the one given, or refused it with @server_text; done may also
     * come with words. On POP3 that is known at the end only: nothing is deleted before QUIT was answered, so the good
     * news comes while the session is closed. */
    bool (*settled) (const IbSettleOrder *order, bool is_done, const char *server_text, gpointer user_data,
                     GError **error);
    /* IMAP, after `settled`: where the messages of @uids stand now, if the server said so. One
     * of @new_uids for each; 0: not that one. May be NULL. */
    bool (*moved) (const char *mailbox, guint32 uidvalidity, const GArray *uids, const GArray *new_uids,
                   gpointer user_data, GError **error);

    /* The next three are for runs that watch. All is done; from now on the server tells what comes into @mailbox, as it
     * writes it. Said again after each wait, if that is so. */
    bool (*watching) (const char *mailbox, gpointer user_data, GError **error);
    /* Readable when there is a wish: then the run stops waiting, and asks which. */
    int wish_fd;
    /* Does not block. *out_wants_look: to visit all mailboxes again. If not, it was enough to have the server answer. */
    bool (*wish) (bool *out_wants_look, gpointer user_data, GError **error);
    gpointer user_data;
} IbFetchCallbacks;

typedef struct {
    const IbAccount *account;
    const IbSecret *secret;
    bool is_probe;             /* account test: sign in, count, sign out */
    bool is_dry;               /* nothing of what comes is kept: what forgets it at the goodbye (POP3) hears none */
    const char *mailbox;       /* the only one to visit, as the server writes it; NULL: all that folders= names */
    const char *put_off;       /* what `broke_at` said, one a line, which is visited behind the others; NULL: nothing */
    bool watches;              /* after all that, one is watched: the INBOX, or the first that opens */
    bool is_cautious;          /* an earlier session died over a message: one at a time, each told by `attempt` */
    /* What `offered` said in an earlier run over the same account, server and security; NULL or "": nothing is known. Then
     * no question is asked before its answer is needed, and the sign-in goes out together with what follows it. IMAP does the
     * latter as soon as the server has said what it offers. A run that fails before it was signed in may do so for that:
     * worth another that asks first. */
    const char *offers;
    bool asks_first;           /* nothing goes out before its turn, whatever is known */
    bool without_utf8;         /* POP3: the server does not bear it, though it offers it */
    IbServerLine line;               /* what `line` said in an earlier run, of a line that may be the same */
    const IbSecret *ticket;    /* for whoever makes the stream: what an earlier one left (ib_stream_resume ()); or NULL */
} IbFetchRequest;

/* Runs over @stream, connected and not yet spoken on. On error code and text say what the user should hear: what
 * failed, the server's own words (escaped, cut), what to do. */
bool ib_fetch_run (IbStream *stream, const IbFetchRequest *request, const IbFetchCallbacks *callbacks, GError **error);

IbCursor *ib_cursor_new (void);
void ib_cursor_free (IbCursor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbCursor, ib_cursor_free)
