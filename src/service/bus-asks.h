/* bus-asks.h - what takes a while to answer, and changes nothing
 *
 * Status, Why, Report and the like are what the command line prints: it is run. History is read from the journal on a
 * thread. What nobody waits for any more, since who asked has left the bus, is ended. */
#pragma once

#include "bus-errors.h"
#include "service.h"

typedef struct _IbBusAsks IbBusAsks;

IbBusAsks *ib_bus_asks_new (const IbPaths *paths);

typedef struct {
    const char *const *command; /* words for `inbasket`, NULL-ended */
    const char *input;          /* what it reads from its standard input; NULL: nothing */
    IbBusRefusal misuse;        /* what it means if the command line calls that a wrong use */
} IbBusQuestion;

/* Runs `inbasket --json …` and answers with the document, or with the documents, one a line (s). Takes @invocation. */
void ib_bus_asks_run (IbBusAsks *self, const IbBusQuestion *question, GDBusMethodInvocation *invocation);
/* @query: a{sv} as the interface has it; answers with aa{sv}. Takes @invocation. */
void ib_bus_asks_history (IbBusAsks *self, GVariant *query, GDBusMethodInvocation *invocation);
/* What is still asked is refused. */
void ib_bus_asks_free (IbBusAsks *self);
