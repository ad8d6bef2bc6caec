/* schema.h - the journal's tables, as numbered steps
 *
 * PRAGMA user_version says how many steps a file has gone. A published step never changes. */
#pragma once

#include "db.h"

/* The number of the last step. */
gint64 ib_schema_version (void);
/* How many steps @db has gone; -1 on error. */
gint64 ib_schema_read_version (IbDb *db, GError **error);
/* Brings @db to the last step, or leaves it as it is. IB_JOURNAL_ERROR_NEWER. */
bool ib_schema_migrate (IbDb *db, GError **error);
