/* bus-filter-changes.h - filters that are written, removed and ordered, for who is on the bus
 *
 *     call ─▶ queue ─▶ a thread, one at a time: compiled, written ─▶ main loop: answered once the service goes by it
 *
 * To compile a large filter, and all that include it, takes longer than the main loop may stand still. */
#pragma once

#include "bus-filters.h"

typedef struct _IbBusFilterChanges IbBusFilterChanges;

/* @changed: see bus-filters.h. */
IbBusFilterChanges *ib_bus_filter_changes_new (const IbPaths *paths, IbBusFiltersChanged changed,
                                               gpointer user_data);

/* Each takes @invocation. @seen: as in filter-files.h; all is copied. */
void ib_bus_filter_changes_write (IbBusFilterChanges *self, GDBusMethodInvocation *invocation,
                                  const char *name, const char *text, const char *seen);
void ib_bus_filter_changes_remove (IbBusFilterChanges *self, GDBusMethodInvocation *invocation,
                                   const char *name, const char *seen);
void ib_bus_filter_changes_activate (IbBusFilterChanges *self, GDBusMethodInvocation *invocation,
                                     const char *const *names);
/* What still waits is refused. */
void ib_bus_filter_changes_free (IbBusFilterChanges *self);
