/* bus-callers.h - how much is being done for whom on the bus
 *
 * Nobody keeps the others from their turn: for one caller so much is done at once, and for all together so much. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbBusCallers IbBusCallers;

IbBusCallers *ib_bus_callers_new (guint most_of_one, guint most_of_all);
/* Something more is done for @caller, a unique name, until it is given back. False: it is too much. */
bool ib_bus_callers_take (IbBusCallers *self, const char *caller);
void ib_bus_callers_give_back (IbBusCallers *self, const char *caller);
/* How many callers are known: nobody is for whom nothing is being done. */
guint ib_bus_callers_known (const IbBusCallers *self);
IbBusCallers *ib_bus_callers_ref (IbBusCallers *self);
void ib_bus_callers_unref (IbBusCallers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbBusCallers, ib_bus_callers_unref)
