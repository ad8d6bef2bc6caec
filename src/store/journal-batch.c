/* journal-batch.c - a batch's way: intended, then delivered */
#include "fault.h"
#include "journal-private.h"

#include <errno.h>

/* Of so many the next batch is near. */
#define MANY 32

#define NOTE_DELIVERED "UPDATE message SET state = 1 WHERE sequence BETWEEN ? AND ? AND state = 0"
#define HAS_UNFETCHED "SELECT 1 FROM unfetched WHERE mailbox = ? LIMIT 1"
#define ADD_MARK "INSERT OR REPLACE INTO mark (mark, expires_at, message) VALUES (?, ?, ?)"

/* --- intended ---------------------------------------------------------------------------------------------- */

/* Makes way for a story that was intended before and came to nothing. One that is delivered stays what it is. */
static bool
add_again (IbJournal *self, const IbStory *story, GError **error)
{
    gint64 sequence = 0;
    if (!ib_journal_find_intended (self, story->id, &sequence, error))
        return false;
    if (sequence == 0) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "Message %s of %s is delivered already", story->id,
                     ib_journal_or_empty (story->account));
        return false;
    }
    return ib_journal_drop_story (self, sequence, error)
           && ib_journal_add_story (self, story, IB_JOURNAL_INTENDED, error);
}

static bool
intend_one (IbJournal *self, const IbStory *story, GError **error)
{
    if (!ib_journal_add_story (self, story, IB_JOURNAL_INTENDED, error))
        return false;
    if (ib_db_changes (self->db) == 0 && !add_again (self, story, error))
        return false;

    gint64 sequence = ib_db_last_row (self->db);
    g_hash_table_replace (self->intended, g_strdup (story->id), g_memdup2 (&sequence, sizeof sequence));
    return ib_journal_add_files (self, sequence, story, error);
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
    if (batch->len >= MANY) /* a message takes half a page, the places it gets in the indexes included */
        ib_db_make_room_for (self->db, batch->len);
    return ib_journal_committed (self,
                                 ib_journal_passes (self, ib_fault ("journal.intend"), error)
                                     && ib_db_begin (self->db, error) && intend_all (self, batch, error),
                                 error);
}

/* --- delivered --------------------------------------------------------------------------------------------- */

/* The row of @story. One intended by an earlier run may have been found under other names than were intended. */
static bool
find_intent (IbJournal *self, const IbStory *story, gint64 *out_sequence, GError **error)
{
    const gint64 *known = g_hash_table_lookup (self->intended, story->id);
    if (known != NULL) {
        *out_sequence = *known;
        return true;
    }
    if (!ib_journal_find_story (self, story->id, out_sequence, error))
        return false;
    return *out_sequence != 0 ? ib_journal_drop_files (self, *out_sequence, error)
                                    && ib_journal_add_files (self, *out_sequence, story, error)
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
            && !ib_journal_fetched_after_all (self, story->mailbox_key, story->uid, story->uidl, error)))
        return false;
    g_hash_table_remove (self->intended, story->id);
    return true;
}

static bool
deliver_all (IbJournal *self, GPtrArray *batch, GError **error)
{
    gint64 mailbox_key = 0;
    gint64 unfetched = 0;
    Run run = { 0, 0 };
    for (guint i = 0; i < batch->len; i++) {
        const IbStory *story = g_ptr_array_index (batch, i);
        bool is_read
            = (i > 0 && story->mailbox_key == mailbox_key)
              || ib_db_read_number (self->db, &unfetched, error, HAS_UNFETCHED, "i", story->mailbox_key);
        mailbox_key = story->mailbox_key;
        if (!is_read || !deliver_one (self, story, &run, unfetched != 0, error))
            return false;
    }
    return note_delivered (self, &run, error);
}

bool
ib_journal_delivered (IbJournal *self, GPtrArray *batch, GError **error)
{
    return ib_journal_concluded (self, ib_journal_passes (self, ib_fault ("journal.delivered"), error)
                                           && ib_db_begin (self->db, error)
                                           && deliver_all (self, batch, error));
}
