/* server-side.c - where messages stand on their servers */
#include "server-side.h"
#include "journal-private.h"

/* The numbers that stand in the columns; see schema.c. Few messages have the content that is looked for, an account has many: a
 * CROSS JOIN has SQLite begin with the messages, by the indexes of both digests. */
#define FIND                                                                                                 \
    "SELECT m.id, b.is_junk, m.server_verb, m.server_state, m.internal_date FROM message AS m"               \
    " CROSS JOIN mailbox AS b ON b.key = m.mailbox"                                                          \
    " WHERE (m.twin_key = ?1 OR m.content_digest = ?1) AND b.account = ?2 AND m.uid > 0 AND m.state > 0"     \
    " ORDER BY m.server_verb IN (3, 4) DESC, b.is_junk <> ?3 DESC, m.sequence LIMIT 1"
#define NOTE_JUNK "UPDATE mailbox SET is_junk = 1 WHERE key = ? AND is_junk = 0"
/* Void, too: that the mailbox which it was in has new numbers does not change what the user wants. */
#define IS_RESCUED                                                                                           \
    "server_verb = 4 AND server_state <> 2 AND (SELECT is_junk FROM mailbox WHERE key = ?1) = 1"
#define NOTE_MOVED                                                                                           \
    "UPDATE message SET mailbox = ?1, uid = ?2, server_verb = iif (" IS_RESCUED ", 4, 0),"                   \
    " internal_date = coalesce (nullif (?4, 0), internal_date),"                                             \
    " server_state = iif (" IS_RESCUED ", 0, server_state) WHERE id = ?3"
#define FETCHED_AFTER_ALL "DELETE FROM unfetched WHERE mailbox = ? AND uid = ? AND uidl = ''"
#define FIND_BESIDE                                                                                          \
    "SELECT b.key FROM mailbox AS b JOIN mailbox AS source ON source.account = b.account"                    \
    " WHERE source.key = ? AND b.name = ? AND b.uidvalidity = ? AND b.is_current = 1"
#define WE_MOVED "mailbox = ?3 AND uid = ?4 AND server_state = 2 AND server_verb = "
#define NOTE_IS_JUNK                                                                                         \
    "UPDATE mailbox SET is_junk = 1 WHERE key = ?1 AND is_junk = 0"                                          \
    " AND EXISTS (SELECT 1 FROM message WHERE " WE_MOVED "3)"
#define NOTE_JUNKED "UPDATE message SET mailbox = ?1, uid = ?2, server_verb = 0 WHERE " WE_MOVED "3"
#define NOTE_PUT                                                                                             \
    "INSERT OR IGNORE INTO unfetched (mailbox, uid, uidl, reason, size, server_text)"                        \
    " SELECT DISTINCT ?1, ?2, '', 2, 0, '' FROM message WHERE " WE_MOVED "2"
#define WAS_PUT                                                                                              \
    "SELECT 1 FROM message AS m CROSS JOIN mailbox AS b ON b.key = m.mailbox"                                \
    " WHERE (m.twin_key = ?1 OR m.content_digest = ?1) AND b.account = ?2 AND m.internal_date = ?3"          \
    " AND b.key <> ?4 AND m.server_verb = 2 AND m.uid > 0 AND m.state > 0 LIMIT 1"
#define NOTE_OURS "UPDATE mailbox SET ours_at = ? WHERE key = ?"
#define LIST_OURS                                                                                            \
    "SELECT account, name FROM mailbox WHERE ours_at >= ? AND is_current = 1 ORDER BY account, name"
#define FORGET "UPDATE message SET twin_key = NULL, content_digest = NULL WHERE id = ?"
#define OF_IT "(id = ?1 OR twin_of = ?1)"
#define STAY "UPDATE message SET server_verb = 0 WHERE " OF_IT " AND server_verb = 3 AND server_state = 0"
#define RESCUE                                                                                                 \
    "UPDATE message SET server_verb = 4, server_folder = 'INBOX', server_due = 0, server_state = 0, state = 1" \
    " WHERE " OF_IT " AND uid > 0 AND state IN (1, 2)"                                                         \
    " AND ((SELECT is_junk FROM mailbox WHERE key = mailbox) = 1 OR (server_verb = 3 AND server_state IN (1, 2)))"

/* A change that failed takes all with it that is not durable yet. */
static bool
concluded (IbJournal *journal, bool is_done)
{
    if (!is_done)
        ib_db_roll_back (journal->db);
    return is_done;
}

bool
ib_server_side_find (IbJournal *journal, const char *account, const char *content_digest, bool is_junk,
                     IbServerSide *out_side, GError **error)
{
    sqlite3_stmt *rows
        = ib_db_query (journal->db, error, FIND, "tti", content_digest, account, (gint64) is_junk);
    if (rows == NULL || !ib_db_next (journal->db, rows, error))
        return false;
    ib_db_id (rows, 0, out_side->id);
    out_side->is_in_junk = sqlite3_column_int (rows, 1) != 0;
    out_side->work = (IbStoryAfter) sqlite3_column_int (rows, 2);
    out_side->is_done = sqlite3_column_int (rows, 3) != 0;
    out_side->internal_date_s = sqlite3_column_int64 (rows, 4);
    ib_db_end (rows);
    return true;
}

bool
ib_server_side_note_junk (IbJournal *journal, gint64 mailbox_key, GError **error)
{
    return concluded (journal, ib_db_begin (journal->db, error)
                                   && ib_db_do (journal->db, error, NOTE_JUNK, "i", mailbox_key));
}

bool
ib_server_side_note_moved (IbJournal *journal, const char *id, gint64 mailbox_key, guint32 uid,
                           gint64 internal_date_s, GError **error)
{
    return concluded (
        journal, ib_db_begin (journal->db, error)
                     && ib_db_do (journal->db, error, NOTE_MOVED, "iihi", mailbox_key, (gint64) uid, id,
                                  internal_date_s)
                     && ib_db_do (journal->db, error, FETCHED_AFTER_ALL, "ii", mailbox_key, (gint64) uid));
}

bool
ib_server_side_note_put (IbJournal *journal, gint64 mailbox_key, guint32 uid, const char *mailbox,
                         guint32 uidvalidity, guint32 new_uid, GError **error)
{
    static const char *const notes[] = { NOTE_IS_JUNK, NOTE_JUNKED, NOTE_PUT };
    gint64 target = 0;
    bool is_done = ib_db_read_number (journal->db, &target, error, FIND_BESIDE, "iti", mailbox_key, mailbox,
                                      (gint64) uidvalidity)
                   && (target == 0 || ib_db_begin (journal->db, error));
    for (gsize i = 0; is_done && target != 0 && i < G_N_ELEMENTS (notes); i++)
        is_done = ib_db_do (journal->db, error, notes[i], "iiii", target, (gint64) new_uid, mailbox_key,
                            (gint64) uid);
    return concluded (journal, is_done);
}

bool
ib_server_side_was_put (IbJournal *journal, const char *account, const char *content_digest,
                        gint64 internal_date_s, gint64 mailbox_key, GError **error)
{
    return internal_date_s != 0
           && ib_db_has (journal->db, error, WAS_PUT, "ttii", content_digest, account, internal_date_s,
                         mailbox_key);
}

bool
ib_server_side_note_ours (IbJournal *journal, gint64 mailbox_key, gint64 now_s, GError **error)
{
    return concluded (journal, ib_db_begin (journal->db, error)
                                   && ib_db_do (journal->db, error, NOTE_OURS, "ii", now_s, mailbox_key));
}

bool
ib_server_side_list_ours (IbJournal *journal, gint64 since_s, IbServerSideMailbox each, gpointer user_data,
                          GError **error)
{
    g_autoptr (GError) failure = NULL;
    sqlite3_stmt *rows = ib_db_query (journal->db, error, LIST_OURS, "i", since_s);
    if (rows == NULL)
        return false;
    while (ib_db_next (journal->db, rows, &failure)) {
        g_autofree char *account = ib_db_text (rows, 0);
        g_autofree char *mailbox = ib_db_text (rows, 1);
        each (account, mailbox, user_data);
    }
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

bool
ib_server_side_forget (IbJournal *journal, const char *id, GError **error)
{
    return concluded (journal,
                      ib_db_begin (journal->db, error) && ib_db_do (journal->db, error, FORGET, "h", id));
}

bool
ib_server_side_rescue (IbJournal *journal, const char *id, GError **error)
{
    return concluded (journal, ib_db_begin (journal->db, error)
                                   && ib_db_do (journal->db, error, STAY, "h", id)
                                   && ib_db_do (journal->db, error, RESCUE, "h", id));
}
