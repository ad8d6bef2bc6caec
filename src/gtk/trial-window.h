/* trial-window.h - what came of trying a filter, before it does anything
 *
 *     looking ──▶ what would move from where to where, with examples
 *             ──▶ its tests, and why they fail
 *             ──▶ why it could not be tried */
#pragma once

#include "heard-filters.h"

#include <adwaita.h>

#define IB_TYPE_TRIAL_WINDOW (ib_trial_window_get_type ())
G_DECLARE_FINAL_TYPE (IbTrialWindow, ib_trial_window, IB, TRIAL_WINDOW, AdwWindow)

/* Modal; it looks until it is told what to show, once. */
GtkWindow *ib_trial_window_new (GtkWindow *parent, const char *title);
void ib_trial_window_show_replay (IbTrialWindow *self, const IbHeardTrial *replay);
/* @tests: IbHeardTest elements */
void ib_trial_window_show_tests (IbTrialWindow *self, const GPtrArray *tests);
void ib_trial_window_show_trouble (IbTrialWindow *self, const char *words);
