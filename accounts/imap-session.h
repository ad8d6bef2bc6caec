/* imap-session.h - commands to an IMAP server, and what it said
 *
 * Sends commands, several at once if the caller likes; reads answers through the guard; has what the server says in passing
 * kept. It also waits for the server to speak first (IDLE, RFC 2177). Knows no policy: who signs in how, and what is fetched,
 * is decided above it. */
#pragma once

#include "imap-answer.h"
#include "imap-guard.h"
#include "imap-parser.h"
#include "imap-server.h"
#include "stream.h"

typedef struct _IbImapSession IbImapSession;

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
/* For the sink's `body`, once a message: the size of its literal, unless headers were asked for. */
guint64 ib_imap_session_next_body_size (IbImapSession *self);

/* What it has said of itself and of the selected mailbox, so far. The session's. */
IbImapServer *ib_imap_session_get_server (IbImapSession *self);

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
/* The server's BYE, if it said one. */
const IbImapAnswer *ib_imap_session_get_bye (const IbImapSession *self);

/* TLS has begun: what was heard in clear was never said. */
void ib_imap_session_forget_all (IbImapSession *self);
void ib_imap_session_free (IbImapSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbImapSession, ib_imap_session_free)
