/* filter-editor.h - the text of one filter, and what is wrong with it while it is written
 *
 *     text ──a pause──▶ CheckFilter ──▶ underlined in its place, and a list that leads there
 *       ├── Save ────▶ ReplaceFilter ──somebody else has changed it──▶ filter-clash.h
 *       ├── Try on My Mail ──▶ ReplayFilter ──▶ trial-window.h
 *       ├── Run Its Test ──▶ TestFilter
 *       └── Reset, Remove ──▶ WithdrawFilter ──the same──▶ filter-clash.h
 *
 * A shipped filter is never changed: saving makes one of the user's own in its place. No text is lost without a word: what was
 * here before the service's answer, and what stood in a file that is overwritten, can be had by Undo. */
#pragma once

#include "heard-filters.h"
#include "link.h"

#include <adwaita.h>

/* Signals:
 *     changed ()    the filter was written, or removed */
#define IB_TYPE_FILTER_EDITOR (ib_filter_editor_get_type ())
G_DECLARE_FINAL_TYPE (IbFilterEditor, ib_filter_editor, IB, FILTER_EDITOR, AdwWindow)

/* @filter: as it is now; NULL: there is none called @name yet. */
GtkWindow *ib_filter_editor_new (GtkWindow *parent, IbLink *link, const char *name,
                                 const IbHeardFilter *filter);
/* The one that is open over @parent for the filter @name. Returns: (transfer none) (nullable) */
GtkWindow *ib_filter_editor_find (GtkWindow *parent, const char *name);
/* Asks what becomes of a text over @parent that is not saved, and closes @parent once that is known. False: all is saved. */
bool ib_filter_editor_ask_all (GtkWindow *parent);
