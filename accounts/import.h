/* import.h - accounts out of other programs' configurations
 *
 *     text ─parse─▶ settings in that program's words ─▶ keys of ours, and what becomes of each setting
 *     its state ─recall─▶ which messages it has fetched already
 *
 * One format a file, import-NAME.c, written from that program's manual. What is read was written by a person for another
 * program: a setting that has no meaning here is no error, it is left, with the reason. Nothing is written, no server is
 * asked. Of a password in the text there is a copy, an IbSecret, and the text is wiped. */
#pragma once

#include "secret.h"

#include <gio/gio.h>
#include <stdbool.h>

typedef enum {
    IB_IMPORT_TAKEN,   /* means the same here */
    IB_IMPORT_CHANGED, /* taken as well as can be: the text says what is otherwise */
    IB_IMPORT_LEFT,    /* not taken: the text says why */
} IbImportFate;

typedef struct {
    IbImportFate fate;
    char *setting; /* in the program's words: "PassCmd" */
    char *key;     /* of ours: "account.secret"; NULL if it was left */
    char *text;    /* a sentence without its full stop; NULL if it is taken as it stands */
} IbImportNote;

/* Where the program stands in a mailbox: messages that it has fetched. */
typedef struct {
    char *name;          /* as the server writes it; POP3: "INBOX" */
    guint32 uidvalidity; /* POP3: 0 */
    guint32 low_water;   /* all up to here was looked at */
    GArray *done;        /* guint32, sorted: fetched, above low_water */
    GArray *open;        /* guint32, sorted: up to low_water, but not fetched: too large for it */
    GPtrArray *uidls;    /* POP3 */
} IbImportMailbox;

typedef struct {
    char *origin;         /* what the program calls it: "IMAPAccount work" */
    char *name;           /* a good name, which may be taken already */
    GPtrArray *keys;      /* "group.key" and value by turns, as ib_account_file_edit () takes them; NULL-ended */
    GPtrArray *notes;     /* IbImportNote, in the order of the text */
    char *refusal;        /* why no account can be made of it; NULL: it can, if the keys are right */
    IbSecret *password;   /* that stood in the text (for oauth2: a refresh token); NULL if none did */
    GPtrArray *mailboxes; /* IbImportMailbox */
} IbImported;

typedef struct {
    char *path;          /* what was read; "" if it is no file */
    GPtrArray *accounts; /* IbImported */
    GPtrArray *notes;    /* IbImportNote: what belongs to no account */
    gpointer memory;     /* the format's own, from reading the text to reading the state */
    GDestroyNotify forget;
} IbImport;

typedef struct _IbImportFormat IbImportFormat;

/* NULL-ended, in the order of the manual: "mbsync", "getmail" ... */
const char *const *ib_import_formats (void);
/* NULL: there is none of that name. */
const IbImportFormat *ib_import_find (const char *name);
/* Whether it has files: GNOME Online Accounts are asked over the bus. */
bool ib_import_has_files (const IbImportFormat *format);

/* Where the program keeps its configuration below @home, the user's own home: those files that are there, at least one.
 * IB_SETTINGS_ERROR_MISSING names the places. Returns: (transfer full) (nullable) */
char **ib_import_locate (const IbImportFormat *format, const char *home, GError **error);
/* Reads the file at @path (Thunderbird: or a profile's folder; NULL for what has no files), and the program's state.
 * IB_SETTINGS_ERROR_INVALID begins "FILE:LINE: ". Blocks. Returns: (transfer full) (nullable) */
IbImport *ib_import_read (const IbImportFormat *format, const char *home, const char *path, GError **error);
/* The same of a text, without state; @path is only named in errors, and relative paths are taken from its folder. */
IbImport *ib_import_parse (const IbImportFormat *format, const char *home, const char *path, const char *text,
                           gsize length, GError **error);

/* The value of a key; NULL if it is not set. */
const char *ib_imported_get (const IbImported *self, const char *key);
/* Leaves @key after all, since the file would be wrong with it; @reason as in IbImportNote. */
void ib_imported_drop (IbImported *self, const char *key, const char *reason);

void ib_import_free (IbImport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbImport, ib_import_free)
