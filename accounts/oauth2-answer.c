/* oauth2-answer.c - what an authorization server answers, read */
#include "oauth2-answer.h"
#include "escape.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <string.h>

/* Nobody's tokens last longer; a larger number is an error, or hostile. */
#define LONGEST_LIFETIME_S (365 * 24 * 3600)
/* RFC 8628, 3.2: without an interval it is 5 s. A longer one than this would outlast the code. */
#define DEVICE_INTERVAL_S 5
#define LONGEST_INTERVAL_S 60
#define DEVICE_LIFETIME_S 600

void
ib_oauth2_tokens_free (IbOAuth2Tokens *self)
{
    if (self == NULL)
        return;
    ib_secret_unref (self->access_token);
    ib_secret_unref (self->refresh_token);
    g_strfreev (self->signed_in);
    g_free (self);
}

void
ib_oauth2_device_free (IbOAuth2Device *self)
{
    if (self == NULL)
        return;
    ib_secret_unref (self->device_code);
    g_free (self->user_code);
    g_free (self->url);
    g_free (self->complete_url);
    g_free (self);
}

/* --- JSON ---------------------------------------------------------------------------------------------------- */

/* json-glib calls itself for each level: with so few brackets, wherever they stand, there cannot be many. */
static bool
is_flat (const char *body, gsize length)
{
    gsize brackets = 0;
    for (gsize i = 0; i < length; i++)
        brackets += body[i] == '[' || body[i] == '{';
    return brackets <= IB_LIMIT_JSON_BRACKETS;
}

/* The object that @body is; NULL if it is none. */
static JsonObject *
read_object (const char *body, gsize length)
{
    g_autoptr (JsonParser) parser = json_parser_new_immutable ();
    if (length == 0 || length > IB_LIMIT_JSON_BYTES || !is_flat (body, length)
        || !json_parser_load_from_data (parser, body, (gssize) length, NULL))
        return NULL;
    JsonNode *root = json_parser_get_root (parser);
    return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_object_ref (json_node_get_object (root))
                                                         : NULL;
}

/* A member that is a text; "" if there is none. Valid as long as @object. */
static const char *
text_of (JsonObject *object, const char *name)
{
    JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;
    const char *text = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
    return text != NULL ? text : "";
}

/* A number, or a text that is one, as some servers write it; 0 if there is none, or one below it. */
static gint64
number_of (JsonObject *object, const char *name, gint64 most)
{
    JsonNode *node = json_object_get_member (object, name);
    if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
        return 0;
    const char *text = json_node_get_string (node);
    double number = text != NULL ? g_ascii_strtod (text, NULL) : json_node_get_double (node);
    return number >= 1 ? (gint64) MIN (number, (double) most) : 0;
}

/* A token: what a header or SASL carries, and not the \1 that parts XOAUTH2's words (RFC 6749, A.12). */
static IbSecret *
token_of (JsonObject *object, const char *name)
{
    const char *text = text_of (object, name);
    gsize length = strlen (text);
    for (gsize i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return NULL;
    return length > 0 ? ib_secret_new_bytes (text, length) : NULL;
}

/* --- refusals ------------------------------------------------------------------------------------------------ */

/* RFC 6749, 5.2; RFC 8628, 3.5; OpenID Connect's, which Microsoft uses here, too. */
static const struct {
    const char *code;
    IbOAuth2Error remedy;
} refusals[] = {
    { "invalid_grant", IB_OAUTH2_ERROR_SIGN_IN },
    { "interaction_required", IB_OAUTH2_ERROR_SIGN_IN },
    { "consent_required", IB_OAUTH2_ERROR_SIGN_IN },
    { "login_required", IB_OAUTH2_ERROR_SIGN_IN },
    { "access_denied", IB_OAUTH2_ERROR_SIGN_IN },
    { "authorization_declined", IB_OAUTH2_ERROR_SIGN_IN },
    { "expired_token", IB_OAUTH2_ERROR_SIGN_IN },
    { "invalid_client", IB_OAUTH2_ERROR_CLIENT },
    { "unauthorized_client", IB_OAUTH2_ERROR_CLIENT },
    { "unsupported_grant_type", IB_OAUTH2_ERROR_CLIENT },
    { "invalid_scope", IB_OAUTH2_ERROR_CLIENT },
    { "invalid_request", IB_OAUTH2_ERROR_CLIENT },
    { "invalid_redirect_uri", IB_OAUTH2_ERROR_CLIENT },
    { "invalid_client_metadata", IB_OAUTH2_ERROR_CLIENT },
    { "authorization_pending", IB_OAUTH2_ERROR_PENDING },
    { "slow_down", IB_OAUTH2_ERROR_SLOW_DOWN },
};

/* Out of order says less about a grant than any word in it. */
static IbOAuth2Error
remedy_of (guint status, const char *code)
{
    if (status >= 500 || status == 429 || status == 408)
        return IB_OAUTH2_ERROR_BUSY;
    for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
        if (strcmp (refusals[i].code, code) == 0)
            return refusals[i].remedy;
    return status == 401 ? IB_OAUTH2_ERROR_CLIENT : IB_OAUTH2_ERROR_BUSY;
}

/* What people can do about a rule that they do not know of. */
static const char *
advice_on (const char *description)
{
    if (strstr (description, "AADSTS70043") != NULL)
        return _ (". Your organisation wants you to sign in again every so often, so this will come back");
    if (strstr (description, "AADSTS65001") != NULL || strstr (description, "AADSTS90094") != NULL)
        return _ (". An administrator of your organisation has to allow it first");
    return "";
}

/* "invalid_grant: the grant was revoked", of whichever there is. */
static char *
own_words (const char *code, const char *description)
{
    g_autofree char *all = *description == '\0' ? g_strdup (code)
                           : *code == '\0'      ? g_strdup (description)
                                                : g_strdup_printf ("%s: %s", code, description);
    g_strdelimit (all, "\r\n", ' ');
    return ib_escape_server_text (all, -1);
}

static void
say_refusal (const IbOAuth2Client *client, guint status, JsonObject *answer, GError **error)
{
    const char *code = text_of (answer, "error"), *description = text_of (answer, "error_description");
    g_autofree char *words = own_words (code, description);
    if (*code == '\0' && status >= 300 && status < 400)
        g_set_error (
            error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
            _ ("%s sends tokens' requests elsewhere (HTTP status %u), which is not followed; is its address right?"),
            client->provider, status);
    else if (*code == '\0')
        g_set_error (error, IB_OAUTH2_ERROR, remedy_of (status, code),
                     _ ("%s does not give tokens now: HTTP status %u"), client->provider, status);
    else
        g_set_error (error, IB_OAUTH2_ERROR, remedy_of (status, code), _ ("%s gives no token: %s%s"),
                     client->provider, words, advice_on (description));
}

static void
say_nonsense (const IbOAuth2Client *client, const char *what, GError **error)
{
    g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_BUSY, _ ("%s answered what makes no sense (%s)"),
                 client->provider, what);
}

/* The object of an answer that is no refusal. */
static JsonObject *
read_answer (const IbOAuth2Client *client, guint status, const char *body, gsize length, GError **error)
{
    g_autoptr (JsonObject) answer = read_object (body, length);
    if (status < 200 || status >= 300 || *text_of (answer, "error") != '\0')
        say_refusal (client, status, answer, error);
    else if (answer == NULL)
        say_nonsense (client, _ ("no JSON object"), error);
    else
        return g_steal_pointer (&answer);
    return NULL;
}

/* --- who it is ----------------------------------------------------------------------------------------------- */

/* What different providers write the address into. */
static char **
read_addresses (JsonObject *claims)
{
    static const char *const names[] = { "email", "preferred_username", "upn", "unique_name" };
    g_autoptr (GStrvBuilder) found = g_strv_builder_new ();
    for (gsize i = 0; claims != NULL && i < G_N_ELEMENTS (names); i++)
        if (strchr (text_of (claims, names[i]), '@') != NULL)
            g_strv_builder_add (found, text_of (claims, names[i]));
    return g_strv_builder_end (found);
}

/* The claims of an id_token. It came over TLS from the token endpoint itself, so its signature says nothing more (OpenID
 * Connect Core, 3.1.3.7). NULL if it is none. */
static JsonObject *
read_id_token (const char *id_token)
{
    const char *begin = strchr (id_token, '.');
    const char *end = begin != NULL ? strchr (begin + 1, '.') : NULL;
    if (end == NULL)
        return NULL;
    GString *base64 = g_string_new_len (begin + 1, end - begin - 1);
    g_strdelimit (base64->str, "-", '+');
    g_strdelimit (base64->str, "_", '/');
    while (base64->len % 4 != 0)
        g_string_append_c (base64, '=');
    gsize length = 0;
    g_autofree guchar *claims = g_base64_decode (base64->str, &length);
    g_string_free (base64, TRUE);
    return read_object ((const char *) claims, length);
}

static bool
is_for (const char *client_id, JsonObject *claims)
{
    JsonNode *node = json_object_get_member (claims, "aud");
    if (node == NULL)
        return true;
    if (!JSON_NODE_HOLDS_ARRAY (node))
        return strcmp (text_of (claims, "aud"), client_id) == 0;
    JsonArray *audience = json_node_get_array (node);
    for (guint i = 0; i < json_array_get_length (audience); i++) {
        JsonNode *each = json_array_get_element (audience, i);
        if (JSON_NODE_HOLDS_VALUE (each) && g_strcmp0 (json_node_get_string (each), client_id) == 0)
            return true;
    }
    return false;
}

/* --- answers ------------------------------------------------------------------------------------------------- */

static bool
read_person (const IbOAuth2Client *client, JsonObject *answer, IbOAuth2Tokens *tokens, GError **error)
{
    g_autoptr (JsonObject) claims = read_id_token (text_of (answer, "id_token"));
    tokens->signed_in = read_addresses (claims);
    if (claims == NULL || is_for (client->id, claims))
        return true;
    g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE,
                 _ ("%s answered with an identity that is meant for another program"), client->provider);
    return false;
}

IbOAuth2Tokens *
ib_oauth2_answer_tokens (const IbOAuth2Client *client, guint status, const char *body, gsize length,
                         GError **error)
{
    g_autoptr (JsonObject) answer = read_answer (client, status, body, length, error);
    if (answer == NULL)
        return NULL;

    g_autoptr (IbOAuth2Tokens) tokens = g_new0 (IbOAuth2Tokens, 1);
    const char *kind = text_of (answer, "token_type");
    tokens->access_token = token_of (answer, "access_token");
    tokens->refresh_token = token_of (answer, "refresh_token");
    tokens->lifetime_s = number_of (answer, "expires_in", LONGEST_LIFETIME_S);
    if (tokens->access_token == NULL)
        say_nonsense (client, _ ("no access token"), error);
    else if (*text_of (answer, "refresh_token") != '\0' && tokens->refresh_token == NULL)
        say_nonsense (client, _ ("a refresh token that is not printable"), error);
    else if (*kind != '\0' && g_ascii_strcasecmp (kind, "bearer") != 0)
        say_nonsense (client, _ ("tokens of another kind than Bearer"), error);
    else if (read_person (client, answer, tokens, error))
        return g_steal_pointer (&tokens);
    return NULL;
}

/* What is shown to people, and opened in their browser. */
static bool
is_showable (const char *text)
{
    gsize length = strlen (text);
    for (gsize i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return length > 0 && length <= IB_LIMIT_SERVER_TEXT;
}

IbOAuth2Device *
ib_oauth2_answer_device (const IbOAuth2Client *client, guint status, const char *body, gsize length,
                         GError **error)
{
    g_autoptr (JsonObject) answer = read_answer (client, status, body, length, error);
    if (answer == NULL)
        return NULL;

    /* Google, Microsoft of old, wrote verification_url. */
    const char *url = text_of (answer, "verification_uri");
    const char *complete = text_of (answer, "verification_uri_complete");
    if (*url == '\0')
        url = text_of (answer, "verification_url");
    g_autoptr (IbOAuth2Device) device = g_new0 (IbOAuth2Device, 1);
    device->device_code = token_of (answer, "device_code");
    device->user_code = g_strdup (text_of (answer, "user_code"));
    device->url = g_strdup (url);
    device->complete_url
        = g_strdup (is_showable (complete) && ib_oauth2_check_url ("", complete, NULL) ? complete : "");
    device->lifetime_s = number_of (answer, "expires_in", LONGEST_LIFETIME_S);
    device->interval_s = number_of (answer, "interval", LONGEST_INTERVAL_S);
    if (device->lifetime_s == 0)
        device->lifetime_s = DEVICE_LIFETIME_S;
    if (device->interval_s == 0)
        device->interval_s = DEVICE_INTERVAL_S;
    if (device->device_code == NULL || !is_showable (device->user_code) || !is_showable (url)
        || !ib_oauth2_check_url ("", url, NULL)) {
        say_nonsense (client, _ ("no code to show"), error);
        return NULL;
    }
    return g_steal_pointer (&device);
}

char **
ib_oauth2_answer_userinfo (const IbOAuth2Client *client, guint status, const char *body, gsize length,
                           GError **error)
{
    g_autoptr (JsonObject) answer = read_answer (client, status, body, length, error);
    return answer != NULL ? read_addresses (answer) : NULL;
}

/* Takes an address from the metadata, where none is known and it is one that may be used. */
static void
take_url (JsonObject *answer, const char *name, char **field)
{
    const char *url = text_of (answer, name);
    if (**field == '\0' && ib_oauth2_check_url (name, url, NULL))
        ib_oauth2_set (field, url);
}

IbOAuth2Client *
ib_oauth2_answer_metadata (const IbOAuth2Client *client, const char *issuer, guint status, const char *body,
                           gsize length, GError **error)
{
    g_autoptr (JsonObject) answer = read_answer (client, status, body, length, error);
    if (answer == NULL)
        return NULL;
    /* RFC 8414, 3.3: metadata of another issuer are nobody's to use. */
    if (strcmp (text_of (answer, "issuer"), issuer) != 0) {
        g_autofree char *shown = ib_escape_server_text (text_of (answer, "issuer"), -1);
        g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE, _ ("%s says that it is “%s”"), issuer,
                     shown);
        return NULL;
    }
    IbOAuth2Client *whole = ib_oauth2_client_copy (client);
    ib_oauth2_set (&whole->issuer, issuer);
    take_url (answer, "authorization_endpoint", &whole->auth_url);
    take_url (answer, "token_endpoint", &whole->token_url);
    take_url (answer, "device_authorization_endpoint", &whole->device_url);
    take_url (answer, "userinfo_endpoint", &whole->userinfo_url);
    take_url (answer, "registration_endpoint", &whole->registration_url);
    JsonNode *names = json_object_get_member (answer, "authorization_response_iss_parameter_supported");
    whole->names_issuer = names != NULL && JSON_NODE_HOLDS_VALUE (names) && json_node_get_boolean (names);
    return whole;
}

IbOAuth2Client *
ib_oauth2_answer_registration (const IbOAuth2Client *client, guint status, const char *body, gsize length,
                               GError **error)
{
    g_autoptr (JsonObject) answer = read_answer (client, status, body, length, error);
    if (answer == NULL)
        return NULL;
    const char *id = text_of (answer, "client_id"), *method = text_of (answer, "token_endpoint_auth_method");
    if (!is_showable (id)) {
        say_nonsense (client, _ ("no client id"), error);
        return NULL;
    }
    /* A secret of this machine's own would have to be kept, as the program's known one need not. */
    if (*method != '\0' && strcmp (method, "none") != 0) {
        g_set_error (
            error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
            _ ("%s registers programs with a secret only, which a program for everybody cannot have"),
            client->provider);
        return NULL;
    }
    IbOAuth2Client *registered = ib_oauth2_client_copy (client);
    ib_oauth2_set (&registered->id, id);
    ib_oauth2_set (&registered->secret, "");
    return registered;
}
