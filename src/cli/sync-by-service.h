/* sync-by-service.h - the service does what `inbasket sync` would, and tells of it in the same words */
#pragma once

#include "client.h"
#include "sync.h"

/* As ib_sync_run (): the same events, outcome and errors. Runs the default main context until all is done, or SIGINT or SIGTERM
 * came: the service then goes on by itself. */
bool ib_sync_by_service (IbClient *service, const IbPaths *paths, const char *const *names,
                         const IbSyncEvents *events, gpointer user_data, IbSyncOutcome *out_outcome,
                         GError **error);
