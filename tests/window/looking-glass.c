/* looking-glass.c - what of a window's words cannot be read, asked of the toolkit itself
 *
 * Preloaded into the program as it is built, which knows nothing of it. On SIGUSR1 it writes a line for each label that is cut, and each
 * widget that has less room than it needs or stands outside its window, into the file that INBASKET_LOOKING_GLASS names. */
#include <glib-unix.h>
#include <gtk/gtk.h>
#include <signal.h>
#include <stdbool.h>

/* Of a name with its type, for whoever mends it. */
static void
tell (GString *report, GtkWidget *widget, const char *fault, const char *text)
{
    GtkWidget *row = gtk_widget_get_ancestor (widget, GTK_TYPE_LIST_BOX_ROW);
    g_string_append_printf (report, "%s\t%s\t%s\t%s\n", fault, G_OBJECT_TYPE_NAME (widget),
                            row != NULL ? G_OBJECT_TYPE_NAME (row) : "", text != NULL ? text : "");
}

static void
look_at_label (GString *report, GtkLabel *label)
{
    int needed;
    GtkWidget *widget = GTK_WIDGET (label);
    int sides = gtk_widget_get_margin_start (widget) + gtk_widget_get_margin_end (widget);
    int ends = gtk_widget_get_margin_top (widget) + gtk_widget_get_margin_bottom (widget);
    gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, gtk_widget_get_allocated_width (widget) + sides, &needed, NULL,
                        NULL, NULL);
    if (pango_layout_is_ellipsized (gtk_label_get_layout (label)))
        tell (report, widget, "cut", gtk_label_get_text (label));
    else if (needed > gtk_widget_get_allocated_height (widget) + ends)
        tell (report, widget, "low", gtk_label_get_text (label));
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

static void
look_at_room (GString *report, GtkWidget *widget, GtkWidget *window)
{
    int needed;
    graphene_rect_t place;
    gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &needed, NULL, NULL, NULL);
    if (is_scrolled (widget) || gtk_widget_get_width (widget) == 0
        || !gtk_widget_compute_bounds (widget, window, &place))
        return;
    const char *text = GTK_IS_LABEL (widget) ? gtk_label_get_text (GTK_LABEL (widget)) : "";
    int sides = gtk_widget_get_margin_start (widget) + gtk_widget_get_margin_end (widget);
    if (needed > gtk_widget_get_allocated_width (widget) + sides)
        tell (report, widget, "narrow", text);
    else if (place.origin.x < -1 || place.origin.x + place.size.width > (float) gtk_widget_get_width (window) + 1)
        tell (report, widget, "outside", text);
}

static void
look (GString *report, GtkWidget *widget, GtkWidget *window)
{
    if (!gtk_widget_get_mapped (widget))
        return;
    if (GTK_IS_LABEL (widget))
        look_at_label (report, GTK_LABEL (widget));
    if (GTK_IS_LABEL (widget) || GTK_IS_BUTTON (widget) || GTK_IS_LIST_BOX_ROW (widget))
        look_at_room (report, widget, window);
    for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
         child = gtk_widget_get_next_sibling (child))
        look (report, child, GTK_IS_NATIVE (child) ? child : window);
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
