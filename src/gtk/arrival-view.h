/* arrival-view.h - what is shown of a message in a list: of many, one after the other */
#pragma once

#include "arrival.h"

#define IB_TYPE_ARRIVAL_VIEW (ib_arrival_view_get_type ())
G_DECLARE_FINAL_TYPE (IbArrivalView, ib_arrival_view, IB, ARRIVAL_VIEW, AdwBin)

void ib_arrival_view_show (IbArrivalView *self, IbArrival *arrival);
/* The same for a screen reader. Returns: (transfer full) */
char *ib_arrival_view_words (IbArrival *arrival);
/* A button that activates @action with the message's @id. */
void ib_arrival_view_offer (IbArrivalView *self, const char *label, const char *action, const char *id);
