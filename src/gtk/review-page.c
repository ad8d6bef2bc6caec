/* review-page.c - likely mistakes of the filters */
#include "review-page.h"
#include "arrival-row.h"
#include "telling.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* Rows of each list, and messages that they are picked from: the newest. */
#define MOST_ROWS 25
#define MOST_LOOKED_AT 1000

struct _IbReviewPage {
    AdwBin parent;

    IbLink *link;
    GHashTable *
        settled; /* ids that the user has said something of; the history goes on telling where they came to */
    GtkFilter *in_junk, *elsewhere;
    GListModel *junk_rows, *other_rows;
    GtkStack *states;
    GtkWidget *junk_part, *other_part;
    GtkListBox *junk_list, *other_list;
};

G_DEFINE_FINAL_TYPE (IbReviewPage, ib_review_page, ADW_TYPE_BIN)

/* --- which, and in which order -------------------------------------------------------------------------------------- */

static bool
is_settled (IbReviewPage *self, IbArrival *arrival)
{
    return g_hash_table_contains (self->settled, ib_arrival_id (arrival));
}

static gboolean
is_in_junk (gpointer arrival, gpointer user_data)
{
    return ib_arrival_is_junk (arrival) && !is_settled (user_data, arrival);
}

static gboolean
is_elsewhere (gpointer arrival, gpointer user_data)
{
    return ib_arrival_is_doubtful (arrival) && !ib_arrival_is_junk (arrival)
           && !is_settled (user_data, arrival);
}

/* One that was not judged may be either. */
static double
spam_of (gconstpointer arrival)
{
    double probability = ib_arrival_probability ((IbArrival *) arrival);
    return isnan (probability) ? 0.5 : probability;
}

static int
least_first (gconstpointer one, gconstpointer other, gpointer user_data)
{
    return (spam_of (one) > spam_of (other)) - (spam_of (one) < spam_of (other));
}

static int
worst_first (gconstpointer one, gconstpointer other, gpointer user_data)
{
    return least_first (other, one, user_data);
}

/* Returns: (transfer full) */
static GListModel *
pick (GListModel *arrivals, GtkFilter *filter, GCompareDataFunc order)
{
    GListModel *lately = G_LIST_MODEL (gtk_slice_list_model_new (g_object_ref (arrivals), 0, MOST_LOOKED_AT));
    GListModel *picked = G_LIST_MODEL (gtk_filter_list_model_new (lately, g_object_ref (filter)));
    GtkSorter *sorter = GTK_SORTER (gtk_custom_sorter_new (order, NULL, NULL));
    GListModel *sorted = G_LIST_MODEL (gtk_sort_list_model_new (picked, sorter));
    return G_LIST_MODEL (gtk_slice_list_model_new (sorted, 0, MOST_ROWS));
}

static void
show_state (IbReviewPage *self)
{
    bool has_junk = g_list_model_get_n_items (self->junk_rows) > 0;
    bool has_others = g_list_model_get_n_items (self->other_rows) > 0;
    gtk_widget_set_visible (self->junk_part, has_junk);
    gtk_widget_set_visible (self->other_part, has_others);
    gtk_stack_set_visible_child_name (self->states, has_junk || has_others ? "some" : "none");
}

/* --- what can be done ---------------------------------------------------------------------------------------------------- */

typedef struct {
    IbReviewPage *page;
    char *id;
} Settling;

static Settling *
settling_new (GtkWidget *page, GVariant *id)
{
    Settling *settling = g_new (Settling, 1);
    *settling = (Settling){ IB_REVIEW_PAGE (g_object_ref (page)), g_variant_dup_string (id, NULL) };
    return settling;
}

static void
settling_free (Settling *settling)
{
    g_object_unref (settling->page);
    g_free (settling->id);
    g_free (settling);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Settling, settling_free)

void
ib_review_page_settle (IbReviewPage *self, const char *id)
{
    g_hash_table_add (self->settled, g_strdup (id));
    gtk_filter_changed (self->in_junk, GTK_FILTER_CHANGE_MORE_STRICT);
    gtk_filter_changed (self->elsewhere, GTK_FILTER_CHANGE_MORE_STRICT);
}

static void
settle (Settling *settling, GObject *source, GAsyncResult *result, const char *words)
{
    g_autoptr (GError) error = NULL;
    bool is_done = ib_link_finish (IB_LINK (source), result, &error);
    if (is_done)
        ib_review_page_settle (settling->page, settling->id);
    ib_tell (GTK_WIDGET (settling->page), is_done ? words : error->message);
}

static void
on_marked_junk (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Settling) settling = user_data;
    settle (settling, source, result, _ ("It is in Junk now, and its like will be"));
}

static void
mark_junk (GtkWidget *widget, const char *action, GVariant *id)
{
    ib_link_mark_junk (IB_REVIEW_PAGE (widget)->link, g_variant_get_string (id, NULL), on_marked_junk,
                       settling_new (widget, id));
}

static void
on_marked_good (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (Settling) settling = user_data;
    settle (settling, source, result, _ ("It is in the INBOX now, and its like will be"));
}

static void
mark_good (GtkWidget *widget, const char *action, GVariant *id)
{
    ib_link_mark_good (IB_REVIEW_PAGE (widget)->link, g_variant_get_string (id, NULL), on_marked_good,
                       settling_new (widget, id));
}

static void
on_row_activated (IbReviewPage *self, GtkListBoxRow *row)
{
    (void) gtk_widget_activate_action (GTK_WIDGET (self), "win.show-message", "s",
                                       ib_arrival_row_id (IB_ARRIVAL_ROW (row)));
}

/* --- the widget --------------------------------------------------------------------------------------------------------- */

static GtkWidget *
make_junk_row (gpointer arrival, gpointer user_data)
{
    GtkWidget *row = ib_arrival_row_new (arrival);
    ib_arrival_row_offer (IB_ARRIVAL_ROW (row), _ ("Not Junk"), "review.not-junk");
    return row;
}

static GtkWidget *
make_other_row (gpointer arrival, gpointer user_data)
{
    GtkWidget *row = ib_arrival_row_new (arrival);
    ib_arrival_row_offer (IB_ARRIVAL_ROW (row), _ ("Junk"), "review.junk");
    return row;
}

void
ib_review_page_show (IbReviewPage *self, IbLink *link, GListModel *arrivals)
{
    self->link = g_object_ref (link);
    self->in_junk = GTK_FILTER (gtk_custom_filter_new (is_in_junk, self, NULL));
    self->elsewhere = GTK_FILTER (gtk_custom_filter_new (is_elsewhere, self, NULL));
    self->junk_rows = pick (arrivals, self->in_junk, least_first);
    self->other_rows = pick (arrivals, self->elsewhere, worst_first);
    gtk_list_box_bind_model (self->junk_list, self->junk_rows, make_junk_row, NULL, NULL);
    gtk_list_box_bind_model (self->other_list, self->other_rows, make_other_row, NULL, NULL);
    g_signal_connect_object (self->junk_rows, "items-changed", G_CALLBACK (show_state), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->other_rows, "items-changed", G_CALLBACK (show_state), self,
                             G_CONNECT_SWAPPED);
    show_state (self);
}

static void
ib_review_page_dispose (GObject *object)
{
    IbReviewPage *self = IB_REVIEW_PAGE (object);
    GtkFilter *const filters[] = { self->in_junk, self->elsewhere };
    for (gsize i = 0; i < G_N_ELEMENTS (filters); i++)
        if (filters[i] != NULL)
            gtk_custom_filter_set_filter_func (GTK_CUSTOM_FILTER (filters[i]), NULL, NULL, NULL);
    g_clear_object (&self->in_junk);
    g_clear_object (&self->elsewhere);
    g_clear_object (&self->junk_rows);
    g_clear_object (&self->other_rows);
    g_clear_object (&self->link);
    G_OBJECT_CLASS (ib_review_page_parent_class)->dispose (object);
}

static void
ib_review_page_finalize (GObject *object)
{
    g_hash_table_unref (IB_REVIEW_PAGE (object)->settled);
    G_OBJECT_CLASS (ib_review_page_parent_class)->finalize (object);
}

static void
ib_review_page_class_init (IbReviewPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_review_page_dispose;
    G_OBJECT_CLASS (class)->finalize = ib_review_page_finalize;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/review-page.ui");
    gtk_widget_class_bind_template_child (widget, IbReviewPage, states);
    gtk_widget_class_bind_template_child (widget, IbReviewPage, junk_part);
    gtk_widget_class_bind_template_child (widget, IbReviewPage, other_part);
    gtk_widget_class_bind_template_child (widget, IbReviewPage, junk_list);
    gtk_widget_class_bind_template_child (widget, IbReviewPage, other_list);
    gtk_widget_class_bind_template_callback (widget, on_row_activated);
    gtk_widget_class_install_action (widget, "review.junk", "s", mark_junk);
    gtk_widget_class_install_action (widget, "review.not-junk", "s", mark_good);
}

static void
ib_review_page_init (IbReviewPage *self)
{
    self->settled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    gtk_widget_init_template (GTK_WIDGET (self));
}
