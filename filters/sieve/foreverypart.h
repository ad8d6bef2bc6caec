/* foreverypart.h - which part of the message a loop of "foreverypart" is at */
#pragma once

#include "part.h"
#include "tree.h"
#include "vm.h"

/* The part that the innermost loop is at; NULL: none runs. */
const IbPart *ib_foreverypart_current (const IbVm *vm);
/* The loop around @node in its script, the innermost; NULL: there is none. */
const IbNode *ib_foreverypart_around (const IbNode *node);
