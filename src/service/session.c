/* session.c - one session with a mail server, seen from the service */
#include "session.h"
#include "escape.h"
#include "fault.h"
#include "fetch-wire.h"
#include "server-limits.h"
#include "spool.h"
#include "worker.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_S 20
/* A worker has deadlines of its own, each shorter; one that is silent for so long hangs. */
#define SILENCE_MS (3 * IB_LIMIT_STALL_MS)
/* Credit is told of when there is so much of it, or when nothing else is here that could bring more. */
#define CREDIT_MESSAGES (IB_LIMIT_IN_FLIGHT_MESSAGES / 8)
#define CREDIT_BYTES (IB_LIMIT_IN_FLIGHT_BYTES / 8)

/* A message that comes through a pipe: whole when its frame and all of its bytes are here. */
typedef struct {
    IbSession *session; /* NULL: nobody waits for it any more */
    bool was_announced, is_drained;
    IbRemoteMessage message;
    char *uidl;
    int file;
    guint64 size_bytes;
} Large;

/* What a worker says of messages is about the mailbox that it was let into. */
typedef enum { OUTSIDE, ENTERING, INSIDE } Place;

struct _IbSession {
    IbAccount *account;
    IbTokens *tokens;
    gint64 since_s;
    bool is_probe, is_cautious, watches;
    char *offers, *mailbox; /* NULL, as in the request */
    char *spool_folder;
    const IbSessionEvents *events;
    gpointer user_data;

    GCancellable *cancellable; /* also marks that the session is alive, for callbacks that come late */
    GSocketClient *client;     /* while connecting */
    IbWorker *worker;
    IbSecret *secret;
    IbSecret *ticket; /* of an earlier session; NULL once it is handed on */
    Large *large;
    GError *last_words;   /* FAILED: why, said before the worker leaves */
    gint64 retry_after_s; /* with it */
    bool is_watching;     /* and nothing has come since */
    bool was_signed_in;
    bool was_refused; /* once: that token was, and this is the try with another */
    bool has_finished;
    Place place;
    guint32 attempted_uid; /* asked for alone, and nothing heard of it yet */
    bool was_taken;        /* the worker said so, and a large message is not whole here yet */
    guint32 highest_uid;   /* with it */
    char listing[IB_LIMIT_LISTING_BYTES + 1];
    guint owed; /* answers and credit that the worker may be waiting for */

    guint messages_here; /* handed over to us, and no credit told of yet */
    guint64 bytes_here;
    guint written; /* of them: so many, and so many bytes, are */
    guint64 bytes_written;
};

static void obtain_secret (IbSession *self);

/* --- the end ----------------------------------------------------------------------------------------------- */

static void
large_forget (Large *large)
{
    if (large != NULL)
        large->session = NULL;
}

static void
end (IbSession *self, const GError *error)
{
    g_cancellable_cancel (self->cancellable);
    g_clear_pointer (&self->worker, ib_worker_free);
    self->events->ended (error, self->attempted_uid, self->user_data); /* may free us */
}

G_GNUC_PRINTF (3, 4)
static void
end_with (IbSession *self, IbFetchError code, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autoptr (GError) error = g_error_new_valist (IB_FETCH_ERROR, (gint) code, format, arguments);
    va_end (arguments);
    end (self, error);
}

static void
speak_nonsense (IbSession *self, const char *what)
{
    end_with (self, IB_FETCH_ERROR_SERVER, _ ("%s: the fetch worker spoke nonsense (%s) and was ended"),
              self->account->host, what);
}

/* A token may be void before its time, or by the server's clock: another one, once, may do. */
static bool
is_worth_another_token (IbSession *self)
{
    bool was_shown = self->secret == NULL;
    return was_shown && !self->was_signed_in && !self->was_refused
           && g_error_matches (self->last_words, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN)
           && ib_tokens_refused (self->tokens, self->account);
}

static void
try_another_token (IbSession *self)
{
    self->was_refused = true;
    self->has_finished = false;
    self->place = OUTSIDE;
    self->owed = 0;
    self->retry_after_s = 0;
    g_clear_error (&self->last_words);
    g_clear_pointer (&self->worker, ib_worker_free);
    g_clear_pointer (&self->offers, g_free); /* asking first, this time */
    (void) g_signal_handlers_disconnect_by_data (self->client, self);
    g_clear_object (&self->client);
    obtain_secret (self);
}

static void
on_gone (IbWorker *worker, const GError *why, gpointer user_data)
{
    IbSession *self = user_data;
    if (self->last_words != NULL && is_worth_another_token (self)) {
        try_another_token (self);
    } else if (self->last_words != NULL) {
        g_autoptr (GError) error = g_steal_pointer (&self->last_words);
        if (self->retry_after_s > 0 && self->events->backoff != NULL)
            self->events->backoff (self->retry_after_s, self->user_data);
        end (self, error);
    } else if (self->has_finished) {
        end (self, NULL);
    } else {
        end_with (self, IB_FETCH_ERROR_SERVER, _ ("%s: the fetch worker ended in the middle: %s"),
                  self->account->host, why != NULL ? why->message : _ ("no reason given"));
    }
}

/* --- messages too large for memory ------------------------------------------------------------------------- */

static void
large_free (Large *large)
{
    if (large->file >= 0)
        close (large->file);
    g_free (large->uidl);
    g_free (large);
}

/* Not before a large message that was announced earlier, and whose last bytes are still on their way to the disk: what
 * is said to be taken is never asked for again. */
static void
tell_taken (IbSession *self)
{
    if (!self->was_taken || self->large != NULL)
        return;
    self->was_taken = false;
    self->events->taken (self->highest_uid, self->listing, self->user_data);
}

/* Passes a large message on when both halves are here. */
static void
large_settle (IbSession *self)
{
    Large *large = self->large;
    if (!large->was_announced || !large->is_drained)
        return;
    self->large = NULL;
    int file = large->file;
    large->file = -1;
    g_autoptr (IbBag) bag = ib_bag_new (file);
    bool is_whole = large->size_bytes == large->message.size_bytes;
    if (is_whole)
        self->events->message (&large->message, bag, 0, self->user_data);
    large_free (large);
    if (is_whole)
        tell_taken (self);
    else
        speak_nonsense (self, "large message of another size");
}

static void
large_drained (int fd, guint64 size_bytes, const GError *error, gpointer user_data)
{
    Large *large = user_data;
    IbSession *self = large->session;
    large->file = fd;
    large->size_bytes = size_bytes;
    large->is_drained = true;
    if (self == NULL) {
        large_free (large);
    } else if (error != NULL) {
        self->large = NULL;
        large_free (large);
        self->events->store_failed (error, self->user_data);
    } else {
        large_settle (self);
    }
}

/* A worker that waits for us is silent with every right. */
static void
owe (IbSession *self, guint more, guint less)
{
    self->owed += more;
    self->owed -= MIN (less, self->owed);
    guint silence_ms = ib_fault ("session.silence") != 0 ? 1 : SILENCE_MS;
    if (self->worker != NULL)
        ib_worker_expect (self->worker, self->owed > 0 ? 0 : silence_ms);
}

static bool
on_body (IbSession *self, IbFrame *frame)
{
    if (self->large != NULL)
        return false;
    self->large = g_new0 (Large, 1);
    self->large->session = self;
    self->large->file = -1;
    ib_spool_start (frame->fd, self->spool_folder, large_drained, self->large);
    frame->fd = -1;
    return true;
}

/* A worker that hands over more than it has credit for would have us keep whatever it likes. It counts at least as much
 * as we do, since it hears of credit later than we tell. */
static bool
has_credit (const IbSession *self, guint messages, guint64 bytes)
{
    bool is_alone = self->messages_here == 0 && messages == 1;
    return is_alone
           || (self->messages_here + messages <= IB_LIMIT_IN_FLIGHT_MESSAGES
               && self->bytes_here + bytes <= IB_LIMIT_IN_FLIGHT_BYTES);
}

static void
count_in (IbSession *self, guint messages, guint64 bytes)
{
    self->messages_here += messages;
    self->bytes_here += bytes;
    owe (self, messages, 0);
}

static bool
on_large_message (IbSession *self, const IbRemoteMessage *message)
{
    Large *large = self->large;
    if (large == NULL || large->was_announced || !has_credit (self, 1, message->size_bytes))
        return false;
    large->was_announced = true;
    count_in (self, 1, message->size_bytes);
    large->message = *message;
    large->uidl = g_strdup (message->uidl);
    large->message.uidl = large->uidl;
    large_settle (self);
    return true;
}

/* Any other frame after BODY (but ALIVE) says that the pipe was dropped. */
static void
drop_large (IbSession *self)
{
    if (self->large == NULL || self->large->was_announced)
        return;
    large_forget (self->large);
    if (self->large->is_drained)
        large_free (self->large);
    self->large = NULL;
}

/* --- frames ------------------------------------------------------------------------------------------------ */

/* A memory file that nobody can change or shrink any more, as long as it was said to be. */
static bool
is_sealed (int fd, guint64 size_bytes)
{
    const int needed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    int seals = fcntl (fd, F_GET_SEALS);
    struct stat st;
    return seals >= 0 && (seals & needed) == needed && fstat (fd, &st) == 0
           && (guint64) st.st_size == size_bytes;
}

static guint64
total_size (const GArray *messages)
{
    guint64 total = 0;
    for (guint i = 0; i < messages->len; i++)
        total += g_array_index (messages, IbRemoteMessage, i).size_bytes;
    return total;
}

static bool
on_messages (IbSession *self, IbFrame *frame)
{
    g_autoptr (GArray) messages = ib_fetch_wire_unpack_messages (frame);
    if (messages == NULL)
        return false;
    self->attempted_uid = 0;
    if (frame->fd < 0)
        return messages->len == 1 && on_large_message (self, &g_array_index (messages, IbRemoteMessage, 0));
    guint64 total = total_size (messages);
    if (!has_credit (self, messages->len, total) || !is_sealed (frame->fd, total))
        return false;
    count_in (self, messages->len, total);

    g_autoptr (IbBag) bag = ib_bag_new (frame->fd);
    guint64 offset = 0;
    frame->fd = -1;
    for (guint i = 0; i < messages->len; i++) {
        const IbRemoteMessage *message = &g_array_index (messages, IbRemoteMessage, i);
        self->events->message (message, bag, offset, self->user_data);
        offset += message->size_bytes;
    }
    return true;
}

static bool
on_step (IbSession *self, IbFrame *frame)
{
    static const char *const names[] = {
        [IB_STEP_GREETED] = "greeting",  [IB_STEP_TLS] = "tls",       [IB_STEP_CAPABILITIES] = "capabilities",
        [IB_STEP_SIGNED_IN] = "sign-in", [IB_STEP_COUNTED] = "count",
    };
    IbFetchStep step;
    const char *text = NULL;
    if (!ib_fetch_wire_unpack_step (frame->body, &step, &text) || (gsize) step >= G_N_ELEMENTS (names))
        return false;
    g_autofree char *safe = ib_escape_server_text (text, -1);
    self->was_signed_in |= step == IB_STEP_SIGNED_IN;
    self->events->step (names[step], safe, self->user_data);
    return true;
}

static bool
on_offered (IbSession *self, IbFrame *frame)
{
    const char *offers = NULL;
    if (!ib_fetch_wire_unpack_offered (frame->body, &offers))
        return false;
    if (self->events->offered != NULL)
        self->events->offered (offers, self->user_data);
    return true;
}

static bool
on_terms (IbSession *self, IbFrame *frame)
{
    IbServerTerms terms;
    if (!ib_fetch_wire_unpack_terms (frame->body, &terms))
        return false;
    if (self->events->terms != NULL)
        self->events->terms (&terms, self->user_data);
    return true;
}

/* Nothing is expected of it any more, for hours maybe. */
static bool
on_watching (IbSession *self, IbFrame *frame)
{
    const char *mailbox = NULL;
    bool may_come = self->watches && self->place != ENTERING;
    if (!may_come || !ib_fetch_wire_unpack_watching (frame->body, &mailbox))
        return false;
    bool was_only_renewed = self->is_watching;
    self->is_watching = true;
    self->place = OUTSIDE;
    self->owed = 0;
    ib_worker_let_rest (self->worker);
    if (!was_only_renewed)
        self->events->watching (mailbox, self->user_data);
    return true;
}

static bool
on_ticket (IbSession *self, IbFrame *frame)
{
    g_autoptr (IbSecret) ticket = ib_secret_from_fd (frame->fd, NULL);
    if (ticket == NULL)
        return false;
    if (self->events->ticket != NULL)
        self->events->ticket (ticket, self->user_data);
    return true;
}

static bool
on_enter (IbSession *self, IbFrame *frame)
{
    IbMailboxState state;
    if (self->place == ENTERING || !ib_fetch_wire_unpack_mailbox (frame->body, &state))
        return false;
    self->place = ENTERING;
    self->is_watching = false;
    owe (self, 1, 0);
    self->events->enter (&state, self->user_data);
    return true;
}

static bool
on_mailbox_failed (IbSession *self, IbFrame *frame)
{
    const char *mailbox = NULL, *text = NULL;
    if (!ib_fetch_wire_unpack_mailbox_failed (frame->body, &mailbox, &text))
        return false;
    self->events->mailbox_failed (mailbox, text, self->user_data);
    return true;
}

static bool
on_found (IbSession *self, IbFrame *frame)
{
    guint64 messages = 0, bytes = 0;
    if (!ib_fetch_wire_unpack_found (frame->body, &messages, &bytes))
        return false;
    self->events->found (messages, bytes, self->user_data);
    return true;
}

static bool
on_skip (IbSession *self, IbFrame *frame)
{
    IbRemoteMessage message;
    IbSkip reason;
    const char *text = NULL;
    if (!ib_fetch_wire_unpack_skip (frame->body, &message, &reason, &text))
        return false;
    self->attempted_uid = 0;
    self->events->skip (&message, reason, text, self->user_data);
    return true;
}

static bool
on_taken (IbSession *self, IbFrame *frame)
{
    const char *listing = NULL;
    if (!ib_fetch_wire_unpack_taken (frame->body, &self->highest_uid, &listing))
        return false;
    g_strlcpy (self->listing, listing, sizeof self->listing);
    owe (self, 1, 0);
    self->was_taken = true;
    tell_taken (self);
    return true;
}

static bool
on_settled (IbSession *self, IbFrame *frame)
{
    g_autoptr (IbSettleOrder) order = NULL;
    bool is_done = false;
    const char *text = NULL;
    if (!ib_fetch_wire_unpack_settled (frame->body, &order, &is_done, &text))
        return false;
    if (frame->kind == IB_FETCH_WIRE_COPIED) {
        owe (self, 1, 0);
        self->events->copied (order, self->user_data);
    } else {
        self->events->settled (order, is_done, text, self->user_data);
    }
    return true;
}

static bool
on_moved (IbSession *self, IbFrame *frame)
{
    g_autoptr (GArray) uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GArray) new_uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    const char *mailbox = NULL;
    guint32 uidvalidity = 0;
    if (!ib_fetch_wire_unpack_moved (frame->body, &mailbox, &uidvalidity, uids, new_uids))
        return false;
    if (self->events->moved != NULL)
        self->events->moved (mailbox, uidvalidity, uids, new_uids, self->user_data);
    return true;
}

static bool
on_attempt (IbSession *self, IbFrame *frame)
{
    self->attempted_uid = g_variant_get_uint32 (frame->body);
    return true;
}

/* That it was heard is all that it says. */
static bool
on_alive (IbSession *self, IbFrame *frame)
{
    return true;
}

static bool
on_last_words (IbSession *self, IbFrame *frame)
{
    if (frame->kind == IB_FETCH_WIRE_FINISHED)
        self->has_finished = true;
    else if (self->last_words == NULL)
        self->last_words = ib_fetch_wire_unpack_failed (frame->body, &self->retry_after_s);
    return true;
}

static const struct {
    guint8 kind;
    bool (*handle) (IbSession *self, IbFrame *frame);
    bool is_of_mailbox;
} frames[] = {
    { IB_FETCH_WIRE_STEP, on_step, false },
    { IB_FETCH_WIRE_OFFERED, on_offered, false },
    { IB_FETCH_WIRE_TERMS, on_terms, false },
    { IB_FETCH_WIRE_WATCHING, on_watching, false },
    { IB_FETCH_WIRE_ENTER, on_enter, false },
    { IB_FETCH_WIRE_MAILBOX_FAILED, on_mailbox_failed, false },
    { IB_FETCH_WIRE_FOUND, on_found, false },
    { IB_FETCH_WIRE_ATTEMPT, on_attempt, true },
    { IB_FETCH_WIRE_ALIVE, on_alive, false },
    { IB_FETCH_WIRE_BODY, on_body, true },
    { IB_FETCH_WIRE_MESSAGES, on_messages, true },
    { IB_FETCH_WIRE_SKIP, on_skip, true },
    { IB_FETCH_WIRE_TAKEN, on_taken, true },
    { IB_FETCH_WIRE_COPIED, on_settled, true },
    { IB_FETCH_WIRE_SETTLED, on_settled, true },
    { IB_FETCH_WIRE_MOVED, on_moved, true },
    { IB_FETCH_WIRE_TICKET, on_ticket, false },
    { IB_FETCH_WIRE_FINISHED, on_last_words, false },
    { IB_FETCH_WIRE_FAILED, on_last_words, false },
};

static void
on_frame (IbChannel *channel, IbFrame *frame, gpointer user_data)
{
    IbSession *self = user_data;
    if (frame->kind != IB_FETCH_WIRE_MESSAGES && frame->kind != IB_FETCH_WIRE_ALIVE)
        drop_large (self);
    for (gsize i = 0; i < G_N_ELEMENTS (frames); i++) {
        if (frames[i].kind != frame->kind)
            continue;
        /* A handler that answers false has not told anybody: the session is still ours to end. */
        bool may_come = !frames[i].is_of_mailbox || self->place == INSIDE;
        if (!may_come || !frames[i].handle (self, frame)) {
            g_autofree char *what = g_strdup_printf ("frame %u", frame->kind);
            speak_nonsense (self, what);
        }
        return;
    }
}

/* --- the beginning ----------------------------------------------------------------------------------------- */

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
send_request (IbSession *self, GError **error)
{
    const IbFetchRequest request = { .account = self->account,
                                     .since_s = self->since_s,
                                     .is_probe = self->is_probe,
                                     .is_cautious = self->is_cautious,
                                     .watches = self->watches,
                                     .mailbox = self->mailbox,
                                     .offers = self->offers };
    return ib_channel_send (ib_worker_channel (self->worker), IB_FETCH_WIRE_REQUEST,
                            ib_fetch_wire_pack_request (&request), -1, error);
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
        owe (self, 0, 0);
    else if (!g_error_matches (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED))
        end_with (self, IB_FETCH_ERROR_SERVER, _ ("The fetch worker did not start: %s"), error->message);
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
        end_with (self, IB_FETCH_ERROR_OFFLINE, _ ("%s, port %u: no connection: %s"), self->account->host,
                  ib_account_port (self->account), error->message);
        return;
    }
    hand_over (self, connection);
}

/* The steps of connecting, for people who test an account. */
static void
on_client_event (GSocketClient *client, GSocketClientEvent event, GSocketConnectable *connectable,
                 GIOStream *stream, gpointer user_data)
{
    IbSession *self = user_data;
    if (event == G_SOCKET_CLIENT_RESOLVED) {
        self->events->step ("resolve", self->account->host, self->user_data);
    } else if (event == G_SOCKET_CLIENT_CONNECTED && G_IS_SOCKET_CONNECTION (stream)) {
        g_autoptr (GSocketAddress) address
            = g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (stream), NULL);
        g_autofree char *text
            = address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : NULL;
        self->events->step ("connect", text != NULL ? text : "", self->user_data);
    }
}

static void
start_connecting (IbSession *self)
{
    self->client = g_socket_client_new ();
    g_socket_client_set_timeout (self->client, CONNECT_TIMEOUT_S);
    g_signal_connect (self->client, "event", G_CALLBACK (on_client_event), self);
    g_socket_client_connect_to_host_async (self->client, self->account->host, ib_account_port (self->account),
                                           self->cancellable, on_connected, self);
}

/* Being loaded takes it as long as the name and the connection take us. */
static bool
start_worker (IbSession *self)
{
    static const IbWorkerEvents events = { on_frame, on_gone };
    g_autoptr (GError) error = NULL;

    self->worker = ib_worker_start ("inbasket-fetch", ib_fetch_wire_to_service, &events, self, &error);
    if (self->worker != NULL && send_request (self, &error))
        return true;
    end_with (self, IB_FETCH_ERROR_SERVER, _ ("The fetch worker did not start: %s"), error->message);
    return false;
}

static void
on_secret (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbSecret) secret = ib_tokens_obtain_finish (result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* freed meanwhile */

    IbSession *self = user_data;
    if (secret == NULL) {
        end (self, error);
        return;
    }
    self->secret = g_steal_pointer (&secret);
    self->events->step ("secret", _ ("obtained"), self->user_data);
    if (start_worker (self))
        start_connecting (self);
}

static void
obtain_secret (IbSession *self)
{
    ib_tokens_obtain (self->tokens, self->account, self->cancellable, on_secret, self);
}

IbSession *
ib_session_start (const IbFetchRequest *request, IbTokens *tokens, const char *spool_folder,
                  const IbSessionEvents *events, gpointer user_data)
{
    IbSession *self = g_new0 (IbSession, 1);
    self->tokens = tokens;
    self->account = ib_account_copy (request->account);
    self->since_s = request->since_s;
    self->is_probe = request->is_probe;
    self->is_cautious = request->is_cautious;
    self->watches = request->watches;
    self->offers = g_strdup (request->offers);
    self->mailbox = g_strdup (request->mailbox);
    self->ticket = request->ticket != NULL ? ib_secret_ref ((IbSecret *) request->ticket) : NULL;
    self->spool_folder = g_strdup (spool_folder);
    self->events = events;
    self->user_data = user_data;
    self->cancellable = g_cancellable_new ();
    obtain_secret (self);
    return self;
}

/* --- answers ----------------------------------------------------------------------------------------------- */

/* A frame that cannot be sent means that the worker is gone, and that will be heard. */
static void
say (IbSession *self, guint8 kind, GVariant *body)
{
    if (self->worker == NULL)
        g_variant_unref (g_variant_ref_sink (body));
    else
        (void) ib_channel_send (ib_worker_channel (self->worker), kind, body, -1, NULL);
}

void
ib_session_answer_cursor (IbSession *self, const IbCursor *cursor)
{
    self->place = cursor != NULL ? INSIDE : OUTSIDE;
    if (self->worker != NULL)
        (void) ib_fetch_wire_send_cursor (ib_worker_channel (self->worker), cursor, NULL);
    owe (self, 0, 1);
}

void
ib_session_answer_orders (IbSession *self, GPtrArray *orders)
{
    for (guint i = 0; self->worker != NULL && i < orders->len; i++)
        (void) ib_fetch_wire_send_order (ib_worker_channel (self->worker), orders->pdata[i], NULL);
    say (self, IB_FETCH_WIRE_ORDERS_END, g_variant_new ("()"));
    owe (self, 0, 1);
}

void
ib_session_go_on (IbSession *self)
{
    say (self, IB_FETCH_WIRE_GO_ON, g_variant_new ("()"));
    owe (self, 0, 1);
}

void
ib_session_credit (IbSession *self, guint64 bytes)
{
    self->written++;
    self->bytes_written += bytes;
    if (self->written < CREDIT_MESSAGES && self->bytes_written < CREDIT_BYTES
        && self->written < self->messages_here)
        return;
    say (self, IB_FETCH_WIRE_CREDIT, ib_fetch_wire_pack_credit (self->bytes_written, self->written));
    owe (self, 0, self->written);
    self->messages_here -= MIN (self->written, self->messages_here);
    self->bytes_here -= MIN (self->bytes_written, self->bytes_here);
    self->written = 0;
    self->bytes_written = 0;
}

void
ib_session_look (IbSession *self)
{
    if (!self->watches)
        return;
    say (self, IB_FETCH_WIRE_LOOK, g_variant_new ("()"));
    owe (self, 0, 0);
}

void
ib_session_renew (IbSession *self)
{
    if (!self->is_watching)
        return;
    say (self, IB_FETCH_WIRE_RENEW, g_variant_new ("()"));
    owe (self, 0, 0);
}

void
ib_session_free (IbSession *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->cancellable);
    g_object_unref (self->cancellable);
    ib_worker_free (self->worker);
    if (self->client != NULL) {
        (void) g_signal_handlers_disconnect_by_data (self->client, self);
        g_object_unref (self->client);
    }
    if (self->large != NULL) {
        large_forget (self->large);
        if (self->large->is_drained)
            large_free (self->large);
    }
    ib_secret_unref (self->secret);
    ib_secret_unref (self->ticket);
    ib_account_free (self->account);
    g_free (self->offers);
    g_free (self->mailbox);
    g_free (self->spool_folder);
    g_clear_error (&self->last_words);
    g_free (self);
}
