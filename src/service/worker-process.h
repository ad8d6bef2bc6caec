/* worker-process.h - a process of ours that gets nothing but what it is handed
 *
 * Descriptor 3 of it is its channel and 2 takes its words; 0 and 1 lead nowhere, and no other is open. No signal is blocked
 * or ignored in it, and it has a process group of its own: an interrupt from the keyboard is ours to act on, not its. */
#pragma once

#include <glib.h>

/* What a worker gets of our environment. Returns: (transfer full) */
char **ib_worker_process_environment (void);
/* The same open file, closed on exec, above the places of the new process: so it is not overwritten before it is in its own.
 * Takes @fd. -1: there is none left. */
int ib_worker_process_lift (int fd);
/* @channel and @words were lifted, and stay the caller's; @words -1: what it says is not heard. Returns: 0 or errno */
int ib_worker_process_start (const char *path, char *const *arguments, char *const *environment, int channel,
                             int words, GPid *out_pid);
