/* import-notes.h - what became of each setting, told once
 *
 * For import.c and imported.c. */
#pragma once

#include "import.h"

/* A list of IbImportNote. */
GPtrArray *ib_import_notes_new (void);
/* Adds one, unless it says what another says, or there are too many to be read. @setting is escaped; @key and @text may be NULL. */
void ib_import_notes_add (GPtrArray *notes, IbImportFate fate, const char *setting, const char *key,
                          const char *text);
