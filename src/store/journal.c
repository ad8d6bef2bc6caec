/* journal.c - each message's story: the file it is in, and how a change of it ends */
#include "fault.h"
#include "fs.h"
#include "journal-private.h"
#include "schema.h"

#define ANY_MESSAGE "SELECT 1 FROM message LIMIT 1"

G_DEFINE_QUARK (ib-journal-error-quark, ib_journal_error)

/* --- opening ----------------------------------------------------------------------------------------------- */

static IbJournal *
wrap (IbDb *db)
{
    IbJournal *self = g_new0 (IbJournal, 1);
    self->db = db;
    self->intended = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    return self;
}

static IbJournal *
open_once (const char *path, GError **error)
{
    g_autoptr (IbDb) db = ib_db_open (path, IB_DB_WRITE, error);
    if (db == NULL || !ib_schema_migrate (db, error))
        return NULL;
    return wrap (g_steal_pointer (&db));
}

/* Of a page that could not be read just now SQLite may say that it is damaged: so twice, before a journal is given up for
 * that. */
IbJournal *
ib_journal_open (const char *path, GError **error)
{
    g_autoptr (GError) failure = NULL;
    g_autofree char *folder = g_path_get_dirname (path);
    if (!ib_fs_make_folder (folder, error))
        return NULL;

    IbJournal *self = open_once (path, &failure);
    if (g_error_matches (failure, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_BROKEN)) {
        g_clear_error (&failure);
        self = open_once (path, &failure);
    }
    if (failure != NULL)
        g_propagate_error (error, g_steal_pointer (&failure));
    return self;
}

IbJournal *
ib_journal_open_read_only (const char *path, GError **error)
{
    g_autoptr (IbDb) db = ib_db_open (path, IB_DB_READ, error);
    gint64 version = db == NULL ? -1 : ib_schema_read_version (db, error);
    if (version < 0)
        return NULL;
    if (version == ib_schema_version ())
        return wrap (g_steal_pointer (&db));

    /* An older one is brought up to date first; a newer one is refused there. */
    g_autoptr (IbJournal) once = ib_journal_open (path, error);
    if (once == NULL)
        return NULL;
    ib_db_close (g_steal_pointer (&db));
    db = ib_db_open (path, IB_DB_READ, error);
    return db == NULL ? NULL : wrap (g_steal_pointer (&db));
}

/* The file first: without its log it could pass for a whole one, of some earlier day. A log without its file passes for nothing:
 * where the new one is empty, SQLite throws it away. */
char *
ib_journal_set_aside (const char *path, GError **error)
{
    static const char *const suffixes[] = { "", "-wal", "-shm" };
    g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
    g_autofree char *date = g_date_time_format (now, "%Y%m%dT%H%M%S");
    g_autofree char *aside = g_strdup_printf ("%s.broken-%s", path, date);

    for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++) {
        g_autofree char *from = g_strconcat (path, suffixes[i], NULL);
        g_autofree char *to = g_strconcat (aside, suffixes[i], NULL);
        g_autoptr (GError) why = NULL;
        /* A log that stayed behind would be taken for the new journal's. */
        if (ib_fs_rename_new (from, to, &why) || g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
            continue;
        g_propagate_error (error, g_steal_pointer (&why));
        return NULL;
    }
    return g_steal_pointer (&aside);
}

bool
ib_journal_has_any (IbJournal *self, GError **error)
{
    return ib_db_has (self->db, error, ANY_MESSAGE, "");
}

void
ib_journal_close (IbJournal *self)
{
    if (self == NULL)
        return;
    ib_db_close (self->db);
    g_hash_table_unref (self->intended);
    g_free (self);
}

/* --- how a change ends ------------------------------------------------------------------------------------- */

bool
ib_journal_concluded (IbJournal *self, bool is_done)
{
    if (is_done)
        return true;
    ib_db_roll_back (self->db);
    g_hash_table_remove_all (self->intended);
    return false;
}

bool
ib_journal_committed (IbJournal *self, bool is_done, GError **error)
{
    return ib_journal_concluded (self, is_done && ib_db_commit (self->db, error));
}

bool
ib_journal_passes (IbJournal *self, int fault, GError **error)
{
    return fault == 0 || ib_db_fail (self->db, fault, error);
}

bool
ib_journal_flush (IbJournal *self, GError **error)
{
    return ib_journal_committed (self, true, error);
}

bool
ib_journal_fold (IbJournal *self, GError **error)
{
    return ib_journal_concluded (self, ib_db_fold (self->db, error));
}

void
ib_journal_make_room (IbJournal *self)
{
    ib_db_make_room (self->db);
}
