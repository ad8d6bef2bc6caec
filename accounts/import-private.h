/* import-private.h - what the formats are made of */
#pragma once

#include "imported.h"

struct _IbImportFormat {
    const char *name;
    const char *const *places; /* below the user's home, NULL-ended; "$XDG_CONFIG_HOME/…" too */
    /* Other than one file at one of the places; NULL: that. Appends to @paths. */
    void (*locate) (const char *home, GPtrArray *paths);
    /* @text ends with a NUL. */
    bool (*parse) (IbImport *import, const char *home, const char *text, gsize length, GError **error);
    /* What the program has fetched; NULL: it does not tell. A state that cannot be read is none. */
    void (*recall) (IbImport *import, const char *home);
    /* What has no text; NULL: it has. */
    bool (*ask) (IbImport *import, GError **error);
    /* What is read of a folder; NULL: a folder is no configuration. */
    const char *file_in_folder;
};

extern const IbImportFormat ib_import_mbsync, ib_import_getmail, ib_import_fetchmail, ib_import_fdm, ib_import_offlineimap,
    ib_import_mpop, ib_import_thunderbird, ib_import_goa;

/* An account more. Returns: (transfer none) */
IbImported *ib_import_add (IbImport *self, const char *origin, const char *name);
/* What belongs to no account. */
void ib_import_leave (IbImport *self, const char *setting, const char *reason);
/* Sets IB_SETTINGS_ERROR_INVALID "FILE:LINE: …". Returns false. */
bool ib_import_fail (const IbImport *self, guint line, const char *what, GError **error);
