/* nursery.h - where workers come from that share what it took to load them; see cradle.h
 *
 * One for a program, kept as long as the process runs. Everything on one thread, whose children the workers become. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct _IbNursery IbNursery;

/* Starts nothing yet. @environment is what the program gets. */
IbNursery *ib_nursery_new (const char *path, char **environment);
/* A worker with these two descriptors, which stay the caller's: its channel, and its standard error. It is a child of
 * ours, as if it had been started here. Waits for it: a moment, the first time as long as loading the program takes. -1:
 * there is none to be had this way. */
GPid ib_nursery_take (IbNursery *self, int channel, int words);
/* The next one is a copy of another process, whose memory lies elsewhere. Those that were taken live on. */
void ib_nursery_renew (IbNursery *self);
void ib_nursery_free (IbNursery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbNursery, ib_nursery_free)
