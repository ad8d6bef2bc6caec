/* cmd-report.c - `inbasket report`: why am I still receiving spam? */
#include "command.h"
#include "print.h"
#include "report-page.h"
#include "report-words.h"
#include "since.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define COUNT_COLUMNS 6
#define BAR_COLUMNS 24
#define CHART_COLUMNS 60

/* --- JSON, see data/doc/report.schema.json ------------------------------------------------------------------------- */

static void
add_figures (JsonBuilder *builder, const char *name, const IbSpamFigures *figures)
{
    if (name != NULL)
        json_builder_set_member_name (builder, name);
    json_builder_begin_object (builder);
    ib_json_int (builder, "mail", (gint64) figures->mail);
    ib_json_int (builder, "spam", (gint64) ib_spam_figures_spam (figures));
    ib_json_int (builder, "caught", (gint64) figures->caught);
    ib_json_int (builder, "came_through", (gint64) figures->came_through);
    ib_json_int (builder, "good_caught", (gint64) figures->good_caught);
    json_builder_set_member_name (builder, "causes");
    json_builder_begin_object (builder);
    for (IbReportCause cause = 0; cause < IB_COUNTED_CAUSES; cause++)
        ib_json_int (builder, ib_report_cause_name (cause), (gint64) figures->causes[cause]);
    json_builder_end_object (builder);
    json_builder_end_object (builder);
}

static void
add_account (JsonBuilder *builder, const IbReportAccount *account)
{
    json_builder_begin_object (builder);
    ib_json_text (builder, "name", account->name);
    ib_json_bool (builder, "protected", account->is_protected);
    add_figures (builder, "figures", &account->figures);
    json_builder_end_object (builder);
}

static void
add_cause (JsonBuilder *builder, const IbCli *cli, const IbConfig *config, const IbReport *report,
           IbReportCause cause)
{
    const GPtrArray *ways = report->ways[cause];
    g_autofree char *remedy = ways->len > 0 ? ib_report_remedy (cause, ways) : NULL;
    json_builder_begin_object (builder);
    ib_json_text (builder, "cause", ib_report_cause_name (cause));
    ib_json_int (builder, "spam", (gint64) report->total.causes[cause]);
    json_builder_set_member_name (builder, "ways");
    json_builder_begin_array (builder);
    for (guint i = 0; i < ways->len; i++) {
        const IbReportWay *way = ways->pdata[i];
        json_builder_begin_object (builder);
        ib_json_text (builder, "name", way->name);
        ib_json_int (builder, "spam", (gint64) way->spam);
        ib_json_int (builder, "mail", (gint64) way->mail);
        g_autofree char *command = ib_report_command (cli->paths, config, cause, way->name);
        ib_json_text (builder, "command", command);
        json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
    ib_json_text (builder, "remedy", remedy);
    json_builder_end_object (builder);
}

static void
print_json (const IbCli *cli, const IbConfig *config, const IbReport *report)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_int (builder, "since", report->since / G_USEC_PER_SEC);
    ib_json_int (builder, "until", report->until / G_USEC_PER_SEC);
    add_figures (builder, "total", &report->total);
    add_figures (builder, "before", &report->before);
    json_builder_set_member_name (builder, "causes");
    json_builder_begin_array (builder);
    for (IbReportCause cause = 0; cause < IB_COUNTED_CAUSES; cause++)
        add_cause (builder, cli, config, report, cause);
    json_builder_end_array (builder);
    json_builder_set_member_name (builder, "accounts");
    json_builder_begin_array (builder);
    for (guint i = 0; i < report->accounts->len; i++)
        add_account (builder, report->accounts->pdata[i]);
    json_builder_end_array (builder);
    json_builder_set_member_name (builder, "days");
    json_builder_begin_array (builder);
    for (guint i = 0; i < report->days->len; i++)
        add_figures (builder, NULL, &g_array_index (report->days, IbSpamFigures, i));
    json_builder_end_array (builder);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

/* --- for people ------------------------------------------------------------------------------------------------------ */

static void
append_bar (GString *out, guint64 value, guint64 most)
{
    guint64 length = most > 0 ? (value * BAR_COLUMNS + most - 1) / most : 0;
    for (guint64 i = 0; i < length; i++)
        g_string_append (out, "█");
}

static guint64
most_of (const IbSpamFigures *figures)
{
    guint64 most = 0;
    for (IbReportCause cause = 0; cause < IB_COUNTED_CAUSES; cause++)
        most = MAX (most, figures->causes[cause]);
    return most;
}

static void
print_cause (const IbReport *report, IbReportCause cause)
{
    guint64 spam = report->total.causes[cause];
    if (spam == 0)
        return;
    g_autoptr (GString) bar = g_string_new (NULL);
    g_autofree char *remedy = ib_report_remedy (cause, report->ways[cause]);
    g_autofree char *safe = ib_print_safe (remedy, 0);
    const char *title = ib_report_cause_title (cause);
    if (!ib_print_is_terminal ()
        || COUNT_COLUMNS + 2 + ib_print_columns (title) + 2 + BAR_COLUMNS <= ib_print_width ())
        append_bar (bar, spam, most_of (&report->total));
    g_autofree char *line = g_strdup_printf ("%*" G_GUINT64_FORMAT "  %s%s%s", COUNT_COLUMNS, spam, title,
                                             bar->len > 0 ? "  " : "", bar->str);
    g_print ("\n");
    ib_print_sentence (IB_COLOUR_BOLD, COUNT_COLUMNS, line);
    ib_print_paragraph ("        ", ib_report_cause_meaning (cause));
    ib_print_paragraph ("        → ", safe);
}

/* A column a day, or some days: as high as the spam that came then. */
static void
print_trend (const IbReport *report)
{
    static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    guint step = ib_report_days_a_column (report, CHART_COLUMNS);
    g_autoptr (GArray) sums = g_array_new (FALSE, TRUE, sizeof (guint64));
    g_autofree char *trend = ib_report_trend (report);
    guint64 most = 0;
    for (guint day = 0; day < report->days->len; day++) {
        if (day % step == 0)
            g_array_set_size (sums, sums->len + 1);
        guint64 *sum = &g_array_index (sums, guint64, sums->len - 1);
        *sum += ib_spam_figures_spam (&g_array_index (report->days, IbSpamFigures, day));
        most = MAX (most, *sum);
    }
    g_autoptr (GString) line = g_string_new (_ ("Day by day"));
    g_string_append (line, "  ");
    for (guint i = 0; i < sums->len; i++) {
        guint64 sum = g_array_index (sums, guint64, i);
        g_string_append (line, sum == 0 ? "·" : blocks[(sum * 7) / most]);
    }
    g_string_append_printf (line, "  %s.", trend);
    g_print ("\n");
    ib_print_sentence (IB_COLOUR_PLAIN, 0, line->str);
}

static void
print_accounts (const IbReport *report)
{
    const char *const heads[] = { _ ("Account"),       _ ("Filtered"),          _ (">Mail"), _ (">Caught"),
                                  _ (">Came through"), _ (">Good ones caught"), NULL };
    g_autoptr (IbTable) table = ib_table_new (heads);
    for (guint i = 0; i < report->accounts->len; i++) {
        const IbReportAccount *account = report->accounts->pdata[i];
        const IbSpamFigures *figures = &account->figures;
        ib_table_cell (table, IB_COLOUR_BOLD, "%s", account->name);
        ib_table_cell (table, account->is_protected ? IB_COLOUR_GOOD : IB_COLOUR_BAD, "%s",
                       account->is_protected ? _ ("yes") : _ ("no"));
        ib_table_cell (table, IB_COLOUR_PLAIN, "%" G_GUINT64_FORMAT, figures->mail);
        ib_table_cell (table, IB_COLOUR_PLAIN, "%" G_GUINT64_FORMAT, figures->caught);
        ib_table_cell (table, figures->came_through > 0 ? IB_COLOUR_WARN : IB_COLOUR_PLAIN,
                       "%" G_GUINT64_FORMAT, figures->came_through);
        ib_table_cell (table, figures->good_caught > 0 ? IB_COLOUR_BAD : IB_COLOUR_PLAIN,
                       "%" G_GUINT64_FORMAT, figures->good_caught);
    }
    ib_table_print (table);
}

static void
print_report (const IbReport *report)
{
    g_autofree char *summary = ib_report_summary (&report->total);
    g_autofree char *sentence = g_strconcat (summary, ".", NULL);
    ib_print_paragraph ("", sentence);
    if (report->accounts->len > 0) {
        g_print ("\n");
        print_accounts (report);
    }
    if (ib_spam_figures_spam (&report->total) == 0) {
        g_print ("\n");
        ib_print_paragraph (
            "",
            _ ("No spam is known of: what you move to Junk, or tell with “inbasket learn spam”, counts here."));
        return;
    }
    g_print ("\n%s\n", _ ("How it came in:"));
    for (IbReportCause cause = 0; cause < IB_COUNTED_CAUSES; cause++)
        print_cause (report, cause);
    print_trend (report);
}

/* --- the command ----------------------------------------------------------------------------------------------------- */

static IbExit
write_page (const IbCli *cli, const IbReport *report, const char *path)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *page = ib_report_page (report);
    if (!g_file_set_contents_full (path, page, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error)) {
        ib_print_refusal (_ ("Name a file in a folder that you may write to"), "%s", error->message);
        return IB_EXIT_SOME_FAILED;
    }
    g_autofree char *safe = ib_print_safe (path, 0);
    if (!cli->quiet && !cli->json)
        g_print (_ ("The report is in %s: open it in a browser.\n"), safe);
    return IB_EXIT_DONE;
}

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *since_text = NULL, *page = NULL;
    const GOptionEntry entries[] = {
        { "since", 0, 0, G_OPTION_ARG_STRING, &since_text, N_ ("From when on (7d)"), N_ ("T") },
        { "html", 0, 0, G_OPTION_ARG_FILENAME, &page, N_ ("Write a page with charts"), N_ ("FILE") },
        { NULL },
    };
    if (!ib_command_parse (
            "report",
            _ ("Why am I still receiving spam? Counts the spam that came, how much of it was caught, and by which "
               "of the ways round a server's filter it came in; and says what to do about each."),
            "  inbasket report\n  inbasket report --since 30d --html report.html", entries, &argc, &argv))
        return IB_EXIT_USAGE;
    gint64 now = g_get_real_time (), since = 0;
    g_autoptr (GError) error = NULL;
    if (argc > 1) {
        ib_print_error (_ ("“report” takes no argument: “%s”"), argv[1]);
        return IB_EXIT_USAGE;
    }
    if (!ib_since_parse (since_text != NULL ? since_text : "7d", now, &since, &error)) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_USAGE;
    }
    if (since >= now) {
        ib_print_error (_ ("--since %s is still to come: there is nothing to report"), since_text);
        return IB_EXIT_USAGE;
    }
    if (page != NULL && (*page == '\0' || g_file_test (page, G_FILE_TEST_IS_DIR))) {
        ib_print_refusal (_ ("Name a file for the page, like report.html"), _ ("--html: “%s” is no file"),
                          page);
        return IB_EXIT_USAGE;
    }
    since = MAX (since, 0);
    g_autoptr (IbConfig) config = ib_config_load (cli->paths, &error);
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    g_autoptr (IbReport) report = ib_report_make (cli->paths, config, since, now, &error);
    if (report == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_STORE;
    }
    if (page != NULL)
        return write_page (cli, report, page);
    if (cli->json)
        print_json (cli, config, report);
    else
        print_report (report);
    return IB_EXIT_DONE;
}

const IbCommand ib_command_report = { "report", N_ ("Tell why spam still comes, and what to do"), run };
