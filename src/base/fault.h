/* fault.h - named points at which a test can end or hinder the program
 *
 * IB_FAULT=NAME:N     the process kills itself (SIGKILL) at the N-th passing of NAME
 * IB_FAULT=NAME:N:ERRNO   the N-th passing fails with that errno (ENOSPC, EIO ...) where the point can fail
 * IB_FAULT=NAME:N+:ERRNO  the N-th and each later one
 * IB_FAULT=list       `inbasket` prints every name, one a line, and leaves
 * A value that means nothing ends the program at once with status 2: a test that hits no point proves nothing.
 * Costs one comparison where the variable is not set. Any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* 0, or the errno that the caller must fail with. @name must be in the table of fault.c. */
int ib_fault (const char *name);
/* NULL-ended. */
const char *const *ib_fault_names (void);
/* For tests within one process: as if IB_FAULT were @spec; NULL: no fault. False: @spec means nothing. */
bool ib_fault_set (const char *spec);
