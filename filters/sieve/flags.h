/* flags.h - lists of flags and keywords, as scripts write them (RFC 5232, 2) */
#pragma once

#include "vm.h"

/* The flags of @operand: a string may hold several, blanks between. Each once, in any letter case; those that no store
 * can have are left out. Returns: (transfer none): NULL-terminated, in the run's arena */
const char *const *ib_flags_read (IbVm *vm, const IbOperand *operand);
/* The same with what can be no flag, to be looked for: "*lagged". */
const char *const *ib_flags_read_any (IbVm *vm, const IbOperand *operand);
/* ib_flags_read () of one text. */
const char *const *ib_flags_parse (IbVm *vm, IbSpan text);
/* @flags and those of @more that it lacks. In the run's arena. */
const char *const *ib_flags_united (IbVm *vm, const char *const *flags, const char *const *more);
/* Those of @flags that are not in @less. In the run's arena. */
const char *const *ib_flags_without (IbVm *vm, const char *const *flags, const char *const *less);
