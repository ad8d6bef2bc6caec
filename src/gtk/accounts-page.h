/* accounts-page.h - all accounts, live; without any, the way to the first */
#pragma once

#include "link.h"

#include <adwaita.h>

#define IB_TYPE_ACCOUNTS_PAGE (ib_accounts_page_get_type ())
G_DECLARE_FINAL_TYPE (IbAccountsPage, ib_accounts_page, IB, ACCOUNTS_PAGE, AdwBin)

/* Once. */
void ib_accounts_page_follow (IbAccountsPage *self, IbLink *link);
