/* bus-filters.h - the filters, for who is on the bus
 *
 *     Filters, CheckFilter, ReplayFilter, TestFilter ──▶ what the command line prints (bus-asks.h); nothing changes
 *     ReadFilter, WriteFilter, RemoveFilter, ActivateFilters ──▶ filter-files.h (bus-filter-changes.h)
 *     ReplaceFilter, WithdrawFilter ──▶ the same of what the caller has read, unless somebody else changed it since
 *
 * Who may talk to us need not be allowed to read files: a name leads to no place but the folders of filters. */
#pragma once

#include "bus-asks.h"
#include "bus-code.h"
#include "bus-filter-changes.h"

typedef struct _IbBusFilters IbBusFilters;

/* Answers @manager's methods on filters. @service, @asks and @changes must outlive it. */
IbBusFilters *ib_bus_filters_new (IbDbusManager *manager, IbService *service, IbBusAsks *asks,
                                  IbBusFilterChanges *changes);
void ib_bus_filters_free (IbBusFilters *self);
