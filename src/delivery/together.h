/* together.h - many files onto stable storage by one call
 *
 * Each fsync has the disk empty its cache; syncfs does so once for all. But it also brings there what other programs have
 * written, and not every file system promises the same by it. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/* What ib_together_unwritten () is asked for by ib_together_sync (). */
#define IB_TOGETHER_NODES "/sys/devices/system/node"

/* As if each of these had been synced. *numbers: 0, or the errno of each that has failed, for good: it is told only once. False:
 * of the others nothing is known; each is to be synced by itself, which also tells whose fault it was. */
bool ib_together_sync (const char *nodes, const int *fds, gsize count, int *numbers);

/* Bytes that this machine has yet to write, of all programs and to all disks, by @nodes, the folder of the kernel's memory nodes
 * (unlike /proc/meminfo it is seen in a unit with ProcSubset=pid). -1: nobody can tell. */
gint64 ib_together_unwritten (const char *nodes);
