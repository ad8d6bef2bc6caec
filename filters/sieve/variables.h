/* variables.h - the variables of a run (RFC 5229)
 *
 * Names are the same in any letter case; one that was never set is empty. A value is at most VALUE_BYTES long and cut
 * between characters. */
#pragma once

#include "vm.h"

/* variable-name = identifier. */
bool ib_variables_is_name (IbSpan text);
/* What "${name}" stands for, in the run's arena. */
IbSpan ib_variables_get (IbVm *vm, IbSpan name);
void ib_variables_set (IbVm *vm, IbSpan name, IbSpan value);
/* What "${number}" stands for. */
IbSpan ib_variables_capture (IbVm *vm, guint number);

/* For the row of the extension: see language.h. */
gpointer ib_variables_state_new (IbVm *vm, IbArena *arena);
const IbTemplate *ib_variables_read_template (IbCheck *check, IbArena *arena, const IbArgument *string);
void ib_variables_take (IbVm *vm, const IbCaptures *captures);
