/* sandbox.h - a worker locks itself in
 *
 * Called once all that will be needed is open, and before the first byte from outside: resource limits, not dumpable,
 * no new privileges, Landlock with nothing allowed, seccomp with a list of calls. Calls that are not listed get EPERM,
 * looking for files (open, stat ...; libraries do) EACCES, setsockopt EINVAL; dangerous ones (execve, fork, ptrace,
 * socket, connect, a signal to another ...) end the process. fstat() of glibc goes by newfstatat and is refused: a
 * descriptor's size is asked with lseek(). No thread can be started afterwards. The process ends with the thread that
 * started it. A sanitizer build lifts the address space limit and allows what its runtime needs. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef enum { IB_SANDBOX_FETCH, IB_SANDBOX_FILTER } IbSandboxKind;

typedef struct {
    int landlock_abi;      /* 0: this kernel has none; seccomp alone holds */
    bool has_seccomp;
} IbSandboxStatus;

/* An error means that the worker must not go on. */
bool ib_sandbox_enter (IbSandboxKind kind, IbSandboxStatus *out_status, GError **error);
