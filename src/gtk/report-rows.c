/* report-rows.c - the parts of a report as rows of a list */
#include "report-rows.h"
#include "chart-bar.h"
#include "escape.h"
#include "spam-words.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdbool.h>

#define LONGEST_NAME 200
#define LONGEST_TEXT 1000
/* Of each cause; the rest is counted. */
#define MOST_WAYS 8

/* --- labels and boxes ----------------------------------------------------------------------------------------------- */

static GtkWidget *
add_label (GtkWidget *box, const char *text, const char *style)
{
    GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0, "wrap", TRUE, "wrap-mode",
                                     PANGO_WRAP_WORD_CHAR, "selectable", FALSE, NULL);
    if (style != NULL)
        gtk_widget_add_css_class (label, style);
    gtk_box_append (GTK_BOX (box), label);
    return label;
}

/* A row of more than a title, which has its name for screen readers. */
static GtkWidget *
row_new (const char *name, GtkWidget **out_box)
{
    GtkWidget *row = g_object_new (ADW_TYPE_PREFERENCES_ROW, "activatable", FALSE, "use-markup", FALSE, NULL);
    *out_box
        = g_object_new (GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 6, "margin-top", 12,
                        "margin-bottom", 12, "margin-start", 12, "margin-end", 12, NULL);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
    gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), *out_box);
    return row;
}

/* --- a cause -------------------------------------------------------------------------------------------------------- */

static char *
way_words (const IbHeardWay *way)
{
    g_autofree char *name = ib_escape_text (way->name, -1, LONGEST_NAME);
    return g_strdup_printf (ngettext ("%s: %'" PRIu64 " spam of %'" PRIu64 " message",
                                      "%s: %'" PRIu64 " spam of %'" PRIu64 " messages", way->mail),
                            name, way->spam, way->mail);
}

static void
on_copy (GtkWidget *button, gpointer user_data)
{
    const char *command = user_data;
    gdk_clipboard_set_text (gtk_widget_get_clipboard (button), command);
}

/* A command for a terminal, with a button that copies it. */
static void
add_command (GtkWidget *box, const char *command)
{
    g_autofree char *safe = ib_escape_text (command, -1, LONGEST_TEXT);
    g_autofree char *name = g_strdup_printf (_ ("Copy: %s"), safe);
    GtkWidget *line = g_object_new (GTK_TYPE_BOX, "spacing", 6, NULL);
    GtkWidget *label = add_label (line, safe, "monospace");
    gtk_widget_set_hexpand (label, TRUE);
    GtkWidget *button = gtk_button_new_from_icon_name ("edit-copy-symbolic");
    gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
    gtk_widget_set_tooltip_text (button, _ ("Copy Command"));
    gtk_widget_add_css_class (button, "flat");
    gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
    g_signal_connect_data (button, "clicked", G_CALLBACK (on_copy), g_strdup (command),
                           (GClosureNotify) (void (*) (void)) g_free, 0);
    gtk_box_append (GTK_BOX (line), button);
    gtk_box_append (GTK_BOX (box), line);
}

static void
add_ways (GtkWidget *box, const GPtrArray *ways)
{
    for (guint i = 0; i < MIN (ways->len, MOST_WAYS); i++) {
        const IbHeardWay *way = ways->pdata[i];
        g_autofree char *words = way_words (way);
        add_label (box, words, NULL);
        if (*way->command != '\0')
            add_command (box, way->command);
    }
    if (ways->len <= MOST_WAYS)
        return;
    guint rest = ways->len - MOST_WAYS;
    g_autofree char *words = g_strdup_printf (ngettext ("and %'u more", "and %'u more", rest), rest);
    add_label (box, words, "dim-label");
}

/* "Through a relay": words that begin a line here. */
static char *
title_of (const IbHeardCause *cause)
{
    g_autofree char *words = ib_escape_text (ib_spam_words_title (cause->cause), -1, LONGEST_NAME);
    if (*words == '\0')
        return g_strdup ("");
    g_autofree char *first = g_utf8_substring (words, 0, 1);
    g_autofree char *capital = g_utf8_strup (first, -1);
    return g_strconcat (capital, g_utf8_next_char (words), NULL);
}

GtkWidget *
ib_report_rows_cause (const IbHeardCause *cause, guint64 all)
{
    double share = all > 0 ? MIN ((double) cause->spam / (double) all, 1) : 0;
    g_autofree char *title = title_of (cause);
    g_autofree char *number = g_strdup_printf (_ ("%'" PRIu64 " (%.0f %%)"), cause->spam, 100 * share);
    g_autofree char *name = g_strdup_printf ("%s: %s", title, number);
    GtkWidget *box, *row = row_new (name, &box), *head = g_object_new (GTK_TYPE_BOX, "spacing", 12, NULL);
    gtk_widget_set_hexpand (add_label (head, title, "heading"), TRUE);
    GtkWidget *count = add_label (head, number, "numeric");
    gtk_widget_set_valign (count, GTK_ALIGN_START);
    gtk_label_set_wrap (GTK_LABEL (count), FALSE);
    gtk_box_append (GTK_BOX (box), head);

    GtkWidget *bar = g_object_new (IB_TYPE_CHART_BAR, NULL);
    ib_chart_bar_show (IB_CHART_BAR (bar), share, name);
    gtk_box_append (GTK_BOX (box), bar);

    add_label (box, ib_spam_words_meaning (cause->cause), "dim-label");
    add_ways (box, cause->ways);
    if (*cause->remedy != '\0') {
        g_autofree char *remedy = ib_escape_text (cause->remedy, -1, LONGEST_TEXT);
        gtk_label_set_selectable (GTK_LABEL (add_label (box, remedy, "remedy")), TRUE);
    }
    return row;
}

/* --- an account, a day ------------------------------------------------------------------------------------------------ */

static GtkWidget *
fact_new (const char *title, const char *subtitle, const char *icon, const char *style)
{
    /* That it is no markup holds for its labels only once the row is made: the texts come after that. */
    AdwActionRow *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title-lines", 0,
                                      "subtitle-lines", 0, "selectable", FALSE, NULL);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
    adw_action_row_set_subtitle (row, subtitle);
    if (icon == NULL)
        return GTK_WIDGET (row);
    GtkWidget *image = g_object_new (GTK_TYPE_IMAGE, "icon-name", icon, "accessible-role",
                                     GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
    gtk_widget_add_css_class (image, style);
    adw_action_row_add_prefix (row, image);
    return GTK_WIDGET (row);
}

static char *
figures_words (const IbHeardFigures *figures)
{
    return ib_spam_words_summary (figures->mail, figures->caught, figures->came_through,
                                  figures->good_caught);
}

GtkWidget *
ib_report_rows_account (const IbHeardStanding *account)
{
    g_autofree char *name = ib_escape_text (account->name, -1, LONGEST_NAME);
    g_autofree char *figures = figures_words (&account->figures);
    g_autofree char *words = g_strdup_printf (
        "%s · %s", account->is_protected ? _ ("Protected by the filters here") : _ ("Not protected"),
        figures);
    return fact_new (name, words,
                     account->is_protected ? "security-high-symbolic" : "dialog-warning-symbolic",
                     account->is_protected ? "success" : "warning");
}

char *
ib_report_rows_date (gint64 at_s)
{
    g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (at_s);
    return at != NULL ? g_date_time_format (at, _ ("%-d %b")) : g_strdup ("");
}

GtkWidget *
ib_report_rows_day (gint64 at_s, const IbHeardFigures *figures)
{
    g_autofree char *day = ib_report_rows_date (at_s), *words = figures_words (figures);
    return fact_new (day, words, NULL, NULL);
}
