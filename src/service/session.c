/* session.c - one session with a mail server, seen from the service: its beginning, its end, and the caller's answers */
#include "fault.h"
#include "fetch-wire.h"
#include "session-private.h"

#include <glib/gi18n-lib.h>

/* A worker has deadlines of its own, each shorter; one that is silent for so long hangs. */
#define SILENCE_MS (3 * IB_LIMIT_STALL_MS)
/* Credit is told of when there is so much of it, or when nothing else is here that could bring more. */
#define CREDIT_MESSAGES (IB_LIMIT_IN_FLIGHT_MESSAGES / 8)
#define CREDIT_BYTES (IB_LIMIT_IN_FLIGHT_BYTES / 8)

/* --- the end ----------------------------------------------------------------------------------------------- */

void
ib_session_end (IbSession *self, const GError *error)
{
    g_autofree char *uidl = *self->attempted_uidl != '\0' ? g_strdup (self->attempted_uidl) : NULL;
    const IbRemoteMessage attempted = { .uid = self->attempted_uid, .uidl = uidl };
    bool is_known = attempted.uid != 0 || attempted.uidl != NULL;
    g_cancellable_cancel (self->cancellable);
    g_clear_pointer (&self->worker, ib_worker_free);
    self->events->ended (error, is_known ? &attempted : NULL, self->user_data); /* may free us */
}

void
ib_session_end_with (IbSession *self, IbFetchError code, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autoptr (GError) error = g_error_new_valist (IB_FETCH_ERROR, (gint) code, format, arguments);
    va_end (arguments);
    ib_session_end (self, error);
}

void
ib_session_end_nonsense (IbSession *self, const char *what)
{
    ib_session_end_with (self, IB_FETCH_ERROR_SERVER,
                         _ ("%s: the fetch worker spoke nonsense (%s) and was ended"), self->account->host,
                         what);
}

/* --- what the worker waits for ----------------------------------------------------------------------------- */

void
ib_session_owe (IbSession *self, guint more, guint less)
{
    self->owed += more;
    self->owed -= MIN (less, self->owed);
    guint silence_ms = ib_fault ("session.silence") != 0 ? 1 : SILENCE_MS;
    if (self->worker != NULL)
        ib_worker_expect (self->worker, self->owed > 0 ? 0 : silence_ms);
}

bool
ib_session_has_credit (const IbSession *self, guint messages, guint64 bytes)
{
    bool is_alone = self->messages_here == 0 && messages == 1;
    return is_alone
           || (self->messages_here + messages <= IB_LIMIT_IN_FLIGHT_MESSAGES
               && self->bytes_here + bytes <= IB_LIMIT_IN_FLIGHT_BYTES);
}

void
ib_session_count_in (IbSession *self, guint messages, guint64 bytes)
{
    self->messages_here += messages;
    self->bytes_here += bytes;
    ib_session_owe (self, messages, 0);
}

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
    self->place = cursor != NULL ? IB_SESSION_INSIDE : IB_SESSION_OUTSIDE;
    if (self->worker != NULL)
        (void) ib_fetch_wire_send_cursor (ib_worker_channel (self->worker), cursor, NULL);
    ib_session_owe (self, 0, 1);
}

void
ib_session_answer_orders (IbSession *self, GPtrArray *orders)
{
    for (guint i = 0; self->worker != NULL && i < orders->len; i++)
        (void) ib_fetch_wire_send_order (ib_worker_channel (self->worker), orders->pdata[i], NULL);
    say (self, IB_FETCH_WIRE_ORDERS_END, g_variant_new ("()"));
    ib_session_owe (self, 0, 1);
}

void
ib_session_go_on (IbSession *self)
{
    say (self, IB_FETCH_WIRE_GO_ON, g_variant_new ("()"));
    ib_session_owe (self, 0, 1);
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
    ib_session_owe (self, 0, self->written);
    self->messages_here -= MIN (self->written, self->messages_here);
    self->bytes_here -= MIN (self->bytes_written, self->bytes_here);
    self->written = 0;
    self->bytes_written = 0;
}

/* --- while it watches -------------------------------------------------------------------------------------- */

void
ib_session_look (IbSession *self)
{
    if (!self->watches)
        return;
    say (self, IB_FETCH_WIRE_LOOK, g_variant_new ("()"));
    ib_session_owe (self, 0, 0);
}

void
ib_session_renew (IbSession *self)
{
    if (!self->is_watching)
        return;
    say (self, IB_FETCH_WIRE_RENEW, g_variant_new ("()"));
    ib_session_owe (self, 0, 0);
}

/* --- the beginning, and the very end ----------------------------------------------------------------------- */

IbSession *
ib_session_start (const IbFetchRequest *request, IbTokens *tokens, const char *spool_folder,
                  const IbSessionEvents *events, gpointer user_data)
{
    IbSession *self = g_new0 (IbSession, 1);
    self->tokens = tokens;
    self->account = ib_account_copy (request->account);
    self->is_probe = request->is_probe;
    self->is_dry = request->is_dry;
    self->is_cautious = request->is_cautious;
    self->watches = request->watches;
    self->asks_first = request->asks_first;
    self->offers = g_strdup (request->offers);
    self->mailbox = g_strdup (request->mailbox);
    self->put_off = g_strdup (request->put_off);
    self->line = request->line;
    self->ticket = request->ticket != NULL ? ib_secret_ref ((IbSecret *) request->ticket) : NULL;
    self->spool_folder = g_strdup (spool_folder);
    self->events = events;
    self->user_data = user_data;
    self->cancellable = g_cancellable_new ();
    ib_session_connect (self);
    return self;
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
    ib_session_forget_large (self);
    ib_secret_unref (self->secret);
    ib_secret_unref (self->ticket);
    ib_account_free (self->account);
    g_free (self->offers);
    g_free (self->mailbox);
    g_free (self->put_off);
    g_free (self->spool_folder);
    g_clear_error (&self->last_words);
    g_free (self);
}
