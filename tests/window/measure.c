/* measure.c - loaded into the window's program by its tests: tells on SIGUSR1 what of its texts and controls is cut off
 *
 * A screen reader is told a text whole, whatever is seen of it. So the widgets themselves are asked: a line for each that is,
 *
 *     ellipsized  "Connection That Costs…"
 *     cut         wider than its place, which is clipped
 *     clipped     by something around it that does not scroll
 *     outside     beyond the window's edge
 *
 * and its text, into the file $INBASKET_MEASURED. Of the newest window on the screen, in the pages that are seen. */
#include <glib-unix.h>
#include <gtk/gtk.h>

typedef struct {
    GtkWidget *window;
    GString *found;
} Look;

static void
note (Look *look, const char *kind, const char *text)
{
    g_autofree char *line = g_strescape (text, NULL);
    g_string_append_printf (look->found, "%s\t%s\n", kind, line);
}

/* Wrapped text has words that cannot be, and lines that are not to be. */
static void
measure_label (Look *look, GtkLabel *label)
{
    PangoLayout *layout = gtk_label_get_layout (label);
    int width, height;
    pango_layout_get_pixel_size (layout, &width, &height);
    if (pango_layout_is_ellipsized (layout))
        note (look, "ellipsized", gtk_label_get_text (label));
    else if (width > gtk_widget_get_width (GTK_WIDGET (label))
             || height > gtk_widget_get_height (GTK_WIDGET (label)))
        note (look, "cut", gtk_label_get_text (label));
}

/* By the nearest part around @label, up to what scrolls, that has not enough room for it. */
static void
measure_clip (Look *look, GtkWidget *label)
{
    graphene_rect_t place;
    for (GtkWidget *part = gtk_widget_get_parent (label); part != NULL && part != look->window;
         part = gtk_widget_get_parent (part)) {
        if (GTK_IS_VIEWPORT (part) || GTK_IS_SCROLLED_WINDOW (gtk_widget_get_parent (part)))
            return;
        if (gtk_widget_get_overflow (part) != GTK_OVERFLOW_HIDDEN
            || !gtk_widget_compute_bounds (label, part, &place))
            continue;
        if (place.origin.y >= -1
            && place.origin.y + place.size.height <= (float) gtk_widget_get_height (part) + 1)
            continue;
        note (look, "clipped", gtk_label_get_text (GTK_LABEL (label)));
        return;
    }
}

static bool
is_control (GtkWidget *widget)
{
    return GTK_IS_LABEL (widget) || GTK_IS_BUTTON (widget) || GTK_IS_EDITABLE (widget)
           || GTK_IS_SWITCH (widget) || GTK_IS_LIST_BOX_ROW (widget) || GTK_IS_DROP_DOWN (widget);
}

static void
measure_place (Look *look, GtkWidget *widget)
{
    graphene_rect_t place;
    if (!gtk_widget_compute_bounds (widget, look->window, &place)
        || (place.origin.x >= -0.5
            && place.origin.x + place.size.width <= (float) gtk_widget_get_width (look->window) + 0.5f))
        return;
    const char *text
        = GTK_IS_LABEL (widget) ? gtk_label_get_text (GTK_LABEL (widget)) : G_OBJECT_TYPE_NAME (widget);
    note (look, "outside", text);
}

static void
measure (Look *look, GtkWidget *widget)
{
    if (!gtk_widget_get_mapped (widget) || gtk_widget_get_width (widget) <= 0)
        return;
    if (GTK_IS_LABEL (widget) && *gtk_label_get_text (GTK_LABEL (widget)) != '\0') {
        measure_label (look, GTK_LABEL (widget));
        measure_clip (look, widget);
    }
    if (is_control (widget))
        measure_place (look, widget);
    for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
         child = gtk_widget_get_next_sibling (child))
        if (!GTK_IS_NATIVE (child)) /* a menu is beside its window */
            measure (look, child);
}

static gboolean
tell (gpointer user_data)
{
    g_autoptr (GString) found = g_string_new (NULL);
    GListModel *windows = gtk_window_get_toplevels ();
    Look look = { NULL, found };
    for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
        g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);
        if (gtk_widget_get_mapped (window))
            look.window = window; /* owned by GTK as well */
    }
    if (look.window != NULL)
        measure (&look, look.window);
    (void) g_file_set_contents (g_getenv ("INBASKET_MEASURED"), found->str, (gssize) found->len, NULL);
    return G_SOURCE_CONTINUE;
}

__attribute__ ((constructor)) static void
load (void)
{
    g_unsetenv ("LD_PRELOAD"); /* what the program starts is not measured */
    (void) g_unix_signal_add (SIGUSR1, tell, NULL);
}
