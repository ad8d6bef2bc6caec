/* account-row.h - one account: how it stands, in words, and what can be done about it with one click */
#pragma once

#include "link.h"

#include <adwaita.h>

#define IB_TYPE_ACCOUNT_ROW (ib_account_row_get_type ())
G_DECLARE_FINAL_TYPE (IbAccountRow, ib_account_row, IB, ACCOUNT_ROW, AdwPreferencesRow)

GtkWidget *ib_account_row_new (IbLink *link, const char *name);
const char *ib_account_row_name (IbAccountRow *self);
void ib_account_row_show (IbAccountRow *self, const IbHeardAccount *account);
/* Of the poll that is under way. */
void ib_account_row_show_progress (IbAccountRow *self, guint64 fetched, guint64 messages);
