/* chart-paint.h - what the charts are painted with: colours of the theme, and a pattern for who cannot tell them apart */
#pragma once

#include <gtk/gtk.h>

typedef enum {
    IB_PAINT_CAUGHT,  /* plain */
    IB_PAINT_THROUGH, /* hatched */
    IB_PAINT_PAPER,   /* what is behind them */
} IbPaint;

/* Onto @area of what @widget shows. */
void ib_chart_paint (GtkWidget *widget, GtkSnapshot *snapshot, IbPaint paint, const graphene_rect_t *area);
/* @text beginning at (@x, @y), in the colour of the other texts, faintly. */
void ib_chart_write (GtkWidget *widget, GtkSnapshot *snapshot, PangoLayout *text, float x, float y);
