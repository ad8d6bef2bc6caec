/* journal-mailbox.c - where a mailbox stands */
#include "journal-private.h"

/* As the reason of a message that was not fetched; see schema.c. */
enum { NEVER_WANTED = 2 };

/* A server whose numbers have more gaps than that between two polls leaves out most of them. */
#define MOST_GAPS 20

/* A rescue from Junk is verb 4; "> 0" are the words of the index message_due, without which SQLite would not use it. */
#define FIND_MAILBOX                                                                                         \
    "SELECT key, uidvalidity, low_water, is_polled, listing <> '' AND listing = ?,"                          \
    " low_water = 0 AND EXISTS (SELECT 1 FROM mailbox AS old"                                                \
    "  WHERE old.account = mailbox.account AND old.name = mailbox.name AND old.key <> mailbox.key),"         \
    " (SELECT max (sequence) FROM message), since,"                                                          \
    " is_junk = 1 AND EXISTS (SELECT 1 FROM message AS m WHERE m.mailbox = mailbox.key"                      \
    "  AND m.server_verb = 4 AND m.server_verb > 0 AND m.server_state < 2 AND m.state = 1"                   \
    "  AND m.server_due <= CAST (strftime ('%s', 'now') AS INTEGER)),"                                       \
    " uidvalidity = 0 AND EXISTS (SELECT 1 FROM mailbox AS former JOIN message AS m ON m.mailbox = former.key" \
    "  WHERE former.account = mailbox.account AND former.name = mailbox.name AND former.uidvalidity = -1"    \
    "  AND m.uidl IS NOT NULL)"                                                                              \
    " FROM mailbox WHERE account = ? AND name = ? AND is_current = 1"
#define ADD_MAILBOX "INSERT INTO mailbox (account, name, uidvalidity) VALUES (?, ?, ?)"
/* A server may return to numbers that it had once: then that row is current again. The mailbox is for what it was for. */
#define SUCCEED_MAILBOX                                                                                          \
    "INSERT INTO mailbox (account, name, uidvalidity, is_polled, is_junk, since)"                                \
    " SELECT account, name, ?, is_polled, is_junk, since FROM mailbox WHERE key = ?"                             \
    " ON CONFLICT (account, name, uidvalidity) DO UPDATE SET"                                                    \
    "  low_water = 0, listing = '', is_current = 1, is_polled = excluded.is_polled, is_junk = excluded.is_junk," \
    "  since = excluded.since"
#define RETIRE_MAILBOX "UPDATE mailbox SET is_current = 0 WHERE key = ?"
/* That one was copied is forgotten, too: where its server was restored, the copy may be lost, and two are better than none. */
#define VOID_PENDING                                                                                         \
    "UPDATE message SET server_state = 3 WHERE mailbox = ? AND server_verb > 0 AND server_state < 2"
#define DROP_UNFETCHED "DELETE FROM unfetched WHERE mailbox = ?"

#define LIST_DONE                                                                                            \
    "SELECT uid FROM message WHERE mailbox = ? AND uid > ? AND state > 0"                                    \
    " UNION SELECT uid FROM unfetched WHERE mailbox = ? AND uid > ? AND reason = 2 ORDER BY uid"
#define LIST_OPEN                                                                                            \
    "SELECT uid FROM unfetched WHERE mailbox = ? AND uid > 0 AND reason IN (0, 1, 3) ORDER BY uid"
#define LIST_REFUSED                                                                                         \
    "SELECT uid FROM unfetched WHERE mailbox = ? AND uid > 0 AND reason = 1 ORDER BY uid LIMIT 1000"
#define LIST_WAITING "SELECT uid FROM unfetched WHERE mailbox = ? AND uid > 0 AND reason = 3 ORDER BY uid"
#define LIST_UIDLS                                                                                           \
    "SELECT uidl, 0 FROM message WHERE mailbox = ? AND uidl IS NOT NULL AND state > 0"                       \
    " AND NOT (server_verb = 1 AND (server_state = 2 OR (server_state = 3 AND state > 1)))"                  \
    " UNION ALL SELECT uidl, date FROM unfetched WHERE mailbox = ? AND uid = 0 AND reason = 2"
/* Under one UIDVALIDITY a number stays whose it is, unless they have begun anew. POP3 has none, and the UIDL of what was deleted may
 * be given to other mail (RFC 1939, 7). */
#define HAS_FORMER                                                                                           \
    "SELECT 1 FROM mailbox AS is_now JOIN mailbox AS was"                                                    \
    " ON was.account = is_now.account AND was.name = is_now.name AND was.key <> is_now.key"                  \
    " WHERE is_now.key = ? AND (is_now.uidvalidity = 0 OR is_now.low_water = 0 OR was.uidvalidity = -1) LIMIT 1"
#define LIST_DELETED_IDS                                                                                     \
    "SELECT id FROM message WHERE mailbox = ? AND uidl IS NOT NULL AND server_verb = 1 AND server_state > 1"
/* What is gone may be there again under the name that it had last, which need not be the one that gave it its id. */
#define LIST_GONE_UIDLS                                                                                      \
    "SELECT uidl FROM message WHERE mailbox = ? AND uidl IS NOT NULL AND server_verb = 1"                    \
    " AND server_state = 3 AND state > 1"
/* What was moved into another mailbox of an IMAP account keeps the id that its number here gave it. */
#define LIST_FORMER_IDS                                                                                      \
    "SELECT id FROM message WHERE state > 0 AND mailbox IN"                                                  \
    " (SELECT was.key FROM mailbox AS was JOIN mailbox AS is_now ON is_now.account = was.account"            \
    "  AND (is_now.name = was.name OR is_now.uidvalidity > 0) WHERE is_now.key = abs (?))"

#define LIST_GAPS                                                                                            \
    "SELECT uid FROM (SELECT uid FROM unfetched WHERE mailbox = ? AND uid > 0 AND reason = 4"                \
    "  ORDER BY uid DESC LIMIT 200) ORDER BY uid"
/* Where a mailbox begins its first numbers may be anybody's. */
#define LIST_NEW_GAPS                                                                                        \
    "WITH RECURSIVE n (uid) AS (SELECT low_water + 1 FROM mailbox"                                           \
    "  WHERE key = ?1 AND is_polled = 1 AND low_water > 0 AND low_water < ?2"                                \
    "  UNION ALL SELECT uid + 1 FROM n WHERE uid < ?2)"                                                      \
    " SELECT uid FROM n WHERE NOT EXISTS"                                                                    \
    "  (SELECT 1 FROM message AS m WHERE m.mailbox = ?1 AND m.uid = n.uid)"                                  \
    " AND NOT EXISTS (SELECT 1 FROM unfetched AS u WHERE u.mailbox = ?1 AND u.uid = n.uid) LIMIT ?3"
#define FORGET_OLD_GAPS                                                                                      \
    "DELETE FROM unfetched WHERE mailbox = ? AND uid > 0 AND reason = 4"                                     \
    " AND date < CAST (strftime ('%s', 'now') AS INTEGER) - 24 * 60 * 60"
/* Of those that were deleted there, too: a server that was restored may have other mail under their numbers. */
#define LIST_WITNESSES                                                                                       \
    "SELECT * FROM (SELECT uid, internal_date, message_id FROM message"                                      \
    " WHERE mailbox = ? AND uid > 0 AND state > 0 ORDER BY uid DESC LIMIT 5)"                                \
    " WHERE internal_date > 0 AND message_id <> '' ORDER BY uid"

#define LIST_OPEN_UIDLS "SELECT uidl FROM unfetched WHERE mailbox = ? AND uidl <> '' AND reason <> 2"
#define LIST_REFUSED_UIDLS "SELECT uidl FROM unfetched WHERE mailbox = ? AND uidl <> '' AND reason = 1"
#define LIST_WAITING_UIDLS "SELECT uidl FROM unfetched WHERE mailbox = ? AND uidl <> '' AND reason = 3"
#define LIST_LEFT_UIDLS "SELECT uidl FROM unfetched WHERE mailbox = ? AND uidl <> '' AND reason < 2"
/* What was not wanted then may have another name now, and its name be another message's. */
#define DROP_UNWANTED "DELETE FROM unfetched WHERE mailbox = ? AND uidl <> '' AND reason = 2"
#define ADD_UNFETCHED                                                                                        \
    "INSERT OR REPLACE INTO unfetched (mailbox, uid, uidl, reason, size, server_text, date)"                 \
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
#define FETCHED_AFTER_ALL "DELETE FROM unfetched WHERE mailbox = ? AND uid = ? AND uidl = ?"
#define RENUMBER                                                                                             \
    "UPDATE message SET mailbox = ?, uid = ?, uidl = ?,"                                                     \
    " internal_date = coalesce (nullif (?, 0), internal_date),"                                              \
    " state = iif (state = 2 AND server_state = 3, 1, state),"                                               \
    " server_state = iif (server_state = 3, 0, server_state)"                                                \
    " WHERE id = ?"
/* POP3 has no UIDVALIDITY: what it named anew is kept in a row of its own, by a number that is none. So is what IMAP numbered anew
 * under the same. */
#define ADD_FORMER                                                                                           \
    "INSERT OR IGNORE INTO mailbox (account, name, uidvalidity, is_polled, is_current)"                      \
    " SELECT account, name, -1, 1, 0 FROM mailbox WHERE key = ?"
#define MOVE_TO_FORMER                                                                                       \
    "UPDATE message SET mailbox = (SELECT former.key FROM mailbox AS former JOIN mailbox AS is_now"          \
    "  ON is_now.account = former.account AND is_now.name = former.name"                                     \
    "  WHERE is_now.key = ?1 AND former.uidvalidity = -1),"                                                  \
    " server_state = iif (server_verb > 0 AND server_state < 2, 3, server_state)"                            \
    " WHERE mailbox = ?1 AND sequence <= ?2 AND " IB_JOURNAL_MAY_BE_RENAMED
#define ALL_TO_FORMER                                                                                        \
    "UPDATE message SET mailbox = (SELECT former.key FROM mailbox AS former JOIN mailbox AS is_now"          \
    "  ON is_now.account = former.account AND is_now.name = former.name"                                     \
    "  WHERE is_now.key = ?1 AND former.uidvalidity = -1)"                                                   \
    " WHERE mailbox = ?1 AND state > 0"
#define MATCH_ANEW "UPDATE mailbox SET low_water = 0, listing = '' WHERE key = ?"
/* By the id alone it might be another message, where a server gives numbers out anew. */
#define RETURN                                                                                               \
    "UPDATE message SET mailbox = ?1, uid = ?2, uidl = ?3,"                                                  \
    " internal_date = coalesce (nullif (?7, 0), internal_date),"                                             \
    " state = iif (state = 2 AND server_state = 3, 1, state),"                                               \
    " server_state = iif (server_state = 3, 0, server_state)"                                                \
    " WHERE id = ?4 AND (content_digest = ?5 OR twin_key = ?5) AND size = ?6"                                \
    " AND ((mailbox = ?1 AND (uidl <> ?3 OR server_state = 3)) OR mailbox IN"                                \
    " (SELECT was.key FROM mailbox AS was JOIN mailbox AS is_now"                                            \
    "  ON is_now.account = was.account AND is_now.name = was.name AND is_now.key <> was.key"                 \
    "  WHERE is_now.key = ?1))"
/* POP3 has no numbers: there it rises to 1. A listing is not always to be relied on; then the messages tell that it is POP3. IMAP
 * has a listing where it stays at 0. */
#define RAISE_LOW_WATER                                                                                      \
    "UPDATE mailbox SET low_water = max (low_water, ?1, (?2 <> '' AND uidvalidity = 0) OR EXISTS"            \
    " (SELECT 1 FROM message WHERE message.mailbox = mailbox.key AND uidl IS NOT NULL)),"                    \
    " since = iif (is_polled, since, ?4), is_polled = 1, listing = iif (EXISTS"                              \
    " (SELECT 1 FROM unfetched WHERE unfetched.mailbox = mailbox.key AND reason < 2), '', ?2) WHERE key = ?3"
/* POP3: what waited, and does no more, is here or gone. By IMAP one below the low water may not have been asked for; each that is
 * asked for comes, or there is a reason why not. */
#define FORGET_WAITING "DELETE FROM unfetched WHERE mailbox = ? AND uid = 0 AND reason = 3"
/* Below the low water nobody asks which ones were never wanted. */
#define FORGET_UNWANTED                                                                                      \
    "DELETE FROM unfetched WHERE mailbox = ? AND reason = 2 AND uid > 0"                                     \
    " AND uid <= (SELECT low_water FROM mailbox WHERE key = ?)"

/* --- entering ---------------------------------------------------------------------------------------------- */

void
ib_mailbox_stand_free (IbMailboxStand *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->done);
    g_array_unref (self->open);
    g_array_unref (self->refused);
    g_array_unref (self->gaps);
    g_ptr_array_unref (self->witnesses);
    g_array_unref (self->waiting);
    g_clear_pointer (&self->waiting_uidls, g_hash_table_unref);
    g_clear_pointer (&self->uidls, g_hash_table_unref);
    g_clear_pointer (&self->open_uidls, g_hash_table_unref);
    g_clear_pointer (&self->refused_uidls, g_hash_table_unref);
    g_clear_pointer (&self->old_dates, g_hash_table_unref);
    g_clear_pointer (&self->former_ids, g_hash_table_unref);
    g_free (self);
}

static void
witness_free (gpointer witness)
{
    g_free (((IbWitness *) witness)->message_id);
    g_free (witness);
}

static IbMailboxStand *
stand_new (void)
{
    IbMailboxStand *self = g_new0 (IbMailboxStand, 1);
    self->done = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->open = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->refused = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->gaps = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->witnesses = g_ptr_array_new_with_free_func (witness_free);
    self->waiting = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->waiting_uidls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->uidls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->open_uidls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->refused_uidls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->old_dates = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
    self->former_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    return self;
}

/* *out_key is 0 if there is none. */
static bool
find_mailbox (IbJournal *self, const char *account, const char *mailbox, const char *listing,
              IbMailboxStand *stand, GError **error)
{
    g_autoptr (GError) failure = NULL;
    sqlite3_stmt *rows
        = ib_db_query (self->db, error, FIND_MAILBOX, "ttt", ib_journal_or_empty (listing), account, mailbox);
    if (rows == NULL)
        return false;

    stand->key = 0;
    if (ib_db_next (self->db, rows, &failure)) {
        stand->key = sqlite3_column_int64 (rows, 0);
        stand->uidvalidity = (guint32) sqlite3_column_int64 (rows, 1);
        stand->low_water = (guint32) sqlite3_column_int64 (rows, 2);
        stand->is_new = sqlite3_column_int (rows, 3) == 0;
        stand->is_unchanged = sqlite3_column_int (rows, 4) != 0;
        stand->was_revalidated = sqlite3_column_int (rows, 5) != 0;
        stand->newest = sqlite3_column_int64 (rows, 6);
        stand->since_s = sqlite3_column_int64 (rows, 7);
        stand->has_rescue = sqlite3_column_int (rows, 8) != 0;
        stand->has_unmet = sqlite3_column_int (rows, 9) != 0;
        ib_db_end (rows);
    }
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

/* The numbers of @key mean nothing any more: nothing may be done on the server by them. */
static bool
revalidate (IbJournal *self, gint64 key, guint32 uidvalidity, GError **error)
{
    return ib_db_do (self->db, error, VOID_PENDING, "i", key)
           && ib_db_do (self->db, error, DROP_UNFETCHED, "i", key)
           && ib_db_do (self->db, error, RETIRE_MAILBOX, "i", key)
           && ib_db_do (self->db, error, SUCCEED_MAILBOX, "ii", (gint64) uidvalidity, key);
}

/* A new row is durable with the next commit, before anything that is told of by its key. */
static bool
make_mailbox (IbJournal *self, const char *account, const char *mailbox, guint32 uidvalidity,
              IbMailboxStand *stand, GError **error)
{
    if (stand->key != 0 && stand->uidvalidity == uidvalidity)
        return true;
    if (!ib_db_begin (self->db, error))
        return false;

    bool is_made = stand->key != 0
                       ? ib_journal_committed (self, revalidate (self, stand->key, uidvalidity, error), error)
                       : ib_journal_concluded (self, ib_db_do (self->db, error, ADD_MAILBOX, "tti", account,
                                                               mailbox, (gint64) uidvalidity));
    return is_made && find_mailbox (self, account, mailbox, NULL, stand, error);
}

static bool
read_uids (IbJournal *self, sqlite3_stmt *rows, GArray *uids, GError **error)
{
    g_autoptr (GError) failure = NULL;
    if (rows == NULL)
        return false;
    while (ib_db_next (self->db, rows, &failure)) {
        guint32 uid = (guint32) sqlite3_column_int64 (rows, 0);
        g_array_append_val (uids, uid);
    }
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

static bool
read_witnesses (IbJournal *self, IbMailboxStand *stand, GError **error)
{
    g_autoptr (GError) failure = NULL;
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_WITNESSES, "i", stand->key);
    if (rows == NULL)
        return false;
    while (ib_db_next (self->db, rows, &failure)) {
        IbWitness *witness = g_new (IbWitness, 1);
        witness->uid = (guint32) sqlite3_column_int64 (rows, 0);
        witness->internal_date_s = sqlite3_column_int64 (rows, 1);
        witness->message_id = ib_db_text (rows, 2);
        g_ptr_array_add (stand->witnesses, witness);
    }
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

static bool
read_uidls (IbJournal *self, IbMailboxStand *stand, GError **error)
{
    g_autoptr (GError) failure = NULL;
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_UIDLS, "ii", stand->key, stand->key);
    if (rows == NULL)
        return false;
    while (ib_db_next (self->db, rows, &failure)) {
        gint64 date_s = sqlite3_column_int64 (rows, 1);
        g_hash_table_add (stand->uidls, ib_db_text (rows, 0));
        if (date_s != 0)
            g_hash_table_add (stand->old_dates, g_memdup2 (&date_s, sizeof date_s));
    }
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

static bool
read_former_ids (IbJournal *self, gint64 key, GHashTable *ids, GError **error)
{
    g_autoptr (GError) failure = NULL;
    bool has_former = key < 0 || ib_db_has (self->db, &failure, HAS_FORMER, "i", key);
    sqlite3_stmt *rows
        = failure == NULL
              ? ib_db_query (self->db, &failure, has_former ? LIST_FORMER_IDS : LIST_DELETED_IDS, "i", key)
              : NULL;
    if (rows == NULL) {
        g_propagate_error (error, g_steal_pointer (&failure));
        return false;
    }
    while (ib_db_next (self->db, rows, &failure)) {
        char id[IB_ID_LENGTH + 1];
        ib_db_id (rows, 0, id);
        g_hash_table_add (ids, g_strdup (id));
    }
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

static bool
read_gone_ids (IbJournal *self, const char *account, gint64 key, GHashTable *ids, GError **error)
{
    g_autoptr (GError) failure = NULL;
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_GONE_UIDLS, "i", key);
    if (rows == NULL)
        return false;
    while (ib_db_next (self->db, rows, &failure)) {
        char id[IB_ID_LENGTH + 1];
        g_autofree char *uidl = ib_db_text (rows, 0);
        ib_story_pop3_id (account, uidl, id);
        g_hash_table_add (ids, g_strdup (id));
    }
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

static bool
read_set_of_uidls (IbJournal *self, const char *sql, gint64 key, GHashTable *uidls, GError **error)
{
    g_autoptr (GError) failure = NULL;
    sqlite3_stmt *rows = ib_db_query (self->db, &failure, sql, "i", key);
    while (rows != NULL && ib_db_next (self->db, rows, &failure))
        g_hash_table_add (uidls, ib_db_text (rows, 0));
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

/* What is done, open and known in the mailbox of @account that @stand is about. */
static bool
fill_stand (IbJournal *self, const char *account, IbMailboxStand *stand, GError **error)
{
    gint64 above = stand->low_water;
    sqlite3_stmt *done
        = ib_db_query (self->db, error, LIST_DONE, "iiii", stand->key, above, stand->key, above);
    return read_uids (self, done, stand->done, error)
           && read_uids (self, ib_db_query (self->db, error, LIST_OPEN, "i", stand->key), stand->open, error)
           && read_uids (self, ib_db_query (self->db, error, LIST_WAITING, "i", stand->key), stand->waiting,
                         error)
           && read_uids (self, ib_db_query (self->db, error, LIST_REFUSED, "i", stand->key), stand->refused,
                         error)
           && read_uids (self, ib_db_query (self->db, error, LIST_GAPS, "i", stand->key), stand->gaps, error)
           && read_witnesses (self, stand, error)
           && (stand->is_unchanged
               || (read_uidls (self, stand, error)
                   && read_set_of_uidls (self, LIST_OPEN_UIDLS, stand->key, stand->open_uidls, error)
                   && read_set_of_uidls (self, LIST_REFUSED_UIDLS, stand->key, stand->refused_uidls, error)
                   && read_set_of_uidls (self, LIST_WAITING_UIDLS, stand->key, stand->waiting_uidls, error)
                   && read_former_ids (self, stand->key, stand->former_ids, error)
                   && read_gone_ids (self, account, stand->key, stand->former_ids, error)));
}

IbMailboxStand *
ib_journal_enter (IbJournal *self, const char *account, const char *mailbox, guint32 uidvalidity,
                  const char *listing, GError **error)
{
    g_autoptr (IbMailboxStand) stand = stand_new ();
    if (!find_mailbox (self, account, mailbox, listing, stand, error)
        || !make_mailbox (self, account, mailbox, uidvalidity, stand, error)
        || !fill_stand (self, account, stand, error))
        return NULL;
    return g_steal_pointer (&stand);
}

static bool
restart (IbJournal *self, gint64 key, GError **error)
{
    return ib_db_do (self->db, error, VOID_PENDING, "i", key)
           && ib_db_do (self->db, error, DROP_UNFETCHED, "i", key)
           && ib_db_do (self->db, error, ADD_FORMER, "i", key)
           && ib_db_do (self->db, error, ALL_TO_FORMER, "i", key)
           && ib_db_do (self->db, error, MATCH_ANEW, "i", key);
}

bool
ib_journal_restarted (IbJournal *self, const char *account, const char *mailbox, GError **error)
{
    g_autoptr (IbMailboxStand) stand = stand_new ();
    if (!find_mailbox (self, account, mailbox, NULL, stand, error))
        return false;
    if (stand->key == 0)
        return true;
    return ib_db_begin (self->db, error)
           && ib_journal_committed (self, restart (self, stand->key, error), error);
}

IbMailboxStand *
ib_journal_look (IbJournal *self, const char *account, const char *mailbox, guint32 uidvalidity,
                 const char *listing, bool is_restarted, GError **error)
{
    g_autoptr (IbMailboxStand) stand = stand_new ();
    stand->is_new = true;
    stand->uidvalidity = uidvalidity;
    if (self == NULL)
        return g_steal_pointer (&stand);

    g_autoptr (IbMailboxStand) known = stand_new ();
    if (!find_mailbox (self, account, mailbox, listing, known, error))
        return NULL;
    if (known->key == 0)
        return g_steal_pointer (&stand);
    if (known->uidvalidity != uidvalidity || is_restarted) {
        stand->key = -known->key;
        stand->is_new = known->is_new;
        stand->was_revalidated = true;
        stand->since_s = known->since_s;
        stand->newest = known->newest;
        return read_former_ids (self, stand->key, stand->former_ids, error) ? g_steal_pointer (&stand) : NULL;
    }
    return fill_stand (self, account, known, error) ? g_steal_pointer (&known) : NULL;
}

/* --- what is not fetched, and what need not be ------------------------------------------------------------- */

bool
ib_journal_open_message (IbJournal *self, gint64 mailbox_key, guint32 uid, const char *uidl,
                         guint64 size_bytes, IbOpenReason reason, const char *server_text, GError **error)
{
    gint64 date_s = reason == IB_OPEN_NOT_SHOWN ? g_get_real_time () / G_USEC_PER_SEC : 0;
    return ib_journal_concluded (self, ib_db_begin (self->db, error)
                                           && ib_db_do (self->db, error, ADD_UNFETCHED, "iitiiti",
                                                        mailbox_key, (gint64) uid, ib_journal_or_empty (uidl),
                                                        (gint64) reason, (gint64) size_bytes,
                                                        ib_journal_or_empty (server_text), date_s));
}

bool
ib_journal_pass_over (IbJournal *self, gint64 mailbox_key, guint32 uid, const char *uidl, gint64 date_s,
                      GError **error)
{
    return ib_journal_concluded (self, ib_db_begin (self->db, error)
                                           && ib_db_do (self->db, error, ADD_UNFETCHED, "iitiiti",
                                                        mailbox_key, (gint64) uid, ib_journal_or_empty (uidl),
                                                        (gint64) NEVER_WANTED, (gint64) 0, "", date_s));
}

bool
ib_journal_fetched_after_all (IbJournal *self, gint64 mailbox_key, guint32 uid, const char *uidl,
                              GError **error)
{
    return ib_db_do (self->db, error, FETCHED_AFTER_ALL, "iit", mailbox_key, (gint64) uid,
                     ib_journal_or_empty (uidl));
}

static bool
drop_open (IbJournal *self, gint64 mailbox_key, GHashTable *but, GError **error)
{
    g_autoptr (GHashTable) open = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer uidl;
    if (!read_set_of_uidls (self, LIST_LEFT_UIDLS, mailbox_key, open, error))
        return false;
    g_hash_table_iter_init (&iter, open);
    while (g_hash_table_iter_next (&iter, &uidl, NULL))
        if (!g_hash_table_contains (but, uidl)
            && !ib_journal_fetched_after_all (self, mailbox_key, 0, uidl, error))
            return false;
    return true;
}

bool
ib_journal_drop_open (IbJournal *self, gint64 mailbox_key, GHashTable *but, GError **error)
{
    return ib_journal_concluded (self,
                                 ib_db_begin (self->db, error) && drop_open (self, mailbox_key, but, error));
}

bool
ib_journal_renumbered (IbJournal *self, const char *id, gint64 mailbox_key, guint32 uid, const char *uidl,
                       gint64 internal_date_s, GError **error)
{
    return ib_journal_concluded (self,
                                 ib_db_begin (self->db, error)
                                     && ib_db_do (self->db, error, RENUMBER, "iitih", mailbox_key,
                                                  (gint64) uid, uidl, internal_date_s, id)
                                     && ib_journal_fetched_after_all (self, mailbox_key, uid, uidl, error));
}

bool
ib_journal_rename_all (IbJournal *self, gint64 mailbox_key, gint64 until, GError **error)
{
    if (!ib_db_begin (self->db, error))
        return false;
    return ib_journal_committed (self,
                                 ib_db_do (self->db, error, ADD_FORMER, "i", mailbox_key)
                                     && ib_db_do (self->db, error, MOVE_TO_FORMER, "ii", mailbox_key, until)
                                     && ib_db_do (self->db, error, DROP_UNWANTED, "i", mailbox_key)
                                     && ib_db_do (self->db, error, MATCH_ANEW, "i", mailbox_key),
                                 error);
}

static bool
take_back (IbJournal *self, const char *former_id, const IbStory *story, bool *out_has_returned,
           GError **error)
{
    if (!ib_db_do (self->db, error, RETURN, "iithtii", story->mailbox_key, (gint64) story->uid, story->uidl,
                   former_id, story->content_digest, (gint64) story->size_bytes, story->internal_date_s))
        return false;
    *out_has_returned = ib_db_changes (self->db) > 0;
    return !*out_has_returned
           || ib_journal_fetched_after_all (self, story->mailbox_key, story->uid, story->uidl, error);
}

bool
ib_journal_returned (IbJournal *self, const char *former_id, const IbStory *story, bool *out_has_returned,
                     GError **error)
{
    return ib_journal_concluded (self, ib_db_begin (self->db, error)
                                           && take_back (self, former_id, story, out_has_returned, error));
}

/* What was looked for in vain for long enough, is no longer; what was gone past now, is from now on. */
static bool
note_gaps (IbJournal *self, gint64 mailbox_key, guint32 highest_uid, GError **error)
{
    g_autoptr (GArray) gaps = g_array_new (FALSE, FALSE, sizeof (guint32));
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_NEW_GAPS, "iii", mailbox_key,
                                      (gint64) highest_uid, (gint64) MOST_GAPS + 1);
    if (!read_uids (self, rows, gaps, error)
        || !ib_db_do (self->db, error, FORGET_OLD_GAPS, "i", mailbox_key))
        return false;
    for (guint i = 0; gaps->len <= MOST_GAPS && i < gaps->len; i++)
        if (!ib_db_do (self->db, error, ADD_UNFETCHED, "iitiiti", mailbox_key,
                       (gint64) g_array_index (gaps, guint32, i), "", (gint64) IB_OPEN_NOT_SHOWN, (gint64) 0,
                       "", g_get_real_time () / G_USEC_PER_SEC))
            return false;
    return true;
}

bool
ib_journal_taken (IbJournal *self, gint64 mailbox_key, guint32 highest_uid, const char *listing,
                  gint64 since_s, GError **error)
{
    return ib_journal_concluded (
        self, ib_db_begin (self->db, error) && ib_db_do (self->db, error, FORGET_WAITING, "i", mailbox_key)
                  && note_gaps (self, mailbox_key, highest_uid, error)
                  && ib_db_do (self->db, error, RAISE_LOW_WATER, "itii", (gint64) highest_uid,
                               ib_journal_or_empty (listing), mailbox_key, since_s)
                  && ib_db_do (self->db, error, FORGET_UNWANTED, "ii", mailbox_key, mailbox_key));
}
