/* bootstrap-plan.c - what of the mail that is there already teaches what, and in which order */
#include "bootstrap-plan.h"

#include <string.h>

IbBootstrapFolder *
ib_bootstrap_folder_new (const char *source, const char *name, IbMailboxUse use)
{
    IbBootstrapFolder *self = g_new0 (IbBootstrapFolder, 1);
    self->source = source;
    self->name = g_utf8_make_valid (name, -1);
    self->use = use;
    self->as = ib_bootstrap_plan_take_as (use);
    return self;
}

void
ib_bootstrap_folder_free (gpointer folder)
{
    IbBootstrapFolder *self = folder;
    g_free (self->name);
    g_free (self);
}

void
ib_bootstrap_example_free (gpointer example)
{
    IbBootstrapExample *self = example;
    g_free (self->key);
    g_clear_pointer (&self->features, g_bytes_unref);
    g_strfreev (self->recipients);
    g_free (self);
}

/* --- what teaches what ------------------------------------------------------------------------------------------- */

IbMailboxUse
ib_bootstrap_plan_use_of_folder (const char *folder)
{
    const char *dot = strrchr (folder, '.');
    return ib_mailbox_use_of_name (dot != NULL ? dot + 1 : folder);
}

IbTakenAs
ib_bootstrap_plan_take_as (IbMailboxUse use)
{
    switch (use) {
    case IB_USE_JUNK:
        return IB_TAKEN_AS_SPAM;
    case IB_USE_SENT:
        return IB_TAKEN_AS_SENT;
    case IB_USE_NONE:
    case IB_USE_INBOX:
    case IB_USE_ARCHIVE:
    case IB_USE_ALL:
        return IB_TAKEN_AS_HAM;
    case IB_USE_DRAFTS:
    case IB_USE_TRASH:
        return IB_TAKEN_NOT;
    }
    g_assert_not_reached ();
}

bool
ib_bootstrap_plan_teaches (const IbBootstrapFolder *folder, bool was_read, bool was_filed)
{
    switch (folder->as) {
    case IB_TAKEN_AS_SPAM:
    case IB_TAKEN_AS_SENT:
        return true;
    case IB_TAKEN_AS_HAM:
        return was_read || (was_filed && folder->use != IB_USE_INBOX);
    case IB_TAKEN_NOT:
        return false;
    }
    g_assert_not_reached ();
}

/* --- the order ----------------------------------------------------------------------------------------------------- */

/* An example, and where it stands within its folder: from 0, the oldest, up to 1. */
typedef struct {
    IbBootstrapExample *example;
    double place;
} Placed;

static gint
compare_in_folder (gconstpointer a, gconstpointer b)
{
    const IbBootstrapExample *x = ((const Placed *) a)->example, *y = ((const Placed *) b)->example;
    if (x->folder != y->folder)
        return x->folder < y->folder ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static gint
compare_in_time (gconstpointer a, gconstpointer b)
{
    const Placed *x = a, *y = b;
    if (x->example->arrived_at_s != y->example->arrived_at_s)
        return x->example->arrived_at_s < y->example->arrived_at_s ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static void
place_in_folders (GArray *placed)
{
    g_array_sort (placed, compare_in_folder);
    for (guint first = 0, end; first < placed->len; first = end) {
        const IbBootstrapFolder *folder = g_array_index (placed, Placed, first).example->folder;
        for (end = first; end < placed->len; end++)
            if (g_array_index (placed, Placed, end).example->folder != folder)
                break;
        for (guint i = first; i < end; i++)
            g_array_index (placed, Placed, i).place = (i - first + 0.5) / (end - first);
    }
}

static void
put_in_order (GPtrArray *examples)
{
    g_autoptr (GArray) placed = g_array_new (FALSE, FALSE, sizeof (Placed));
    for (guint i = 0; i < examples->len; i++) {
        const Placed one = { examples->pdata[i], 0 };
        g_array_append_val (placed, one);
    }
    place_in_folders (placed);
    g_array_sort (placed, compare_in_time);
    for (guint i = 0; i < examples->len; i++)
        examples->pdata[i] = g_array_index (placed, Placed, i).example;
}

/* --- what is left out ---------------------------------------------------------------------------------------------- */

/* Takes out what @counts names a counter for, and counts it there. */
static void
sift (GPtrArray *examples, guint *(*counts) (IbBootstrapExample *example, gpointer user_data),
      gpointer user_data)
{
    g_autoptr (GPtrArray) dropped = g_ptr_array_new_with_free_func (ib_bootstrap_example_free);
    guint kept = 0;
    for (guint i = 0; i < examples->len; i++) {
        guint *counter = counts (examples->pdata[i], user_data);
        if (counter == NULL) {
            examples->pdata[kept++] = examples->pdata[i];
        } else {
            ++*counter;
            g_ptr_array_add (dropped, examples->pdata[i]);
        }
    }
    examples->len = kept; /* not by set_size, which would free those behind */
}

typedef struct {
    GHashTable *junk;   /* keys of spam */
    GHashTable *spoilt; /* folders of all mail that hold some of it */
    GHashTable *seen;   /* keys */
} Copies;

static guint *
is_of_spoilt (IbBootstrapExample *example, gpointer user_data)
{
    const Copies *copies = user_data;
    return g_hash_table_contains (copies->spoilt, example->folder) ? &example->folder->passed_over : NULL;
}

/* What was sent is not learned, and shows nothing more a second time. */
static guint *
is_copy (IbBootstrapExample *example, gpointer user_data)
{
    const Copies *copies = user_data;
    IbBootstrapFolder *folder = example->folder;
    if (folder->as == IB_TAKEN_AS_SENT)
        return NULL;
    bool is_junk_too = folder->as == IB_TAKEN_AS_HAM && g_hash_table_contains (copies->junk, example->key);
    if (is_junk_too || g_hash_table_contains (copies->seen, example->key))
        return &folder->known;
    g_hash_table_add (copies->seen, example->key);
    return NULL;
}

static void
drop_copies (GPtrArray *examples)
{
    g_autoptr (GHashTable) junk = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GHashTable) spoilt = g_hash_table_new (NULL, NULL);
    g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
    Copies copies = { junk, spoilt, seen };
    for (guint i = 0; i < examples->len; i++) {
        const IbBootstrapExample *example = examples->pdata[i];
        if (example->folder->as == IB_TAKEN_AS_SPAM)
            g_hash_table_add (junk, g_strdup (example->key));
    }
    for (guint i = 0; i < examples->len; i++) {
        const IbBootstrapExample *example = examples->pdata[i];
        if (example->folder->use == IB_USE_ALL && g_hash_table_contains (junk, example->key))
            g_hash_table_add (spoilt, example->folder);
    }
    sift (examples, is_of_spoilt, &copies);
    sift (examples, is_copy, &copies);
}

typedef struct {
    guint surplus_ham, surplus_spam;
} Surplus;

static guint *
is_surplus (IbBootstrapExample *example, gpointer user_data)
{
    Surplus *surplus = user_data;
    guint *left = example->folder->as == IB_TAKEN_AS_HAM    ? &surplus->surplus_ham
                  : example->folder->as == IB_TAKEN_AS_SPAM ? &surplus->surplus_spam
                                                            : NULL;
    if (left == NULL || *left == 0)
        return NULL;
    --*left;
    return &example->folder->passed_over;
}

/* The oldest stand first. */
static void
keep_newest (GPtrArray *examples, guint most)
{
    guint ham = 0, spam = 0;
    for (guint i = 0; i < examples->len; i++) {
        const IbBootstrapExample *example = examples->pdata[i];
        ham += example->folder->as == IB_TAKEN_AS_HAM;
        spam += example->folder->as == IB_TAKEN_AS_SPAM;
    }
    Surplus surplus = { ham > most ? ham - most : 0, spam > most ? spam - most : 0 };
    sift (examples, is_surplus, &surplus);
}

void
ib_bootstrap_plan_mix (GPtrArray *examples, guint most)
{
    put_in_order (examples);
    drop_copies (examples);
    keep_newest (examples, most);
}
