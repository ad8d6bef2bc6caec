/* trust.c - whose certificates we believe */
#include "trust.h"
#include "authorities.h"
#include "dns-name.h"
#include "escape.h"
#include "face.h"
#include "ticket.h"

#include <glib/gi18n-lib.h>
#include <malloc.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

/* A message that names every host of a large provider's certificate helps nobody. */
#define NAMES_SHOWN 4
/* Received bytes that OpenSSL holds: four whole records. */
#define READ_AHEAD_BYTES (64 * 1024)

struct _IbTrust {
    SSL_CTX *context;
    char *fingerprint; /* 64 lower-case digits, or "" */
    char *host;        /* of the handshake under way */
    char *refusal;

    IbTicketBinding binding; /* of this handshake */
    guint8 authorities[IB_SHA256_BYTES];
    const IbSecret *offered; /* a ticket of an earlier session; the caller's */
    SSL_SESSION *session;    /* the last that the server handed out */
};

/* Where distributions keep their one bundle file, in the order of how many people have it there. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Arch, Gentoo */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* Fedora */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* RHEL */
    "/etc/ssl/ca-bundle.pem",                            /* openSUSE */
    "/etc/ssl/cert.pem",                                 /* Alpine */
};

static const char *
find_bundle (void)
{
    const char *named = g_getenv (X509_get_default_cert_file_env ());
    if (named != NULL)
        return named;
    for (gsize i = 0; i < G_N_ELEMENTS (bundles); i++)
        if (g_file_test (bundles[i], G_FILE_TEST_IS_REGULAR))
            return bundles[i];
    return X509_get_default_cert_file ();
}

static char *
hex_digest (X509 *certificate)
{
    guchar digest[EVP_MAX_MD_SIZE];
    guint length = 0;
    GString *hex = g_string_new (NULL);
    if (X509_digest (certificate, EVP_sha256 (), digest, &length) == 1)
        for (guint i = 0; i < length; i++)
            g_string_append_printf (hex, "%02x", digest[i]);
    return g_string_free (hex, FALSE);
}

static char *
describe_time (const ASN1_TIME *time)
{
    struct tm tm;
    if (ASN1_TIME_to_tm (time, &tm) != 1)
        return g_strdup (_ ("an unreadable date"));
    return g_strdup_printf ("%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static char *
describe_name (X509_NAME *name)
{
    char text[512] = "";
    X509_NAME_oneline (name, text, sizeof text);
    return ib_escape_server_text (text, -1);
}

/* One subjectAltName as a person writes it; NULL for kinds that cannot be a host. */
static char *
describe_host (const GENERAL_NAME *name)
{
    if (name->type == GEN_DNS)
        return ib_escape_server_text ((const char *) ASN1_STRING_get0_data (name->d.dNSName),
                                      ASN1_STRING_length (name->d.dNSName));
    if (name->type != GEN_IPADD)
        return NULL;
    int length = ASN1_STRING_length (name->d.iPAddress);
    if (length != 4 && length != 16)
        return NULL;
    g_autoptr (GInetAddress) address = g_inet_address_new_from_bytes (
        ASN1_STRING_get0_data (name->d.iPAddress), length == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
    return g_inet_address_to_string (address);
}

/* The hosts that a certificate is for; "" if it names none. */
static char *
describe_hosts (X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i (certificate, NID_subject_alt_name, NULL, NULL);
    GString *out = g_string_new (NULL);
    for (int i = 0, shown = 0; i < sk_GENERAL_NAME_num (names); i++) {
        g_autofree char *host = describe_host (sk_GENERAL_NAME_value (names, i));
        if (host == NULL)
            continue;
        if (shown++ == NAMES_SHOWN) {
            g_string_append (out, ", …");
            break;
        }
        g_string_append_printf (out, "%s%s", out->len > 0 ? ", " : "", host);
    }
    GENERAL_NAMES_free (names);
    return g_string_free (out, FALSE);
}

static char *
explain_host (const char *host, X509 *certificate)
{
    g_autofree char *hosts = describe_hosts (certificate);
    if (*hosts == '\0')
        return g_strdup_printf (
            ib_face_words (_ ("The certificate of %s names no host at all (a common name does not count). "
                              "Its operator must renew it; until then, fingerprint= can pin it."),
                           _ ("The certificate of %s names no host at all (a common name does not count). "
                              "Its operator must renew it; until then, it can be pinned.")),
            host);
    return g_strdup_printf (
        ib_face_words (
            _ ("The certificate is for %s, not for %s. Correct host=, if it should be one of these; "
               "otherwise another server answers in its place."),
            _ ("The certificate is for %s, not for %s. Correct the name of the mail server, if it should be one of these; "
               "otherwise another server answers in its place.")),
        hosts, host);
}

static char *
explain_unknown (const char *host, X509 *certificate, int depth)
{
    g_autofree char *issuer = describe_name (X509_get_issuer_name (certificate));
    g_autofree char *digest = depth == 0 ? hex_digest (certificate) : NULL;
    return g_strdup_printf (
        ib_face_words (
            _ ("The certificate of %s comes from an authority that is not trusted here (%s). If this "
               "is a server of your own, name its authority by ca-file=%s%s."),
            _ ("The certificate of %s comes from an authority that is not trusted here (%s). If this "
               "is a server of your own, choose the file of its own authority%s%s.")),
        host, issuer,
        digest != NULL ? ib_face_words (_ (", or pin the certificate by fingerprint=sha256:"),
                                        _ (", or pin the certificate by sha256:"))
                       : "",
        digest != NULL ? digest : "");
}

static char *
explain_self_signed (const char *host, X509 *certificate)
{
    g_autofree char *digest = hex_digest (certificate);
    return g_strdup_printf (
        ib_face_words (
            _ ("The certificate of %s is self-signed: nobody but the server itself vouches for it. If "
               "this is a server of your own, pin it by fingerprint=sha256:%s"),
            _ ("The certificate of %s is self-signed: nobody but the server itself vouches for it. If "
               "this is a server of your own, pin it by sha256:%s")),
        host, digest);
}

static char *
explain_expired (const char *host, X509 *certificate)
{
    g_autofree char *end = describe_time (X509_get0_notAfter (certificate));
    return g_strdup_printf (
        _ ("The certificate of %s expired on %s: the server's operator must renew it, unless this "
           "computer's clock is wrong."),
        host, end);
}

static char *
explain_too_early (const char *host, X509 *certificate)
{
    g_autofree char *begin = describe_time (X509_get0_notBefore (certificate));
    return g_strdup_printf (
        _ ("The certificate of %s is not valid before %s: is this computer's clock right?"), host, begin);
}

static char *
explain (const char *host, X509 *certificate, int code, int depth)
{
    switch (code) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return explain_host (host, certificate);
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return explain_expired (host, certificate);
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return explain_too_early (host, certificate);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return explain_self_signed (host, certificate);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return explain_unknown (host, certificate, depth);
    default: /* OpenSSL has some eighty; the rest say best themselves what they are */
        return g_strdup_printf (
            _ ("The certificate of %s is not acceptable: %s. The server's operator must replace "
               "it."),
            host, X509_verify_cert_error_string (code));
    }
}

/* Called by OpenSSL for each certificate of the chain. The first refusal is the one to tell; after it the
 * certificates are gone. */
static int
on_verify (int is_ok, X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data (store, SSL_get_ex_data_X509_STORE_CTX_idx ());
    IbTrust *self = SSL_get_app_data (ssl);
    X509 *certificate = X509_STORE_CTX_get_current_cert (store);
    if (certificate == NULL)
        certificate = X509_STORE_CTX_get0_cert (store);
    if (!is_ok && self->refusal == NULL && certificate != NULL)
        self->refusal = explain (self->host, certificate, X509_STORE_CTX_get_error (store),
                                 X509_STORE_CTX_get_error_depth (store));
    return is_ok;
}

/* Parsed whole for a moment: what the user named must be good, which is not asked of each of the system's. */
static bool
is_readable (const char *ca_file)
{
    X509_STORE *scratch = X509_STORE_new ();
    bool is_good = scratch != NULL && X509_STORE_load_file (scratch, ca_file) == 1;
    X509_STORE_free (scratch);
    return is_good;
}

static bool
load_authorities (IbTrust *self, const char *ca_file, GError **error)
{
    const char *bundle = find_bundle ();
    g_autoptr (IbAuthorities) authorities = ib_authorities_new ();
    bool has_bundle = ib_authorities_add_file (authorities, bundle);
    if (*ca_file == '\0' && !has_bundle) {
        g_set_error (
            error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
            _ ("No certificate authorities: %s cannot be read. Install the package ca-certificates."),
            bundle);
        return false;
    }
    if (*ca_file != '\0' && !(is_readable (ca_file) && ib_authorities_add_file (authorities, ca_file))) {
        g_set_error (
            error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
            ib_face_words (
                _ ("ca-file=%s cannot be read, or holds no certificate in PEM form."),
                _ ("The file of its own authority, %s, cannot be read, or holds no certificate in PEM form.")),
            ca_file);
        return false;
    }
    ib_authorities_digest (authorities, self->authorities);
    if (!ib_authorities_serve (g_steal_pointer (&authorities), SSL_CTX_get_cert_store (self->context))) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("OpenSSL cannot be brought up."));
        return false;
    }
    return true;
}

/* --- resuming ------------------------------------------------------------------------------------------------- */

/* Takes the reference. In TLS 1.3 they come whenever the server likes; the last one is the best. */
static int
on_session (SSL *ssl, SSL_SESSION *session)
{
    IbTrust *self = SSL_get_app_data (ssl);
    SSL_SESSION_free (self->session);
    self->session = session;
    return 1;
}

/* Whom and what this handshake would believe. */
static void
bind_to (IbTrust *self, const char *host)
{
    g_autofree char *names = g_strdup_printf ("%s %s", host, self->fingerprint);
    gsize length = strlen (names) + 1;
    g_autofree guint8 *all = g_malloc (length + sizeof self->authorities);
    memcpy (all, names, length);
    memcpy (all + length, self->authorities, sizeof self->authorities);
    ib_crypto_sha256 (all, length + sizeof self->authorities, self->binding.trust);
}

static gint64
now_s (void)
{
    return g_get_real_time () / G_USEC_PER_SEC;
}

/* The server may forget it at any time: then the handshake is a full one. */
static void
offer (IbTrust *self, SSL *ssl)
{
    if (self->offered == NULL)
        return;
    SSL_SESSION *session
        = ib_ticket_open (self->offered, self->binding.trust, now_s (), &self->binding.verified_at_s);
    if (session != NULL)
        SSL_set_session (ssl, session);
    SSL_SESSION_free (session);
}

void
ib_trust_offer (IbTrust *self, const IbSecret *ticket)
{
    self->offered = ticket;
}

IbSecret *
ib_trust_get_ticket (const IbTrust *self)
{
    return self->session != NULL ? ib_ticket_seal (self->session, &self->binding) : NULL;
}

static void
set_policy (SSL_CTX *context)
{
    SSL_CTX_set_min_proto_version (context, TLS1_2_VERSION);
    SSL_CTX_set_security_level (context, 2);
    SSL_CTX_set_options (context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode (context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
                                   | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* Kept here, for one, and not by OpenSSL. */
    SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb (context, on_session);
    /* Many records at once: else each costs two calls, one for its head and one for its body. */
    SSL_CTX_set_read_ahead (context, 1);
    SSL_CTX_set_default_read_buffer_len (context, READ_AHEAD_BYTES);
    /* A certificate that the user put into ca-file= is trusted, be it a root or not. */
    X509_VERIFY_PARAM_set_flags (SSL_CTX_get0_param (context), X509_V_FLAG_PARTIAL_CHAIN);
}

IbTrust *
ib_trust_new (const char *ca_file, const char *fingerprint, GError **error)
{
    guchar seed;
    if (OPENSSL_init_ssl (
            OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_LOAD_CONFIG, NULL)
            != 1
        || RAND_bytes (&seed, 1) != 1) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("OpenSSL cannot be brought up."));
        return NULL;
    }
    g_autoptr (IbTrust) self = g_new0 (IbTrust, 1);
    self->fingerprint = g_ascii_strdown (fingerprint, -1);
    self->context = SSL_CTX_new (TLS_client_method ());
    if (self->context == NULL) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("OpenSSL offers no TLS."));
        return NULL;
    }
    set_policy (self->context);
    if (*fingerprint == '\0' && !load_authorities (self, ca_file, error))
        return NULL;
    ERR_clear_error ();
    return g_steal_pointer (&self);
}

/* host= as a certificate would have it: no brackets, no final dot, no zone, A-labels. NULL: not a host. */
static char *
certificate_host (const char *host)
{
    g_autofree char *bare = g_strdup (*host == '[' ? host + 1 : host);
    bare[strcspn (bare, "%]")] = '\0';
    if (g_hostname_is_ip_address (bare))
        return g_steal_pointer (&bare);
    gsize length = strlen (bare);
    if (length > 0 && bare[length - 1] == '.')
        bare[length - 1] = '\0';
    return *bare != '\0' ? ib_dns_name (bare) : NULL;
}

static bool
expect_host (SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *param = SSL_get0_param (ssl);
    X509_VERIFY_PARAM_set_hostflags (param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
                                                | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (g_hostname_is_ip_address (host))
        return X509_VERIFY_PARAM_set1_ip_asc (param, host) == 1;
    return X509_VERIFY_PARAM_set1_host (param, host, 0) == 1 && SSL_set_tlsext_host_name (ssl, host) == 1;
}

SSL *
ib_trust_new_ssl (IbTrust *self, const char *host)
{
    g_autofree char *expected = certificate_host (host);
    SSL *ssl = expected != NULL ? SSL_new (self->context) : NULL;
    if (ssl == NULL || !expect_host (ssl, expected)) {
        SSL_free (ssl);
        return NULL;
    }
    g_free (self->host);
    self->host = g_strdup (host);
    g_clear_pointer (&self->refusal, g_free);
    SSL_set_app_data (ssl, self);
    bind_to (self, expected);
    offer (self, ssl);
    bool is_pinned = *self->fingerprint != '\0';
    SSL_set_verify (ssl, is_pinned ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, is_pinned ? NULL : on_verify);
    return ssl;
}

static void
drop_authorities (IbTrust *self)
{
    X509_STORE *nobody = X509_STORE_new ();
    if (nobody == NULL)
        return;
    SSL_CTX_set_cert_store (self->context, nobody);
    malloc_trim (0);
}

static bool
matches_pin (IbTrust *self, SSL *ssl)
{
    X509 *leaf = SSL_get0_peer_certificate (ssl);
    g_autofree char *shown = leaf != NULL ? hex_digest (leaf) : g_strdup ("");
    if (*shown != '\0' && strcmp (shown, self->fingerprint) == 0)
        return true;
    self->refusal = g_strdup_printf (
        ib_face_words (
            _ ("The certificate of %s is not the pinned one: it is sha256:%s, and fingerprint= "
               "says sha256:%s. Change it only if the server's operator confirms the new one."),
            _ ("The certificate of %s is not the pinned one: it is sha256:%s, and the pinned one is "
               "sha256:%s. Change it only if the server's operator confirms the new one.")),
        self->host, shown, self->fingerprint);
    return false;
}

bool
ib_trust_accepts (IbTrust *self, SSL *ssl)
{
    if (SSL_session_reused (ssl) == 0)
        self->binding.verified_at_s = now_s ();
    if (*self->fingerprint != '\0')
        return matches_pin (self, ssl);
    drop_authorities (self);
    return SSL_get_verify_result (ssl) == X509_V_OK;
}

const char *
ib_trust_get_refusal (const IbTrust *self)
{
    return self->refusal;
}

void
ib_trust_free (IbTrust *self)
{
    if (self == NULL)
        return;
    SSL_SESSION_free (self->session);
    SSL_CTX_free (self->context);
    g_free (self->fingerprint);
    g_free (self->host);
    g_free (self->refusal);
    g_free (self);
}
