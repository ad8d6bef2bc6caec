/* memory-file.h - files without a place, in which bytes go from one process to the next
 *
 * A sealed one can be neither changed nor shrunk by anybody: who maps it is safe from who made it. Nothing here is forbidden
 * behind the workers' walls. What fails says so by errno alone; the caller knows what it was for. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Empty, to be written and then sealed; @name is for whoever looks at a process's descriptors. -1 and errno. */
int ib_memory_file_new (const char *name);
/* False and errno. */
bool ib_memory_file_seal (int fd);
/* A sealed one of these bytes; -1 and errno. */
int ib_memory_file_of (const char *name, const void *bytes, gsize length);
