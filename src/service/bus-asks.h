/* bus-asks.h - what takes a while to answer, and changes nothing
 *
 * Status, Why, Report and the like are what the command line prints: it is run. History is read from the journal on a
 * thread. What nobody waits for any more, since who asked has left the bus, is ended. One caller is answered a few questions at
 * once, and all callers some more: what is asked beside that is refused. */
#pragma once

#include "bus-errors.h"
#include "service.h"

typedef struct _IbBusAsks IbBusAsks;

/* The option by which a command tells how far it is. */
#define IB_BUS_ASKS_TELLS "--progress-fd=3"

IbBusAsks *ib_bus_asks_new (const IbPaths *paths);

/* How far an answer is. @invocation stays the asker's. */
typedef void (*IbBusProgress) (GDBusMethodInvocation *invocation, guint64 done, guint64 expected);

typedef struct {
    const char *const *command; /* words for `inbasket`, NULL-ended */
    const char *input;          /* what it reads from its standard input; NULL: nothing */
    IbBusRefusal misuse;        /* what it means if the command line calls that a wrong use */
    IbBusProgress progress;     /* of a command with IB_BUS_ASKS_TELLS, which may take long as long as it tells; or NULL */
} IbBusQuestion;

/* Runs `inbasket --json …`, in the words of a window (see face.h), and answers with the document, or with the documents, one
 * a line (s). Takes @invocation. */
void ib_bus_asks_run (IbBusAsks *self, const IbBusQuestion *question, GDBusMethodInvocation *invocation);
/* @query: a{sv} as the interface has it; answers with aa{sv}. Takes @invocation. */
void ib_bus_asks_history (IbBusAsks *self, GVariant *query, GDBusMethodInvocation *invocation);
/* What is still asked is refused. */
void ib_bus_asks_free (IbBusAsks *self);
