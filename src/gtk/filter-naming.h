/* filter-naming.h - asks what a new filter is to be called */
#pragma once

#include <adwaita.h>

/* @name: of its file, "trips.sieve". */
typedef void (*IbFilterNamed) (GtkWidget *owner, const char *name);

/* In a dialog over @owner's window, which it keeps until then. Not called if the user thinks otherwise. */
void ib_filter_naming_ask (GtkWidget *owner, IbFilterNamed named);
