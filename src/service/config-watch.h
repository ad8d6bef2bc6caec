/* config-watch.h - tells when the configuration of a home was changed
 *
 * inbasket.conf, the accounts, the filters and lists, and what else lies in its folder. Editors write a file in several steps, and
 * a program may change several files: it is told once they have been left alone for a moment. */
#pragma once

#include "paths.h"

typedef struct _IbConfigWatch IbConfigWatch;

/* On the thread-default main context. The home's folder for it is made if it is missing. */
IbConfigWatch *ib_config_watch_new (const IbPaths *paths, void (*changed) (gpointer user_data),
                                    gpointer user_data);
/* May be called from `changed`. */
void ib_config_watch_free (IbConfigWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbConfigWatch, ib_config_watch_free)
