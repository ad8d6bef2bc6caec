/* arrival-row.h - a message in a list: what it is, where it went, and what was thought of it */
#pragma once

#include "arrival.h"

#define IB_TYPE_ARRIVAL_ROW (ib_arrival_row_get_type ())
G_DECLARE_FINAL_TYPE (IbArrivalRow, ib_arrival_row, IB, ARRIVAL_ROW, AdwPreferencesRow)

GtkWidget *ib_arrival_row_new (IbArrival *arrival);
const char *ib_arrival_row_id (IbArrivalRow *self);
/* A button on it, for what its list can do with it: @action takes the message's id. */
void ib_arrival_row_offer (IbArrivalRow *self, const char *label, const char *action);
