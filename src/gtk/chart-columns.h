/* chart-columns.h - columns side by side, one for each day or some days: what was caught, and on top of it what came through
 *
 *     12 ┤      ░░
 *        │  ██  ██      ░░
 *      0 └──██──██──██──██──
 *        20 Nov       26 Nov
 *
 * Only a picture: whoever shows it says the same in words beside it. */
#pragma once

#include <gtk/gtk.h>

#define IB_TYPE_CHART_COLUMNS (ib_chart_columns_get_type ())
G_DECLARE_FINAL_TYPE (IbChartColumns, ib_chart_columns, IB, CHART_COLUMNS, GtkWidget)

typedef struct {
    guint64 caught, through;
} IbColumn;

/* @columns: IbColumn, copied. @first and @last: the days at both ends; @words: what a screen reader says in its place. */
void ib_chart_columns_show (IbChartColumns *self, const GArray *columns, const char *first, const char *last,
                            const char *words);
