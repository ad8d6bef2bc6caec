/* looking-glass.c - what of a window cannot be read or reached, asked of the toolkit itself
 *
 * A screen reader is told a text whole, whatever is seen of it. So the widgets themselves are asked, in the program as it is built, which
 * knows nothing of it: this is preloaded. On SIGUSR1 it writes a line for each fault into the file that INBASKET_LOOKING_GLASS names:
 *
 *     ellipsized  a label that ends in "…"
 *     cut         a label whose text is larger than its place
 *     clipped     a label that something around it, which does not scroll, has not enough height for
 *     narrow      a label or a control with less width than it needs
 *     low         the same, with less height
 *     outside     the same, beyond its window's edge
 *
 * with the widget's type, that of its row, and its text. Of all windows, menus and lists that are open, in the pages that are seen. */
#include <glib-unix.h>
#include <gtk/gtk.h>
#include <stdbool.h>

/* The types are for whoever mends it. */
static void
tell (GString *report, GtkWidget *widget, const char *fault)
{
    GtkWidget *row = gtk_widget_get_ancestor (widget, GTK_TYPE_LIST_BOX_ROW);
    g_autofree char *text
        = g_strescape (GTK_IS_LABEL (widget) ? gtk_label_get_text (GTK_LABEL (widget)) : "", NULL);
    g_string_append_printf (report, "%s\t%s\t%s\t%s\n", fault, G_OBJECT_TYPE_NAME (widget),
                            row != NULL ? G_OBJECT_TYPE_NAME (row) : "", text);
}

/* Wrapped text has words that cannot be, and lines that are not to be. */
static void
look_at_text (GString *report, GtkWidget *label)
{
    int width, height;
    PangoLayout *layout = gtk_label_get_layout (GTK_LABEL (label));
    pango_layout_get_pixel_size (layout, &width, &height);
    if (pango_layout_is_ellipsized (layout))
        tell (report, label, "ellipsized");
    else if (width > gtk_widget_get_width (label) || height > gtk_widget_get_height (label))
        tell (report, label, "cut");
}

/* By the nearest part around @label, up to what scrolls, that has not enough room for it. */
static void
look_around (GString *report, GtkWidget *label, GtkWidget *window)
{
    graphene_rect_t place;
    for (GtkWidget *part = gtk_widget_get_parent (label); part != NULL && part != window;
         part = gtk_widget_get_parent (part)) {
        if (GTK_IS_VIEWPORT (part) || GTK_IS_SCROLLED_WINDOW (gtk_widget_get_parent (part)))
            return;
        if (gtk_widget_get_overflow (part) != GTK_OVERFLOW_HIDDEN
            || !gtk_widget_compute_bounds (label, part, &place))
            continue;
        if (place.origin.y >= -1
            && place.origin.y + place.size.height <= (float) gtk_widget_get_height (part) + 1)
            continue;
        tell (report, label, "clipped");
        return;
    }
}

/* What is scrolled sideways may be wider than what is seen of it. */
static bool
is_scrolled (GtkWidget *widget)
{
    GtkWidget *around = gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW);
    GtkPolicyType sideways = GTK_POLICY_NEVER;
    if (around != NULL)
        gtk_scrolled_window_get_policy (GTK_SCROLLED_WINDOW (around), &sideways, NULL);
    return sideways != GTK_POLICY_NEVER || gtk_widget_get_ancestor (widget, GTK_TYPE_TEXT) != NULL;
}

/* What a widget needs has its margins in it; what it got has not. */
static void
look_at_room (GString *report, GtkWidget *widget, GtkWidget *window)
{
    int width, height;
    graphene_rect_t place;
    if (is_scrolled (widget) || !gtk_widget_compute_bounds (widget, window, &place))
        return;
    int across = gtk_widget_get_allocated_width (widget) + gtk_widget_get_margin_start (widget)
                 + gtk_widget_get_margin_end (widget);
    int down = gtk_widget_get_allocated_height (widget) + gtk_widget_get_margin_top (widget)
               + gtk_widget_get_margin_bottom (widget);
    gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
    gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, MAX (across, width), &height, NULL, NULL, NULL);
    if (width > across)
        tell (report, widget, "narrow");
    else if (height > down)
        tell (report, widget, "low");
    if (place.origin.x < -1 || place.origin.x + place.size.width > (float) gtk_widget_get_width (window) + 1)
        tell (report, widget, "outside");
}

static bool
is_control (GtkWidget *widget)
{
    return GTK_IS_BUTTON (widget) || GTK_IS_EDITABLE (widget) || GTK_IS_SWITCH (widget)
           || GTK_IS_LIST_BOX_ROW (widget) || GTK_IS_DROP_DOWN (widget);
}

static void
look (GString *report, GtkWidget *widget, GtkWidget *window)
{
    if (!gtk_widget_get_mapped (widget) || gtk_widget_get_width (widget) <= 0)
        return;
    bool is_text = GTK_IS_LABEL (widget) && *gtk_label_get_text (GTK_LABEL (widget)) != '\0';
    if (is_text) {
        look_at_text (report, widget);
        look_around (report, widget, window);
    }
    if (is_text || is_control (widget))
        look_at_room (report, widget, window);
    for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
         child = gtk_widget_get_next_sibling (child))
        look (report, child, GTK_IS_NATIVE (child) ? child : window); /* a menu has edges of its own */
}

static gboolean
on_asked (gpointer unused)
{
    g_autoptr (GString) report = g_string_new (NULL);
    g_autoptr (GListModel) windows = g_object_ref (gtk_window_get_toplevels ());
    const char *path = g_getenv ("INBASKET_LOOKING_GLASS");
    for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
        g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);
        look (report, window, window);
    }
    if (!g_file_set_contents (path, report->str, -1, NULL)) /* at once, or not at all */
        g_warning ("nothing written to %s", path);
    return G_SOURCE_CONTINUE;
}

__attribute__ ((constructor)) static void
be_there (void)
{
    g_unsetenv ("LD_PRELOAD"); /* what the program runs is no window */
    if (g_getenv ("INBASKET_LOOKING_GLASS") != NULL)
        g_unix_signal_add (SIGUSR1, on_asked, NULL);
}
