/* places.c - where each message was last seen, and what else was there */
#include "places.h"
#include "journal-private.h"

#define COLUMNS                                                                                              \
    "SELECT f.message, f.number, m.id, f.folder, f.name, f.info, f.place,"                                   \
    " max (f.since, m.delivered_at), f.is_gone, m.verdict, ifnull (b.name, ''), m.taught"                    \
    " FROM file AS f JOIN message AS m ON m.sequence = f.message LEFT JOIN mailbox AS b ON b.key = m.mailbox"
/* Text compares by bytes, and "0" comes after "/". */
#define LIST_IN                                                                                              \
    "SELECT place, message, number FROM file WHERE place > ?1 || '/' AND place < ?1 || '0' AND is_gone = 0"
#define LIST_UNSEEN                                                                                          \
    COLUMNS " WHERE f.place IS NULL AND f.folder <> '' AND m.state IN (1, 2)"                                \
            " AND (f.message, f.number) > (?, ?) ORDER BY f.message, f.number LIMIT ?"
#define LIST_OF COLUMNS " WHERE f.message = ? AND f.folder <> '' ORDER BY f.number"
#define READ COLUMNS " WHERE f.message = ? AND f.number = ?"
#define FIND COLUMNS " WHERE m.id = ? AND f.number = ? AND f.folder <> ''"
#define WHERE_IS                                                                                             \
    "SELECT place FROM file WHERE message = (SELECT sequence FROM message WHERE id = ?)"                     \
    " AND place IS NOT NULL AND is_gone = 0 ORDER BY number"
#define LAST_ARRIVAL "SELECT delivered_at FROM message WHERE state > 0 ORDER BY sequence DESC LIMIT 1"
#define NOTE "UPDATE file SET place = ?, is_gone = 0 WHERE message = ? AND number = ?"
#define NOTE_MOVED "UPDATE file SET place = ?, since = ?, is_gone = 0 WHERE message = ? AND number = ?"
#define NOTE_GONE "UPDATE file SET place = ?, is_gone = 1 WHERE message = ? AND number = ?"
#define ADD_EVENT                                                                                            \
    "INSERT INTO event (at, message, kind, old_folder, new_folder, why)"                                     \
    " VALUES (?, ?, 'moved', ?, ?, 'by the user')"

#define LIST_DIRECTORIES "SELECT key, path, inode, changed_at FROM directory"
#define ADD_DIRECTORY "INSERT OR IGNORE INTO directory (path, inode, changed_at) VALUES (?, 0, 0)"
#define FIND_DIRECTORY "SELECT key FROM directory WHERE path = ?"
#define NOTE_DIRECTORY "UPDATE directory SET inode = ?, changed_at = ? WHERE key = ?"
#define DROP_DIRECTORY "DELETE FROM directory WHERE key = ?"
#define DROP_STRANGERS "DELETE FROM stranger WHERE directory = ?"

#define LIST_STRANGERS "SELECT name, is_read, message FROM stranger WHERE directory = ?"
#define NOTE_STRANGER                                                                                        \
    "INSERT OR REPLACE INTO stranger (directory, name, is_read, message) VALUES (?, ?, ?, ?)"
#define DROP_STRANGER "DELETE FROM stranger WHERE directory = ? AND name = ?"
#define LIST_OF_NOTE "SELECT DISTINCT directory FROM stranger WHERE is_read = 0 OR message IS NOT NULL"

void
ib_placed_file_free (IbPlacedFile *self)
{
    if (self == NULL)
        return;
    g_free (self->folder);
    g_free (self->name);
    g_free (self->info);
    g_free (self->place);
    g_free (self->verdict);
    g_free (self->mailbox);
    g_free (self);
}

/* Rows have ended, or reading them failed. */
static bool
ended (GError *failure, GError **error)
{
    if (failure != NULL)
        g_propagate_error (error, failure);
    return failure == NULL;
}

/* A change that failed takes all with it that is not durable yet. */
static bool
concluded (IbJournal *journal, bool is_done)
{
    if (!is_done)
        ib_db_roll_back (journal->db);
    return is_done;
}

/* --- files ------------------------------------------------------------------------------------------------------ */

static IbPlacedFile *
read_file (sqlite3_stmt *rows)
{
    IbPlacedFile *file = g_new0 (IbPlacedFile, 1);
    file->message = sqlite3_column_int64 (rows, 0);
    file->number = (guint) sqlite3_column_int64 (rows, 1);
    ib_db_id (rows, 2, file->id);
    file->folder = ib_db_text (rows, 3);
    file->name = ib_db_text (rows, 4);
    file->info = ib_db_text (rows, 5);
    file->place = ib_db_nullable (rows, 6);
    file->since = sqlite3_column_int64 (rows, 7);
    file->is_gone = sqlite3_column_int (rows, 8) != 0;
    file->verdict = ib_db_text (rows, 9);
    file->mailbox = ib_db_text (rows, 10);
    int taught = sqlite3_column_int (rows, 11);
    file->taught = taught == 1 ? IB_TAUGHT_HAM : taught == 2 ? IB_TAUGHT_SPAM : IB_TAUGHT_NOTHING;
    return file;
}

static GPtrArray *
read_files (IbJournal *journal, sqlite3_stmt *rows, GError **error)
{
    GError *failure = NULL;
    g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_placed_file_free);
    if (rows == NULL)
        return NULL;
    while (ib_db_next (journal->db, rows, &failure))
        g_ptr_array_add (files, read_file (rows));
    return ended (failure, error) ? g_steal_pointer (&files) : NULL;
}

static IbPlacedFile *
read_one (IbJournal *journal, sqlite3_stmt *rows, GError **error)
{
    if (rows == NULL || !ib_db_next (journal->db, rows, error))
        return NULL;
    IbPlacedFile *file = read_file (rows);
    ib_db_end (rows);
    return file;
}

bool
ib_places_in (IbJournal *journal, const char *path, IbPlacesEach each, gpointer user_data, GError **error)
{
    GError *failure = NULL;
    sqlite3_stmt *rows = ib_db_query (journal->db, error, LIST_IN, "t", path);
    if (rows == NULL)
        return false;
    while (ib_db_next (journal->db, rows, &failure))
        each ((const char *) sqlite3_column_text (rows, 0), sqlite3_column_int64 (rows, 1),
              (guint) sqlite3_column_int64 (rows, 2), user_data);
    return ended (failure, error);
}

GPtrArray *
ib_places_unseen (IbJournal *journal, gint64 message, guint number, guint most, GError **error)
{
    sqlite3_stmt *rows
        = ib_db_query (journal->db, error, LIST_UNSEEN, "iii", message, (gint64) number, (gint64) most);
    return read_files (journal, rows, error);
}

GPtrArray *
ib_places_of (IbJournal *journal, gint64 message, GError **error)
{
    return read_files (journal, ib_db_query (journal->db, error, LIST_OF, "i", message), error);
}

IbPlacedFile *
ib_places_read (IbJournal *journal, gint64 message, guint number, GError **error)
{
    return read_one (journal, ib_db_query (journal->db, error, READ, "ii", message, (gint64) number), error);
}

IbPlacedFile *
ib_places_find (IbJournal *journal, const char *id, guint number, GError **error)
{
    return read_one (journal, ib_db_query (journal->db, error, FIND, "hi", id, (gint64) number), error);
}

GPtrArray *
ib_places_where (IbJournal *journal, const char *id, GError **error)
{
    GError *failure = NULL;
    g_autoptr (GPtrArray) places = g_ptr_array_new_with_free_func (g_free);
    sqlite3_stmt *rows = ib_db_query (journal->db, error, WHERE_IS, "h", id);
    if (rows == NULL)
        return NULL;
    while (ib_db_next (journal->db, rows, &failure))
        g_ptr_array_add (places, ib_db_text (rows, 0));
    return ended (failure, error) ? g_steal_pointer (&places) : NULL;
}

gint64
ib_places_last_arrival (IbJournal *journal)
{
    return ib_db_number (journal->db, 0, LAST_ARRIVAL, "");
}

bool
ib_places_note (IbJournal *journal, const IbPlacedFile *file, const char *place, GError **error)
{
    return concluded (journal, ib_db_begin (journal->db, error)
                                   && ib_db_do (journal->db, error, NOTE, "tii", place, file->message,
                                                (gint64) file->number));
}

bool
ib_places_note_moved (IbJournal *journal, const IbPlacedFile *file, const char *place, const char *old_folder,
                      const char *new_folder, gint64 at, GError **error)
{
    return concluded (journal, ib_db_begin (journal->db, error)
                                   && ib_db_do (journal->db, error, NOTE_MOVED, "tiii", place, at,
                                                file->message, (gint64) file->number)
                                   && ib_db_do (journal->db, error, ADD_EVENT, "iitt", at, file->message,
                                                old_folder, new_folder));
}

bool
ib_places_note_gone (IbJournal *journal, const IbPlacedFile *file, const char *place, GError **error)
{
    return concluded (journal, ib_db_begin (journal->db, error)
                                   && ib_db_do (journal->db, error, NOTE_GONE, "tii", place, file->message,
                                                (gint64) file->number));
}

/* --- directories ------------------------------------------------------------------------------------------------ */

GHashTable *
ib_places_directories (IbJournal *journal, GError **error)
{
    GError *failure = NULL;
    g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    sqlite3_stmt *rows = ib_db_query (journal->db, error, LIST_DIRECTORIES, "");
    if (rows == NULL)
        return NULL;
    while (ib_db_next (journal->db, rows, &failure)) {
        IbPlaceDirectory *directory = g_new (IbPlaceDirectory, 1);
        directory->key = sqlite3_column_int64 (rows, 0);
        directory->inode = (guint64) sqlite3_column_int64 (rows, 2);
        directory->changed_at = sqlite3_column_int64 (rows, 3);
        g_hash_table_insert (found, ib_db_text (rows, 1), directory);
    }
    return ended (failure, error) ? g_steal_pointer (&found) : NULL;
}

gint64
ib_places_add_directory (IbJournal *journal, const char *path, GError **error)
{
    bool is_added = concluded (journal, ib_db_begin (journal->db, error)
                                            && ib_db_do (journal->db, error, ADD_DIRECTORY, "t", path));
    gint64 key = 0;
    return is_added && ib_db_read_number (journal->db, &key, error, FIND_DIRECTORY, "t", path) ? key : 0;
}

bool
ib_places_note_directory (IbJournal *journal, const IbPlaceDirectory *directory, GError **error)
{
    return concluded (journal,
                      ib_db_begin (journal->db, error)
                          && ib_db_do (journal->db, error, NOTE_DIRECTORY, "iii", (gint64) directory->inode,
                                       directory->changed_at, directory->key));
}

bool
ib_places_drop_directory (IbJournal *journal, gint64 key, GError **error)
{
    return concluded (journal, ib_db_begin (journal->db, error)
                                   && ib_db_do (journal->db, error, DROP_STRANGERS, "i", key)
                                   && ib_db_do (journal->db, error, DROP_DIRECTORY, "i", key));
}

/* --- strangers -------------------------------------------------------------------------------------------------- */

GArray *
ib_places_strangers (IbJournal *journal, gint64 directory, GError **error)
{
    GError *failure = NULL;
    g_autoptr (GArray) strangers = g_array_new (FALSE, TRUE, sizeof (IbStranger));
    sqlite3_stmt *rows = ib_db_query (journal->db, error, LIST_STRANGERS, "i", directory);
    if (rows == NULL)
        return NULL;
    while (ib_db_next (journal->db, rows, &failure)) {
        IbStranger stranger
            = { .name = sqlite3_column_int64 (rows, 0), .is_read = sqlite3_column_int (rows, 1) != 0 };
        ib_db_id (rows, 2, stranger.id);
        g_array_append_val (strangers, stranger);
    }
    return ended (failure, error) ? g_steal_pointer (&strangers) : NULL;
}

bool
ib_places_note_stranger (IbJournal *journal, gint64 directory, const IbStranger *stranger, GError **error)
{
    const char *id = *stranger->id != '\0' ? stranger->id : NULL;
    return concluded (journal, ib_db_begin (journal->db, error)
                                   && ib_db_do (journal->db, error, NOTE_STRANGER, "iiih", directory,
                                                stranger->name, (gint64) stranger->is_read, id));
}

bool
ib_places_drop_stranger (IbJournal *journal, gint64 directory, gint64 name, GError **error)
{
    return concluded (journal, ib_db_begin (journal->db, error)
                                   && ib_db_do (journal->db, error, DROP_STRANGER, "ii", directory, name));
}

GArray *
ib_places_of_note (IbJournal *journal, GError **error)
{
    GError *failure = NULL;
    g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (gint64));
    sqlite3_stmt *rows = ib_db_query (journal->db, error, LIST_OF_NOTE, "");
    if (rows == NULL)
        return NULL;
    while (ib_db_next (journal->db, rows, &failure)) {
        gint64 key = sqlite3_column_int64 (rows, 0);
        g_array_append_val (keys, key);
    }
    return ended (failure, error) ? g_steal_pointer (&keys) : NULL;
}
