/* journal.c - each message's story */
#include "journal.h"

#include "fault.h"
#include "fs.h"
#include "journal-private.h"
#include "schema.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* The numbers that stand in the columns; see schema.c. */
enum { INTENDED, DELIVERED, SETTLED, IDENTITY_ONLY };
enum { NEVER_WANTED = 2 };

#define FIND_MAILBOX                                                                                         \
    "SELECT key, uidvalidity, low_water, is_polled, listing <> '' AND listing = ?,"                          \
    " low_water = 0 AND EXISTS (SELECT 1 FROM mailbox AS old"                                                \
    "  WHERE old.account = mailbox.account AND old.name = mailbox.name AND old.key <> mailbox.key)"          \
    " FROM mailbox WHERE account = ? AND name = ? AND is_current = 1"
#define ADD_MAILBOX "INSERT INTO mailbox (account, name, uidvalidity) VALUES (?, ?, ?)"
/* A server may return to numbers that it had once: then that row is current again. */
#define SUCCEED_MAILBOX                                                                                      \
    "INSERT INTO mailbox (account, name, uidvalidity, is_polled)"                                            \
    " SELECT account, name, ?, is_polled FROM mailbox WHERE key = ?"                                         \
    " ON CONFLICT (account, name, uidvalidity) DO UPDATE SET"                                                \
    "  low_water = 0, is_current = 1, is_polled = excluded.is_polled"
#define RETIRE_MAILBOX "UPDATE mailbox SET is_current = 0 WHERE key = ?"
#define VOID_PENDING                                                                                         \
    "UPDATE message SET server_state = 3 WHERE mailbox = ? AND server_verb > 0 AND server_state < 2"
#define DROP_UNFETCHED "DELETE FROM unfetched WHERE mailbox = ?"

#define LIST_DONE                                                                                            \
    "SELECT uid FROM message WHERE mailbox = ? AND uid > ? AND state > 0"                                    \
    " UNION SELECT uid FROM unfetched WHERE mailbox = ? AND uid > ? AND reason = 2 ORDER BY uid"
#define LIST_OPEN "SELECT uid FROM unfetched WHERE mailbox = ? AND uid > 0 AND reason < 2 ORDER BY uid"
#define LIST_UIDLS                                                                                           \
    "SELECT uidl FROM message WHERE mailbox = ? AND uidl IS NOT NULL AND state > 0"                          \
    " UNION ALL SELECT uidl FROM unfetched WHERE mailbox = ? AND uid = 0 AND reason = 2"

#define ADD_UNFETCHED                                                                                        \
    "INSERT OR REPLACE INTO unfetched (mailbox, uid, uidl, reason, size, server_text) VALUES (?, ?, ?, ?, ?, ?)"
#define FETCHED_AFTER_ALL "DELETE FROM unfetched WHERE mailbox = ? AND uid = ? AND uidl = ?"
#define RAISE_LOW_WATER                                                                                      \
    "UPDATE mailbox SET low_water = max (low_water, ?), is_polled = 1, listing = iif (EXISTS"                \
    " (SELECT 1 FROM unfetched WHERE unfetched.mailbox = mailbox.key AND reason < 2), '', ?) WHERE key = ?"
/* Below the low water nobody asks which ones were never wanted. */
#define FORGET_UNWANTED                                                                                      \
    "DELETE FROM unfetched WHERE mailbox = ? AND reason = 2 AND uid > 0"                                     \
    " AND uid <= (SELECT low_water FROM mailbox WHERE key = ?)"

#define ADD_MESSAGE                                                                                           \
    "INSERT INTO message (id, mailbox, uid, uidl, size, internal_date, delivered_at, state, action, is_junk," \
    " held, verdict, probability, reasons, rule, twin_key, twin_of, content_digest, message_id, sender,"      \
    " subject, note, server_verb, server_folder, server_due, entry_host, entry_ip, relay, mx, recipient,"     \
    " server_filter)"                                                                                         \
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"   \
    " ON CONFLICT (id) DO NOTHING"
#define ADD_FILE "INSERT INTO file (message, number, folder, name, info) VALUES (?, ?, ?, ?, ?)"
#define DROP_FILES "DELETE FROM file WHERE message = ?"
#define FIND_SEQUENCE "SELECT sequence FROM message WHERE id = ?"
#define FIND_INTENDED "SELECT sequence FROM message WHERE id = ? AND state = 0"
#define DROP_MESSAGE "DELETE FROM message WHERE sequence = ?"
#define LIST_ANEW                                                                                            \
    "UPDATE mailbox SET listing = '' WHERE key = (SELECT mailbox FROM message WHERE sequence = ?)"
#define NOTE_DELIVERED "UPDATE message SET state = 1 WHERE sequence BETWEEN ? AND ? AND state = 0"
#define HAS_UNFETCHED "SELECT 1 FROM unfetched WHERE mailbox = ? LIMIT 1"
#define ADD_MARK "INSERT OR REPLACE INTO mark (mark, expires_at, message) VALUES (?, ?, ?)"
#define LIST_MARKS                                                                                           \
    "SELECT mark, expires_at, message FROM mark WHERE expires_at > ? ORDER BY expires_at DESC LIMIT ?"
#define DROP_MARKS "DELETE FROM mark WHERE expires_at <= ?"

#define FIND_TWIN                                                                                            \
    "SELECT m.id, f.folder, f.name, m.verdict, m.probability, m.reasons FROM message AS m"                   \
    " LEFT JOIN file AS f ON f.message = m.sequence AND f.number = 0"                                        \
    " WHERE m.twin_key = ? AND m.action = 'deliver' ORDER BY m.sequence LIMIT 1"
#define FIND_CONTENT                                                                                         \
    "SELECT m.id, f.folder, f.name, m.verdict, m.probability, m.reasons FROM message AS m"                   \
    " JOIN mailbox AS was ON was.key = m.mailbox"                                                            \
    " JOIN mailbox AS is_now ON is_now.account = was.account AND is_now.name = was.name"                     \
    "  AND is_now.key <> was.key"                                                                            \
    " LEFT JOIN file AS f ON f.message = m.sequence AND f.number = 0"                                        \
    " WHERE is_now.key = ? AND (m.content_digest = ? OR m.twin_key = ?) AND m.size = ? AND m.state > 0"      \
    " ORDER BY m.sequence LIMIT 1"
#define ANY_MESSAGE "SELECT 1 FROM message LIMIT 1"
#define RENUMBER                                                                                             \
    "UPDATE message SET mailbox = ?, uid = ?, server_state = iif (server_state = 3, 0, server_state)"        \
    " WHERE id = ?"
#define HAS_DELIVERED "SELECT 1 FROM message WHERE id = ? AND state > 0"

#define PLAN_PENDING                                                                                         \
    "UPDATE message SET server_verb = ?, server_folder = ?, server_due = ?, server_state = 0,"               \
    " state = iif (state = 2, 1, state) WHERE id = ?"
#define LIST_DUE                                                                                             \
    "SELECT server_verb, server_folder, server_due, uid, uidl, server_state FROM message"                    \
    " WHERE mailbox = ? AND server_verb > 0 AND server_state < 2 AND server_due <= ? AND state = 1"          \
    " AND (server_verb <> 4 OR (SELECT is_junk FROM mailbox WHERE key = message.mailbox) = 1)"               \
    " ORDER BY uid, sequence"
#define NOTE_COPIED                                                                                          \
    "UPDATE message SET server_state = 1"                                                                    \
    " WHERE mailbox = ? AND uid = ? AND server_verb > 0 AND server_state = 0"
#define TELL_SETTLED                                                                                         \
    "INSERT INTO event (at, message, kind, old_folder, new_folder, why)"                                     \
    " SELECT ?, sequence, iif (server_verb = 1, 'deleted-on-server', 'moved-on-server'), '',"                \
    "  ifnull (server_folder, ''), '' FROM message WHERE "
#define NOTE_SETTLED "UPDATE message SET state = 2, server_state = 2 WHERE "
#define PENDING_UID "mailbox = ? AND uid = ? AND server_verb > 0 AND server_state < 2"
#define PENDING_UIDL "mailbox = ? AND uidl = ? AND server_verb > 0 AND server_state < 2"

#define LIST_INTENDED                                                                                        \
    "SELECT " IB_JOURNAL_STORY_COLUMNS " FROM message AS m LEFT JOIN mailbox AS b ON b.key = m.mailbox"      \
    " WHERE m.state = 0 ORDER BY m.sequence"
#define LIST_FILES "SELECT folder, name, info FROM file WHERE message = ? ORDER BY number"
#define HAS_FILE "SELECT 1 FROM file WHERE message = ? AND folder = ? AND name = ?"
#define COUNT_FILES "SELECT count (*) FROM file WHERE message = ?"
#define MOVE_FILE                                                                                            \
    "UPDATE file SET folder = ?, place = NULL, since = ?, is_gone = 0"                                       \
    " WHERE message = (SELECT sequence FROM message WHERE id = ?) AND folder = ? AND name = ?"
#define ADD_EVENT                                                                                            \
    "INSERT INTO event (at, message, kind, old_folder, new_folder, why)"                                     \
    " SELECT ?, sequence, ?, ?, ?, ? FROM message WHERE id = ?"
#define NOTE_RESTORED "UPDATE message SET action = 'deliver', held = 0 WHERE sequence = ?"
#define LIST_HELD                                                                                            \
    "SELECT id FROM message WHERE held = 1 AND delivered_at < ? AND state > 0 ORDER BY delivered_at"
#define DROP_HELD "UPDATE message SET held = 2 WHERE held = 1 AND delivered_at < ? AND state > 0"

#define OLD_ONES                                                                                             \
    "delivered_at < ? AND state IN (1, 2) AND held <> 1 AND (server_verb = 0 OR server_state > 1)"
#define TRIM_FILES "DELETE FROM file WHERE message IN (SELECT sequence FROM message WHERE " OLD_ONES ")"
#define TRIM_EVENTS "DELETE FROM event WHERE message IN (SELECT sequence FROM message WHERE " OLD_ONES ")"
#define TRIM_DUES "DELETE FROM due_lesson WHERE message IN (SELECT sequence FROM message WHERE " OLD_ONES ")"
#define TRIM_MESSAGES                                                                                        \
    "UPDATE message SET state = 3, reasons = '', rule = '', message_id = '', sender = '', subject = '',"     \
    " note = '', server_folder = NULL, entry_host = '', entry_ip = '', relay = '', mx = '', recipient = ''," \
    " server_filter = '' WHERE " OLD_ONES

G_DEFINE_QUARK (ib - journal - error - quark, ib_journal_error)

/* --- opening -------------------------------------------------------------------------------------------- */

static IbJournal *
wrap (IbDb *db)
{
    IbJournal *self = g_new0 (IbJournal, 1);
    self->db = db;
    self->intended = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    return self;
}

IbJournal *
ib_journal_open (const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname (path);
    if (!ib_fs_make_folder (folder, error))
        return NULL;

    g_autoptr (IbDb) db = ib_db_open (path, IB_DB_WRITE, error);
    if (db == NULL || !ib_schema_migrate (db, error))
        return NULL;
    return wrap (g_steal_pointer (&db));
}

IbJournal *
ib_journal_open_read_only (const char *path, GError **error)
{
    g_autoptr (GError) failure = NULL;
    if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("There is no journal %s yet"), path);
        return NULL;
    }
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

char *
ib_journal_set_aside (const char *path, GError **error)
{
    static const char *const suffixes[] = { "-shm", "-wal", "" };
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

/* --- steps and notes ------------------------------------------------------------------------------------ */

/* The end of every change: one that failed takes all with it that is not durable yet. */
static bool
concluded (IbJournal *self, bool is_done)
{
    if (is_done)
        return true;
    ib_db_roll_back (self->db);
    g_hash_table_remove_all (self->intended);
    return false;
}

/* As concluded (), and durable. */
static bool
committed (IbJournal *self, bool is_done, GError **error)
{
    return concluded (self, is_done && ib_db_commit (self->db, error));
}

/* A fault that a test asked for. */
static bool
passes (IbJournal *self, int fault, GError **error)
{
    return fault == 0 || ib_db_fail (self->db, fault, error);
}

static const char *
or_empty (const char *text)
{
    return text == NULL ? "" : text;
}

bool
ib_journal_flush (IbJournal *self, GError **error)
{
    return committed (self, true, error);
}

bool
ib_journal_fold (IbJournal *self, GError **error)
{
    return concluded (self, ib_db_fold (self->db, error));
}

/* --- where a mailbox stands ----------------------------------------------------------------------------- */

void
ib_mailbox_stand_free (IbMailboxStand *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->done);
    g_array_unref (self->open);
    g_clear_pointer (&self->uidls, g_hash_table_unref);
    g_free (self);
}

static IbMailboxStand *
stand_new (void)
{
    IbMailboxStand *self = g_new0 (IbMailboxStand, 1);
    self->done = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->open = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->uidls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    return self;
}

/* *out_key is 0 if there is none. */
static bool
find_mailbox (IbJournal *self, const char *account, const char *mailbox, const char *listing,
              IbMailboxStand *stand, GError **error)
{
    g_autoptr (GError) failure = NULL;
    sqlite3_stmt *rows
        = ib_db_query (self->db, error, FIND_MAILBOX, "ttt", or_empty (listing), account, mailbox);
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

static bool
make_mailbox (IbJournal *self, const char *account, const char *mailbox, guint32 uidvalidity,
              IbMailboxStand *stand, GError **error)
{
    if (stand->key != 0 && stand->uidvalidity == uidvalidity)
        return true;
    if (!ib_db_begin (self->db, error))
        return false;

    bool is_made = stand->key != 0 ? revalidate (self, stand->key, uidvalidity, error)
                                   : ib_db_do (self->db, error, ADD_MAILBOX, "tti", account, mailbox,
                                               (gint64) uidvalidity);
    return committed (self, is_made, error) && find_mailbox (self, account, mailbox, NULL, stand, error);
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
read_uidls (IbJournal *self, gint64 key, GHashTable *uidls, GError **error)
{
    g_autoptr (GError) failure = NULL;
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_UIDLS, "ii", key, key);
    if (rows == NULL)
        return false;
    while (ib_db_next (self->db, rows, &failure))
        g_hash_table_add (uidls, ib_db_text (rows, 0));
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

/* What is done, open and known in the mailbox that @stand is about. */
static bool
fill_stand (IbJournal *self, IbMailboxStand *stand, GError **error)
{
    gint64 above = stand->low_water;
    sqlite3_stmt *done
        = ib_db_query (self->db, error, LIST_DONE, "iiii", stand->key, above, stand->key, above);
    return read_uids (self, done, stand->done, error)
           && read_uids (self, ib_db_query (self->db, error, LIST_OPEN, "i", stand->key), stand->open, error)
           && (stand->is_unchanged || read_uidls (self, stand->key, stand->uidls, error));
}

IbMailboxStand *
ib_journal_enter (IbJournal *self, const char *account, const char *mailbox, guint32 uidvalidity,
                  const char *listing, GError **error)
{
    g_autoptr (IbMailboxStand) stand = stand_new ();
    if (!find_mailbox (self, account, mailbox, listing, stand, error)
        || !make_mailbox (self, account, mailbox, uidvalidity, stand, error)
        || !fill_stand (self, stand, error))
        return NULL;
    return g_steal_pointer (&stand);
}

IbMailboxStand *
ib_journal_look (IbJournal *self, const char *account, const char *mailbox, guint32 uidvalidity,
                 const char *listing, GError **error)
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
    if (known->uidvalidity != uidvalidity) {
        stand->is_new = false;
        return g_steal_pointer (&stand);
    }
    return fill_stand (self, known, error) ? g_steal_pointer (&known) : NULL;
}

bool
ib_journal_open_message (IbJournal *self, gint64 mailbox_key, guint32 uid, const char *uidl,
                         guint64 size_bytes, IbOpenReason reason, const char *server_text, GError **error)
{
    return concluded (self, ib_db_begin (self->db, error)
                                && ib_db_do (self->db, error, ADD_UNFETCHED, "iitiit", mailbox_key,
                                             (gint64) uid, or_empty (uidl), (gint64) reason,
                                             (gint64) size_bytes, or_empty (server_text)));
}

bool
ib_journal_pass_over (IbJournal *self, gint64 mailbox_key, guint32 uid, const char *uidl, GError **error)
{
    return concluded (self,
                      ib_db_begin (self->db, error)
                          && ib_db_do (self->db, error, ADD_UNFETCHED, "iitiit", mailbox_key, (gint64) uid,
                                       or_empty (uidl), (gint64) NEVER_WANTED, (gint64) 0, ""));
}

bool
ib_journal_renumbered (IbJournal *self, const char *id, gint64 mailbox_key, guint32 uid, GError **error)
{
    return concluded (
        self, ib_db_begin (self->db, error)
                  && ib_db_do (self->db, error, RENUMBER, "iih", mailbox_key, (gint64) uid, id)
                  && ib_db_do (self->db, error, FETCHED_AFTER_ALL, "iit", mailbox_key, (gint64) uid, ""));
}

bool
ib_journal_taken (IbJournal *self, gint64 mailbox_key, guint32 highest_uid, const char *listing,
                  GError **error)
{
    return concluded (self,
                      ib_db_begin (self->db, error)
                          && ib_db_do (self->db, error, RAISE_LOW_WATER, "iti", (gint64) highest_uid,
                                       or_empty (listing), mailbox_key)
                          && ib_db_do (self->db, error, FORGET_UNWANTED, "ii", mailbox_key, mailbox_key));
}

/* --- a batch's way -------------------------------------------------------------------------------------- */

/* What `status` and `log --junk` count: judged to be spam, or filed as junk by a rule. */
static bool
is_junk (const IbStory *story)
{
    if (g_strcmp0 (story->verdict, "spam") == 0)
        return true;
    for (guint i = 0; i < story->files->len; i++) {
        const IbStoryFile *file = g_ptr_array_index (story->files, i);
        if (strcmp (file->folder, "Junk") == 0 || g_str_has_prefix (file->folder, "Junk."))
            return true;
    }
    return false;
}

static bool
add_message (IbJournal *self, const IbStory *story, gint64 state, GError **error)
{
    return ib_db_do (self->db, error, ADD_MESSAGE, "hiitiiiitiitdttthtttttititttttt", story->id,
                     story->mailbox_key, (gint64) story->uid, story->uidl, (gint64) story->size_bytes,
                     story->internal_date_s, story->delivered_at, state, ib_story_action_name (story->action),
                     (gint64) is_junk (story), (gint64) (story->action != IB_STORY_DELIVER),
                     or_empty (story->verdict), story->probability, or_empty (story->reasons),
                     or_empty (story->rule), story->twin_key, story->twin_of,
                     g_strcmp0 (story->content_digest, story->twin_key) != 0 ? story->content_digest : NULL,
                     or_empty (story->message_id), or_empty (story->from), or_empty (story->subject),
                     or_empty (story->note), (gint64) story->after, story->after_folder, story->after_due_s,
                     or_empty (story->entry_host), or_empty (story->entry_ip), or_empty (story->relay),
                     or_empty (story->mx), or_empty (story->recipient), or_empty (story->server_filter));
}

static bool
add_files (IbJournal *self, gint64 sequence, const IbStory *story, GError **error)
{
    for (guint i = 0; i < story->files->len; i++) {
        const IbStoryFile *file = g_ptr_array_index (story->files, i);
        if (!ib_db_do (self->db, error, ADD_FILE, "iittt", sequence, (gint64) i, file->folder, file->name,
                       or_empty (file->info)))
            return false;
    }
    return true;
}

static bool
drop_intent (IbJournal *self, gint64 sequence, GError **error)
{
    return ib_db_do (self->db, error, DROP_FILES, "i", sequence)
           && ib_db_do (self->db, error, LIST_ANEW, "i", sequence)
           && ib_db_do (self->db, error, DROP_MESSAGE, "i", sequence);
}

/* Makes way for a story that was intended before and came to nothing. One that is delivered stays what it is. */
static bool
add_again (IbJournal *self, const IbStory *story, GError **error)
{
    gint64 sequence = ib_db_number (self->db, 0, FIND_INTENDED, "h", story->id);
    if (sequence == 0) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "Message %s of %s is delivered already", story->id,
                     or_empty (story->account));
        return false;
    }
    return drop_intent (self, sequence, error) && add_message (self, story, INTENDED, error);
}

static bool
intend_one (IbJournal *self, const IbStory *story, GError **error)
{
    if (!add_message (self, story, INTENDED, error))
        return false;
    if (ib_db_changes (self->db) == 0 && !add_again (self, story, error))
        return false;

    gint64 sequence = ib_db_last_row (self->db);
    g_hash_table_replace (self->intended, g_strdup (story->id), g_memdup2 (&sequence, sizeof sequence));
    return add_files (self, sequence, story, error);
}

static bool
intend_all (IbJournal *self, GPtrArray *batch, GError **error)
{
    for (guint i = 0; i < batch->len; i++)
        if (!intend_one (self, g_ptr_array_index (batch, i), error))
            return false;
    return true;
}

bool
ib_journal_intend (IbJournal *self, GPtrArray *batch, GError **error)
{
    return committed (self,
                      passes (self, ib_fault ("journal.intend"), error) && ib_db_begin (self->db, error)
                          && intend_all (self, batch, error),
                      error);
}

/* The row of @story. One intended by an earlier run may have been found under other names than were intended. */
static bool
find_intent (IbJournal *self, const IbStory *story, gint64 *out_sequence, GError **error)
{
    const gint64 *known = g_hash_table_lookup (self->intended, story->id);
    if (known != NULL) {
        *out_sequence = *known;
        return true;
    }
    *out_sequence = ib_db_number (self->db, 0, FIND_SEQUENCE, "h", story->id);
    return *out_sequence != 0 ? ib_db_do (self->db, error, DROP_FILES, "i", *out_sequence)
                                    && add_files (self, *out_sequence, story, error)
                              : ib_db_fail (self->db, ENOENT, error);
}

/* Rows from .first to .last. */
typedef struct {
    gint64 first, last;
} Run;

/* The rows of a batch follow one another, unless recovery made it of what was left over: one statement notes them all. */
static bool
note_delivered (IbJournal *self, const Run *run, GError **error)
{
    return run->first == 0 || ib_db_do (self->db, error, NOTE_DELIVERED, "ii", run->first, run->last);
}

static bool
add_to_run (IbJournal *self, Run *run, gint64 sequence, GError **error)
{
    if (sequence == run->last + 1 && run->first != 0) {
        run->last = sequence;
        return true;
    }
    if (!note_delivered (self, run, error))
        return false;
    *run = (Run){ sequence, sequence };
    return true;
}

static bool
add_marks (IbJournal *self, const IbStory *story, GError **error)
{
    for (guint i = 0; i < story->marks->len; i++) {
        const IbStoryMark *mark = &g_array_index (story->marks, IbStoryMark, i);
        if (!ib_db_do (self->db, error, ADD_MARK, "tih", mark->mark, mark->expires_at_s, story->id))
            return false;
    }
    return true;
}

static bool
deliver_one (IbJournal *self, const IbStory *story, Run *run, bool was_open, GError **error)
{
    gint64 sequence = 0;
    if (!find_intent (self, story, &sequence, error) || !add_to_run (self, run, sequence, error)
        || !add_marks (self, story, error)
        || (was_open
            && !ib_db_do (self->db, error, FETCHED_AFTER_ALL, "iit", story->mailbox_key, (gint64) story->uid,
                          or_empty (story->uidl))))
        return false;
    g_hash_table_remove (self->intended, story->id);
    return true;
}

static bool
deliver_all (IbJournal *self, GPtrArray *batch, GError **error)
{
    gint64 mailbox_key = 0;
    bool has_unfetched = false;
    Run run = { 0, 0 };
    for (guint i = 0; i < batch->len; i++) {
        const IbStory *story = g_ptr_array_index (batch, i);
        if (i == 0 || story->mailbox_key != mailbox_key) {
            mailbox_key = story->mailbox_key;
            has_unfetched = ib_db_number (self->db, 0, HAS_UNFETCHED, "i", mailbox_key) != 0;
        }
        if (!deliver_one (self, story, &run, has_unfetched, error))
            return false;
    }
    return note_delivered (self, &run, error);
}

bool
ib_journal_delivered (IbJournal *self, GPtrArray *batch, GError **error)
{
    return concluded (self, passes (self, ib_fault ("journal.delivered"), error)
                                && ib_db_begin (self->db, error) && deliver_all (self, batch, error));
}

/* --- what duplicate has seen ------------------------------------------------------------------------------ */

bool
ib_journal_marks (IbJournal *self, gint64 now_s, guint most, IbJournalMark each, gpointer user_data,
                  GError **error)
{
    g_autoptr (GError) failure = NULL;
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_MARKS, "ii", now_s, (gint64) most);
    if (rows == NULL)
        return false;
    while (ib_db_next (self->db, rows, &failure)) {
        char id[IB_ID_LENGTH + 1];
        g_autofree char *mark = ib_db_text (rows, 0);
        ib_db_id (rows, 2, id);
        each (mark, sqlite3_column_int64 (rows, 1), id, user_data);
    }
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

bool
ib_journal_drop_marks (IbJournal *self, gint64 now_s, GError **error)
{
    return concluded (self,
                      ib_db_begin (self->db, error) && ib_db_do (self->db, error, DROP_MARKS, "i", now_s));
}

/* --- twins ---------------------------------------------------------------------------------------------- */

void
ib_twin_clear (IbTwin *self)
{
    g_clear_pointer (&self->folder, g_free);
    g_clear_pointer (&self->name, g_free);
    g_clear_pointer (&self->verdict, g_free);
    g_clear_pointer (&self->reasons, g_free);
}

static bool
read_twin (IbJournal *self, sqlite3_stmt *rows, IbTwin *out_twin, GError **error)
{
    if (rows == NULL || !ib_db_next (self->db, rows, error))
        return false;
    ib_db_id (rows, 0, out_twin->id);
    out_twin->folder = ib_db_text (rows, 1);
    out_twin->name = ib_db_text (rows, 2);
    out_twin->verdict = ib_db_text (rows, 3);
    out_twin->probability
        = sqlite3_column_type (rows, 4) == SQLITE_NULL ? NAN : sqlite3_column_double (rows, 4);
    out_twin->reasons = ib_db_text (rows, 5);
    ib_db_end (rows);
    return true;
}

bool
ib_journal_find_twin (IbJournal *self, const char *twin_key, IbTwin *out_twin, GError **error)
{
    return read_twin (self, ib_db_query (self->db, error, FIND_TWIN, "t", twin_key), out_twin, error);
}

bool
ib_journal_find_content (IbJournal *self, gint64 mailbox_key, const char *content_digest, guint64 size_bytes,
                         IbTwin *out_twin, GError **error)
{
    return read_twin (self,
                      ib_db_query (self->db, error, FIND_CONTENT, "itti", mailbox_key, content_digest,
                                   content_digest, (gint64) size_bytes),
                      out_twin, error);
}

bool
ib_journal_has (IbJournal *self, const char *id, GError **error)
{
    return ib_db_has (self->db, error, HAS_DELIVERED, "h", id);
}

/* --- on the server -------------------------------------------------------------------------------------- */

void
ib_pending_free (IbPending *self)
{
    if (self == NULL)
        return;
    g_free (self->folder);
    g_free (self->uidl);
    g_free (self);
}

bool
ib_journal_plan_pending (IbJournal *self, const char *id, IbPendingVerb verb, const char *folder,
                         gint64 due_at_s, GError **error)
{
    gint64 number = (gint64) verb + 1;
    return concluded (self,
                      ib_db_begin (self->db, error)
                          && ib_db_do (self->db, error, PLAN_PENDING, "itih", number, folder, due_at_s, id));
}

static IbPending *
read_pending (sqlite3_stmt *rows)
{
    IbPending *pending = g_new0 (IbPending, 1);
    pending->verb = (IbPendingVerb) (sqlite3_column_int (rows, 0) - 1);
    pending->folder = ib_db_nullable (rows, 1);
    pending->due_at_s = sqlite3_column_int64 (rows, 2);
    pending->uid = (guint32) sqlite3_column_int64 (rows, 3);
    pending->uidl = ib_db_nullable (rows, 4);
    pending->is_copied = sqlite3_column_int (rows, 5) == 1;
    return pending;
}

GPtrArray *
ib_journal_due (IbJournal *self, gint64 mailbox_key, gint64 now_s, GError **error)
{
    g_autoptr (GError) failure = NULL;
    g_autoptr (GPtrArray) due = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_pending_free);
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_DUE, "ii", mailbox_key, now_s);
    if (rows == NULL)
        return NULL;

    while (ib_db_next (self->db, rows, &failure))
        g_ptr_array_add (due, read_pending (rows));
    if (failure == NULL)
        return g_steal_pointer (&due);
    g_propagate_error (error, g_steal_pointer (&failure));
    return NULL;
}

static bool
copy_all (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count, GError **error)
{
    for (gsize i = 0; i < count; i++)
        if (!ib_db_do (self->db, error, NOTE_COPIED, "ii", mailbox_key, (gint64) uids[i]))
            return false;
    return true;
}

bool
ib_journal_copied (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count, GError **error)
{
    return committed (self,
                      passes (self, ib_fault ("journal.copied"), error) && ib_db_begin (self->db, error)
                          && copy_all (self, mailbox_key, uids, count, error),
                      error);
}

static bool
settle_uid (IbJournal *self, gint64 mailbox_key, guint32 uid, GError **error)
{
    return ib_db_do (self->db, error, TELL_SETTLED PENDING_UID, "iii", g_get_real_time (), mailbox_key,
                     (gint64) uid)
           && ib_db_do (self->db, error, NOTE_SETTLED PENDING_UID, "ii", mailbox_key, (gint64) uid);
}

static bool
settle_uidl (IbJournal *self, gint64 mailbox_key, const char *uidl, GError **error)
{
    return ib_db_do (self->db, error, TELL_SETTLED PENDING_UIDL, "iit", g_get_real_time (), mailbox_key, uidl)
           && ib_db_do (self->db, error, NOTE_SETTLED PENDING_UIDL, "it", mailbox_key, uidl);
}

static bool
settle_all (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count, const char *const *uidls,
            GError **error)
{
    for (gsize i = 0; i < count; i++)
        if (!settle_uid (self, mailbox_key, uids[i], error))
            return false;
    for (gsize i = 0; uidls != NULL && uidls[i] != NULL; i++)
        if (!settle_uidl (self, mailbox_key, uidls[i], error))
            return false;
    return true;
}

bool
ib_journal_settled (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count,
                    const char *const *uidls, GError **error)
{
    return concluded (self, passes (self, ib_fault ("journal.settled"), error)
                                && ib_db_begin (self->db, error)
                                && settle_all (self, mailbox_key, uids, count, uidls, error));
}

/* --- recovery and undo ---------------------------------------------------------------------------------- */

static IbStoryAction
parse_action (const char *name)
{
    if (g_strcmp0 (name, "discard") == 0)
        return IB_STORY_DISCARD;
    return g_strcmp0 (name, "duplicate") == 0 ? IB_STORY_DUPLICATE : IB_STORY_DELIVER;
}

static bool
read_files (IbJournal *self, gint64 sequence, IbStory *story, GError **error)
{
    g_autoptr (GError) failure = NULL;
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_FILES, "i", sequence);
    if (rows == NULL)
        return false;

    while (ib_db_next (self->db, rows, &failure)) {
        g_autofree char *folder = ib_db_text (rows, 0);
        g_autofree char *info = ib_db_text (rows, 2);
        ib_story_add_file (story, folder, info)->name = ib_db_text (rows, 1);
    }
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

IbStory *
ib_journal_read_story (IbJournal *self, sqlite3_stmt *rows, GError **error)
{
    char twin_of[IB_ID_LENGTH + 1];
    g_autoptr (IbStory) story = ib_story_new ();
    ib_db_id (rows, 1, story->id);
    story->account = ib_db_text (rows, 2);
    story->mailbox = ib_db_text (rows, 3);
    story->mailbox_key = sqlite3_column_int64 (rows, 4);
    story->uid = (guint32) sqlite3_column_int64 (rows, 5);
    story->uidl = ib_db_nullable (rows, 6);
    story->size_bytes = (guint64) sqlite3_column_int64 (rows, 7);
    story->internal_date_s = sqlite3_column_int64 (rows, 8);
    story->delivered_at = sqlite3_column_int64 (rows, 9);
    story->action = parse_action ((const char *) sqlite3_column_text (rows, 10));
    story->verdict = ib_db_text (rows, 11);
    story->probability = ib_db_double (rows, 12);
    story->reasons = ib_db_text (rows, 13);
    story->rule = ib_db_text (rows, 14);
    story->twin_key = ib_db_nullable (rows, 15);
    ib_db_id (rows, 16, twin_of);
    story->twin_of = *twin_of == '\0' ? NULL : g_strdup (twin_of);
    story->content_digest = sqlite3_column_type (rows, 17) != SQLITE_NULL ? ib_db_nullable (rows, 17)
                                                                          : g_strdup (story->twin_key);
    story->message_id = ib_db_text (rows, 18);
    story->from = ib_db_text (rows, 19);
    story->subject = ib_db_text (rows, 20);
    story->note = ib_db_text (rows, 21);
    story->after = (IbStoryAfter) sqlite3_column_int (rows, 22);
    story->after_folder = ib_db_nullable (rows, 23);
    story->after_due_s = sqlite3_column_int64 (rows, 24);
    story->entry_host = ib_db_text (rows, 25);
    story->entry_ip = ib_db_text (rows, 26);
    story->relay = ib_db_text (rows, 27);
    story->mx = ib_db_text (rows, 28);
    story->recipient = ib_db_text (rows, 29);
    story->server_filter = ib_db_text (rows, 30);
    return read_files (self, sqlite3_column_int64 (rows, 0), story, error) ? g_steal_pointer (&story) : NULL;
}

GPtrArray *
ib_journal_unfinished (IbJournal *self, GError **error)
{
    g_autoptr (GError) failure = NULL;
    g_autoptr (GPtrArray) stories = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_INTENDED, "");
    if (rows == NULL)
        return NULL;

    while (ib_db_next (self->db, rows, &failure)) {
        IbStory *story = ib_journal_read_story (self, rows, &failure);
        if (story == NULL) {
            ib_db_end (rows);
            break;
        }
        g_ptr_array_add (stories, story);
    }
    if (failure == NULL)
        return g_steal_pointer (&stories);
    g_propagate_error (error, g_steal_pointer (&failure));
    return NULL;
}

bool
ib_journal_forget (IbJournal *self, const char *id, GError **error)
{
    gint64 sequence = ib_db_number (self->db, 0, FIND_INTENDED, "h", id);
    g_hash_table_remove (self->intended, id);
    return sequence == 0
           || concluded (self, ib_db_begin (self->db, error) && drop_intent (self, sequence, error));
}

/* A message of several files is found file by file. */
static bool
adopt_file (IbJournal *self, gint64 sequence, const IbStoryFile *file, GError **error)
{
    if (ib_db_number (self->db, 0, HAS_FILE, "itt", sequence, file->folder, file->name) != 0)
        return true;
    gint64 number = ib_db_number (self->db, 0, COUNT_FILES, "i", sequence);
    return ib_db_do (self->db, error, ADD_FILE, "iittt", sequence, number, file->folder, file->name,
                     or_empty (file->info));
}

static bool
adopt_files (IbJournal *self, const IbStory *story, GError **error)
{
    gint64 sequence = ib_db_number (self->db, 0, FIND_SEQUENCE, "h", story->id);
    for (guint i = 0; i < story->files->len; i++)
        if (!adopt_file (self, sequence, g_ptr_array_index (story->files, i), error))
            return false;
    return true;
}

bool
ib_journal_adopt (IbJournal *self, const IbStory *story, GError **error)
{
    return concluded (self, ib_db_begin (self->db, error) && add_message (self, story, DELIVERED, error)
                                && adopt_files (self, story, error));
}

bool
ib_journal_know (IbJournal *self, const char *id, const char *twin_key, GError **error)
{
    g_autoptr (IbStory) story = ib_story_new ();
    g_strlcpy (story->id, id, sizeof story->id);
    story->twin_key = g_strdup (twin_key);
    return concluded (self, ib_db_begin (self->db, error) && add_message (self, story, IDENTITY_ONLY, error));
}

static bool
add_event (IbJournal *self, const char *id, const char *kind, const char *old_folder, const char *new_folder,
           const char *why, GError **error)
{
    return ib_db_do (self->db, error, ADD_EVENT, "itttth", g_get_real_time (), kind, old_folder, new_folder,
                     or_empty (why), id);
}

bool
ib_journal_moved (IbJournal *self, const char *id, const char *old_folder, const char *name,
                  const char *new_folder, const char *why, GError **error)
{
    return concluded (self, ib_db_begin (self->db, error)
                                && ib_db_do (self->db, error, MOVE_FILE, "tihtt", new_folder,
                                             g_get_real_time (), id, old_folder, name)
                                && add_event (self, id, "moved", old_folder, new_folder, why, error));
}

static bool
restore (IbJournal *self, const char *id, const char *folder, const char *name, const char *info,
         GError **error)
{
    gint64 sequence = ib_db_number (self->db, 0, FIND_SEQUENCE, "h", id);
    return ib_db_do (self->db, error, NOTE_RESTORED, "i", sequence)
           && ib_db_do (self->db, error, DROP_FILES, "i", sequence)
           && ib_db_do (self->db, error, ADD_FILE, "iittt", sequence, (gint64) 0, folder, name,
                        or_empty (info))
           && add_event (self, id, "restored", "", folder, "", error);
}

bool
ib_journal_restored (IbJournal *self, const char *id, const char *folder, const char *name, const char *info,
                     GError **error)
{
    return concluded (self, ib_db_begin (self->db, error) && restore (self, id, folder, name, info, error));
}

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
    if (!concluded (self,
                    ib_db_begin (self->db, error) && ib_db_do (self->db, error, DROP_HELD, "i", before)))
        return NULL;
    return g_steal_pointer (&ids);
}

bool
ib_journal_trim (IbJournal *self, gint64 before, GError **error)
{
    return concluded (self, ib_db_begin (self->db, error)
                                && ib_db_do (self->db, error, TRIM_FILES, "i", before)
                                && ib_db_do (self->db, error, TRIM_EVENTS, "i", before)
                                && ib_db_do (self->db, error, TRIM_DUES, "i", before)
                                && ib_db_do (self->db, error, TRIM_MESSAGES, "i", before));
}
