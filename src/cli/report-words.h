/* report-words.h - the causes of spam in words, the same for a terminal and for a page; see spam-words.h */
#pragma once

#include "report.h"

/* "beside the MX". */
const char *ib_report_cause_title (IbReportCause cause);
/* What happened, a sentence. */
const char *ib_report_cause_meaning (IbReportCause cause);
/* What to do about it, a sentence that names the ways (@ways: IbReportWay) that matter. Returns: (transfer full) */
char *ib_report_remedy (IbReportCause cause, const GPtrArray *ways);
/* What closes the way @way of @cause, for a shell, as far as one command can; NULL: none can. Returns: (transfer full) (nullable) */
char *ib_report_command (const IbPaths *paths, const IbConfig *config, IbReportCause cause, const char *way);
/* "Less than in the same time before (12)". Returns: (transfer full) */
char *ib_report_trend (const IbReport *report);
/* "120 messages came, 34 of them spam: 30 caught, 4 came through; 1 good one was caught". Returns: (transfer full) */
char *ib_report_summary (const IbSpamFigures *figures);
/* Days that fit in @most columns: so many days in one. At least 1. */
guint ib_report_days_a_column (const IbReport *report, guint most);
