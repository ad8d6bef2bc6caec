/* served-facts.h - what a filter is told of a message that a server hands over */
#pragma once

#include "facts.h"
#include "fetch.h"

/* Of @message alone; what its account's messages share is the pool's. @folder: the server's, UTF-8; @now: microseconds.
 * Returns: (transfer full) */
IbFacts *ib_served_facts (const IbAccount *account, const char *folder, const char *special_use,
                          const IbRemoteMessage *message, gint64 now);
