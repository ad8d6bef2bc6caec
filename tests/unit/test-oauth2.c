/* What passes through a browser, and what authorization servers answer. */
#include "oauth2-answer.h"
#include "server-limits.h"

#include <string.h>

static IbOAuth2Client *
make_client (const char *issuer)
{
    IbOAuth2Client *client = ib_oauth2_client_new ();
    ib_oauth2_set (&client->provider, "Example");
    ib_oauth2_set (&client->id, "inbasket");
    ib_oauth2_set (&client->scope, "openid mail");
    ib_oauth2_set (&client->issuer, issuer);
    ib_oauth2_set (&client->auth_url, "https://login.example/auth");
    return client;
}

/* --- addresses that tokens may be sent to ---------------------------------------------------------------------- */

static const struct { const char *name, *url; bool is_safe; } urls[] = {
    { "https",              "https://login.example/token", true },
    { "https-port-query",   "https://login.example:8443/token?tenant=a", true },
    { "http",               "http://login.example/token", false },
    { "loopback",           "http://127.0.0.1:5000/token", true },
    { "loopback-other",     "http://127.8.9.1/token", true },
    { "loopback-6",         "http://[::1]:5000/token", true },
    { "loopback-name",      "http://localhost/token", true },
    { "looks-like-name",    "http://localhost.example/token", false },
    { "looks-like-address", "http://127.0.0.1.example/token", false },
    { "private-network",    "http://192.168.0.1/token", false },
    { "password-inside",    "https://login.example@evil.example/token", false },
    { "fragment",           "https://login.example/token#a", false },
    { "no-host",            "https:///token", false },
    { "file",               "file:///etc/passwd", false },
    { "empty",              "", false },
    { "words",              "login.example/token", false },
    { "blank-before",       " https://login.example/token", false },
    { "blank-inside",       "https://login.example/to ken", false },
    { "line-inside",        "https://login.example/\nsecret=a", false },
    { "escape-inside",      "https://login.example/\x1b[31m", false },
};

static void
checks_url (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_assert_cmpint (ib_oauth2_check_url ("token-url", urls[i].url, &error), ==, urls[i].is_safe);
    if (!urls[i].is_safe)
        g_assert_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT);
}

/* --- PKCE ------------------------------------------------------------------------------------------------------ */

static const struct { const char *name, *verifier, *challenge; } challenges[] = {
    /* RFC 7636, appendix B */
    { "rfc7636", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" },
    /* SHA-256 of "abc": FIPS 180-2, B.1 */
    { "fips180", "abc", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0" },
};

static void
makes_challenge (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *challenge = ib_oauth2_challenge (challenges[i].verifier);
    g_assert_cmpstr (challenge, ==, challenges[i].challenge);
}

static void
words_are_new_and_fit (void)
{
    g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (int i = 0; i < 100; i++) {
        g_autoptr (IbSecret) word = ib_oauth2_new_word ();
        const char *text = ib_secret_peek (word, NULL);
        g_assert_cmpuint (strlen (text), ==, 43);
        g_assert_cmpuint (strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), ==, 43);
        g_assert_true (g_hash_table_add (seen, g_strdup (text)));
    }
}

/* --- to the browser -------------------------------------------------------------------------------------------- */

static const struct { const char *name, *auth_url, *scope, *begin, *scope_there, *end; } links[] = {
    { "plain", "https://login.example/auth", "openid mail",
      "https://login.example/auth?response_type=code&client_id=inbasket&", "openid%20mail", "" },
    { "with-a-query", "https://login.example/auth?tenant=a", "mail",
      "https://login.example/auth?tenant=a&response_type=code&client_id=inbasket&", "mail", "" },
    { "offline", "https://login.example/auth", "openid offline_access",
      "https://login.example/auth?response_type=code&client_id=inbasket&", "openid%20offline_access", "&prompt=consent" },
    { "offline-without-openid", "https://login.example/auth", "mail offline_access",
      "https://login.example/auth?response_type=code&client_id=inbasket&", "mail%20offline_access", "" },
    { "prompt-of-its-own", "https://login.example/auth?prompt=select_account", "openid offline_access",
      "https://login.example/auth?prompt=select_account&response_type=code&client_id=inbasket&", "openid%20offline_access", "" },
};

static void
makes_link (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbOAuth2Client) client = make_client ("");
    ib_oauth2_set (&client->auth_url, links[i].auth_url);
    ib_oauth2_set (&client->scope, links[i].scope);
    g_autofree char *link = ib_oauth2_authorization_url (client, "http://127.0.0.1:7/", "s&t", challenges[0].verifier,
                                                         "anna+x@example.org");
    g_autofree char *whole = g_strconcat (
        links[i].begin, "redirect_uri=http%3A%2F%2F127.0.0.1%3A7%2F&scope=", links[i].scope_there,
        "&state=s%26t&code_challenge=", challenges[0].challenge,
        "&code_challenge_method=S256&login_hint=anna%2Bx%40example.org", links[i].end, NULL);
    g_assert_cmpstr (link, ==, whole);
}

/* --- back from it ---------------------------------------------------------------------------------------------- */

#define STATE "AbCdEfGh"
#define OK (-1)

static const struct { const char *name, *issuer; bool names_issuer; const char *text, *code; int error; } redirects[] = {
    { "code",            "", false, "http://127.0.0.1:7/?code=C1&state=" STATE, "C1", OK },
    { "query-alone",     "", false, "?state=" STATE "&code=C1", "C1", OK },
    { "escaped",         "", false, "?code=4%2F0a%2Bb%3D&state=" STATE, "4/0a+b=", OK },
    { "more",            "", false, "?code=C1&session_state=x&scope=a+b&state=" STATE, "C1", OK },
    { "fragment",        "", false, "?code=C1&state=" STATE "#_=_", "C1", OK },
    { "wrapped",         "", false, "?code=C1&state=" STATE "\r\n", "C1", OK },
    { "other-state",     "", false, "?code=C1&state=AbCdEfGx", NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "longer-state",    "", false, "?code=C1&state=" STATE "i", NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "shorter-state",   "", false, "?code=C1&state=AbC", NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "empty-state",     "", false, "?code=C1&state=", NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "no-state",        "", false, "?code=C1", NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "state-twice",     "", false, "?code=C1&state=x&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "code-twice",      "", false, "?code=C1&code=C2&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "broken-escape",   "", false, "?code=%zz&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "nul",             "", false, "?code=a%00b&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "nothing",         "", false, "", NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "no-code",         "", false, "?state=" STATE, NULL, IB_OAUTH2_ERROR_BUSY },
    { "empty-code",      "", false, "?code=&state=" STATE, NULL, IB_OAUTH2_ERROR_BUSY },
    { "denied",          "", false, "?error=access_denied&state=" STATE, NULL, IB_OAUTH2_ERROR_SIGN_IN },
    { "denied-by-other", "", false, "?error=access_denied&state=x", NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "both",            "", false, "?error=access_denied&code=C1&state=" STATE, NULL, IB_OAUTH2_ERROR_SIGN_IN },
    { "passing",         "", false, "?error=temporarily_unavailable&state=" STATE, NULL, IB_OAUTH2_ERROR_BUSY },
    { "bad-scope",       "", false, "?error=invalid_scope&state=" STATE, NULL, IB_OAUTH2_ERROR_CLIENT },
    { "out-of-order",    "", false, "?error=server_error&state=" STATE, NULL, IB_OAUTH2_ERROR_BUSY },
    { "bad-client",      "", false, "?error=unauthorized_client&state=" STATE, NULL, IB_OAUTH2_ERROR_CLIENT },
    { "bad-request",     "", false, "?error=invalid_request&state=" STATE, NULL, IB_OAUTH2_ERROR_CLIENT },
    { "bad-type",        "", false, "?error=unsupported_response_type&state=" STATE, NULL, IB_OAUTH2_ERROR_CLIENT },
    { "broken-behind",   "", false, "?code=C1&state=" STATE "&more=%zz", NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "issuer",          "https://login.example/a", false, "?code=C1&iss=https%3A%2F%2Flogin.example%2Fa&state=" STATE, "C1", OK },
    { "issuer-slash",    "https://login.example/a", false, "?code=C1&iss=https%3A%2F%2Flogin.example%2Fa%2F&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "issuer-other",    "https://login.example/a", false, "?code=C1&iss=https%3A%2F%2Fevil.example&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "issuer-host",     "login.example", false, "?code=C1&iss=https%3A%2F%2FLogin.example%2Fa%2Fv2.0&state=" STATE, "C1", OK },
    { "issuer-no-host",  "login.example", false, "?code=C1&iss=https%3A%2F%2Flogin.example.evil.example&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "issuer-unknown",  "", false, "?code=C1&iss=https%3A%2F%2Flogin.example&state=" STATE, "C1", OK },
    { "issuer-elsewhere", "", false, "?code=C1&iss=https%3A%2F%2Fevil.example&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "issuer-nonsense", "login.example", false, "?code=C1&iss=login&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "issuer-urn",      "login.example", false, "?code=C1&iss=urn%3Aexample&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "issuer-mailto",   "", false, "?code=C1&iss=mailto%3Aa&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "issuer-missing",  "https://login.example/a", true, "?code=C1&state=" STATE, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "issuer-optional", "https://login.example/a", false, "?code=C1&state=" STATE, "C1", OK },
};

static void
reads_redirect (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Client) client = make_client (redirects[i].issuer);
    client->names_issuer = redirects[i].names_issuer;
    g_autoptr (IbSecret) code = ib_oauth2_read_redirect (client, redirects[i].text, STATE, &error);
    g_assert_cmpstr (code != NULL ? ib_secret_peek (code, NULL) : NULL, ==, redirects[i].code);
    if (redirects[i].error == OK)
        g_assert_no_error (error);
    else
        g_assert_error (error, IB_OAUTH2_ERROR, redirects[i].error);
}

static void
redirect_has_a_limit (void)
{
    g_autofree char *much = g_strnfill (IB_LIMIT_REDIRECT_BYTES, 'a');
    g_autofree char *text = g_strconcat ("?state=" STATE "&code=", much, NULL);
    g_assert_false (ib_oauth2_is_redirect (text));
    text[1000] = '\0';
    g_assert_true (ib_oauth2_is_redirect (text));
}

static const struct { const char *name, *text; bool is_one; } candidates[] = {
    { "code",    "http://127.0.0.1:7/?code=a&state=b", true },
    { "error",   "?error=a&state=b", true },
    { "link",    "https://login.example/auth?response_type=code&client_id=a&state=b", false },
    { "other-code", "https://shop.example/?code=a", false },
    { "address", "http://127.0.0.1:7/", false },
    { "word",    "yes", false },
    { "icon",    "?", false },
};

static void
knows_a_redirect (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_assert_cmpint (ib_oauth2_is_redirect (candidates[i].text), ==, candidates[i].is_one);
}

static void
words_of_a_refusal_are_escaped (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Client) client = make_client ("");
    g_assert_null (ib_oauth2_read_redirect (client, "?error=access_denied&error_description=no%1b[31m%21&state=" STATE, STATE,
                                            &error));
    g_assert_cmpstr (error->message, ==, "Example: the access was not allowed in the browser: no\\x1b[31m!");
}

/* --- the token endpoint ---------------------------------------------------------------------------------------- */

/* {"email":"anna@example.org","aud":"inbasket"} and the like, between dots. */
#define ID_ANNA "e30.eyJlbWFpbCI6ImFubmFAZXhhbXBsZS5vcmciLCJhdWQiOiJpbmJhc2tldCJ9.c2ln"
#define ID_OTHER_PROGRAM "e30.eyJlbWFpbCI6ImFubmFAZXhhbXBsZS5vcmciLCJhdWQiOiJvdGhlciJ9.c2ln"
#define ID_FOR_BOTH "e30.eyJlbWFpbCI6ImFubmFAZXhhbXBsZS5vcmciLCJhdWQiOlsib3RoZXIiLCJpbmJhc2tldCJdfQ.c2ln"
#define ID_FOR_OTHERS "e30.eyJlbWFpbCI6ImFubmFAZXhhbXBsZS5vcmciLCJhdWQiOlsib3RoZXIiLCJtb3JlIl19.c2ln"
#define ID_FOR_ANY "e30.eyJlbWFpbCI6ImFubmFAZXhhbXBsZS5vcmcifQ.c2ln"
#define ID_PREFERRED "e30.eyJlbWFpbCI6ImFubmEiLCJwcmVmZXJyZWRfdXNlcm5hbWUiOiJhbm5hQGV4YW1wbGUub3JnIn0.c2ln"
#define ID_UPN "e30.eyJ1cG4iOiJhbm5hQGV4YW1wbGUub3JnIn0.c2ln"
#define ID_UNIQUE "e30.eyJ1bmlxdWVfbmFtZSI6ImFubmFAZXhhbXBsZS5vcmcifQ.c2ln"

static const struct {
    const char *name; guint status; const char *body, *access, *refresh; gint64 lifetime_s; const char *person; int error; const char *words;
} answers[] = {
    { "whole", 200, "{\"access_token\":\"A\",\"refresh_token\":\"R\",\"expires_in\":3600,\"token_type\":\"Bearer\",\"id_token\":\"" ID_ANNA "\"}", "A", "R", 3600, "anna@example.org", OK, NULL },
    { "bare", 200, "{\"access_token\":\"A\"}", "A", NULL, 0, NULL, OK, NULL },
    { "lower-case-kind", 200, "{\"access_token\":\"A\",\"token_type\":\"bearer\"}", "A", NULL, 0, NULL, OK, NULL },
    { "lifetime-in-text", 200, "{\"access_token\":\"A\",\"expires_in\":\"3599\"}", "A", NULL, 3599, NULL, OK, NULL },
    { "lifetime-fraction", 200, "{\"access_token\":\"A\",\"expires_in\":3600.7}", "A", NULL, 3600, NULL, OK, NULL },
    { "lifetime-negative", 200, "{\"access_token\":\"A\",\"expires_in\":-5}", "A", NULL, 0, NULL, OK, NULL },
    { "lifetime-huge", 200, "{\"access_token\":\"A\",\"expires_in\":9e99}", "A", NULL, 365 * 24 * 3600, NULL, OK, NULL },
    { "lifetime-null", 200, "{\"access_token\":\"A\",\"expires_in\":null}", "A", NULL, 0, NULL, OK, NULL },
    { "refresh-null", 200, "{\"access_token\":\"A\",\"refresh_token\":null}", "A", NULL, 0, NULL, OK, NULL },
    { "identity-nonsense", 200, "{\"access_token\":\"A\",\"id_token\":\"..!\"}", "A", NULL, 0, NULL, OK, NULL },
    { "identity-for-another", 200, "{\"access_token\":\"A\",\"id_token\":\"" ID_OTHER_PROGRAM "\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_UNSAFE, NULL },
    { "identity-for-several", 200, "{\"access_token\":\"A\",\"id_token\":\"" ID_FOR_BOTH "\"}", "A", NULL, 0, "anna@example.org", OK, NULL },
    { "identity-for-several-others", 200, "{\"access_token\":\"A\",\"id_token\":\"" ID_FOR_OTHERS "\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_UNSAFE, NULL },
    { "identity-for-anybody", 200, "{\"access_token\":\"A\",\"id_token\":\"" ID_FOR_ANY "\"}", "A", NULL, 0, "anna@example.org", OK, NULL },
    { "name-is-no-address", 200, "{\"access_token\":\"A\",\"id_token\":\"" ID_PREFERRED "\"}", "A", NULL, 0, "anna@example.org", OK, NULL },
    { "upn", 200, "{\"access_token\":\"A\",\"id_token\":\"" ID_UPN "\"}", "A", NULL, 0, "anna@example.org", OK, NULL },
    { "unique-name", 200, "{\"access_token\":\"A\",\"id_token\":\"" ID_UNIQUE "\"}", "A", NULL, 0, "anna@example.org", OK, NULL },
    { "other-kind", 200, "{\"access_token\":\"A\",\"token_type\":\"mac\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "no-token", 200, "{\"expires_in\":3600}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, "Example answered what makes no sense (no access token)" },
    { "token-is-a-list", 200, "{\"access_token\":[\"A\"]}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "token-parts-xoauth2", 200, "{\"access_token\":\"A\\u0001auth=x\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "token-line-end", 200, "{\"access_token\":\"A\\r\\nB\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "refresh-unprintable", 200, "{\"access_token\":\"A\",\"refresh_token\":\"R \\n\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "html", 200, "<html>Sign in to the hotel</html>", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "empty", 200, "", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "list", 200, "[\"access_token\",\"A\"]", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "cut", 200, "{\"access_token\":\"A\"", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "not-utf-8", 200, "{\"access_token\":\"A\xff\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "refusal-with-200", 200, "{\"error\":\"invalid_grant\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, NULL },
    { "invalid-grant", 400, "{\"error\":\"invalid_grant\",\"error_description\":\"grant request is invalid\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, "Example gives no token: invalid_grant: grant request is invalid" },
    { "interaction", 400, "{\"error\":\"interaction_required\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, NULL },
    { "rule-of-organisation", 400, "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS70043: too old\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, "Example gives no token: invalid_grant: AADSTS70043: too old. Your organisation wants you to sign in again every so often, so this will come back" },
    { "not-allowed-65001", 400, "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS65001: no\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, "Example gives no token: invalid_grant: AADSTS65001: no. An administrator of your organisation has to allow it first" },
    { "not-allowed-90094", 400, "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS90094: no\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, "Example gives no token: invalid_grant: AADSTS90094: no. An administrator of your organisation has to allow it first" },
    { "consent", 400, "{\"error\":\"consent_required\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, NULL },
    { "login", 400, "{\"error\":\"login_required\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, NULL },
    { "denied", 400, "{\"error\":\"access_denied\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, NULL },
    { "declined", 400, "{\"error\":\"authorization_declined\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, NULL },
    { "unknown-client", 400, "{\"error\":\"invalid_client\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_CLIENT, NULL },
    { "unknown-grant-type", 400, "{\"error\":\"unsupported_grant_type\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_CLIENT, NULL },
    { "bad-request", 400, "{\"error\":\"invalid_request\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_CLIENT, NULL },
    { "bad-redirect", 400, "{\"error\":\"invalid_redirect_uri\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_CLIENT, NULL },
    { "hostile-words", 400, "{\"error\":\"invalid_grant\",\"error_description\":\"a\\u001b[2J\\nb\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, "Example gives no token: invalid_grant: a\\x1b[2J b" },
    { "invalid-client", 401, "{\"error\":\"invalid_client\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_CLIENT, NULL },
    { "invalid-scope", 400, "{\"error\":\"invalid_scope\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_CLIENT, NULL },
    { "401-alone", 401, "", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_CLIENT, NULL },
    { "unknown-refusal", 400, "{\"error\":\"mercury_in_retrograde\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "403-page", 403, "<html>blocked</html>", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "out-of-order", 503, "<html>", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, "Example does not give tokens now: HTTP status 503" },
    { "out-of-order-says-more", 500, "{\"error\":\"invalid_grant\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "too-many", 429, "{\"error\":\"invalid_request\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "too-slow", 408, "{\"error\":\"invalid_request\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "switching", 101, "{\"access_token\":\"A\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_BUSY, NULL },
    { "elsewhere", 302, "", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_CLIENT, NULL },
    { "pending", 400, "{\"error\":\"authorization_pending\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_PENDING, NULL },
    { "slow-down", 400, "{\"error\":\"slow_down\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SLOW_DOWN, NULL },
    { "code-expired", 400, "{\"error\":\"expired_token\"}", NULL, NULL, 0, NULL, IB_OAUTH2_ERROR_SIGN_IN, NULL },
};

static const char *
text_of (const IbSecret *secret)
{
    return secret != NULL ? ib_secret_peek (secret, NULL) : NULL;
}

static void
reads_tokens (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Client) client = make_client ("");
    g_autoptr (IbOAuth2Tokens) tokens
        = ib_oauth2_answer_tokens (client, answers[i].status, answers[i].body, strlen (answers[i].body), &error);
    if (answers[i].error != OK) {
        g_assert_error (error, IB_OAUTH2_ERROR, answers[i].error);
        g_assert_null (tokens);
        if (answers[i].words != NULL)
            g_assert_cmpstr (error->message, ==, answers[i].words);
        return;
    }
    g_assert_no_error (error);
    g_assert_cmpstr (text_of (tokens->access_token), ==, answers[i].access);
    g_assert_cmpstr (text_of (tokens->refresh_token), ==, answers[i].refresh);
    g_assert_cmpint (tokens->lifetime_s, ==, answers[i].lifetime_s);
    g_assert_cmpstr (tokens->signed_in[0], ==, answers[i].person);
}

/* Bytes that would have a parser call itself as often. */
static void
deep_answer_is_refused (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Client) client = make_client ("");
    g_autofree char *deep = g_strnfill (IB_LIMIT_JSON_BYTES, '[');
    g_assert_null (ib_oauth2_answer_tokens (client, 200, deep, IB_LIMIT_JSON_BYTES, &error));
    g_assert_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_BUSY);
}

/* The parser would read it to its end. */
static void
wide_answer_is_refused (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Client) client = make_client ("");
    g_autofree char *open = g_strnfill (IB_LIMIT_JSON_BRACKETS, '['), *close = g_strnfill (IB_LIMIT_JSON_BRACKETS, ']');
    g_autofree char *body = g_strdup_printf ("{\"access_token\":\"A\",\"more\":%s%s}", open, close);
    g_assert_null (ib_oauth2_answer_tokens (client, 200, body, strlen (body), &error));
    g_assert_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_BUSY);
}

static void
long_answer_is_refused (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Client) client = make_client ("");
    g_autofree char *blanks = g_strnfill (IB_LIMIT_JSON_BYTES, ' ');
    g_autofree char *body = g_strdup_printf ("{\"access_token\":\"A\"}%s", blanks);
    g_assert_null (ib_oauth2_answer_tokens (client, 200, body, strlen (body), &error));
    g_assert_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_BUSY);
}

static void
long_words_are_cut (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Client) client = make_client ("");
    g_autofree char *much = g_strnfill (5000, 'a');
    g_autofree char *body = g_strdup_printf ("{\"error\":\"invalid_grant\",\"error_description\":\"%s\"}", much);
    g_assert_null (ib_oauth2_answer_tokens (client, 400, body, strlen (body), &error));
    g_assert_cmpuint (strlen (error->message), <, 300);
    g_assert_true (g_str_has_suffix (error->message, "…"));
}

/* --- device codes ---------------------------------------------------------------------------------------------- */

#define DEVICE "\"device_code\":\"D\",\"user_code\":\"AB-CD\""

#define PLACE "\"verification_uri\":\"https://login.example/d\""
#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct { const char *name, *body, *url, *complete; gint64 interval_s; int error; } devices[] = {
    { "whole", "{" DEVICE ",\"verification_uri\":\"https://login.example/d\",\"verification_uri_complete\":\"https://login.example/d?c=AB-CD\",\"expires_in\":900,\"interval\":7}", "https://login.example/d", "https://login.example/d?c=AB-CD", 7, OK },
    { "no-interval", "{" DEVICE ",\"verification_uri\":\"https://login.example/d\"}", "https://login.example/d", "", 5, OK },
    { "older-name", "{" DEVICE ",\"verification_url\":\"https://login.example/d\"}", "https://login.example/d", "", 5, OK },
    { "long-interval", "{" DEVICE ",\"verification_uri\":\"https://login.example/d\",\"interval\":999999}", "https://login.example/d", "", 60, OK },
    { "complete-elsewhere", "{" DEVICE ",\"verification_uri\":\"https://login.example/d\",\"verification_uri_complete\":\"javascript:alert(1)\"}", "https://login.example/d", "", 5, OK },
    { "complete-unprintable", "{" DEVICE "," PLACE ",\"verification_uri_complete\":\"https://login.example/\xc3\xa4\"}", "https://login.example/d", "", 5, OK },
    { "complete-too-long", "{" DEVICE "," PLACE ",\"verification_uri_complete\":\"https://login.example/" A50 A50 A50 A50 "\"}", "https://login.example/d", "", 5, OK },
    { "no-device-code", "{\"user_code\":\"AB-CD\"," PLACE "}", NULL, NULL, 0, IB_OAUTH2_ERROR_BUSY },
    { "unprintable-place", "{" DEVICE ",\"verification_uri\":\"https://login.example/\xc3\xa4\"}", NULL, NULL, 0, IB_OAUTH2_ERROR_BUSY },
    { "not-https", "{" DEVICE ",\"verification_uri\":\"http://login.example/d\"}", NULL, NULL, 0, IB_OAUTH2_ERROR_BUSY },
    { "no-place", "{" DEVICE "}", NULL, NULL, 0, IB_OAUTH2_ERROR_BUSY },
    { "hostile-code", "{\"device_code\":\"D\",\"user_code\":\"\\u001b[2J\",\"verification_uri\":\"https://login.example/d\"}", NULL, NULL, 0, IB_OAUTH2_ERROR_BUSY },
    { "refused", "{\"error\":\"unauthorized_client\"}", NULL, NULL, 0, IB_OAUTH2_ERROR_CLIENT },
};

static void
reads_device (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Client) client = make_client ("");
    g_autoptr (IbOAuth2Device) device
        = ib_oauth2_answer_device (client, 200, devices[i].body, strlen (devices[i].body), &error);
    if (devices[i].error != OK) {
        g_assert_error (error, IB_OAUTH2_ERROR, devices[i].error);
        return;
    }
    g_assert_no_error (error);
    g_assert_cmpstr (device->user_code, ==, "AB-CD");
    g_assert_cmpstr (device->url, ==, devices[i].url);
    g_assert_cmpstr (device->complete_url, ==, devices[i].complete);
    g_assert_cmpint (device->interval_s, ==, devices[i].interval_s);
    g_assert_cmpint (device->lifetime_s, ==, strstr (devices[i].body, "expires_in") != NULL ? 900 : 600);
}

/* --- servers that tell of themselves ----------------------------------------------------------------------------- */

#define ISSUER "\"issuer\":\"https://login.example\""

static const struct { const char *name, *body, *token_url, *registration_url; int error; bool names_issuer; } metadata[] = {
    { "whole", "{" ISSUER ",\"token_endpoint\":\"https://login.example/t\",\"registration_endpoint\":\"https://login.example/r\"}", "https://login.example/t", "https://login.example/r", OK },
    { "bare", "{" ISSUER "}", "", "", OK },
    { "known", "{" ISSUER ",\"authorization_endpoint\":\"https://login.example/other\"}", "", "", OK },
    { "names-its-issuer", "{" ISSUER ",\"authorization_response_iss_parameter_supported\":true}", "", "", OK, true },
    { "plain-http", "{" ISSUER ",\"token_endpoint\":\"http://login.example/t\"}", "", "", OK },
    { "another", "{\"issuer\":\"https://evil.example\",\"token_endpoint\":\"https://evil.example/t\"}", NULL, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "nobody", "{\"token_endpoint\":\"https://login.example/t\"}", NULL, NULL, IB_OAUTH2_ERROR_UNSAFE },
    { "nonsense", "here", NULL, NULL, IB_OAUTH2_ERROR_BUSY },
};

static void
reads_metadata (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Client) client = make_client ("https://login.example");
    g_autoptr (IbOAuth2Client) whole = ib_oauth2_answer_metadata (client, "https://login.example", 200, metadata[i].body,
                                                                  strlen (metadata[i].body), &error);
    if (metadata[i].error != OK) {
        g_assert_error (error, IB_OAUTH2_ERROR, metadata[i].error);
        return;
    }
    g_assert_no_error (error);
    g_assert_cmpstr (whole->token_url, ==, metadata[i].token_url);
    g_assert_cmpstr (whole->registration_url, ==, metadata[i].registration_url);
    g_assert_cmpstr (whole->auth_url, ==, "https://login.example/auth"); /* what was known stays */
    g_assert_cmpint (whole->names_issuer, ==, metadata[i].names_issuer);
}

static const struct { const char *name; guint status; const char *body, *id; int error; } registrations[] = {
    { "public", 201, "{\"client_id\":\"X1\",\"token_endpoint_auth_method\":\"none\"}", "X1", OK },
    { "with-a-secret", 201, "{\"client_id\":\"X1\",\"client_secret\":\"S\",\"token_endpoint_auth_method\":\"client_secret_basic\"}", NULL, IB_OAUTH2_ERROR_CLIENT },
    { "no-id", 201, "{}", NULL, IB_OAUTH2_ERROR_BUSY },
    { "refused", 400, "{\"error\":\"invalid_client_metadata\"}", NULL, IB_OAUTH2_ERROR_CLIENT },
};

static void
reads_registration (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Client) client = make_client ("");
    ib_oauth2_set (&client->id, "");
    ib_oauth2_set (&client->secret, "of-another-id");
    g_autoptr (IbOAuth2Client) registered = ib_oauth2_answer_registration (
        client, registrations[i].status, registrations[i].body, strlen (registrations[i].body), &error);
    g_assert_cmpstr (registered != NULL ? registered->id : NULL, ==, registrations[i].id);
    g_assert_cmpstr (registered != NULL ? registered->secret : "", ==, "");
    if (registrations[i].error != OK)
        g_assert_error (error, IB_OAUTH2_ERROR, registrations[i].error);
}

/* --- whom it is about -------------------------------------------------------------------------------------------- */

static const struct { const char *name, *signed_in, *expected; bool is_right; } people[] = {
    { "same",        "anna@example.org", "anna@example.org", true },
    { "letter-case", "Anna@Example.org", "anna@example.org", true },
    { "alias",       "a.berg@example.org", "anna@example.org;a.berg@example.org", true },
    { "second-name", "x@y.example;anna@example.org", "anna@example.org", true },
    { "unknown",     "", "anna@example.org", true },
    { "other",       "bert@example.org", "anna@example.org", false },
};

static void
compares_people (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) signed_in = g_strsplit (people[i].signed_in, ";", 0);
    g_auto (GStrv) expected = g_strsplit (people[i].expected, ";", 0);
    bool is_right = ib_oauth2_check_person ((const char *const *) signed_in, (const char *const *) expected, &error);
    g_assert_cmpint (is_right, ==, people[i].is_right);
    if (is_right)
        return;
    g_assert_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_SIGN_IN);
    g_assert_nonnull (strstr (error->message, signed_in[0]));
    g_assert_nonnull (strstr (error->message, expected[0]));
}

#define ADD_ROWS(table, test)                                                                                \
    for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {                                                       \
        g_autofree char *path = g_strdup_printf ("/oauth2/" #table "/%s", table[i].name);                    \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);                                             \
    }

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD_ROWS (urls, checks_url);
    ADD_ROWS (challenges, makes_challenge);
    ADD_ROWS (links, makes_link);
    ADD_ROWS (redirects, reads_redirect);
    ADD_ROWS (candidates, knows_a_redirect);
    ADD_ROWS (answers, reads_tokens);
    ADD_ROWS (devices, reads_device);
    ADD_ROWS (metadata, reads_metadata);
    ADD_ROWS (registrations, reads_registration);
    ADD_ROWS (people, compares_people);
    g_test_add_func ("/oauth2/words-are-new-and-fit", words_are_new_and_fit);
    g_test_add_func ("/oauth2/redirect-has-a-limit", redirect_has_a_limit);
    g_test_add_func ("/oauth2/words-of-a-refusal-are-escaped", words_of_a_refusal_are_escaped);
    g_test_add_func ("/oauth2/deep-answer-is-refused", deep_answer_is_refused);
    g_test_add_func ("/oauth2/wide-answer-is-refused", wide_answer_is_refused);
    g_test_add_func ("/oauth2/long-answer-is-refused", long_answer_is_refused);
    g_test_add_func ("/oauth2/long-words-are-cut", long_words_are_cut);
    return g_test_run ();
}
