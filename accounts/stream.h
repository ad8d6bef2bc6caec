/* stream.h - the one way to and from a mail server
 *
 * A connected socket, clear at first if the protocol wants STARTTLS/STLS, TLS from then on (OpenSSL, 1.2 or later,
 * security level 2, chain and name verified against subjectAltName only). Every wait has a deadline that counts
 * suspended time too, and ends at once when the cancel descriptor becomes readable. The first error sticks: each
 * later call fails with it without touching the socket, so no library can do I/O on a dead session. A guard, if
 * set, sees every received byte before anybody parses it. */
#pragma once

#include "stream-error.h"
#include "trust.h"

typedef struct _IbStream IbStream;

/* Takes @fd, a connected socket, and makes it non-blocking; sets no other option of it. @cancel_fd, -1 for none, stays
 * the caller's. @trust stays the caller's too and must outlive the stream; NULL if there will be no TLS. @host is what
 * the certificate must be for: a name or an address. */
IbStream *ib_stream_new (int fd, int cancel_fd, IbTrust *trust, const char *host);

/* TLS from here on. INJECTED when anything came in clear beyond what was read: a server has nothing to say before our
 * hello. */
bool ib_stream_start_tls (IbStream *self, GError **error);
/* Before that: what an earlier stream to the same server left (ib_stream_get_ticket ()) may shorten the handshake. It is not
 * used if anything has changed of whom is trusted, nor long. @ticket must live until then. */
void ib_stream_resume (IbStream *self, const IbSecret *ticket);
/* For a later stream; NULL if the server gave none so far. Returns: (transfer full) (nullable) */
IbSecret *ib_stream_get_ticket (const IbStream *self);
bool ib_stream_is_encrypted (const IbStream *self);
/* "TLSv1.3, TLS_AES_256_GCM_SHA384", and ", resumed" where it was; "" in clear. */
const char *ib_stream_describe_tls (const IbStream *self);

/* Until the other way round is said, no read goes beyond the end of a line: so what stands behind an answer is left for
 * whatever that answer begins. In clear it is always so. */
void ib_stream_read_lines (IbStream *self, bool are_lines);
/* Both sides deflate from here on (RFC 4978), inside TLS: what came beyond what was read is the beginning of that. DEFLATE when it
 * is plain. Not to be said twice. */
bool ib_stream_start_deflate (IbStream *self, GError **error);
bool ib_stream_is_deflated (const IbStream *self);

/* At least one byte, at most @size; never 0: the end is an error. -1 on error. In clear never beyond the end of a line,
 * so that what follows the answer to STARTTLS cannot hide in anybody's buffer. */
gssize ib_stream_read (IbStream *self, void *buffer, gsize size, GError **error);
/* So many bytes more are on their way, by all that is known: what has many to come may pile up before it is read. */
void ib_stream_expect (IbStream *self, guint64 bytes);
/* Whether a read would return at once, with bytes or an error. */
bool ib_stream_has_pending (IbStream *self);
/* Waits until a read would, or until @other_fd is readable (*out_is_other; bytes go first), however long that takes: no
 * deadline and no stall counts, no timer runs, and the next beat is a whole interval away. False: cancelled. */
bool ib_stream_wait (IbStream *self, int other_fd, bool *out_is_other, GError **error);
/* Writes are gathered until flush. */
bool ib_stream_write (IbStream *self, const void *bytes, gsize length, GError **error);
bool ib_stream_flush (IbStream *self, GError **error);

/* Sees each chunk of received bytes first; false with *out_why (static text) fails the stream with GUARD. */
typedef bool (*IbStreamGuard) (const char *bytes, gsize length, const char **out_why, gpointer user_data);
void ib_stream_set_guard (IbStream *self, IbStreamGuard guard, gpointer user_data);

/* Called when bytes came, at most once in @every_ms: so that whoever waits behind a long message hears that it goes on. */
typedef void (*IbStreamBeat) (guint64 received, gpointer user_data);
void ib_stream_set_beat (IbStream *self, gint64 every_ms, IbStreamBeat beat, gpointer user_data);

/* Fails the session unless it is moved forward or lifted (0) by then; milliseconds from now, CLOCK_BOOTTIME. */
void ib_stream_set_deadline (IbStream *self, gint64 in_ms);
/* So long may one wait last without a byte; IB_LIMIT_STALL_MS unless set, 0: until the deadline. */
void ib_stream_set_stall (IbStream *self, gint64 stall_ms);
/* The sticky error, or NULL. */
const GError *ib_stream_get_error (const IbStream *self);
/* Fails the stream from outside (a parser gave up): sticks like any other. */
void ib_stream_fail (IbStream *self, IbStreamError code, const char *text);
/* Received and sent on the wire's inner side. */
void ib_stream_get_counts (const IbStream *self, guint64 *out_received, guint64 *out_sent);
/* What came over the line, TLS taken off and nothing inflated, and how long we waited for it, all in all. */
void ib_stream_get_line (const IbStream *self, guint64 *out_bytes, gint64 *out_waited_ms);

/* Both have said goodbye: free () will not do so once more. */
void ib_stream_end (IbStream *self);
void ib_stream_free (IbStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbStream, ib_stream_free)
