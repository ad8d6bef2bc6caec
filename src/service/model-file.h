/* model-file.h - the classifier's table on disk
 *
 * The table as it lies in memory, and a trailer with its checksum. It is replaced as a whole or not at all; it is no more
 * than a cache of the journal's lessons. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/* Of the memory that a table with its trailer takes. */
gsize ib_model_file_bytes (void);
/* Fills @memory, of ib_model_file_bytes (). False: there is no file (G_IO_ERROR_NOT_FOUND), it cannot be read, or is damaged
 * or none of ours (G_IO_ERROR_INVALID_DATA); then @memory holds nothing of use. */
bool ib_model_file_read (const char *path, void *memory, GError **error);
/* Writes @memory, and its checksum into it, durably. */
bool ib_model_file_write (const char *path, void *memory, GError **error);
/* Out of the way, so that a new one can be written. Returns: its new path (transfer full); NULL on error */
char *ib_model_file_set_aside (const char *path, GError **error);
