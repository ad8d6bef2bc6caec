/* stream.c - the one way to and from a mail server */
#include "stream.h"
#include "connection.h"
#include "deflate.h"
#include "face.h"
#include "tls.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define IN_BYTES (16 * 1024)
#define OUT_BYTES (16 * 1024)

struct _IbStream {
    IbConnection *connection;
    IbTrust *trust;
    IbTls *tls;         /* NULL in clear */
    IbDeflate *deflate; /* NULL: as it is */
    bool are_lines;     /* no read goes beyond the end of one */

    IbStreamGuard guard;
    gpointer guard_data;
    IbStreamBeat beat;
    gpointer beat_data;
    gint64 beat_every_ms, beaten_at_ms;

    guint64 received;
    guint64 sent;
    guint64 on_line;        /* received, before it was inflated */
    gsize in_start, in_end; /* bytes not yet read: in clear, by lines, or to be inflated */
    gsize out_length;
    char in[IN_BYTES];
    char out[OUT_BYTES];
};

G_DEFINE_QUARK (ib-stream-error-quark, ib_stream_error)

static bool
is_broken (const IbStream *self)
{
    return ib_connection_get_error (self->connection) != NULL;
}

/* Whether it still is whole; if not, says why. */
static bool
is_whole (const IbStream *self, GError **error)
{
    const GError *first = ib_connection_get_error (self->connection);
    if (first != NULL && error != NULL && *error == NULL)
        *error = g_error_copy (first);
    return first == NULL;
}

/* --- TLS ----------------------------------------------------------------------------------------------------- */

/* Nobody but us may speak before our hello. */
static bool
has_clear_bytes (IbStream *self)
{
    return self->in_start < self->in_end || ib_connection_look (self->connection) == IB_ARRIVED_BYTES;
}

void
ib_stream_resume (IbStream *self, const IbSecret *ticket)
{
    if (self->trust != NULL)
        ib_trust_offer (self->trust, ticket);
}

IbSecret *
ib_stream_get_ticket (const IbStream *self)
{
    return self->tls != NULL ? ib_trust_get_ticket (self->trust) : NULL;
}

bool
ib_stream_start_tls (IbStream *self, GError **error)
{
    g_assert (self->tls == NULL && self->trust != NULL);
    if (!is_broken (self) && self->received > 0 && has_clear_bytes (self))
        ib_connection_fail (
            self->connection, IB_STREAM_ERROR_INJECTED,
            ib_face_words (
                _ ("Something on the way to %s slipped bytes in where TLS should begin. Do not use this network for mail, "
                   "or use security=tls."),
                _ ("Something on the way to %s slipped bytes in where TLS should begin. Do not use this network for mail, "
                   "or choose TLS as the security.")),
            ib_connection_get_host (self->connection));
    if (!is_broken (self))
        self->tls = ib_tls_new (self->connection, self->trust);
    return is_whole (self, error);
}

/* --- reading ------------------------------------------------------------------------------------------------- */

/* What the line brings next; 0 on error. */
static gsize
receive (IbStream *self, void *buffer, gsize size)
{
    gsize n = self->tls != NULL ? ib_tls_receive (self->tls, buffer, size)
                                : ib_connection_receive (self->connection, buffer, size);
    self->on_line += n;
    return n;
}

static bool
fill (IbStream *self)
{
    self->in_start = 0;
    self->in_end = receive (self, self->in, sizeof self->in);
    return self->in_end > 0;
}

static gsize
read_by_lines (IbStream *self, void *buffer, gsize size)
{
    if (self->in_start == self->in_end && !fill (self))
        return 0;
    gsize n = MIN (size, self->in_end - self->in_start);
    const char *from = self->in + self->in_start;
    const char *line_end = memchr (from, '\n', n);
    if (line_end != NULL)
        n = (gsize) (line_end + 1 - from);
    memcpy (buffer, from, n);
    self->in_start += n;
    return n;
}

static gsize
read_deflated (IbStream *self, void *buffer, gsize size)
{
    for (;;) {
        const char *from = self->in + self->in_start, *why = NULL;
        gsize left = self->in_end - self->in_start;
        gssize n = ib_deflate_read (self->deflate, &from, &left, buffer, size, &why);
        self->in_start = self->in_end - left;
        if (n > 0)
            return (gsize) n;
        if (n < 0) {
            ib_connection_fail (self->connection, IB_STREAM_ERROR_DEFLATE,
                                _ ("%s agreed to COMPRESS=DEFLATE, and what it sends cannot be read: %s"),
                                ib_connection_get_host (self->connection), why);
            return 0;
        }
        if (!fill (self))
            return 0;
    }
}

/* What is left of the lines goes first, when they are not asked for any more. */
static gsize
read_some (IbStream *self, void *buffer, gsize size)
{
    if (self->deflate != NULL)
        return read_deflated (self, buffer, size);
    bool is_in_pieces = self->tls == NULL || self->are_lines || self->in_start < self->in_end;
    return is_in_pieces ? read_by_lines (self, buffer, size) : receive (self, buffer, size);
}

static bool
pass_guard (IbStream *self, const char *bytes, gsize length)
{
    const char *why = "";
    if (self->guard == NULL || self->guard (bytes, length, &why, self->guard_data))
        return true;
    return ib_connection_fail (self->connection, IB_STREAM_ERROR_GUARD,
                               _ ("%s sent what a mail server must not send: %s"),
                               ib_connection_get_host (self->connection), why);
}

static void
beat_now_and_then (IbStream *self)
{
    if (self->beat == NULL)
        return;
    gint64 now = ib_connection_now_ms ();
    if (now - self->beaten_at_ms < self->beat_every_ms)
        return;
    self->beaten_at_ms = now;
    self->beat (self->received, self->beat_data);
}

gssize
ib_stream_read (IbStream *self, void *buffer, gsize size, GError **error)
{
    g_assert (size > 0);
    if (!is_whole (self, error))
        return -1;
    gsize n = read_some (self, buffer, size);
    self->received += n;
    if (n == 0 || !pass_guard (self, buffer, n) || !ib_connection_pass (self->connection, n)) {
        (void) is_whole (self, error);
        return -1;
    }
    beat_now_and_then (self);
    return (gssize) n;
}

void
ib_stream_expect (IbStream *self, guint64 bytes)
{
    ib_connection_expect (self->connection, bytes);
}

/* Whether the line has anything to be taken from it, were it the end. */
static bool
has_arrived (IbStream *self)
{
    return self->tls != NULL ? ib_tls_has_arrived (self->tls)
                             : ib_connection_look (self->connection) != IB_ARRIVED_NOTHING;
}

static bool
has_inflated (IbStream *self)
{
    const char *from = self->in + self->in_start;
    gsize left = self->in_end - self->in_start;
    bool has_some = ib_deflate_has_pending (self->deflate, &from, &left);
    self->in_start = self->in_end - left;
    return has_some;
}

bool
ib_stream_has_pending (IbStream *self)
{
    if (is_broken (self))
        return true;
    if (self->deflate == NULL)
        return self->in_start < self->in_end || has_arrived (self);
    /* What came may be the end of a block, of which nothing comes. */
    while (!has_inflated (self)) {
        if (!has_arrived (self))
            return false;
        if (!fill (self))
            return true;
    }
    return true;
}

bool
ib_stream_wait (IbStream *self, int other_fd, bool *out_is_other, GError **error)
{
    int other = 0;
    while (other == 0 && !ib_stream_has_pending (self))
        other = ib_connection_wait_for_either (self->connection, other_fd);
    self->beaten_at_ms = ib_connection_now_ms ();
    if (other < 0)
        return is_whole (self, error);
    *out_is_other = other > 0;
    return true;
}

/* --- writing ------------------------------------------------------------------------------------------------- */

static bool
send_all (IbStream *self, const char *bytes, gsize length)
{
    for (gsize at = 0; at < length;) {
        gsize n = self->tls != NULL ? ib_tls_send (self->tls, bytes + at, length - at)
                                    : ib_connection_send (self->connection, bytes + at, length - at);
        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

static bool
send_deflated (IbStream *self, const char *bytes, gsize length)
{
    g_autoptr (GByteArray) packed = g_byte_array_new ();
    ib_deflate_write (self->deflate, bytes, length, packed);
    return send_all (self, (const char *) packed->data, packed->len);
}

static bool
drain (IbStream *self)
{
    bool is_sent = self->out_length == 0
                   || (self->deflate != NULL ? send_deflated (self, self->out, self->out_length)
                                             : send_all (self, self->out, self->out_length));
    if (!is_sent)
        return false;
    self->sent += self->out_length;
    explicit_bzero (self->out, self->out_length); /* a password may have been among it */
    self->out_length = 0;
    return true;
}

bool
ib_stream_write (IbStream *self, const void *bytes, gsize length, GError **error)
{
    const char *from = bytes;
    while (length > 0 && !is_broken (self)) {
        gsize n = MIN (length, sizeof self->out - self->out_length);
        memcpy (self->out + self->out_length, from, n);
        self->out_length += n;
        from += n;
        length -= n;
        if (self->out_length == sizeof self->out)
            drain (self);
    }
    return is_whole (self, error);
}

bool
ib_stream_flush (IbStream *self, GError **error)
{
    if (!is_broken (self))
        drain (self);
    return is_whole (self, error);
}

/* --- COMPRESS=DEFLATE ---------------------------------------------------------------------------------------- */

void
ib_stream_read_lines (IbStream *self, bool are_lines)
{
    self->are_lines = are_lines;
}

/* Whether what has come behind the agreement is plain. RFC 4978, 3: all behind its line is compressed, and what a server says
 * unasked begins with "*"; no stream of deflate for which that holds begins with the byte "*" or "+" itself. What is plain and
 * begins otherwise is nothing that inflates to an answer. */
static bool
is_plain_behind (IbStream *self)
{
    if (self->in_start == self->in_end && (!has_arrived (self) || !fill (self)))
        return false;
    char first = self->in[self->in_start];
    return first == '*' || first == '+';
}

bool
ib_stream_start_deflate (IbStream *self, GError **error)
{
    g_assert (self->deflate == NULL && self->out_length == 0);
    if (!is_broken (self) && is_plain_behind (self))
        ib_connection_fail (self->connection, IB_STREAM_ERROR_DEFLATE,
                            _ ("%s agreed to COMPRESS=DEFLATE, and said more that is not compressed"),
                            ib_connection_get_host (self->connection));
    if (!is_broken (self))
        self->deflate = ib_deflate_new ();
    return is_whole (self, error);
}

bool
ib_stream_is_deflated (const IbStream *self)
{
    return self->deflate != NULL;
}

/* --- the rest ------------------------------------------------------------------------------------------------ */

IbStream *
ib_stream_new (int fd, int cancel_fd, IbTrust *trust, const char *host)
{
    IbStream *self = g_new0 (IbStream, 1);
    self->connection = ib_connection_new (fd, cancel_fd, host);
    self->trust = trust;
    return self;
}

bool
ib_stream_is_encrypted (const IbStream *self)
{
    return self->tls != NULL;
}

const char *
ib_stream_describe_tls (const IbStream *self)
{
    return self->tls != NULL ? ib_tls_describe (self->tls) : "";
}

void
ib_stream_set_beat (IbStream *self, gint64 every_ms, IbStreamBeat beat, gpointer user_data)
{
    self->beat = beat;
    self->beat_data = user_data;
    self->beat_every_ms = every_ms;
    self->beaten_at_ms = ib_connection_now_ms ();
}

void
ib_stream_set_guard (IbStream *self, IbStreamGuard guard, gpointer user_data)
{
    self->guard = guard;
    self->guard_data = user_data;
}

void
ib_stream_set_deadline (IbStream *self, gint64 in_ms)
{
    ib_connection_set_deadline (self->connection, in_ms);
}

void
ib_stream_set_stall (IbStream *self, gint64 stall_ms)
{
    ib_connection_set_stall (self->connection, stall_ms);
}

const GError *
ib_stream_get_error (const IbStream *self)
{
    return ib_connection_get_error (self->connection);
}

void
ib_stream_fail (IbStream *self, IbStreamError code, const char *text)
{
    ib_connection_fail (self->connection, code, "%s", text);
}

void
ib_stream_get_counts (const IbStream *self, guint64 *out_received, guint64 *out_sent)
{
    *out_received = self->received;
    *out_sent = self->sent;
}

void
ib_stream_get_line (const IbStream *self, guint64 *out_bytes, gint64 *out_waited_ms)
{
    *out_bytes = self->on_line;
    *out_waited_ms = ib_connection_get_waited_ms (self->connection);
}

void
ib_stream_end (IbStream *self)
{
    if (self->tls != NULL)
        ib_tls_end (self->tls);
}

void
ib_stream_free (IbStream *self)
{
    if (self == NULL)
        return;
    ib_tls_free (self->tls);
    ib_deflate_free (self->deflate);
    ib_connection_free (self->connection);
    explicit_bzero (self->out, sizeof self->out);
    g_free (self);
}
