/* report-page.c - the report as one page with charts
 *
 * Everything that mail had a hand in is escaped, and the page's policy lets nothing be loaded or run. */
#include "report-page.h"
#include "escape.h"
#include "report-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Of a chart, in its own units. */
#define CHART_WIDTH 720
#define CHART_HEIGHT 160
#define MOST_COLUMNS 120

static const char style[]
    = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1c1c1e;"
      "background:#fff}"
      "h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}table{border-collapse:collapse;width:100%}"
      "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}td.n,th.n{text-align:right}"
      ".cause{margin:1.2rem 0}.bar{height:.8rem;background:#c64600;border-radius:.2rem}"
      ".remedy{margin:.2rem 0 0}.faint{color:#5e5c64}.caught{fill:#3584e4}.through{fill:#c64600}"
      "svg{width:100%;height:auto}"
      "@media(prefers-color-scheme:dark){body{color:#eee;background:#1e1e1e}th,td{border-color:#444}"
      ".faint{color:#aaa}}";

static void
append_text (GString *page, const char *text)
{
    g_autofree char *safe = ib_escape_text (text, -1, 0);
    g_autofree char *escaped = g_markup_escape_text (safe, -1);
    g_string_append (page, escaped);
}

/* <tag>text</tag> */
static void
append_element (GString *page, const char *tag, const char *text)
{
    gsize name = strcspn (tag, " ");
    g_string_append_printf (page, "<%s>", tag);
    append_text (page, text);
    g_string_append_printf (page, "</%.*s>\n", (int) name, tag);
}

static void
append_number (GString *page, guint64 number)
{
    g_string_append_printf (page, "<td class=\"n\">%" G_GUINT64_FORMAT "</td>", number);
}

static void
append_accounts (GString *page, const IbReport *report)
{
    const char *const heads[] = { _ ("Mail"), _ ("Caught"), _ ("Came through"), _ ("Good ones caught") };
    append_element (page, "h2", _ ("By account"));
    g_string_append (page, "<table><tr>");
    append_element (page, "th", _ ("Account"));
    append_element (page, "th", _ ("Filtered"));
    for (gsize i = 0; i < G_N_ELEMENTS (heads); i++)
        append_element (page, "th class=\"n\"", heads[i]);
    g_string_append (page, "</tr>\n");
    for (guint i = 0; i < report->accounts->len; i++) {
        const IbReportAccount *account = report->accounts->pdata[i];
        g_string_append (page, "<tr>");
        append_element (page, "td", account->name);
        append_element (page, "td", account->is_protected ? _ ("yes") : _ ("no"));
        append_number (page, account->figures.mail);
        append_number (page, account->figures.caught);
        append_number (page, account->figures.came_through);
        append_number (page, account->figures.good_caught);
        g_string_append (page, "</tr>\n");
    }
    g_string_append (page, "</table>\n");
}

static void
append_cause (GString *page, const IbReport *report, IbReportCause cause)
{
    guint64 spam = report->total.causes[cause], all = ib_spam_figures_spam (&report->total);
    if (spam == 0)
        return;
    g_autofree char *remedy = ib_report_remedy (cause, report->ways[cause]);
    g_autofree char *title = g_strdup_printf ("%s: %" G_GUINT64_FORMAT, ib_report_cause_title (cause), spam);
    g_string_append (page, "<div class=\"cause\">");
    append_element (page, "strong", title);
    g_string_append_printf (page, "<div class=\"bar\" style=\"width:%" G_GUINT64_FORMAT "%%\"></div>\n",
                            MAX (spam * 100 / all, 1));
    append_element (page, "p class=\"faint\"", ib_report_cause_meaning (cause));
    append_element (page, "p class=\"remedy\"", remedy);
    g_string_append (page, "</div>\n");
}

/* Of @step days from @first on. */
static IbSpamFigures
sum_of (const IbReport *report, guint first, guint step)
{
    IbSpamFigures sum = { 0 };
    for (guint day = first; day < MIN (first + step, report->days->len); day++) {
        const IbSpamFigures *figures = &g_array_index (report->days, IbSpamFigures, day);
        sum.caught += figures->caught;
        sum.came_through += figures->came_through;
    }
    return sum;
}

static void
append_column (GString *page, const char *class, double x, double width, double bottom, double height)
{
    char texts[4][G_ASCII_DTOSTR_BUF_SIZE];
    const double numbers[] = { x, bottom - height, width, height };
    for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
        g_ascii_formatd (texts[i], sizeof texts[i], "%.2f", numbers[i]);
    g_string_append_printf (page, "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>\n",
                            class, texts[0], texts[1], texts[2], texts[3]);
}

static void
append_chart (GString *page, const IbReport *report)
{
    guint step = ib_report_days_a_column (report, MOST_COLUMNS);
    guint columns = (report->days->len + step - 1) / step;
    guint64 most = 1;
    for (guint i = 0; i < columns; i++) {
        const IbSpamFigures sum = sum_of (report, i * step, step);
        most = MAX (most, ib_spam_figures_spam (&sum));
    }
    g_autofree char *trend = ib_report_trend (report);
    double width = (double) CHART_WIDTH / MAX (columns, 1), scale = (double) CHART_HEIGHT / (double) most;

    append_element (page, "h2", _ ("Day by day"));
    g_string_append_printf (page, "<svg viewBox=\"0 0 %d %d\" role=\"img\">", CHART_WIDTH, CHART_HEIGHT);
    append_element (page, "title", trend);
    for (guint i = 0; i < columns; i++) {
        const IbSpamFigures sum = sum_of (report, i * step, step);
        double caught = (double) sum.caught * scale, through = (double) sum.came_through * scale;
        append_column (page, "caught", i * width, width * 0.8, CHART_HEIGHT, caught);
        append_column (page, "through", i * width, width * 0.8, CHART_HEIGHT - caught, through);
    }
    g_string_append (page, "</svg>\n");
    g_autofree char *legend = g_strdup_printf (_ ("Blue: caught; orange: came through. %s."), trend);
    append_element (page, "p class=\"faint\"", legend);
}

static char *
period (const IbReport *report)
{
    g_autoptr (GDateTime) since = g_date_time_new_from_unix_local (report->since / G_USEC_PER_SEC);
    g_autoptr (GDateTime) until = g_date_time_new_from_unix_local (report->until / G_USEC_PER_SEC);
    g_autofree char *from = g_date_time_format (since, "%F"), *to = g_date_time_format (until, "%F");
    return g_strdup_printf (_ ("From %s to %s"), from, to);
}

char *
ib_report_page (const IbReport *report)
{
    GString *page = g_string_new (NULL);
    g_autofree char *summary = ib_report_summary (&report->total), *when = period (report);
    g_string_append_printf (
        page,
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<style>%s</style>\n",
        style);
    append_element (page, "title", _ ("Why am I still receiving spam?"));
    g_string_append (page, "</head><body>\n");
    append_element (page, "h1", _ ("Why am I still receiving spam?"));
    append_element (page, "p class=\"faint\"", when);
    append_element (page, "p", summary);
    if (ib_spam_figures_spam (&report->total) > 0) {
        append_element (page, "h2", _ ("How it came in"));
        for (IbReportCause cause = 0; cause < IB_COUNTED_CAUSES; cause++)
            append_cause (page, report, cause);
        append_chart (page, report);
    }
    append_accounts (page, report);
    g_string_append (page, "</body></html>\n");
    return g_string_free (page, FALSE);
}
