/* filters-page.c - which filters run, and in which order */
#include "filters-page.h"
#include "escape.h"
#include "filter-editor.h"
#include "filter-naming.h"
#include "filter-row.h"
#include "heard-filters.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LONGEST_TROUBLE 500

struct _IbFiltersPage {
    AdwBin parent;

    IbLink *link;
    GPtrArray *filters; /* IbHeardFilter; NULL: not known yet */
    GPtrArray *active;  /* char *: those that run, in their order, as the user wants them */
    guint asked;        /* changes that are not answered yet */
    bool is_looking;    /* an answer to Filters is due */
    bool is_late;       /* that answer is of before what the user did since */
    GtkStack *states;
    GtkListBox *list, *accounts;
    GtkWidget *accounts_part;
    AdwStatusPage *trouble;
};

G_DEFINE_FINAL_TYPE (IbFiltersPage, ib_filters_page, ADW_TYPE_BIN)

/* --- rows --------------------------------------------------------------------------------------------------------- */

static IbFilterRow *
row_at (IbFiltersPage *self, int place)
{
    GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, place);
    return row != NULL ? IB_FILTER_ROW (row) : NULL;
}

static IbFilterRow *
find_row (IbFiltersPage *self, const char *name)
{
    IbFilterRow *row;
    for (int place = 0; (row = row_at (self, place)) != NULL; place++)
        if (strcmp (ib_filter_row_name (row), name) == 0)
            return row;
    return NULL;
}

static const IbHeardFilter *
find_filter (const GPtrArray *filters, const char *name)
{
    for (guint i = 0; i < filters->len; i++)
        if (strcmp (((const IbHeardFilter *) filters->pdata[i])->name, name) == 0)
            return filters->pdata[i];
    return NULL;
}

/* Those that run in their order, then the others by name. */
static int
in_order (GtkListBoxRow *one, GtkListBoxRow *other, gpointer user_data)
{
    guint a = ib_filter_row_place (IB_FILTER_ROW (one)), b = ib_filter_row_place (IB_FILTER_ROW (other));
    if (a != b)
        return a == 0 ? 1 : b == 0 ? -1 : a < b ? -1 : 1;
    return strcmp (ib_filter_row_name (IB_FILTER_ROW (one)), ib_filter_row_name (IB_FILTER_ROW (other)));
}

/* Rows only change places, so that the focus stays where it is. */
static void
show_order (IbFiltersPage *self)
{
    IbFilterRow *row;
    for (int i = 0; (row = row_at (self, i)) != NULL; i++) {
        guint place = 0;
        bool is_active
            = g_ptr_array_find_with_equal_func (self->active, ib_filter_row_name (row), g_str_equal, &place);
        ib_filter_row_show_place (row, is_active ? place + 1 : 0, place + 1 == self->active->len);
    }
    gtk_list_box_invalidate_sort (self->list);
}

static void
show_filters (IbFiltersPage *self)
{
    IbFilterRow *row;
    for (int i = 0; (row = row_at (self, i)) != NULL;)
        if (find_filter (self->filters, ib_filter_row_name (row)) == NULL)
            gtk_list_box_remove (self->list, GTK_WIDGET (row));
        else
            i++;
    for (guint i = 0; i < self->filters->len; i++) {
        const IbHeardFilter *filter = self->filters->pdata[i];
        row = find_row (self, filter->name);
        if (row == NULL) {
            row = IB_FILTER_ROW (ib_filter_row_new (filter->name));
            gtk_list_box_append (self->list, GTK_WIDGET (row));
        }
        ib_filter_row_show (row, filter);
    }
    show_order (self);
}

static GtkWidget *
make_account_row (const char *account, char **names)
{
    g_autofree char *list = g_strjoinv (", ", names);
    g_autofree char *safe = ib_escape_text (list, -1, 0);
    GtkWidget *row = adw_action_row_new ();
    adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), account);
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), safe);
    g_autofree char *spoken = g_strdup_printf ("%s: %s", account, safe);
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
    return row;
}

static void
show_accounts (IbFiltersPage *self)
{
    g_auto (GStrv) accounts = ib_heard_filters_accounts (self->filters);
    GtkListBoxRow *row;
    while ((row = gtk_list_box_get_row_at_index (self->accounts, 0)) != NULL)
        gtk_list_box_remove (self->accounts, GTK_WIDGET (row));
    for (char **account = accounts; *account != NULL; account++) {
        g_auto (GStrv) names = ib_heard_filters_of_account (self->filters, *account);
        gtk_list_box_append (self->accounts, make_account_row (*account, names));
    }
    gtk_widget_set_visible (self->accounts_part, *accounts != NULL);
}

/* --- looking ------------------------------------------------------------------------------------------------------ */

static void
take (IbFiltersPage *self, const char *document)
{
    g_clear_pointer (&self->filters, g_ptr_array_unref);
    self->filters = ib_heard_filters_read (document);
    g_ptr_array_set_size (self->active, 0);
    for (guint i = 0; i < self->filters->len; i++) {
        const IbHeardFilter *filter = self->filters->pdata[i];
        if (filter->is_active)
            g_ptr_array_add (self->active, g_strdup (filter->name));
    }
    show_filters (self);
    show_accounts (self);
    gtk_stack_set_visible_child_name (self->states, "some");
}

static void
show_trouble (IbFiltersPage *self, const char *words)
{
    g_autofree char *safe = ib_escape_text (words, -1, LONGEST_TROUBLE);
    g_autofree char *markup = g_markup_escape_text (safe, -1);
    adw_status_page_set_description (self->trouble, markup);
    gtk_stack_set_visible_child_name (self->states, "trouble");
}

static void look (IbFiltersPage *self);

static void
on_filters (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbFiltersPage) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    const char *document;
    bool is_late = self->is_late;
    self->is_looking = self->is_late = false;
    if (self->link == NULL) /* the window was closed */
        return;
    if (is_late) {
        look (self);
        return;
    }
    if (answer == NULL) {
        show_trouble (self, error->message);
        return;
    }
    g_variant_get (answer, "(&s)", &document);
    take (self, document);
}

static void
look (IbFiltersPage *self)
{
    if (self->is_looking || self->asked > 0 || ib_link_state (self->link) != IB_LINK_HERE)
        return;
    self->is_looking = true;
    ib_link_ask (self->link, "Filters", NULL, "(s)", on_filters, g_object_ref (self));
}

/* --- changing the order --------------------------------------------------------------------------------------------- */

/* It stays to be read: something is to be mended first. */
static void
tell_refusal (IbFiltersPage *self, const char *words)
{
    g_autofree char *safe = ib_escape_text (words, -1, LONGEST_TROUBLE);
    GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                                _ ("The Filters Stay as They Were"), safe);
    adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
    adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "close");
    gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_activated (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbFiltersPage) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    self->asked--;
    if (self->link == NULL)
        return;
    if (answer == NULL)
        tell_refusal (self, error->message);
    look (self);
}

/* What the user wants is shown at once; should it be refused, what is comes back. */
static void
activate (IbFiltersPage *self)
{
    show_order (self);
    self->asked++;
    self->is_late = self->is_looking;
    g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
    for (guint i = 0; i < self->active->len; i++)
        g_strv_builder_add (names, self->active->pdata[i]);
    g_auto (GStrv) list = g_strv_builder_end (names);
    ib_link_ask (self->link, "ActivateFilters", g_variant_new ("(^as)", list), "()", on_activated,
                 g_object_ref (self));
}

static bool
find_active (IbFiltersPage *self, const char *name, guint *out_place)
{
    return g_ptr_array_find_with_equal_func (self->active, name, g_str_equal, out_place);
}

static void
switch_filter (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbFiltersPage *self = IB_FILTERS_PAGE (widget);
    const char *name;
    gboolean is_on;
    guint place;
    g_variant_get (parameter, "(&sb)", &name, &is_on);
    if (find_active (self, name, &place) == is_on)
        return;
    if (is_on)
        g_ptr_array_add (self->active, g_strdup (name));
    else
        g_ptr_array_remove_index (self->active, place);
    activate (self);
}

static void
put (IbFiltersPage *self, guint from, guint to)
{
    if (from == to || to >= self->active->len)
        return;
    char *name = g_ptr_array_steal_index (self->active, from);
    g_ptr_array_insert (self->active, (int) to, name);
    activate (self);
}

static void
move_filter (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbFiltersPage *self = IB_FILTERS_PAGE (widget);
    const char *name;
    gboolean is_up;
    guint place;
    g_variant_get (parameter, "(&sb)", &name, &is_up);
    if (find_active (self, name, &place) && !(is_up && place == 0))
        put (self, place, is_up ? place - 1 : place + 1);
}

static void
place_filter (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbFiltersPage *self = IB_FILTERS_PAGE (widget);
    const char *name, *other;
    guint from, to;
    g_variant_get (parameter, "(&s&s)", &name, &other);
    if (find_active (self, name, &from) && find_active (self, other, &to))
        put (self, from, to);
}

/* --- editing -------------------------------------------------------------------------------------------------------- */

static void
edit (IbFiltersPage *self, const char *name, const IbHeardFilter *filter)
{
    GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
    GtkWindow *editor = ib_filter_editor_find (window, name);
    if (editor == NULL) {
        editor = ib_filter_editor_new (window, self->link, name, filter);
        g_signal_connect_object (editor, "changed", G_CALLBACK (look), self, G_CONNECT_SWAPPED);
    }
    gtk_window_present (editor);
}

static void
on_row_activated (IbFiltersPage *self, GtkListBoxRow *row)
{
    const char *name = ib_filter_row_name (IB_FILTER_ROW (row));
    edit (self, name, find_filter (self->filters, name));
}

static void
on_named (GtkWidget *page, const char *name)
{
    IbFiltersPage *self = IB_FILTERS_PAGE (page);
    if (self->filters != NULL)
        edit (self, name, find_filter (self->filters, name));
}

static void
add_filter (GtkWidget *widget, const char *action, GVariant *parameter)
{
    ib_filter_naming_ask (widget, on_named);
}

/* --- the widget ------------------------------------------------------------------------------------------------------- */

/* Somebody may have edited files meanwhile. */
static void
ib_filters_page_map (GtkWidget *widget)
{
    IbFiltersPage *self = IB_FILTERS_PAGE (widget);
    GTK_WIDGET_CLASS (ib_filters_page_parent_class)->map (widget);
    if (self->link != NULL)
        look (self);
}

static void
on_link_changed (IbFiltersPage *self)
{
    if (self->filters == NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
        look (self);
}

static void
ib_filters_page_dispose (GObject *object)
{
    IbFiltersPage *self = IB_FILTERS_PAGE (object);
    g_clear_object (&self->link);
    g_clear_pointer (&self->filters, g_ptr_array_unref);
    g_clear_pointer (&self->active, g_ptr_array_unref);
    G_OBJECT_CLASS (ib_filters_page_parent_class)->dispose (object);
}

static void
ib_filters_page_class_init (IbFiltersPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_filters_page_dispose;
    widget->map = ib_filters_page_map;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/filters-page.ui");
    gtk_widget_class_bind_template_child (widget, IbFiltersPage, states);
    gtk_widget_class_bind_template_child (widget, IbFiltersPage, list);
    gtk_widget_class_bind_template_child (widget, IbFiltersPage, accounts);
    gtk_widget_class_bind_template_child (widget, IbFiltersPage, accounts_part);
    gtk_widget_class_bind_template_child (widget, IbFiltersPage, trouble);
    gtk_widget_class_bind_template_callback (widget, on_row_activated);
    gtk_widget_class_install_action (widget, "filters.switch", "(sb)", switch_filter);
    gtk_widget_class_install_action (widget, "filters.move", "(sb)", move_filter);
    gtk_widget_class_install_action (widget, "filters.place", "(ss)", place_filter);
    gtk_widget_class_install_action (widget, "filters.new", NULL, add_filter);
}

static void
ib_filters_page_init (IbFiltersPage *self)
{
    self->active = g_ptr_array_new_with_free_func (g_free);
    gtk_widget_init_template (GTK_WIDGET (self));
    gtk_list_box_set_sort_func (self->list, in_order, NULL, NULL);
}

void
ib_filters_page_follow (IbFiltersPage *self, IbLink *link)
{
    self->link = g_object_ref (link);
    g_signal_connect_object (link, "changed", G_CALLBACK (on_link_changed), self, G_CONNECT_SWAPPED);
}
