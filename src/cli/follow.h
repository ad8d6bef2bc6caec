/* follow.h - waits until something may be other than it was, for what is shown live
 *
 * Where a service works on the home, it says so; else the home is looked at every moment, since another process may have
 * written it. */
#pragma once

#include "client.h"

typedef struct _IbFollow IbFollow;

/* @every_ms: how often to look where nobody tells. */
IbFollow *ib_follow_new (const IbPaths *paths, guint every_ms);
void ib_follow_free (IbFollow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFollow, ib_follow_free)

/* The service, as long as there is one. Valid until the next wait. */
IbClient *ib_follow_service (IbFollow *self);
/* Returns when there may be something new; it was not looked for what came before the last call. Runs the default main
 * context. */
void ib_follow_wait (IbFollow *self);
