/* marks.c - what `duplicate` has seen */
#include "marks.h"
#include "mail-limits.h"

struct _IbMarks {
    GHashTable *expiries; /* mark → gint64, until when */
};

IbMark *
ib_mark_new (const char *mark, gint64 expires_at_s)
{
    IbMark *self = g_new (IbMark, 1);
    *self = (IbMark){ g_strdup (mark), expires_at_s };
    return self;
}

void
ib_mark_free (IbMark *self)
{
    if (self == NULL)
        return;
    g_free (self->mark);
    g_free (self);
}

IbMarks *
ib_marks_new (void)
{
    IbMarks *self = g_rc_box_new0 (IbMarks);
    self->expiries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
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
    g_hash_table_unref (self->expiries);
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
    gpointer mark, expiry, soonest = NULL;
    gint64 least = G_MAXINT64;
    g_hash_table_iter_init (&iter, self->expiries);
    while (g_hash_table_iter_next (&iter, &mark, &expiry))
        if (*(gint64 *) expiry <= least) {
            least = *(gint64 *) expiry;
            soonest = mark;
        }
    g_hash_table_remove (self->expiries, soonest);
}

void
ib_marks_add (IbMarks *self, const char *mark, gint64 expires_at_s)
{
    g_hash_table_replace (self->expiries, g_strdup (mark), g_memdup2 (&expires_at_s, sizeof expires_at_s));
    if (g_hash_table_size (self->expiries) > IB_LIMIT_MARKS)
        forget_soonest (self);
}

bool
ib_marks_has (const IbMarks *self, const char *mark, gint64 now_s)
{
    const gint64 *expiry = self != NULL ? g_hash_table_lookup (self->expiries, mark) : NULL;
    return expiry != NULL && *expiry > now_s;
}

guint
ib_marks_count (const IbMarks *self)
{
    return g_hash_table_size (self->expiries);
}
