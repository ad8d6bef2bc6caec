/* trial.h - a worker is started to see whether it locks itself in
 *
 * Nothing from outside is given to it. Blocks, for at most IB_TRIAL_LIMIT_S. */
#pragma once

#include "sandbox.h"

#define IB_TRIAL_LIMIT_S 10

/* False: it did not start, or did not go on. */
bool ib_trial_filter (IbSandboxStatus *out_status, GError **error);
/* The same of the fetch worker, which goes on only once it is locked in: it is handed a connection that is over, and has to
 * say so. */
bool ib_trial_fetch (GError **error);
