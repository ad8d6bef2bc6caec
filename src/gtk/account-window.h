/* account-window.h - what holds for one account, to be changed, and the way to remove it
 *
 * Keys of the account's file, by the service (see settings-form.h). It closes when the account goes. */
#pragma once

#include "link.h"

#include <adwaita.h>

#define IB_TYPE_ACCOUNT_WINDOW (ib_account_window_get_type ())
G_DECLARE_FINAL_TYPE (IbAccountWindow, ib_account_window, IB, ACCOUNT_WINDOW, AdwPreferencesWindow)

/* In front of @parent, whose action app.sign-in it uses. */
GtkWindow *ib_account_window_new (GtkWindow *parent, IbLink *link, const char *account);
