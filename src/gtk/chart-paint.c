/* chart-paint.c - what the charts are painted with */
#include "chart-paint.h"

#define HATCH_PX 5.0
#define LINE_PX 1.6
/* Of what stands behind something else, or is said by the way. */
#define PAPER_ALPHA 0.12f
#define FAINT_ALPHA 0.75f

static GdkRGBA
own_colour (GtkWidget *widget, float alpha)
{
    GdkRGBA colour;
    gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
    colour.alpha *= alpha;
    return colour;
}

/* By the names that libadwaita gives them; a theme that lacks one has its text's. */
static GdkRGBA
colour_of (GtkWidget *widget, IbPaint paint)
{
    static const char *const names[]
        = { [IB_PAINT_CAUGHT] = "accent_color", [IB_PAINT_THROUGH] = "error_color" };
    GdkRGBA colour;
    if (paint == IB_PAINT_PAPER)
        return own_colour (widget, PAPER_ALPHA);
    if (gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), names[paint], &colour))
        return colour;
    return own_colour (widget, 1);
}

static void
hatch (GtkSnapshot *snapshot, const GdkRGBA *colour, const graphene_rect_t *area)
{
    double x = area->origin.x, y = area->origin.y, width = area->size.width, height = area->size.height;
    double line = MIN (LINE_PX, MIN (width, height));
    cairo_t *cairo = gtk_snapshot_append_cairo (snapshot, area);
    gdk_cairo_set_source_rgba (cairo, colour);
    cairo_set_line_width (cairo, line);
    cairo_rectangle (cairo, x + line / 2, y + line / 2, width - line, height - line);
    cairo_stroke (cairo);
    /* Counted from the window's own corner, so that areas side by side continue each other. */
    double first = HATCH_PX * (double) (gint64) ((x + y) / HATCH_PX);
    for (double sum = first; sum < x + y + width + height; sum += HATCH_PX) {
        cairo_move_to (cairo, sum - y, y);
        cairo_line_to (cairo, sum - y - height, y + height);
    }
    cairo_stroke (cairo);
    cairo_destroy (cairo);
}

void
ib_chart_paint (GtkWidget *widget, GtkSnapshot *snapshot, IbPaint paint, const graphene_rect_t *area)
{
    if (area->size.width <= 0 || area->size.height <= 0)
        return;
    const GdkRGBA colour = colour_of (widget, paint);
    if (paint == IB_PAINT_THROUGH)
        hatch (snapshot, &colour, area);
    else
        gtk_snapshot_append_color (snapshot, &colour, area);
}

void
ib_chart_write (GtkWidget *widget, GtkSnapshot *snapshot, PangoLayout *text, float x, float y)
{
    const GdkRGBA colour = own_colour (widget, FAINT_ALPHA);
    gtk_snapshot_save (snapshot);
    gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
    gtk_snapshot_append_layout (snapshot, text, &colour);
    gtk_snapshot_restore (snapshot);
}
