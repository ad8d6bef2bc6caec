/* import-file.h - where another program's files are, and their text */
#pragma once

#include <gio/gio.h>

/* "~", "~/x", and relative paths from @folder. Returns: (transfer full) */
char *ib_import_path (const char *home, const char *folder, const char *path);
/* A place as a path: "$XDG_CONFIG_HOME/isyncrc", ".mbsyncrc". Returns: (transfer full) */
char *ib_import_expand_place (const char *home, const char *place);

/* The file's text, ended by a NUL; of at most IB_LIMIT_IMPORT_BYTES. An error is IB_SETTINGS_ERROR's. */
char *ib_import_load (const char *path, gsize *out_length, GError **error);
/* Overwrites it first: there may be a password in it. */
void ib_import_wipe (char *text);
