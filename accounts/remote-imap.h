/* remote-imap.h - what the parts of the IMAP driver share
 *
 * remote-imap.c opens, lists and enters; -sign-in greets and signs in; -ahead lets what follows go out with that;
 * -survey finds what is new; -take fetches it, -compress on slow lines; -settle clears it away, once -verify has seen that it is
 * what was fetched; -watch waits for more. */
#pragma once

#include "imap-session.h"
#include "line-speed.h"
#include "mailbox-use.h"
#include "remote.h"

/* What is asked of a message. */
#define IB_IMAP_ITEMS "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"

/* A mailbox as LIST told it. */
typedef struct {
    char *name;         /* as the server writes it */
    char *display_name; /* UTF-8 */
    char *special_use;  /* "Junk", without backslash; "" */
    char delimiter;
    bool is_selectable;
} IbImapMailbox;
void ib_imap_mailbox_free (IbImapMailbox *self);

/* What went out before it was known to be of use: remote-imap-ahead.c. Tags are 0 for what did not. */
typedef struct {
    bool is_on;          /* the next line that signs in may be followed by more */
    guint listed;        /* CAPABILITY, before signing in */
    bool lists_anew;     /* nor does the server say of itself what it offers behind that line */
    guint listed_anew;   /* CAPABILITY, after signing in */
    bool may_be_told_of_before; /* that one's answer may come before we are in: it is nothing then */
    guint entered;       /* SELECT or EXAMINE of INBOX, after it */
    guint mailboxes;     /* or LIST */
    char *offers;        /* what was offered before signing in; NULL until it is known */
    bool wants_name;     /* it has ID */
    bool is_smooth;      /* the first line of the first way in was all that it took */
    bool is_introduced;
} IbImapAhead;

/* What the line is like, and what was done about it: remote-imap-compress.c. */
typedef struct {
    IbLineSpeed speed;
    IbServerLine told;
    guint portion;          /* of the last command that was sent to find out */
    guint64 messages, bytes; /* that came */
    guint64 surveyed_bytes; /* of those wanted; 0: not known */
    bool is_tried;          /* COMPRESS was sent */
    guint64 plain_bytes;    /* and all that came before it was on */
} IbImapLine;

struct _IbRemote {
    IbStream *stream;
    const IbFetchRequest *request;
    const IbFetchCallbacks *callbacks;
    const char *host;
    IbImapSession *session;
    IbImapServer *server;      /* the session's */

    IbImapAhead ahead;
    IbImapLine line;
    GPtrArray *known;          /* IbImapMailbox; NULL until listed */
    char *passed_over;         /* the first of those that are wanted, and too many; NULL: none */
    char *mailbox;             /* the selected one, as the server writes it */
    char *display_name;
    char *special_use;
    guint32 uidvalidity;       /* as it was told on entering */
    guint32 most_shown;        /* as they were on entering: IbMailboxState has it */
    char listing[2 * 8 + 1];   /* the same */
    bool is_writable;          /* SELECT, not EXAMINE */
    bool is_closed;            /* it was, to be opened for writing, and the server opens it no more */
    bool is_target_new;        /* where to mail is moved is in no list of the server's */
    bool is_move_broken;       /* it lists MOVE, and what does is COPY */
    bool is_reentered;         /* what the server said on selecting it is out of date */
    char *refusal;             /* why the last search was refused, if it is about this mailbox alone; NULL */
    bool is_restarted;         /* verify has seen that its numbers mean other messages now, and nobody has been told */
    bool is_next_wrong;        /* there are messages above what it called UIDNEXT */
    GArray *shown;             /* guint32: of the cursor's gaps, what is shown by now */
    const GArray *tried;       /* guint32, sorted: of those wanted, what was tried before; the cursor's; NULL: nothing */
    bool is_surveyed;          /* .highest_uid is its */
    bool is_behind;            /* something was announced, and what it is could not be searched for */
    guint direct;              /* the tag of a FETCH that went out for the news before it was asked what is known; 0 */
    guint32 direct_low;        /* for all above this UID */
    const IbCursor *direct_cursor; /* the caller's, from survey to take */

    bool is_idle_refused;      /* or of no use, though it was offered */
    gint64 idle_since;         /* monotonic */
    IbServerTerms terms;       /* as they were told */
    bool were_terms_told;
    GHashTable *alerts;        /* the texts that were told; NULL: none was */

    guint farewell;            /* LOGOUT's tag, 0 if it did not go out yet */
    GArray *wanted;            /* guint32, sorted: what survey found */
    guint32 highest_uid;       /* the highest that survey looked at */
    GHashTable *taken;         /* set of UIDs handed over since the mailbox was entered, where they may be cleared away */
};

/* The session's own failure: the stream's error, or the server's BYE. Always returns false. */
bool ib_remote_imap_broke (IbRemote *self, GError **error);
/* Sets an error whose remedy is read from the answer, else @plain: "@what. The server said: …". Always returns false. */
bool ib_remote_imap_refused (IbRemote *self, const IbImapAnswer *answer, IbFetchError plain, const char *what,
                             GError **error);
/* Whether a refusal is about the mailbox that was asked for, and not about all of them: others may be better off. */
bool ib_remote_imap_is_about_mailbox (const IbImapAnswer *answer);
/* Tells how long the server asks to be left alone, if @text, its words, say so. */
void ib_remote_imap_tell_backoff (IbRemote *self, const char *text);
/* Sends one command and waits. (transfer full) (nullable): NULL sets @error. */
IbImapAnswer *ib_remote_imap_ask (IbRemote *self, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

bool ib_remote_imap_sign_in (IbRemote *self, GError **error);
/* Asks for the capabilities, unless they are known. */
bool ib_remote_imap_learn (IbRemote *self, GError **error);

/* Whether this run may run ahead: it knows whom it speaks with, and nobody had trouble with that. */
bool ib_remote_imap_may_run_ahead (const IbRemote *self);
/* Whether it may do so by what was offered the last time. */
bool ib_remote_imap_knows_offers (const IbRemote *self);
/* Before signing in: the capabilities are from now on those of the greeting, or of the last time. Those are asked for,
 * and compared as soon as anything is answered. */
void ib_remote_imap_assume_offers (IbRemote *self);
/* The same if they are known from this session; @were_asked: not by the greeting. */
void ib_remote_imap_heed_offers (IbRemote *self, bool were_asked);
/* Notes what the server offers before signing in, and forgets it: afterwards that may be something else. */
void ib_remote_imap_note_offers (IbRemote *self);
bool ib_remote_imap_was_offered (const IbRemote *self, const char *capability);
/* Behind a line that signs in by itself: says who we are, and enters the INBOX if that is all that is wanted, else lists what
 * there is. */
void ib_remote_imap_enter_ahead (IbRemote *self);
bool ib_remote_imap_ran_ahead (const IbRemote *self);
/* What comes before the answer to the sign-in. False: the stream failed. */
bool ib_remote_imap_hear_offers (IbRemote *self);
/* The sign-in failed: what went out behind it is of no interest. */
void ib_remote_imap_drop_ahead (IbRemote *self);
/* Tells what is to be remembered for the next time, if that is not known. */
void ib_remote_imap_tell_offers (IbRemote *self);
/* Says who we are, if the server wants to know that. */
void ib_remote_imap_introduce (IbRemote *self);
/* The good answer to what went out for @mailbox ahead; NULL without an error: enter it now. (transfer full) (nullable) */
IbImapAnswer *ib_remote_imap_take_entered (IbRemote *self, const char *mailbox, GError **error);

/* Whether the INBOX is all that this run is about. */
bool ib_remote_imap_wants_inbox (const IbRemote *self);
/* A LIST, and what is needed to understand it; its tag is for ib_imap_session_parse () only. */
guint ib_remote_imap_send_list (IbRemote *self, bool asks_namespace, bool asks_use);
/* Fills self->known, unless it is there already. */
bool ib_remote_imap_list (IbRemote *self, GError **error);
/* Of those that are known: by its special use, or, where none has it, by its usual names. */
bool ib_remote_imap_is_for (const IbRemote *self, const IbImapMailbox *mailbox, IbMailboxUse use);
/* The name of the first that is and can be opened; NULL if there is none. */
const char *ib_remote_imap_find_for_use (const IbRemote *self, IbMailboxUse use);
/* SELECT or EXAMINE of self->mailbox. (transfer full) (nullable) */
IbImapAnswer *ib_remote_imap_select (IbRemote *self, bool is_writable, GError **error);
/* The same for any mailbox, without waiting. Returns: its tag */
guint ib_remote_imap_send_select (IbRemote *self, const char *mailbox, bool is_writable);
/* Whether the account wants something done in its mailboxes. */
bool ib_remote_imap_wants_changes (const IbRemote *self);

/* Appends to @uids, unsorted, the UIDs of the selected mailbox above @low that meet @criteria ("" for all). *out_is_refused: that
 * was, and self->refusal says why; others may be better off. */
bool ib_remote_imap_search (IbRemote *self, guint32 low, const char *criteria, GArray *uids, bool *out_is_refused,
                            GError **error);
/* Sorts, and takes repetitions out. */
void ib_remote_imap_sort (GArray *uids);

bool ib_remote_imap_compare (IbRemote *self, const IbCursor *cursor, bool *out_is_restarted, GError **error);
bool ib_remote_imap_survey (IbRemote *self, const IbCursor *cursor, bool *out_is_open, guint64 *out_messages,
                            guint64 *out_bytes, GError **error);
bool ib_remote_imap_take (IbRemote *self, guint32 *out_highest_uid, GError **error);
/* Asked before anything new is looked for. *out_are_others: under one of the cursor's witnesses there is other mail. */
bool ib_remote_imap_hear_witnesses (IbRemote *self, const IbCursor *cursor, bool *out_are_others, GError **error);
bool ib_remote_imap_verify (IbRemote *self, GPtrArray *orders, bool *out_looks_again, GError **error);
bool ib_remote_imap_settle (IbRemote *self, const IbSettleOrder *order, GError **error);
bool ib_remote_imap_watch (IbRemote *self, bool *out_is_watching, GError **error);
bool ib_remote_imap_wait (IbRemote *self, int wish_fd, bool *out_has_news, GError **error);
/* Before the first FETCH of those that are wanted. */
void ib_remote_imap_begin_line (IbRemote *self);
/* How many messages the next FETCH may ask for, with @left of them to come and so many commands @in_flight; 0: not now. */
gsize ib_remote_imap_portion (IbRemote *self, gsize left, guint in_flight);
/* Bytes came. True: now it is known how fast they come, and more may be asked for. */
bool ib_remote_imap_note_line (IbRemote *self);
/* A message came, in so many bytes. */
void ib_remote_imap_note_message (IbRemote *self, guint64 bytes);
/* So many bytes are on their way, and so many messages behind them. */
void ib_remote_imap_expect (const IbRemote *self, guint64 bytes, gsize messages);
/* Between two flights: has the server compress what is to come, if that is worth it. False: the stream failed. */
bool ib_remote_imap_compress_if_worth (IbRemote *self, gsize left, GError **error);
/* The session is over: tells that it had better be done without the next time, if so. True: that needs saying. */
bool ib_remote_imap_blame_compression (IbRemote *self, const GError *broken);
/* Where it went out, and is of no use: reads past it. */
bool ib_remote_imap_drop_direct (IbRemote *self, GError **error);
/* What came since the cursor stood where it does, or the sample that it wants, into @found. *out_is_open false: that cannot be told
 * of this mailbox, which is known by now. */
bool ib_remote_imap_find_wanted (IbRemote *self, const IbCursor *cursor, GArray *found, bool *out_is_open, GError **error);
/* Tells the server's terms, once its capabilities are known, if they were not told so before. */
void ib_remote_imap_tell_terms (IbRemote *self);
