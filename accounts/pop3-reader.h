/* pop3-reader.h - a POP3 server's answers, one at a time
 *
 * Constant memory, whatever the server sends: lines are cut, texts stream through with their dots unstuffed and every
 * other byte (NUL, lone CR and LF, 8-bit) as served. Nonsense fails the stream, so that nothing is read or written on it
 * any more. Errors are the stream's. */
#pragma once

#include "stream.h"

typedef struct _IbPop3Reader IbPop3Reader;

/* @stream stays the caller's. */
IbPop3Reader *ib_pop3_reader_new (IbStream *stream);
void ib_pop3_reader_free (IbPop3Reader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPop3Reader, ib_pop3_reader_free)

typedef enum {
    IB_POP3_OK,       /* +OK */
    IB_POP3_ERR,      /* -ERR */
    IB_POP3_CONTINUE, /* + : the next word of a sign-in is awaited */
} IbPop3Status;

/* Reads a status line. *out_text is what follows the status, valid until the next call. */
bool ib_pop3_reader_status (IbPop3Reader *self, IbPop3Status *out_status, const char **out_text,
                            GError **error);

/* The next line of a multi-line answer, unstuffed, cut at IB_LIMIT_POP3_LINE_BYTES, its NULs as "?"; NULL after the
 * last. Valid until the next call. */
bool ib_pop3_reader_line (IbPop3Reader *self, const char **out_line, GError **error);

/* A multi-line answer as bytes, given to @sink as they come, up to the final dot. *out_length: how many. False also
 * when @sink said so: the rest is then unread. */
typedef bool (*IbPop3Sink) (const char *bytes, gsize length, gpointer user_data, GError **error);
bool ib_pop3_reader_text (IbPop3Reader *self, IbPop3Sink sink, gpointer user_data, guint64 *out_length,
                          GError **error);

/* The first byte of what comes next; waits for it. */
bool ib_pop3_reader_peek (IbPop3Reader *self, char *out_byte, GError **error);
/* Whether something is there to be read: an answer, or the connection's end. Does not wait. */
bool ib_pop3_reader_has_more (IbPop3Reader *self);
/* No answer is awaited: fails if there is one, for then the server is out of step. Does not wait. */
bool ib_pop3_reader_check_silence (IbPop3Reader *self, GError **error);

/* Fails the stream: @why says what the server did. Always returns false. */
bool ib_pop3_reader_fail (IbPop3Reader *self, const char *why, GError **error);
