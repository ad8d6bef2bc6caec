/* bus-fact.h - a yes or no that a service on D-Bus keeps telling
 *
 * False until it says otherwise, and where the service is not there; it is not started for being asked. It is known once the
 * service has answered, or is not there, or does not know either. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct {
    const char *name, *path, *interface;
    const char *property; /* a boolean; NULL: what a screen saver has, GetActive () and ActiveChanged (b) */
} IbBusFactSource;

typedef struct _IbBusFact IbBusFact;

/* @changed comes on the thread's default main context, after each change, and when it is known or not any more. Copies
 * @source. Returns: (transfer full) */
IbBusFact *ib_bus_fact_new (GDBusConnection *bus, const IbBusFactSource *source,
                            void (*changed) (gpointer user_data), gpointer user_data);
bool ib_bus_fact_is_true (const IbBusFact *self);
/* While it is asked for anew it is not, and what was true stays so. */
bool ib_bus_fact_is_known (const IbBusFact *self);
void ib_bus_fact_free (IbBusFact *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbBusFact, ib_bus_fact_free)
