/* activity-page.h - what arrived, the newest first, live, and searchable
 *
 * A row is activated: the action win.show-message is, with the message's id. */
#pragma once

#include "link.h"

#include <adwaita.h>

#define IB_TYPE_ACTIVITY_PAGE (ib_activity_page_get_type ())
G_DECLARE_FINAL_TYPE (IbActivityPage, ib_activity_page, IB, ACTIVITY_PAGE, AdwBin)

/* Shows @arrivals (IbArrival), which somebody else fills. Once. */
void ib_activity_page_show (IbActivityPage *self, GListModel *arrivals);
/* Puts the cursor where words to be looked for are typed. */
void ib_activity_page_search (IbActivityPage *self);
