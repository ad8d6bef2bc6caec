/* placement.h - what the place of a message teaches: pure
 *
 *     moved into Junk                    spam   a correction
 *     moved out of Junk                  ham    a correction
 *     answered, or moved elsewhere       ham    a confirmation, at once
 *     read, and outside Junk for a day   ham    a confirmation
 *     a week in Junk, if not judged ham  spam   a confirmation
 *
 * Nothing is learned from deletion, from mail that nobody has read, nor from drafts; and nothing twice, but for a correction
 * of what was learned. Mail that the user sent is no incoming mail: it only shows whom they write with. What a rule put
 * among it shows nobody: anyone can write an own address into From. */
#pragma once

#include "dues.h"
#include "folder-role.h"

/* Outside Junk, read: long enough that who reads it would have moved it. */
#define IB_PLACEMENT_HAM_AFTER_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
/* In Junk: long enough that who looks through it now and then would have taken it out. */
#define IB_PLACEMENT_SPAM_AFTER_US (7 * G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

typedef struct {
    IbFolderRole was, is; /* of the folder that it stood in, and stands in */
    bool has_moved;       /* from one folder to another, by the user's hand */
    bool is_inbox;        /* stands in the INBOX */
    bool is_own;          /* the user sent it: from the server's folder of sent mail */
    const char *flags;    /* Maildir's letters */
    const char *verdict;  /* "spam", "ham", "unsure"; "" nobody knows */
    IbTaught taught;
    gint64 since; /* in the folder, microseconds */
} IbPlacement;

typedef struct {
    IbDueKind kind;
    const char *why; /* see IbLesson; static */
    gint64 at;       /* when it may be learned, if nothing changes; 0: at once */
} IbPlacementLesson;

IbPlacementLesson ib_placement_teaches (const IbPlacement *self);
