/* oauth2-endpoint.c - asking an authorization server */
#include "oauth2-endpoint.h"
#include "escape.h"
#include "face.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <string.h>

/* How an answer is read: one of oauth2-answer.h. */
typedef gpointer (*Reader) (const IbOAuth2Client *client, guint status, const char *body, gsize length,
                            GError **error);

typedef struct {
    IbOAuth2Client *client;
    Reader read;
    GDestroyNotify free_answer;
    SoupSession *session;
    SoupMessage *message;
    GInputStream *stream;
    GCancellable *patience; /* of our own: the caller's, or that it takes too long */
    GSource *clock;
    gulong handler; /* of the caller's */
    bool is_late;
    gsize length;
    char body[IB_LIMIT_JSON_BYTES + 1]; /* one more, so that too long shows */
} Request;

static void
request_free (gpointer pointer)
{
    Request *self = pointer;
    ib_oauth2_client_free (self->client);
    if (self->clock != NULL) {
        g_source_destroy (self->clock);
        g_source_unref (self->clock);
    }
    g_clear_object (&self->stream);
    g_clear_object (&self->message);
    if (self->session != NULL)
        soup_session_abort (self->session);
    g_clear_object (&self->session);
    g_clear_object (&self->patience);
    ib_secret_wipe (self->body, sizeof self->body);
    g_free (self);
}

/* --- the road there ------------------------------------------------------------------------------------------ */

/* What libsoup, GIO and the network complain of. */
static GError *
explain (Request *self, const GError *why)
{
    g_autofree char *words = ib_escape_server_text (why->message, -1);
    if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !self->is_late)
        return g_error_copy (why);
    if (self->is_late)
        return g_error_new (IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_BUSY, _ ("%s did not answer within %d s"),
                            self->client->provider, IB_LIMIT_OAUTH2_MS / 1000);
    if (why->domain == G_TLS_ERROR)
        return g_error_new (IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE,
                            _ ("%s: the connection for tokens is not safe: %s"), self->client->provider,
                            words);
    return g_error_new (IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_OFFLINE, _ ("%s cannot be reached for tokens: %s"),
                        self->client->provider, words);
}

/* Ends @task, which was the caller's last reference to it here. */
static void
end (GTask *task, gpointer answer, GError *error)
{
    Request *self = g_task_get_task_data (task);
    if (self->handler != 0)
        g_cancellable_disconnect (g_task_get_cancellable (task), self->handler);
    self->handler = 0;
    if (answer != NULL)
        g_task_return_pointer (task, answer, self->free_answer);
    else
        g_task_return_error (task, error);
    g_object_unref (task);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Request *self = g_task_get_task_data (task);
    GError *error = NULL;
    g_autoptr (GError) why = NULL;
    if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &self->length, &why)) {
        end (task, NULL, explain (self, why));
    } else if (self->length > IB_LIMIT_JSON_BYTES) {
        end (task, NULL,
             g_error_new (IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_BUSY, _ ("%s answers with more than %d KiB"),
                          self->client->provider, IB_LIMIT_JSON_BYTES / 1024));
    } else {
        guint status = soup_message_get_status (self->message);
        gpointer answer = self->read (self->client, status, self->body, self->length, &error);
        end (task, answer, error);
    }
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Request *self = g_task_get_task_data (task);
    g_autoptr (GError) why = NULL;
    self->stream = soup_session_send_finish (SOUP_SESSION (source), result, &why);
    if (self->stream == NULL)
        end (task, NULL, explain (self, why));
    else
        g_input_stream_read_all_async (self->stream, self->body, sizeof self->body, G_PRIORITY_DEFAULT,
                                       self->patience, on_read, task);
}

static gboolean
on_late (gpointer user_data)
{
    Request *self = user_data;
    self->is_late = true;
    g_cancellable_cancel (self->patience);
    return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
    g_cancellable_cancel (user_data);
}

/* A server that gives a byte a minute keeps no timeout of a socket's from passing. */
static void
set_limits (Request *self, GCancellable *cancellable)
{
    self->patience = g_cancellable_new ();
    self->clock = g_timeout_source_new (IB_LIMIT_OAUTH2_MS);
    g_source_set_callback (self->clock, on_late, self, NULL);
    g_source_attach (self->clock, g_main_context_get_thread_default ());
    if (cancellable != NULL)
        self->handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
                                               g_object_ref (self->patience), g_object_unref);
}

/* @what: the endpoint, for people. @body (transfer full) NULL: GET. @bearer: with an access token. */
static void
ask (const IbOAuth2Client *client, const char *what, const char *url, const char *content_type, GBytes *body,
     const IbSecret *bearer, Reader read, GDestroyNotify free_answer, GCancellable *cancellable,
     GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (NULL, cancellable, callback, user_data);
    g_autoptr (GBytes) sent = body;
    GError *error = NULL;
    Request *self = g_new0 (Request, 1);
    self->client = ib_oauth2_client_copy (client);
    self->read = read;
    self->free_answer = free_answer;
    g_task_set_task_data (task, self, request_free);
    ib_secret_forbid_dumps ();
    if (ib_oauth2_check_url (what, url, &error))
        self->message = soup_message_new (sent != NULL ? SOUP_METHOD_POST : SOUP_METHOD_GET, url);
    if (self->message == NULL) {
        end (task, NULL,
             error != NULL
                 ? error
                 : g_error_new (IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT, "%s: %s", what, _ ("no address")));
        return;
    }

    self->session = soup_session_new_with_options ("user-agent", "Inbasket/" IB_VERSION, "timeout",
                                                   (guint) (IB_LIMIT_OAUTH2_MS / 1000), "max-conns", 1, NULL);
    soup_message_set_flags (self->message, SOUP_MESSAGE_NO_REDIRECT);
    SoupMessageHeaders *headers = soup_message_get_request_headers (self->message);
    soup_message_headers_replace (headers, "Accept", "application/json");
    if (bearer != NULL) {
        char *value = g_strconcat ("Bearer ", ib_secret_peek (bearer, NULL), NULL);
        soup_message_headers_replace (headers, "Authorization", value);
        ib_secret_wipe (value, strlen (value));
        g_free (value);
    }
    if (sent != NULL)
        soup_message_set_request_body_from_bytes (self->message, content_type, sent);
    set_limits (self, cancellable);
    soup_session_send_async (self->session, self->message, G_PRIORITY_DEFAULT, self->patience, on_answer,
                             task);
}

/* --- forms --------------------------------------------------------------------------------------------------- */

/* A form with secrets in it: wiped, and never grown, which would leave a copy behind. */
typedef struct {
    char *bytes;
    gsize length, room;
} Form;

static void
wipe_form (gpointer pointer)
{
    Form *form = pointer;
    ib_secret_wipe (form->bytes, form->room);
    g_free (form->bytes);
    g_free (form);
}

/* application/x-www-form-urlencoded */
static void
add_escaped (Form *form, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text != '\0' && form->length + 3 < form->room; text++) {
        guchar c = (guchar) *text;
        if (g_ascii_isalnum (c) || strchr ("-._~", c) != NULL) {
            form->bytes[form->length++] = (char) c;
        } else {
            form->bytes[form->length++] = '%';
            form->bytes[form->length++] = digits[c >> 4];
            form->bytes[form->length++] = digits[c & 15];
        }
    }
}

/* @fields: names and values by turns, NULL-ended; an empty value leaves its field out. */
static GBytes *
encode (const char *const *fields)
{
    Form *form = g_new0 (Form, 1);
    for (const char *const *field = fields; *field != NULL; field++)
        form->room += 3 * strlen (*field) + 8;
    form->bytes = g_malloc0 (form->room);
    for (const char *const *field = fields; *field != NULL; field += 2) {
        if (*field[1] == '\0')
            continue;
        if (form->length > 0)
            form->bytes[form->length++] = '&';
        add_escaped (form, field[0]);
        form->bytes[form->length++] = '=';
        add_escaped (form, field[1]);
    }
    return g_bytes_new_with_free_func (form->bytes, form->length, wipe_form, form);
}

static void
ask_tokens (const IbOAuth2Client *client, const char *const *fields, GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer user_data)
{
    ask (client,
         ib_face_words (_ ("The address for tokens (oauth2-token-url=)"), _ ("The address for tokens")),
         client->token_url, "application/x-www-form-urlencoded", encode (fields), NULL,
         (Reader) ib_oauth2_answer_tokens, (GDestroyNotify) ib_oauth2_tokens_free, cancellable, callback,
         user_data);
}

/* --- requests ------------------------------------------------------------------------------------------------ */

void
ib_oauth2_redeem (const IbOAuth2Client *client, const IbSecret *code, const IbSecret *verifier,
                  const char *redirect, GCancellable *cancellable, GAsyncReadyCallback callback,
                  gpointer user_data)
{
    const char *const fields[] = {
        "grant_type",
        "authorization_code",
        "code",
        ib_secret_peek (code, NULL),
        "redirect_uri",
        redirect,
        "code_verifier",
        ib_secret_peek (verifier, NULL),
        "client_id",
        client->id,
        "client_secret",
        client->secret,
        NULL,
    };
    ask_tokens (client, fields, cancellable, callback, user_data);
}

/* Without a scope it is the one that was granted (RFC 6749, 6). */
void
ib_oauth2_refresh (const IbOAuth2Client *client, const IbSecret *refresh_token, GCancellable *cancellable,
                   GAsyncReadyCallback callback, gpointer user_data)
{
    const char *const fields[] = {
        "grant_type", "refresh_token", "refresh_token", ib_secret_peek (refresh_token, NULL),
        "client_id",  client->id,      "client_secret", client->secret,
        NULL,
    };
    ask_tokens (client, fields, cancellable, callback, user_data);
}

void
ib_oauth2_redeem_device (const IbOAuth2Client *client, const IbOAuth2Device *device,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    const char *const fields[] = {
        "grant_type",
        "urn:ietf:params:oauth:grant-type:device_code",
        "device_code",
        ib_secret_peek (device->device_code, NULL),
        "client_id",
        client->id,
        "client_secret",
        client->secret,
        NULL,
    };
    ask_tokens (client, fields, cancellable, callback, user_data);
}

IbOAuth2Tokens *
ib_oauth2_tokens_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

void
ib_oauth2_ask_device (const IbOAuth2Client *client, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
    const char *const fields[] = {
        "client_id", client->id, "client_secret", client->secret, "scope", client->scope, NULL,
    };
    ask (client,
         ib_face_words (_ ("The address for device codes (oauth2-device-url=)"),
                        _ ("The address for device codes")),
         client->device_url, "application/x-www-form-urlencoded", encode (fields), NULL,
         (Reader) ib_oauth2_answer_device, (GDestroyNotify) ib_oauth2_device_free, cancellable, callback,
         user_data);
}

IbOAuth2Device *
ib_oauth2_ask_device_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

void
ib_oauth2_ask_userinfo (const IbOAuth2Client *client, const IbSecret *access_token, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    ask (client, _ ("The address of userinfo"), client->userinfo_url, NULL, NULL, access_token,
         (Reader) ib_oauth2_answer_userinfo, (GDestroyNotify) g_strfreev, cancellable, callback, user_data);
}

char **
ib_oauth2_ask_userinfo_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- servers that tell of themselves ------------------------------------------------------------------------- */

/* A host alone is its URL without a path. */
static char *
issuer_url (const IbOAuth2Client *client)
{
    return strstr (client->issuer, "://") != NULL ? g_strdup (client->issuer)
                                                  : g_strconcat ("https://", client->issuer, NULL);
}

static gpointer
read_metadata (const IbOAuth2Client *client, guint status, const char *body, gsize length, GError **error)
{
    g_autofree char *issuer = issuer_url (client);
    return ib_oauth2_answer_metadata (client, issuer, status, body, length, error);
}

/* RFC 8414, 3.1 puts its word between host and path; OpenID Connect behind the path. */
void
ib_oauth2_ask_metadata (const IbOAuth2Client *client, bool is_openid, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    g_autofree char *issuer = issuer_url (client);
    gsize host = (gsize) (strstr (issuer, "://") + 3 - issuer), length = strlen (issuer);
    g_autofree char *bare
        = g_strndup (issuer, length > host && issuer[length - 1] == '/' ? length - 1 : length);
    gsize root = host + strcspn (bare + host, "/");
    g_autofree char *url = is_openid ? g_strconcat (bare, "/.well-known/openid-configuration", NULL)
                                     : g_strdup_printf ("%.*s/.well-known/oauth-authorization-server%s",
                                                        (int) root, bare, bare + root);
    ask (client, _ ("The provider's own address"), url, NULL, NULL, NULL, read_metadata,
         (GDestroyNotify) ib_oauth2_client_free, cancellable, callback, user_data);
}

static GBytes *
describe_us (const IbOAuth2Client *client)
{
    static const char *const grants[]
        = { "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code" };
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    const char *const texts[][2] = { { "client_name", "Inbasket" },
                                     { "application_type", "native" },
                                     { "token_endpoint_auth_method", "none" } };
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        json_builder_set_member_name (builder, texts[i][0]);
        json_builder_add_string_value (builder, texts[i][1]);
    }
    json_builder_set_member_name (builder, "redirect_uris");
    json_builder_begin_array (builder);
    json_builder_add_string_value (builder, client->redirect);
    json_builder_end_array (builder);
    json_builder_set_member_name (builder, "grant_types");
    json_builder_begin_array (builder);
    for (gsize i = 0; i < G_N_ELEMENTS (grants) - (*client->device_url == '\0' ? 1 : 0); i++)
        json_builder_add_string_value (builder, grants[i]);
    json_builder_end_array (builder);
    json_builder_end_object (builder);
    g_autoptr (JsonNode) root = json_builder_get_root (builder);
    char *text = json_to_string (root, FALSE);
    return g_bytes_new_take (text, strlen (text));
}

void
ib_oauth2_register (const IbOAuth2Client *client, GCancellable *cancellable, GAsyncReadyCallback callback,
                    gpointer user_data)
{
    ask (client, _ ("The address for registration"), client->registration_url, "application/json",
         describe_us (client), NULL, (Reader) ib_oauth2_answer_registration,
         (GDestroyNotify) ib_oauth2_client_free, cancellable, callback, user_data);
}

IbOAuth2Client *
ib_oauth2_client_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
