/* bus-asks.h - what takes a while to answer, and changes nothing
 *
 * Status and Why are what the command line prints: it is run. History is read from the journal on a thread. */
#pragma once

#include "service.h"

typedef struct _IbBusAsks IbBusAsks;

IbBusAsks *ib_bus_asks_new (const IbPaths *paths);
/* Runs `inbasket` with @command (words, NULL-ended) and --json, and answers with the document (s). Takes @invocation. */
void ib_bus_asks_run (IbBusAsks *self, const char *const *command, GDBusMethodInvocation *invocation);
/* @query: a{sv} as the interface has it; answers with aa{sv}. Takes @invocation. */
void ib_bus_asks_history (IbBusAsks *self, GVariant *query, GDBusMethodInvocation *invocation);
/* What is still asked is refused. */
void ib_bus_asks_free (IbBusAsks *self);
