/* cmd-sync.c - `inbasket sync`: fetch, filter, deliver once */
#include "command.h"
#include "config.h"
#include "loan.h"
#include "print.h"
#include "progress.h"
#include "sync-by-service.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    const IbCli *cli;
    IbProgress *progress;
    IbTable *table;
    JsonBuilder *accounts; /* the summary's array, being built */
    const IbSyncOutcome *outcome;
    bool is_dry;
    guint ended;
    guint kept; /* messages that are here, or were found to be */
} Sync;

/* --- JSON -------------------------------------------------------------------------------------------------- */

static void
print_delivered (const IbStory *story, const char *folder, const IbStoryFile *file, const char *path)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    bool is_delivered = story->action == IB_STORY_DELIVER;

    json_builder_begin_object (builder);
    ib_json_text (builder, "event", "delivered");
    ib_json_text (builder, "id", story->id);
    ib_json_text (builder, "account", story->account);
    ib_json_text (builder, "folder", folder);
    if (story->uidl != NULL) {
        ib_json_text (builder, "uid", NULL);
        ib_json_text (builder, "uidl", story->uidl);
    } else {
        ib_json_int (builder, "uid", story->uid);
    }
    ib_json_text (builder, "target", is_delivered ? file->folder : NULL);
    ib_json_text (builder, "path", path);
    ib_json_text (builder, "message_id", story->message_id);
    ib_json_int (builder, "size", (gint64) story->size_bytes);
    ib_json_double (builder, "spam", story->probability);
    ib_json_text (builder, "verdict", story->verdict);
    ib_json_text (builder, "action", ib_story_action_name (story->action));
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
add_summary (JsonBuilder *builder, const IbPollResult *result)
{
    json_builder_begin_object (builder);
    ib_json_text (builder, "name", result->account);
    ib_json_bool (builder, "ok", result->error == NULL);
    ib_json_int (builder, "fetched", (gint64) result->fetched);
    ib_json_int (builder, "delivered", (gint64) result->delivered);
    ib_json_int (builder, "junk", (gint64) result->junk);
    ib_json_int (builder, "duplicates", (gint64) result->duplicates);
    ib_json_int (builder, "discarded", (gint64) result->discarded);
    ib_json_int (builder, "skipped", (gint64) result->skipped);
    ib_json_int (builder, "bytes", (gint64) result->bytes);
    ib_json_double (builder, "seconds", result->seconds);
    ib_json_text (builder, "state", result->state);
    ib_json_text (builder, "error", result->error != NULL ? result->error->message : NULL);
    json_builder_end_object (builder);
}

/* --- words ------------------------------------------------------------------------------------------------- */

static void
say_delivered (const IbStory *story, const IbStoryFile *file)
{
    const char *where
        = story->action == IB_STORY_DELIVER ? file->folder : ib_story_action_name (story->action);
    g_autofree char *from = ib_print_safe (story->from, 28);
    g_autofree char *subject = ib_print_safe (story->subject, 60);
    g_autofree char *target = ib_print_safe (where, 0);
    g_print ("%s  %s  %s → %s\n", story->account, from, subject, target);
}

static void
add_row (IbTable *table, const IbPollResult *result)
{
    g_autofree char *size = ib_print_size (result->bytes);
    ib_table_cell (table, IB_COLOUR_BOLD, "%s", result->account);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%" G_GUINT64_FORMAT, result->fetched);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%" G_GUINT64_FORMAT, result->delivered);
    ib_table_cell (table, result->junk > 0 ? IB_COLOUR_WARN : IB_COLOUR_PLAIN, "%" G_GUINT64_FORMAT,
                   result->junk);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%" G_GUINT64_FORMAT, result->duplicates);
    ib_table_cell (table, result->skipped > 0 ? IB_COLOUR_WARN : IB_COLOUR_PLAIN, "%" G_GUINT64_FORMAT,
                   result->skipped);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%s", size);
    ib_table_cell (table, IB_COLOUR_PLAIN, _ ("%.1f s"), result->seconds);
    ib_table_cell (table, result->error != NULL ? IB_COLOUR_BAD : IB_COLOUR_GOOD, "%s", result->state);
}

/* Of all accounts at once: that each was stopped need not be said. */
static void
say_stopped (const Sync *self)
{
    if (self->is_dry)
        ib_print_error (_ ("Stopped: what comes after that was not looked at"));
    else
        ib_print_error (
            ngettext (
                "Stopped: %u message was fetched until then. Nothing is lost: the next sync goes on from there",
                "Stopped: %u messages were fetched until then. Nothing is lost: the next sync goes on from there",
                self->kept),
            self->kept);
}

/* --- events ------------------------------------------------------------------------------------------------ */

static void
on_started (const char *account, gpointer user_data)
{
    ib_progress_begin (((Sync *) user_data)->progress, account);
}

static void
on_found (const char *account, guint64 messages, guint64 bytes, gpointer user_data)
{
    ib_progress_expect (((Sync *) user_data)->progress, messages, bytes);
}

static void
on_fetched (const char *account, guint64 bytes, gpointer user_data)
{
    ib_progress_done (((Sync *) user_data)->progress, 1, bytes);
}

static void
on_delivered (const IbStory *story, const char *folder, const char *const *paths, gpointer user_data)
{
    Sync *self = user_data;
    for (guint i = 0; i < story->files->len; i++) {
        if (self->cli->json) {
            print_delivered (story, folder, story->files->pdata[i], paths != NULL ? paths[i] : NULL);
        } else if (self->cli->verbose || self->is_dry) {
            ib_progress_clear (self->progress);
            say_delivered (story, story->files->pdata[i]);
        }
    }
}

static void
on_notice (const char *text, gpointer user_data)
{
    Sync *self = user_data;
    ib_progress_clear (self->progress);
    ib_print_error ("%s", text);
}

static void
on_ended (const IbPollResult *result, gpointer user_data)
{
    Sync *self = user_data;
    ib_progress_end (self->progress, result->account);
    self->ended++;
    add_summary (self->accounts, result);
    add_row (self->table, result);
    self->kept += (guint) (result->delivered + result->duplicates + result->discarded);
    bool is_told_later = self->outcome->was_stopped
                         && g_error_matches (result->error, IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED);
    if (result->error != NULL && !is_told_later) {
        ib_progress_clear (self->progress);
        ib_print_error ("%s: %s", result->account, result->error->message);
    }
}

/* --- the command ------------------------------------------------------------------------------------------- */

static void
print_summary (Sync *self)
{
    json_builder_end_array (self->accounts);
    json_builder_end_object (self->accounts);
    if (self->cli->json)
        ib_print_json (self->accounts);
    else if (!self->cli->quiet && self->ended > 0)
        ib_table_print (self->table);
    if (self->is_dry && !self->cli->json && !self->cli->quiet)
        g_print (_ ("This was a dry run: nothing was delivered, and nothing changed here or on a server.\n"));
}

/* Nothing was done, and that is what the user asked for once. */
static void
say_all_paused (const Sync *self, const char *const *names)
{
    if (self->cli->json || self->cli->quiet || *names != NULL || self->ended > 0)
        return;
    g_autoptr (IbConfig) config = ib_config_load (self->cli->paths, NULL);
    if (config == NULL || config->accounts->len == 0)
        return;
    const IbAccount *first = config->accounts->pdata[0];
    g_print (ngettext ("Nothing was fetched: the only account is paused.\n",
                       "Nothing was fetched: all %u accounts are paused.\n", config->accounts->len),
             config->accounts->len);
    ib_print_hint (_ ("“inbasket account resume %s” has it fetched again"), first->name);
}

static IbExit
exit_for_error (const GError *error)
{
    switch ((IbSyncError) error->code) {
    case IB_SYNC_ERROR_CONFIG:
        return IB_EXIT_CONFIG;
    case IB_SYNC_ERROR_NO_ACCOUNT:
        return IB_EXIT_USAGE;
    case IB_SYNC_ERROR_BUSY:
        return IB_EXIT_BUSY;
    case IB_SYNC_ERROR_STORE:
        return IB_EXIT_STORE;
    }
    g_assert_not_reached ();
}

static IbExit
exit_for_outcome (const IbSyncOutcome *outcome)
{
    if (outcome->polled > 0 && outcome->unreachable == outcome->polled)
        return IB_EXIT_UNREACHABLE;
    return outcome->failed > 0 || outcome->refused > 0 ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}

/* One that is named is polled though it is switched off: by us, since no service does that. */
static bool
names_paused (const IbPaths *paths, const char *const *names)
{
    g_autoptr (IbConfig) config = *names != NULL ? ib_config_load (paths, NULL) : NULL;
    for (; config != NULL && *names != NULL; names++) {
        const IbAccount *account = ib_config_account (config, *names);
        if (account != NULL && !account->is_enabled)
            return true;
    }
    return false;
}

/* A service of this home does it, if there is one; a dry run changes nothing that it would have to know of. */
static bool
sync_wherever (Sync *self, const char *const *names, const IbSyncEvents *events, IbSyncOutcome *out_outcome,
               GError **error)
{
    const IbPaths *paths = self->cli->paths;
    g_autoptr (GError) why = NULL;
    g_autoptr (IbClient) service = self->is_dry ? NULL : ib_loan_find_service (paths, &why);
    *out_outcome = (IbSyncOutcome){ 0 };
    if (why != NULL) {
        g_set_error_literal (error, IB_SYNC_ERROR, IB_SYNC_ERROR_BUSY, why->message);
        return false;
    }
    if (service != NULL && names_paused (paths, names)) {
        if (ib_client_borrow (service, &why))
            return ib_sync_run (paths, names, false, events, self, out_outcome, error);
        g_set_error_literal (error, IB_SYNC_ERROR, IB_SYNC_ERROR_BUSY, why->message);
        return false;
    }
    return service != NULL ? ib_sync_by_service (service, paths, names, events, self, out_outcome, error)
                           : ib_sync_run (paths, names, self->is_dry, events, self, out_outcome, error);
}

static IbExit
run_sync (const IbCli *cli, const char *const *names, bool is_dry)
{
    static const IbSyncEvents events
        = { on_started, on_found, on_fetched, on_delivered, on_notice, on_ended };
    const char *const heads[] = { _ ("Account"), _ (">Fetched"), _ (">Delivered"), _ (">Junk"), _ (">Twice"),
                                  _ (">Left"),   _ (">Size"),    _ (">Time"),      _ ("State"), NULL };
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProgress) progress = ib_progress_new (cli->has_progress);
    g_autoptr (IbTable) table = ib_table_new (heads);
    g_autoptr (JsonBuilder) accounts = json_builder_new ();
    IbSyncOutcome outcome;
    Sync self = { .cli = cli,
                  .progress = progress,
                  .table = table,
                  .accounts = accounts,
                  .outcome = &outcome,
                  .is_dry = is_dry };

    json_builder_begin_object (accounts);
    ib_json_text (accounts, "event", "summary");
    json_builder_set_member_name (accounts, "accounts");
    json_builder_begin_array (accounts);
    bool is_done = sync_wherever (&self, names, &events, &outcome, &error);
    ib_progress_clear (progress);
    print_summary (&self);
    if (outcome.was_stopped)
        say_stopped (&self);
    if (is_done) {
        say_all_paused (&self, names);
        return exit_for_outcome (&outcome);
    }
    ib_print_error ("%s", error->message);
    return exit_for_error (error);
}

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    gboolean is_dry = FALSE;
    const GOptionEntry entries[] = {
        { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &is_dry, N_ ("Say what would happen, and change nothing"),
          NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "sync [ACCOUNT …]",
            _ ("Fetches what is new in each account (or those named), filters it and delivers it into the "
               "Maildir, once."),
            "  inbasket sync\n"
            "  inbasket sync work home\n"
            "  inbasket sync --dry-run --json work",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    return run_sync (cli, (const char *const *) argv + 1, is_dry);
}

const IbCommand ib_command_sync = { "sync", N_ ("Fetch, filter and deliver once"), run };
