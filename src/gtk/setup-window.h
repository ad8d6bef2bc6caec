/* setup-window.h - the wizard's window: adds accounts, a page at a time
 *
 * The frame around the model of setup.h: its header bar goes on and back, its title is the page's, what went wrong stands
 * above the page, and what takes more than a moment can be cancelled. Return goes on, Escape back, nothing that was typed is
 * lost on the way. It needs no service. */
#pragma once

#include "paths.h"

#include <adwaita.h>
#include <stdbool.h>

/* Signals: added (name): there is an account more, or it was signed in to again. */
#define IB_TYPE_SETUP_WINDOW (ib_setup_window_get_type ())
G_DECLARE_FINAL_TYPE (IbSetupWindow, ib_setup_window, IB, SETUP_WINDOW, AdwWindow)

/* @paths must outlive it. NULL: a table of providers or of client ids is wrong. */
/* @account: it is signed in to again, from its password to a test; NULL: one is added. */
GtkWindow *ib_setup_window_new (GtkWindow *parent, const IbPaths *paths, const char *account, GError **error);
/* Whether it is what was asked for: signing in to @account, or, NULL, adding one; what is done already is no more. */
bool ib_setup_window_is_for (IbSetupWindow *self, const char *account);
/* Whether closing it loses what somebody typed, or began. */
bool ib_setup_window_has_input (IbSetupWindow *self);
/* Of --home; NULL: the user's own. */
const char *ib_setup_window_home (IbSetupWindow *self);
