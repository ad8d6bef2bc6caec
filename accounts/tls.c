/* tls.c - TLS on a connection */
#include "tls.h"
#include "face.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

struct _IbTls {
    IbConnection *connection;
    IbTrust *trust;
    SSL *ssl;
    char *text;
};

/* --- the connection, as OpenSSL reads and writes it ---------------------------------------------------------- */

/* OpenSSL's own socket BIO would raise SIGPIPE when the server is gone. */
static int
bio_read (BIO *bio, char *buffer, int size)
{
    BIO_clear_retry_flags (bio);
    gssize n = ib_connection_try_receive (BIO_get_data (bio), buffer, (gsize) size);
    if (n < 0 && errno == EAGAIN)
        BIO_set_retry_read (bio);
    if (n == 0)
        BIO_set_flags (bio, BIO_FLAGS_IN_EOF);
    return (int) n;
}

static int
bio_write (BIO *bio, const char *bytes, int length)
{
    BIO_clear_retry_flags (bio);
    gssize n = ib_connection_try_send (BIO_get_data (bio), bytes, (gsize) length);
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
bio_new (IbConnection *connection)
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
    BIO_set_data (bio, connection);
    return bio;
}

/* --- what goes wrong ----------------------------------------------------------------------------------------- */

/* Why there is no handshake, in words that name a setting where one would help. */
static bool
fail_handshake (IbConnection *connection, unsigned long code)
{
    const char *host = ib_connection_get_host (connection);
    const char *reason = code != 0 ? ERR_reason_error_string (code) : NULL;
    switch (ERR_GET_REASON (code)) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
        return ib_connection_fail (
            connection, IB_STREAM_ERROR_TLS,
            ib_face_words (
                _ ("%s does not speak TLS on this port. Check port= and security= (tls belongs to ports 993 and "
                   "995, starttls to 143 and 110)."),
                _ ("%s does not speak TLS on this port. Check the port and the security (TLS belongs to ports 993 and "
                   "995, STARTTLS to 143 and 110).")),
            host);
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
        return ib_connection_fail (
            connection, IB_STREAM_ERROR_TLS,
            _ ("%s offers no TLS 1.2 or later, and older TLS is not safe: its operator must update it."),
            host);
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_WRONG_CIPHER_RETURNED:
    case SSL_R_DH_KEY_TOO_SMALL:
        return ib_connection_fail (connection, IB_STREAM_ERROR_TLS,
                                   _ ("%s offers no cipher that is safe: its operator must update it."),
                                   host);
    default:
        return ib_connection_fail (connection, IB_STREAM_ERROR_TLS, _ ("No TLS connection with %s: %s"), host,
                                   reason != NULL ? reason : _ ("it broke off"));
    }
}

static bool
fail_with (IbTls *self, int kind, int system_error)
{
    unsigned long code = ERR_get_error ();
    const char *refusal = ib_trust_get_refusal (self->trust);
    if (refusal != NULL)
        return ib_connection_fail (self->connection, IB_STREAM_ERROR_CERTIFICATE, "%s", refusal);
    if (kind == SSL_ERROR_ZERO_RETURN || ERR_GET_REASON (code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return ib_connection_fail_eof (self->connection);
    if (kind == SSL_ERROR_SYSCALL && code == 0)
        return system_error != 0 ? ib_connection_fail_io (self->connection, system_error)
                                 : ib_connection_fail_eof (self->connection);
    if (!SSL_is_init_finished (self->ssl))
        return fail_handshake (self->connection, code);
    /* Signed in or not, a record that was tampered with and one that the line garbled look the same. */
    return ib_connection_fail (self->connection, IB_STREAM_ERROR_IO, _ ("TLS with %s broke: %s"),
                               ib_connection_get_host (self->connection), ERR_reason_error_string (code));
}

/* After an SSL call returned @result: true if it is worth repeating, once what it waited for is there. */
static bool
await (IbTls *self, int result)
{
    int system_error = errno;
    int kind = SSL_get_error (self->ssl, result);
    if (kind == SSL_ERROR_WANT_READ)
        return ib_connection_wait_for_bytes (self->connection);
    if (kind == SSL_ERROR_WANT_WRITE)
        return ib_connection_wait_for_room (self->connection);
    return fail_with (self, kind, system_error);
}

/* --- from the first hello to the last ------------------------------------------------------------------------- */

static bool
shake_hands (IbTls *self)
{
    for (;;) {
        ERR_clear_error ();
        errno = 0;
        int result = SSL_connect (self->ssl);
        if (result == 1)
            return true;
        if (!await (self, result))
            return false;
    }
}

static bool
begin (IbTls *self)
{
    const char *host = ib_connection_get_host (self->connection);
    self->ssl = ib_trust_new_ssl (self->trust, host);
    if (self->ssl == NULL)
        return ib_connection_fail (self->connection, IB_STREAM_ERROR_TLS,
                                   ib_face_words (_ ("No certificate can be for host=%s"),
                                                  _ ("No certificate can be for a server of the name %s")),
                                   host);
    BIO *bio = bio_new (self->connection);
    SSL_set_bio (self->ssl, bio, bio);
    if (!shake_hands (self))
        return false;
    if (!ib_trust_accepts (self->trust, self->ssl))
        return ib_connection_fail (self->connection, IB_STREAM_ERROR_CERTIFICATE, "%s",
                                   ib_trust_get_refusal (self->trust) != NULL
                                       ? ib_trust_get_refusal (self->trust)
                                       : _ ("The certificate was not verified"));
    self->text = g_strdup_printf ("%s, %s%s", SSL_get_version (self->ssl), SSL_get_cipher_name (self->ssl),
                                  SSL_session_reused (self->ssl) ? ", resumed" : "");
    return true;
}

IbTls *
ib_tls_new (IbConnection *connection, IbTrust *trust)
{
    IbTls *self = g_new0 (IbTls, 1);
    self->connection = connection;
    self->trust = trust;
    if (begin (self))
        return self;
    ib_tls_free (self);
    return NULL;
}

const char *
ib_tls_describe (const IbTls *self)
{
    return self->text;
}

gsize
ib_tls_receive (IbTls *self, void *buffer, gsize size)
{
    for (;;) {
        gsize n = 0;
        ERR_clear_error ();
        errno = 0;
        int result = SSL_read_ex (self->ssl, buffer, size, &n);
        if (result == 1)
            return n;
        if (!await (self, result))
            return 0;
    }
}

gsize
ib_tls_send (IbTls *self, const void *bytes, gsize length)
{
    for (;;) {
        gsize n = 0;
        ERR_clear_error ();
        errno = 0;
        int result = SSL_write_ex (self->ssl, bytes, length, &n);
        if (result == 1)
            return n;
        if (!await (self, result))
            return 0;
    }
}

/* Looking also eats what is no data: session tickets make the socket readable, and a read would wait. */
bool
ib_tls_has_arrived (IbTls *self)
{
    char byte;
    gsize n = 0;
    ERR_clear_error ();
    int result = SSL_peek_ex (self->ssl, &byte, 1, &n);
    int kind = SSL_get_error (self->ssl, result);
    return result == 1 || (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE);
}

void
ib_tls_end (IbTls *self)
{
    SSL_set_shutdown (self->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void
ib_tls_free (IbTls *self)
{
    if (self == NULL)
        return;
    if (self->ssl != NULL && ib_connection_get_error (self->connection) == NULL) {
        ERR_clear_error ();
        (void) SSL_shutdown (self->ssl); /* a courtesy; nothing waits for the answer */
    }
    SSL_free (self->ssl);
    g_free (self->text);
    g_free (self);
}
