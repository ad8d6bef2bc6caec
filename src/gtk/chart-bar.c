/* chart-bar.c - a horizontal bar: so much of all */
#include "chart-bar.h"

#include <stdbool.h>

#define HEIGHT_PX 12
#define WIDTH_PX 24
/* What is there at all, is seen. */
#define LEAST_PX 2

struct _IbChartBar {
    GtkWidget parent;

    double share;
    bool is_hatched;
};

G_DEFINE_FINAL_TYPE (IbChartBar, ib_chart_bar, GTK_TYPE_WIDGET)

enum { PROPERTY_SHARE = 1, PROPERTY_HATCHED, N_PROPERTIES };
static GParamSpec *properties[N_PROPERTIES];

void
ib_chart_bar_show (IbChartBar *self, double share, const char *words)
{
    self->share = CLAMP (share, 0, 1);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
ib_chart_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
    IbChartBar *self = IB_CHART_BAR (widget);
    float width = (float) gtk_widget_get_width (widget), height = (float) gtk_widget_get_height (widget);
    float length = self->share > 0 ? MAX ((float) self->share * width, LEAST_PX) : 0;
    float start = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL ? width - length : 0;
    GskRoundedRect outline;
    gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (0, 0, width, height), height / 4);
    gtk_snapshot_push_rounded_clip (snapshot, &outline);
    ib_chart_paint (widget, snapshot, IB_PAINT_PAPER, &outline.bounds);
    ib_chart_paint (widget, snapshot, self->is_hatched ? IB_PAINT_THROUGH : IB_PAINT_CAUGHT,
                    &GRAPHENE_RECT_INIT (start, 0, length, height));
    gtk_snapshot_pop (snapshot);
}

static void
ib_chart_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
    *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH_PX : HEIGHT_PX;
}

static void
ib_chart_bar_set_property (GObject *object, guint number, const GValue *value, GParamSpec *property)
{
    IbChartBar *self = IB_CHART_BAR (object);
    if (number == PROPERTY_SHARE)
        self->share = g_value_get_double (value);
    else
        self->is_hatched = g_value_get_boolean (value);
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
ib_chart_bar_class_init (IbChartBarClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->set_property = ib_chart_bar_set_property;
    widget->snapshot = ib_chart_bar_snapshot;
    widget->measure = ib_chart_bar_measure;
    properties[PROPERTY_SHARE] = g_param_spec_double (
        "share", NULL, NULL, 0, 1, 1, G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
    properties[PROPERTY_HATCHED] = g_param_spec_boolean (
        "hatched", NULL, NULL, FALSE, G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties (G_OBJECT_CLASS (class), N_PROPERTIES, properties);
    gtk_widget_class_set_css_name (widget, "chart-bar");
    gtk_widget_class_set_accessible_role (widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
ib_chart_bar_init (IbChartBar *self)
{
}
