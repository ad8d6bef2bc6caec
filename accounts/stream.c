/* stream.c - the one way to and from a mail server */
#include "stream.h"
#include "deflate.h"
#include "face.h"
#include "server-limits.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IN_BYTES (16 * 1024)
#define OUT_BYTES (16 * 1024)
/* A server that sends without a pause never makes us wait, so deadline and cancellation are looked at this often too. */
#define CHECK_EVERY_BYTES (256 * 1024)
/* What came fast before the drip began hides it for one window: so two of them are a minute. */
#define RATE_WINDOW_MS (30 * 1000)

struct _IbStream {
    int fd;
    int cancel_fd;
    IbTrust *trust;
    char *host;
    SSL *ssl; /* NULL in clear */
    char *tls_text;
    IbDeflate *deflate; /* NULL: as it is */
    bool are_lines;     /* no read goes beyond the end of one */
    GError *error;      /* the first one; sticks */

    IbStreamGuard guard;
    gpointer guard_data;
    IbStreamBeat beat;
    gpointer beat_data;
    gint64 beat_every_ms, beaten_at_ms;

    gint64 deadline_ms; /* CLOCK_BOOTTIME, 0 for none */
    gint64 stall_ms;
    gint64 waited_ms; /* for the server's bytes, in this rate window */
    gint64 all_waited_ms;
    guint64 window_received;
    guint64 unchecked;

    guint64 received;
    guint64 sent;
    guint64 on_line;        /* received, before it was inflated */
    gsize in_start, in_end; /* bytes not yet read: in clear, by lines, or to be inflated */
    gsize out_length;
    char in[IN_BYTES];
    char out[OUT_BYTES];
};

G_DEFINE_QUARK (ib-stream-error-quark, ib_stream_error)

/* Counts while the machine sleeps. */
static gint64
now_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_BOOTTIME, &now);
    return (gint64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool G_GNUC_PRINTF (3, 4) fail (IbStream *self, IbStreamError code, const char *format, ...)
{
    if (self->error == NULL) {
        va_list arguments;
        va_start (arguments, format);
        self->error = g_error_new_valist (IB_STREAM_ERROR, (gint) code, format, arguments);
        va_end (arguments);
    }
    return false;
}

static bool
report (const IbStream *self, GError **error)
{
    if (error != NULL && *error == NULL)
        *error = g_error_copy (self->error);
    return false;
}

/* --- waiting ------------------------------------------------------------------------------------------------- */

static bool
is_overdue (IbStream *self)
{
    return self->deadline_ms != 0 && now_ms () >= self->deadline_ms;
}

static bool
fail_deadline (IbStream *self)
{
    return fail (self, IB_STREAM_ERROR_TIMEOUT, _ ("%s did not finish in time"), self->host);
}

static bool
fail_cancelled (IbStream *self)
{
    return fail (self, IB_STREAM_ERROR_CANCELLED, _ ("The connection with %s was cancelled"), self->host);
}

/* How long one poll may last: -1 for ever. */
static int
patience (IbStream *self)
{
    gint64 most = self->stall_ms > 0 ? self->stall_ms : -1;
    if (self->deadline_ms != 0) {
        gint64 left = MAX (self->deadline_ms - now_ms (), 0);
        if (most < 0 || left < most)
            most = left;
    }
    return (int) MIN (most, G_MAXINT);
}

static bool
wait_for (IbStream *self, short events)
{
    for (;;) {
        struct pollfd fds[] = { { self->fd, events, 0 }, { self->cancel_fd, POLLIN, 0 } };
        int n = poll (fds, 2, patience (self));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail (self, IB_STREAM_ERROR_IO, _ ("The connection with %s cannot be waited for: %s"),
                         self->host, g_strerror (errno));
        if (fds[1].revents != 0)
            return fail_cancelled (self);
        if (is_overdue (self))
            return fail_deadline (self);
        if (n > 0)
            return true;
        return fail (self, IB_STREAM_ERROR_TIMEOUT, _ ("%s did not answer for %d seconds"), self->host,
                     (int) (self->stall_ms / 1000));
    }
}

/* Only waiting for the server counts against it, not the time that we take for what came. */
static bool
wait_for_bytes (IbStream *self)
{
    gint64 began = now_ms ();
    if (!wait_for (self, POLLIN))
        return false;
    gint64 lasted = now_ms () - began;
    self->waited_ms += lasted;
    self->all_waited_ms += lasted;
    if (self->waited_ms < RATE_WINDOW_MS)
        return true;

    guint64 got = self->received - self->window_received;
    self->waited_ms = 0;
    self->window_received = self->received;
    if (self->stall_ms != 0 && got < IB_LIMIT_SLOWEST_BYTES)
        return fail (self, IB_STREAM_ERROR_TIMEOUT, _ ("%s sends too slowly: %d bytes in half a minute"),
                     self->host, (int) got);
    return true;
}

static bool
check_now_and_then (IbStream *self, gsize got)
{
    self->unchecked += got;
    if (self->unchecked < CHECK_EVERY_BYTES)
        return true;
    self->unchecked = 0;
    struct pollfd cancel = { self->cancel_fd, POLLIN, 0 };
    if (poll (&cancel, 1, 0) > 0)
        return fail_cancelled (self);
    return !is_overdue (self) || fail_deadline (self);
}

/* --- the socket ---------------------------------------------------------------------------------------------- */

static bool
fail_eof (IbStream *self)
{
    return fail (self, IB_STREAM_ERROR_EOF, _ ("%s closed the connection"), self->host);
}

static bool
fail_io (IbStream *self, int code)
{
    return fail (self, IB_STREAM_ERROR_IO, _ ("The connection with %s broke: %s"), self->host,
                 g_strerror (code));
}

static gssize
socket_receive (int fd, void *buffer, gsize size)
{
    gssize n;
    do
        n = recv (fd, buffer, size, 0);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Into a connection that the server has left nothing goes any more, but its last words may still be there to be read:
 * so the next read tells the end, not this. */
static gssize
socket_send (int fd, const void *bytes, gsize length)
{
    gssize n;
    do
        n = send (fd, bytes, length, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 && (errno == EPIPE || errno == ECONNRESET) ? (gssize) length : n;
}

/* OpenSSL's own socket BIO would raise SIGPIPE when the server is gone. */
static int
bio_read (BIO *bio, char *buffer, int size)
{
    IbStream *self = BIO_get_data (bio);
    BIO_clear_retry_flags (bio);
    gssize n = socket_receive (self->fd, buffer, (gsize) size);
    if (n < 0 && errno == EAGAIN)
        BIO_set_retry_read (bio);
    if (n == 0)
        BIO_set_flags (bio, BIO_FLAGS_IN_EOF);
    return (int) n;
}

static int
bio_write (BIO *bio, const char *bytes, int length)
{
    IbStream *self = BIO_get_data (bio);
    BIO_clear_retry_flags (bio);
    gssize n = socket_send (self->fd, bytes, (gsize) length);
    if (n < 0 && errno == EAGAIN)
        BIO_set_retry_write (bio);
    return (int) n;
}

static long
bio_control (BIO *bio, int command, long number, void *pointer)
{
    if (command == BIO_CTRL_EOF)
        return BIO_test_flags (bio, BIO_FLAGS_IN_EOF) != 0;
    return command == BIO_CTRL_FLUSH;
}

static int
bio_create (BIO *bio)
{
    BIO_set_init (bio, 1);
    return 1;
}

static BIO *
bio_new (IbStream *self)
{
    static BIO_METHOD *method;
    if (g_once_init_enter (&method)) {
        BIO_METHOD *made = BIO_meth_new (BIO_get_new_index () | BIO_TYPE_SOURCE_SINK, "mail server");
        BIO_meth_set_read (made, bio_read);
        BIO_meth_set_write (made, bio_write);
        BIO_meth_set_ctrl (made, bio_control);
        BIO_meth_set_create (made, bio_create);
        g_once_init_leave (&method, made);
    }
    BIO *bio = BIO_new (method);
    BIO_set_data (bio, self);
    return bio;
}

/* --- TLS ----------------------------------------------------------------------------------------------------- */

/* Why there is no handshake, in words that name a setting where one would help. */
static bool
fail_handshake (IbStream *self, unsigned long code)
{
    const char *reason = code != 0 ? ERR_reason_error_string (code) : NULL;
    switch (ERR_GET_REASON (code)) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
        return fail (
            self, IB_STREAM_ERROR_TLS,
            ib_face_words (
                _ ("%s does not speak TLS on this port. Check port= and security= (tls belongs to ports 993 and "
                   "995, starttls to 143 and 110)."),
                _ ("%s does not speak TLS on this port. Check the port and the security (TLS belongs to ports 993 and "
                   "995, STARTTLS to 143 and 110).")),
            self->host);
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
        return fail (
            self, IB_STREAM_ERROR_TLS,
            _ ("%s offers no TLS 1.2 or later, and older TLS is not safe: its operator must update it."),
            self->host);
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_WRONG_CIPHER_RETURNED:
    case SSL_R_DH_KEY_TOO_SMALL:
        return fail (self, IB_STREAM_ERROR_TLS,
                     _ ("%s offers no cipher that is safe: its operator must update it."), self->host);
    default:
        return fail (self, IB_STREAM_ERROR_TLS, _ ("No TLS connection with %s: %s"), self->host,
                     reason != NULL ? reason : _ ("it broke off"));
    }
}

static bool
fail_tls (IbStream *self, int kind, int system_error)
{
    unsigned long code = ERR_get_error ();
    const char *refusal = ib_trust_get_refusal (self->trust);
    if (refusal != NULL)
        return fail (self, IB_STREAM_ERROR_CERTIFICATE, "%s", refusal);
    if (kind == SSL_ERROR_ZERO_RETURN || ERR_GET_REASON (code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return fail_eof (self);
    if (kind == SSL_ERROR_SYSCALL && code == 0)
        return system_error != 0 ? fail_io (self, system_error) : fail_eof (self);
    if (!SSL_is_init_finished (self->ssl))
        return fail_handshake (self, code);
    /* Signed in or not, a record that was tampered with and one that the line garbled look the same. */
    return fail (self, IB_STREAM_ERROR_IO, _ ("TLS with %s broke: %s"), self->host,
                 ERR_reason_error_string (code));
}

/* After an SSL call returned @result: true if it is worth repeating, once what it waited for is there. */
static bool
tls_wait (IbStream *self, int result)
{
    int system_error = errno;
    int kind = SSL_get_error (self->ssl, result);
    if (kind == SSL_ERROR_WANT_READ)
        return wait_for_bytes (self);
    if (kind == SSL_ERROR_WANT_WRITE)
        return wait_for (self, POLLOUT);
    return fail_tls (self, kind, system_error);
}

static bool
shake_hands (IbStream *self)
{
    for (;;) {
        ERR_clear_error ();
        errno = 0;
        int result = SSL_connect (self->ssl);
        if (result == 1)
            return true;
        if (!tls_wait (self, result))
            return false;
    }
}

/* Nobody but us may speak before our hello. */
static bool
has_clear_bytes (IbStream *self)
{
    char byte;
    return self->in_start < self->in_end || recv (self->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static bool
begin_tls (IbStream *self)
{
    self->ssl = ib_trust_new_ssl (self->trust, self->host);
    if (self->ssl == NULL)
        return fail (self, IB_STREAM_ERROR_TLS,
                     ib_face_words (_ ("No certificate can be for host=%s"),
                                    _ ("No certificate can be for a server of the name %s")),
                     self->host);
    BIO *bio = bio_new (self);
    SSL_set_bio (self->ssl, bio, bio);
    if (!shake_hands (self))
        return false;
    if (!ib_trust_accepts (self->trust, self->ssl))
        return fail (self, IB_STREAM_ERROR_CERTIFICATE, "%s",
                     ib_trust_get_refusal (self->trust) != NULL ? ib_trust_get_refusal (self->trust)
                                                                : _ ("The certificate was not verified"));
    self->tls_text
        = g_strdup_printf ("%s, %s%s", SSL_get_version (self->ssl), SSL_get_cipher_name (self->ssl),
                           SSL_session_reused (self->ssl) ? ", resumed" : "");
    return true;
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
    return self->tls_text != NULL ? ib_trust_get_ticket (self->trust) : NULL;
}

bool
ib_stream_start_tls (IbStream *self, GError **error)
{
    g_assert (self->ssl == NULL && self->trust != NULL);
    if (self->error == NULL && self->received > 0 && has_clear_bytes (self))
        fail (
            self, IB_STREAM_ERROR_INJECTED,
            ib_face_words (
                _ ("Something on the way to %s slipped bytes in where TLS should begin. Do not use this network for mail, "
                   "or use security=tls."),
                _ ("Something on the way to %s slipped bytes in where TLS should begin. Do not use this network for mail, "
                   "or choose TLS as the security.")),
            self->host);
    if (self->error == NULL)
        begin_tls (self);
    return self->error == NULL || report (self, error);
}

/* --- reading ------------------------------------------------------------------------------------------------- */

static gsize
receive_clear (IbStream *self, void *buffer, gsize size)
{
    for (;;) {
        gssize n = socket_receive (self->fd, buffer, size);
        if (n > 0)
            return (gsize) n;
        if (n == 0) {
            fail_eof (self);
            return 0;
        }
        if (errno != EAGAIN) {
            fail_io (self, errno);
            return 0;
        }
        if (!wait_for_bytes (self))
            return 0;
    }
}

static gsize
receive_tls (IbStream *self, void *buffer, gsize size)
{
    for (;;) {
        gsize n = 0;
        ERR_clear_error ();
        errno = 0;
        int result = SSL_read_ex (self->ssl, buffer, size, &n);
        if (result == 1)
            return n;
        if (!tls_wait (self, result))
            return 0;
    }
}

/* What the line brings next; 0 on error. */
static gsize
receive (IbStream *self, void *buffer, gsize size)
{
    gsize n = self->ssl != NULL ? receive_tls (self, buffer, size) : receive_clear (self, buffer, size);
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
            fail (self, IB_STREAM_ERROR_DEFLATE,
                  _ ("%s agreed to COMPRESS=DEFLATE, and what it sends cannot be read: %s"), self->host, why);
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
    bool is_in_pieces = self->ssl == NULL || self->are_lines || self->in_start < self->in_end;
    return is_in_pieces ? read_by_lines (self, buffer, size) : receive (self, buffer, size);
}

static bool
pass_guard (IbStream *self, const char *bytes, gsize length)
{
    const char *why = "";
    if (self->guard == NULL || self->guard (bytes, length, &why, self->guard_data))
        return true;
    return fail (self, IB_STREAM_ERROR_GUARD, _ ("%s sent what a mail server must not send: %s"), self->host,
                 why);
}

static void
beat_now_and_then (IbStream *self)
{
    if (self->beat == NULL)
        return;
    gint64 now = now_ms ();
    if (now - self->beaten_at_ms < self->beat_every_ms)
        return;
    self->beaten_at_ms = now;
    self->beat (self->received, self->beat_data);
}

gssize
ib_stream_read (IbStream *self, void *buffer, gsize size, GError **error)
{
    g_assert (size > 0);
    if (self->error != NULL) {
        report (self, error);
        return -1;
    }
    gsize n = read_some (self, buffer, size);
    self->received += n;
    if (n == 0 || !pass_guard (self, buffer, n) || !check_now_and_then (self, n)) {
        report (self, error);
        return -1;
    }
    beat_now_and_then (self);
    return (gssize) n;
}

/* Whether the line has anything to be taken from it, were it the end. */
static bool
has_arrived (IbStream *self)
{
    char byte;
    gsize n = 0;
    if (self->ssl == NULL)
        return recv (self->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
    /* Looking also eats what is no data: session tickets make the socket readable, and a read would wait. */
    ERR_clear_error ();
    int result = SSL_peek_ex (self->ssl, &byte, 1, &n);
    int kind = SSL_get_error (self->ssl, result);
    return result == 1 || (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE);
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
    if (self->error != NULL)
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

/* 0: nothing yet, though the socket woke us: what came was no data. */
static int
wait_for_either (IbStream *self, int other_fd)
{
    struct pollfd fds[]
        = { { self->fd, POLLIN, 0 }, { self->cancel_fd, POLLIN, 0 }, { other_fd, POLLIN, 0 } };
    int n = poll (fds, G_N_ELEMENTS (fds), -1);
    if (n < 0 && errno != EINTR)
        fail_io (self, errno);
    else if (n > 0 && fds[1].revents != 0)
        fail_cancelled (self);
    if (self->error != NULL)
        return -1;
    return n > 0 && fds[2].revents != 0 && fds[0].revents == 0;
}

bool
ib_stream_wait (IbStream *self, int other_fd, bool *out_is_other, GError **error)
{
    int other = 0;
    while (other == 0 && !ib_stream_has_pending (self))
        other = wait_for_either (self, other_fd);
    self->beaten_at_ms = now_ms ();
    if (other < 0)
        return report (self, error);
    *out_is_other = other > 0;
    return true;
}

/* --- writing ------------------------------------------------------------------------------------------------- */

static gsize
send_clear (IbStream *self, const char *bytes, gsize length)
{
    for (;;) {
        gssize n = socket_send (self->fd, bytes, length);
        if (n >= 0)
            return (gsize) n;
        if (errno != EAGAIN) {
            fail_io (self, errno);
            return 0;
        }
        if (!wait_for (self, POLLOUT))
            return 0;
    }
}

static gsize
send_tls (IbStream *self, const char *bytes, gsize length)
{
    for (;;) {
        gsize n = 0;
        ERR_clear_error ();
        errno = 0;
        int result = SSL_write_ex (self->ssl, bytes, length, &n);
        if (result == 1)
            return n;
        if (!tls_wait (self, result))
            return 0;
    }
}

static bool
send_all (IbStream *self, const char *bytes, gsize length)
{
    for (gsize at = 0; at < length;) {
        gsize n = self->ssl != NULL ? send_tls (self, bytes + at, length - at)
                                    : send_clear (self, bytes + at, length - at);
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
    while (length > 0 && self->error == NULL) {
        gsize n = MIN (length, sizeof self->out - self->out_length);
        memcpy (self->out + self->out_length, from, n);
        self->out_length += n;
        from += n;
        length -= n;
        if (self->out_length == sizeof self->out)
            drain (self);
    }
    return self->error == NULL || report (self, error);
}

bool
ib_stream_flush (IbStream *self, GError **error)
{
    if (self->error == NULL)
        drain (self);
    return self->error == NULL || report (self, error);
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
    if (self->error == NULL && is_plain_behind (self))
        fail (self, IB_STREAM_ERROR_DEFLATE,
              _ ("%s agreed to COMPRESS=DEFLATE, and said more that is not compressed"), self->host);
    if (self->error == NULL)
        self->deflate = ib_deflate_new ();
    return self->error == NULL || report (self, error);
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
    self->fd = fd;
    self->cancel_fd = cancel_fd;
    self->trust = trust;
    self->host = g_strdup (host);
    self->stall_ms = IB_LIMIT_STALL_MS;
    int flags = fcntl (fd, F_GETFL);
    if (flags < 0 || fcntl (fd, F_SETFL, flags | O_NONBLOCK) != 0)
        fail_io (self, errno);
    return self;
}

bool
ib_stream_is_encrypted (const IbStream *self)
{
    return self->tls_text != NULL;
}

const char *
ib_stream_describe_tls (const IbStream *self)
{
    return self->tls_text != NULL ? self->tls_text : "";
}

void
ib_stream_set_beat (IbStream *self, gint64 every_ms, IbStreamBeat beat, gpointer user_data)
{
    self->beat = beat;
    self->beat_data = user_data;
    self->beat_every_ms = every_ms;
    self->beaten_at_ms = now_ms ();
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
    self->deadline_ms = in_ms > 0 ? now_ms () + in_ms : 0;
}

void
ib_stream_set_stall (IbStream *self, gint64 stall_ms)
{
    self->stall_ms = stall_ms;
}

const GError *
ib_stream_get_error (const IbStream *self)
{
    return self->error;
}

void
ib_stream_fail (IbStream *self, IbStreamError code, const char *text)
{
    fail (self, code, "%s", text);
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
    *out_waited_ms = self->all_waited_ms;
}

void
ib_stream_end (IbStream *self)
{
    if (self->ssl != NULL)
        SSL_set_shutdown (self->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void
ib_stream_free (IbStream *self)
{
    if (self == NULL)
        return;
    if (self->ssl != NULL && self->error == NULL) {
        ERR_clear_error ();
        (void) SSL_shutdown (self->ssl); /* a courtesy; nothing waits for the answer */
    }
    SSL_free (self->ssl);
    ib_deflate_free (self->deflate);
    close (self->fd);
    explicit_bzero (self->out, sizeof self->out);
    g_clear_error (&self->error);
    g_free (self->tls_text);
    g_free (self->host);
    g_free (self);
}
