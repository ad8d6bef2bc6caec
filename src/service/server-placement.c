/* server-placement.c - what it means that a message is found at another place on its server */
#include "server-placement.h"

/* The journal has it where it was before we moved it, until it is found again. */
static bool
was_in_junk (const IbServerPlacement *self)
{
    if (self->work == IB_STORY_JUNK && self->is_done)
        return true;
    return self->was_in_junk && !(self->work == IB_STORY_RESCUE && self->is_done);
}

/* Who got there first, the user or we, makes no difference. What is to be rescued from Junk, and was not found there yet, we had
 * moved there. */
static bool
is_ours (const IbServerPlacement *self)
{
    return (self->work == IB_STORY_JUNK && !self->was_in_junk && self->is_in_junk)
           || (self->work == IB_STORY_RESCUE && self->was_in_junk != self->is_in_junk);
}

IbServerFinding
ib_server_placement_means (const IbServerPlacement *self)
{
    if (is_ours (self))
        return IB_FOUND_KNOWN;
    bool is_deleted = self->work == IB_STORY_DELETE && self->is_done;
    if (is_deleted || was_in_junk (self) == self->is_in_junk || !self->has_same_date)
        return IB_FOUND_COPY;
    if (self->is_renumbered || !self->learns)
        return IB_FOUND_KNOWN;
    return self->is_in_junk ? IB_FOUND_JUNKED : IB_FOUND_RESCUED;
}

bool
ib_server_placement_may_be_missed (const IbServerPlacement *self, IbServerFinding finding)
{
    return finding != IB_FOUND_COPY && !self->is_in_junk && self->work != IB_STORY_RESCUE;
}
