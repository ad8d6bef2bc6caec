/* fetch-main.c - inbasket-fetch: one session with one mail server, behind walls
 *
 * With --cradle it does nothing of this itself, but waits, loaded, for its copies to be asked for: cradle.h.
 *
 * Descriptor 3 leads to the service. What must be opened is, and the walls close, while the service still connects; then
 * come socket and secret, and only then is the first byte of the server's looked at. The run's callbacks speak fetch-wire; when the service closes its
 * end, the session is over wherever it stands. */
#include "cradle.h"
#include "escape.h"
#include "fetch-body.h"
#include "fetch-talk.h"
#include "paths.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <libintl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CHANNEL_FD 3
/* The service takes a silent worker for one that hangs; a long message over a slow line is none. */
#define BEAT_MS (10 * 1000)
/* What a short message takes on its way through, and would be asked of the kernel anew. */
#define KEPT_BYTES (192 * 1024)

typedef struct {
    IbFetchTalk *talk;
    IbFetchBody *body;
    IbAccount *account;
    IbFetchRequest request;
    char *offers, *mailbox, *put_off; /* the request's */
    IbSecret *secret;       /* gone once signed in */
    IbSecret *ticket;       /* NULL if there is none */
    int socket;
    int service_gone; /* readable when it is */
    IbTrust *trust;   /* NULL in clear */

    bool is_settled; /* it watches for the first time: what only the beginning needs is given back */
    gint64 retry_after_s;

    IbStream *stream;
} Worker;

static void
say (Worker *self, IbFetchWire kind, GVariant *body)
{
    ib_fetch_talk_say (self->talk, kind, body);
}

/* --- callbacks: where we stand ------------------------------------------------------------------------------- */

static void
on_step (IbFetchStep step, const char *text, gpointer user_data)
{
    Worker *self = user_data;
    if (step == IB_STEP_SIGNED_IN) {
        self->request.secret = NULL;
        g_clear_pointer (&self->secret, ib_secret_unref);
        ib_escape_hide (NULL);
    }
    say (self, IB_FETCH_WIRE_STEP, ib_fetch_wire_pack_step (step, text));
}

static void
on_offered (const char *offers, gpointer user_data)
{
    say (user_data, IB_FETCH_WIRE_OFFERED, ib_fetch_wire_pack_offered (offers));
}

static void
on_terms (const IbServerTerms *terms, gpointer user_data)
{
    say (user_data, IB_FETCH_WIRE_TERMS, ib_fetch_wire_pack_terms (terms));
}

static void
on_line (const IbServerLine *line, gpointer user_data)
{
    say (user_data, IB_FETCH_WIRE_LINE, ib_fetch_wire_pack_line (line));
}

static void
on_alert (const char *text, gpointer user_data)
{
    say (user_data, IB_FETCH_WIRE_ALERT, ib_fetch_wire_pack_alert (text));
}

static void
on_backoff (gint64 seconds, gpointer user_data)
{
    ((Worker *) user_data)->retry_after_s = seconds;
}

static bool
on_enter (const IbMailboxState *state, IbCursor **out_cursor, gpointer user_data, GError **error)
{
    Worker *self = user_data;
    g_autoptr (IbCursor) cursor = NULL;

    if (!ib_fetch_talk_send (self->talk, IB_FETCH_WIRE_ENTER, ib_fetch_wire_pack_mailbox (state), -1, error))
        return false;
    for (bool is_last = false; !is_last;) {
        g_auto (IbFrame) frame = { .fd = -1 };
        if (!ib_fetch_talk_receive_kind (self->talk, IB_FETCH_WIRE_CURSOR, &frame, error)
            || !ib_fetch_wire_read_cursor (&frame, &cursor, &is_last, error))
            return false;
    }
    *out_cursor = g_steal_pointer (&cursor);
    return true;
}

static void
on_mailbox_failed (const char *mailbox, const char *server_text, gpointer user_data)
{
    say (user_data, IB_FETCH_WIRE_MAILBOX_FAILED, ib_fetch_wire_pack_mailbox_failed (mailbox, server_text));
}

static void
on_broke_at (const char *mailbox, gpointer user_data)
{
    say (user_data, IB_FETCH_WIRE_BROKE_AT, ib_fetch_wire_pack_broke_at (mailbox));
}

static void
on_renamed (gpointer user_data)
{
    say (user_data, IB_FETCH_WIRE_RENAMED, g_variant_new ("()"));
}

static void
on_found (guint64 messages, guint64 bytes, gpointer user_data)
{
    ib_fetch_body_expect (((Worker *) user_data)->body, messages);
    say (user_data, IB_FETCH_WIRE_FOUND, ib_fetch_wire_pack_found (messages, bytes));
}

static void
on_attempt (guint32 uid, const char *uidl, gpointer user_data)
{
    say (user_data, IB_FETCH_WIRE_ATTEMPT, ib_fetch_wire_pack_attempt (uid, uidl));
}

static void
on_beat (guint64 received, gpointer user_data)
{
    say (user_data, IB_FETCH_WIRE_ALIVE, g_variant_new_uint64 (received));
}

/* --- callbacks: messages ------------------------------------------------------------------------------------- */

static int
on_open_body (guint64 size_hint, gpointer user_data, GError **error)
{
    return ib_fetch_body_open (((Worker *) user_data)->body, size_hint, error);
}

static int
on_grow_body (int fd, gpointer user_data, GError **error)
{
    return ib_fetch_body_grow (((Worker *) user_data)->body, fd, error);
}

static void
on_drop_body (int fd, gpointer user_data)
{
    ib_fetch_body_drop (((Worker *) user_data)->body, fd);
}

static bool
on_deliver (const IbRemoteMessage *message, int fd, gpointer user_data, GError **error)
{
    return ib_fetch_body_deliver (((Worker *) user_data)->body, message, fd, error);
}

static bool
on_skip (const IbRemoteMessage *message, IbSkip reason, const char *server_text, gpointer user_data,
         GError **error)
{
    return ib_fetch_talk_send (((Worker *) user_data)->talk, IB_FETCH_WIRE_SKIP,
                               ib_fetch_wire_pack_skip (message, reason, server_text), -1, error);
}

/* --- callbacks: settling ------------------------------------------------------------------------------------- */

static bool
on_taken (guint32 highest_uid, const char *listing, GPtrArray **out_orders, gpointer user_data,
          GError **error)
{
    Worker *self = user_data;
    g_autoptr (GPtrArray) orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);

    if (!ib_fetch_talk_send (self->talk, IB_FETCH_WIRE_TAKEN, ib_fetch_wire_pack_taken (highest_uid, listing),
                             -1, error))
        return false;
    for (;;) {
        g_auto (IbFrame) frame = { .fd = -1 };
        if (!ib_fetch_talk_receive (self->talk, &frame, error))
            return false;
        if (frame.kind == IB_FETCH_WIRE_ORDERS_END)
            break;
        IbSettleOrder *order
            = frame.kind == IB_FETCH_WIRE_SETTLE ? ib_fetch_wire_unpack_order (frame.body) : NULL;
        if (order == NULL)
            return ib_fetch_talk_refuse (&frame, error);
        g_ptr_array_add (orders, order);
    }
    *out_orders = g_steal_pointer (&orders);
    return true;
}

static bool
on_copied (const IbSettleOrder *order, gpointer user_data, GError **error)
{
    Worker *self = user_data;
    guint frames;

    if (!ib_fetch_wire_send_settled (ib_fetch_talk_channel (self->talk), IB_FETCH_WIRE_COPIED, order, true,
                                     "", &frames, error))
        return false;
    for (; frames > 0; frames--) {
        g_auto (IbFrame) frame = { .fd = -1 };
        if (!ib_fetch_talk_receive_kind (self->talk, IB_FETCH_WIRE_GO_ON, &frame, error))
            return false;
    }
    return true;
}

static bool
on_settled (const IbSettleOrder *order, bool is_done, const char *server_text, gpointer user_data,
            GError **error)
{
    Worker *self = user_data;
    guint frames;
    return ib_fetch_wire_send_settled (ib_fetch_talk_channel (self->talk), IB_FETCH_WIRE_SETTLED, order,
                                       is_done, server_text, &frames, error);
}

static bool
on_moved (const char *mailbox, guint32 uidvalidity, const GArray *uids, const GArray *new_uids,
          gpointer user_data, GError **error)
{
    return ib_fetch_talk_send (((Worker *) user_data)->talk, IB_FETCH_WIRE_MOVED,
                               ib_fetch_wire_pack_moved (mailbox, uidvalidity, uids, new_uids), -1, error);
}

/* --- callbacks: watching ------------------------------------------------------------------------------------- */

static void
hand_on_ticket (Worker *self)
{
    g_autoptr (IbSecret) ticket = ib_stream_get_ticket (self->stream);
    int fd = ticket != NULL ? ib_secret_to_fd (ticket, NULL) : -1;
    if (fd < 0)
        return; /* without one the next session is none the worse */
    (void) ib_fetch_talk_send (self->talk, IB_FETCH_WIRE_TICKET, g_variant_new ("()"), fd, NULL);
    close (fd);
}

/* From now on it may last for hours, and has nothing to do: what it took to get here is given back, but for what the next
 * message needs, once there was one. */
static bool
on_watching (const char *mailbox, gpointer user_data, GError **error)
{
    Worker *self = user_data;
    gsize kept = self->is_settled ? KEPT_BYTES : 0;
    if (!self->is_settled) {
        self->is_settled = true;
        hand_on_ticket (self);
    }
    if (!ib_fetch_talk_send (self->talk, IB_FETCH_WIRE_WATCHING, ib_fetch_wire_pack_watching (mailbox), -1,
                             error))
        return false;
    malloc_trim (kept);
    return true;
}

static bool
on_wish (bool *out_wants_look, gpointer user_data, GError **error)
{
    return ib_fetch_talk_note_wishes (((Worker *) user_data)->talk, out_wants_look, error);
}

/* --- the session --------------------------------------------------------------------------------------------- */

static bool
receive_request (Worker *self, GError **error)
{
    g_auto (IbFrame) frame = { .fd = -1 };
    if (!ib_fetch_talk_receive_kind (self->talk, IB_FETCH_WIRE_REQUEST, &frame, error))
        return false;
    self->account = ib_fetch_wire_unpack_request (frame.body, &self->request);
    if (self->account == NULL)
        return ib_fetch_talk_refuse (&frame, error);
    self->request.offers = self->offers = g_strdup (self->request.offers);
    self->request.mailbox = self->mailbox = g_strdup (self->request.mailbox);
    self->request.put_off = self->put_off = g_strdup (self->request.put_off);
    return true;
}

static bool
receive_socket (Worker *self, GError **error)
{
    g_auto (IbFrame) frame = { .fd = -1 };
    if (!ib_fetch_talk_receive_kind (self->talk, IB_FETCH_WIRE_SOCKET, &frame, error))
        return false;
    self->socket = frame.fd;
    frame.fd = -1;
    return true;
}

static bool
receive_secret (Worker *self, const IbFrame *frame, GError **error)
{
    self->secret = ib_secret_from_fd (frame->fd, error);
    self->request.secret = self->secret;
    return self->secret != NULL;
}

static bool
receive_ticket (Worker *self, const IbFrame *frame, GError **error)
{
    self->ticket = ib_secret_from_fd (frame->fd, error);
    return self->ticket != NULL;
}

/* The secret, and before it a ticket, if there is one. */
static bool
receive_secrets (Worker *self, GError **error)
{
    while (self->secret == NULL) {
        g_auto (IbFrame) frame = { .fd = -1 };
        if (!ib_fetch_talk_receive (self->talk, &frame, error))
            return false;
        bool is_ticket = frame.kind == IB_FETCH_WIRE_TICKET && self->ticket == NULL;
        if (!is_ticket && frame.kind != IB_FETCH_WIRE_SECRET)
            return ib_fetch_talk_refuse (&frame, error);
        if (!(is_ticket ? receive_ticket (self, &frame, error) : receive_secret (self, &frame, error)))
            return false;
    }
    return true;
}

/* Becomes readable when the service closes its end, and at nothing else: what it sends waits until it is asked for. */
static int
watch_service (GError **error)
{
    struct epoll_event event = { .events = EPOLLRDHUP };
    int fd = epoll_create1 (EPOLL_CLOEXEC);
    if (fd < 0 || epoll_ctl (fd, EPOLL_CTL_ADD, CHANNEL_FD, &event) != 0)
        g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, "the service cannot be watched: %s",
                     g_strerror (errno));
    return fd;
}

/* A CA file that is not there, or a kernel without what the walls need: nobody should try again before that is mended. */
static bool
fail_unsafe (GError *cause, GError **error)
{
    g_set_error_literal (error, IB_FETCH_ERROR, IB_FETCH_ERROR_UNSAFE, cause->message);
    g_error_free (cause);
    return false;
}

static bool
lock_in (Worker *self, GError **error)
{
    const IbAccount *account = self->account;
    IbSandboxStatus status;
    GError *cause = NULL;

    self->service_gone = watch_service (error);
    if (self->service_gone < 0)
        return false;
    if (account->security != IB_SECURITY_NONE) {
        self->trust = ib_trust_new (account->ca_file, account->fingerprint, &cause);
        if (self->trust == NULL)
            return fail_unsafe (cause, error);
    }
    return ib_sandbox_enter (IB_SANDBOX_FETCH, &status, &cause) || fail_unsafe (cause, error);
}

static bool
run (Worker *self, GError **error)
{
    const IbFetchCallbacks callbacks = {
        .step = on_step,
        .offered = on_offered,
        .terms = on_terms,
        .line = on_line,
        .backoff = on_backoff,
        .alert = on_alert,
        .enter = on_enter,
        .mailbox_failed = on_mailbox_failed,
        .broke_at = on_broke_at,
        .renamed = on_renamed,
        .found = on_found,
        .attempt = on_attempt,
        .open_body = on_open_body,
        .grow_body = on_grow_body,
        .deliver = on_deliver,
        .drop_body = on_drop_body,
        .skip = on_skip,
        .taken = on_taken,
        .copied = on_copied,
        .settled = on_settled,
        .moved = on_moved,
        .watching = on_watching,
        .wish_fd = CHANNEL_FD,
        .wish = on_wish,
        .user_data = self,
    };
    self->stream = ib_stream_new (self->socket, self->service_gone, self->trust, self->account->host);
    self->socket = -1;
    ib_stream_set_beat (self->stream, BEAT_MS, on_beat, self);
    ib_stream_resume (self->stream, self->ticket);
    bool is_done = ib_fetch_run (self->stream, &self->request, &callbacks, error);
    if (is_done && !self->is_settled)
        hand_on_ticket (self);
    g_clear_pointer (&self->stream, ib_stream_free);
    return is_done;
}

/* The last word, which is always one of two. */
static bool
report (Worker *self, const GError *error)
{
    return error == NULL
               ? ib_fetch_talk_send (self->talk, IB_FETCH_WIRE_FINISHED, g_variant_new ("()"), -1, NULL)
               : ib_fetch_talk_send (self->talk, IB_FETCH_WIRE_FAILED,
                                     ib_fetch_wire_pack_failed (error, self->retry_after_s), -1, NULL);
}

/* Messages in the user's language: the catalogue is a file, so it is read now. */
static void
load_language (void)
{
    setlocale (LC_ALL, "");
    bindtextdomain (GETTEXT_PACKAGE, ib_paths_translations ());
    bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
    textdomain (GETTEXT_PACKAGE);
    (void) gettext ("");
}

/* What every session brings up, but for whom it trusts: that is for each to read when it begins. */
static void
warm_up (void)
{
    g_autofree char *pin = g_strnfill (64, '0');
    ib_trust_free (ib_trust_new ("", pin, NULL));
}

/* One that was started ahead has time until there is a request for it. */
static void
use_the_time (const IbFetchTalk *talk)
{
    if (!ib_fetch_talk_has_come (talk))
        warm_up ();
}

static bool
is_cradle (int argc, char **argv)
{
    return argc == 2 && strcmp (argv[1], "--cradle") == 0;
}

int
main (int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    Worker self = { .socket = -1 };

    signal (SIGPIPE, SIG_IGN);
    load_language ();
    if (fcntl (CHANNEL_FD, F_GETFD) < 0) {
        fputs (
            "inbasket-fetch is a part of Inbasket that the service starts; there is nothing to use it for by hand.\n",
            stderr);
        return 2;
    }
    if (is_cradle (argc, argv)) {
        warm_up ();
        if (!ib_cradle_serve ())
            return 0;
        self.talk = ib_fetch_talk_new (CHANNEL_FD);
    } else {
        self.talk = ib_fetch_talk_new (CHANNEL_FD);
        use_the_time (self.talk);
    }
    self.body = ib_fetch_body_new (self.talk);
    bool is_done = receive_request (&self, &error) && lock_in (&self, &error)
                   && receive_socket (&self, &error) && receive_secrets (&self, &error)
                   && run (&self, &error);
    bool is_reported = report (&self, is_done ? NULL : error);

    ib_trust_free (self.trust);
    ib_secret_unref (self.secret);
    ib_secret_unref (self.ticket);
    ib_account_free (self.account);
    g_free (self.offers);
    g_free (self.mailbox);
    g_free (self.put_off);
    ib_fetch_body_free (self.body);
    ib_fetch_talk_free (self.talk);
    return is_reported ? 0 : 1;
}
