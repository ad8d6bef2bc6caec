/* arrivals.h - the list of what arrived, the newest first, kept up to date */
#pragma once

#include "link.h"

/* A list of IbArrival, filled from the service's history and from then on by its news; read anew whenever a service appears.
 * Returns: (transfer full) */
GListModel *ib_arrivals_new (IbLink *link);
/* Reads the history again: what is known of a message has changed. */
void ib_arrivals_reload (GListModel *arrivals);
