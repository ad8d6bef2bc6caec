/* arrival-row.c - a message in a list */
#include "arrival-row.h"

#include <glib/gi18n-lib.h>

struct _IbArrivalRow {
    AdwPreferencesRow parent;

    char *id;
    GtkLabel *subject, *at, *from, *target, *verdict, *account;
    GtkButton *offer;
};

G_DEFINE_FINAL_TYPE (IbArrivalRow, ib_arrival_row, ADW_TYPE_PREFERENCES_ROW)

/* "14:30" today, "Mon 14:30" this week, else the date. */
static char *
time_words (gint64 at_us)
{
    g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (at_us / G_USEC_PER_SEC);
    g_autoptr (GDateTime) now = g_date_time_new_now_local ();
    GTimeSpan age = g_date_time_difference (now, at);
    bool is_today
        = age < G_TIME_SPAN_DAY && g_date_time_get_day_of_month (at) == g_date_time_get_day_of_month (now);
    return g_date_time_format (at, is_today ? "%H:%M" : age < 6 * G_TIME_SPAN_DAY ? _ ("%a %H:%M") : "%x");
}

static void
ib_arrival_row_finalize (GObject *object)
{
    g_free (IB_ARRIVAL_ROW (object)->id);
    G_OBJECT_CLASS (ib_arrival_row_parent_class)->finalize (object);
}

static void
ib_arrival_row_class_init (IbArrivalRowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->finalize = ib_arrival_row_finalize;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/arrival-row.ui");
    gtk_widget_class_bind_template_child (widget, IbArrivalRow, subject);
    gtk_widget_class_bind_template_child (widget, IbArrivalRow, at);
    gtk_widget_class_bind_template_child (widget, IbArrivalRow, from);
    gtk_widget_class_bind_template_child (widget, IbArrivalRow, target);
    gtk_widget_class_bind_template_child (widget, IbArrivalRow, verdict);
    gtk_widget_class_bind_template_child (widget, IbArrivalRow, account);
    gtk_widget_class_bind_template_child (widget, IbArrivalRow, offer);
}

static void
ib_arrival_row_init (IbArrivalRow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ib_arrival_row_new (IbArrival *arrival)
{
    IbArrivalRow *self = g_object_new (IB_TYPE_ARRIVAL_ROW, "title", ib_arrival_subject (arrival), NULL);
    const char *style = ib_arrival_style (arrival);
    g_autofree char *at = time_words (ib_arrival_at_us (arrival));
    g_autofree char *target = g_strdup_printf ("→ %s", ib_arrival_target (arrival));
    g_autofree char *spoken = g_strdup_printf (_ ("%s, from %s, to %s. %s"), ib_arrival_subject (arrival),
                                               ib_arrival_from (arrival), ib_arrival_target (arrival),
                                               ib_arrival_verdict (arrival));

    self->id = g_strdup (ib_arrival_id (arrival));
    gtk_label_set_text (self->subject, ib_arrival_subject (arrival));
    gtk_label_set_text (self->from, ib_arrival_from (arrival));
    gtk_label_set_text (self->at, at);
    gtk_label_set_text (self->target, target);
    gtk_label_set_text (self->verdict, ib_arrival_verdict (arrival));
    gtk_widget_set_visible (GTK_WIDGET (self->verdict), *ib_arrival_verdict (arrival) != '\0');
    gtk_label_set_text (self->account, ib_arrival_account (arrival));
    if (style != NULL)
        gtk_widget_add_css_class (GTK_WIDGET (self->verdict), style);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
    return GTK_WIDGET (self);
}

const char *
ib_arrival_row_id (IbArrivalRow *self)
{
    return self->id;
}

void
ib_arrival_row_offer (IbArrivalRow *self, const char *label, const char *action)
{
    g_autofree char *spoken
        = g_strdup_printf ("%s: %s", label, adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self)));
    gtk_button_set_label (self->offer, label);
    gtk_actionable_set_action_target (GTK_ACTIONABLE (self->offer), "s", self->id);
    gtk_actionable_set_action_name (GTK_ACTIONABLE (self->offer), action);
    gtk_widget_set_visible (GTK_WIDGET (self->offer), TRUE);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->offer), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}
