/* filter-trying.h - what a filter would do, in a window of its own
 *
 *     the text, as it is written now ──▶ ReplayFilter ──▶ what would move
 *     the test beside its file ────────▶ TestFilter ────▶ what it says
 *
 * Nothing is changed. The window opens at once, and may be closed before the answer. */
#pragma once

#include "link.h"

#include <adwaita.h>

void ib_filter_trying_on_mail (GtkWindow *editor, IbLink *link, const char *name, const char *text);
void ib_filter_trying_by_test (GtkWindow *editor, IbLink *link, const char *name);
