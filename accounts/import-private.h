/* import-private.h - what the formats are made of */
#pragma once

#include "import.h"

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

/* --- building ----------------------------------------------------------------------------------------------------- */

/* @origin "IMAPAccount work"; @name is made a valid one. */
IbImported *ib_import_add (IbImport *self, const char *origin, const char *name);
void ib_import_leave (IbImport *self, const char *setting, const char *reason);

/* @value is the file's text: of a list, elements with ";" between. A key set again has the later value. */
void ib_imported_take (IbImported *self, const char *setting, const char *key, const char *value);
void ib_imported_change (IbImported *self, const char *setting, const char *key, const char *value, const char *text);
void ib_imported_leave (IbImported *self, const char *setting, const char *reason);
/* Sets @key without a word: what the program takes for granted. */
void ib_imported_set (IbImported *self, const char *key, const char *value);
/* The first reason stays. */
void ib_imported_refuse (IbImported *self, const char *reason);
void ib_imported_keep_password (IbImported *self, const char *setting, const char *password);
/* secret=command:…. @is_shell: @command is for a shell, which is called where the words alone would not do. */
void ib_imported_take_command (IbImported *self, const char *setting, const char *command, bool is_shell);
/* What is missing yet: user, address, name out of what is there. Due once all is taken. */
void ib_imported_finish (IbImported *self);

IbImportMailbox *ib_import_mailbox_new (const char *name, guint32 uidvalidity);
void ib_import_mailbox_free (IbImportMailbox *self);
/* The account's. */
IbImportMailbox *ib_imported_add_mailbox (IbImported *self, const char *name, guint32 uidvalidity);


/* What becomes of a setting whose value needs no thought. */
typedef struct {
    const char *setting; /* letter case does not matter */
    const char *key;     /* taken as it stands; NULL: it is left */
    const char *reason;  /* for gettext; NULL: it is passed over, since here it could mean nothing to anybody */
} IbImportRule;
/* False: no rule is about @setting. @rules ends with a NULL setting. */
bool ib_imported_apply (IbImported *self, const IbImportRule *rules, const char *setting, const char *value);

/* --- words --------------------------------------------------------------------------------------------------------- */

/* Appends an element to the text of a list. */
void ib_import_append_element (GString *list, const char *element);
/* "~", "~/x", and relative paths from @folder. Returns: (transfer full) */
char *ib_import_path (const char *home, const char *folder, const char *path);
/* A place as a path: "$XDG_CONFIG_HOME/isyncrc", ".mbsyncrc". Returns: (transfer full) */
char *ib_import_expand_place (const char *home, const char *place);
void ib_import_sort_words (GPtrArray *words);
/* ca-file=, unless it is the system's own list, which is trusted anyway. */
void ib_imported_take_ca (IbImported *self, const char *setting, const char *path);
/* port=: a number, or the name of a service. */
void ib_imported_take_port (IbImported *self, const char *setting, const char *port);
/* fingerprint=, if it is a SHA-256; else it is left. */
void ib_imported_take_fingerprint (IbImported *self, const char *setting, const char *text);
/* "yes", "true", "on", "1" in any case. */
bool ib_import_is_yes (const char *text);
/* Sets IB_SETTINGS_ERROR_INVALID "FILE:LINE: …". Returns false. */
bool ib_import_fail (const IbImport *self, guint line, const char *what, GError **error);

/* The file's text, ended by a NUL; of at most IB_LIMIT_IMPORT_BYTES. */
char *ib_import_load (const char *path, gsize *out_length, GError **error);
/* Overwrites it first: there may be a password in it. */
void ib_import_wipe (char *text);
