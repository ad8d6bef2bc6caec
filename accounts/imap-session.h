/* imap-session.h - commands to an IMAP server, and what it said
 *
 * Sends commands, several at once if the caller likes; reads answers through the guard; keeps what the server says in
 * passing: capabilities, the namespace, the state of the selected mailbox. It also waits for the server to speak first
 * (IDLE, RFC 2177). Knows no policy: who signs in how, and what
 * is fetched, is decided above it. */
#pragma once

#include "imap-guard.h"
#include "imap-parser.h"
#include "stream.h"

typedef struct _IbImapSession IbImapSession;

typedef enum { IB_IMAP_OK, IB_IMAP_NO, IB_IMAP_BAD, IB_IMAP_PREAUTH, IB_IMAP_BYE } IbImapResult;

/* How a command, or the greeting, ended. */
typedef struct {
    IbImapResult result;
    char *code;      /* upper case, without what follows it: "AUTHENTICATIONFAILED"; "" for none */
    char *text;      /* the server's own words, escaped and cut */
} IbImapAnswer;
void ib_imap_answer_free (IbImapAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbImapAnswer, ib_imap_answer_free)

/* What is known of the selected mailbox; 0 where the server did not say. */
typedef struct {
    guint32 exists, uidvalidity, uidnext; /* uidnext: as it was when it was selected */
    bool is_read_only;
    guint32 fresh;  /* so many of them came since ib_imap_session_count (), and are the last ones */
} IbImapSelected;

/* The server wants the user to read @text (ALERT, RFC 9051 7.1); escaped and cut. Comes from inside whatever reads. */
typedef void (*IbImapAlert) (const char *text, gpointer user_data);

/* @stream stays the caller's, and nobody else reads it from here on. */
IbImapSession *ib_imap_session_new (IbStream *stream, IbImapAlert alert, gpointer user_data);

/* The greeting. NULL on the stream's error, as in all that follows. Returns: (transfer full) (nullable) */
IbImapAnswer *ib_imap_session_greet (IbImapSession *self);

/* Adds a command to what is sent with the next wait; @format without tag and line end, and without CR, LF and NUL.
 * Returns: its tag. */
guint ib_imap_session_send (IbImapSession *self, IbImapWant want, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* The same in pieces, for what holds a secret or waits for "+" in between: tag, text as often as needed, line end. */
guint ib_imap_session_begin (IbImapSession *self, const char *command);
void ib_imap_session_add (IbImapSession *self, const char *text, gsize length);
void ib_imap_session_end_line (IbImapSession *self);
/* Sends, and waits for "+". Its text without the "+ "; NULL when the command ended instead, or the stream failed.
 * Returns: (transfer full) (nullable) */
char *ib_imap_session_wait_for_plus (IbImapSession *self, guint tag);

/* Sends what a later wait is for. */
void ib_imap_session_flush (IbImapSession *self);
/* Sends, and waits for the end of the command @tag. Returns: (transfer full) (nullable) */
IbImapAnswer *ib_imap_session_wait (IbImapSession *self, guint tag);
/* The same for one whose answer is parsed into @sink. */
IbImapAnswer *ib_imap_session_parse (IbImapSession *self, guint tag, const IbImapSink *sink);
/* Its answer, whenever it comes, is of no interest. */
void ib_imap_session_ignore (IbImapSession *self, guint tag);
/* Whether all that was said is answered. */
bool ib_imap_session_is_quiet (const IbImapSession *self);
/* Has both sides compress from here on (RFC 4978); it must be quiet. False: they do not, and the answer is
 * *out_answer (transfer full); NULL: the stream failed. */
bool ib_imap_session_compress (IbImapSession *self, IbImapAnswer **out_answer);
/* For the sink's `body`, once a message: the size of its literal. */
guint64 ib_imap_session_next_body_size (IbImapSession *self);

/* Capabilities, in any case; all false until the server has listed them. */
bool ib_imap_session_has (const IbImapSession *self, const char *capability);
bool ib_imap_session_knows_capabilities (const IbImapSession *self);
void ib_imap_session_forget_capabilities (IbImapSession *self);
/* As if the server had listed them: what it said another time. */
void ib_imap_session_assume_capabilities (IbImapSession *self, const char *list);
/* All of them, to show. Returns: (transfer full) */
char *ib_imap_session_describe_capabilities (const IbImapSession *self);

const IbImapSelected *ib_imap_session_get_selected (const IbImapSession *self);
void ib_imap_session_forget_selected (IbImapSession *self);
/* What the last COPYUID said, if one came since the last asking. Returns: (transfer full) (nullable) */
char *ib_imap_session_take_copy_uid (IbImapSession *self);
/* What is there now is going to be looked at: from here on, and not from later, others are fresh. */
void ib_imap_session_count (IbImapSession *self);

/* Has the server say by itself what happens, until ib_imap_session_stop (). False: it does not, and the answer is
 * *out_answer (transfer full); NULL: the stream failed. */
bool ib_imap_session_idle (IbImapSession *self, IbImapAnswer **out_answer);
/* Waits, as long as that may take, until something is fresh, @other_fd is readable, the server says BYE or ends it by
 * itself, or has said so much that it is time to renew. False: the stream failed. */
bool ib_imap_session_listen (IbImapSession *self, int other_fd);
/* Whether the server has ended it by itself. */
bool ib_imap_session_was_stopped (const IbImapSession *self);
/* Ends that, together with whatever is sent next, or flushed. Returns: the tag of its answer. */
guint ib_imap_session_stop (IbImapSession *self);
/* The personal namespace: prefix ("" unless asked for) and delimiter (0 unless known). */
const char *ib_imap_session_get_prefix (const IbImapSession *self);
char ib_imap_session_get_delimiter (const IbImapSession *self);
/* The server's BYE, if it said one. */
const IbImapAnswer *ib_imap_session_get_bye (const IbImapSession *self);

/* TLS has begun: what was heard in clear was never said. */
void ib_imap_session_forget_all (IbImapSession *self);
void ib_imap_session_free (IbImapSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbImapSession, ib_imap_session_free)
