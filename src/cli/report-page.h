/* report-page.h - the report as one page with charts, which needs nothing else and asks nobody */
#pragma once

#include "report.h"

/* HTML (UTF-8). Returns: (transfer full) */
char *ib_report_page (const IbReport *report);
