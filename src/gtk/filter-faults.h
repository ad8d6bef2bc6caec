/* filter-faults.h - what is wrong with a filter's text: underlined in its place, and in a list that leads there */
#pragma once

#include "heard-filters.h"

#include <gtk/gtk.h>

typedef struct _IbFilterFaults IbFilterFaults;

/* Of the filter @name, whose text is in @view. Both widgets must outlive it. */
IbFilterFaults *ib_filter_faults_new (GtkTextView *view, GtkListBox *list, const char *name);
void ib_filter_faults_free (IbFilterFaults *self);

/* @found: IbHeardFault, instead of those before; it is taken over. Returns: how many there are, for people. (transfer full) */
char *ib_filter_faults_show (IbFilterFaults *self, GPtrArray *found);
/* The keyboard goes to the place that @row is about, if that is in this text. */
void ib_filter_faults_go_to (IbFilterFaults *self, GtkListBoxRow *row);
