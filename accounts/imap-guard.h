/* imap-guard.h - what a mail server may say to the parser
 *
 *     bytes ─▶ lines and literals, bounded ─┬─▶ FETCH, LIST, SEARCH that were asked for: written anew ─▶ the parser
 *                                           ├─▶ statuses, counts, capabilities, "+" …: one line to @heard
 *                                           └─▶ what we do not know: dropped
 *
 * libetpan's parser can be brought down by a few bytes, some of them before sign-in. So it never sees a server's own
 * words: what it needs is read here by a small grammar and written anew in its plainest form; a command's end becomes
 * a bare "TAG OK done". What cannot be read, or breaks a limit, is refused, and the session is over. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbImapGuard IbImapGuard;

/* What of the answer to a command the parser gets to see. */
typedef enum {
    IB_IMAP_WANT_NOTHING,
    IB_IMAP_WANT_LIST,
    IB_IMAP_WANT_SEARCH,
    IB_IMAP_WANT_FETCH,
    IB_IMAP_WANT_HEADER, /* a FETCH, too, in which BODY[HEADER] is the body, and nothing else */
} IbImapWant;

/* A whole line of the server's without its end, NUL-terminated, printable or not. */
typedef void (*IbImapHeard) (const char *line, gpointer user_data);

/* The first line is a greeting: it is heard, whatever it is. */
IbImapGuard *ib_imap_guard_new (IbImapHeard heard, gpointer user_data);

/* A command with @tag (> 0) is being sent. An answer to any tag but the oldest open one is refused. */
void ib_imap_guard_sent (IbImapGuard *self, guint tag, IbImapWant want);
/* What the parser may see of these bytes, and of those held back before, is appended to @out. False: refused, for good;
 * *out_why is static text. */
bool ib_imap_guard_feed (IbImapGuard *self, const char *bytes, gsize length, GByteArray *out, const char **out_why);
/* How much of a body is still to come: its bytes need no looking at, and may go past the guard if it is told of them.
 * 0: everything must be fed. */
guint64 ib_imap_guard_body_left (const IbImapGuard *self);
/* So many bytes of it, at most those left, went past. */
void ib_imap_guard_pass_body (IbImapGuard *self, gsize length);
/* The size of the next body that the parser will come to; to be asked once for each that is no header. */
guint64 ib_imap_guard_next_body (IbImapGuard *self);
/* Whether no line or literal is under way. */
bool ib_imap_guard_is_between_lines (const IbImapGuard *self);

void ib_imap_guard_free (IbImapGuard *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbImapGuard, ib_imap_guard_free)
