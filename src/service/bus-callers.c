/* bus-callers.c - how much is being done for whom on the bus */
#include "bus-callers.h"

struct _IbBusCallers {
    guint most_of_one, most_of_all;
    guint all;
    GHashTable *callers; /* unique name → so much for it */
};

static guint
count_of (const IbBusCallers *self, const char *caller)
{
    return GPOINTER_TO_UINT (g_hash_table_lookup (self->callers, caller));
}

bool
ib_bus_callers_take (IbBusCallers *self, const char *caller)
{
    guint count = count_of (self, caller);
    if (count >= self->most_of_one || self->all >= self->most_of_all)
        return false;
    self->all++;
    g_hash_table_insert (self->callers, g_strdup (caller), GUINT_TO_POINTER (count + 1));
    return true;
}

void
ib_bus_callers_give_back (IbBusCallers *self, const char *caller)
{
    guint count = count_of (self, caller);
    g_assert (count > 0);
    self->all--;
    if (count == 1)
        g_hash_table_remove (self->callers, caller);
    else
        g_hash_table_insert (self->callers, g_strdup (caller), GUINT_TO_POINTER (count - 1));
}

guint
ib_bus_callers_known (const IbBusCallers *self)
{
    return g_hash_table_size (self->callers);
}

IbBusCallers *
ib_bus_callers_new (guint most_of_one, guint most_of_all)
{
    IbBusCallers *self = g_rc_box_new0 (IbBusCallers);
    self->most_of_one = most_of_one;
    self->most_of_all = most_of_all;
    self->callers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    return self;
}

IbBusCallers *
ib_bus_callers_ref (IbBusCallers *self)
{
    return g_rc_box_acquire (self);
}

static void
clear (gpointer pointer)
{
    g_hash_table_unref (((IbBusCallers *) pointer)->callers);
}

void
ib_bus_callers_unref (IbBusCallers *self)
{
    if (self != NULL)
        g_rc_box_release_full (self, clear);
}
