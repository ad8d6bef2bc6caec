/* oauth2.c - signing in with tokens instead of a password: the client, and what passes through a browser */
#include "oauth2.h"
#include "crypto.h"
#include "escape.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK (ib-oauth2-error-quark, ib_oauth2_error)

/* RFC 7636, 4.1: 32 bytes of randomness, which become 43 characters. */
#define WORD_BYTES 32

/* --- the client ---------------------------------------------------------------------------------------------- */

static const gsize texts[] = {
    G_STRUCT_OFFSET (IbOAuth2Client, provider),
    G_STRUCT_OFFSET (IbOAuth2Client, issuer),
    G_STRUCT_OFFSET (IbOAuth2Client, auth_url),
    G_STRUCT_OFFSET (IbOAuth2Client, token_url),
    G_STRUCT_OFFSET (IbOAuth2Client, device_url),
    G_STRUCT_OFFSET (IbOAuth2Client, userinfo_url),
    G_STRUCT_OFFSET (IbOAuth2Client, registration_url),
    G_STRUCT_OFFSET (IbOAuth2Client, scope),
    G_STRUCT_OFFSET (IbOAuth2Client, id),
    G_STRUCT_OFFSET (IbOAuth2Client, secret),
    G_STRUCT_OFFSET (IbOAuth2Client, redirect),
    G_STRUCT_OFFSET (IbOAuth2Client, source),
};

static char **
text_at (const IbOAuth2Client *self, gsize i)
{
    return (char **) G_STRUCT_MEMBER_P (self, texts[i]);
}

IbOAuth2Client *
ib_oauth2_client_new (void)
{
    IbOAuth2Client *self = g_new0 (IbOAuth2Client, 1);
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        *text_at (self, i) = g_strdup ("");
    ib_oauth2_set (&self->redirect, "http://127.0.0.1/");
    return self;
}

IbOAuth2Client *
ib_oauth2_client_copy (const IbOAuth2Client *self)
{
    IbOAuth2Client *copy = g_new0 (IbOAuth2Client, 1);
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        *text_at (copy, i) = g_strdup (*text_at (self, i));
    copy->names_issuer = self->names_issuer;
    return copy;
}

void
ib_oauth2_client_free (IbOAuth2Client *self)
{
    if (self == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        g_free (*text_at (self, i));
    g_free (self);
}

void
ib_oauth2_set (char **field, const char *text)
{
    char *copy = g_strdup (text);
    g_free (*field);
    *field = copy;
}

/* --- addresses ----------------------------------------------------------------------------------------------- */

static bool
is_this_machine (const char *host)
{
    g_autoptr (GInetAddress) address = host != NULL ? g_inet_address_new_from_string (host) : NULL;
    return g_strcmp0 (host, "localhost") == 0
           || (address != NULL && g_inet_address_get_is_loopback (address));
}

/* GLib reads past blanks and line ends; whoever takes the same text next may not. */
static bool
is_one_word (const char *url)
{
    while (*url != '\0' && *url != ' ' && !g_ascii_iscntrl (*url))
        url++;
    return *url == '\0';
}

bool
ib_oauth2_check_url (const char *what, const char *url, GError **error)
{
    g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_HAS_PASSWORD, NULL);
    const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";
    const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
    g_autofree char *shown = ib_escape_server_text (url, -1);
    if (host == NULL || *host == '\0' || g_uri_get_userinfo (uri) != NULL || g_uri_get_fragment (uri) != NULL
        || !is_one_word (url)) {
        g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
                     _ ("%s is no address like https://login.example.org/token: “%s”"), what, shown);
        return false;
    }
    if (strcmp (scheme, "https") == 0 || (strcmp (scheme, "http") == 0 && is_this_machine (host)))
        return true;
    g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
                 _ ("%s must begin with https://, since tokens are sent there: “%s”"), what, shown);
    return false;
}

/* --- words --------------------------------------------------------------------------------------------------- */

/* RFC 4648, 5, without padding. */
static char *
base64url (const guint8 *bytes, gsize length)
{
    char *text = g_base64_encode (bytes, length);
    g_strdelimit (text, "+", '-');
    g_strdelimit (text, "/", '_');
    text[strcspn (text, "=")] = '\0';
    return text;
}

IbSecret *
ib_oauth2_new_word (void)
{
    guint8 bytes[WORD_BYTES];
    if (!ib_crypto_random (bytes, sizeof bytes))
        g_error ("The machine has no random numbers");
    char *text = base64url (bytes, sizeof bytes);
    gsize length = strlen (text);
    IbSecret *word = ib_secret_new_bytes (text, length);
    ib_secret_wipe (bytes, sizeof bytes);
    ib_secret_wipe (text, length);
    g_free (text);
    return word;
}

char *
ib_oauth2_challenge (const char *verifier)
{
    guint8 hash[IB_SHA256_BYTES];
    ib_crypto_sha256 (verifier, strlen (verifier), hash);
    return base64url (hash, sizeof hash);
}

/* --- to the browser ------------------------------------------------------------------------------------------ */

static void
add_parameter (GString *url, const char *name, const char *value)
{
    if (*value == '\0')
        return;
    g_string_append_printf (url, "%c%s=", strchr (url->str, '?') != NULL ? '&' : '?', name);
    g_string_append_uri_escaped (url, value, NULL, FALSE);
}

static bool
has_word (const char *scope, const char *word)
{
    g_auto (GStrv) words = g_strsplit (scope, " ", 0);
    return g_strv_contains ((const char *const *) words, word);
}

/* OpenID Connect Core, 11: there is no refresh token unless the person is asked. A provider whose address has a prompt of its
 * own knows better. */
static bool
wants_to_be_asked (const IbOAuth2Client *client)
{
    return has_word (client->scope, "openid") && has_word (client->scope, "offline_access")
           && strstr (client->auth_url, "prompt=") == NULL;
}

/* A provider's endpoint may have a query of its own, which stays (RFC 6749, 3.1). */
char *
ib_oauth2_authorization_url (const IbOAuth2Client *client, const char *redirect, const char *state,
                             const char *verifier, const char *login_hint)
{
    g_autofree char *challenge = ib_oauth2_challenge (verifier);
    GString *url = g_string_new (client->auth_url);
    add_parameter (url, "response_type", "code");
    add_parameter (url, "client_id", client->id);
    add_parameter (url, "redirect_uri", redirect);
    add_parameter (url, "scope", client->scope);
    add_parameter (url, "state", state);
    add_parameter (url, "code_challenge", challenge);
    add_parameter (url, "code_challenge_method", "S256");
    add_parameter (url, "login_hint", login_hint);
    add_parameter (url, "prompt", wants_to_be_asked (client) ? "consent" : "");
    return g_string_free (url, FALSE);
}

/* --- back from it -------------------------------------------------------------------------------------------- */

/* The query of @text, taken apart: NULL if it has none, or a broken one. A parameter that stands twice is nobody's honest
 * redirect (RFC 6749, 3.1). */
static GHashTable *
read_query (const char *text)
{
    const char *query = strchr (text, '?');
    if (query == NULL || strlen (text) > IB_LIMIT_REDIRECT_BYTES)
        return NULL;
    g_autofree char *alone = g_strndup (query + 1, strcspn (query + 1, "# \t\r\n"));
    GUriParamsIter each;
    char *name, *value;
    g_autoptr (GError) error = NULL;
    g_autoptr (GHashTable) parameters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_uri_params_iter_init (&each, alone, -1, "&", G_URI_PARAMS_WWW_FORM);
    while (g_uri_params_iter_next (&each, &name, &value, &error))
        if (!g_hash_table_insert (parameters, name, value))
            return NULL;
    return error == NULL ? g_steal_pointer (&parameters) : NULL;
}

bool
ib_oauth2_is_redirect (const char *text)
{
    g_autoptr (GHashTable) parameters = read_query (text);
    return parameters != NULL && g_hash_table_contains (parameters, "state")
           && (g_hash_table_contains (parameters, "code") || g_hash_table_contains (parameters, "error"));
}

static bool
is_state (const char *told, const char *state)
{
    return told != NULL && strlen (told) == strlen (state)
           && ib_crypto_is_equal (told, state, strlen (state));
}

/* "https://login.example.org/" is "login.example.org" if only that is known. */
static bool
is_issuer (const char *told, const IbOAuth2Client *client)
{
    if (strstr (client->issuer, "://") != NULL)
        return strcmp (told, client->issuer) == 0;
    g_autoptr (GUri) uri = g_uri_parse (told, G_URI_FLAGS_NONE, NULL);
    g_autoptr (GUri) auth = g_uri_parse (client->auth_url, G_URI_FLAGS_PARSE_RELAXED, NULL);
    const char *host = *client->issuer != '\0' ? client->issuer : auth != NULL ? g_uri_get_host (auth) : NULL;
    const char *there = uri != NULL ? g_uri_get_host (uri) : NULL; /* "urn:a" has none */
    return there != NULL && host != NULL && g_ascii_strcasecmp (there, host) == 0;
}

static bool
check_issuer (const IbOAuth2Client *client, const char *told, GError **error)
{
    if (told == NULL ? !client->names_issuer : is_issuer (told, client))
        return true;
    g_autofree char *shown = ib_escape_server_text (told != NULL ? told : "", -1);
    g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE,
                 _ ("The answer comes from “%s”, not from %s: nothing was taken from it"), shown,
                 client->provider);
    return false;
}

/* What the provider says instead of a code. */
static void
say_refusal (const IbOAuth2Client *client, const char *code, const char *description, GError **error)
{
    g_autofree char *words
        = ib_escape_server_text (description != NULL && *description != '\0' ? description : code, -1);
    bool is_passing = strcmp (code, "temporarily_unavailable") == 0 || strcmp (code, "server_error") == 0;
    bool is_ours = strcmp (code, "unauthorized_client") == 0 || strcmp (code, "invalid_scope") == 0
                   || strcmp (code, "invalid_request") == 0
                   || strcmp (code, "unsupported_response_type") == 0;
    if (strcmp (code, "access_denied") == 0)
        g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_SIGN_IN,
                     _ ("%s: the access was not allowed in the browser: %s"), client->provider, words);
    else
        g_set_error (error, IB_OAUTH2_ERROR,
                     is_passing ? IB_OAUTH2_ERROR_BUSY
                     : is_ours  ? IB_OAUTH2_ERROR_CLIENT
                                : IB_OAUTH2_ERROR_SIGN_IN,
                     _ ("%s refused the sign-in: %s"), client->provider, words);
}

IbSecret *
ib_oauth2_read_redirect (const IbOAuth2Client *client, const char *text, const char *state, GError **error)
{
    g_autoptr (GHashTable) parameters = read_query (text);
    const char *code = parameters != NULL ? g_hash_table_lookup (parameters, "code") : NULL;
    const char *refusal = parameters != NULL ? g_hash_table_lookup (parameters, "error") : NULL;
    if (parameters == NULL || !is_state (g_hash_table_lookup (parameters, "state"), state)) {
        g_set_error_literal (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE,
                             _ ("This is not the answer to the link that was shown: its state is another"));
        return NULL;
    }
    if (!check_issuer (client, g_hash_table_lookup (parameters, "iss"), error))
        return NULL;
    if (refusal != NULL) {
        say_refusal (client, refusal, g_hash_table_lookup (parameters, "error_description"), error);
        return NULL;
    }
    if (code == NULL || *code == '\0') {
        g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_BUSY, _ ("%s sent an answer without a code"),
                     client->provider);
        return NULL;
    }
    return ib_secret_new_bytes (code, strlen (code));
}

/* --- whom it is about ---------------------------------------------------------------------------------------- */

bool
ib_oauth2_check_person (const char *const *signed_in, const char *const *expected, GError **error)
{
    if (*signed_in == NULL)
        return true;
    for (const char *const *told = signed_in; *told != NULL; told++)
        for (const char *const *wanted = expected; *wanted != NULL; wanted++)
            if (g_ascii_strcasecmp (*told, *wanted) == 0)
                return true;
    g_autofree char *shown = ib_escape_server_text (*signed_in, -1);
    g_set_error (
        error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_SIGN_IN,
        _ ("You signed in as %s, but this account is %s. Sign out there, or use a private window, and try "
           "again; if both are the same mailbox, name the other in aliases="),
        shown, *expected);
    return false;
}
