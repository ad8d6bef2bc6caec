/* sync-by-service.c - the service does what `inbasket sync` would */
#include "sync-by-service.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>

/* How far an account's progress was told. */
typedef struct {
    guint64 messages, bytes, fetched, fetched_bytes;
} Told;

typedef struct {
    const IbSyncEvents *events;
    gpointer user_data;
    IbSyncOutcome *outcome;
    GMainLoop *loop;
    GHashTable *waiting; /* account → Told: those whose end is waited for */
    GError *lost;        /* the service is; or its store */
} Waiting;

/* --- events ----------------------------------------------------------------------------------------------------- */

static void
on_progress (const char *account, guint64 messages, guint64 bytes, guint64 fetched, guint64 fetched_bytes,
             gpointer user_data)
{
    Waiting *self = user_data;
    Told *told = g_hash_table_lookup (self->waiting, account);
    if (told == NULL)
        return;
    if (messages < told->messages || fetched < told->fetched)
        *told = (Told){ 0 }; /* a poll that was under way has ended, and ours has begun */
    if (messages > told->messages)
        self->events->found (account, messages - told->messages, bytes - MIN (bytes, told->bytes),
                             self->user_data);
    guint64 more = fetched_bytes - MIN (fetched_bytes, told->fetched_bytes);
    for (guint64 each = told->fetched; each < fetched; each++) {
        self->events->fetched (account, more, self->user_data);
        more = 0; /* each is told of, and all their bytes once */
    }
    *told = (Told){ messages, bytes, fetched, fetched_bytes };
}

static void
on_delivered (const IbHeardMessage *message, gpointer user_data)
{
    Waiting *self = user_data;
    if (g_hash_table_contains (self->waiting, message->story->account))
        self->events->delivered (message->story, message->folder, (const char *const *) message->paths,
                                 self->user_data);
}

static void
on_notice (const char *account, const char *words, gpointer user_data)
{
    Waiting *self = user_data;
    if (g_hash_table_contains (self->waiting, account))
        self->events->notice (words, self->user_data);
}

static void
count (IbSyncOutcome *outcome, const IbHeardResult *result)
{
    outcome->polled += result->was_polled ? 1 : 0;
    outcome->failed += result->error != NULL ? 1 : 0;
    outcome->unreachable += result->is_unreachable ? 1 : 0;
    outcome->refused += result->refused;
}

static void
on_checked (const IbHeardResult *heard, gpointer user_data)
{
    Waiting *self = user_data;
    g_autoptr (GError) error = NULL;
    if (!g_hash_table_remove (self->waiting, heard->account))
        return;
    if (heard->error != NULL)
        error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, heard->error);
    const IbPollResult result = {
        .account = heard->account,
        .fetched = heard->fetched,
        .delivered = heard->delivered,
        .junk = heard->junk,
        .duplicates = heard->duplicates,
        .discarded = heard->discarded,
        .skipped = heard->skipped,
        .bytes = heard->bytes,
        .seconds = heard->seconds,
        .was_signed_in = heard->was_signed_in,
        .refused = heard->refused,
        .error = error,
        .state = heard->state,
    };
    count (self->outcome, heard);
    self->events->ended (&result, self->user_data);
    if (strcmp (heard->reason, "store") == 0 && self->lost == NULL)
        g_set_error (&self->lost, IB_SYNC_ERROR, IB_SYNC_ERROR_STORE,
                     _ ("%s. Nothing is lost: what is not delivered is still on its server"), heard->error);
    if (g_hash_table_size (self->waiting) == 0)
        g_main_loop_quit (self->loop);
}

static void
on_gone (const GError *error, gpointer user_data)
{
    Waiting *self = user_data;
    if (self->lost == NULL)
        g_set_error (&self->lost, IB_SYNC_ERROR, IB_SYNC_ERROR_BUSY,
                     _ ("%s. Nothing is lost: what is not delivered is still on its server"), error->message);
    g_main_loop_quit (self->loop);
}

static gboolean
on_signal (gpointer user_data)
{
    Waiting *self = user_data;
    g_main_loop_quit (self->loop);
    return G_SOURCE_CONTINUE;
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

/* Those that are not waited for any more. */
static void
leave (Waiting *self)
{
    g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                                    _ ("stopped waiting: the service goes on by itself"));
    GHashTableIter each;
    gpointer account;
    g_hash_table_iter_init (&each, self->waiting);
    while (g_hash_table_iter_next (&each, &account, NULL)) {
        const IbPollResult result = { .account = account, .error = error, .state = "error" };
        self->outcome->polled++;
        self->outcome->failed++;
        self->events->ended (&result, self->user_data);
    }
}

static void
wait_for_all (Waiting *self, char **accounts)
{
    guint interrupt = g_unix_signal_add (SIGINT, on_signal, self);
    guint terminate = g_unix_signal_add (SIGTERM, on_signal, self);
    for (char **account = accounts; *account != NULL; account++) {
        self->events->started (*account, self->user_data);
        g_hash_table_insert (self->waiting, g_strdup (*account), g_new0 (Told, 1));
    }
    if (g_hash_table_size (self->waiting) > 0)
        g_main_loop_run (self->loop);
    if (self->lost == NULL)
        leave (self);
    g_source_remove (interrupt);
    g_source_remove (terminate);
}

static bool
fail (const GError *why, GError **error)
{
    IbSyncError code = IB_SYNC_ERROR_BUSY;
    switch ((IbClientError) why->code) {
    case IB_CLIENT_ERROR_CONFIG:
        code = IB_SYNC_ERROR_CONFIG;
        break;
    case IB_CLIENT_ERROR_NO_ACCOUNT:
        code = IB_SYNC_ERROR_NO_ACCOUNT;
        break;
    case IB_CLIENT_ERROR_STORE:
        code = IB_SYNC_ERROR_STORE;
        break;
    case IB_CLIENT_ERROR_SILENT:
    case IB_CLIENT_ERROR_GONE:
    case IB_CLIENT_ERROR_REFUSED:
        break;
    }
    g_set_error_literal (error, IB_SYNC_ERROR, (gint) code, why->message);
    return false;
}

static bool
check (Waiting *self, IbClient *service, const char *const *names, GError **error)
{
    static const IbClientEvents heard = {
        .progress = on_progress,
        .delivered = on_delivered,
        .notice = on_notice,
        .checked = on_checked,
        .gone = on_gone,
    };
    g_auto (GStrv) checked = NULL;
    g_autoptr (GError) why = NULL;
    if (!ib_client_listen (service, &heard, self, &why) || !ib_client_check (service, names, &checked, &why))
        return fail (why, error);
    wait_for_all (self, checked);
    if (self->lost != NULL) {
        g_propagate_error (error, self->lost);
        return false;
    }
    if (self->outcome->polled == 0 && self->outcome->failed > 0) {
        g_set_error_literal (error, IB_SYNC_ERROR, IB_SYNC_ERROR_CONFIG,
                             _ ("No account can be polled as it is configured: nothing was fetched"));
        return false;
    }
    return true;
}

bool
ib_sync_by_service (IbClient *service, const IbPaths *paths, const char *const *names,
                    const IbSyncEvents *events, gpointer user_data, IbSyncOutcome *out_outcome,
                    GError **error)
{
    g_autoptr (GError) why = NULL;
    *out_outcome = (IbSyncOutcome){ 0 };
    /* The service goes on with the last one that parsed. */
    g_autoptr (IbConfig) config = ib_config_load (paths, &why);
    if (config == NULL) {
        g_set_error_literal (error, IB_SYNC_ERROR, IB_SYNC_ERROR_CONFIG, why->message);
        return false;
    }
    Waiting self = {
        .events = events,
        .user_data = user_data,
        .outcome = out_outcome,
        .loop = g_main_loop_new (NULL, FALSE),
        .waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
    };
    bool is_done = check (&self, service, names, error);
    g_hash_table_unref (self.waiting);
    g_main_loop_unref (self.loop);
    return is_done;
}
