/* review-page.h - likely mistakes of the filters, the likeliest first
 *
 *     in Junk, the least spam-like first           ──Not Junk──▶ INBOX
 *     elsewhere, not called good, the worst first  ──Junk──────▶ Junk
 *
 * A row is activated: the action win.show-message is, with the message's id. */
#pragma once

#include "link.h"

#include <adwaita.h>

#define IB_TYPE_REVIEW_PAGE (ib_review_page_get_type ())
G_DECLARE_FINAL_TYPE (IbReviewPage, ib_review_page, IB, REVIEW_PAGE, AdwBin)

/* Picks from @arrivals (IbArrival), which somebody else fills. Once. */
void ib_review_page_show (IbReviewPage *self, IbLink *link, GListModel *arrivals);
/* The user has said what the message @id is: it is in doubt no longer. */
void ib_review_page_settle (IbReviewPage *self, const char *id);
