/* variables.h - the variables of a run (RFC 5229)
 *
 * Names are the same in any letter case; one that was never set is empty. A value is cut between characters at the
 * length that the settings say. Each script has its own; "space.name" is one of those of an extension. */
#pragma once

#include "vm.h"

/* variable-name = identifier. */
bool ib_variables_is_name (IbSpan text);
/* variable-name, or namespace "." variable-name, in a name space that the script may use. */
bool ib_variables_may_name (const IbCheck *check, IbSpan text);
/* Of a command that sets one: tells if the string of @argument cannot name it. */
bool ib_variables_check_name (IbCheck *check, IbNode *node, IbArgument *argument);
/* What the modifiers of @call make of @value, in the order of RFC 5229, 4.1. */
IbSpan ib_variables_modify (IbVm *vm, const IbCall *call, IbSpan value);
/* What "${name}" stands for, in the run's arena. */
IbSpan ib_variables_get (IbVm *vm, IbSpan name);
void ib_variables_set (IbVm *vm, IbSpan name, IbSpan value);
/* What "${number}" stands for. */
IbSpan ib_variables_capture (IbVm *vm, guint number);

/* Variables that an extension keeps, in the run's arena. */
IbVariables *ib_variables_new (IbVm *vm);
/* From here on the script's @name is that of @all. */
void ib_variables_share (IbVm *vm, IbVariables *all, IbSpan name);

/* For the row of the extension: see language.h. */
gpointer ib_variables_state_new (IbVm *vm, IbArena *arena);
const IbTemplate *ib_variables_read_template (IbCheck *check, IbArena *arena, const IbArgument *string);
void ib_variables_take (IbVm *vm, const IbCaptures *captures);
