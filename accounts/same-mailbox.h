/* same-mailbox.h - whether two accounts fetch one mailbox, so that each of its messages would be fetched twice */
#pragma once

#include "account.h"

/* By protocol, server and user: the ports may differ if both are the protocol's own. Pure. */
bool ib_same_mailbox (const IbAccount *one, const IbAccount *other);
/* The name of an account in @folder, other than @account itself, that fetches the mailbox of @account already; NULL: none that
 * can be read. Returns: (transfer full) (nullable) */
char *ib_same_mailbox_find (const char *folder, const IbAccount *account);
