/* arrivals.c - the list of what arrived, kept up to date */
#include "arrivals.h"
#include "arrival.h"

#include <string.h>

/* More than anybody looks through; older mail is told of by `inbasket log`. */
#define MOST_ARRIVALS 20000
/* So few are made into elements between two frames that nobody sees it. */
#define PAGE 500

/* Belongs to the list, and ends with it. */
typedef struct {
    GListStore *list; /* unowned */
    GHashTable *ids;  /* of its elements */
    IbLink *link;
    bool was_here;
    guint reading; /* the number of the reading that counts; those before it are out of date */
    guint read;    /* so many elements, from the first, are as that reading has found them, or newer */
    guint fresh;   /* so many came since it was begun, and before its first page */
    bool has_page; /* that is here */
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

static guint
count_of (Arrivals *self)
{
    return g_list_model_get_n_items (G_LIST_MODEL (self->list));
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

/* All from @place on. */
static void
cut (Arrivals *self, guint place)
{
    guint count = count_of (self);
    if (place >= count)
        return;
    for (guint i = place; i < count; i++) {
        g_autoptr (IbArrival) arrival = g_list_model_get_item (G_LIST_MODEL (self->list), i);
        g_hash_table_remove (self->ids, ib_arrival_id (arrival));
    }
    g_list_store_splice (self->list, place, count - place, NULL, 0);
}

/* Whether @arrival is the element at @place, which is then as it is now. So who looks at the list stays where they are. */
static bool
stands (Arrivals *self, guint place, IbArrival *arrival)
{
    g_autoptr (IbArrival) held = g_list_model_get_item (G_LIST_MODEL (self->list), place);
    if (held == NULL || strcmp (ib_arrival_id (held), ib_arrival_id (arrival)) != 0)
        return false;
    if (!ib_arrival_equals (held, arrival))
        g_list_store_splice (self->list, place, 1, (gpointer *) &arrival, 1);
    return true;
}

/* Of what came meanwhile the first page has all, some or nothing. */
static guint
place_of (Arrivals *self, const GPtrArray *page)
{
    const char *newest
        = page->len > 0 ? ((const IbHeardMessage *) page->pdata[page->len - 1])->story->id : "";
    for (guint i = 0; i < self->fresh; i++) {
        g_autoptr (IbArrival) arrival = g_list_model_get_item (G_LIST_MODEL (self->list), i);
        if (arrival != NULL && strcmp (ib_arrival_id (arrival), newest) == 0)
            return i;
    }
    return MIN (self->fresh, count_of (self));
}

/* The next page, the newest last. */
static void
take (Arrivals *self, const GPtrArray *messages)
{
    g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);
    if (!self->has_page)
        self->read = place_of (self, messages);
    self->has_page = true;
    for (guint i = messages->len; i > 0; i--) {
        g_autoptr (IbArrival) arrival = ib_arrival_new (messages->pdata[i - 1]);
        if (added->len == 0 && stands (self, self->read, arrival)) {
            self->read++;
            continue;
        }
        if (added->len == 0)
            cut (self, self->read);
        if (g_hash_table_add (self->ids, g_strdup (ib_arrival_id (arrival))))
            g_ptr_array_add (added, g_steal_pointer (&arrival));
    }
    g_list_store_splice (self->list, count_of (self), 0, added->pdata, added->len);
    self->read += added->len;
}

static void read_on (Arrivals *self, const char *before);

/* What cannot be read now stays as it was: a service that comes back is read anew. */
static void
on_history (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Reading *reading = user_data;
    g_autoptr (GPtrArray) messages = ib_link_history_finish (IB_LINK (source), result, NULL);
    g_autoptr (GListStore) list = g_weak_ref_get (&reading->list);
    Arrivals *self = list != NULL ? arrivals_of (G_LIST_MODEL (list)) : NULL;
    bool counts = self != NULL && messages != NULL && self->reading == reading->number;
    g_weak_ref_clear (&reading->list);
    g_free (reading);
    if (!counts)
        return;
    take (self, messages);
    if (messages->len == PAGE && self->read < MOST_ARRIVALS)
        read_on (self, ((const IbHeardMessage *) messages->pdata[0])->story->id);
    else
        cut (self, self->read);
}

static void
read_on (Arrivals *self, const char *before)
{
    Reading *reading = g_new0 (Reading, 1);
    g_weak_ref_init (&reading->list, self->list);
    reading->number = self->reading;
    ib_link_history (self->link, before, PAGE, on_history, reading);
}

void
ib_arrivals_reload (GListModel *list)
{
    Arrivals *self = arrivals_of (list);
    self->reading++;
    self->read = self->fresh = 0;
    self->has_page = false;
    read_on (self, NULL);
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

/* One that comes while the history is being read may be in it already, or not yet: whoever has it first, it is here once. Of a
 * list in which nothing was, the history is read again: it may have more than the news. */
static void
on_delivered (IbLink *link, const IbHeardMessage *message, gpointer user_data)
{
    Arrivals *self = user_data;
    guint count = count_of (self);
    if (!g_hash_table_add (self->ids, g_strdup (message->story->id)))
        return;
    g_autoptr (IbArrival) arrival = ib_arrival_new (message);
    g_list_store_insert (self->list, 0, arrival);
    self->read += self->has_page;
    self->fresh += !self->has_page;
    if (count >= MOST_ARRIVALS) {
        cut (self, MOST_ARRIVALS);
        self->read = MIN (self->read, MOST_ARRIVALS);
    }
    if (count == 0)
        ib_arrivals_reload (G_LIST_MODEL (self->list));
}

static void
arrivals_free (gpointer pointer)
{
    Arrivals *self = pointer;
    g_signal_handlers_disconnect_by_data (self->link, self);
    g_object_unref (self->link);
    g_hash_table_unref (self->ids);
    g_free (self);
}

GListModel *
ib_arrivals_new (IbLink *link)
{
    Arrivals *self = g_new0 (Arrivals, 1);
    self->list = g_list_store_new (IB_TYPE_ARRIVAL);
    self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->link = g_object_ref (link);
    g_signal_connect (link, "changed", G_CALLBACK (on_changed), self);
    g_signal_connect (link, "delivered", G_CALLBACK (on_delivered), self);
    g_object_set_data_full (G_OBJECT (self->list), "arrivals", self, arrivals_free);
    on_changed (link, self);
    return G_LIST_MODEL (self->list);
}
