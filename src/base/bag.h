/* bag.h - messages that came together, in one descriptor
 *
 * A descriptor a message would cost each process that it passes through more than the message itself. The descriptor is
 * closed, and its memory free again, when nobody has a message of the bag any more. Any thread may let go of it. */
#pragma once

#include <glib.h>

typedef struct _IbBag IbBag;

/* Takes @fd: a sealed memory file, or a plain file. */
IbBag *ib_bag_new (int fd);
IbBag *ib_bag_ref (IbBag *self);
void ib_bag_unref (IbBag *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbBag, ib_bag_unref)
int ib_bag_fd (const IbBag *self);

/* Where a message's bytes are. */
typedef struct {
    int fd;
    guint64 offset, size_bytes;
} IbPiece;
