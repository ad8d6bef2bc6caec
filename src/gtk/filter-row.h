/* filter-row.h - one filter: what it does, whether it runs, and when
 *
 *     [1] junk.sieve            [up] [down] [switch]
 *         what it does
 *         yours, in place of the shipped one
 *
 * What the user does with it are actions of whoever holds it, with its name:
 * filters.switch (name, on: sb), filters.move (name, up: sb), filters.place (name, where another is: ss). Alt+Up and
 * Alt+Down move it; it can be dragged onto another. */
#pragma once

#include "heard-filters.h"

#include <adwaita.h>

#define IB_TYPE_FILTER_ROW (ib_filter_row_get_type ())
G_DECLARE_FINAL_TYPE (IbFilterRow, ib_filter_row, IB, FILTER_ROW, AdwPreferencesRow)

GtkWidget *ib_filter_row_new (const char *name);
const char *ib_filter_row_name (IbFilterRow *self);
void ib_filter_row_show (IbFilterRow *self, const IbHeardFilter *filter);
/* @place: among those that run, from 1; 0: it does not run. @is_last: of them. */
void ib_filter_row_show_place (IbFilterRow *self, guint place, bool is_last);
guint ib_filter_row_place (IbFilterRow *self);
