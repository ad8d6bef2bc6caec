/* why-rows.c - the parts of an explanation as rows of a list */
#include "why-rows.h"
#include "escape.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define LONGEST_TEXT 300
#define BAR_WIDTH 72

/* Titles and subtitles as plain text, in as many lines as they need. */
static GtkWidget *
row_new (const char *title, const char *subtitle)
{
    g_autofree char *safe_title = ib_escape_text (title, -1, LONGEST_TEXT);
    g_autofree char *safe_subtitle = subtitle != NULL ? ib_escape_text (subtitle, -1, LONGEST_TEXT) : NULL;
    /* That it is no markup holds for its labels only once the row is made: the texts come after that. */
    AdwActionRow *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title-lines", 0,
                                      "subtitle-lines", 0, "selectable", FALSE, NULL);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), safe_title);
    adw_action_row_set_subtitle (row, safe_subtitle != NULL ? safe_subtitle : "");
    return GTK_WIDGET (row);
}

static void
add_icon (GtkWidget *row, const char *icon, const char *style)
{
    GtkWidget *image = g_object_new (GTK_TYPE_IMAGE, "icon-name", icon, "accessible-role",
                                     GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
    if (style != NULL)
        gtk_widget_add_css_class (image, style);
    adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
}

/* --- evidence ---------------------------------------------------------------------------------------------------- */

/* Log-odds in words. */
static const char *
weight_words (double weight)
{
    double size = fabs (weight);
    if (size == 0)
        return _ ("Seen, without weight");
    if (weight > 0)
        return size < 0.5 ? _ ("Speaks a little for spam")
               : size < 2 ? _ ("Speaks clearly for spam")
                          : _ ("Speaks strongly for spam");
    return size < 0.5 ? _ ("Speaks a little against it")
           : size < 2 ? _ ("Speaks clearly against it")
                      : _ ("Speaks strongly against it");
}

GtkWidget *
ib_why_rows_evidence (const IbExplainedEvidence *evidence, double heaviest)
{
    const char *words = weight_words (evidence->weight);
    GtkWidget *row = row_new (*evidence->text != '\0' ? evidence->text : evidence->feature, words);
    if (evidence->weight == 0 || heaviest <= 0)
        return row;
    GtkWidget *bar = gtk_progress_bar_new ();
    gtk_widget_set_size_request (bar, BAR_WIDTH, -1);
    gtk_widget_set_valign (bar, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class (bar, evidence->weight > 0 ? "for-spam" : "against-spam");
    gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (bar), fabs (evidence->weight) / heaviest);
    gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
    adw_action_row_add_suffix (ADW_ACTION_ROW (row), bar);
    return row;
}

/* --- the path ----------------------------------------------------------------------------------------------------- */

static char *
date_words (const char *iso8601)
{
    g_autoptr (GDateTime) utc = g_date_time_new_from_iso8601 (iso8601, NULL);
    g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_local (utc) : NULL;
    return local != NULL ? g_date_time_format (local, "%c") : g_strdup ("");
}

static char *
named (const char *name, const char *ip)
{
    if (*name == '\0')
        return g_strdup (*ip != '\0' ? ip : _ ("a host without a name"));
    return *ip != '\0' ? g_strdup_printf ("%s [%s]", name, ip) : g_strdup (name);
}

GtkWidget *
ib_why_rows_hop (const IbExplainedHop *hop, bool is_entry)
{
    g_autofree char *from = named (hop->from, hop->ip);
    g_autofree char *by = named (hop->by, "");
    g_autofree char *title = g_strdup_printf (_ ("%s took it from %s"), by, from);
    g_autofree char *date = date_words (hop->date);
    const char *trust = is_entry          ? _ ("Handed in here: this host is judged")
                        : hop->is_trusted ? _ ("Believed")
                                          : _ ("Not believed: a stranger wrote this line");
    g_autofree char *rest
        = g_strdup_printf ("%s%s%s%s%s", trust, *date != '\0' ? " · " : "", date,
                           hop->is_encrypted ? " · " : "", hop->is_encrypted ? _ ("encrypted") : "");
    GtkWidget *row = row_new (title, rest);
    add_icon (row,
              is_entry          ? "go-jump-symbolic"
              : hop->is_trusted ? "security-high-symbolic"
                                : "dialog-question-symbolic",
              is_entry ? "warning" : NULL);
    return row;
}

GtkWidget *
ib_why_rows_cause (const char *cause)
{
    static const struct {
        const char *cause, *words;
    } causes[] = {
        { "unprotected", N_ ("It came through an account or an address that no filter protects") },
        { "no-server-filter",
          N_ ("No filter of its server has left a result on it: only the filters here looked at it") },
        { "relay", N_ ("A relay that you trust took it from a stranger") },
        { "beside-mx",
          N_ ("It came in beside the mail exchanger (MX) of its domain, and so round the filter there") },
    };
    const char *words = cause;
    for (gsize i = 0; i < G_N_ELEMENTS (causes); i++)
        if (strcmp (causes[i].cause, cause) == 0)
            words = _ (causes[i].words);
    GtkWidget *row = row_new (words, NULL);
    add_icon (row, "dialog-warning-symbolic", "warning");
    return row;
}

/* --- the rest ------------------------------------------------------------------------------------------------------ */

GtkWidget *
ib_why_rows_rule (const IbExplainedRule *rule)
{
    bool is_test = strcmp (rule->kind, "test") == 0;
    g_autofree char *title
        = *rule->value != '\0' ? g_strdup_printf ("%s: %s", rule->what, rule->value) : g_strdup (rule->what);
    g_autofree char *place = g_strdup_printf (_ ("%s, line %lu"), rule->script, (gulong) rule->line);
    g_autofree char *subtitle = !is_test       ? g_strdup (place)
                                : rule->result ? g_strdup_printf (_ ("%s: true"), place)
                                               : g_strdup_printf (_ ("%s: not so"), place);
    GtkWidget *row = row_new (title, subtitle);
    add_icon (row,
              !is_test       ? "go-next-symbolic"
              : rule->result ? "object-select-symbolic"
                             : "window-close-symbolic",
              NULL);
    return row;
}

GtkWidget *
ib_why_rows_fact (const char *title, const char *text)
{
    return *text != '\0' ? row_new (title, text) : NULL;
}
