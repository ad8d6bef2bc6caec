/* follow.h - waits until something may be other than it was, for what is shown live
 *
 * Where a service works on the home, it says so. Whatever else writes there, a command for instance, is seen by what happens
 * to the journal's and the configuration's files. */
#pragma once

#include "client.h"

typedef struct _IbFollow IbFollow;

/* From now on SIGINT and SIGTERM do no more than end the waiting. */
IbFollow *ib_follow_new (const IbPaths *paths);
void ib_follow_free (IbFollow *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFollow, ib_follow_free)

/* The service, as long as there is one. Valid until the next wait. */
IbClient *ib_follow_service (IbFollow *self);
/* Returns when there may be something new since the last call, or the terminal has another size, or time itself is news: what
 * was two minutes ago is three now. False: the user ends it. Runs the default main context. */
bool ib_follow_wait (IbFollow *self);
