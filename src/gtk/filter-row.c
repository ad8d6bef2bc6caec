/* filter-row.c - one filter: what it does, whether it runs, and when */
#include "filter-row.h"
#include "escape.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _IbFilterRow {
    AdwPreferencesRow parent;

    char *name;
    guint place; /* among those that run; 0: it does not */
    GtkLabel *number, *title, *about, *note;
    GtkWidget *up_button, *down_button;
    GtkSwitch *active;
    GtkDropTarget *target;
};

G_DEFINE_FINAL_TYPE (IbFilterRow, ib_filter_row, ADW_TYPE_PREFERENCES_ROW)

/* --- what it shows ------------------------------------------------------------------------------------------------ */

static void
set_text (GtkLabel *label, const char *text)
{
    g_autofree char *safe = ib_escape_text (text, -1, 0);
    gtk_label_set_text (label, safe);
    gtk_widget_set_visible (GTK_WIDGET (label), *text != '\0');
}

static void name_widget (gpointer widget, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
name_widget (gpointer widget, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *words = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
    if (GTK_IS_BUTTON (widget))
        gtk_widget_set_tooltip_text (widget, words);
}

static const char *
note_of (const IbHeardFilter *filter)
{
    return !filter->is_there       ? _ ("There is no such file")
           : !filter->is_sound     ? _ ("Does not compile")
           : filter->hides_shipped ? _ ("Yours, in place of the shipped one")
           : filter->is_own        ? _ ("Yours")
                                   : _ ("Shipped");
}

/* Of a comment's line, a sentence. */
static char *
sentence_of (const char *about)
{
    gunichar first = g_utf8_get_char (about);
    char letter[7] = "";
    if (*about == '\0')
        return g_strdup ("");
    (void) g_unichar_to_utf8 (g_unichar_toupper (first), letter);
    return g_strconcat (letter, g_utf8_next_char (about), NULL);
}

void
ib_filter_row_show (IbFilterRow *self, const IbHeardFilter *filter)
{
    bool is_bad = !filter->is_there || !filter->is_sound;
    const char *styles[] = { "caption", is_bad ? "error" : "dim-label", NULL };
    const char *note = note_of (filter);
    g_autofree char *safe_name = ib_escape_text (filter->name, -1, 0);
    g_autofree char *about = sentence_of (filter->about);
    g_autofree char *safe_about = ib_escape_text (about, -1, 0);
    g_autofree char *spoken = g_strdup_printf ("%s: %s. %s", safe_name, note, safe_about);
    set_text (self->title, filter->name);
    set_text (self->about, about);
    set_text (self->note, note);
    gtk_widget_set_css_classes (GTK_WIDGET (self->note), styles);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

void
ib_filter_row_show_place (IbFilterRow *self, guint place, bool is_last)
{
    g_autofree char *number = place > 0 ? g_strdup_printf ("%u", place) : g_strdup ("");
    self->place = place;
    gtk_label_set_text (self->number, number);
    gtk_switch_set_active (self->active, place > 0);
    gtk_switch_set_state (self->active, place > 0);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "filter.up", place > 1);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "filter.down", place > 0 && !is_last);
    gtk_widget_set_visible (self->up_button, place > 0);
    gtk_widget_set_visible (self->down_button, place > 0);
}

guint
ib_filter_row_place (IbFilterRow *self)
{
    return self->place;
}

const char *
ib_filter_row_name (IbFilterRow *self)
{
    return self->name;
}

/* --- what is done with it ------------------------------------------------------------------------------------------ */

/* What it shows comes from its holder, once that knows. */
static gboolean
on_state_set (IbFilterRow *self, gboolean is_on)
{
    if (is_on != (self->place > 0))
        (void) gtk_widget_activate_action (GTK_WIDGET (self), "filters.switch", "(sb)", self->name, is_on);
    return TRUE;
}

static void
move_up (GtkWidget *widget, const char *action, GVariant *parameter)
{
    (void) gtk_widget_activate_action (widget, "filters.move", "(sb)", IB_FILTER_ROW (widget)->name, TRUE);
}

static void
move_down (GtkWidget *widget, const char *action, GVariant *parameter)
{
    (void) gtk_widget_activate_action (widget, "filters.move", "(sb)", IB_FILTER_ROW (widget)->name, FALSE);
}

/* --- dragging -------------------------------------------------------------------------------------------------------- */

/* The row itself travels, by where it was taken: a name could come from another program. */
static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, gpointer user_data)
{
    GtkWidget *row = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source));
    g_autoptr (GdkPaintable) picture = gtk_widget_paintable_new (row);
    gtk_drag_source_set_icon (source, picture, (int) x, (int) y);
    return IB_FILTER_ROW (row)->place > 0 ? gdk_content_provider_new_typed (IB_TYPE_FILTER_ROW, row) : NULL;
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, gpointer user_data)
{
    IbFilterRow *self = IB_FILTER_ROW (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (target)));
    IbFilterRow *dropped = g_value_get_object (value);
    if (dropped == self || self->place == 0 || dropped->place == 0)
        return FALSE;
    return gtk_widget_activate_action (GTK_WIDGET (self), "filters.place", "(ss)", dropped->name, self->name);
}

/* --- the widget ------------------------------------------------------------------------------------------------------- */

static void
ib_filter_row_finalize (GObject *object)
{
    g_free (IB_FILTER_ROW (object)->name);
    G_OBJECT_CLASS (ib_filter_row_parent_class)->finalize (object);
}

static void
ib_filter_row_class_init (IbFilterRowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->finalize = ib_filter_row_finalize;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/filter-row.ui");
    gtk_widget_class_bind_template_child (widget, IbFilterRow, number);
    gtk_widget_class_bind_template_child (widget, IbFilterRow, title);
    gtk_widget_class_bind_template_child (widget, IbFilterRow, about);
    gtk_widget_class_bind_template_child (widget, IbFilterRow, note);
    gtk_widget_class_bind_template_child (widget, IbFilterRow, up_button);
    gtk_widget_class_bind_template_child (widget, IbFilterRow, down_button);
    gtk_widget_class_bind_template_child (widget, IbFilterRow, active);
    gtk_widget_class_bind_template_child (widget, IbFilterRow, target);
    gtk_widget_class_bind_template_callback (widget, on_state_set);
    gtk_widget_class_bind_template_callback (widget, on_drag_prepare);
    gtk_widget_class_bind_template_callback (widget, on_drop);
    gtk_widget_class_install_action (widget, "filter.up", NULL, move_up);
    gtk_widget_class_install_action (widget, "filter.down", NULL, move_down);
    gtk_widget_class_add_binding_action (widget, GDK_KEY_Up, GDK_ALT_MASK, "filter.up", NULL);
    gtk_widget_class_add_binding_action (widget, GDK_KEY_Down, GDK_ALT_MASK, "filter.down", NULL);
}

static void
ib_filter_row_init (IbFilterRow *self)
{
    GType types[] = { IB_TYPE_FILTER_ROW };
    gtk_widget_init_template (GTK_WIDGET (self));
    gtk_drop_target_set_gtypes (self->target, types, G_N_ELEMENTS (types));
}

GtkWidget *
ib_filter_row_new (const char *name)
{
    g_autofree char *safe = ib_escape_text (name, -1, 0);
    IbFilterRow *self = g_object_new (IB_TYPE_FILTER_ROW, "title", safe, NULL);
    self->name = g_strdup (name);
    name_widget (self->up_button, _ ("Run %s Earlier"), safe);
    name_widget (self->down_button, _ ("Run %s Later"), safe);
    name_widget (self->active, _ ("Run %s"), safe);
    return GTK_WIDGET (self);
}
