/* update-watch.h - tells when the programs of this service were replaced, as an update does it
 *
 * A service that goes on would start workers of another version, which may not understand it; and what was mended would not be
 * of use until the next login. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbUpdateWatch IbUpdateWatch;

/* @replaced on the thread-default main context, at each change from when one of them is another file than it was now, and all
 * of them are there; not where they were only removed. */
IbUpdateWatch *ib_update_watch_new (void (*replaced) (gpointer user_data), gpointer user_data);
void ib_update_watch_free (IbUpdateWatch *self);
/* The service's own program: the file that has its name by now. NULL: nobody knows, and nothing is told. */
const char *ib_update_watch_program (const IbUpdateWatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbUpdateWatch, ib_update_watch_free)
