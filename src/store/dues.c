/* dues.c - what is to be learned from where messages stand, now or later */
#include "dues.h"
#include "journal-private.h"

#define SET                                                                                                  \
    "INSERT INTO due_lesson (message, number, at, kind, why) VALUES (?, ?, ?, ?, ?)"                         \
    " ON CONFLICT (message) DO UPDATE SET number = excluded.number, at = excluded.at, kind = excluded.kind," \
    "  why = excluded.why WHERE kind NOT IN (3, 4) OR excluded.kind IN (3, 4)"
#define DROP "DELETE FROM due_lesson WHERE message = ? AND number = ?"
#define DROP_CONFIRMATION DROP " AND kind NOT IN (3, 4)"
#define LIST_CORRECTIONS                                                                                     \
    "SELECT message, number, kind, why FROM due_lesson WHERE at <= ? AND kind IN (3, 4) ORDER BY at LIMIT ?"
#define LIST_OTHERS                                                                                          \
    "SELECT message, number, kind, why FROM due_lesson WHERE at <= ? AND kind NOT IN (3, 4)"                 \
    " ORDER BY at DESC, message DESC LIMIT ?"

void
ib_due_free (IbDue *self)
{
    if (self == NULL)
        return;
    ib_placed_file_free (self->file);
    g_free (self->why);
    g_free (self);
}

static bool
change (IbJournal *journal, const char *sql, const IbPlacedFile *file, GError **error)
{
    bool is_done = ib_db_begin (journal->db, error)
                   && ib_db_do (journal->db, error, sql, "ii", file->message, (gint64) file->number);
    if (!is_done)
        ib_db_roll_back (journal->db);
    return is_done;
}

bool
ib_dues_set (IbJournal *journal, const IbPlacedFile *file, IbDueKind kind, const char *why, gint64 at,
             GError **error)
{
    bool is_done = ib_db_begin (journal->db, error)
                   && ib_db_do (journal->db, error, SET, "iiiit", file->message, (gint64) file->number, at,
                                (gint64) kind, why);
    if (!is_done)
        ib_db_roll_back (journal->db);
    return is_done;
}

bool
ib_dues_drop (IbJournal *journal, const IbPlacedFile *file, GError **error)
{
    return change (journal, DROP, file, error);
}

bool
ib_dues_drop_confirmation (IbJournal *journal, const IbPlacedFile *file, GError **error)
{
    return change (journal, DROP_CONFIRMATION, file, error);
}

/* A row of the list, before its file is read: one query ends before the next begins. */
typedef struct {
    gint64 message;
    guint number;
    IbDueKind kind;
    char *why;
} Row;

static void
clear_row (gpointer row)
{
    g_free (((Row *) row)->why);
}

static bool
list (IbJournal *journal, const char *sql, gint64 now, guint most, GArray *rows, GError **error)
{
    GError *failure = NULL;
    sqlite3_stmt *found = ib_db_query (journal->db, error, sql, "ii", now, (gint64) most);
    if (found == NULL)
        return false;
    while (ib_db_next (journal->db, found, &failure)) {
        Row row = { sqlite3_column_int64 (found, 0), (guint) sqlite3_column_int64 (found, 1),
                    (IbDueKind) sqlite3_column_int (found, 2), ib_db_text (found, 3) };
        g_array_append_val (rows, row);
    }
    if (failure != NULL)
        g_propagate_error (error, failure);
    return failure == NULL;
}

GPtrArray *
ib_dues_read (IbJournal *journal, gint64 now, guint corrections, guint others, GError **error)
{
    g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
    g_autoptr (GPtrArray) dues = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_due_free);
    g_array_set_clear_func (rows, clear_row);
    if (!list (journal, LIST_CORRECTIONS, now, corrections, rows, error)
        || !list (journal, LIST_OTHERS, now, others, rows, error))
        return NULL;
    for (guint i = 0; i < rows->len; i++) {
        Row *row = &g_array_index (rows, Row, i);
        g_autoptr (GError) why = NULL;
        IbPlacedFile *file = ib_places_read (journal, row->message, row->number, &why);
        if (why != NULL) {
            g_propagate_error (error, g_steal_pointer (&why));
            return NULL;
        }
        if (file == NULL)
            continue; /* its story was trimmed */
        IbDue *due = g_new0 (IbDue, 1);
        *due = (IbDue){ file, row->kind, g_steal_pointer (&row->why) };
        g_ptr_array_add (dues, due);
    }
    return g_steal_pointer (&dues);
}
