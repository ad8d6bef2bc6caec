/* report-page.h - why am I still receiving spam? The report of the last days, in charts and in words
 *
 *     shown, another period, mail delivered ──▶ Report asked ──▶ seen
 *
 * Nothing is asked while it is out of sight. */
#pragma once

#include "link.h"

#include <adwaita.h>

/* Actions: report.period (string "7d", "30d", "90d") */
#define IB_TYPE_REPORT_PAGE (ib_report_page_get_type ())
G_DECLARE_FINAL_TYPE (IbReportPage, ib_report_page, IB, REPORT_PAGE, AdwBin)

void ib_report_page_follow (IbReportPage *self, IbLink *link);
