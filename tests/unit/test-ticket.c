/* A TLS session is resumed by whom it was made for, under the same trust, for a while; else the handshake is a full one. */
#include "stream.h"
#include "ticket.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOUR (60 * 60L)

static char *folder;
static EVP_PKEY *key; /* everybody's */
static X509 *ca, *other_ca;

/* --- a server ------------------------------------------------------------------------------------------------ */

static X509 *
make_certificate (const char *common_name, const char *names, long lives_s, X509 *issuer)
{
    static long serial = 1;
    X509V3_CTX context;
    X509 *certificate = X509_new ();
    X509_set_version (certificate, 2);
    ASN1_INTEGER_set (X509_get_serialNumber (certificate), serial++);
    X509_gmtime_adj (X509_getm_notBefore (certificate), -HOUR);
    X509_gmtime_adj (X509_getm_notAfter (certificate), lives_s);
    X509_NAME *name = X509_get_subject_name (certificate);
    X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guchar *) common_name, -1, -1, 0);
    X509_set_issuer_name (certificate, issuer != NULL ? X509_get_subject_name (issuer) : name);
    X509_set_pubkey (certificate, key);
    X509V3_set_ctx (&context, issuer != NULL ? issuer : certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension
        = X509V3_EXT_conf_nid (NULL, &context, names != NULL ? NID_subject_alt_name : NID_basic_constraints,
                               names != NULL ? names : "critical,CA:TRUE");
    X509_add_ext (certificate, extension, -1);
    X509_EXTENSION_free (extension);
    g_assert_cmpint (X509_sign (certificate, key, EVP_sha256 ()), >, 0);
    return certificate;
}

static char *
write_authorities (const char *name, X509 *first, X509 *second)
{
    char *path = g_build_filename (folder, name, NULL);
    FILE *file = fopen (path, "w");
    PEM_write_X509 (file, first);
    if (second != NULL)
        PEM_write_X509 (file, second);
    fclose (file);
    return path;
}

typedef struct {
    SSL_CTX *context; /* what it remembers of sessions */
    int fd;
    bool was_resumed;
} Server;

static gpointer
serve (gpointer data)
{
    Server *server = data;
    sigset_t broken_pipe;
    sigemptyset (&broken_pipe);
    sigaddset (&broken_pipe, SIGPIPE);
    pthread_sigmask (SIG_BLOCK, &broken_pipe, NULL);
    SSL *ssl = SSL_new (server->context);
    char byte;
    SSL_set_fd (ssl, server->fd);
    if (SSL_accept (ssl) == 1) {
        server->was_resumed = SSL_session_reused (ssl) != 0;
        while (SSL_read (ssl, &byte, 1) == 1)
            if (byte == '\n')
                SSL_write (ssl, "pong\r\n", 6);
        SSL_shutdown (ssl);
    }
    SSL_free (ssl);
    close (server->fd);
    return NULL;
}

static SSL_CTX *
new_context (X509 *leaf, int newest)
{
    SSL_CTX *context = SSL_CTX_new (TLS_server_method ());
    SSL_CTX_set_max_proto_version (context, newest);
    SSL_CTX_use_certificate (context, leaf);
    SSL_CTX_use_PrivateKey (context, key);
    return context;
}

/* --- a session ----------------------------------------------------------------------------------------------- */

typedef struct {
    const char *host, *authorities, *pin;
} Whom;

/* One session over @context. *out_ticket: what it leaves. Returns: whether it was resumed, as both ends say. */
static bool
meet (SSL_CTX *context, const Whom *whom, const IbSecret *offered, IbSecret **out_ticket)
{
    g_autoptr (GError) error = NULL;
    char line[16];
    int pair[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
    Server server = { context, pair[1], false };
    GThread *thread = g_thread_new ("server", serve, &server);
    g_autofree char *ca_file = g_build_filename (folder, whom->authorities, NULL);
    g_autoptr (IbTrust) trust = ib_trust_new (ca_file, whom->pin, &error);
    g_assert_no_error (error);
    IbStream *stream = ib_stream_new (pair[0], -1, trust, whom->host);
    ib_stream_resume (stream, offered);
    g_assert_null (ib_stream_get_ticket (stream));
    ib_stream_start_tls (stream, &error);
    g_assert_no_error (error);
    g_assert_true (ib_stream_write (stream, "ping\r\n", 6, NULL) && ib_stream_flush (stream, NULL));
    g_assert_cmpint (ib_stream_read (stream, line, sizeof line, NULL), ==, 6);
    bool is_resumed = g_str_has_suffix (ib_stream_describe_tls (stream), ", resumed");
    if (out_ticket != NULL)
        *out_ticket = ib_stream_get_ticket (stream);
    ib_stream_free (stream);
    g_thread_join (thread);
    g_assert_true (is_resumed == server.was_resumed);
    return is_resumed;
}

#define HOST "mail.example"
#define PIN "the certificate's own"

static const struct {
    const char *name;
    int newest;
    Whom first, second;
    bool forgets, is_resumed;
} meetings[] = {
    { "tls-1.3", TLS1_3_VERSION, { HOST, "one.pem", "" }, { HOST, "one.pem", "" }, false, true },
    { "tls-1.2", TLS1_2_VERSION, { HOST, "one.pem", "" }, { HOST, "one.pem", "" }, false, true },
    { "pinned", TLS1_3_VERSION, { HOST, "one.pem", PIN }, { HOST, "one.pem", PIN }, false, true },
    { "server-forgets", TLS1_3_VERSION, { HOST, "one.pem", "" }, { HOST, "one.pem", "" }, true, false },
    { "server-forgets-tls-1.2", TLS1_2_VERSION, { HOST, "one.pem", "" }, { HOST, "one.pem", "" }, true, false },
    { "other-host", TLS1_3_VERSION, { HOST, "one.pem", "" }, { "imap.example", "one.pem", "" }, false, false },
    { "more-trusted", TLS1_3_VERSION, { HOST, "one.pem", "" }, { HOST, "two.pem", "" }, false, false },
    { "less-trusted", TLS1_3_VERSION, { HOST, "two.pem", "" }, { HOST, "one.pem", "" }, false, false },
    { "pinned-since", TLS1_3_VERSION, { HOST, "one.pem", "" }, { HOST, "one.pem", PIN }, false, false },
    { "pinned-before", TLS1_3_VERSION, { HOST, "one.pem", PIN }, { HOST, "one.pem", "" }, false, false },
};

static Whom
with_pin (Whom whom, X509 *leaf)
{
    static char pin[65];
    guchar digest[32];
    if (strcmp (whom.pin, PIN) != 0)
        return whom;
    X509_digest (leaf, EVP_sha256 (), digest, NULL);
    for (gsize i = 0; i < sizeof digest; i++)
        g_snprintf (pin + 2 * i, 3, "%02x", digest[i]);
    whom.pin = pin;
    return whom;
}

static void
resumes (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    X509 *leaf = make_certificate ("x", "DNS:mail.example,DNS:imap.example", 24 * HOUR, ca);
    SSL_CTX *context = new_context (leaf, meetings[i].newest);
    const Whom first = with_pin (meetings[i].first, leaf), second = with_pin (meetings[i].second, leaf);
    g_autoptr (IbSecret) ticket = NULL, next = NULL;

    g_assert_false (meet (context, &first, NULL, &ticket));
    g_assert_nonnull (ticket);
    if (meetings[i].forgets) {
        SSL_CTX_free (context);
        context = new_context (leaf, meetings[i].newest);
    }
    g_assert_true (meet (context, &second, ticket, &next) == meetings[i].is_resumed);
    /* What is handed on from a resumed session is as good, where the server hands out another. */
    if (meetings[i].is_resumed && next != NULL)
        g_assert_true (meet (context, &second, next, NULL));
    SSL_CTX_free (context);
    X509_free (leaf);
}

/* --- how long ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    long lives_s, later_s;
    bool is_good;
} ages[] = {
    { "at-once", 24 * HOUR, 0, true },
    { "hours-later", 24 * HOUR, 5 * HOUR, true },
    { "too-late", 24 * HOUR, 7 * HOUR, false },
    { "certificate-still-good", HOUR, HOUR / 2, true },
    { "certificate-expired", HOUR, HOUR + 1, false },
    { "clock-set-back", 24 * HOUR, -HOUR, false },
};

static void
ends (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    X509 *leaf = make_certificate ("x", "DNS:mail.example", ages[i].lives_s, ca);
    SSL_CTX *context = new_context (leaf, TLS1_3_VERSION);
    const Whom whom = { HOST, "one.pem", "" };
    g_autoptr (IbSecret) ticket = NULL;
    g_assert_false (meet (context, &whom, NULL, &ticket));

    gint64 now_s = g_get_real_time () / G_USEC_PER_SEC, verified_at_s = 0;
    const guint8 *trust = (const guint8 *) ib_secret_peek (ticket, NULL); /* what it begins with */
    SSL_SESSION *session = ib_ticket_open (ticket, trust, now_s + ages[i].later_s, &verified_at_s);
    g_assert_true ((session != NULL) == ages[i].is_good);
    g_assert_true ((verified_at_s != 0) == ages[i].is_good);
    SSL_SESSION_free (session);
    SSL_CTX_free (context);
    X509_free (leaf);
}

/* Resuming again and again does not make a verification younger. */
static void
stays_as_old_as_it_is (void)
{
    X509 *leaf = make_certificate ("x", "DNS:mail.example", 24 * HOUR, ca);
    SSL_CTX *context = new_context (leaf, TLS1_3_VERSION);
    const Whom whom = { HOST, "one.pem", "" };
    g_autoptr (IbSecret) ticket = NULL, old = NULL, next = NULL;
    g_assert_false (meet (context, &whom, NULL, &ticket));

    IbTicketBinding binding = { .verified_at_s = 0 };
    gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
    memcpy (binding.trust, ib_secret_peek (ticket, NULL), sizeof binding.trust);
    SSL_SESSION *session = ib_ticket_open (ticket, binding.trust, now_s, &binding.verified_at_s);
    binding.verified_at_s = now_s - 5 * HOUR;
    old = ib_ticket_seal (session, &binding);
    SSL_SESSION_free (session);
    g_assert_true (meet (context, &whom, old, &next));
    g_assert_nonnull (next);
    g_assert_null (ib_ticket_open (next, binding.trust, now_s + 2 * HOUR, &binding.verified_at_s));
    g_assert_cmpint (binding.verified_at_s, ==, now_s - 5 * HOUR);
    SSL_CTX_free (context);
    X509_free (leaf);
}

/* A worker that was taken over may say that its ticket is good for ever. */
static void
says_itself_how_long (void)
{
    X509 *leaf = make_certificate ("x", "DNS:mail.example", 24 * HOUR, ca);
    SSL_CTX *context = new_context (leaf, TLS1_3_VERSION);
    const Whom whom = { HOST, "one.pem", "" };
    const gint64 for_ever = G_MAXINT64;
    g_autoptr (IbSecret) ticket = NULL;
    gsize length;
    g_assert_false (meet (context, &whom, NULL, &ticket));
    const guint8 *bytes = (const guint8 *) ib_secret_peek (ticket, &length);
    g_autofree guint8 *forged = g_memdup2 (bytes, length);
    memcpy (forged + IB_SHA256_BYTES + sizeof (gint64), &for_ever, sizeof for_ever); /* behind trust and moment */
    g_autoptr (IbSecret) other = ib_secret_new_bytes (forged, length);

    gint64 now_s = g_get_real_time () / G_USEC_PER_SEC, verified_at_s = 0;
    SSL_SESSION *session = ib_ticket_open (other, bytes, now_s + 5 * HOUR, &verified_at_s);
    g_assert_nonnull (session);
    SSL_SESSION_free (session);
    g_assert_null (ib_ticket_open (other, bytes, now_s + 7 * HOUR, &verified_at_s));
    SSL_CTX_free (context);
    X509_free (leaf);
}

/* Whatever stands in it: no ticket, a full handshake. */
static void
is_damaged (void)
{
    X509 *leaf = make_certificate ("x", "DNS:mail.example", 24 * HOUR, ca);
    SSL_CTX *context = new_context (leaf, TLS1_3_VERSION);
    const Whom whom = { HOST, "one.pem", "" };
    g_autoptr (IbSecret) ticket = NULL;
    gsize length;
    g_assert_false (meet (context, &whom, NULL, &ticket));
    const char *bytes = ib_secret_peek (ticket, &length);
    for (gsize cut = 0; cut < length; cut += length / 7) {
        g_autoptr (IbSecret) part = ib_secret_new_bytes (bytes, cut);
        g_assert_false (meet (context, &whom, part, NULL));
    }
    SSL_CTX_free (context);
    X509_free (leaf);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    folder = g_dir_make_tmp ("inbasket-ticket-XXXXXX", NULL);
    key = EVP_EC_gen ("P-256");
    ca = make_certificate ("One", NULL, 240 * HOUR, NULL);
    other_ca = make_certificate ("Two", NULL, 240 * HOUR, NULL);
    g_autofree char *nowhere = g_build_filename (folder, "nothing.pem", NULL);
    g_autofree char *one = write_authorities ("one.pem", ca, NULL), *two = write_authorities ("two.pem", ca, other_ca);
    g_setenv ("SSL_CERT_FILE", nowhere, TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS (meetings); i++) {
        g_autofree char *path = g_strconcat ("/ticket/resumes/", meetings[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), resumes);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (ages); i++) {
        g_autofree char *path = g_strconcat ("/ticket/ends/", ages[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), ends);
    }
    g_test_add_func ("/ticket/stays-as-old-as-it-is", stays_as_old_as_it_is);
    g_test_add_func ("/ticket/says-itself-how-long", says_itself_how_long);
    g_test_add_func ("/ticket/is-damaged", is_damaged);
    int result = g_test_run ();
    g_unlink (one);
    g_unlink (two);
    g_rmdir (folder);
    g_free (folder);
    X509_free (ca);
    X509_free (other_ca);
    EVP_PKEY_free (key);
    return result;
}
