/* launch.h - where the user's own commands run
 *
 * `secret=command:`, `after-delivery` and their like are the user's own programs: they read and write what they like, and must
 * not inherit what the service denies itself. Where the service is a unit of the user's systemd, a command therefore becomes
 * a transient unit beside it, started by the manager outside the service's cage, with the environment that the manager gives
 * to all; its output comes through pipes of ours. Anywhere else it is a child, as run-command.h says. */
#pragma once

#include "run-command.h"

#include <stdbool.h>

/* Whether systemd itself started this process. */
bool ib_launch_is_unit (void);
/* From now on commands run in the way that fits this process. Before there are other threads. */
void ib_launch_set_up (void);

/* A transient unit's ExecStart: @argv word for word, though systemd replaces $NAME. Returns: (floating) */
GVariant *ib_launch_exec_start (const char *program, const char *const *argv);
/* As transient units. */
extern const IbRunWay ib_launch_as_unit;
