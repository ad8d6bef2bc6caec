/* sync.c - the service's core in the foreground */
#include "sync.h"
#include "credential.h"
#include "destination.h"
#include "generation.h"
#include "moves.h"
#include "turns.h"
#include "worker.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK (ib-sync-error-quark, ib_sync_error)

/* After a signal to stop, or a failure of the store. */
#define STOP_PATIENCE_S 4

typedef struct {
    const IbPaths *paths;
    const IbSyncEvents *events;
    gpointer user_data;
    IbSyncOutcome *outcome;

    IbGeneration *generation;
    const IbConfig *config; /* its */
    IbEquipment equipment;
    IbTurns *turns;   /* const IbAccount, by server: who waits until fewer talk to it */
    GPtrArray *polls; /* running */
    guint settling;   /* accounts whose former secrets are being forgotten */
    GMainLoop *loop;
    bool is_stopping;
    guint patience; /* the timer after which nothing is waited for; 0: none */
} Sync;

/* --- what is to be polled ---------------------------------------------------------------------------------- */

static void
fail_account (Sync *self, const char *name, const GError *error)
{
    const IbPollResult result = { .account = name, .error = error, .state = "error" };
    self->outcome->failed++;
    self->events->ended (&result, self->user_data);
}

static bool
is_named (const char *const *names, const char *name)
{
    return names == NULL || *names == NULL || g_strv_contains (names, name);
}

static bool
check_names (Sync *self, const char *const *names, GError **error)
{
    for (gsize i = 0; names != NULL && names[i] != NULL; i++) {
        bool is_known = ib_config_account (self->config, names[i]) != NULL;
        for (guint b = 0; b < self->config->broken->len && !is_known; b++)
            is_known = strcmp (((IbBrokenAccount *) self->config->broken->pdata[b])->name, names[i]) == 0;
        if (!is_known) {
            g_set_error (error, IB_SYNC_ERROR, IB_SYNC_ERROR_NO_ACCOUNT,
                         _ ("There is no account “%s”: “inbasket account list” shows what there is"),
                         names[i]);
            return false;
        }
    }
    if (self->config->accounts->len + self->config->broken->len == 0) {
        g_set_error_literal (
            error, IB_SYNC_ERROR, IB_SYNC_ERROR_NO_ACCOUNT,
            _ ("There is no account yet: “inbasket setup” adds one, step by step"));
        return false;
    }
    return true;
}

/* The accounts that can be polled; each other wanted one is told as failed. */
static GPtrArray *
choose (Sync *self, const char *const *names)
{
    GPtrArray *chosen = g_ptr_array_new ();
    bool is_by_name = names != NULL && *names != NULL;

    for (guint i = 0; i < self->config->broken->len; i++) {
        const IbBrokenAccount *broken = self->config->broken->pdata[i];
        if (is_named (names, broken->name))
            fail_account (self, broken->name, broken->error);
    }
    for (guint i = 0; i < self->config->accounts->len; i++) {
        IbAccount *account = self->config->accounts->pdata[i];
        g_autoptr (GError) error = NULL;
        if (!is_named (names, account->name) || (!account->is_enabled && !is_by_name))
            continue;
        if (ib_generation_load_scripts (self->generation, account, &error))
            g_ptr_array_add (chosen, account);
        else
            fail_account (self, account->name, error);
    }
    return chosen;
}

/* --- events ------------------------------------------------------------------------------------------------ */

/* What is not delivered by now is still on its server. */
static void
lose_patience (Sync *self)
{
    if (self->patience != 0)
        g_source_remove (self->patience);
    self->patience = 0;
    ib_filter_pool_stop (ib_generation_context (self->generation)->pool, _ ("stopped"));
}

static gboolean
on_patience_over (gpointer user_data)
{
    lose_patience (user_data);
    return G_SOURCE_CONTINUE; /* removed above */
}

/* Nothing more is fetched; what is here already is delivered, if that does not take long. */
static void
stop_all (Sync *self)
{
    if (self->is_stopping)
        return;
    self->is_stopping = true;
    self->patience = g_timeout_add_seconds (STOP_PATIENCE_S, on_patience_over, self);
    /* Stopping may end a poll at once, which takes it out of the list. */
    g_autoptr (GPtrArray) polls = g_ptr_array_copy (self->polls, NULL, NULL);
    for (guint i = 0; i < polls->len; i++)
        ib_poll_stop (polls->pdata[i]);
    g_autoptr (GError) stopped = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, _ ("stopped"));
    const IbAccount *account;
    while ((account = ib_turns_give_up (self->turns)) != NULL)
        fail_account (self, account->name, stopped);
}

static void
on_found (IbPoll *poll, guint64 messages, guint64 bytes, gpointer user_data)
{
    Sync *self = user_data;
    self->events->found (ib_poll_account (poll), messages, bytes, self->user_data);
}

static void
on_fetched (IbPoll *poll, guint64 bytes, gpointer user_data)
{
    Sync *self = user_data;
    self->events->fetched (ib_poll_account (poll), bytes, self->user_data);
}

static void
on_delivered (IbPoll *poll, const IbStory *story, const char *folder, const char *const *paths,
              gpointer user_data)
{
    Sync *self = user_data;
    self->events->delivered (story, folder, paths, self->user_data);
}

static void
on_notice (IbPoll *poll, const char *text, gpointer user_data)
{
    Sync *self = user_data;
    self->events->notice (text, self->user_data);
}

static gboolean
free_poll (gpointer poll)
{
    ib_poll_free (poll);
    return G_SOURCE_REMOVE;
}

static void begin_due (Sync *self);

static void
quit_at_end (Sync *self)
{
    if (self->polls->len == 0 && self->settling == 0)
        g_main_loop_quit (self->loop);
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Sync *self = user_data;
    self->settling--;
    quit_at_end (self);
}

/* Whoever waits for this one's end begins now. */
static void
on_ended (IbPoll *poll, const IbPollResult *result, gpointer user_data)
{
    Sync *self = user_data;
    const IbAccount *account = ib_config_account (self->config, result->account);
    self->outcome->polled++;
    self->outcome->refused += result->refused;
    self->outcome->failed += result->error != NULL ? 1 : 0;
    self->outcome->unreachable += !result->was_signed_in && ib_poll_is_unreachable (result->error) ? 1 : 0;
    self->events->ended (result, self->user_data);

    g_autofree char *server = ib_destination_server (account);
    ib_turns_end (self->turns, server);
    if (result->was_signed_in && !self->equipment.is_dry && ib_credential_settle (account, on_settled, self))
        self->settling++;
    g_ptr_array_remove (self->polls, poll);
    (void) g_idle_add (free_poll, poll);
    if (!self->is_stopping && ib_pipeline_get_error (self->equipment.pipeline) != NULL)
        stop_all (self);
    begin_due (self);
    quit_at_end (self);
}

static void
begin_due (Sync *self)
{
    static const IbPollEvents events = {
        .found = on_found,
        .fetched = on_fetched,
        .delivered = on_delivered,
        .notice = on_notice,
        .ended = on_ended,
    };
    static const IbPollTask task = { .mailbox = NULL, .watches = false };
    const IbPollContext *context = ib_generation_context (self->generation);
    const IbAccount *account;
    while ((account = ib_turns_next (self->turns)) != NULL) {
        self->events->started (account->name, self->user_data);
        g_ptr_array_add (self->polls, ib_poll_start (context, account, &task, &events, self));
    }
}

/* The second time is meant. */
static gboolean
on_signal (gpointer user_data)
{
    Sync *self = user_data;
    self->outcome->was_stopped = true;
    if (self->is_stopping)
        lose_patience (self);
    else
        stop_all (self);
    return G_SOURCE_CONTINUE;
}

/* --- the run ----------------------------------------------------------------------------------------------- */

static void
poll_all (Sync *self, GPtrArray *accounts)
{
    guint interrupt = g_unix_signal_add (SIGINT, on_signal, self);
    guint terminate = g_unix_signal_add (SIGTERM, on_signal, self);

    /* Loading it takes as long as all that it then reckons over a short poll. The one that is kept ends with us. */
    if (accounts->len > 1)
        ib_worker_keep_loaded ("inbasket-fetch");
    for (guint i = 0; i < accounts->len; i++) {
        g_autofree char *server = ib_destination_server (accounts->pdata[i]);
        ib_turns_wait (self->turns, server, accounts->pdata[i]);
    }
    begin_due (self);
    if (self->polls->len > 0)
        g_main_loop_run (self->loop);
    while (g_main_context_iteration (NULL, FALSE))
        ; /* polls that ended are freed here */
    if (self->patience != 0)
        g_source_remove (self->patience);
    g_source_remove (interrupt);
    g_source_remove (terminate);
}

static void
run_chosen (Sync *self, GPtrArray *accounts)
{
    ib_generation_equip (self->generation, &self->equipment);
    if (!self->equipment.is_dry)
        ib_generation_refresh (self->generation);
    poll_all (self, accounts);
    if (ib_learned_notice (self->equipment.learned) != NULL)
        self->events->notice (ib_learned_notice (self->equipment.learned), self->user_data);
}

/* They are loaded while the home is opened. Whoever has no journal yet will have mail to judge. */
static void
prepare_workers (const Sync *self, const GPtrArray *accounts)
{
    if (accounts->len == 1)
        ib_worker_prepare ("inbasket-fetch");
    if (!g_file_test (self->paths->journal, G_FILE_TEST_EXISTS))
        ib_worker_prepare ("inbasket-filter");
}

/* What cannot be learned now is due the next time; where nothing can be written, delivery says so. */
static void
learn_from_moves (Sync *self, IbHome *home)
{
    g_autoptr (GError) why = NULL;
    if (!ib_moves_learn (self->config, ib_generation_known (self->generation), self->equipment.learned, home,
                         g_get_real_time (), &why))
        self->events->notice (why->message, self->user_data);
    ib_learned_refresh (self->equipment.learned, home->journal);
}

static bool
open_pipeline (Sync *self, bool is_dry, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbHome) home = is_dry ? ib_home_look (self->paths, self->config, &why)
                                     : ib_home_open (self->paths, self->config, g_get_real_time (), &why);
    if (home == NULL) {
        bool is_busy = g_error_matches (why, IB_HOME_ERROR, IB_HOME_ERROR_BUSY);
        g_set_error_literal (error, IB_SYNC_ERROR, is_busy ? IB_SYNC_ERROR_BUSY : IB_SYNC_ERROR_STORE,
                             why->message);
        return false;
    }
    if (home->notice != NULL)
        self->events->notice (home->notice, self->user_data);
    self->equipment.learned = ib_learned_new (self->paths, home->journal, is_dry);
    if (!is_dry)
        learn_from_moves (self, home);
    self->equipment.pipeline = ib_pipeline_new (g_steal_pointer (&home), self->config->deduplicates);
    self->equipment.is_dry = is_dry;
    return true;
}

static bool
sync_accounts (Sync *self, const char *const *names, bool is_dry, GError **error)
{
    if (!check_names (self, names, error))
        return false;
    g_autoptr (GPtrArray) accounts = choose (self, names);
    if (accounts->len == 0) {
        if (self->outcome->failed == 0)
            return true; /* all are paused */
        g_set_error_literal (error, IB_SYNC_ERROR, IB_SYNC_ERROR_CONFIG,
                             _ ("No account can be polled as it is configured: nothing was fetched"));
        return false;
    }
    prepare_workers (self, accounts);
    if (!open_pipeline (self, is_dry, error))
        return false;

    run_chosen (self, accounts);
    g_autoptr (GError) stuck = NULL;
    if (ib_pipeline_get_error (self->equipment.pipeline) != NULL)
        stuck = g_error_copy (ib_pipeline_get_error (self->equipment.pipeline));
    ib_pipeline_close (self->equipment.pipeline);
    if (stuck == NULL)
        return true;
    g_set_error (error, IB_SYNC_ERROR, IB_SYNC_ERROR_STORE,
                 _ ("%s. Nothing is lost: what is not delivered is still on its server"), stuck->message);
    return false;
}

static void
clear_up (Sync *self)
{
    ib_generation_unref (self->generation);
    ib_worker_drop_prepared ();
    ib_learned_free (self->equipment.learned);
    if (!self->equipment.is_dry)
        ib_servers_save (self->equipment.servers);
    ib_servers_free (self->equipment.servers);
    ib_alerts_free (self->equipment.alerts);
    ib_tokens_free (self->equipment.tokens);
    g_ptr_array_unref (self->polls);
    ib_turns_free (self->turns);
    g_main_loop_unref (self->loop);
}

bool
ib_sync_run (const IbPaths *paths, const char *const *names, bool is_dry, const IbSyncEvents *events,
             gpointer user_data, IbSyncOutcome *out_outcome, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autofree char *notice = NULL;
    IbGeneration *generation = ib_generation_read (paths, &notice, &why);
    *out_outcome = (IbSyncOutcome){ 0 };
    if (generation == NULL) {
        g_set_error_literal (error, IB_SYNC_ERROR, IB_SYNC_ERROR_CONFIG, why->message);
        return false;
    }
    if (notice != NULL)
        events->notice (notice, user_data);
    g_autofree char *cache = g_build_filename (paths->cache, "servers", NULL);
    g_autofree char *alerts = g_build_filename (paths->cache, "alerts", NULL);
    Sync self = {
        .paths = paths,
        .events = events,
        .user_data = user_data,
        .outcome = out_outcome,
        .generation = generation,
        .config = ib_generation_config (generation),
        .equipment = { .servers = ib_servers_load (cache),
                       .alerts = ib_alerts_load (alerts),
                       .tokens = ib_tokens_new (paths),
                       .is_dry = is_dry },
        .turns = ib_turns_new (IB_TURNS_OF_ONE_SERVER),
        .polls = g_ptr_array_new (),
        .loop = g_main_loop_new (NULL, FALSE),
    };
    bool is_done = sync_accounts (&self, names, is_dry, error);
    clear_up (&self);
    return is_done;
}
