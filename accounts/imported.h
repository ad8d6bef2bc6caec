/* imported.h - an account, as it comes out of another program's configuration
 *
 * What a format takes, changes and leaves is noted, setting by setting. imported.c keeps the keys, and makes out what no
 * setting says; imported-values.c reads values that need thought. */
#pragma once

#include "import.h"

/* @origin "IMAPAccount work"; @name is made a valid one. */
IbImported *ib_imported_new (const char *origin, const char *name);
void ib_imported_free (IbImported *self);

/* @value is the file's text: of a list, elements with ";" between. A key set again has the later value. */
void ib_imported_take (IbImported *self, const char *setting, const char *key, const char *value);
void ib_imported_change (IbImported *self, const char *setting, const char *key, const char *value, const char *text);
void ib_imported_leave (IbImported *self, const char *setting, const char *reason);
/* Sets @key without a word: what the program takes for granted. */
void ib_imported_set (IbImported *self, const char *key, const char *value);
/* The first reason stays. */
void ib_imported_refuse (IbImported *self, const char *reason);
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

/* --- values that need thought ----------------------------------------------------------------------------------- */

void ib_imported_keep_password (IbImported *self, const char *setting, const char *password);
/* secret=command:…. @is_shell: @command is for a shell, which is called where the words alone would not do. */
void ib_imported_take_command (IbImported *self, const char *setting, const char *command, bool is_shell);
/* ca-file=, unless it is the system's own list, which is trusted anyway. */
void ib_imported_take_ca (IbImported *self, const char *setting, const char *path);
/* port=: a number, or the name of a service. */
void ib_imported_take_port (IbImported *self, const char *setting, const char *port);
/* fingerprint=, if it is a SHA-256; else it is left. */
void ib_imported_take_fingerprint (IbImported *self, const char *setting, const char *text);
