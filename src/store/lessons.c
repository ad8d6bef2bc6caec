/* lessons.c - what the classifier was taught */
#include "lessons.h"
#include "journal-private.h"

#include <string.h>

#define RECORD                                                                                               \
    "INSERT OR REPLACE INTO lesson (at, key, message, is_spam, corrects, why, example)"                      \
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
#define MARK_AS_TAUGHT "UPDATE message SET taught = ? WHERE id = ?"
#define READ                                                                                                 \
    "SELECT sequence, at, key, message, is_spam, corrects, why, example FROM lesson"                         \
    " WHERE sequence > ? ORDER BY sequence"
#define READ_ABOUT                                                                                           \
    "SELECT sequence, at, key, message, is_spam, corrects, why, example FROM lesson"                         \
    " WHERE message = ? ORDER BY sequence DESC LIMIT 1"
#define HAS_CORRECTION "SELECT 1 FROM lesson WHERE key = ? AND corrects <> 0"
#define LAST "SELECT seq FROM sqlite_sequence WHERE name = 'lesson'"
#define SET_LAST "UPDATE sqlite_sequence SET seq = ? WHERE name = 'lesson'"
#define ADD_LAST "INSERT INTO sqlite_sequence (name, seq) VALUES ('lesson', ?)"
#define TRIM                                                                                                 \
    "DELETE FROM lesson WHERE sequence <="                                                                   \
    " (SELECT sequence FROM lesson ORDER BY sequence DESC LIMIT 1 OFFSET ?)"

/* message.taught */
enum { TAUGHT_HAM = 1, TAUGHT_SPAM = 2 };

IbLesson *
ib_lesson_new (void)
{
    IbLesson *self = g_new0 (IbLesson, 1);
    self->key = g_strdup ("");
    self->why = g_strdup ("");
    return self;
}

void
ib_lesson_free (IbLesson *self)
{
    if (self == NULL)
        return;
    g_free (self->key);
    g_free (self->why);
    g_clear_pointer (&self->example, g_bytes_unref);
    g_free (self);
}

bool
ib_lessons_record (IbJournal *journal, IbLesson *lesson, GError **error)
{
    IbDb *db = journal->db;
    bool is_ours = lesson->id[0] != '\0';
    bool is_done
        = ib_db_begin (db, error)
          && ib_db_do (db, error, RECORD, "ithiitb", lesson->at, lesson->key, is_ours ? lesson->id : NULL,
                       (gint64) lesson->is_spam, (gint64) lesson->force, lesson->why, lesson->example);
    if (is_done)
        lesson->sequence = ib_db_last_row (db);
    is_done = is_done
              && (!is_ours
                  || ib_db_do (db, error, MARK_AS_TAUGHT, "ih",
                               (gint64) (lesson->is_spam ? TAUGHT_SPAM : TAUGHT_HAM), lesson->id));
    if (!is_done)
        ib_db_roll_back (db);
    return is_done;
}

static IbLesson *
read_lesson (sqlite3_stmt *rows)
{
    IbLesson *lesson = g_new0 (IbLesson, 1);
    lesson->sequence = sqlite3_column_int64 (rows, 0);
    lesson->at = sqlite3_column_int64 (rows, 1);
    lesson->key = ib_db_text (rows, 2);
    ib_db_id (rows, 3, lesson->id);
    lesson->is_spam = sqlite3_column_int (rows, 4) != 0;
    lesson->force = sqlite3_column_int (rows, 5) != 0 ? IB_LESSON_CORRECTS : IB_LESSON_CONFIRMS;
    lesson->why = ib_db_text (rows, 6);
    lesson->example = ib_db_bytes (rows, 7);
    return lesson;
}

bool
ib_lessons_read (IbJournal *journal, gint64 after_sequence, IbLessonsEach each, gpointer user_data,
                 GError **error)
{
    g_autoptr (GError) why = NULL;
    bool goes_on = true;
    sqlite3_stmt *rows = ib_db_query (journal->db, error, READ, "i", after_sequence);
    if (rows == NULL)
        return false;
    while (goes_on && ib_db_next (journal->db, rows, &why)) {
        g_autoptr (IbLesson) lesson = read_lesson (rows);
        goes_on = each (lesson, user_data);
    }
    ib_db_end (rows);
    if (why == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

IbLesson *
ib_lessons_about (IbJournal *journal, const char *id, GError **error)
{
    sqlite3_stmt *rows = ib_db_query (journal->db, error, READ_ABOUT, "h", id);
    if (rows == NULL || !ib_db_next (journal->db, rows, error))
        return NULL;
    IbLesson *lesson = read_lesson (rows);
    ib_db_end (rows);
    return lesson;
}

bool
ib_lessons_has_correction (IbJournal *journal, const char *key, GError **error)
{
    return ib_db_has (journal->db, error, HAS_CORRECTION, "t", key);
}

gint64
ib_lessons_last (IbJournal *journal)
{
    return ib_db_number (journal->db, 0, LAST, "");
}

bool
ib_lessons_go_on_from (IbJournal *journal, gint64 sequence, GError **error)
{
    IbDb *db = journal->db;
    bool is_done = ib_db_begin (db, error) && ib_db_do (db, error, SET_LAST, "i", sequence)
                   && (ib_db_changes (db) > 0 || ib_db_do (db, error, ADD_LAST, "i", sequence));
    if (!is_done)
        ib_db_roll_back (db);
    return is_done;
}

bool
ib_lessons_trim (IbJournal *journal, guint keep, GError **error)
{
    bool is_done
        = ib_db_begin (journal->db, error) && ib_db_do (journal->db, error, TRIM, "i", (gint64) keep);
    if (!is_done)
        ib_db_roll_back (journal->db);
    return is_done;
}
