/* inspect.c - is the journal sound? */
#include "inspect.h"
#include "schema.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static bool
is_whole (IbDb *db, const char *path, GError **error)
{
    g_autofree char *words = ib_db_check (db, error);
    if (words == NULL || strcmp (words, "ok") == 0)
        return words != NULL;
    g_set_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_BROKEN, _ ("The journal %s is damaged: %s"), path,
                 words);
    return false;
}

bool
ib_inspect_journal (const char *path, guint64 *out_messages, GError **error)
{
    g_autoptr (IbDb) db = ib_db_open (path, IB_DB_READ, error);
    gint64 version = db != NULL ? ib_schema_read_version (db, error) : -1;
    if (version < 0 || !is_whole (db, path, error))
        return false;
    if (version > ib_schema_version ()) {
        g_set_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_NEWER,
                     _ ("The journal %s was written by a later Inbasket"), path);
        return false;
    }
    *out_messages = (guint64) ib_db_number (db, 0, "SELECT count (*) FROM message WHERE state > 0", "");
    return true;
}
