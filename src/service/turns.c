/* turns.c - who may begin */
#include "turns.h"

struct _IbTurns {
    guint most_of_a_kind;
    GQueue waiting;    /* Waiting */
    GHashTable *begun; /* kind → how many */
};

typedef struct {
    char *kind;
    gpointer who;
} Waiting;

static gpointer
end_waiting (Waiting *waiting)
{
    gpointer who = waiting->who;
    g_free (waiting->kind);
    g_free (waiting);
    return who;
}

static guint
begun_of (const IbTurns *self, const char *kind)
{
    return GPOINTER_TO_UINT (g_hash_table_lookup (self->begun, kind));
}

IbTurns *
ib_turns_new (guint most_of_a_kind)
{
    IbTurns *self = g_new0 (IbTurns, 1);
    self->most_of_a_kind = most_of_a_kind;
    self->begun = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_queue_init (&self->waiting);
    return self;
}

void
ib_turns_wait (IbTurns *self, const char *kind, gpointer who)
{
    Waiting *waiting = g_new (Waiting, 1);
    *waiting = (Waiting){ g_strdup (kind), who };
    g_queue_push_tail (&self->waiting, waiting);
}

gpointer
ib_turns_next (IbTurns *self)
{
    for (GList *each = self->waiting.head; each != NULL; each = each->next) {
        Waiting *waiting = each->data;
        guint begun = begun_of (self, waiting->kind);
        if (begun >= self->most_of_a_kind)
            continue;
        g_hash_table_insert (self->begun, g_strdup (waiting->kind), GUINT_TO_POINTER (begun + 1));
        g_queue_delete_link (&self->waiting, each);
        return end_waiting (waiting);
    }
    return NULL;
}

void
ib_turns_end (IbTurns *self, const char *kind)
{
    guint begun = begun_of (self, kind);
    g_assert (begun > 0);
    g_hash_table_insert (self->begun, g_strdup (kind), GUINT_TO_POINTER (begun - 1));
}

gpointer
ib_turns_give_up (IbTurns *self)
{
    Waiting *waiting = g_queue_pop_head (&self->waiting);
    return waiting != NULL ? end_waiting (waiting) : NULL;
}

void
ib_turns_free (IbTurns *self)
{
    if (self == NULL)
        return;
    while (ib_turns_give_up (self) != NULL)
        ;
    g_hash_table_unref (self->begun);
    g_free (self);
}
