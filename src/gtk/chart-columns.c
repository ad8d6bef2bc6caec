/* chart-columns.c - columns side by side, one for each day or some days */
#include "chart-columns.h"
#include "chart-paint.h"

#include <stdbool.h>

#define HEIGHT_PX 160
#define WIDTH_PX 120
#define LINE_PX 1
#define SPACE_PX 6
/* Of its place that a column takes, and how wide it gets at most. */
#define COLUMN_SHARE 0.8f
#define WIDEST_PX 40
#define LEAST_PX 2

struct _IbChartColumns {
    GtkWidget parent;

    GArray *columns; /* IbColumn */
    char *first, *last;
};

G_DEFINE_FINAL_TYPE (IbChartColumns, ib_chart_columns, GTK_TYPE_WIDGET)

/* --- what it shows ------------------------------------------------------------------------------------------------- */

void
ib_chart_columns_show (IbChartColumns *self, const GArray *columns, const char *first, const char *last,
                       const char *words)
{
    g_array_set_size (self->columns, 0);
    if (columns->len > 0)
        g_array_append_vals (self->columns, columns->data, columns->len);
    g_free (self->first);
    g_free (self->last);
    self->first = g_strdup (first);
    self->last = g_strdup (last);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* As a measure of height: what is too large for it is still larger than all else. */
static double
height_of (const IbColumn *column)
{
    return (double) column->caught + (double) column->through;
}

static double
highest (const IbChartColumns *self)
{
    double most = 1;
    for (guint i = 0; i < self->columns->len; i++)
        most = MAX (most, height_of (&g_array_index (self->columns, IbColumn, i)));
    return most;
}

/* --- how ------------------------------------------------------------------------------------------------------------ */

/* Where things are. */
typedef struct {
    float left, width, top, bottom; /* of the columns */
    double scale;                   /* pixels for one message */
} Frame;

static void
paint_column (IbChartColumns *self, GtkSnapshot *snapshot, const Frame *frame, guint number)
{
    GtkWidget *widget = GTK_WIDGET (self);
    const IbColumn *column = &g_array_index (self->columns, IbColumn, number);
    bool is_mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
    float place = frame->width / (float) self->columns->len;
    float width = MIN (place * COLUMN_SHARE, WIDEST_PX);
    float from_start = (float) (is_mirrored ? self->columns->len - 1 - number : number) * place;
    float x = frame->left + from_start + (place - width) / 2;
    float caught = (float) ((double) column->caught * frame->scale);
    float through = (float) ((double) column->through * frame->scale);
    if (column->through > 0)
        through = MAX (through, LEAST_PX);
    ib_chart_paint (widget, snapshot, IB_PAINT_CAUGHT,
                    &GRAPHENE_RECT_INIT (x, frame->bottom - caught, width, caught));
    ib_chart_paint (widget, snapshot, IB_PAINT_THROUGH,
                    &GRAPHENE_RECT_INIT (x, frame->bottom - caught - through, width, through));
}

static void
paint_line (IbChartColumns *self, GtkSnapshot *snapshot, const Frame *frame, float y)
{
    ib_chart_paint (GTK_WIDGET (self), snapshot, IB_PAINT_PAPER,
                    &GRAPHENE_RECT_INIT (frame->left, y, frame->width, LINE_PX));
}

static int
width_of (PangoLayout *text)
{
    int width;
    pango_layout_get_pixel_size (text, &width, NULL);
    return width;
}

static void
write_days (IbChartColumns *self, GtkSnapshot *snapshot, const Frame *frame)
{
    GtkWidget *widget = GTK_WIDGET (self);
    bool is_mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
    g_autoptr (PangoLayout) left
        = gtk_widget_create_pango_layout (widget, is_mirrored ? self->last : self->first);
    g_autoptr (PangoLayout) right
        = gtk_widget_create_pango_layout (widget, is_mirrored ? self->first : self->last);
    float y = frame->bottom + SPACE_PX;
    ib_chart_write (widget, snapshot, left, frame->left, y);
    ib_chart_write (widget, snapshot, right, frame->left + frame->width - (float) width_of (right), y);
}

static void
ib_chart_columns_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
    IbChartColumns *self = IB_CHART_COLUMNS (widget);
    double most = highest (self);
    g_autofree char *number = g_strdup_printf ("%.0f", most);
    g_autoptr (PangoLayout) top = gtk_widget_create_pango_layout (widget, number);
    g_autoptr (PangoLayout) zero = gtk_widget_create_pango_layout (widget, "0");
    int line_height, numbers = MAX (width_of (top), width_of (zero)) + SPACE_PX;
    pango_layout_get_pixel_size (zero, NULL, &line_height);
    Frame frame = {
        .left = (float) numbers,
        .width = (float) (gtk_widget_get_width (widget) - numbers),
        .top = (float) line_height / 2,
        .bottom = (float) (gtk_widget_get_height (widget) - line_height - SPACE_PX),
    };
    frame.scale = (double) (frame.bottom - frame.top) / most;
    paint_line (self, snapshot, &frame, frame.top);
    paint_line (self, snapshot, &frame, frame.bottom);
    ib_chart_write (widget, snapshot, top, 0, 0);
    ib_chart_write (widget, snapshot, zero, (float) (numbers - SPACE_PX - width_of (zero)),
                    frame.bottom - (float) line_height / 2);
    for (guint i = 0; i < self->columns->len; i++)
        paint_column (self, snapshot, &frame, i);
    write_days (self, snapshot, &frame);
}

static void
ib_chart_columns_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
    *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH_PX : HEIGHT_PX;
}

/* --- the widget ------------------------------------------------------------------------------------------------------ */

static void
ib_chart_columns_finalize (GObject *object)
{
    IbChartColumns *self = IB_CHART_COLUMNS (object);
    g_array_unref (self->columns);
    g_free (self->first);
    g_free (self->last);
    G_OBJECT_CLASS (ib_chart_columns_parent_class)->finalize (object);
}

static void
ib_chart_columns_class_init (IbChartColumnsClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->finalize = ib_chart_columns_finalize;
    widget->snapshot = ib_chart_columns_snapshot;
    widget->measure = ib_chart_columns_measure;
    gtk_widget_class_set_css_name (widget, "chart-columns");
    gtk_widget_class_set_accessible_role (widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
ib_chart_columns_init (IbChartColumns *self)
{
    self->columns = g_array_new (FALSE, FALSE, sizeof (IbColumn));
    self->first = g_strdup ("");
    self->last = g_strdup ("");
}
