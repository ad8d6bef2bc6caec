/* bus-filters.h - the filters, for who is on the bus
 *
 * What is asked about them is what the command line prints: see bus-asks.h. */
#pragma once

#include "bus-asks.h"
#include "bus-code.h"

typedef struct _IbBusFilters IbBusFilters;

/* Answers @manager's methods on filters. @asks must outlive it. */
IbBusFilters *ib_bus_filters_new (IbDbusManager *manager, IbBusAsks *asks);
void ib_bus_filters_free (IbBusFilters *self);
