/* filter-clash.h - asks which text of a filter is meant, where somebody else has changed it since it was read */
#pragma once

#include <adwaita.h>

typedef enum {
    IB_FILTER_CLASH_SAVING,    /* the text here takes the place of the other */
    IB_FILTER_CLASH_RESETTING, /* the shipped one does */
    IB_FILTER_CLASH_REMOVING,  /* nothing does */
} IbFilterClash;

/* Over @editor, for the filter @name. @is_there: there is another text; false: it was removed, which is no clash but in
 * SAVING. Its responses: "cancel"; "take": show the other; "insist": go on. Not shown yet. */
GtkWidget *ib_filter_clash_new (GtkWindow *editor, const char *name, IbFilterClash clash, bool is_there);
