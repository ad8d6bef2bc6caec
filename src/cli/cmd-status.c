/* cmd-status.c - `inbasket status`: how each account stands */
#include "classifier.h"
#include "command.h"
#include "coverage-words.h"
#include "learned.h"
#include "live.h"
#include "loan.h"
#include "overview.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

/* --- what only a service knows ------------------------------------------------------------------------------------------- */

typedef struct {
    IbClient *service;   /* NULL: none runs */
    GPtrArray *accounts; /* IbHeardAccount; NULL */
} Live;

/* NULL: nothing is known. */
static const IbHeardAccount *
live_account (const Live *live, const char *name)
{
    for (guint i = 0; live->accounts != NULL && i < live->accounts->len; i++) {
        const IbHeardAccount *account = live->accounts->pdata[i];
        if (strcmp (account->name, name) == 0)
            return account;
    }
    return NULL;
}

/* What it says of an account is newer than what the journal does. */
static void
bring_up_to_date (const Live *live, IbAccountStatus *status)
{
    const IbHeardAccount *account = live_account (live, status->name);
    if (account == NULL || status->account == NULL || !status->account->is_enabled)
        return;
    status->state = account->state;
    g_free (status->error);
    status->error = g_strdup (account->error);
}

static void
look_live (Live *live, GPtrArray *accounts)
{
    live->accounts = live->service != NULL ? ib_client_accounts (live->service, NULL) : NULL;
    if (live->accounts == NULL)
        live->service = NULL; /* it left just now */
    for (guint i = 0; i < accounts->len; i++)
        bring_up_to_date (live, accounts->pdata[i]);
}

/* --- JSON ---------------------------------------------------------------------------------------------------------------- */

/* @at: microseconds; 0 is null. */
static void
add_time (JsonBuilder *builder, const char *name, gint64 at)
{
    json_builder_set_member_name (builder, name);
    if (at > 0)
        json_builder_add_int_value (builder, at / G_USEC_PER_SEC);
    else
        json_builder_add_null_value (builder);
}

static void
add_account_json (JsonBuilder *builder, const Live *live, const IbAccountStatus *status)
{
    const IbHeardAccount *now = live_account (live, status->name);
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
    add_time (builder, "last_poll", status->last_poll);
    add_time (builder, "next_poll", now != NULL ? now->next_poll : 0);
    ib_json_text (builder, "next_reason", now != NULL && *now->reason != '\0' ? now->reason : NULL);
    ib_json_bool (builder, "polling", now != NULL && now->is_running);
    ib_json_bool (builder, "watched", now != NULL && now->is_watching);
    add_time (builder, "paused_until", now != NULL ? now->paused_until : 0);
    add_time (builder, "since", status->since);
    ib_json_int (builder, "delivered", (gint64) status->delivered);
    ib_json_int (builder, "junk", (gint64) status->junk);
    ib_json_int (builder, "duplicates", (gint64) status->duplicates);
    ib_json_int (builder, "discarded", (gint64) status->discarded);
    ib_json_int (builder, "open", (gint64) status->open);
    ib_json_text (builder, "error", status->error[0] != '\0' ? status->error : NULL);
    ib_json_text (builder, "alert", status->alert[0] != '\0' ? status->alert : NULL);
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
print_status_json (const IbConfig *config, const Live *live, GPtrArray *accounts, IbCoverage *coverage,
                   const Knowledge *knowledge)
{
    const char *trouble = live->service != NULL ? ib_client_trouble (live->service) : "";
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "service");
    json_builder_begin_object (builder);
    ib_json_bool (builder, "running", live->service != NULL);
    ib_json_text (builder, "error", *trouble != '\0' ? trouble : NULL);
    json_builder_end_object (builder);
    json_builder_set_member_name (builder, "accounts");
    json_builder_begin_array (builder);
    for (guint i = 0; i < accounts->len; i++)
        add_account_json (builder, live, accounts->pdata[i]);
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

/* --- words --------------------------------------------------------------------------------------------------------------- */

/* Why an account is looked at then, or is not; "" where that needs no words. */
static const char *
words_for_reason (const char *reason)
{
    static const struct {
        const char *reason, *words;
    } words[] = {
        { "login-delay", N_ ("the server's limit") },
        { "battery-saver", N_ ("power saver") },
        { "back-off", N_ ("after failures") },
        { "server-asked", N_ ("the server asked") },
        { "network", N_ ("no network") },
        { "portal", N_ ("the network wants a sign-in") },
        { "metered", N_ ("metered network") },
        { "keyring", N_ ("the keyring") },
        { "paused", N_ ("paused") },
        { "asleep", N_ ("asleep") },
        { "sign-in", N_ ("your sign-in") },
        { "unsafe", N_ ("your decision") },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        if (strcmp (words[i].reason, reason) == 0)
            return _ (words[i].words);
    return "";
}

/* "now", "pushed", "in 4 min (power saver)", "no network". Returns: (transfer full) */
static char *
next_look (const IbHeardAccount *account, gint64 now)
{
    if (account == NULL)
        return g_strdup ("");
    if (account->is_running)
        return g_strdup (_ ("now"));
    if (account->is_watching && strcmp (account->reason, "renewal") == 0)
        return g_strdup (_ ("pushed")); /* when it is looked at makes no difference */
    const char *why = words_for_reason (account->reason);
    if (account->next_poll == 0)
        return g_strdup (why);
    g_autofree char *when = ib_print_when (account->next_poll, now);
    return *why == '\0' ? g_strdup (when) : g_strdup_printf (_ ("%s (%s)"), when, why);
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
add_row (IbTable *table, const Live *live, const IbAccountStatus *status, gint64 now)
{
    g_autofree char *last = ib_print_when (status->last_poll, now);
    ib_table_cell (table, IB_COLOUR_BOLD, "%s", status->name);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%s", status->account != NULL ? status->account->address : "");
    ib_table_cell (table, colour_of (status->state), "%s", status->state);
    ib_table_cell (table, status->is_protected ? IB_COLOUR_GOOD : IB_COLOUR_BAD, "%s",
                   status->is_protected ? _ ("yes") : _ ("no"));
    ib_table_cell (table, IB_COLOUR_PLAIN, "%s", last);
    if (live->service != NULL) {
        g_autofree char *next = next_look (live_account (live, status->name), now);
        ib_table_cell (table, IB_COLOUR_PLAIN, "%s", next);
    }
    ib_table_cell (table, IB_COLOUR_PLAIN, "%" PRIu64, status->delivered);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%" PRIu64, status->junk);
    ib_table_cell (table, IB_COLOUR_PLAIN, "%" PRIu64, status->duplicates);
    ib_table_cell (table, status->open > 0 ? IB_COLOUR_WARN : IB_COLOUR_PLAIN, "%" PRIu64, status->open);
}

/* In both tables. */
enum { COLUMN_ADDRESS = 1, COLUMN_LAST_POLL = 4 };

static void
print_status (const IbConfig *config, const Live *live, GPtrArray *accounts, IbCoverage *coverage,
              const Knowledge *knowledge)
{
    const char *const heads[]
        = { _ ("Account"),    _ ("Address"), _ ("State"),  _ ("Filtered"), _ ("Last poll"),
            _ (">Delivered"), _ (">Junk"),   _ (">Twice"), _ (">Left"),    NULL };
    const char *const live_heads[] = { _ ("Account"),
                                       _ ("Address"),
                                       _ ("State"),
                                       _ ("Filtered"),
                                       _ ("Last poll"),
                                       _ ("Next look"),
                                       _ (">Delivered"),
                                       _ (">Junk"),
                                       _ (">Twice"),
                                       _ (">Left"),
                                       NULL };
    g_autoptr (IbTable) table = ib_table_new (live->service != NULL ? live_heads : heads);
    gint64 now = g_get_real_time ();

    if (accounts->len == 0) {
        g_print (_ ("There is no account yet. “inbasket setup” adds one, step by step.\n"));
        return;
    }
    for (guint i = 0; i < accounts->len; i++)
        add_row (table, live, accounts->pdata[i], now);
    ib_table_may_lack (table, COLUMN_ADDRESS);
    ib_table_may_lack (table, COLUMN_LAST_POLL);
    ib_table_print (table);
    for (guint i = 0; i < accounts->len; i++) {
        const IbAccountStatus *status = accounts->pdata[i];
        g_autofree char *error = ib_print_safe (status->error, 0);
        g_autofree char *wrong = g_strconcat (status->name, ": ", error, NULL);
        if (*error != '\0')
            ib_print_sentence (IB_COLOUR_BAD, strlen (status->name), wrong);
        g_autofree char *alert = ib_print_safe (status->alert, 0);
        g_autofree char *said = g_strdup_printf (_ ("%s: the mail server says: %s"), status->name, alert);
        if (*alert != '\0')
            ib_print_sentence (IB_COLOUR_WARN, strlen (status->name), said);
    }
    ib_coverage_print (config, coverage, now);
    g_autofree char *maildir = ib_print_safe (config->maildir, 0);
    g_print (_ ("Maildir: %s\n"), maildir);
    if (live->service != NULL && *ib_client_trouble (live->service) == '\0')
        g_print (_ ("Service: running\n"));
    else if (live->service != NULL) {
        g_autofree char *trouble = ib_print_safe (ib_client_trouble (live->service), 0);
        g_autofree char *said = g_strdup_printf (_ ("Service: running, but nothing is fetched: %s"), trouble);
        ib_print_sentence (IB_COLOUR_PLAIN, 0, said);
    }
    g_autofree char *known
        = g_strdup_printf (ngettext ("Classifier: knows %" PRIu64 " good message and %" PRIu64 " of spam",
                                     "Classifier: knows %" PRIu64 " good messages and %" PRIu64 " of spam",
                                     (gulong) knowledge->ham),
                           knowledge->ham, knowledge->spam);
    g_autofree char *from = g_strdup_printf (_ ("; judges from %d of each on"), IB_KNOWN_ENOUGH);
    g_autofree char *classifier = g_strconcat (known, is_enough (knowledge) ? "" : from, NULL);
    ib_print_sentence (IB_COLOUR_PLAIN, 0, classifier);
    if (!is_enough (knowledge))
        g_print ("  → inbasket learn --help\n");
}

static IbExit
show (const IbCli *cli, IbClient *service, GError **error)
{
    Live live = { .service = service };
    g_autoptr (IbConfig) config = ib_config_load (cli->paths, error);
    if (config == NULL)
        return IB_EXIT_CONFIG;
    g_autoptr (GPtrArray) accounts = ib_overview_accounts (cli->paths, config, error);
    g_autoptr (IbCoverage) coverage
        = accounts != NULL ? ib_overview_coverage (cli->paths, config, error) : NULL;
    if (coverage == NULL)
        return IB_EXIT_STORE;
    look_live (&live, accounts);
    Knowledge knowledge;
    g_autoptr (IbLearned) learned = ib_learned_new (cli->paths, NULL, true);
    ib_learned_count (learned, &knowledge.ham, &knowledge.spam);
    if (cli->json)
        print_status_json (config, &live, accounts, coverage, &knowledge);
    else
        print_status (config, &live, accounts, coverage, &knowledge);
    g_clear_pointer (&live.accounts, g_ptr_array_unref);
    return config->broken->len > 0 ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}

static IbExit
show_once (const IbCli *cli)
{
    g_autoptr (GError) silence = NULL, error = NULL;
    g_autoptr (IbClient) service = ib_loan_find_service (cli->paths, &silence);
    IbExit result = show (cli, service, &error);
    if (error != NULL)
        ib_print_error ("%s", error->message);
    if (silence != NULL)
        ib_print_error ("%s", silence->message);
    return result;
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
    return watches ? ib_live_run (cli, show) : show_once (cli);
}

const IbCommand ib_command_status = { "status", N_ ("Show how each account stands"), run };
