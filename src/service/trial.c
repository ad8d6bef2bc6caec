/* trial.c - a worker is started to see whether it locks itself in */
#include "trial.h"
#include "fetch-wire.h"
#include "filter-wire.h"
#include "worker.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    GMainLoop *loop;
    IbSandboxStatus *status; /* of the filter worker; NULL: it is the other one */
    bool is_over;
    GError *error;
} Trial;

/* Takes @error; NULL: all is well. The first word counts: once it has said what it had to say, it leaves. */
static void
end (Trial *self, GError *error)
{
    if (self->is_over)
        g_clear_error (&error);
    else
        self->error = error;
    self->is_over = true;
    g_main_loop_quit (self->loop);
}

static void
on_gone (IbWorker *worker, const GError *why, gpointer user_data)
{
    end (user_data, why != NULL
                        ? g_error_copy (why)
                        : g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("it left without a word")));
}

static void
on_filter_frame (IbChannel *channel, IbFrame *frame, gpointer user_data)
{
    Trial *self = user_data;
    if (frame->kind != IB_FILTER_WIRE_READY)
        return;
    ib_filter_wire_unpack_ready (frame->body, self->status);
    end (self, NULL);
}

/* That the connection is over is what it is meant to find out. */
static void
on_fetch_frame (IbChannel *channel, IbFrame *frame, gpointer user_data)
{
    if (frame->kind != IB_FETCH_WIRE_FAILED)
        return;
    gint64 retry_after_s;
    GError *error = ib_fetch_wire_unpack_failed (frame->body, &retry_after_s);
    if (!g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_UNSAFE))
        g_clear_error (&error);
    end (user_data, error);
}

static gboolean
on_limit (gpointer user_data)
{
    end (user_data,
         g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, _ ("it did nothing for %d s"), IB_TRIAL_LIMIT_S));
    return G_SOURCE_REMOVE;
}

static bool
send_secret (IbChannel *channel, GError **error)
{
    g_autoptr (IbSecret) secret = ib_secret_new ("none", 4, error);
    int fd = secret != NULL ? ib_secret_to_fd (secret, error) : -1;
    if (fd < 0)
        return false;
    bool is_sent = ib_channel_send (channel, IB_FETCH_WIRE_SECRET, g_variant_new ("()"), fd, error);
    close (fd);
    return is_sent;
}

/* A session with a server that hung up at once. */
static bool
hand_over (IbChannel *channel, GError **error)
{
    static char empty[] = "", host[] = "localhost";
    static char *no_list[] = { NULL };
    IbAccount account = {
        .name = empty,
        .address = empty,
        .aliases = no_list,
        .is_enabled = true,
        .host = host,
        .security = IB_SECURITY_NONE,
        .ca_file = empty,
        .fingerprint = empty,
        .user = empty,
        .secret_value = empty,
        .provider = empty,
        .oauth2_client_id = empty,
        .oauth2_client_secret = empty,
        .oauth2_auth_url = empty,
        .oauth2_token_url = empty,
        .oauth2_device_url = empty,
        .oauth2_scope = empty,
        .folders = no_list,
        .since = empty,
        .after_folder = empty,
        .folder = empty,
    };
    const IbFetchRequest request = { .account = &account, .is_probe = true };
    int pair[2];
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        g_set_error_literal (error, G_IO_ERROR, (int) g_io_error_from_errno (errno), g_strerror (errno));
        return false;
    }
    close (pair[1]);
    bool is_sent
        = ib_channel_send (channel, IB_FETCH_WIRE_REQUEST, ib_fetch_wire_pack_request (&request), -1, error)
          && ib_channel_send (channel, IB_FETCH_WIRE_SOCKET, g_variant_new ("()"), pair[0], error)
          && send_secret (channel, error);
    close (pair[0]);
    return is_sent;
}

/* On a context of its own: whoever calls expects nothing else to happen meanwhile. */
static bool
run (const char *program, const IbFrameKind *incoming, const IbWorkerEvents *events, IbSandboxStatus *status,
     GError **error)
{
    GMainContext *context = g_main_context_new ();
    Trial self = { .loop = g_main_loop_new (context, FALSE), .status = status };
    GSource *limit = g_timeout_source_new_seconds (IB_TRIAL_LIMIT_S);
    g_source_set_callback (limit, on_limit, &self, NULL);
    g_source_attach (limit, context);

    g_main_context_push_thread_default (context);
    IbWorker *worker = ib_worker_start (program, incoming, events, &self, &self.error);
    if (worker != NULL && (status != NULL || hand_over (ib_worker_channel (worker), &self.error)))
        g_main_loop_run (self.loop);
    ib_worker_free (worker);
    g_main_context_pop_thread_default (context);

    g_source_destroy (limit);
    g_source_unref (limit);
    g_main_loop_unref (self.loop);
    g_main_context_unref (context);
    if (self.error != NULL)
        g_propagate_error (error, self.error);
    return self.error == NULL;
}

bool
ib_trial_filter (IbSandboxStatus *out_status, GError **error)
{
    static const IbWorkerEvents events = { on_filter_frame, on_gone };
    return run ("inbasket-filter", ib_filter_wire_to_service, &events, out_status, error);
}

bool
ib_trial_fetch (GError **error)
{
    static const IbWorkerEvents events = { on_fetch_frame, on_gone };
    return run ("inbasket-fetch", ib_fetch_wire_to_service, &events, NULL, error);
}
