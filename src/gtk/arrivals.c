/* arrivals.c - the list of what arrived, kept up to date */
#include "arrivals.h"
#include "arrival.h"

#include <string.h>

/* Rows that are shown. */
#define MOST_ARRIVALS 300

/* Belongs to the list, and ends with it. */
typedef struct {
    GListStore *list; /* unowned */
    IbLink *link;
    bool was_here;
    guint reading; /* the number of the reading that counts; those before it are out of date */
} Arrivals;

/* A reading on its way. */
typedef struct {
    GWeakRef list;
    guint number;
} Reading;

static Arrivals *
arrivals_of (GListModel *list)
{
    return g_object_get_data (G_OBJECT (list), "arrivals");
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

static void
fill (GListStore *list, const GPtrArray *messages)
{
    g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
    for (guint i = messages->len; i > 0; i--)
        g_ptr_array_add (items, ib_arrival_new (messages->pdata[i - 1]));
    g_list_store_splice (list, 0, g_list_model_get_n_items (G_LIST_MODEL (list)), items->pdata, items->len);
}

/* What cannot be read now stays as it was: a service that comes back is read anew. */
static void
on_history (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Reading *reading = user_data;
    g_autoptr (GPtrArray) messages = ib_link_history_finish (IB_LINK (source), result, NULL);
    g_autoptr (GListStore) list = g_weak_ref_get (&reading->list);
    if (list != NULL && messages != NULL && arrivals_of (G_LIST_MODEL (list))->reading == reading->number)
        fill (list, messages);
    g_weak_ref_clear (&reading->list);
    g_free (reading);
}

void
ib_arrivals_reload (GListModel *list)
{
    Arrivals *self = arrivals_of (list);
    Reading *reading = g_new0 (Reading, 1);
    g_weak_ref_init (&reading->list, list);
    reading->number = ++self->reading;
    ib_link_history (self->link, MOST_ARRIVALS, on_history, reading);
}

/* --- news ----------------------------------------------------------------------------------------------------------- */

static void
on_changed (IbLink *link, gpointer user_data)
{
    Arrivals *self = user_data;
    bool is_here = ib_link_state (link) == IB_LINK_HERE;
    if (is_here && !self->was_here)
        ib_arrivals_reload (G_LIST_MODEL (self->list));
    self->was_here = is_here;
}

static bool
has (GListStore *list, const char *id)
{
    guint count = g_list_model_get_n_items (G_LIST_MODEL (list));
    for (guint i = 0; i < count; i++) {
        g_autoptr (IbArrival) arrival = g_list_model_get_item (G_LIST_MODEL (list), i);
        if (strcmp (ib_arrival_id (arrival), id) == 0)
            return true;
    }
    return false;
}

/* One that comes while the history is being read may be in it already, or not yet: whoever has it first, it is here once,
 * since the history is read again after it. */
static void
on_delivered (IbLink *link, const IbHeardMessage *message, gpointer user_data)
{
    Arrivals *self = user_data;
    guint count = g_list_model_get_n_items (G_LIST_MODEL (self->list));
    if (has (self->list, message->story->id))
        return;
    g_autoptr (IbArrival) arrival = ib_arrival_new (message);
    g_list_store_insert (self->list, 0, arrival);
    if (count >= MOST_ARRIVALS)
        g_list_store_remove (self->list, count);
    if (count == 0)
        ib_arrivals_reload (G_LIST_MODEL (self->list));
}

static void
arrivals_free (gpointer pointer)
{
    Arrivals *self = pointer;
    g_signal_handlers_disconnect_by_data (self->link, self);
    g_object_unref (self->link);
    g_free (self);
}

GListModel *
ib_arrivals_new (IbLink *link)
{
    Arrivals *self = g_new0 (Arrivals, 1);
    self->list = g_list_store_new (IB_TYPE_ARRIVAL);
    self->link = g_object_ref (link);
    g_signal_connect (link, "changed", G_CALLBACK (on_changed), self);
    g_signal_connect (link, "delivered", G_CALLBACK (on_delivered), self);
    g_object_set_data_full (G_OBJECT (self->list), "arrivals", self, arrivals_free);
    on_changed (link, self);
    return G_LIST_MODEL (self->list);
}
