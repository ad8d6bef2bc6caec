/* bag.c - messages that came together, in one descriptor */
#include "bag.h"

#include <unistd.h>

struct _IbBag {
    int fd;
};

IbBag *
ib_bag_new (int fd)
{
    IbBag *self = g_atomic_rc_box_new (IbBag);
    self->fd = fd;
    return self;
}

IbBag *
ib_bag_ref (IbBag *self)
{
    return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer pointer)
{
    IbBag *self = pointer;
    (void) close (self->fd); /* nothing was written through it */
}

void
ib_bag_unref (IbBag *self)
{
    if (self != NULL)
        g_atomic_rc_box_release_full (self, clear);
}

int
ib_bag_fd (const IbBag *self)
{
    return self->fd;
}
