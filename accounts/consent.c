/* consent.c - a person lets Inbasket in, in a browser of theirs */
#include "consent.h"
#include "escape.h"
#include "face.h"
#include "oauth2-endpoint.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>
#include <string.h>

/* RFC 8628, 3.5 */
#define SLOWER_BY_S 5

struct _IbConsent {
    IbOAuth2Client *client;
    IbConsentWay way;
    char **addresses;
    const IbConsentEvents *events;
    gpointer user_data;

    GCancellable *cancellable; /* also marks that it is alive, for callbacks that come late */
    guint late, answer,
        timer; /* sources: until it is too late, what is next, the device code's interval; 0: none */

    SoupServer *door;
    SoupServerMessage *page; /* with which the right answer was thanked for */
    char *redirect, *redirect_path;
    IbSecret *state, *verifier;
    char *came; /* the redirect that was taken */

    IbOAuth2Device *device;
    gint64 interval_s;
    IbOAuth2Tokens *tokens;
};

static void on_device_tokens (GObject *source, GAsyncResult *result, gpointer user_data);

/* --- the end ------------------------------------------------------------------------------------------------- */

static void
shut_door (IbConsent *self)
{
    if (self->page != NULL)
        (void) g_signal_handlers_disconnect_by_data (self->page, self);
    g_clear_object (&self->page);
    if (self->door != NULL)
        soup_server_disconnect (self->door);
    g_clear_object (&self->door);
}

static void
end (IbConsent *self, const GError *error)
{
    g_cancellable_cancel (self->cancellable);
    shut_door (self);
    g_clear_handle_id (&self->late, g_source_remove);
    g_clear_handle_id (&self->answer, g_source_remove);
    g_clear_handle_id (&self->timer, g_source_remove);
    self->events->ended (self->client, error == NULL ? self->tokens : NULL, error,
                         self->user_data); /* may free us */
}

static gboolean
on_late (gpointer user_data)
{
    IbConsent *self = user_data;
    self->late = 0;
    g_autoptr (GError) error
        = g_error_new (IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_SIGN_IN,
                       _ ("%s: nobody has signed in for too long: begin again"), self->client->provider);
    end (self, error);
    return G_SOURCE_REMOVE;
}

static void
give_time (IbConsent *self, gint64 seconds)
{
    g_clear_handle_id (&self->late, g_source_remove);
    self->late = g_timeout_add_seconds ((guint) seconds, on_late, self);
}

/* A callback's first question: is there anybody to tell? */
static bool
is_over (const GError *error)
{
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* --- whom the tokens are of ---------------------------------------------------------------------------------- */

static void
check_person (IbConsent *self)
{
    g_autoptr (GError) error = NULL;
    if (ib_oauth2_check_person ((const char *const *) self->tokens->signed_in,
                                (const char *const *) self->addresses, &error))
        end (self, NULL);
    else
        end (self, error);
}

/* Userinfo that cannot be had, or names nobody, says nothing against the tokens. */
static void
on_userinfo (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    char **signed_in = ib_oauth2_ask_userinfo_finish (result, &error);
    if (is_over (error))
        return;
    IbConsent *self = user_data;
    if (signed_in != NULL) {
        g_strfreev (self->tokens->signed_in);
        self->tokens->signed_in = signed_in;
    }
    check_person (self);
}

/* @tokens (transfer full) (nullable) */
static void
take_tokens (IbConsent *self, IbOAuth2Tokens *tokens, const GError *error)
{
    self->tokens = tokens;
    if (tokens == NULL) {
        end (self, error);
    } else if (tokens->refresh_token == NULL) {
        g_autoptr (GError) missing = g_error_new (
            IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
            ib_face_words (
                _ ("%s gave no refresh token, so its mail could be fetched for an hour only. Does oauth2-scope= "
                   "ask for one (offline_access), and may this client have one?"),
                _ ("%s gave no refresh token, so its mail could be fetched for an hour only. Inbasket asked for one; "
                   "does the provider let it have one?")),
            self->client->provider);
        end (self, missing);
    } else if (tokens->signed_in[0] == NULL && *self->client->userinfo_url != '\0') {
        ib_oauth2_ask_userinfo (self->client, tokens->access_token, self->cancellable, on_userinfo, self);
    } else {
        check_person (self);
    }
}

static void
on_tokens (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    IbOAuth2Tokens *tokens = ib_oauth2_tokens_finish (result, &error);
    if (!is_over (error))
        take_tokens (user_data, tokens, error);
}

/* --- a browser's answer -------------------------------------------------------------------------------------- */

/* What came stands in self->came. */
static void
take_answer (IbConsent *self)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbSecret) code
        = ib_oauth2_read_redirect (self->client, self->came, ib_secret_peek (self->state, NULL), &error);
    shut_door (self);
    if (code == NULL)
        end (self, error);
    else
        ib_oauth2_redeem (self->client, code, self->verifier, self->redirect, self->cancellable, on_tokens,
                          self);
}

static gboolean
on_answer (gpointer user_data)
{
    IbConsent *self = user_data;
    self->answer = 0;
    take_answer (self);
    return G_SOURCE_REMOVE;
}

/* Plain, and without anything that a browser would fetch or tell on. */
static void
show_page (SoupServerMessage *message, guint status, const char *title, const char *text)
{
    SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
    g_autofree char *safe_title = g_markup_escape_text (title, -1);
    g_autofree char *safe_text = g_markup_escape_text (text, -1);
    char *page
        = g_strdup_printf ("<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Inbasket</title></head>"
                           "<body><h1>%s</h1><p>%s</p></body></html>\n",
                           safe_title, safe_text);
    soup_message_headers_replace (headers, "Cache-Control", "no-store");
    soup_message_headers_replace (headers, "Referrer-Policy", "no-referrer");
    soup_message_headers_replace (headers, "Content-Security-Policy", "default-src 'none'");
    soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
    soup_message_headers_replace (headers, "Connection", "close");
    soup_server_message_set_status (message, status, NULL);
    soup_server_message_set_response (message, "text/html; charset=utf-8", SOUP_MEMORY_TAKE, page,
                                      strlen (page));
}

/* What the browser brought is looked at once it has its page. */
static void
on_page_sent (SoupServerMessage *message, gpointer user_data)
{
    IbConsent *self = user_data;
    if (self->came != NULL && self->answer == 0)
        self->answer = g_idle_add (on_answer, self);
}

/* Called when the head of a request is here: whatever body it may have is never read. Nothing is kept of a stranger, and so
 * however many knock, the right answer is taken still. */
static void
on_knock (SoupServer *door, SoupServerMessage *message, const char *path, GHashTable *query,
          gpointer user_data)
{
    IbConsent *self = user_data;
    GUri *uri = soup_server_message_get_uri (message);
    const char *raw = g_uri_get_query (uri);
    g_autofree char *text = g_strconcat ("?", raw != NULL ? raw : "", NULL);
    g_autoptr (GError) error = NULL;
    bool is_get = strcmp (soup_server_message_get_method (message), SOUP_METHOD_GET) == 0;
    if (self->came != NULL || !is_get || strcmp (path, self->redirect_path) != 0
        || !ib_oauth2_is_redirect (text)) {
        show_page (message, SOUP_STATUS_NOT_FOUND, _ ("Nothing here"),
                   _ ("Inbasket waits for a provider's answer."));
        return;
    }
    g_autoptr (IbSecret) code
        = ib_oauth2_read_redirect (self->client, text, ib_secret_peek (self->state, NULL), &error);
    /* An answer to another question may be anybody's: the right one is still waited for. */
    if (g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE)) {
        show_page (message, SOUP_STATUS_FORBIDDEN, _ ("This was not asked for"), error->message);
        return;
    }
    self->came = g_steal_pointer (&text);
    self->page = g_object_ref (message);
    g_signal_connect (message, "finished", G_CALLBACK (on_page_sent), self);
    if (code != NULL)
        show_page (message, SOUP_STATUS_OK, _ ("You can close this window"),
                   _ ("Inbasket goes on by itself."));
    else
        show_page (message, SOUP_STATUS_OK, _ ("You can close this window"), error->message);
}

bool
ib_consent_paste (IbConsent *self, const char *text, GError **error)
{
    g_autofree char *bare = g_strstrip (g_strdup (text));
    if (self->door == NULL || self->came != NULL) {
        g_set_error_literal (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE, _ ("No address is waited for"));
        return false;
    }
    if (!ib_oauth2_is_redirect (bare)) {
        g_set_error_literal (
            error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE,
            _ ("That is not the address that your browser ended at: it has “state=” and “code=” in it"));
        return false;
    }
    g_autoptr (GError) why = NULL;
    g_autoptr (IbSecret) code
        = ib_oauth2_read_redirect (self->client, bare, ib_secret_peek (self->state, NULL), &why);
    if (g_error_matches (why, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE)) { /* of an earlier try, perhaps */
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    self->came = g_steal_pointer (&bare);
    self->answer = g_idle_add (on_answer, self);
    return true;
}

/* --- the first way ------------------------------------------------------------------------------------------- */

/* The registered redirect with our port in it, unless it names its own. Without a path it stays without one: some providers
 * compare letter by letter. */
static char *
place_redirect (const char *registered, int port, char **out_path)
{
    g_autoptr (GUri) uri = g_uri_parse (registered, G_URI_FLAGS_NONE, NULL);
    const char *path = g_uri_get_path (uri);
    *out_path = g_strdup (*path != '\0' ? path : "/");
    return g_uri_join (G_URI_FLAGS_NONE, "http", NULL, g_uri_get_host (uri), port, path, NULL, NULL);
}

/* On 127.0.0.1 and nowhere else, at a port that the system chooses. */
static int
open_door (IbConsent *self, GError **error)
{
    g_autoptr (GUri) uri = g_uri_parse (self->client->redirect, G_URI_FLAGS_NONE, error);
    if (uri == NULL)
        return 0;
    int wanted = g_uri_get_port (uri);
    g_autoptr (GInetAddress) loopback
        = g_inet_address_new_from_string (g_strcmp0 (g_uri_get_host (uri), "::1") == 0 ? "::1" : "127.0.0.1");
    g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, (guint16) MAX (wanted, 0));
    self->door = soup_server_new ("server-header", "Inbasket", NULL);
    soup_server_add_early_handler (self->door, NULL, on_knock, self, NULL);
    if (!soup_server_listen (self->door, address, 0, error))
        return 0;
    GSList *uris = soup_server_get_uris (self->door);
    int port = uris != NULL ? g_uri_get_port (uris->data) : 0;
    g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
    return port;
}

static void
start_browser (IbConsent *self)
{
    g_autoptr (GError) why = NULL;
    int port = open_door (self, &why);
    if (port <= 0) {
        g_autoptr (GError) error = g_error_new (IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_BUSY,
                                                _ ("No answer of the browser can be waited for: %s"),
                                                why != NULL ? why->message : _ ("no port"));
        end (self, error);
        return;
    }
    self->redirect = place_redirect (self->client->redirect, port, &self->redirect_path);
    self->state = ib_oauth2_new_word ();
    self->verifier = ib_oauth2_new_word ();
    g_autofree char *url
        = ib_oauth2_authorization_url (self->client, self->redirect, ib_secret_peek (self->state, NULL),
                                       ib_secret_peek (self->verifier, NULL), self->addresses[0]);
    self->events->show (url, NULL, self->user_data);
}

/* --- the second way ------------------------------------------------------------------------------------------ */

static gboolean
on_interval (gpointer user_data)
{
    IbConsent *self = user_data;
    self->timer = 0;
    ib_oauth2_redeem_device (self->client, self->device, self->cancellable, on_device_tokens, self);
    return G_SOURCE_REMOVE;
}

static void
wait_interval (IbConsent *self)
{
    self->timer = g_timeout_add_seconds ((guint) self->interval_s, on_interval, self);
}

/* Nobody has typed the code yet, or the line was bad: RFC 8628, 3.5 has both asked again, the latter more slowly. */
static bool
is_to_be_asked_again (IbConsent *self, const GError *error)
{
    if (g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_PENDING))
        return true;
    if (!g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_SLOW_DOWN)
        && !g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_BUSY)
        && !g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_OFFLINE))
        return false;
    self->interval_s += SLOWER_BY_S;
    return true;
}

static void
on_device_tokens (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    IbOAuth2Tokens *tokens = ib_oauth2_tokens_finish (result, &error);
    if (is_over (error))
        return;
    IbConsent *self = user_data;
    if (tokens == NULL && is_to_be_asked_again (self, error))
        wait_interval (self);
    else
        take_tokens (self, tokens, error);
}

static void
on_device (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    IbOAuth2Device *device = ib_oauth2_ask_device_finish (result, &error);
    if (is_over (error))
        return;
    IbConsent *self = user_data;
    if (device == NULL) {
        end (self, error);
        return;
    }
    self->device = device;
    self->interval_s = device->interval_s;
    give_time (self, MIN (device->lifetime_s, IB_LIMIT_CONSENT_S));
    wait_interval (self);
    self->events->show (device->url, device->user_code, self->user_data);
}

/* --- the beginning ------------------------------------------------------------------------------------------- */

static const char *
address_of_way (const IbConsent *self)
{
    return self->way == IB_CONSENT_DEVICE ? self->client->device_url : self->client->auth_url;
}

static bool
check_client (const IbConsent *self, GError **error)
{
    const IbOAuth2Client *client = self->client;
    if (*client->id == '\0')
        g_set_error (
            error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
            ib_face_words (
                _ ("This copy of Inbasket has no client id for %s, which does not register programs by itself. Put one "
                   "of your own into oauth2-client-id= or oauth-clients.d/, or take an app password where there are "
                   "some"),
                _ ("This copy of Inbasket has no client id for %s, which does not register programs by itself. Take an app "
                   "password where there are some")),
            client->provider);
    else if (*client->token_url == '\0')
        g_set_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
                     ib_face_words (_ ("It is not known where %s gives tokens: set oauth2-token-url="),
                                    _ ("It is not known where %s gives tokens: take another way to sign in")),
                     client->provider);
    else if (*address_of_way (self) == '\0' && self->way == IB_CONSENT_DEVICE)
        g_set_error (
            error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
            ib_face_words (
                _ ("%s offers no sign-in by a code (oauth2-device-url= is not set): take the browser"),
                _ ("%s offers no sign-in by a code: take the browser on this device")),
            client->provider);
    else if (*address_of_way (self) == '\0')
        g_set_error (
            error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT,
            ib_face_words (_ ("It is not known where one signs in to %s: set oauth2-auth-url="),
                           _ ("It is not known where one signs in to %s: take another way to sign in")),
            client->provider);
    else
        return ib_oauth2_check_url (_ ("The address to sign in at"), address_of_way (self), error);
    return false;
}

static void
start_way (IbConsent *self)
{
    g_autoptr (GError) error = NULL;
    if (!check_client (self, &error))
        end (self, error);
    else if (self->way == IB_CONSENT_DEVICE)
        ib_oauth2_ask_device (self->client, self->cancellable, on_device, self);
    else
        start_browser (self);
}

static void
complete (IbConsent *self, IbOAuth2Client *client)
{
    ib_oauth2_client_free (self->client);
    self->client = client;
}

static void
on_registered (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    IbOAuth2Client *client = ib_oauth2_client_finish (result, &error);
    if (is_over (error))
        return;
    IbConsent *self = user_data;
    if (client == NULL) {
        end (self, error);
        return;
    }
    ib_oauth2_set (&client->source, client->provider);
    complete (self, client);
    start_way (self);
}

static void
register_or_start (IbConsent *self)
{
    if (*self->client->id == '\0' && *self->client->registration_url != '\0')
        ib_oauth2_register (self->client, self->cancellable, on_registered, self);
    else
        start_way (self);
}

/* That a server cannot be asked says nothing of what it would tell. */
static bool
is_out_of_reach (const GError *error)
{
    return g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_OFFLINE)
           || g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_UNSAFE);
}

/* A server that tells nothing of itself may be as good, if enough is known of it. */
static void
on_openid_metadata (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    IbOAuth2Client *client = ib_oauth2_client_finish (result, &error);
    if (is_over (error))
        return;
    IbConsent *self = user_data;
    if (client == NULL && is_out_of_reach (error)) {
        end (self, error);
        return;
    }
    if (client != NULL)
        complete (self, client);
    register_or_start (self);
}

static void
on_metadata (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    IbOAuth2Client *client = ib_oauth2_client_finish (result, &error);
    if (is_over (error))
        return;
    IbConsent *self = user_data;
    if (client == NULL) {
        ib_oauth2_ask_metadata (self->client, true, self->cancellable, on_openid_metadata, self);
        return;
    }
    complete (self, client);
    register_or_start (self);
}

static gboolean
on_begin (gpointer user_data)
{
    IbConsent *self = user_data;
    const IbOAuth2Client *client = self->client;
    bool is_known = *client->id != '\0' && *client->token_url != '\0' && *address_of_way (self) != '\0';
    self->answer = 0;
    if (is_known || *client->issuer == '\0')
        start_way (self);
    else
        ib_oauth2_ask_metadata (client, false, self->cancellable, on_metadata, self);
    return G_SOURCE_REMOVE;
}

IbConsent *
ib_consent_start (const IbOAuth2Client *client, IbConsentWay way, const char *const *addresses,
                  const IbConsentEvents *events, gpointer user_data)
{
    IbConsent *self = g_new0 (IbConsent, 1);
    self->client = ib_oauth2_client_copy (client);
    self->way = way;
    self->addresses = g_strdupv ((char **) addresses);
    self->events = events;
    self->user_data = user_data;
    self->cancellable = g_cancellable_new ();
    self->answer = g_idle_add (on_begin, self);
    give_time (self, IB_LIMIT_CONSENT_S);
    return self;
}

void
ib_consent_free (IbConsent *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->cancellable);
    g_object_unref (self->cancellable);
    g_clear_handle_id (&self->late, g_source_remove);
    g_clear_handle_id (&self->answer, g_source_remove);
    g_clear_handle_id (&self->timer, g_source_remove);
    shut_door (self);
    ib_oauth2_client_free (self->client);
    ib_oauth2_tokens_free (self->tokens);
    ib_oauth2_device_free (self->device);
    ib_secret_unref (self->state);
    ib_secret_unref (self->verifier);
    g_strfreev (self->addresses);
    g_free (self->redirect);
    g_free (self->redirect_path);
    g_free (self->came);
    g_free (self);
}
