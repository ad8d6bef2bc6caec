/* bus-filters.c - the filters, for who is on the bus */
#include "bus-filters.h"

struct _IbBusFilters {
    IbDbusManager *manager;
    IbBusAsks *asks;
};

static gboolean
on_filters (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    static const char *const command[] = { "filter", "list", NULL };
    const IbBusQuestion question = { command, NULL, IB_BUS_FAILED };
    IbBusFilters *self = user_data;
    ib_bus_asks_run (self->asks, &question, invocation);
    return TRUE;
}

IbBusFilters *
ib_bus_filters_new (IbDbusManager *manager, IbBusAsks *asks)
{
    IbBusFilters *self = g_new0 (IbBusFilters, 1);
    self->manager = g_object_ref (manager);
    self->asks = asks;
    g_signal_connect (manager, "handle-filters", G_CALLBACK (on_filters), self);
    return self;
}

void
ib_bus_filters_free (IbBusFilters *self)
{
    if (self == NULL)
        return;
    g_signal_handlers_disconnect_by_data (self->manager, self);
    g_object_unref (self->manager);
    g_free (self);
}
