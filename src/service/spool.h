/* spool.h - a message too large for memory, from a pipe into a file without a name
 *
 * A thread of its own drains the pipe; the file is gone by itself when its descriptor is closed. */
#pragma once

#include <gio/gio.h>

/* @fd (taken by the callee), which can only be read, is the whole of what came, @size_bytes long, positioned anywhere; or @error, about the disk.
 * Called on the context that started it. */
typedef void (*IbSpoolDone) (int fd, guint64 size_bytes, const GError *error, gpointer user_data);
/* Takes @pipe. @folder: where the file is made. */
void ib_spool_start (int pipe, const char *folder, IbSpoolDone done, gpointer user_data);
