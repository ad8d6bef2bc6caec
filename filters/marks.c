/* marks.c - what `duplicate` has seen */
#include "marks.h"
#include "mail-limits.h"

#include <string.h>

typedef struct {
    gint64 expires_at_s;
    char *by; /* id of the message */
} Seen;

struct _IbMarks {
    GHashTable *seen; /* mark → Seen */
};

static void
seen_free (gpointer pointer)
{
    Seen *seen = pointer;
    g_free (seen->by);
    g_free (seen);
}

IbMark *
ib_mark_new (const char *mark, gint64 expires_at_s, const char *by)
{
    IbMark *self = g_new (IbMark, 1);
    *self = (IbMark){ g_strdup (mark), expires_at_s, g_strdup (by) };
    return self;
}

void
ib_mark_free (IbMark *self)
{
    if (self == NULL)
        return;
    g_free (self->mark);
    g_free (self->by);
    g_free (self);
}

IbMarks *
ib_marks_new (void)
{
    IbMarks *self = g_rc_box_new0 (IbMarks);
    self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, seen_free);
    return self;
}

IbMarks *
ib_marks_ref (IbMarks *self)
{
    return g_rc_box_acquire (self);
}

static void
marks_clear (gpointer pointer)
{
    IbMarks *self = pointer;
    g_hash_table_unref (self->seen);
}

void
ib_marks_unref (IbMarks *self)
{
    if (self != NULL)
        g_rc_box_release_full (self, marks_clear);
}

static void
forget_soonest (IbMarks *self)
{
    GHashTableIter iter;
    gpointer mark, value, soonest = NULL;
    gint64 least = G_MAXINT64;
    g_hash_table_iter_init (&iter, self->seen);
    while (g_hash_table_iter_next (&iter, &mark, &value)) {
        const Seen *seen = value;
        if (seen->expires_at_s <= least) {
            least = seen->expires_at_s;
            soonest = mark;
        }
    }
    g_hash_table_remove (self->seen, soonest);
}

void
ib_marks_add (IbMarks *self, const char *mark, gint64 expires_at_s, const char *by)
{
    Seen *seen = g_new (Seen, 1);
    *seen = (Seen){ expires_at_s, g_strdup (by) };
    g_hash_table_replace (self->seen, g_strdup (mark), seen);
    if (g_hash_table_size (self->seen) > IB_LIMIT_MARKS)
        forget_soonest (self);
}

/* Dry runs have no ids, and then nobody is anybody's twin by it. */
bool
ib_marks_has (const IbMarks *self, const char *mark, gint64 now_s, const char *by)
{
    const Seen *seen = self != NULL ? g_hash_table_lookup (self->seen, mark) : NULL;
    return seen != NULL && seen->expires_at_s > now_s && (*by == '\0' || strcmp (seen->by, by) != 0);
}

guint
ib_marks_count (const IbMarks *self)
{
    return g_hash_table_size (self->seen);
}

GPtrArray *
ib_marks_list (const IbMarks *self)
{
    GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_mark_free);
    GHashTableIter iter;
    gpointer mark, value;
    if (self == NULL)
        return list;
    g_hash_table_iter_init (&iter, self->seen);
    while (g_hash_table_iter_next (&iter, &mark, &value)) {
        const Seen *seen = value;
        g_ptr_array_add (list, ib_mark_new (mark, seen->expires_at_s, seen->by));
    }
    return list;
}
