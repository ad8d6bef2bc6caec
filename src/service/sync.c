/* sync.c - the service's core in the foreground */
#include "sync.h"
#include "inclusion.h"
#include "learned.h"
#include "moves.h"
#include "sieve.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK (ib - sync - error - quark, ib_sync_error)

/* After a signal to stop, or a failure of the store. */
#define STOP_PATIENCE_S 4

typedef struct {
    const IbPaths *paths;
    const IbSyncEvents *events;
    gpointer user_data;
    IbSyncOutcome *outcome;

    IbConfig *config;
    IbKnown *known;
    IbServers *servers;
    IbLearned *learned;
    IbTokens *tokens;
    IbPollContext context;
    GPtrArray *polls;    /* running */
    GHashTable *scripts; /* name → IbScriptText; NULL for one that is broken */
    IbInclusions *inclusions;
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

/* Compiled here only to tell the user; the workers compile it for themselves. */
static bool
check_script (Sync *self, const char *name, const char *text, gsize length, GError **error)
{
    const IbSieveOptions options = { .source = ib_inclusions_source, .source_data = self->inclusions };
    g_autoptr (IbProgram) program = ib_sieve_compile (name, text, length, &options, NULL, error);
    if (program == NULL)
        return false;
    g_autofree char *why = ib_program_why_not_activatable (program);
    if (why == NULL)
        return true;
    g_set_error_literal (error, IB_SYNC_ERROR, IB_SYNC_ERROR_CONFIG, why);
    return false;
}

static void
script_free (gpointer pointer)
{
    IbScriptText *script = pointer;
    if (script == NULL)
        return;
    g_free (script->name);
    g_bytes_unref (script->text);
    g_free (script);
}

static bool
load_script (Sync *self, const char *name, GError **error)
{
    gsize length = 0;
    if (g_hash_table_contains (self->scripts, name))
        return true;
    g_autofree char *text = ib_config_read_script (self->paths, name, NULL, &length, error);
    if (text == NULL || !check_script (self, name, text, length, error))
        return false;

    IbScriptText *script = g_new0 (IbScriptText, 1);
    script->name = g_strdup (name);
    script->text = g_bytes_new (text, length);
    g_hash_table_insert (self->scripts, script->name, script);
    return true;
}

static bool
load_scripts (Sync *self, const IbAccount *account, GError **error)
{
    if (!account->is_filtered)
        return true;
    for (const char *const *name = ib_config_scripts (self->config, account); *name != NULL; name++)
        if (!load_script (self, *name, error))
            return false;
    return true;
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
            _ ("There is no account yet: “inbasket account add --help” shows how to add one"));
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
        if (load_scripts (self, account, &error))
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
    ib_filter_pool_stop (self->context.pool, _ ("stopped"));
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

static void
on_ended (IbPoll *poll, const IbPollResult *result, gpointer user_data)
{
    Sync *self = user_data;
    self->outcome->polled++;
    self->outcome->refused += result->refused;
    self->outcome->failed += result->error != NULL ? 1 : 0;
    self->outcome->unreachable += !result->was_signed_in && ib_poll_is_unreachable (result->error) ? 1 : 0;
    self->events->ended (result, self->user_data);

    g_ptr_array_remove (self->polls, poll);
    (void) g_idle_add (free_poll, poll);
    if (!self->is_stopping && ib_pipeline_get_error (self->context.pipeline) != NULL)
        stop_all (self);
    if (self->polls->len == 0)
        g_main_loop_quit (self->loop);
}

/* The second time is meant. */
static gboolean
on_signal (gpointer user_data)
{
    Sync *self = user_data;
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
    static const IbPollEvents events = {
        .found = on_found,
        .fetched = on_fetched,
        .delivered = on_delivered,
        .notice = on_notice,
        .ended = on_ended,
    };
    const IbPollTask task = { .mailbox = NULL, .watches = false };
    guint interrupt = g_unix_signal_add (SIGINT, on_signal, self);
    guint terminate = g_unix_signal_add (SIGTERM, on_signal, self);

    for (guint i = 0; i < accounts->len; i++) {
        const IbAccount *account = accounts->pdata[i];
        self->events->started (account->name, self->user_data);
        g_ptr_array_add (self->polls, ib_poll_start (&self->context, account, &task, &events, self));
    }
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
    const char *const *folders = (const char *const *) ib_pipeline_folders (self->context.pipeline);
    g_autoptr (IbFacts) settings = ib_known_facts (self->known, folders);
    ib_learned_add_facts (self->learned, settings);
    settings->marks = ib_marks_ref (ib_pipeline_marks (self->context.pipeline));
    g_autoptr (GPtrArray) scripts = g_ptr_array_new ();
    GHashTableIter each;
    gpointer script;

    g_hash_table_iter_init (&each, self->scripts);
    while (g_hash_table_iter_next (&each, NULL, &script))
        g_ptr_array_add (scripts, script);
    g_ptr_array_extend (scripts, ib_inclusions_found (self->inclusions), NULL, NULL);

    self->context.pool = ib_filter_pool_new (scripts, settings);
    ib_learned_lend (self->learned, self->context.pool);
    if (!self->context.is_dry)
        ib_known_refresh (self->known);
    poll_all (self, accounts);
    g_clear_pointer (&self->context.pool, ib_filter_pool_free);
    if (ib_learned_notice (self->learned) != NULL)
        self->events->notice (ib_learned_notice (self->learned), self->user_data);
}

/* What cannot be learned now is due the next time; where nothing can be written, delivery says so. */
static void
learn_from_moves (Sync *self, IbHome *home)
{
    g_autoptr (GError) why = NULL;
    if (!ib_moves_learn (self->paths, self->config, self->known, home, g_get_real_time (), &why))
        self->events->notice (why->message, self->user_data);
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
    if (!is_dry)
        learn_from_moves (self, home);
    self->learned = ib_learned_new (self->paths, home->journal, is_dry);
    self->context = (IbPollContext){
        .paths = self->paths,
        .config = self->config,
        .known = self->known,
        .pipeline = ib_pipeline_new (g_steal_pointer (&home), self->config->deduplicates),
        .servers = self->servers,
        .tokens = self->tokens,
        .is_dry = is_dry,
    };
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
    if (!open_pipeline (self, is_dry, error))
        return false;

    run_chosen (self, accounts);
    g_autoptr (GError) stuck = NULL;
    if (ib_pipeline_get_error (self->context.pipeline) != NULL)
        stuck = g_error_copy (ib_pipeline_get_error (self->context.pipeline));
    ib_pipeline_close (self->context.pipeline);
    if (stuck == NULL)
        return true;
    g_set_error (error, IB_SYNC_ERROR, IB_SYNC_ERROR_STORE,
                 _ ("%s. Nothing is lost: what is not delivered is still on its server"), stuck->message);
    return false;
}

bool
ib_sync_run (const IbPaths *paths, const char *const *names, bool is_dry, const IbSyncEvents *events,
             gpointer user_data, IbSyncOutcome *out_outcome, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbConfig) config = ib_config_load (paths, &why);
    *out_outcome = (IbSyncOutcome){ 0 };
    if (config == NULL) {
        g_set_error_literal (error, IB_SYNC_ERROR, IB_SYNC_ERROR_CONFIG, why->message);
        return false;
    }
    g_autofree char *cache = g_build_filename (paths->cache, "servers", NULL);
    g_autoptr (IbServers) servers = ib_servers_load (cache);
    g_autoptr (IbTokens) tokens = ib_tokens_new (paths);
    g_autofree char *notice = NULL;
    g_autoptr (IbKnown) known = ib_known_new (paths, config, &notice);
    if (notice != NULL)
        events->notice (notice, user_data);
    Sync self = {
        .paths = paths,
        .events = events,
        .user_data = user_data,
        .outcome = out_outcome,
        .config = config,
        .known = known,
        .servers = servers,
        .tokens = tokens,
        .polls = g_ptr_array_new (),
        .inclusions = ib_inclusions_new (config->filters),
        .scripts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, script_free),
        .loop = g_main_loop_new (NULL, FALSE),
    };
    bool is_done = sync_accounts (&self, names, is_dry, error);
    if (!is_dry)
        ib_servers_save (servers);
    g_ptr_array_unref (self.polls);
    ib_learned_free (self.learned);
    g_hash_table_unref (self.scripts);
    ib_inclusions_free (self.inclusions);
    g_main_loop_unref (self.loop);
    return is_done;
}
