/* journal-recovery.c - what an earlier run, a lost journal or another program left */
#include "journal-private.h"

#define LIST_INTENDED                                                                                        \
    "SELECT " IB_JOURNAL_STORY_COLUMNS " FROM message AS m LEFT JOIN mailbox AS b ON b.key = m.mailbox"      \
    " WHERE m.state = 0 ORDER BY m.sequence"
#define HAS_FILE "SELECT 1 FROM file WHERE message = ? AND folder = ? AND name = ?"
#define COUNT_FILES "SELECT count (*) FROM file WHERE message = ?"
#define LIST_ADOPTED                                                                                         \
    "SELECT id, size FROM message WHERE mailbox = 0 AND state IN (1, 3) AND action = 'deliver'"              \
    " AND twin_key IS NULL AND content_digest IS NULL"
#define MEASURE_ADOPTED "UPDATE message SET size = ? WHERE id = ? AND mailbox = 0"
/* One older than a year may be nothing but its identity by then. */
#define PLACE_ADOPTED                                                                                        \
    "UPDATE message SET mailbox = ?1, uid = ?2, uidl = ?3, size = ?4, internal_date = ?5, twin_key = ?6,"    \
    " content_digest = nullif (?7, ?6) WHERE id = ?8 AND mailbox = 0 AND state IN (1, 3)"

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
    gint64 sequence = 0;
    g_hash_table_remove (self->intended, id);
    return ib_journal_concluded (
        self, ib_journal_find_intended (self, id, &sequence, error)
                  && (sequence == 0
                      || (ib_db_begin (self->db, error) && ib_journal_drop_story (self, sequence, error))));
}

/* A message of several files is found file by file. */
static bool
adopt_file (IbJournal *self, gint64 sequence, const IbStoryFile *file, GError **error)
{
    gint64 is_there = 0, number = 0;
    return ib_db_read_number (self->db, &is_there, error, HAS_FILE, "itt", sequence, file->folder, file->name)
           && (is_there != 0
               || (ib_db_read_number (self->db, &number, error, COUNT_FILES, "i", sequence)
                   && ib_journal_add_file (self, sequence, number, file->folder, file->name, file->info,
                                           error)));
}

static bool
adopt_files (IbJournal *self, const IbStory *story, GError **error)
{
    gint64 sequence = 0;
    if (!ib_journal_find_story (self, story->id, &sequence, error))
        return false;
    for (guint i = 0; i < story->files->len; i++)
        if (!adopt_file (self, sequence, g_ptr_array_index (story->files, i), error))
            return false;
    return true;
}

bool
ib_journal_adopt (IbJournal *self, const IbStory *story, GError **error)
{
    return ib_journal_concluded (self, ib_db_begin (self->db, error)
                                           && ib_journal_add_story (self, story, IB_JOURNAL_DELIVERED, error)
                                           && adopt_files (self, story, error));
}

static bool
place_adopted (IbJournal *self, const char *id, const IbStory *story, GError **error)
{
    if (!ib_db_do (self->db, error, PLACE_ADOPTED, "iitiitth", story->mailbox_key, (gint64) story->uid,
                   story->uidl, (gint64) story->size_bytes, story->internal_date_s, story->twin_key,
                   story->content_digest, id))
        return false;
    return ib_db_changes (self->db) == 0
           || ib_journal_fetched_after_all (self, story->mailbox_key, story->uid, story->uidl, error);
}

bool
ib_journal_place_adopted (IbJournal *self, const char *id, const IbStory *story, GError **error)
{
    return ib_journal_concluded (self,
                                 ib_db_begin (self->db, error) && place_adopted (self, id, story, error));
}

bool
ib_journal_list_adopted (IbJournal *self, IbJournalSized each, gpointer user_data, GError **error)
{
    return ib_journal_list_sized (self, ib_db_query (self->db, error, LIST_ADOPTED, ""), each, user_data,
                                  error);
}

bool
ib_journal_measure_adopted (IbJournal *self, const char *id, guint64 size_bytes, GError **error)
{
    return ib_journal_concluded (
        self, ib_db_begin (self->db, error)
                  && ib_db_do (self->db, error, MEASURE_ADOPTED, "ih", (gint64) size_bytes, id));
}

bool
ib_journal_know (IbJournal *self, const char *id, const char *twin_key, GError **error)
{
    g_autoptr (IbStory) story = ib_story_new ();
    g_strlcpy (story->id, id, sizeof story->id);
    story->twin_key = g_strdup (twin_key);
    return ib_journal_concluded (self,
                                 ib_db_begin (self->db, error)
                                     && ib_journal_add_story (self, story, IB_JOURNAL_IDENTITY_ONLY, error));
}
