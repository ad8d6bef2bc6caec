/* report-page.c - why am I still receiving spam? */
#include "report-page.h"
#include "chart-bar.h"
#include "chart-columns.h"
#include "escape.h"
#include "heard-report.h"
#include "report-rows.h"
#include "spam-words.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

/* So many fit beside each other on a small screen; more days are put together. */
#define MOST_COLUMNS 92
/* Rows with figures of days: more of them nobody reads. */
#define MOST_DAY_ROWS 30
#define LONGEST_TEXT 500
/* Mail comes by the hundred. */
#define SETTLING_MS 500

struct _IbReportPage {
    AdwBin parent;

    IbLink *link; /* NULL: not known yet */
    char *period; /* "7d" */
    guint asked;  /* how often: the answer to the last one counts */
    guint settling;
    GtkStack *states;
    AdwStatusPage *trouble;
    GtkLabel *summary, *trend, *dates;
    GtkWidget *no_spam, *figures_part;
    AdwPreferencesGroup *causes, *days, *accounts;
    GtkListBox *figures;
    IbChartColumns *columns;
    GPtrArray *cause_rows, *account_rows, *day_rows; /* GtkWidget, that are in the groups */
};

G_DEFINE_FINAL_TYPE (IbReportPage, ib_report_page, ADW_TYPE_BIN)

enum { PROPERTY_PERIOD = 1, N_PROPERTIES };
static GParamSpec *properties[N_PROPERTIES];

/* --- what it shows -------------------------------------------------------------------------------------------------- */

static void
show_head (IbReportPage *self, const IbHeardReport *report)
{
    const IbHeardFigures *total = &report->total, *before = &report->before;
    g_autofree char *summary
        = ib_spam_words_summary (total->mail, total->caught, total->came_through, total->good_caught);
    g_autofree char *trend
        = ib_spam_words_trend (ib_heard_figures_spam (total), before->mail, ib_heard_figures_spam (before));
    g_autoptr (GDateTime) since = g_date_time_new_from_unix_local (report->since_s);
    g_autoptr (GDateTime) until = g_date_time_new_from_unix_local (report->until_s);
    g_autofree char *from = g_date_time_format (since, "%x"), *to = g_date_time_format (until, "%x");
    g_autofree char *dates = g_strdup_printf (_ ("From %s to %s"), from, to);
    gtk_label_set_text (self->summary, summary);
    gtk_label_set_text (self->trend, trend);
    gtk_label_set_text (self->dates, dates);
}

static void
show_causes (IbReportPage *self, const IbHeardReport *report)
{
    for (guint i = 0; i < self->cause_rows->len; i++)
        adw_preferences_group_remove (self->causes, self->cause_rows->pdata[i]);
    g_ptr_array_set_size (self->cause_rows, 0);
    for (guint i = 0; i < report->causes->len; i++) {
        const IbHeardCause *cause = report->causes->pdata[i];
        if (cause->spam == 0)
            continue;
        GtkWidget *row = ib_report_rows_cause (cause, ib_heard_figures_spam (&report->total));
        adw_preferences_group_add (self->causes, row);
        g_ptr_array_add (self->cause_rows, row);
    }
}

static void
show_accounts (IbReportPage *self, const IbHeardReport *report)
{
    for (guint i = 0; i < self->account_rows->len; i++)
        adw_preferences_group_remove (self->accounts, self->account_rows->pdata[i]);
    g_ptr_array_set_size (self->account_rows, 0);
    for (guint i = 0; i < report->accounts->len; i++) {
        GtkWidget *row = ib_report_rows_account (report->accounts->pdata[i]);
        adw_preferences_group_add (self->accounts, row);
        g_ptr_array_add (self->account_rows, row);
    }
    gtk_widget_set_visible (GTK_WIDGET (self->accounts), report->accounts->len > 0);
}

static guint
days_together (const IbHeardReport *report, guint most)
{
    return MAX ((report->days->len + most - 1) / most, 1);
}

/* When @count days from @day on are over: the last of them is still under way, and is called today. */
static gint64
end_of (const IbHeardReport *report, guint day, guint count)
{
    return MIN (report->since_s + ((gint64) day + count) * 24 * 60 * 60, report->until_s);
}

/* "Spam by day: 30 caught, 4 came through; most on 3 Mar: 12" */
static char *
chart_words (const IbHeardReport *report)
{
    guint worst = 0;
    guint64 most = 0;
    for (guint day = 0; day < report->days->len; day++) {
        guint64 spam = ib_heard_figures_spam (report->days->pdata[day]);
        if (spam > most) {
            most = spam;
            worst = day;
        }
    }
    g_autofree char *date = ib_report_rows_date (end_of (report, worst, 1));
    return g_strdup_printf (
        _ ("Spam by day: %'" PRIu64 " caught, %'" PRIu64 " came through; most on %s: %'" PRIu64),
        report->total.caught, report->total.came_through, date, most);
}

static void
show_chart (IbReportPage *self, const IbHeardReport *report)
{
    g_autoptr (GArray) columns = g_array_new (FALSE, FALSE, sizeof (IbColumn));
    guint step = days_together (report, MOST_COLUMNS);
    for (guint day = 0; day < report->days->len; day += step) {
        const IbHeardFigures sum = ib_heard_report_sum (report, day, step);
        const IbColumn column = { sum.caught, sum.came_through };
        g_array_append_val (columns, column);
    }
    g_autofree char *first = ib_report_rows_date (end_of (report, 0, step));
    g_autofree char *last = ib_report_rows_date (report->until_s);
    g_autofree char *words = chart_words (report);
    ib_chart_columns_show (self->columns, columns, first, last, words);
}

/* The same in words: only days on which mail came. */
static void
show_days (IbReportPage *self, const IbHeardReport *report)
{
    for (guint i = 0; i < self->day_rows->len; i++)
        gtk_list_box_remove (self->figures, self->day_rows->pdata[i]);
    g_ptr_array_set_size (self->day_rows, 0);
    guint step = days_together (report, MOST_DAY_ROWS);
    for (guint day = 0; day < report->days->len; day += step) {
        const IbHeardFigures sum = ib_heard_report_sum (report, day, step);
        if (sum.mail == 0)
            continue;
        GtkWidget *row = ib_report_rows_day (end_of (report, day, step), &sum);
        gtk_list_box_append (self->figures, row);
        g_ptr_array_add (self->day_rows, row);
    }
}

static void
show (IbReportPage *self, const IbHeardReport *report)
{
    bool has_spam = ib_heard_figures_spam (&report->total) > 0;
    if (report->total.mail == 0) {
        gtk_stack_set_visible_child_name (self->states, "none");
        return;
    }
    show_head (self, report);
    show_causes (self, report);
    show_chart (self, report);
    show_days (self, report);
    show_accounts (self, report);
    gtk_widget_set_visible (self->no_spam, !has_spam);
    gtk_widget_set_visible (GTK_WIDGET (self->causes), has_spam);
    gtk_widget_set_visible (GTK_WIDGET (self->days), has_spam);
    gtk_widget_set_visible (self->figures_part, has_spam);
    gtk_stack_set_visible_child_name (self->states, "some");
}

static void
show_trouble (IbReportPage *self, const GError *error)
{
    g_autofree char *safe = ib_escape_text (error->message, -1, LONGEST_TEXT);
    g_autofree char *markup = g_markup_escape_text (safe, -1);
    adw_status_page_set_description (self->trouble, markup);
    gtk_stack_set_visible_child_name (self->states, "trouble");
}

/* --- asking ---------------------------------------------------------------------------------------------------------- */

typedef struct {
    IbReportPage *page;
    guint number;
} Asked;

static void
on_report (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Asked *asked = user_data;
    g_autoptr (IbReportPage) self = asked->page;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    const char *document = NULL;
    if (asked->number != self->asked)
        return; /* another is asked for meanwhile */
    if (answer != NULL)
        g_variant_get (answer, "(&s)", &document);
    g_autoptr (IbHeardReport) report = document != NULL ? ib_heard_report_read (document, &error) : NULL;
    if (report != NULL)
        show (self, report);
    else
        show_trouble (self, error);
}

/* What was seen before stays until the answer is here. */
static void
ask (IbReportPage *self)
{
    if (self->link == NULL || ib_link_state (self->link) != IB_LINK_HERE
        || !gtk_widget_get_mapped (GTK_WIDGET (self)))
        return;
    Asked *asked = g_new (Asked, 1);
    *asked = (Asked){ g_object_ref (self), ++self->asked };
    ib_link_ask (self->link, "Report", g_variant_new ("(s)", self->period), "(s)", on_report, asked);
}

static gboolean
on_settled (gpointer user_data)
{
    IbReportPage *self = user_data;
    self->settling = 0;
    ask (self);
    return G_SOURCE_REMOVE;
}

static void
on_delivered (IbReportPage *self)
{
    if (self->settling == 0)
        self->settling = g_timeout_add (SETTLING_MS, on_settled, self);
}

static void
ib_report_page_map (GtkWidget *widget)
{
    GTK_WIDGET_CLASS (ib_report_page_parent_class)->map (widget);
    ask (IB_REPORT_PAGE (widget));
}

void
ib_report_page_follow (IbReportPage *self, IbLink *link)
{
    g_set_object (&self->link, link);
    g_signal_connect_object (link, "delivered", G_CALLBACK (on_delivered), self, G_CONNECT_SWAPPED);
    ask (self);
}

/* --- the widget ------------------------------------------------------------------------------------------------------ */

static void
ib_report_page_get_property (GObject *object, guint number, GValue *value, GParamSpec *property)
{
    g_value_set_string (value, IB_REPORT_PAGE (object)->period);
}

static void
ib_report_page_set_property (GObject *object, guint number, const GValue *value, GParamSpec *property)
{
    IbReportPage *self = IB_REPORT_PAGE (object);
    const char *period = g_value_get_string (value);
    if (g_strcmp0 (period, self->period) == 0)
        return;
    g_free (self->period);
    self->period = g_strdup (period);
    g_object_notify_by_pspec (object, properties[PROPERTY_PERIOD]);
    ask (self);
}

static void
ib_report_page_dispose (GObject *object)
{
    IbReportPage *self = IB_REPORT_PAGE (object);
    g_clear_handle_id (&self->settling, g_source_remove);
    g_clear_object (&self->link);
    G_OBJECT_CLASS (ib_report_page_parent_class)->dispose (object);
}

static void
ib_report_page_finalize (GObject *object)
{
    IbReportPage *self = IB_REPORT_PAGE (object);
    g_ptr_array_unref (self->cause_rows);
    g_ptr_array_unref (self->account_rows);
    g_ptr_array_unref (self->day_rows);
    g_free (self->period);
    G_OBJECT_CLASS (ib_report_page_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget)
{
    gtk_widget_class_bind_template_child (widget, IbReportPage, states);
    gtk_widget_class_bind_template_child (widget, IbReportPage, trouble);
    gtk_widget_class_bind_template_child (widget, IbReportPage, summary);
    gtk_widget_class_bind_template_child (widget, IbReportPage, trend);
    gtk_widget_class_bind_template_child (widget, IbReportPage, dates);
    gtk_widget_class_bind_template_child (widget, IbReportPage, no_spam);
    gtk_widget_class_bind_template_child (widget, IbReportPage, causes);
    gtk_widget_class_bind_template_child (widget, IbReportPage, days);
    gtk_widget_class_bind_template_child (widget, IbReportPage, accounts);
    gtk_widget_class_bind_template_child (widget, IbReportPage, figures);
    gtk_widget_class_bind_template_child (widget, IbReportPage, figures_part);
    gtk_widget_class_bind_template_child (widget, IbReportPage, columns);
}

static void
ib_report_page_class_init (IbReportPageClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS (class);
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    object->get_property = ib_report_page_get_property;
    object->set_property = ib_report_page_set_property;
    object->dispose = ib_report_page_dispose;
    object->finalize = ib_report_page_finalize;
    widget->map = ib_report_page_map;
    properties[PROPERTY_PERIOD] = g_param_spec_string (
        "period", NULL, NULL, "7d",
        G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties (object, N_PROPERTIES, properties);
    g_type_ensure (IB_TYPE_CHART_BAR);
    g_type_ensure (IB_TYPE_CHART_COLUMNS);
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/report-page.ui");
    bind_children (widget);
    gtk_widget_class_install_property_action (widget, "report.period", "period");
}

static void
ib_report_page_init (IbReportPage *self)
{
    self->cause_rows = g_ptr_array_new ();
    self->account_rows = g_ptr_array_new ();
    self->day_rows = g_ptr_array_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
}
