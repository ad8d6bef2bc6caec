/* cmd-status.c - `inbasket status`: how each account stands */
#include "classifier.h"
#include "command.h"
#include "coverage-words.h"
#include "learned.h"
#include "overview.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define WATCH_EVERY_MS 2000

static void
add_account_json (JsonBuilder *builder, const IbAccountStatus *status)
{
    json_builder_begin_object (builder);
    ib_json_text (builder, "name", status->name);
    ib_json_text (builder, "address", status->account != NULL ? status->account->address : NULL);
    ib_json_text (builder, "protocol",
                  status->account == NULL                         ? NULL
                  : status->account->protocol == IB_PROTOCOL_POP3 ? "pop3"
                                                                  : "imap");
    ib_json_text (builder, "host", status->account != NULL ? status->account->host : NULL);
    ib_json_bool (builder, "protected", status->is_protected);
    ib_json_text (builder, "state", status->state);
    json_builder_set_member_name (builder, "last_poll");
    if (status->last_poll > 0)
        json_builder_add_int_value (builder, status->last_poll / G_USEC_PER_SEC);
    else
        json_builder_add_null_value (builder);
    json_builder_set_member_name (builder, "next_poll");
    json_builder_add_null_value (builder); /* no service schedules one */
    json_builder_set_member_name (builder, "since");
    if (status->since > 0)
        json_builder_add_int_value (builder, status->since / G_USEC_PER_SEC);
    else
        json_builder_add_null_value (builder);
    ib_json_int (builder, "delivered", (gint64) status->delivered);
    ib_json_int (builder, "junk", (gint64) status->junk);
    ib_json_int (builder, "duplicates", (gint64) status->duplicates);
    ib_json_int (builder, "discarded", (gint64) status->discarded);
    ib_json_int (builder, "open", (gint64) status->open);
    ib_json_text (builder, "error", status->error[0] != '\0' ? status->error : NULL);
    json_builder_end_object (builder);
}

/* Messages that the classifier was told are ham, and spam. */
typedef struct {
    guint64 ham, spam;
} Knowledge;

static bool
is_enough (const Knowledge *self)
{
    return MIN (self->ham, self->spam) >= IB_KNOWN_ENOUGH;
}

static void
print_status_json (const IbConfig *config, GPtrArray *accounts, IbCoverage *coverage,
                   const Knowledge *knowledge)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "service");
    json_builder_begin_object (builder);
    ib_json_bool (builder, "running", false);
    json_builder_end_object (builder);
    json_builder_set_member_name (builder, "accounts");
    json_builder_begin_array (builder);
    for (guint i = 0; i < accounts->len; i++)
        add_account_json (builder, accounts->pdata[i]);
    json_builder_end_array (builder);
    ib_coverage_json (builder, coverage);
    json_builder_set_member_name (builder, "classifier");
    json_builder_begin_object (builder);
    ib_json_int (builder, "ham", (gint64) knowledge->ham);
    ib_json_int (builder, "spam", (gint64) knowledge->spam);
    ib_json_bool (builder, "judges", is_enough (knowledge));
    json_builder_end_object (builder);
    ib_json_text (builder, "maildir", config->maildir);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static IbColour
colour_of (const char *state)
{
    if (strcmp (state, "ok") == 0)
        return IB_COLOUR_GOOD;
    if (strcmp (state, "paused") == 0 || g_str_has_prefix (state, "waiting")
        || strcmp (state, "throttled") == 0)
        return IB_COLOUR_WARN;
    return IB_COLOUR_BAD;
}

static void
add_row (IbTable *table, const IbAccountStatus *status, gint64 now)
{
    g_autofree char *last = ib_print_when (status->last_poll, now);
    ib_table_cell (table, IB_COLOUR_BOLD, "%s", status->name);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%s", status->account != NULL ? status->account->address : "");
    ib_table_cell (table, colour_of (status->state), "%s", status->state);
    ib_table_cell (table, status->is_protected ? IB_COLOUR_GOOD : IB_COLOUR_BAD, "%s",
                   status->is_protected ? _ ("yes") : _ ("no"));
    ib_table_cell (table, IB_COLOUR_PLAIN, "%s", last);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%" G_GUINT64_FORMAT, status->delivered);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%" G_GUINT64_FORMAT, status->junk);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%" G_GUINT64_FORMAT, status->duplicates);
    ib_table_cell (table, status->open > 0 ? IB_COLOUR_WARN : IB_COLOUR_PLAIN, "%" G_GUINT64_FORMAT,
                   status->open);
}

static void
print_status (const IbConfig *config, GPtrArray *accounts, IbCoverage *coverage, const Knowledge *knowledge)
{
    const char *const heads[]
        = { _ ("Account"),    _ ("Address"), _ ("State"),  _ ("Filtered"), _ ("Last poll"),
            _ (">Delivered"), _ (">Junk"),   _ (">Twice"), _ (">Left"),    NULL };
    g_autoptr (IbTable) table = ib_table_new (heads);
    gint64 now = g_get_real_time ();

    if (accounts->len == 0) {
        g_print (_ ("There is no account yet. “inbasket account add --help” shows how to add one.\n"));
        return;
    }
    for (guint i = 0; i < accounts->len; i++)
        add_row (table, accounts->pdata[i], now);
    ib_table_print (table);
    for (guint i = 0; i < accounts->len; i++) {
        const IbAccountStatus *status = accounts->pdata[i];
        g_autofree char *error = ib_print_safe (status->error, 0);
        if (*error != '\0')
            g_print ("%s%s%s: %s\n", ib_print_colour (IB_COLOUR_BAD), status->name,
                     ib_print_colour (IB_COLOUR_PLAIN), error);
    }
    ib_coverage_print (config, coverage, now);
    g_autofree char *maildir = ib_print_safe (config->maildir, 0);
    g_print (_ ("Maildir: %s\n"), maildir);
    g_print (_ ("Classifier: knows %" G_GUINT64_FORMAT " good messages and %" G_GUINT64_FORMAT " of spam"),
             knowledge->ham, knowledge->spam);
    if (is_enough (knowledge))
        g_print ("\n");
    else
        g_print (_ (", and judges from %d of each on (see “inbasket learn --help”)\n"), IB_KNOWN_ENOUGH);
}

static IbExit
show (const IbCli *cli)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbConfig) config = ib_config_load (cli->paths, &error);
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    g_autoptr (GPtrArray) accounts = ib_overview_accounts (cli->paths, config, &error);
    g_autoptr (IbCoverage) coverage
        = accounts != NULL ? ib_overview_coverage (cli->paths, config, &error) : NULL;
    if (coverage == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_STORE;
    }
    Knowledge knowledge;
    g_autoptr (IbLearned) learned = ib_learned_new (cli->paths, NULL, true);
    ib_learned_count (learned, &knowledge.ham, &knowledge.spam);
    if (cli->json)
        print_status_json (config, accounts, coverage, &knowledge);
    else
        print_status (config, accounts, coverage, &knowledge);
    return config->broken->len > 0 ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    gboolean watches = FALSE;
    const GOptionEntry entries[] = {
        { "watch", 'w', 0, G_OPTION_ARG_NONE, &watches, N_ ("Stay, and show it anew as it changes"), NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "status",
            _ ("Shows each account: whether its mail is filtered, when it was polled last, what arrived, and "
               "what is wrong."),
            "  inbasket status\n"
            "  inbasket status --json",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc > 1) {
        ib_print_error (_ ("“status” takes no argument: “%s”"), argv[1]);
        return IB_EXIT_USAGE;
    }
    IbExit result = show (cli);
    while (watches && (result == IB_EXIT_DONE || result == IB_EXIT_SOME_FAILED)) {
        g_usleep (WATCH_EVERY_MS * 1000);
        if (!cli->json)
            g_print ("\033[H\033[J");
        result = show (cli);
    }
    return result;
}

const IbCommand ib_command_status = { "status", N_ ("Show how each account stands"), run };
