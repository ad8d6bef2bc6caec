/* matching.h - a test's keys against its values, one after the other
 *
 *     IbMatching matching = ib_matching_new (vm, call, &call->positional[1]);
 *     ... ib_matching_value (&matching, value) for each value, until it returns true
 *     return ib_matching_finish (&matching);
 */
#pragma once

#include "vm.h"

typedef struct {
    IbVm *vm;
    const IbCall *call;
    const IbOperand *keys;
    guint64 count; /* of values seen */
    bool holds;
    bool takes_nothing; /* what wildcards took is nobody's; false unless set */
} IbMatching;

IbMatching ib_matching_new (IbVm *vm, const IbCall *call, const IbOperand *keys);
/* Returns true when no more values are needed. */
bool ib_matching_value (IbMatching *self, IbValue *value);
/* Whether the test holds. */
bool ib_matching_finish (IbMatching *self);
/* All at once for a single value. */
bool ib_matching_one (IbVm *vm, const IbCall *call, const IbOperand *keys, IbSpan value);
