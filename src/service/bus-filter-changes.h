/* bus-filter-changes.h - filters that are written, removed, ordered and named as active, for who is on the bus
 *
 *     call ─▶ queue ─▶ a thread, one at a time: compiled, written ─▶ main loop: answered once the service goes by it
 *
 * To compile a large filter, and all that include it, takes longer than the main loop may stand still. */
#pragma once

#include "paths.h"

#include <gio/gio.h>

typedef struct _IbBusFilterChanges IbBusFilterChanges;

/* What a filter is made of has changed: answers @invocation, with nothing, once the service goes by it. */
typedef void (*IbBusFilterChangesMade) (GDBusMethodInvocation *invocation, gpointer user_data);

IbBusFilterChanges *ib_bus_filter_changes_new (const IbPaths *paths, IbBusFilterChangesMade made,
                                               gpointer user_data);

/* Each takes @invocation. @seen: as in filter-files.h; all is copied. */
void ib_bus_filter_changes_write (IbBusFilterChanges *self, GDBusMethodInvocation *invocation,
                                  const char *name, const char *text, const char *seen);
void ib_bus_filter_changes_remove (IbBusFilterChanges *self, GDBusMethodInvocation *invocation,
                                   const char *name, const char *seen);
void ib_bus_filter_changes_activate (IbBusFilterChanges *self, GDBusMethodInvocation *invocation,
                                     const char *const *names);
/* For who is about to make filters active in another way: if @names may be, @then comes on the main loop, before any other
 * change, and takes @invocation and @user_data. Otherwise @invocation is refused, and @user_data given to @unused. */
typedef void (*IbBusFilterChangesTried) (gpointer user_data);
void ib_bus_filter_changes_try (IbBusFilterChanges *self, GDBusMethodInvocation *invocation,
                                const char *const *names, IbBusFilterChangesTried then, gpointer user_data,
                                GDestroyNotify unused);
/* The change that is being made is waited for and answered, for it is made; what still waits is refused. */
void ib_bus_filter_changes_free (IbBusFilterChanges *self);
