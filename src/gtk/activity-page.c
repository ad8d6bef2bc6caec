/* activity-page.c - what arrived, the newest first */
#include "activity-page.h"
#include "arrival-view.h"

struct _IbActivityPage {
    AdwBin parent;

    GListModel *arrivals;
    GtkCustomFilter *filter;
    GtkFilterListModel *found;
    char **words; /* that are looked for; NULL: none */
    GtkSearchEntry *search;
    GtkStack *states;
    GtkListView *list;
};

G_DEFINE_FINAL_TYPE (IbActivityPage, ib_activity_page, ADW_TYPE_BIN)

static gboolean
is_found (gpointer arrival, gpointer user_data)
{
    return ib_arrival_matches (IB_ARRIVAL (arrival), ((IbActivityPage *) user_data)->words);
}

static void
show_state (IbActivityPage *self)
{
    bool is_empty = g_list_model_get_n_items (self->arrivals) == 0;
    bool has_found = g_list_model_get_n_items (G_LIST_MODEL (self->found)) > 0;
    gtk_widget_set_sensitive (GTK_WIDGET (self->search), !is_empty);
    gtk_stack_set_visible_child_name (self->states, is_empty ? "empty" : has_found ? "found" : "nothing");
}

static void
on_search_changed (IbActivityPage *self)
{
    g_strfreev (self->words);
    self->words = ib_arrival_fold_words (gtk_editable_get_text (GTK_EDITABLE (self->search)));
    gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
    show_state (self);
}

static void
on_activated (IbActivityPage *self, guint place)
{
    g_autoptr (IbArrival) arrival = g_list_model_get_item (G_LIST_MODEL (self->found), place);
    if (arrival != NULL)
        (void) gtk_widget_activate_action (GTK_WIDGET (self), "win.show-message", "s",
                                           ib_arrival_id (arrival));
}

static void
make_row (GtkSignalListItemFactory *factory, GtkListItem *item)
{
    gtk_list_item_set_child (item, g_object_new (IB_TYPE_ARRIVAL_VIEW, NULL));
}

/* GTK 4.8 has no word for how a row is called: it is said to the row itself. */
static void
fill_row (GtkSignalListItemFactory *factory, GtkListItem *item)
{
    IbArrival *arrival = IB_ARRIVAL (gtk_list_item_get_item (item));
    GtkWidget *view = gtk_list_item_get_child (item);
    g_autofree char *spoken = ib_arrival_view_words (arrival);
    ib_arrival_view_show (IB_ARRIVAL_VIEW (view), arrival);
    gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (view)),
                                    GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

void
ib_activity_page_show (IbActivityPage *self, GListModel *arrivals)
{
    self->arrivals = g_object_ref (arrivals);
    self->filter = gtk_custom_filter_new (is_found, self, NULL);
    self->found
        = gtk_filter_list_model_new (g_object_ref (arrivals), GTK_FILTER (g_object_ref (self->filter)));
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
    g_signal_connect (factory, "setup", G_CALLBACK (make_row), NULL);
    g_signal_connect (factory, "bind", G_CALLBACK (fill_row), NULL);
    g_autoptr (GtkNoSelection) rows = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->found)));
    gtk_list_view_set_factory (self->list, factory);
    gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (rows));
    g_object_unref (factory);
    g_signal_connect_object (arrivals, "items-changed", G_CALLBACK (show_state), self,
                             G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    show_state (self);
}

void
ib_activity_page_search (IbActivityPage *self)
{
    gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

static void
ib_activity_page_dispose (GObject *object)
{
    IbActivityPage *self = IB_ACTIVITY_PAGE (object);
    if (self->filter != NULL)
        gtk_custom_filter_set_filter_func (self->filter, NULL, NULL, NULL);
    g_clear_object (&self->filter);
    g_clear_object (&self->found);
    g_clear_object (&self->arrivals);
    g_clear_pointer (&self->words, g_strfreev);
    G_OBJECT_CLASS (ib_activity_page_parent_class)->dispose (object);
}

static void
ib_activity_page_class_init (IbActivityPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_activity_page_dispose;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/activity-page.ui");
    gtk_widget_class_bind_template_child (widget, IbActivityPage, search);
    gtk_widget_class_bind_template_child (widget, IbActivityPage, states);
    gtk_widget_class_bind_template_child (widget, IbActivityPage, list);
    gtk_widget_class_bind_template_callback (widget, on_search_changed);
    gtk_widget_class_bind_template_callback (widget, on_activated);
}

static void
ib_activity_page_init (IbActivityPage *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}
