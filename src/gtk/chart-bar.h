/* chart-bar.h - a horizontal bar: so much of all; and, always full, the sign beside a word of a chart's legend */
#pragma once

#include "chart-paint.h"

#define IB_TYPE_CHART_BAR (ib_chart_bar_get_type ())
G_DECLARE_FINAL_TYPE (IbChartBar, ib_chart_bar, IB, CHART_BAR, GtkWidget)

/* Properties: "share" (double, 0 to 1; 1), "hatched" (boolean; FALSE: plain). */

/* @words: what a screen reader says in its place. */
void ib_chart_bar_show (IbChartBar *self, double share, const char *words);
