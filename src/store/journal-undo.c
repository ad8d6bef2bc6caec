/* journal-undo.c - files that we moved or brought back, and what is forgotten once nobody can ask for it */
#include "journal-private.h"

#define MOVE_FILE                                                                                            \
    "UPDATE file SET folder = ?, place = NULL, since = ?, is_gone = 0"                                       \
    " WHERE message = (SELECT sequence FROM message WHERE id = ?) AND folder = ? AND name = ?"
#define ADD_EVENT                                                                                            \
    "INSERT INTO event (at, message, kind, old_folder, new_folder, why)"                                     \
    " SELECT ?, sequence, ?, ?, ?, ? FROM message WHERE id = ?"
/* It is held until it was removed there, which may be cut short. */
#define NOTE_RESTORED "UPDATE message SET action = 'deliver' WHERE sequence = ?"

#define OVER "held = 1 AND (delivered_at < ? OR action = 'deliver') AND state > 0"
#define LIST_HELD "SELECT id FROM message WHERE " OVER " ORDER BY delivered_at"
#define DROP_HELD "UPDATE message SET held = 2 WHERE " OVER

/* What the user wants out of Junk is waited for as long, from then on, where it is not found there; of a copy it was said of the one
 * that is here. */
#define OLD_ONES                                                                                             \
    "delivered_at < ?1 AND state IN (1, 2) AND held <> 1 AND (server_verb = 0 OR server_state > 1"           \
    " OR (server_verb = 4 AND NOT EXISTS (SELECT 1 FROM event JOIN message AS said"                          \
    "  ON said.sequence = event.message WHERE event.at >= ?1"                                                \
    "  AND said.id IN (message.id, message.twin_of))))"
#define TRIM_FILES "DELETE FROM file WHERE message IN (SELECT sequence FROM message WHERE " OLD_ONES ")"
#define TRIM_EVENTS "DELETE FROM event WHERE message IN (SELECT sequence FROM message WHERE " OLD_ONES ")"
#define TRIM_DUES "DELETE FROM due_lesson WHERE message IN (SELECT sequence FROM message WHERE " OLD_ONES ")"
#define TRIM_MESSAGES                                                                                        \
    "UPDATE message SET state = 3, reasons = '', rule = '', message_id = '', sender = '', subject = '',"     \
    " note = '', server_folder = NULL, entry_host = '', entry_ip = '', relay = '', mx = '', recipient = ''," \
    " server_filter = '' WHERE " OLD_ONES

/* --- moved, and brought back ------------------------------------------------------------------------------- */

static bool
add_event (IbJournal *self, const char *id, const char *kind, const char *old_folder, const char *new_folder,
           const char *why, GError **error)
{
    return ib_db_do (self->db, error, ADD_EVENT, "itttth", g_get_real_time (), kind, old_folder, new_folder,
                     ib_journal_or_empty (why), id);
}

bool
ib_journal_moved (IbJournal *self, const char *id, const char *old_folder, const char *name,
                  const char *new_folder, const char *why, GError **error)
{
    return ib_journal_concluded (self,
                                 ib_db_begin (self->db, error)
                                     && ib_db_do (self->db, error, MOVE_FILE, "tihtt", new_folder,
                                                  g_get_real_time (), id, old_folder, name)
                                     && add_event (self, id, "moved", old_folder, new_folder, why, error));
}

static bool
restore (IbJournal *self, const char *id, const char *folder, const char *name, const char *info,
         GError **error)
{
    gint64 sequence = 0;
    return ib_journal_find_story (self, id, &sequence, error)
           && ib_db_do (self->db, error, NOTE_RESTORED, "i", sequence)
           && ib_journal_drop_files (self, sequence, error)
           && ib_journal_add_file (self, sequence, 0, folder, name, info, error)
           && add_event (self, id, "restored", "", folder, "", error);
}

bool
ib_journal_restored (IbJournal *self, const char *id, const char *folder, const char *name, const char *info,
                     GError **error)
{
    return ib_journal_concluded (self, ib_db_begin (self->db, error)
                                           && restore (self, id, folder, name, info, error));
}

/* --- forgotten --------------------------------------------------------------------------------------------- */

static GPtrArray *
list_held (IbJournal *self, gint64 before, GError **error)
{
    g_autoptr (GError) failure = NULL;
    g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_HELD, "i", before);
    if (rows == NULL)
        return NULL;

    while (ib_db_next (self->db, rows, &failure)) {
        char id[IB_ID_LENGTH + 1];
        ib_db_id (rows, 0, id);
        g_ptr_array_add (ids, g_strdup (id));
    }
    if (failure == NULL)
        return g_steal_pointer (&ids);
    g_propagate_error (error, g_steal_pointer (&failure));
    return NULL;
}

GPtrArray *
ib_journal_drop_held (IbJournal *self, gint64 before, GError **error)
{
    g_autoptr (GPtrArray) ids = list_held (self, before, error);
    if (ids == NULL || ids->len == 0)
        return g_steal_pointer (&ids);
    if (!ib_journal_concluded (self, ib_db_begin (self->db, error)
                                         && ib_db_do (self->db, error, DROP_HELD, "i", before)))
        return NULL;
    return g_steal_pointer (&ids);
}

bool
ib_journal_trim (IbJournal *self, gint64 before, GError **error)
{
    return ib_journal_concluded (self, ib_db_begin (self->db, error)
                                           && ib_db_do (self->db, error, TRIM_FILES, "i", before)
                                           && ib_db_do (self->db, error, TRIM_EVENTS, "i", before)
                                           && ib_db_do (self->db, error, TRIM_DUES, "i", before)
                                           && ib_db_do (self->db, error, TRIM_MESSAGES, "i", before));
}
