/* preferences-window.h - what holds for all accounts, to be changed
 *
 * Keys of inbasket.conf, by the service (see settings-form.h), and whether it runs at login, by `inbasket service`. Where the
 * service is not there, the rest works all the same. */
#pragma once

#include "link.h"

#include <adwaita.h>

#define IB_TYPE_PREFERENCES_WINDOW (ib_preferences_window_get_type ())
G_DECLARE_FINAL_TYPE (IbPreferencesWindow, ib_preferences_window, IB, PREFERENCES_WINDOW,
                      AdwPreferencesWindow)

/* In front of @parent. @paths must outlive it. */
GtkWindow *ib_preferences_window_new (GtkWindow *parent, IbLink *link, const IbPaths *paths);
