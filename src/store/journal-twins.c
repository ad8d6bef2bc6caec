/* journal-twins.c - what is here already: twins, and what `duplicate` has seen */
#include "journal-private.h"

#include <math.h>

#define FIND_TWIN                                                                                            \
    "SELECT m.id, f.folder, f.name, m.verdict, m.probability, m.reasons FROM message AS m"                   \
    " LEFT JOIN file AS f ON f.message = m.sequence AND f.number = 0"                                        \
    " WHERE m.twin_key = ? AND m.action = 'deliver' ORDER BY m.sequence LIMIT 1"
/* Of what there is a hundred times, no more are looked at: it would be looked at for each of them. */
#define FIND_COPY                                                                                            \
    "SELECT m.id, f.folder, f.name, m.verdict, m.probability, m.reasons"                                     \
    " FROM (SELECT * FROM message WHERE content_digest = ? LIMIT 100) AS m"                                  \
    " CROSS JOIN mailbox AS was ON was.key = m.mailbox"                                                      \
    " JOIN mailbox AS is_now ON is_now.account = was.account AND is_now.name <> was.name"                    \
    " LEFT JOIN file AS f ON f.message = m.sequence AND f.number = 0"                                        \
    " WHERE m.size = ? AND m.internal_date = ? AND is_now.key = abs (?) AND m.uid > 0"                       \
    " AND m.action = 'deliver' ORDER BY m.sequence LIMIT 1"
#define FIND_CONTENT                                                                                         \
    "SELECT m.id, f.folder, f.name, m.verdict, m.probability, m.reasons FROM message AS m"                   \
    " JOIN mailbox AS was ON was.key = m.mailbox"                                                            \
    " JOIN mailbox AS is_now ON is_now.account = was.account AND is_now.name = was.name"                     \
    " LEFT JOIN file AS f ON f.message = m.sequence AND f.number = 0"                                        \
    " WHERE is_now.key = abs (?1) AND was.key <> ?1"                                                         \
    " AND (m.content_digest = ?2 OR m.twin_key = ?2) AND m.size = ?3 AND m.state > 0"                        \
    " ORDER BY m.sequence LIMIT 1 OFFSET ?4"
/* Few messages have the content that is looked for, a mailbox has many. */
#define FIND_RENAMED                                                                                         \
    "SELECT m.id, f.folder, f.name, m.verdict, m.probability, m.reasons FROM message AS m"                   \
    " LEFT JOIN file AS f ON f.message = m.sequence AND f.number = 0"                                        \
    " WHERE +m.mailbox = ?1 AND (m.content_digest = ?2 OR m.twin_key = ?2) AND m.size = ?3"                  \
    " AND m.sequence <= ?4 AND " IB_JOURNAL_MAY_BE_RENAMED " ORDER BY m.sequence LIMIT 1 OFFSET ?5"
#define FIND_NAMESAKE                                                                                        \
    "SELECT id FROM message WHERE (id = ?1 OR (mailbox = ?2 AND uidl = ?3))"                                 \
    " AND (content_digest = ?4 OR twin_key = ?4) AND size = ?5 AND state > 0 ORDER BY sequence DESC LIMIT 1"
/* As above, of those whose bytes it does not tell. */
#define MAY_HAVE_NAMESAKE                                                                                    \
    "SELECT 1 FROM message WHERE (id = ?1 OR (mailbox = ?2 AND uidl = ?3))"                                  \
    " AND twin_key IS NOT NULL AND size = ?4 AND state > 0 LIMIT 1"
/* The index of those that have bytes to be known by; few of them are ever without a key. */
#define LIST_SIZES_WITHOUT_KEY                                                                               \
    "SELECT size FROM message INDEXED BY message_content"                                                    \
    " WHERE content_digest IS NOT NULL AND twin_key IS NULL AND state > 0"
#define HAS_BYTES                                                                                            \
    "SELECT 1 FROM message WHERE content_digest = ? AND size = ? AND twin_key IS NULL AND state > 0"
#define GIVE_KEY                                                                                             \
    "UPDATE message SET twin_key = ?"                                                                        \
    " WHERE content_digest = ? AND size = ? AND twin_key IS NULL AND state > 0"
#define LIST_FORMERS                                                                                         \
    "SELECT m.id, m.size FROM mailbox AS is_now"                                                             \
    " CROSS JOIN mailbox AS was ON was.account = is_now.account AND was.name = is_now.name"                  \
    " CROSS JOIN message AS m ON m.mailbox = was.key"                                                        \
    " WHERE is_now.key = abs (?1) AND m.twin_key IS NOT NULL AND m.state > 0"                                \
    " AND (was.key <> ?1 OR (m.sequence <= ?2 AND " IB_JOURNAL_MAY_BE_RENAMED "))"
#define HAS_DELIVERED "SELECT 1 FROM message WHERE id = ? AND state > 0"

#define LIST_MARKS                                                                                           \
    "SELECT mark, expires_at, message FROM mark WHERE expires_at > ? ORDER BY expires_at DESC LIMIT ?"
#define DROP_MARKS "DELETE FROM mark WHERE expires_at <= ?"

/* --- twins ------------------------------------------------------------------------------------------------- */

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
ib_journal_find_copy (IbJournal *self, const IbStory *story, IbTwin *out_twin, GError **error)
{
    return read_twin (self,
                      ib_db_query (self->db, error, FIND_COPY, "tiii", story->content_digest,
                                   (gint64) story->size_bytes, story->internal_date_s, story->mailbox_key),
                      out_twin, error);
}

bool
ib_journal_find_content (IbJournal *self, gint64 mailbox_key, const char *content_digest, guint64 size_bytes,
                         guint skipped, IbTwin *out_twin, GError **error)
{
    return read_twin (self,
                      ib_db_query (self->db, error, FIND_CONTENT, "itii", mailbox_key, content_digest,
                                   (gint64) size_bytes, (gint64) skipped),
                      out_twin, error);
}

bool
ib_journal_find_renamed (IbJournal *self, gint64 mailbox_key, gint64 until, const char *content_digest,
                         guint64 size_bytes, guint skipped, IbTwin *out_twin, GError **error)
{
    return read_twin (self,
                      ib_db_query (self->db, error, FIND_RENAMED, "itiii", mailbox_key, content_digest,
                                   (gint64) size_bytes, until, (gint64) skipped),
                      out_twin, error);
}

bool
ib_journal_find_namesake (IbJournal *self, const char *id, const IbStory *story, char *out_id, GError **error)
{
    sqlite3_stmt *rows = ib_db_query (self->db, error, FIND_NAMESAKE, "hitti", id, story->mailbox_key,
                                      story->uidl, story->content_digest, (gint64) story->size_bytes);
    if (rows == NULL || !ib_db_next (self->db, rows, error))
        return false;
    ib_db_id (rows, 0, out_id);
    ib_db_end (rows);
    return true;
}

bool
ib_journal_may_have_namesake (IbJournal *self, const char *id, const IbStory *story, GError **error)
{
    return ib_db_has (self->db, error, MAY_HAVE_NAMESAKE, "hiti", id, story->mailbox_key, story->uidl,
                      (gint64) story->size_bytes);
}

bool
ib_journal_has (IbJournal *self, const char *id, GError **error)
{
    return ib_db_has (self->db, error, HAS_DELIVERED, "h", id);
}

/* --- known by their bytes ---------------------------------------------------------------------------------- */

GHashTable *
ib_journal_sizes_without_key (IbJournal *self, GError **error)
{
    g_autoptr (GHashTable) sizes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr (GError) failure = NULL;
    sqlite3_stmt *rows = ib_db_query (self->db, error, LIST_SIZES_WITHOUT_KEY, "");
    if (rows == NULL)
        return NULL;
    while (ib_db_next (self->db, rows, &failure)) {
        gint64 size = sqlite3_column_int64 (rows, 0);
        if (!g_hash_table_contains (sizes, &size))
            g_hash_table_add (sizes, g_memdup2 (&size, sizeof size));
    }
    if (failure == NULL)
        return g_steal_pointer (&sizes);
    g_propagate_error (error, g_steal_pointer (&failure));
    return NULL;
}

bool
ib_journal_list_sized (IbJournal *self, sqlite3_stmt *rows, IbJournalSized each, gpointer user_data,
                       GError **error)
{
    g_autoptr (GError) failure = NULL;
    if (rows == NULL)
        return false;
    while (ib_db_next (self->db, rows, &failure)) {
        char id[IB_ID_LENGTH + 1];
        ib_db_id (rows, 0, id);
        each (id, (guint64) sqlite3_column_int64 (rows, 1), user_data);
    }
    if (failure == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&failure));
    return false;
}

bool
ib_journal_list_formers (IbJournal *self, gint64 mailbox_key, gint64 until, IbJournalSized each,
                         gpointer user_data, GError **error)
{
    return ib_journal_list_sized (self, ib_db_query (self->db, error, LIST_FORMERS, "ii", mailbox_key, until),
                                  each, user_data, error);
}

bool
ib_journal_has_bytes (IbJournal *self, const char *bytes_digest, guint64 size_bytes, GError **error)
{
    return ib_db_has (self->db, error, HAS_BYTES, "ti", bytes_digest, (gint64) size_bytes);
}

bool
ib_journal_give_key (IbJournal *self, const char *bytes_digest, guint64 size_bytes, const char *twin_key,
                     GError **error)
{
    return ib_journal_concluded (self, ib_db_begin (self->db, error)
                                           && ib_db_do (self->db, error, GIVE_KEY, "tti", twin_key,
                                                        bytes_digest, (gint64) size_bytes));
}

/* --- what duplicate has seen ------------------------------------------------------------------------------- */

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
    return ib_journal_concluded (self, ib_db_begin (self->db, error)
                                           && ib_db_do (self->db, error, DROP_MARKS, "i", now_s));
}
