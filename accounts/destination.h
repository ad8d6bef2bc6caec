/* destination.h - where an account's secret goes, and how safely
 *
 * Its server, the way of speaking with it and what proves that it is the one; for a token also whose token it is, and who renews
 * it. Pure. */
#pragma once

#include "account.h"

/* The first key ("account.host") by which @then differs from @now in that; NULL: none. */
const char *ib_destination_changed_key (const IbAccount *now, const IbAccount *then);
/* The name of @account's server, spelt in one way only. Returns: (transfer full) */
char *ib_destination_server (const IbAccount *account);
