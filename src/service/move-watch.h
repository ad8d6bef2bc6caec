/* move-watch.h - learns from what the user does with mail, as it is done
 *
 *     folder-watch.h: somebody moved mail ─▶ the home is borrowed ─▶ moves.h learns ─▶ the next verdict shows it
 *
 * The rescan at the beginning finds what was done while nobody watched. */
#pragma once

#include "service.h"

typedef struct _IbMoveWatch IbMoveWatch;

/* @service outlives it. Begins when the service's configuration says which Maildir; follows it to another. */
IbMoveWatch *ib_move_watch_new (IbService *service);
/* Not while it has the home: after the service was stopped. */
void ib_move_watch_free (IbMoveWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbMoveWatch, ib_move_watch_free)
