/* bus.h - the service on the session bus
 *
 *     service ──news──▶ signals and properties ──▶ command line, window, shell extensions
 *        ▲                                              │
 *        └── checks, loans, acts ◀────methods───────────┘
 *
 * data/dbus/io.github.inbasket.Inbasket1.xml is the contract. Without a session bus, or where another Inbasket has the name,
 * the service works all the same, and nobody talks to it. A bus that has gone is not looked for from here: another IbBus is. */
#pragma once

#include "service.h"

typedef struct _IbBus IbBus;

/* Once, and again whenever it changes: @why NULL: the name is ours. Else who has it, or that there is no bus, or none any more: one
 * sentence. Not the place to free the bus. */
typedef void (*IbBusNamed) (const char *why, gpointer user_data);

/* Connects in the background. @service must outlive it. */
IbBus *ib_bus_new (IbService *service, IbBusNamed named, gpointer user_data);
/* NULL: not connected, yet or any more. */
GDBusConnection *ib_bus_connection (const IbBus *self);
/* Leaves the bus; whoever has the home, has it no more. */
void ib_bus_free (IbBus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbBus, ib_bus_free)
