/* arrival-view.c - what is shown of a message in a list */
#include "arrival-view.h"

#include <glib/gi18n-lib.h>

struct _IbArrivalView {
    AdwBin parent;

    GtkLabel *subject, *at, *from, *target, *verdict, *account;
    GtkButton *offer;
};

G_DEFINE_FINAL_TYPE (IbArrivalView, ib_arrival_view, ADW_TYPE_BIN)

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

void
ib_arrival_view_show (IbArrivalView *self, IbArrival *arrival)
{
    const char *styles[] = { "caption", ib_arrival_style (arrival), NULL };
    g_autofree char *at = time_words (ib_arrival_at_us (arrival));
    g_autofree char *target = g_strdup_printf ("→ %s", ib_arrival_target (arrival));
    gtk_label_set_text (self->subject, ib_arrival_subject (arrival));
    gtk_label_set_text (self->from, ib_arrival_from (arrival));
    gtk_label_set_text (self->at, at);
    gtk_label_set_text (self->target, target);
    gtk_label_set_text (self->verdict, ib_arrival_verdict (arrival));
    gtk_widget_set_visible (GTK_WIDGET (self->verdict), *ib_arrival_verdict (arrival) != '\0');
    gtk_widget_set_css_classes (GTK_WIDGET (self->verdict), styles);
    gtk_label_set_text (self->account, ib_arrival_account (arrival));
}

char *
ib_arrival_view_words (IbArrival *arrival)
{
    return g_strdup_printf (_ ("%s, from %s, to %s. %s"), ib_arrival_subject (arrival),
                            ib_arrival_from (arrival), ib_arrival_target (arrival),
                            ib_arrival_verdict (arrival));
}

void
ib_arrival_view_offer (IbArrivalView *self, const char *label, const char *action, const char *id)
{
    g_autofree char *spoken = g_strdup_printf ("%s: %s", label, gtk_label_get_text (self->subject));
    gtk_button_set_label (self->offer, label);
    gtk_actionable_set_action_target (GTK_ACTIONABLE (self->offer), "s", id);
    gtk_actionable_set_action_name (GTK_ACTIONABLE (self->offer), action);
    gtk_widget_set_visible (GTK_WIDGET (self->offer), TRUE);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->offer), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void
ib_arrival_view_class_init (IbArrivalViewClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/arrival-view.ui");
    gtk_widget_class_bind_template_child (widget, IbArrivalView, subject);
    gtk_widget_class_bind_template_child (widget, IbArrivalView, at);
    gtk_widget_class_bind_template_child (widget, IbArrivalView, from);
    gtk_widget_class_bind_template_child (widget, IbArrivalView, target);
    gtk_widget_class_bind_template_child (widget, IbArrivalView, verdict);
    gtk_widget_class_bind_template_child (widget, IbArrivalView, account);
    gtk_widget_class_bind_template_child (widget, IbArrivalView, offer);
}

static void
ib_arrival_view_init (IbArrivalView *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}
