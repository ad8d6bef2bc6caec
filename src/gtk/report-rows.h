/* report-rows.h - the parts of a report as rows of a list
 *
 * Every text that came with mail is made safe to show. Each row: (transfer full), floating */
#pragma once

#include "heard-report.h"

#include <adwaita.h>

/* How much of @all spam came by @cause, by whom, and what to do about it: a bar, and words for the same. */
GtkWidget *ib_report_rows_cause (const IbHeardCause *cause, guint64 all);
GtkWidget *ib_report_rows_account (const IbHeardStanding *account);
/* What came in the days up to @at_s: one, or some. */
GtkWidget *ib_report_rows_day (gint64 at_s, const IbHeardFigures *figures);

/* "3 Mar". Returns: (transfer full) */
char *ib_report_rows_date (gint64 at_s);
