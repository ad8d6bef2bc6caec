/* session-connect.c - a session's way to its server: the secret, a worker, a connection for it */
#include "fetch-wire.h"
#include "session-private.h"

#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_S 20
#define UTF8_TRIES 2

/* --- the connection ---------------------------------------------------------------------------------------- */

/* Dead peers and waiting NATs are found by probes; small commands go out at once. */
static void
set_options (int fd)
{
    const struct {
        int level, name, value;
    } options[] = {
        { IPPROTO_TCP, TCP_NODELAY, 1 },   { SOL_SOCKET, SO_KEEPALIVE, 1 },
        { IPPROTO_TCP, TCP_KEEPIDLE, 60 }, { IPPROTO_TCP, TCP_KEEPINTVL, 15 },
        { IPPROTO_TCP, TCP_KEEPCNT, 4 },   { IPPROTO_TCP, TCP_USER_TIMEOUT, 60000 },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
        (void) setsockopt (fd, options[i].level, options[i].name, &options[i].value, sizeof options[i].value);
}

/* In a memory file, never in a frame. @secret NULL: there is none to send. */
static bool
send_secret (IbChannel *channel, guint8 kind, const IbSecret *secret, GError **error)
{
    if (secret == NULL)
        return true;
    int fd = ib_secret_to_fd (secret, error);
    bool is_sent = fd >= 0 && ib_channel_send (channel, kind, g_variant_new ("()"), fd, error);
    if (fd >= 0)
        close (fd);
    return is_sent;
}

static bool
send_start (IbSession *self, int socket, GError **error)
{
    IbChannel *channel = ib_worker_channel (self->worker);
    bool is_sent = ib_channel_send (channel, IB_FETCH_WIRE_SOCKET, g_variant_new ("()"), socket, error)
                   && send_secret (channel, IB_FETCH_WIRE_TICKET, self->ticket, error)
                   && send_secret (channel, IB_FETCH_WIRE_SECRET, self->secret, error);
    g_clear_pointer (&self->ticket, ib_secret_unref);
    g_clear_pointer (&self->secret, ib_secret_unref);
    return is_sent;
}

/* A worker that is gone says more, soon, than that nothing could be sent to it. */
static void
hand_over (IbSession *self, GSocketConnection *connection)
{
    g_autoptr (GError) error = NULL;
    int socket = g_socket_get_fd (g_socket_connection_get_socket (connection));

    set_options (socket);
    if (send_start (self, socket, &error))
        ib_session_owe (self, 0, 0);
    else if (!g_error_matches (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED))
        ib_session_end_with (self, IB_FETCH_ERROR_HERE, _ ("The fetch worker did not start: %s"),
                             error->message);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocketConnection) connection
        = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (source), result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* freed meanwhile */

    IbSession *self = user_data;
    if (connection == NULL) {
        ib_session_end_with (self, IB_FETCH_ERROR_OFFLINE, _ ("%s, port %u: no connection: %s"),
                             self->account->host, ib_account_port (self->account), error->message);
        return;
    }
    hand_over (self, connection);
}

void
ib_session_step (IbSession *self, const char *step, const char *text)
{
    if (self->events->step != NULL)
        self->events->step (step, text, self->user_data);
}

/* The steps of connecting, for people who test an account. */
static void
on_client_event (GSocketClient *client, GSocketClientEvent event, GSocketConnectable *connectable,
                 GIOStream *stream, gpointer user_data)
{
    IbSession *self = user_data;
    if (event == G_SOCKET_CLIENT_RESOLVED) {
        ib_session_step (self, "resolve", self->account->host);
    } else if (event == G_SOCKET_CLIENT_CONNECTED && G_IS_SOCKET_CONNECTION (stream)) {
        g_autoptr (GSocketAddress) address
            = g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (stream), NULL);
        g_autofree char *text
            = address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : NULL;
        ib_session_step (self, "connect", text != NULL ? text : "");
    }
}

static void
start_connecting (IbSession *self)
{
    self->client = g_socket_client_new ();
    g_socket_client_set_timeout (self->client, CONNECT_TIMEOUT_S);
    /* No proxy leads to this machine; and to ask which one there is loads half a desktop. */
    g_socket_client_set_enable_proxy (self->client, !ib_account_is_local (self->account));
    g_signal_connect (self->client, "event", G_CALLBACK (on_client_event), self);
    g_socket_client_connect_to_host_async (self->client, self->account->host, ib_account_port (self->account),
                                           self->cancellable, on_connected, self);
}

/* --- the worker's end -------------------------------------------------------------------------------------- */

/* A token may be void before its time, or by the server's clock: another one, once, may do. */
static bool
is_worth_another_token (IbSession *self)
{
    bool was_shown = self->secret == NULL;
    return was_shown && !self->was_signed_in && !self->was_refused
           && g_error_matches (self->last_words, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN)
           && ib_tokens_refused (self->tokens, self->account);
}

/* Nothing secret was said. It may have been chance: only what breaks there twice does without, for which some servers give a note
 * in the place of mail. */
static bool
is_worth_another_try (IbSession *self)
{
    return self->broke_at_utf8 && !self->was_signed_in && self->utf8_breakages < UTF8_TRIES;
}

static void
try_again (IbSession *self)
{
    self->broke_at_utf8 = false;
    self->has_finished = false;
    self->place = IB_SESSION_OUTSIDE;
    self->owed = 0;
    self->retry_after_s = 0;
    g_clear_error (&self->last_words);
    g_clear_pointer (&self->worker, ib_worker_free);
    self->asks_first = true;
    (void) g_signal_handlers_disconnect_by_data (self->client, self);
    g_clear_object (&self->client);
    ib_session_connect (self);
}

static void
on_gone (IbWorker *worker, const GError *why, gpointer user_data)
{
    IbSession *self = user_data;
    if (self->last_words != NULL && is_worth_another_token (self)) {
        self->was_refused = true;
        try_again (self);
    } else if (self->last_words != NULL && is_worth_another_try (self)) {
        self->utf8_breakages++;
        try_again (self);
    } else if (self->last_words != NULL) {
        g_autoptr (GError) error = g_steal_pointer (&self->last_words);
        if (self->retry_after_s > 0 && self->events->backoff != NULL)
            self->events->backoff (self->retry_after_s, self->user_data);
        ib_session_end (self, error);
    } else if (self->has_finished) {
        ib_session_end (self, NULL);
    } else {
        ib_session_end_with (self, IB_FETCH_ERROR_SERVER, _ ("%s: the fetch worker ended in the middle: %s"),
                             self->account->host, why != NULL ? why->message : _ ("no reason given"));
    }
}

/* --- the worker -------------------------------------------------------------------------------------------- */

static bool
send_request (IbSession *self, GError **error)
{
    const IbFetchRequest request = { .account = self->account,
                                     .is_probe = self->is_probe,
                                     .is_dry = self->is_dry,
                                     .is_cautious = self->is_cautious,
                                     .watches = self->watches,
                                     .mailbox = self->mailbox,
                                     .put_off = self->put_off,
                                     .asks_first = self->asks_first,
                                     .without_utf8 = self->utf8_breakages == UTF8_TRIES,
                                     .offers = self->offers,
                                     .line = self->line };
    return ib_channel_send (ib_worker_channel (self->worker), IB_FETCH_WIRE_REQUEST,
                            ib_fetch_wire_pack_request (&request), -1, error);
}

/* Being loaded takes it as long as the name and the connection take us. */
static bool
start_worker (IbSession *self)
{
    static const IbWorkerEvents events = { ib_session_on_frame, on_gone };
    g_autoptr (GError) error = NULL;

    self->worker = ib_worker_start ("inbasket-fetch", ib_fetch_wire_to_service, &events, self, &error);
    if (self->worker != NULL && send_request (self, &error))
        return true;
    ib_session_end_with (self, IB_FETCH_ERROR_HERE, _ ("The fetch worker did not start: %s"),
                         error->message);
    return false;
}

/* --- the secret -------------------------------------------------------------------------------------------- */

static void
on_secret (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbSecret) secret = ib_tokens_obtain_finish (result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* freed meanwhile */

    IbSession *self = user_data;
    if (secret == NULL) {
        ib_session_end (self, error);
        return;
    }
    self->secret = g_steal_pointer (&secret);
    ib_session_step (self, "secret", _ ("obtained"));
    if (start_worker (self))
        start_connecting (self);
}

void
ib_session_connect (IbSession *self)
{
    ib_tokens_obtain (self->tokens, self->account, self->cancellable, on_secret, self);
}
