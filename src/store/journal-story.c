/* journal-story.c - a story as rows: written, and read again */
#include "journal-private.h"

#include <string.h>

#define ADD_MESSAGE                                                                                           \
    "INSERT INTO message (id, mailbox, uid, uidl, size, internal_date, delivered_at, state, action, is_junk," \
    " held, verdict, probability, reasons, rule, twin_key, twin_of, content_digest, message_id, sender,"      \
    " subject, note, server_verb, server_folder, server_due, entry_host, entry_ip, relay, mx, recipient,"     \
    " server_filter)"                                                                                         \
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"   \
    " ON CONFLICT (id) DO NOTHING"
#define FIND_SEQUENCE "SELECT sequence FROM message WHERE id = ?"
#define FIND_INTENDED "SELECT sequence FROM message WHERE id = ? AND state = 0"
#define DROP_MESSAGE "DELETE FROM message WHERE sequence = ?"
#define LIST_ANEW                                                                                            \
    "UPDATE mailbox SET listing = '' WHERE key = (SELECT mailbox FROM message WHERE sequence = ?)"

#define ADD_FILE "INSERT INTO file (message, number, folder, name, info) VALUES (?, ?, ?, ?, ?)"
#define DROP_FILES "DELETE FROM file WHERE message = ?"
#define LIST_FILES "SELECT folder, name, info FROM file WHERE message = ? ORDER BY number"

/* --- written ----------------------------------------------------------------------------------------------- */

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

bool
ib_journal_add_story (IbJournal *self, const IbStory *story, IbJournalState state, GError **error)
{
    return ib_db_do (self->db, error, ADD_MESSAGE, "hiitiiiitiitdttthtttttititttttt", story->id,
                     story->mailbox_key, (gint64) story->uid, story->uidl, (gint64) story->size_bytes,
                     story->internal_date_s, story->delivered_at, (gint64) state,
                     ib_story_action_name (story->action), (gint64) is_junk (story),
                     (gint64) (story->action != IB_STORY_DELIVER), ib_journal_or_empty (story->verdict),
                     story->probability, ib_journal_or_empty (story->reasons),
                     ib_journal_or_empty (story->rule), story->twin_key, story->twin_of,
                     g_strcmp0 (story->content_digest, story->twin_key) != 0 ? story->content_digest : NULL,
                     ib_journal_or_empty (story->message_id), ib_journal_or_empty (story->from),
                     ib_journal_or_empty (story->subject), ib_journal_or_empty (story->note),
                     (gint64) story->after, story->after_folder, story->after_due_s,
                     ib_journal_or_empty (story->entry_host), ib_journal_or_empty (story->entry_ip),
                     ib_journal_or_empty (story->relay), ib_journal_or_empty (story->mx),
                     ib_journal_or_empty (story->recipient), ib_journal_or_empty (story->server_filter));
}

bool
ib_journal_add_file (IbJournal *self, gint64 sequence, gint64 number, const char *folder, const char *name,
                     const char *info, GError **error)
{
    return ib_db_do (self->db, error, ADD_FILE, "iittt", sequence, number, folder, name,
                     ib_journal_or_empty (info));
}

bool
ib_journal_add_files (IbJournal *self, gint64 sequence, const IbStory *story, GError **error)
{
    for (guint i = 0; i < story->files->len; i++) {
        const IbStoryFile *file = g_ptr_array_index (story->files, i);
        if (!ib_journal_add_file (self, sequence, i, file->folder, file->name, file->info, error))
            return false;
    }
    return true;
}

bool
ib_journal_drop_files (IbJournal *self, gint64 sequence, GError **error)
{
    return ib_db_do (self->db, error, DROP_FILES, "i", sequence);
}

bool
ib_journal_drop_story (IbJournal *self, gint64 sequence, GError **error)
{
    return ib_journal_drop_files (self, sequence, error)
           && ib_db_do (self->db, error, LIST_ANEW, "i", sequence)
           && ib_db_do (self->db, error, DROP_MESSAGE, "i", sequence);
}

/* --- found ------------------------------------------------------------------------------------------------- */

bool
ib_journal_find_story (IbJournal *self, const char *id, gint64 *out_sequence, GError **error)
{
    return ib_db_read_number (self->db, out_sequence, error, FIND_SEQUENCE, "h", id);
}

bool
ib_journal_find_intended (IbJournal *self, const char *id, gint64 *out_sequence, GError **error)
{
    return ib_db_read_number (self->db, out_sequence, error, FIND_INTENDED, "h", id);
}

/* --- read -------------------------------------------------------------------------------------------------- */

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
