/* A provider's settings file: what is taken, what is left out, and what is refused as a whole. */
#include "autoconfig.h"

#include <string.h>

#define HEAD "<clientConfig version=\"1.1\"><emailProvider id=\"example.org\">"
#define TAIL "</emailProvider></clientConfig>"
#define SERVER(type, host, port, socket, rest)                                                                         \
    "<incomingServer type=\"" type "\"><hostname>" host "</hostname><port>" port "</port><socketType>" socket           \
    "</socketType>" rest "</incomingServer>"
#define IMAP SERVER ("imap", "imap.example.org", "993", "SSL", "<username>%EMAILADDRESS%</username>")
#define FOUND "imap imap.example.org:993 tls anna@example.org password"

static const struct {
    const char *name, *text;
    const char *expected; /* lines; NULL: it is no settings file */
} files[] = {
    { "plain", HEAD IMAP TAIL, FOUND },
    { "declaration", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" HEAD IMAP TAIL, FOUND },
    { "latin-1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" HEAD "<displayName>B\xfc</displayName>" IMAP TAIL, FOUND },
    { "byte-order-mark", "\xef\xbb\xbf" HEAD IMAP TAIL, FOUND },
    { "blanks", HEAD SERVER ("imap", "\n imap.example.org ", " 993\n", " SSL ", "") TAIL, FOUND },
    { "cdata", HEAD SERVER ("imap", "<![CDATA[imap.example.org]]>", "993", "SSL", "") TAIL, FOUND },
    { "comment", "<!-- a -->" HEAD "<!-- b -->" SERVER ("imap", "imap.<!-- c -->example.org", "993", "SSL", "") TAIL, FOUND },
    { "unknown-elements", HEAD "<new><incomingServer/></new>" IMAP "<instruction>do</instruction>" TAIL, FOUND },
    { "capitals", HEAD SERVER ("IMAP", "IMAP.Example.org", "993", "ssl", "") TAIL, FOUND },
    { "local-part", HEAD SERVER ("pop3", "pop.%EMAILDOMAIN%", "995", "SSL", "<username>%EMAILLOCALPART%</username>") TAIL,
      "pop3 pop.example.org:995 tls anna password" },
    { "starttls", HEAD SERVER ("imap", "imap.example.org", "143", "STARTTLS", "") TAIL,
      "imap imap.example.org:143 starttls anna@example.org password" },
    { "in-their-order", HEAD SERVER ("pop3", "b.example.org", "995", "SSL", "") IMAP TAIL,
      "pop3 b.example.org:995 tls anna@example.org password\n" FOUND },
    { "ways", HEAD SERVER ("imap", "imap.example.org", "993", "SSL",
                           "<authentication>OAuth2</authentication><authentication>GSSAPI</authentication>"
                           "<authentication>password-cleartext</authentication><authentication>password-encrypted</authentication>") TAIL,
      "imap imap.example.org:993 tls anna@example.org oauth2,password" },
    { "no-way-of-ours", HEAD SERVER ("imap", "imap.example.org", "993", "SSL", "<authentication>NTLM</authentication>") TAIL, "" },
    { "elsewhere", HEAD SERVER ("imap", "imap.hoster.net", "993", "SSL", "") TAIL,
      "imap imap.hoster.net:993 tls anna@example.org password" },
    { "broken-section", HEAD SERVER ("imap", "", "993", "SSL", "") IMAP TAIL, FOUND },
    { "no-port", HEAD "<incomingServer type=\"imap\"><hostname>a.org</hostname><socketType>SSL</socketType></incomingServer>" TAIL, "" },
    { "port-zero", HEAD SERVER ("imap", "a.example.org", "0", "SSL", "") TAIL, "" },
    { "port-too-large", HEAD SERVER ("imap", "a.example.org", "65536", "SSL", "") TAIL, "" },
    { "port-of-another", HEAD SERVER ("pop3", "a.example.org", "993", "SSL", "") TAIL, "" },
    { "port-of-submission", HEAD SERVER ("pop3", "a.example.org", "587", "STARTTLS", "") TAIL, "" },
    { "plaintext", HEAD SERVER ("imap", "a.example.org", "143", "plain", "") TAIL, "" },
    { "no-socket-type", HEAD "<incomingServer type=\"imap\"><hostname>a.org</hostname><port>993</port></incomingServer>" TAIL, "" },
    { "other-type", HEAD SERVER ("exchange", "a.example.org", "993", "SSL", "") TAIL, "" },
    { "address-as-host", HEAD SERVER ("imap", "10.0.0.1", "993", "SSL", "") TAIL, "" },
    { "one-label", HEAD SERVER ("imap", "localhost", "993", "SSL", "") TAIL, "" },
    { "host-with-line", HEAD SERVER ("imap", "a.example.org&#10;x", "993", "SSL", "") TAIL, "" },
    { "control-in-user", HEAD SERVER ("imap", "imap.example.org", "993", "SSL", "<username>a&#9;b</username>") TAIL, FOUND },
    { "outgoing-only", HEAD "<outgoingServer type=\"smtp\"><hostname>a.org</hostname></outgoingServer>" TAIL, "" },
    { "no-provider", "<clientConfig/>", NULL },
    { "other-root", "<html><body>no such page</body></html>", NULL },
    { "empty", "", NULL },
    { "text", "not found", NULL },
    { "cut-short", HEAD IMAP, NULL },
    { "doctype", "<!DOCTYPE clientConfig>" HEAD IMAP TAIL, NULL },
    { "entity", "<!DOCTYPE clientConfig [<!ENTITY h \"imap.example.org\">]>" HEAD SERVER ("imap", "&h;", "993", "SSL", "") TAIL, NULL },
    { "entity-from-file",
      "<!DOCTYPE clientConfig [<!ENTITY h SYSTEM \"file:///etc/hostname\">]>" HEAD SERVER ("imap", "&h;", "993", "SSL", "") TAIL, NULL },
    { "undeclared-entity", HEAD SERVER ("imap", "&h;", "993", "SSL", "") TAIL, NULL },
    { "own-entities", HEAD "<displayName>A &amp; B &lt;</displayName>" IMAP TAIL, FOUND },
};

static char *
describe (const GPtrArray *found)
{
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < found->len; i++) {
        const IbCandidate *self = found->pdata[i];
        g_string_append_printf (text, "%s%s %s:%u %s %s ", i > 0 ? "\n" : "", self->protocol == IB_PROTOCOL_IMAP ? "imap" : "pop3",
                                self->host, self->port, self->security == IB_SECURITY_TLS ? "tls" : "starttls", self->user);
        for (guint way = 0; way < self->n_sign_in; way++)
            g_string_append_printf (text, "%s%s", way > 0 ? "," : "", ib_sign_in_name (self->sign_in[way]));
    }
    return g_string_free (text, FALSE);
}

static void
test_file (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) found = ib_autoconfig_parse (files[row].text, strlen (files[row].text), "anna@example.org",
                                                       IB_FROM_AUTOCONFIG, "https://x.org/", &error);
    if (files[row].expected == NULL) {
        g_assert_error (error, IB_AUTOCONFIG_ERROR, IB_AUTOCONFIG_ERROR_INVALID);
        g_assert_null (found);
        return;
    }
    g_assert_no_error (error);
    g_autofree char *text = describe (found);
    g_assert_cmpstr (text, ==, files[row].expected);
}

static const struct {
    const char *name;
    IbCandidateSource source;
    const char *host;
    bool needs_confirmation;
} hosts[] = {
    { "owner-elsewhere", IB_FROM_AUTOCONFIG, "imap.hoster.net", false },
    { "exchanger-elsewhere", IB_FROM_MX_AUTOCONFIG, "imap.hoster.net", true },
    { "exchanger-below", IB_FROM_MX_AUTOCONFIG, "imap.example.org", false },
    { "database-elsewhere", IB_FROM_ISPDB, "imap.hoster.net", true },
    { "database-below", IB_FROM_ISPDB, "imap.example.org", false },
};

static void
test_confirmation (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autofree char *text = g_strdup_printf (HEAD SERVER ("imap", "%s", "993", "SSL", "") TAIL, hosts[row].host);
    g_autoptr (GPtrArray) found
        = ib_autoconfig_parse (text, strlen (text), "anna@example.org", hosts[row].source, "https://x.org/", NULL);
    g_assert_true (((const IbCandidate *) found->pdata[0])->needs_confirmation == hosts[row].needs_confirmation);
}

static void
test_oauth2 (void)
{
    const char *text = HEAD SERVER ("imap", "imap.example.org", "993", "SSL", "<authentication>OAuth2</authentication>")
        "</emailProvider><oAuth2><issuer>login.example.org</issuer><scope>mail offline_access</scope>"
        "<authURL>https://login.example.org/auth</authURL><tokenURL>http://login.example.org/token</tokenURL>"
        "<clientID>open</clientID></oAuth2></clientConfig>";
    g_autoptr (GPtrArray) found
        = ib_autoconfig_parse (text, strlen (text), "anna@example.org", IB_FROM_AUTOCONFIG, "https://x.org/", NULL);
    const IbCandidate *candidate = found->pdata[0];
    g_assert_cmpstr (candidate->oauth2_issuer, ==, "login.example.org");
    g_assert_cmpstr (candidate->oauth2_scope, ==, "mail offline_access");
    g_assert_cmpstr (candidate->oauth2_auth_url, ==, "https://login.example.org/auth");
    g_assert_cmpstr (candidate->oauth2_token_url, ==, ""); /* no token goes where anybody can read it */
    g_assert_cmpstr (candidate->oauth2_client_id, ==, "open");
}

/* What comes of a sign-in at one place is told to no other. */
static const struct { const char *name, *auth, *token; bool is_taken; } places[] = {
    { "same-host", "https://login.example.org/auth", "https://login.example.org/token", true },
    { "same-owner", "https://login.example.org/auth", "https://token.example.org/token", true },
    { "another's", "https://accounts.example.net/auth", "https://login.example.org/token", false },
    { "looks-alike", "https://accounts.example.net/auth", "https://accounts.example.net.example.org/token", false },
    { "public-suffix", "https://one.co.uk/auth", "https://two.co.uk/token", false },
    { "addresses", "https://192.0.2.1/auth", "https://192.0.2.2/token", false },
};

static void
test_places (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autofree char *text = g_strdup_printf (
        HEAD SERVER ("imap", "imap.example.org", "993", "SSL", "<authentication>OAuth2</authentication>")
        "</emailProvider><oAuth2><authURL>%s</authURL><tokenURL>%s</tokenURL></oAuth2></clientConfig>", places[row].auth,
        places[row].token);
    g_autoptr (GPtrArray) found
        = ib_autoconfig_parse (text, strlen (text), "anna@example.org", IB_FROM_AUTOCONFIG, "https://x.org/", NULL);
    const IbCandidate *candidate = found->pdata[0];
    g_assert_cmpstr (candidate->oauth2_auth_url, ==, places[row].is_taken ? places[row].auth : "");
    g_assert_cmpstr (candidate->oauth2_token_url, ==, places[row].is_taken ? places[row].token : "");
}

static void
test_too_many (void)
{
    g_autoptr (GString) text = g_string_new (HEAD);
    for (int i = 0; i < 300; i++)
        g_string_append (text, IMAP);
    g_string_append (text, TAIL);
    g_autoptr (GPtrArray) found
        = ib_autoconfig_parse (text->str, text->len, "anna@example.org", IB_FROM_AUTOCONFIG, "https://x.org/", NULL);
    g_assert_cmpuint (found->len, ==, 16);
}

static void
test_too_large (void)
{
    g_autofree char *blanks = g_strnfill (IB_AUTOCONFIG_BYTES, ' ');
    g_autofree char *text = g_strconcat (HEAD IMAP TAIL, blanks, NULL);
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_autoconfig_parse (text, strlen (text), "anna@example.org", IB_FROM_AUTOCONFIG, "https://x.org/", &error));
    g_assert_error (error, IB_AUTOCONFIG_ERROR, IB_AUTOCONFIG_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
        g_autofree char *path = g_strconcat ("/autoconfig/file/", files[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_file);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++) {
        g_autofree char *path = g_strconcat ("/autoconfig/confirmation/", hosts[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_confirmation);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
        g_autofree char *path = g_strconcat ("/autoconfig/places/", places[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_places);
    }
    g_test_add_func ("/autoconfig/oauth2", test_oauth2);
    g_test_add_func ("/autoconfig/too-many", test_too_many);
    g_test_add_func ("/autoconfig/too-large", test_too_large);
    return g_test_run ();
}
