/* filters-page.h - which filters run, and in which order; and the way to what each of them says
 *
 *     switched, moved ──▶ ActivateFilters ──▶ Filters, again
 *     activated ──▶ filter-editor.h */
#pragma once

#include "link.h"

#include <adwaita.h>

#define IB_TYPE_FILTERS_PAGE (ib_filters_page_get_type ())
G_DECLARE_FINAL_TYPE (IbFiltersPage, ib_filters_page, IB, FILTERS_PAGE, AdwBin)

/* Once. */
void ib_filters_page_follow (IbFiltersPage *self, IbLink *link);
