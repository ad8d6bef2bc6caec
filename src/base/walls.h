/* walls.h - what this kernel can lock a process in with, and how a process is locked in */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The version of Landlock's interface; 0: this kernel has none, or has it switched off. */
int ib_walls_landlock (void);
/* Whether system calls can be filtered. */
bool ib_walls_has_seccomp (void);

typedef enum { IB_WALLS_UNKNOWN, IB_WALLS_NONE, IB_WALLS_FILTERED } IbWalls;
/* Whether the system calls of process @pid are. */
IbWalls ib_walls_of (guint pid);
