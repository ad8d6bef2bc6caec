/* walls.c - what this kernel can lock a process in with, and how a process is locked in */
#include "walls.h"

#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LANDLOCK_VERSION 1 /* LANDLOCK_CREATE_RULESET_VERSION, which old headers lack */

int
ib_walls_landlock (void)
{
    return MAX (0, (int) syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION));
}

bool
ib_walls_has_seccomp (void)
{
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return syscall (SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

IbWalls
ib_walls_of (guint pid)
{
    g_autofree char *path = g_strdup_printf ("/proc/%u/status", pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents (path, &text, NULL, NULL))
        return IB_WALLS_UNKNOWN;
    const char *line = strstr (text, "\nSeccomp:");
    if (line == NULL)
        return IB_WALLS_UNKNOWN;
    return atoi (line + strlen ("\nSeccomp:")) == 2 ? IB_WALLS_FILTERED : IB_WALLS_NONE;
}
