/* bus-news.h - news of the service, as signals and properties on the bus
 *
 * Progress is told ten times a second at most, and once more when a poll ends. */
#pragma once

#include "bus-accounts.h"
#include "bus-checks.h"
#include "bus-code.h"

typedef struct _IbBusNews IbBusNews;

/* Listens to @service, and shows at once how it stands. All four must outlive it. */
IbBusNews *ib_bus_news_new (IbDbusManager *manager, IbService *service, IbBusAccounts *accounts,
                            IbBusChecks *checks);
/* Nothing is told any more. */
void ib_bus_news_free (IbBusNews *self);
