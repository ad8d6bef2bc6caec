/* bus-reload.h - calls that are answered once the configuration was read anew
 *
 *     call ──changes a file──▶ the service is asked to read ──the loop turns──▶ it goes by it ─▶ answer */
#pragma once

#include "service.h"

typedef struct _IbBusReload IbBusReload;

/* Takes @invocation. */
typedef void (*IbBusReloaded) (GDBusMethodInvocation *invocation, const char *const *words,
                               gpointer user_data);

IbBusReload *ib_bus_reload_new (IbService *service);
/* Has the configuration read, and then comes @then, not from inside; @words are copied for it. Takes @invocation. */
void ib_bus_reload_then (IbBusReload *self, GDBusMethodInvocation *invocation, const char *const *words,
                         IbBusReloaded then, gpointer user_data);
/* The same after something that is done already, which is so whether it is read here or by the next service: @then only
 * answers, and does so in any case. */
void ib_bus_reload_after (IbBusReload *self, GDBusMethodInvocation *invocation, const char *const *words,
                          IbBusReloaded then, gpointer user_data);
/* The same, where the answer is nothing. */
void ib_bus_reload_answer (IbBusReload *self, GDBusMethodInvocation *invocation);
/* What still waits, but for answers, is refused. */
void ib_bus_reload_free (IbBusReload *self);
