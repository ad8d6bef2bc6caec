/* learn-from.c - `inbasket learn --from`: what is there already teaches the classifier */
#include "bootstrap.h"
#include "classifier.h"
#include "learn-shared.h"
#include "learning.h"
#include "loan.h"
#include "print.h"
#include "progress.h"

#include <glib/gi18n-lib.h>

typedef struct {
    const IbCli *cli;
    IbProgress *progress;
    IbTable *table;
    JsonBuilder *sources; /* the summary's array, being built */
    guint folders;
    bool tells_progress; /* in JSON lines */
    guint64 looked, expected;
    gint64 told_at; /* of these, monotonic */
} From;

/* --- JSON ---------------------------------------------------------------------------------------------------------------- */

static const char *
name_of (IbTakenAs as)
{
    switch (as) {
    case IB_TAKEN_NOT:
        return NULL;
    case IB_TAKEN_AS_HAM:
        return "ham";
    case IB_TAKEN_AS_SPAM:
        return "spam";
    case IB_TAKEN_AS_SENT:
        return "sent";
    }
    g_assert_not_reached ();
}

static void
print_folder (const IbBootstrapFolder *folder)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "event", "folder");
    ib_json_text (builder, "source", folder->source);
    ib_json_text (builder, "folder", folder->name);
    ib_json_text (builder, "taken_as", name_of (folder->as));
    ib_json_int (builder, "learned", folder->learned);
    ib_json_int (builder, "known", folder->known);
    ib_json_int (builder, "passed_over", folder->passed_over);
    ib_json_int (builder, "failed", folder->failed);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

/* Often enough to be drawn. */
#define PROGRESS_US (G_USEC_PER_SEC / 10)

static void
print_progress (From *self)
{
    gint64 now = g_get_monotonic_time ();
    if (!self->tells_progress || (now - self->told_at < PROGRESS_US && self->looked < self->expected))
        return;
    self->told_at = now;
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "event", "progress");
    ib_json_int (builder, "looked", (gint64) self->looked);
    ib_json_int (builder, "expected", (gint64) self->expected);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
print_summary (From *self, const IbBootstrapOutcome *outcome)
{
    JsonBuilder *builder = self->sources;
    json_builder_end_array (builder);
    ib_json_int (builder, "ham", (gint64) outcome->ham);
    ib_json_int (builder, "spam", (gint64) outcome->spam);
    ib_json_int (builder, "people", outcome->people);
    ib_json_int (builder, "enough", IB_KNOWN_ENOUGH);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

/* --- words --------------------------------------------------------------------------------------------------------------- */

static const char *
words_for (IbTakenAs as)
{
    switch (as) {
    case IB_TAKEN_NOT:
        return _ ("nothing");
    case IB_TAKEN_AS_HAM:
        return _ ("good mail");
    case IB_TAKEN_AS_SPAM:
        return _ ("spam");
    case IB_TAKEN_AS_SENT:
        return _ ("people");
    }
    g_assert_not_reached ();
}

static void
add_row (IbTable *table, const IbBootstrapFolder *folder)
{
    ib_table_cell (table, IB_COLOUR_BOLD, "%s", folder->source);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%s", folder->name);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%s", words_for (folder->as));
    ib_table_cell (table, IB_COLOUR_PLAIN, "%u", folder->learned);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%u", folder->known);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%u", folder->passed_over);
    ib_table_cell (table, folder->failed > 0 ? IB_COLOUR_BAD : IB_COLOUR_PLAIN, "%u", folder->failed);
}

static void
say_summary (const From *self, const IbBootstrapOutcome *outcome)
{
    if (self->folders > 0)
        ib_table_print (self->table);
    if (outcome->was_stopped)
        g_print (_ ("Stopped: what had been looked at by then is learned.\n"));
    g_autofree char *words = ib_learning_words (outcome->ham, outcome->spam, outcome->people);
    g_autofree char *hint = ib_learning_hint (outcome->ham, outcome->spam, IB_KNOWN_ENOUGH);
    g_print ("%s\n", words);
    if (hint != NULL)
        ib_print_hint ("%s", hint);
}

/* --- events -------------------------------------------------------------------------------------------------------------- */

static void
on_started (const char *source, gpointer user_data)
{
    ib_progress_begin (((From *) user_data)->progress, source);
}

static void
on_found (guint64 messages, guint64 bytes, gpointer user_data)
{
    From *self = user_data;
    ib_progress_expect (self->progress, messages, bytes);
    self->expected += messages;
    print_progress (self);
}

static void
on_looked (guint64 bytes, gpointer user_data)
{
    From *self = user_data;
    ib_progress_done (self->progress, 1, bytes);
    self->looked++;
    print_progress (self);
}

static void
on_notice (const char *text, gpointer user_data)
{
    ib_progress_clear (((From *) user_data)->progress);
    ib_print_error ("%s", text);
}

static void
on_ended (const char *source, const GError *error, gpointer user_data)
{
    From *self = user_data;
    ib_progress_end (self->progress, source);
    json_builder_begin_object (self->sources);
    ib_json_text (self->sources, "name", source);
    ib_json_bool (self->sources, "ok", error == NULL);
    ib_json_text (self->sources, "error", error != NULL ? error->message : NULL);
    json_builder_end_object (self->sources);
    if (error != NULL) {
        ib_progress_clear (self->progress);
        ib_print_error ("%s: %s", source, error->message);
    }
}

static void
on_folder (const IbBootstrapFolder *folder, gpointer user_data)
{
    From *self = user_data;
    self->folders++;
    if (self->cli->json)
        print_folder (folder);
    else
        add_row (self->table, folder);
}

/* --- the command ----------------------------------------------------------------------------------------------------------- */

static IbExit
exit_for_error (const GError *error)
{
    switch ((IbBootstrapError) error->code) {
    case IB_BOOTSTRAP_ERROR_CONFIG:
        return IB_EXIT_CONFIG;
    case IB_BOOTSTRAP_ERROR_BUSY:
        return IB_EXIT_BUSY;
    case IB_BOOTSTRAP_ERROR_STORE:
        return IB_EXIT_STORE;
    }
    g_assert_not_reached ();
}

static IbExit
exit_for_outcome (const IbBootstrapOutcome *outcome)
{
    if (outcome->sources > 0 && outcome->unreachable == outcome->sources)
        return IB_EXIT_UNREACHABLE;
    if (outcome->sources > 0 && outcome->misconfigured == outcome->sources)
        return IB_EXIT_CONFIG;
    return outcome->failed > 0 || outcome->refused > 0 || outcome->was_stopped ? IB_EXIT_SOME_FAILED
                                                                               : IB_EXIT_DONE;
}

IbExit
ib_learn_from (const IbCli *cli, const char *const *sources, bool tells_progress)
{
    static const IbBootstrapEvents events
        = { on_started, on_found, on_looked, on_notice, on_ended, on_folder };
    const char *const heads[] = { _ ("Source"), _ ("Folder"),       _ ("Taken as"), _ (">Learned"),
                                  _ (">Known"), _ (">Passed over"), _ (">Failed"),  NULL };
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProgress) progress = ib_progress_new (cli->has_progress);
    g_autoptr (IbTable) table = ib_table_new (heads);
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    From self = { .cli = cli,
                  .progress = progress,
                  .table = table,
                  .sources = builder,
                  .tells_progress = tells_progress && cli->json };
    IbBootstrapOutcome outcome;
    IbExit status;
    g_auto (IbLoan) loan = { NULL };

    if (!ib_loan_take_or_say (cli, &loan, &status))
        return status;
    json_builder_begin_object (builder);
    ib_json_text (builder, "event", "summary");
    json_builder_set_member_name (builder, "sources");
    json_builder_begin_array (builder);
    bool is_done = ib_bootstrap_run (cli->paths, sources, &events, &self, &outcome, &error);
    ib_progress_clear (progress);
    if (!is_done) {
        ib_print_error ("%s", error->message);
        return exit_for_error (error);
    }
    if (cli->json)
        print_summary (&self, &outcome);
    else if (!cli->quiet)
        say_summary (&self, &outcome);
    return exit_for_outcome (&outcome);
}
