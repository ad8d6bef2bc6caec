/* line-numbers.c - the numbers of the lines beside a text */
#include "line-numbers.h"

#define MARGIN 6
/* Room for so many digits, so that the text does not jump when a line more is typed. */
#define FEWEST_DIGITS 3

#define IB_TYPE_LINE_NUMBERS (ib_line_numbers_get_type ())
G_DECLARE_FINAL_TYPE (IbLineNumbers, ib_line_numbers, IB, LINE_NUMBERS, GtkWidget)

struct _IbLineNumbers {
    GtkWidget parent;
    GtkTextView *view; /* whose child it is */
};

G_DEFINE_FINAL_TYPE (IbLineNumbers, ib_line_numbers, GTK_TYPE_WIDGET)

static PangoLayout *
layout_of (IbLineNumbers *self, int number)
{
    g_autofree char *text = g_strdup_printf ("%d", number);
    return gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
}

static void
ib_line_numbers_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
    IbLineNumbers *self = IB_LINE_NUMBERS (widget);
    int lines = gtk_text_buffer_get_line_count (gtk_text_view_get_buffer (self->view)), widest = 9, width = 0;
    for (int digits = 1; digits < FEWEST_DIGITS || lines > widest; digits++)
        widest = widest * 10 + 9;
    g_autoptr (PangoLayout) layout = layout_of (self, widest);
    pango_layout_get_pixel_size (layout, &width, NULL);
    *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? width + 2 * MARGIN : 0;
}

/* A line that is broken over several has its number at the first of them. */
static void
draw (IbLineNumbers *self, GtkSnapshot *snapshot, const GtkTextIter *line, const GdkRGBA *colour)
{
    int top, height, y, width;
    gtk_text_view_get_line_yrange (self->view, line, &top, &height);
    gtk_text_view_buffer_to_window_coords (self->view, GTK_TEXT_WINDOW_LEFT, 0, top, NULL, &y);
    g_autoptr (PangoLayout) layout = layout_of (self, gtk_text_iter_get_line (line) + 1);
    pango_layout_get_pixel_size (layout, &width, NULL);
    const graphene_point_t place = GRAPHENE_POINT_INIT (
        (float) (gtk_widget_get_width (GTK_WIDGET (self)) - width - MARGIN), (float) y);
    gtk_snapshot_save (snapshot);
    gtk_snapshot_translate (snapshot, &place);
    gtk_snapshot_append_layout (snapshot, layout, colour);
    gtk_snapshot_restore (snapshot);
}

static void
ib_line_numbers_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
    IbLineNumbers *self = IB_LINE_NUMBERS (widget);
    GdkRectangle seen;
    GdkRGBA colour;
    GtkTextIter line;
    GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
    int lines = gtk_text_buffer_get_line_count (buffer);
    gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
    gtk_text_view_get_visible_rect (self->view, &seen);
    gtk_text_view_get_line_at_y (self->view, &line, seen.y, NULL);
    for (int number = gtk_text_iter_get_line (&line); number < lines; number++) {
        int top, height;
        gtk_text_buffer_get_iter_at_line (buffer, &line, number);
        gtk_text_view_get_line_yrange (self->view, &line, &top, &height);
        if (top > seen.y + seen.height)
            break;
        draw (self, snapshot, &line, &colour);
    }
}

static void
ib_line_numbers_class_init (IbLineNumbersClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    widget->measure = ib_line_numbers_measure;
    widget->snapshot = ib_line_numbers_snapshot;
    gtk_widget_class_set_accessible_role (widget, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
ib_line_numbers_init (IbLineNumbers *self)
{
    gtk_widget_add_css_class (GTK_WIDGET (self), "dim-label");
    gtk_widget_add_css_class (GTK_WIDGET (self), "monospace");
}

void
ib_line_numbers_add (GtkTextView *view)
{
    IbLineNumbers *self = g_object_new (IB_TYPE_LINE_NUMBERS, NULL);
    GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
    GtkAdjustment *scrolled = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (view));
    self->view = view;
    gtk_text_view_set_gutter (view, GTK_TEXT_WINDOW_LEFT, GTK_WIDGET (self));
    g_signal_connect_object (buffer, "changed", G_CALLBACK (gtk_widget_queue_resize), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (scrolled, "value-changed", G_CALLBACK (gtk_widget_queue_draw), self,
                             G_CONNECT_SWAPPED);
}
