/* server-placement.h - what it means that a message is found at another place on its server: pure
 *
 *     we moved it, or were about to                    known     it is only noted where it is now
 *     it was not in Junk, and is found in Junk         junked    the user called it spam there, on the phone say
 *     it was in Junk, and is found elsewhere           rescued   the user called it good mail there
 *     as rescued or known, but it is gone here         missed    wanted, and not here: delivered once more, as good mail
 *     on the same side as before, or another delivery  copy      as any twin
 *
 * A message that is moved keeps the date at which its server took it in; a second one, which a server's filter put aside, say,
 * has another.
 * After a change of UIDVALIDITY all are found anew, and nobody has said anything. */
#pragma once

#include "story.h"

typedef struct {
    bool was_in_junk;   /* where the journal has it */
    bool is_in_junk;    /* where it is found */
    IbStoryAfter work;  /* ours with it there, last */
    bool is_done;       /* not only planned */
    bool is_renumbered; /* the mailbox that it is found in has new numbers */
    bool has_same_date; /* INTERNALDATE */
    bool learns;        /* moves are learned from */
} IbServerPlacement;

typedef enum {
    IB_FOUND_COPY,
    IB_FOUND_KNOWN,
    IB_FOUND_JUNKED,
    IB_FOUND_RESCUED,
    IB_FOUND_MISSED,
    IB_FOUND_PUT, /* after=move put it there: known, and nothing more to be noted than its number */
} IbServerFinding;

/* Neither IB_FOUND_MISSED nor IB_FOUND_PUT. */
IbServerFinding ib_server_placement_means (const IbServerPlacement *self);
/* Whether one that means @finding is missed if it is gone here. What we took out of Junk was here again, and if it is not any more
 * that is the user's will. */
bool ib_server_placement_may_be_missed (const IbServerPlacement *self, IbServerFinding finding);
