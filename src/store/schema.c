/* schema.c - the journal's tables, as numbered steps */
#include "schema.h"

#include <glib/gi18n-lib.h>

/* mailbox: a row for each UIDVALIDITY that a mailbox had; one of them is current. -1: of POP3, what was there under UIDLs that are
 *     not listed any more. low_water 0 in a row that has predecessors: what is there is still being matched with what
 *     came from them; of POP3 it is 1 once that is over.
 *     is_junk: it is the server's Junk, kept in step with ours. since: what was older than that (seconds) was not wanted
 *     at the first poll; 0: all was wanted, or it was before that was noted. ours_at: when our own Maildir's mail last came from
 *     there (seconds); 0 never.
 * message: state 0 intended, 1 delivered, 2 settled, 3 identity only (older than a year).
 *     held 0 no, 1 in held/ (what was brought back: until it is dropped), 2 dropped from there.
 *     server_verb 0 nothing to do on the server, 1 delete, 2 move, 3 move into Junk, 4 out of it; server_state 0 to do, 1 copied, 2 done, 3 void;
 *     with state 2: it was not there any more when it was to be deleted.
 * file: number counts the copies of one message, from 0. folder, name and info are as we put it there; place is its path
 *     below the Maildir as it was last seen, NULL if it was not looked at since we put it there; since: when the user
 *     moved it into that folder (microseconds), 0 never; is_gone: it was not found there any more.
 * directory: each folder's new and cur as they were last read; changed_at in nanoseconds, 0 if it is to be read again.
 * stranger: a file that is not known by its name, which is hashed; message: whose id stands in it.
 * due_lesson: see dues.h.
 * message.taught 0 the classifier learned nothing from it, 1 that it is ham, 2 that it is spam.
 * message.content_digest: NULL where it would be the same as twin_key; else that of the bytes, also of what got its twin_key later.
 * unfetched: reason 0 too large, 1 refused, 3 waiting for a filter (all open), 2 never wanted, 4 not shown by the server. date: of POP3,
 *     where it was never wanted for that, the Date of the message (seconds); of what was not shown, since when it is looked for; else 0.
 * Whatever a server or a message said is text without promise of UTF-8. */
#define STEP_1_FIRST_TABLES                                                                                   \
    "CREATE TABLE mailbox (\n"                                                                                \
    "    key INTEGER PRIMARY KEY,\n"                                                                          \
    "    account TEXT NOT NULL,\n"                                                                            \
    "    name TEXT NOT NULL,\n"                                                                               \
    "    uidvalidity INTEGER NOT NULL,\n"                                                                     \
    "    low_water INTEGER NOT NULL DEFAULT 0,\n"                                                             \
    "    is_polled INTEGER NOT NULL DEFAULT 0,\n"                                                             \
    "    is_current INTEGER NOT NULL DEFAULT 1,\n"                                                            \
    "    UNIQUE (account, name, uidvalidity));\n"                                                             \
    "CREATE TABLE message (\n"                                                                                \
    "    sequence INTEGER PRIMARY KEY AUTOINCREMENT,\n"                                                       \
    "    id BLOB NOT NULL UNIQUE,\n"                                                                          \
    "    mailbox INTEGER NOT NULL,\n"                                                                         \
    "    uid INTEGER NOT NULL,\n"                                                                             \
    "    uidl TEXT,\n"                                                                                        \
    "    size INTEGER NOT NULL,\n"                                                                            \
    "    internal_date INTEGER NOT NULL,\n"                                                                   \
    "    delivered_at INTEGER NOT NULL,\n"                                                                    \
    "    state INTEGER NOT NULL,\n"                                                                           \
    "    action TEXT NOT NULL,\n"                                                                             \
    "    is_junk INTEGER NOT NULL,\n"                                                                         \
    "    held INTEGER NOT NULL,\n"                                                                            \
    "    verdict TEXT NOT NULL,\n"                                                                            \
    "    probability REAL,\n"                                                                                 \
    "    reasons TEXT NOT NULL,\n"                                                                            \
    "    rule TEXT NOT NULL,\n"                                                                               \
    "    twin_key TEXT,\n"                                                                                    \
    "    twin_of BLOB,\n"                                                                                     \
    "    content_digest TEXT,\n"                                                                              \
    "    message_id TEXT NOT NULL,\n"                                                                         \
    "    sender TEXT NOT NULL,\n"                                                                             \
    "    subject TEXT NOT NULL,\n"                                                                            \
    "    note TEXT NOT NULL,\n"                                                                               \
    "    server_verb INTEGER NOT NULL DEFAULT 0,\n"                                                           \
    "    server_folder TEXT,\n"                                                                               \
    "    server_due INTEGER NOT NULL DEFAULT 0,\n"                                                            \
    "    server_state INTEGER NOT NULL DEFAULT 0);\n"                                                         \
    "CREATE INDEX message_uid ON message (mailbox, uid);\n"                                                   \
    "CREATE INDEX message_uidl ON message (mailbox, uidl) WHERE uidl IS NOT NULL;\n"                          \
    "CREATE INDEX message_twin ON message (twin_key) WHERE twin_key IS NOT NULL;\n"                           \
    "CREATE INDEX message_content ON message (content_digest) WHERE content_digest IS NOT NULL;\n"            \
    "CREATE INDEX message_time ON message (delivered_at);\n"                                                  \
    "CREATE INDEX message_count ON message (mailbox, action, is_junk);\n"                                     \
    "CREATE INDEX message_intended ON message (sequence) WHERE state = 0;\n"                                  \
    "CREATE INDEX message_held ON message (delivered_at) WHERE held = 1;\n"                                   \
    "CREATE INDEX message_due ON message (mailbox, server_due) WHERE server_verb > 0 AND server_state < 2;\n" \
    "CREATE TABLE file (\n"                                                                                   \
    "    message INTEGER NOT NULL,\n"                                                                         \
    "    number INTEGER NOT NULL,\n"                                                                          \
    "    folder TEXT NOT NULL,\n"                                                                             \
    "    name TEXT NOT NULL,\n"                                                                               \
    "    info TEXT NOT NULL,\n"                                                                               \
    "    PRIMARY KEY (message, number)) WITHOUT ROWID;\n"                                                     \
    "CREATE TABLE unfetched (\n"                                                                              \
    "    mailbox INTEGER NOT NULL,\n"                                                                         \
    "    uid INTEGER NOT NULL,\n"                                                                             \
    "    uidl TEXT NOT NULL,\n"                                                                               \
    "    reason INTEGER NOT NULL,\n"                                                                          \
    "    size INTEGER NOT NULL,\n"                                                                            \
    "    server_text TEXT NOT NULL,\n"                                                                        \
    "    PRIMARY KEY (mailbox, uid, uidl)) WITHOUT ROWID;\n"                                                  \
    "CREATE TABLE event (\n"                                                                                  \
    "    sequence INTEGER PRIMARY KEY AUTOINCREMENT,\n"                                                       \
    "    at INTEGER NOT NULL,\n"                                                                              \
    "    message INTEGER NOT NULL,\n"                                                                         \
    "    kind TEXT NOT NULL,\n"                                                                               \
    "    old_folder TEXT NOT NULL,\n"                                                                         \
    "    new_folder TEXT NOT NULL,\n"                                                                         \
    "    why TEXT NOT NULL);\n"                                                                               \
    "CREATE INDEX event_message ON event (message);\n"                                                        \
    "CREATE TABLE poll (\n"                                                                                   \
    "    account TEXT PRIMARY KEY,\n"                                                                         \
    "    at INTEGER NOT NULL,\n"                                                                              \
    "    state TEXT NOT NULL,\n"                                                                              \
    "    error TEXT NOT NULL) WITHOUT ROWID;\n"

static const char *const steps[] = {
    STEP_1_FIRST_TABLES,
    /* POP3 lists all of a maildrop in each poll: a digest of the list as it was when nothing on it was missing here
     * spares looking up every name in it. */
    "ALTER TABLE mailbox ADD COLUMN listing TEXT NOT NULL DEFAULT '';",
    /* What a filter's `duplicate` has seen, by which message, and until when that is remembered. */
    "CREATE TABLE mark (\n"
    "    mark TEXT PRIMARY KEY,\n"
    "    expires_at INTEGER NOT NULL,\n"
    "    message BLOB NOT NULL) WITHOUT ROWID;\n"
    "CREATE INDEX mark_time ON mark (expires_at);",
    /* What the classifier was taught, with what it saw of the message; and whom the user writes with. */
    "ALTER TABLE message ADD COLUMN taught INTEGER NOT NULL DEFAULT 0;\n"
    "CREATE TABLE lesson (\n"
    "    sequence INTEGER PRIMARY KEY AUTOINCREMENT,\n"
    "    at INTEGER NOT NULL,\n"
    "    key TEXT NOT NULL UNIQUE,\n"
    "    message BLOB,\n"
    "    is_spam INTEGER NOT NULL,\n"
    "    corrects INTEGER NOT NULL,\n"
    "    why TEXT NOT NULL,\n"
    "    example BLOB NOT NULL);\n"
    "CREATE TABLE person (\n"
    "    address TEXT PRIMARY KEY,\n"
    "    name TEXT NOT NULL,\n"
    "    at INTEGER NOT NULL) WITHOUT ROWID;\n"
    "CREATE INDEX person_time ON person (at);",
    /* Where each message came from and to whom it was sent: what `report` counts by, and how `status` finds addresses that
     * no account has. And since when an account's polls have failed, one after the other. */
    "ALTER TABLE message ADD COLUMN entry_host TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE message ADD COLUMN entry_ip TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE message ADD COLUMN relay TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE message ADD COLUMN mx TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE message ADD COLUMN recipient TEXT NOT NULL DEFAULT '';\n"
    "CREATE INDEX message_recipient ON message (recipient, mailbox) WHERE recipient <> '';\n"
    "ALTER TABLE poll ADD COLUMN failing_since INTEGER NOT NULL DEFAULT 0;\n"
    "UPDATE poll SET failing_since = at WHERE state <> 'ok';",
    /* What the filter of the account's server thought of it, if there is one: without, mail came round it. */
    "ALTER TABLE message ADD COLUMN server_filter TEXT NOT NULL DEFAULT '';",
    /* Where each file was last seen, and which files are none of ours: so that a look at the folders that changed since
     * tells what the user moved. And what is to be learned from it, now or later. */
    "ALTER TABLE file ADD COLUMN place TEXT;\n"
    "ALTER TABLE file ADD COLUMN since INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE file ADD COLUMN is_gone INTEGER NOT NULL DEFAULT 0;\n"
    "CREATE INDEX file_place ON file (place) WHERE place IS NOT NULL;\n"
    "CREATE INDEX file_unseen ON file (message) WHERE place IS NULL AND folder <> '';\n"
    "CREATE TABLE directory (\n"
    "    key INTEGER PRIMARY KEY,\n"
    "    path TEXT NOT NULL UNIQUE,\n"
    "    inode INTEGER NOT NULL,\n"
    "    changed_at INTEGER NOT NULL);\n"
    "CREATE TABLE stranger (\n"
    "    directory INTEGER NOT NULL,\n"
    "    name INTEGER NOT NULL,\n"
    "    is_read INTEGER NOT NULL,\n"
    "    message BLOB,\n"
    "    PRIMARY KEY (directory, name)) WITHOUT ROWID;\n"
    "CREATE INDEX stranger_of_note ON stranger (directory) WHERE is_read = 0 OR message IS NOT NULL;\n"
    "CREATE TABLE due_lesson (\n"
    "    message INTEGER PRIMARY KEY,\n"
    "    number INTEGER NOT NULL,\n"
    "    at INTEGER NOT NULL,\n"
    "    kind INTEGER NOT NULL,\n"
    "    why TEXT NOT NULL);\n"
    "CREATE INDEX due_lesson_time ON due_lesson (at);",
    /* Which mailbox is the server's Junk, so that a message which is found there or elsewhere is known to have been moved. */
    "ALTER TABLE mailbox ADD COLUMN is_junk INTEGER NOT NULL DEFAULT 0;",
    /* What was too old at the first poll of a mailbox, so that it stays away when the server numbers or names it anew. And
     * the INBOX is one mailbox now, however a server writes it. */
    "ALTER TABLE mailbox ADD COLUMN since INTEGER NOT NULL DEFAULT 0;\n"
    "ALTER TABLE unfetched ADD COLUMN date INTEGER NOT NULL DEFAULT 0;\n"
    "UPDATE OR IGNORE mailbox SET name = 'INBOX' WHERE upper (name) = 'INBOX'\n"
    "    AND account NOT IN (SELECT account FROM mailbox WHERE name = 'INBOX');",
    /* Which mailbox a server reads out of the Maildir that is written here: doctor tells. */
    "ALTER TABLE mailbox ADD COLUMN ours_at INTEGER NOT NULL DEFAULT 0;",
};

gint64
ib_schema_version (void)
{
    return G_N_ELEMENTS (steps);
}

gint64
ib_schema_read_version (IbDb *db, GError **error)
{
    sqlite3_stmt *rows = ib_db_query (db, error, "PRAGMA user_version", "");
    if (rows == NULL || !ib_db_next (db, rows, error))
        return -1;
    gint64 version = sqlite3_column_int64 (rows, 0);
    ib_db_end (rows);
    return version;
}

static bool
take_step (IbDb *db, gsize step, GError **error)
{
    g_autofree char *sql = g_strdup_printf ("%s\n;PRAGMA user_version = %zu;", steps[step], step + 1);
    if (ib_db_run (db, sql, error))
        return true;
    g_prefix_error (error, _ ("Bringing the journal to version %d: "), (int) step + 1);
    return false;
}

/* -1: none that this program can bring further. */
static gint64
read_known_version (IbDb *db, GError **error)
{
    gint64 have = ib_schema_read_version (db, error);
    if (have <= ib_schema_version ())
        return have;
    g_set_error (
        error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_NEWER,
        _ ("The journal was written by a later Inbasket (version %d of its tables, this one knows %d)"),
        (int) have, (int) ib_schema_version ());
    return -1;
}

static bool
take_steps (IbDb *db, gint64 have, GError **error)
{
    for (gsize step = (gsize) have; step < G_N_ELEMENTS (steps); step++)
        if (!take_step (db, step, error))
            return false;
    return true;
}

/* In one transaction: a new journal costs one wait for the disk, not one for each step. Whoever waited for another that
 * climbed asks again where it stands. */
static bool
climb (IbDb *db, GError **error)
{
    gint64 have = ib_db_run (db, "BEGIN IMMEDIATE", error) ? read_known_version (db, error) : -1;
    bool is_good = have >= 0 && take_steps (db, have, error) && ib_db_run (db, "COMMIT", error);
    if (!is_good)
        ib_db_roll_back (db);
    return is_good;
}

bool
ib_schema_migrate (IbDb *db, GError **error)
{
    gint64 have = read_known_version (db, error);
    return have == ib_schema_version () || (have >= 0 && climb (db, error));
}
