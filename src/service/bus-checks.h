/* bus-checks.h - who asked for a look at which accounts, and what came of it
 *
 *     Check ─▶ the end of a poll that is under way ─▶ asked of the service ─▶ started ─▶ polled ─▶ told to who asked
 *
 * What was on the server when somebody asked is here, or known to be missing, when he is told. */
#pragma once

#include "service.h"

typedef struct _IbBusChecks IbBusChecks;

/* @result: a{sv} as in said.h. */
typedef void (*IbBusChecked) (const char *asker, guint32 ticket, const char *account, GVariant *result,
                              gpointer user_data);
IbBusChecks *ib_bus_checks_new (IbService *service, IbBusChecked checked, gpointer user_data);
/* @asker: a unique name. @accounts: empty: all that are enabled. For each of *out_accounts `checked` comes, not from inside. */
bool ib_bus_checks_ask (IbBusChecks *self, const char *asker, const char *const *accounts,
                        guint32 *out_ticket, char ***out_accounts, GError **error);
/* News of the service. */
void ib_bus_checks_started (IbBusChecks *self, const char *account);
void ib_bus_checks_polled (IbBusChecks *self, const IbPollResult *result, bool is_whole);
/* Nobody is told any more. */
void ib_bus_checks_free (IbBusChecks *self);
