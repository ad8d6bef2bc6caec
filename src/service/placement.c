/* placement.c - what the place of a message teaches */
#include "placement.h"

#include <string.h>

static bool
has_flag (const IbPlacement *self, char letter)
{
    return strchr (self->flags, letter) != NULL;
}

/* The user said so; what was learned before is no obstacle, unless it was the same. */
static IbPlacementLesson
correction (const IbPlacement *self)
{
    bool was_spam = self->was == IB_ROLE_JUNK || self->taught == IB_TAUGHT_SPAM;
    if (self->is == IB_ROLE_JUNK && self->was != IB_ROLE_JUNK && self->taught != IB_TAUGHT_SPAM)
        return (IbPlacementLesson){ IB_DUE_CORRECT_SPAM, "moved", 0 };
    if (self->is == IB_ROLE_ORDINARY && was_spam && self->taught != IB_TAUGHT_HAM)
        return (IbPlacementLesson){ IB_DUE_CORRECT_HAM, "moved", 0 };
    return (IbPlacementLesson){ 0 };
}

/* A flag is set by somebody who has seen the message, whatever else it means to them. */
static IbPlacementLesson
good_mail (const IbPlacement *self)
{
    if (has_flag (self, 'R'))
        return (IbPlacementLesson){ IB_DUE_HAM, "answered", 0 };
    if (self->has_moved && self->was == IB_ROLE_ORDINARY && !self->is_inbox)
        return (IbPlacementLesson){ IB_DUE_HAM, "filed", 0 };
    if (has_flag (self, 'S') || has_flag (self, 'F'))
        return (IbPlacementLesson){ IB_DUE_HAM, "read", self->since + IB_PLACEMENT_HAM_AFTER_US };
    return (IbPlacementLesson){ 0 };
}

/* What a rule put into Junk against the verdict is no news of the message. */
static IbPlacementLesson
left_in_junk (const IbPlacement *self)
{
    if (strcmp (self->verdict, "ham") == 0)
        return (IbPlacementLesson){ 0 };
    return (IbPlacementLesson){ IB_DUE_SPAM, "left-in-junk", self->since + IB_PLACEMENT_SPAM_AFTER_US };
}

static IbPlacementLesson
confirmation (const IbPlacement *self)
{
    switch (self->is) {
    case IB_ROLE_ORDINARY:
        return good_mail (self);
    case IB_ROLE_JUNK:
        return left_in_junk (self);
    case IB_ROLE_SENT:
    case IB_ROLE_ASIDE:
        break;
    }
    return (IbPlacementLesson){ 0 };
}

IbPlacementLesson
ib_placement_teaches (const IbPlacement *self)
{
    if (has_flag (self, 'T') || has_flag (self, 'D') || self->is == IB_ROLE_ASIDE)
        return (IbPlacementLesson){ 0 };
    if (self->is_own || (self->is == IB_ROLE_SENT && self->has_moved))
        return (IbPlacementLesson){ IB_DUE_PEOPLE, "sent", 0 };

    bool was_renamed = !self->has_moved && self->was != self->is;
    if (was_renamed) /* the folder: nobody said anything of what is in it */
        return (IbPlacementLesson){ 0 };

    IbPlacementLesson lesson = self->has_moved ? correction (self) : (IbPlacementLesson){ 0 };
    if (lesson.kind != IB_DUE_NOTHING)
        return lesson;
    if (self->taught == IB_TAUGHT_NOTHING)
        return confirmation (self);
    /* Learned already, but it was not known yet that they write with each other. */
    if (self->taught == IB_TAUGHT_HAM && self->is == IB_ROLE_ORDINARY && has_flag (self, 'R'))
        return (IbPlacementLesson){ IB_DUE_PEOPLE, "answered", 0 };
    return (IbPlacementLesson){ 0 };
}
