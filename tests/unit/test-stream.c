/* The stream against a real TLS server in a thread, and against servers that misbehave. */
#include "stream.h"

#include <glib/gstdio.h>
#include <linux/sockios.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define DAY (24 * 60 * 60L)

static char *folder;
static EVP_PKEY *ca_key, *stranger_key;
static X509 *ca, *stranger;

/* --- certificates -------------------------------------------------------------------------------------------- */

static void
add_extension (X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
    g_assert_nonnull (extension);
    g_assert_cmpint (X509_add_ext (certificate, extension, -1), ==, 1);
    X509_EXTENSION_free (extension);
}

/* @issuer NULL: self-signed. @names NULL: no subjectAltName. */
static X509 *
make_certificate (EVP_PKEY *key, const char *common_name, const char *names, const char *usage, long from, long to,
                  X509 *issuer, EVP_PKEY *issuer_key, bool is_ca)
{
    static long serial = 1;
    X509 *certificate = X509_new ();
    X509_set_version (certificate, 2);
    ASN1_INTEGER_set (X509_get_serialNumber (certificate), serial++);
    X509_gmtime_adj (X509_getm_notBefore (certificate), from);
    X509_gmtime_adj (X509_getm_notAfter (certificate), to);
    X509_NAME *name = X509_get_subject_name (certificate);
    X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guchar *) common_name, -1, -1, 0);
    X509_set_issuer_name (certificate, issuer != NULL ? X509_get_subject_name (issuer) : name);
    X509_set_pubkey (certificate, key);
    if (is_ca)
        add_extension (certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
    if (names != NULL)
        add_extension (certificate, certificate, NID_subject_alt_name, names);
    if (usage != NULL)
        add_extension (certificate, certificate, NID_ext_key_usage, usage);
    g_assert_cmpint (X509_sign (certificate, issuer_key != NULL ? issuer_key : key, EVP_sha256 ()), >, 0);
    return certificate;
}

static char *
write_pem (const char *name, X509 *certificate)
{
    char *path = g_build_filename (folder, name, NULL);
    FILE *file = fopen (path, "w");
    g_assert_nonnull (file);
    PEM_write_X509 (file, certificate);
    fclose (file);
    return path;
}

static void
make_authorities (void)
{
    folder = g_dir_make_tmp ("inbasket-stream-XXXXXX", NULL);
    ca_key = EVP_EC_gen ("P-256");
    stranger_key = EVP_EC_gen ("P-256");
    ca = make_certificate (ca_key, "Test Authority", NULL, NULL, -DAY, 10 * DAY, NULL, NULL, true);
    stranger = make_certificate (stranger_key, "Other Authority", NULL, NULL, -DAY, 10 * DAY, NULL, NULL, true);
    g_free (write_pem ("ca.pem", ca));
    /* The system's bundle is no part of what is tested. */
    g_autofree char *nowhere = g_build_filename (folder, "nothing.pem", NULL);
    g_setenv ("SSL_CERT_FILE", nowhere, TRUE);
}

static void
remove_authorities (void)
{
    g_autofree char *path = g_build_filename (folder, "ca.pem", NULL);
    g_unlink (path);
    g_rmdir (folder);
    g_free (folder);
    X509_free (ca);
    X509_free (stranger);
    EVP_PKEY_free (ca_key);
    EVP_PKEY_free (stranger_key);
}

/* --- a server in a thread ------------------------------------------------------------------------------------ */

typedef struct {
    int fd;
    const char *clear_before; /* said before the handshake, after a line from the client */
    SSL_CTX *context;         /* NULL: never TLS */
    guint64 lines_inside;     /* lines the client sent inside TLS: a refused server must get none */
    bool renegotiates;        /* asks for another handshake before its first answer */
} Server;

static void
read_line_in_clear (int fd)
{
    char byte = 0;
    while (byte != '\n' && read (fd, &byte, 1) == 1)
        continue;
}

/* What is said afterwards is said, whatever the client makes of the request. */
static void
ask_for_another_handshake (SSL *ssl)
{
    g_assert_cmpint (SSL_renegotiate (ssl), ==, 1);
    g_assert_cmpint (SSL_do_handshake (ssl), ==, 1);
}

static gpointer
serve (gpointer data)
{
    Server *server = data;
    /* OpenSSL's own socket code raises it here; in our thread it must never come up. */
    sigset_t broken_pipe;
    sigemptyset (&broken_pipe);
    sigaddset (&broken_pipe, SIGPIPE);
    pthread_sigmask (SIG_BLOCK, &broken_pipe, NULL);
    if (server->clear_before != NULL) {
        read_line_in_clear (server->fd);
        g_assert_cmpint (send (server->fd, server->clear_before, strlen (server->clear_before), MSG_NOSIGNAL), >, 0);
    }
    if (server->context == NULL) {
        /* Read to the end before closing: a socket closed with bytes unread is a reset, not an end. */
        char rest[512];
        shutdown (server->fd, SHUT_WR);
        while (read (server->fd, rest, sizeof rest) > 0)
            continue;
    }
    SSL *ssl = server->context != NULL ? SSL_new (server->context) : NULL;
    if (ssl != NULL && SSL_set_fd (ssl, server->fd) == 1 && SSL_accept (ssl) == 1) {
        char byte;
        while (SSL_read (ssl, &byte, 1) == 1) {
            if (byte != '\n')
                continue;
            if (server->lines_inside++ == 0 && server->renegotiates)
                ask_for_another_handshake (ssl);
            SSL_write (ssl, "* pong\r\n* and more\r\n", 20);
        }
        SSL_shutdown (ssl);
    }
    SSL_free (ssl);
    shutdown (server->fd, SHUT_RDWR);
    close (server->fd);
    return NULL;
}

static SSL_CTX *
server_context (X509 *certificate, EVP_PKEY *key, int newest)
{
    SSL_CTX *context = SSL_CTX_new (TLS_server_method ());
    SSL_CTX_set_security_level (context, 0);
    SSL_CTX_set_min_proto_version (context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version (context, newest);
    SSL_CTX_set_cipher_list (context, "ALL:@SECLEVEL=0");
    SSL_CTX_use_certificate (context, certificate);
    SSL_CTX_use_PrivateKey (context, key);
    return context;
}

/* --- whom it believes ---------------------------------------------------------------------------------------- */

typedef enum { BY_CA, BY_STRANGER, BY_ITSELF } Issuer;
typedef enum { NO_PIN, RIGHT_PIN, WRONG_PIN } Pin;

#define GOOD 0, ""
#define REFUSED(words) IB_STREAM_ERROR_CERTIFICATE + 1, words

static const struct {
    const char *name, *host, *common_name, *names;
    Issuer issuer;
    long from_days, to_days;
    int newest;
    Pin pin;
    const char *usage;
    int code; /* 0: believed; else the IbStreamError and 1 */
    const char *words;
} whom[] = {
    { "good", "mail.example", "x", "DNS:mail.example", BY_CA, -1, 1, 0, NO_PIN, NULL, GOOD },
    { "tls-1.2", "mail.example", "x", "DNS:mail.example", BY_CA, -1, 1, TLS1_2_VERSION, NO_PIN, NULL, GOOD },
    { "tls-1.1", "mail.example", "x", "DNS:mail.example", BY_CA, -1, 1, TLS1_1_VERSION, NO_PIN, NULL,
      IB_STREAM_ERROR_TLS + 1, "no TLS 1.2" },
    { "upper-case", "mail.example", "x", "DNS:MAIL.Example", BY_CA, -1, 1, 0, NO_PIN, NULL, GOOD },
    { "final-dot", "mail.example.", "x", "DNS:mail.example", BY_CA, -1, 1, 0, NO_PIN, NULL, GOOD },
    { "idn", "m\303\274ller.example", "x", "DNS:xn--mller-kva.example", BY_CA, -1, 1, 0, NO_PIN, NULL, GOOD },
    { "wildcard", "mail.example.org", "x", "DNS:*.example.org", BY_CA, -1, 1, 0, NO_PIN, NULL, GOOD },
    { "address", "127.0.0.1", "x", "IP:127.0.0.1", BY_CA, -1, 1, 0, NO_PIN, NULL, GOOD },
    { "address-6", "[::1]", "x", "IP:0:0:0:0:0:0:0:1", BY_CA, -1, 1, 0, NO_PIN, NULL, GOOD },
    { "wrong-host", "mail.example", "mail.example", "DNS:imap.example,DNS:pop.example", BY_CA, -1, 1, 0, NO_PIN, NULL,
      REFUSED ("is for imap.example, pop.example, not for mail.example") },
    { "common-name-only", "mail.example", "mail.example", NULL, BY_CA, -1, 1, 0, NO_PIN, NULL,
      REFUSED ("names no host at all") },
    { "wildcard-two-deep", "a.b.example.org", "x", "DNS:*.example.org", BY_CA, -1, 1, 0, NO_PIN, NULL,
      REFUSED ("is for *.example.org") },
    { "wildcard-bare", "example.org", "x", "DNS:*.example.org", BY_CA, -1, 1, 0, NO_PIN, NULL, REFUSED ("is for") },
    { "wildcard-partial", "mail.example.org", "x", "DNS:m*.example.org", BY_CA, -1, 1, 0, NO_PIN, NULL,
      REFUSED ("is for") },
    { "wrong-address", "127.0.0.1", "x", "IP:127.0.0.2", BY_CA, -1, 1, 0, NO_PIN, NULL,
      REFUSED ("is for 127.0.0.2, not for 127.0.0.1") },
    { "address-as-name", "127.0.0.1", "127.0.0.1", "DNS:127.0.0.1", BY_CA, -1, 1, 0, NO_PIN, NULL, REFUSED ("is for") },
    { "expired", "mail.example", "x", "DNS:mail.example", BY_CA, -9, -2, 0, NO_PIN, NULL, REFUSED ("expired on 20") },
    { "not-yet", "mail.example", "x", "DNS:mail.example", BY_CA, 2, 9, 0, NO_PIN, NULL, REFUSED ("clock") },
    { "client-only", "mail.example", "x", "DNS:mail.example", BY_CA, -1, 1, 0, NO_PIN, "clientAuth",
      REFUSED ("unsuitable certificate purpose") },
    { "stranger", "mail.example", "x", "DNS:mail.example", BY_STRANGER, -1, 1, 0, NO_PIN, NULL,
      REFUSED ("not trusted here (/CN=Other Authority)") },
    { "self-signed", "mail.example", "x", "DNS:mail.example", BY_ITSELF, -1, 1, 0, NO_PIN, NULL,
      REFUSED ("fingerprint=sha256:") },
    { "pinned", "mail.example", "x", NULL, BY_ITSELF, -9, -2, 0, RIGHT_PIN, NULL, GOOD },
    { "pinned-tls-1.1", "mail.example", "x", NULL, BY_ITSELF, -9, 2, TLS1_1_VERSION, RIGHT_PIN, NULL,
      IB_STREAM_ERROR_TLS + 1, "no TLS 1.2" },
    { "pinned-other", "mail.example", "x", "DNS:mail.example", BY_CA, -1, 1, 0, WRONG_PIN, NULL,
      REFUSED ("not the pinned one") },
};

static char *
pin_of (X509 *certificate, Pin pin)
{
    guchar digest[32];
    g_assert_cmpint (X509_digest (certificate, EVP_sha256 (), digest, NULL), ==, 1);
    if (pin == WRONG_PIN)
        digest[7] ^= 1;
    GString *hex = g_string_new (NULL);
    for (gsize i = 0; pin != NO_PIN && i < sizeof digest; i++)
        g_string_append_printf (hex, "%02X", digest[i]);
    return g_string_free (hex, FALSE);
}

static void
say_ping (IbStream *stream)
{
    g_autoptr (GError) error = NULL;
    char line[64];
    g_assert_true (ib_stream_write (stream, "ping\r\n", 6, &error));
    g_assert_true (ib_stream_flush (stream, &error));
    gssize n = ib_stream_read (stream, line, sizeof line, &error);
    g_assert_no_error (error);
    g_assert_cmpint (n, >, 0);
    g_assert_cmpmem (line, 6, "* pong", 6);
}

static void
believes (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    EVP_PKEY *key = EVP_EC_gen ("P-256");
    X509 *issuer = whom[i].issuer == BY_CA ? ca : whom[i].issuer == BY_STRANGER ? stranger : NULL;
    EVP_PKEY *issuer_key = whom[i].issuer == BY_CA ? ca_key : whom[i].issuer == BY_STRANGER ? stranger_key : NULL;
    X509 *leaf = make_certificate (key, whom[i].common_name, whom[i].names, whom[i].usage, whom[i].from_days * DAY,
                                   whom[i].to_days * DAY, issuer, issuer_key, false);
    int pair[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
    Server server = { .fd = pair[1], .context = server_context (leaf, key, whom[i].newest) };
    GThread *thread = g_thread_new ("server", serve, &server);

    g_autofree char *ca_file = g_build_filename (folder, "ca.pem", NULL);
    g_autofree char *pin = pin_of (leaf, whom[i].pin);
    g_autoptr (IbTrust) trust = ib_trust_new (ca_file, pin, &error);
    g_assert_no_error (error);
    IbStream *stream = ib_stream_new (pair[0], -1, trust, whom[i].host);
    bool is_up = ib_stream_start_tls (stream, &error);
    if (whom[i].code == 0) {
        g_assert_no_error (error);
        g_assert_true (is_up && ib_stream_is_encrypted (stream));
        g_assert_true (g_str_has_prefix (ib_stream_describe_tls (stream), "TLSv1."));
        say_ping (stream);
    } else {
        g_assert_error (error, IB_STREAM_ERROR, whom[i].code - 1);
        g_assert_nonnull (strstr (error->message, whom[i].words));
        g_assert_false (is_up || ib_stream_is_encrypted (stream));
        g_assert_false (ib_stream_write (stream, "secret\r\n", 8, NULL));
        g_assert_false (ib_stream_flush (stream, NULL));
    }
    ib_stream_free (stream);
    g_thread_join (thread);
    g_assert_cmpuint (server.lines_inside, ==, whom[i].code == 0 ? 1 : 0);
    SSL_CTX_free (server.context);
    X509_free (leaf);
    EVP_PKEY_free (key);
}

/* --- what it stands ------------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    const char *said; /* in clear after the client's first line */
    bool has_tls;     /* and then a handshake */
    IbStreamError code;
} upgrades[] = {
    { "injected",            "* OK go\r\n* CAPABILITY EVIL\r\n", true, IB_STREAM_ERROR_INJECTED },
    { "injected-half-line",  "* OK go\r\nx", true, IB_STREAM_ERROR_INJECTED },
    { "hangs-up",            "* OK go\r\n", false, IB_STREAM_ERROR_EOF },
};

static void
upgrade (const char *said, bool has_tls, int expected)
{
    g_autoptr (GError) error = NULL;
    EVP_PKEY *key = EVP_EC_gen ("P-256");
    X509 *leaf = make_certificate (key, "x", "DNS:mail.example", NULL, -DAY, DAY, ca, ca_key, false);
    int pair[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
    Server server = { .fd = pair[1], .clear_before = said,
                      .context = has_tls ? server_context (leaf, key, 0) : NULL };
    GThread *thread = g_thread_new ("server", serve, &server);
    g_autofree char *ca_file = g_build_filename (folder, "ca.pem", NULL);
    g_autoptr (IbTrust) trust = ib_trust_new (ca_file, "", NULL);
    IbStream *stream = ib_stream_new (pair[0], -1, trust, "mail.example");

    char line[256] = "";
    g_assert_true (ib_stream_write (stream, "STARTTLS\r\n", 10, NULL) && ib_stream_flush (stream, NULL));
    gssize n = ib_stream_read (stream, line, sizeof line, &error);
    g_assert_cmpmem (line, n, "* OK go\r\n", 9);
    bool is_up = ib_stream_start_tls (stream, &error);
    if (expected < 0) {
        g_assert_no_error (error);
        g_assert_true (is_up);
        say_ping (stream);
    } else {
        g_assert_error (error, IB_STREAM_ERROR, expected);
    }
    ib_stream_free (stream);
    g_thread_join (thread);
    SSL_CTX_free (server.context);
    X509_free (leaf);
    EVP_PKEY_free (key);
}

static void
upgrades_or_not (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    upgrade (upgrades[i].said, upgrades[i].has_tls, (int) upgrades[i].code);
}

static void
upgrades_well (void)
{
    upgrade ("* OK go\r\n", true, -1);
}

static void
note_hello (int is_written, int version, int type, const void *bytes, size_t length, SSL *ssl, void *user_data)
{
    if (!is_written && type == SSL3_RT_HANDSHAKE && length > 0 && *(const guint8 *) bytes == SSL3_MT_CLIENT_HELLO)
        ++*(guint *) user_data;
}

/* One handshake a session: a second could be with another certificate, which nobody would look at. */
static void
begins_anew_for_nobody (void)
{
    EVP_PKEY *key = EVP_EC_gen ("P-256");
    X509 *leaf = make_certificate (key, "x", "DNS:mail.example", NULL, -DAY, DAY, ca, ca_key, false);
    guint hellos = 0;
    int pair[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
    Server server = { .fd = pair[1], .context = server_context (leaf, key, TLS1_2_VERSION), .renegotiates = true };
    SSL_CTX_set_msg_callback (server.context, note_hello);
    SSL_CTX_set_msg_callback_arg (server.context, &hellos);
    GThread *thread = g_thread_new ("server", serve, &server);
    g_autofree char *ca_file = g_build_filename (folder, "ca.pem", NULL);
    g_autoptr (IbTrust) trust = ib_trust_new (ca_file, "", NULL);
    IbStream *stream = ib_stream_new (pair[0], -1, trust, "mail.example");

    char line[64];
    g_assert_true (ib_stream_start_tls (stream, NULL));
    say_ping (stream);
    while (ib_stream_read (stream, line, sizeof line, NULL) > 0)
        continue; /* the server has taken note of the answer, or given up, when it hangs up */
    ib_stream_free (stream);
    g_thread_join (thread);
    g_assert_cmpuint (hellos, ==, 1);
    SSL_CTX_free (server.context);
    X509_free (leaf);
    EVP_PKEY_free (key);
}

typedef struct {
    IbStream *stream;
    int ours, other, cancel;
    IbTrust *trust;
} Clear;

static void
set_up (Clear *self, gconstpointer unused)
{
    int pair[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    self->ours = pair[0];
    self->other = pair[1];
    self->cancel = eventfd (0, EFD_CLOEXEC);
    self->stream = ib_stream_new (pair[0], self->cancel, NULL, "mail.example");
}

static void
tear_down (Clear *self, gconstpointer unused)
{
    ib_stream_free (self->stream);
    close (self->cancel);
    if (self->other >= 0)
        close (self->other);
}

static void
fails_with (Clear *self, IbStreamError code)
{
    char byte;
    for (int again = 0; again < 2; again++) {
        g_autoptr (GError) error = NULL;
        g_assert_cmpint (ib_stream_read (self->stream, &byte, 1, &error), ==, -1);
        g_assert_error (error, IB_STREAM_ERROR, (int) code);
        g_assert_false (ib_stream_write (self->stream, "x", 1, NULL));
        g_assert_true (g_error_matches (ib_stream_get_error (self->stream), IB_STREAM_ERROR, code));
    }
}

static void
gives_lines (Clear *self, gconstpointer unused)
{
    char line[64];
    g_assert_cmpint (write (self->other, "a\r\nbc", 5), ==, 5);
    g_assert_true (ib_stream_has_pending (self->stream));
    g_assert_cmpint (ib_stream_read (self->stream, line, sizeof line, NULL), ==, 3);
    g_assert_true (ib_stream_has_pending (self->stream));
    g_assert_cmpint (ib_stream_read (self->stream, line, sizeof line, NULL), ==, 2);
    g_assert_false (ib_stream_has_pending (self->stream));
}

static void
ends (Clear *self, gconstpointer unused)
{
    char line[64];
    g_assert_cmpint (write (self->other, "bye", 3), ==, 3);
    close (self->other);
    self->other = -1;
    /* What is written into the void is no error; the last words are still read. */
    g_assert_true (ib_stream_write (self->stream, "x\r\n", 3, NULL) && ib_stream_flush (self->stream, NULL));
    g_assert_cmpint (ib_stream_read (self->stream, line, sizeof line, NULL), ==, 3);
    g_assert_true (ib_stream_has_pending (self->stream));
    fails_with (self, IB_STREAM_ERROR_EOF);
}

static void
stalls (Clear *self, gconstpointer unused)
{
    ib_stream_set_stall (self->stream, 20);
    fails_with (self, IB_STREAM_ERROR_TIMEOUT);
}

static void
is_late (Clear *self, gconstpointer unused)
{
    ib_stream_set_deadline (self->stream, 20);
    fails_with (self, IB_STREAM_ERROR_TIMEOUT);
}

static void
is_cancelled (Clear *self, gconstpointer unused)
{
    g_assert_cmpint (eventfd_write (self->cancel, 1), ==, 0);
    fails_with (self, IB_STREAM_ERROR_CANCELLED);
}

/* What was announced lets come what does; that there is no more of it is found out as ever. */
static void
expects_in_vain (Clear *self, gconstpointer unused)
{
    char line[64];
    ib_stream_expect (self->stream, 1 << 30);
    ib_stream_set_stall (self->stream, 20);
    g_assert_cmpint (write (self->other, "a\r\n", 3), ==, 3);
    g_assert_cmpint (ib_stream_read (self->stream, line, sizeof line, NULL), ==, 3);
    fails_with (self, IB_STREAM_ERROR_TIMEOUT);
}

static void
expects_and_is_cancelled (Clear *self, gconstpointer unused)
{
    ib_stream_expect (self->stream, 1 << 30);
    g_assert_cmpint (eventfd_write (self->cancel, 1), ==, 0);
    fails_with (self, IB_STREAM_ERROR_CANCELLED);
}

static gpointer
fill_for_ever (gpointer data)
{
    char zeros[4096] = "";
    while (send (GPOINTER_TO_INT (data), zeros, sizeof zeros, MSG_NOSIGNAL) > 0)
        continue;
    return NULL;
}

/* A server that sends without a pause never lets us wait; its time is up all the same. */
static void
is_flooded (Clear *self, gconstpointer unused)
{
    char buffer[65536];
    GThread *thread = g_thread_new ("flood", fill_for_ever, GINT_TO_POINTER (self->other));
    ib_stream_set_deadline (self->stream, 30);
    while (ib_stream_read (self->stream, buffer, sizeof buffer, NULL) > 0)
        continue;
    fails_with (self, IB_STREAM_ERROR_TIMEOUT);
    shutdown (self->other, SHUT_RDWR);
    g_thread_join (thread);
}

/* Has read all that comes, without a wait, until that fails; much more than what is let through unchecked, if it does not. */
static void
read_what_is_there (Clear *self)
{
    char buffer[65536];
    guint64 bytes = 0;
    for (gssize n = 0; n >= 0;) {
        struct pollfd there = { self->ours, POLLIN, 0 };
        g_assert_cmpint (poll (&there, 1, -1), ==, 1);
        n = ib_stream_read (self->stream, buffer, sizeof buffer, NULL);
        bytes += n > 0 ? (guint64) n : 0;
        g_assert_cmpuint (bytes, <, G_GUINT64_CONSTANT (1) << 32);
    }
}

/* The same, where it is certain that nothing waits. */
static void
is_flooded_without_a_pause (Clear *self, gconstpointer unused)
{
    GThread *thread = g_thread_new ("flood", fill_for_ever, GINT_TO_POINTER (self->other));
    ib_stream_set_deadline (self->stream, 1);
    read_what_is_there (self);
    fails_with (self, IB_STREAM_ERROR_TIMEOUT);
    shutdown (self->other, SHUT_RDWR);
    g_thread_join (thread);
}

static void
is_flooded_and_cancelled (Clear *self, gconstpointer unused)
{
    GThread *thread = g_thread_new ("flood", fill_for_ever, GINT_TO_POINTER (self->other));
    g_assert_cmpint (eventfd_write (self->cancel, 1), ==, 0);
    read_what_is_there (self);
    fails_with (self, IB_STREAM_ERROR_CANCELLED);
    shutdown (self->other, SHUT_RDWR);
    g_thread_join (thread);
}

/* A byte at a time, each as soon as the one before is taken: there never is nothing for long, nor much. */
static gpointer
drip_for_ever (gpointer data)
{
    int fd = GPOINTER_TO_INT (data), left = 0;
    while (send (fd, "x", 1, MSG_NOSIGNAL) == 1)
        while (ioctl (fd, SIOCOUTQ, &left) == 0 && left > 0)
            g_thread_yield ();
    return NULL;
}

static void
is_dripped_on (Clear *self, gconstpointer unused)
{
    char buffer[256];
    GThread *thread = g_thread_new ("drip", drip_for_ever, GINT_TO_POINTER (self->other));
    ib_stream_set_deadline (self->stream, 30);
    while (ib_stream_read (self->stream, buffer, sizeof buffer, NULL) > 0)
        continue;
    fails_with (self, IB_STREAM_ERROR_TIMEOUT);
    g_assert_nonnull (strstr (ib_stream_get_error (self->stream)->message, "in time"));
    g_clear_pointer (&self->stream, ib_stream_free); /* what it did not take is gone with it */
    g_thread_join (thread);
}

/* A byte now and then: none of the waits is long, and next to nothing comes. */
static gpointer
drip_slowly (gpointer data)
{
    while (send (GPOINTER_TO_INT (data), "x", 1, MSG_NOSIGNAL) == 1)
        g_usleep (5000);
    return NULL;
}

static void
is_dripped_on_slowly (Clear *self, gconstpointer unused)
{
    char buffer[256];
    GThread *thread = g_thread_new ("drip", drip_slowly, GINT_TO_POINTER (self->other));
    ib_stream_set_stall (self->stream, 500);
    while (ib_stream_read (self->stream, buffer, sizeof buffer, NULL) > 0)
        continue;
    fails_with (self, IB_STREAM_ERROR_TIMEOUT);
    g_assert_nonnull (strstr (ib_stream_get_error (self->stream)->message, "too slowly"));
    shutdown (self->other, SHUT_RDWR);
    g_thread_join (thread);
}

static void
does_not_take (Clear *self, gconstpointer unused)
{
    g_autoptr (GError) error = NULL;
    char zeros[4096] = "";
    ib_stream_set_stall (self->stream, 20);
    while (ib_stream_write (self->stream, zeros, sizeof zeros, &error))
        continue;
    g_assert_error (error, IB_STREAM_ERROR, IB_STREAM_ERROR_TIMEOUT);
}

static bool
no_x (const char *bytes, gsize length, const char **out_why, gpointer user_data)
{
    *out_why = "an x";
    return memchr (bytes, 'x', length) == NULL;
}

static void
is_guarded (Clear *self, gconstpointer unused)
{
    char line[64];
    ib_stream_set_guard (self->stream, no_x, NULL);
    g_assert_cmpint (write (self->other, "a\r\nx\r\n", 6), ==, 6);
    g_assert_cmpint (ib_stream_read (self->stream, line, sizeof line, NULL), ==, 3);
    fails_with (self, IB_STREAM_ERROR_GUARD);
    g_assert_nonnull (strstr (ib_stream_get_error (self->stream)->message, "an x"));
}

static void
note_beat (guint64 received, gpointer user_data)
{
    *(guint64 *) user_data = received;
}

static void
beats_as_bytes_come (Clear *self, gconstpointer unused)
{
    char line[64];
    guint64 heard = 0;

    ib_stream_set_beat (self->stream, 0, note_beat, &heard);
    g_assert_cmpint (write (self->other, "a\r\nbc\r\n", 7), ==, 7);
    g_assert_cmpint (ib_stream_read (self->stream, line, sizeof line, NULL), ==, 3);
    g_assert_cmpuint (heard, ==, 3);

    ib_stream_set_beat (self->stream, 3600 * 1000, note_beat, &heard);
    g_assert_cmpint (ib_stream_read (self->stream, line, sizeof line, NULL), ==, 4);
    g_assert_cmpuint (heard, ==, 3);
}

static void
waits_for_either (Clear *self, gconstpointer unused)
{
    char line[64];
    bool is_other = false;
    int other = eventfd (1, EFD_CLOEXEC);
    g_assert_true (ib_stream_wait (self->stream, other, &is_other, NULL));
    g_assert_true (is_other);

    g_assert_cmpint (write (self->other, "a\r\n", 3), ==, 3);
    g_assert_true (ib_stream_wait (self->stream, other, &is_other, NULL)); /* bytes go first */
    g_assert_false (is_other);
    g_assert_cmpint (ib_stream_read (self->stream, line, sizeof line, NULL), ==, 3);

    g_assert_cmpint (eventfd_write (self->cancel, 1), ==, 0);
    g_assert_false (ib_stream_wait (self->stream, other, &is_other, NULL));
    fails_with (self, IB_STREAM_ERROR_CANCELLED);
    close (other);
}

/* The end is for the next read to tell. */
static void
waits_for_the_end (Clear *self, gconstpointer unused)
{
    bool is_other = true;
    close (self->other);
    self->other = -1;
    g_assert_true (ib_stream_wait (self->stream, -1, &is_other, NULL));
    g_assert_false (is_other);
    fails_with (self, IB_STREAM_ERROR_EOF);
}

static gpointer
speak_late (gpointer data)
{
    g_usleep (60 * 1000);
    return GINT_TO_POINTER (write (GPOINTER_TO_INT (data), "late\r\n", 6));
}

/* Neither stall nor deadline count, and what comes then is no reason to tell that something comes. */
static void
waits_patiently (Clear *self, gconstpointer unused)
{
    char line[64];
    bool is_other = true;
    guint64 heard = 0;
    ib_stream_set_stall (self->stream, 20);
    ib_stream_set_beat (self->stream, 50, note_beat, &heard);
    GThread *thread = g_thread_new ("late", speak_late, GINT_TO_POINTER (self->other));
    g_assert_true (ib_stream_wait (self->stream, -1, &is_other, NULL));
    g_assert_false (is_other);
    g_assert_cmpint (ib_stream_read (self->stream, line, sizeof line, NULL), ==, 6);
    g_assert_cmpuint (heard, ==, 0);
    g_thread_join (thread);
}

static void
fails_from_outside (Clear *self, gconstpointer unused)
{
    ib_stream_fail (self->stream, IB_STREAM_ERROR_GUARD, "100% nonsense");
    ib_stream_fail (self->stream, IB_STREAM_ERROR_EOF, "later");
    fails_with (self, IB_STREAM_ERROR_GUARD);
    g_assert_cmpstr (ib_stream_get_error (self->stream)->message, ==, "100% nonsense");
}

static void
trusts_nobody_by_mistake (void)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_trust_new ("", "", &error));
    g_assert_nonnull (strstr (error->message, "ca-certificates"));
    g_clear_error (&error);
    g_assert_null (ib_trust_new ("/nonexistent/ca.pem", "", &error));
    g_assert_nonnull (strstr (error->message, "ca-file=/nonexistent/ca.pem"));
}

#define ADD(name, function) g_test_add ("/stream/" name, Clear, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    make_authorities ();
    for (gsize i = 0; i < G_N_ELEMENTS (whom); i++) {
        g_autofree char *path = g_strconcat ("/stream/believes/", whom[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), believes);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (upgrades); i++) {
        g_autofree char *path = g_strconcat ("/stream/upgrade/", upgrades[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), upgrades_or_not);
    }
    g_test_add_func ("/stream/upgrade/good", upgrades_well);
    g_test_add_func ("/stream/renegotiation", begins_anew_for_nobody);
    g_test_add_func ("/stream/no-authorities", trusts_nobody_by_mistake);
    ADD ("lines-in-clear", gives_lines);
    ADD ("end", ends);
    ADD ("stall", stalls);
    ADD ("deadline", is_late);
    ADD ("cancel", is_cancelled);
    ADD ("expect", expects_in_vain);
    ADD ("expect-cancel", expects_and_is_cancelled);
    ADD ("flood", is_flooded);
    ADD ("flood-without-a-pause", is_flooded_without_a_pause);
    ADD ("flood-cancel", is_flooded_and_cancelled);
    ADD ("drip", is_dripped_on);
    ADD ("drip-slowly", is_dripped_on_slowly);
    ADD ("does-not-take", does_not_take);
    ADD ("guard", is_guarded);
    ADD ("beat", beats_as_bytes_come);
    ADD ("wait", waits_for_either);
    ADD ("wait-for-the-end", waits_for_the_end);
    ADD ("wait-patiently", waits_patiently);
    ADD ("fail", fails_from_outside);
    int status = g_test_run ();
    remove_authorities ();
    return status;
}
