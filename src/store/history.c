/* history.c - what happened, for `status`, `log`, `undo` and reports
 *
 * First the sequence numbers of what is asked for, then story by story: a reader holds neither much memory nor a
 * snapshot that would keep the writer's log from being folded back. */
#include "history.h"

#include "journal-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define FIND_ARRIVAL                                                                                         \
    "SELECT b.account, b.name, m.delivered_at FROM message AS m JOIN mailbox AS b ON b.key = m.mailbox"      \
    " WHERE m.id = ?"
#define SHORTEST_PREFIX 6
/* What was found where we had moved it has nothing to do on its server any more: but it still stands there. */
#define READ_FATE                                                                                              \
    "SELECT iif (m.server_verb = 0 AND m.server_state = 2,"                                                    \
    "  iif (b.is_junk = 1, 3, iif (m.server_folder = 'INBOX', 4, 0)), m.server_verb), m.server_state, m.state" \
    " FROM message AS m LEFT JOIN mailbox AS b ON b.key = m.mailbox WHERE m.id = ?"

/* The newest first, so that a limit takes those. */
#define LIST_STORIES                                                                                         \
    "SELECT m.sequence FROM message AS m LEFT JOIN mailbox AS b ON b.key = m.mailbox"                        \
    " WHERE m.delivered_at >= ? AND m.delivered_at < ? AND m.sequence > ? AND m.sequence < ?"                \
    "  AND m.state IN (1, 2)"                                                                                \
    "  AND m.is_junk >= ? AND (? IS NULL OR b.account = ?)"                                                  \
    " ORDER BY m.sequence DESC LIMIT ?"
#define LIST_BY_ID                                                                                           \
    "SELECT m.sequence FROM message AS m LEFT JOIN mailbox AS b ON b.key = m.mailbox"                        \
    " WHERE m.id BETWEEN ? AND ? AND m.delivered_at >= ? AND m.delivered_at < ? AND m.sequence > ?"          \
    "  AND m.sequence < ? AND m.state IN (1, 2) AND m.is_junk >= ? AND (? IS NULL OR b.account = ?)"         \
    " ORDER BY m.sequence DESC LIMIT ?"
#define READ_STORY                                                                                           \
    "SELECT " IB_JOURNAL_STORY_COLUMNS " FROM message AS m LEFT JOIN mailbox AS b ON b.key = m.mailbox"      \
    " WHERE m.sequence = ?"

#define LIST_EVENTS                                                                                          \
    "SELECT e.sequence, e.at, m.id, e.kind, e.old_folder, e.new_folder, e.why"                               \
    " FROM event AS e JOIN message AS m ON m.sequence = e.message"                                           \
    " WHERE e.at >= ? ORDER BY e.sequence"
#define LIST_EVENTS_OF                                                                                       \
    "SELECT e.sequence, e.at, m.id, e.kind, e.old_folder, e.new_folder, e.why"                               \
    " FROM event AS e JOIN message AS m ON m.sequence = e.message"                                           \
    " WHERE e.at >= ? AND m.id = ? ORDER BY e.sequence"
#define LIST_OPEN                                                                                            \
    "SELECT b.name, u.uid, u.uidl, u.size, u.reason, u.server_text"                                          \
    " FROM unfetched AS u JOIN mailbox AS b ON b.key = u.mailbox"                                            \
    " WHERE b.account = ? AND u.reason IN (0, 1, 3) ORDER BY b.name, u.uid, u.uidl"

/* Intents are counted by the first sum and taken back by the second, since only they are few. */
#define COUNT_STORIES                                                                                        \
    "SELECT m.action, m.is_junk, count (*) FROM message AS m"                                                \
    " WHERE m.mailbox IN (SELECT key FROM mailbox WHERE account = ?) GROUP BY m.action, m.is_junk"           \
    " UNION ALL SELECT m.action, m.is_junk, -count (*) FROM message AS m INDEXED BY message_intended"        \
    " WHERE m.state = 0 AND m.mailbox IN (SELECT key FROM mailbox WHERE account = ?)"                        \
    " GROUP BY m.action, m.is_junk"
#define COUNT_OPEN                                                                                           \
    "SELECT count (*) FROM unfetched WHERE reason IN (0, 1, 3)"                                              \
    " AND mailbox IN (SELECT key FROM mailbox WHERE account = ?)"
#define READ_POLL "SELECT at, state, error, failing_since FROM poll WHERE account = ?"
#define LAST_GOOD_POLL                                                                                       \
    "SELECT coalesce ((SELECT max (at) FROM poll WHERE state = 'ok'), (SELECT max (delivered_at) FROM message), 0)"
#define NOTE_POLL                                                                                            \
    "INSERT INTO poll (account, at, state, error, failing_since) VALUES (?, ?, ?, ?, ?)"                     \
    " ON CONFLICT (account) DO UPDATE SET at = excluded.at, state = excluded.state, error = excluded.error," \
    "  failing_since = iif (excluded.failing_since > 0 AND failing_since > 0, failing_since,"                \
    "   excluded.failing_since)"
/* Intents count, too: they are few, and most often delivered in the next moment. */
#define LIST_RECIPIENTS                                                                                      \
    "SELECT r.recipient, b.account, r.n, m.delivered_at FROM"                                                \
    " (SELECT recipient, mailbox, count (*) AS n, max (sequence) AS last FROM message"                       \
    "   INDEXED BY message_recipient WHERE recipient <> '' GROUP BY recipient, mailbox) AS r"                \
    " JOIN mailbox AS b ON b.key = r.mailbox JOIN message AS m ON m.sequence = r.last"                       \
    " ORDER BY r.n DESC, r.recipient, b.account"

/* Rows have ended, or reading them failed. */
static bool
ended (GError *failure, GError **error)
{
    if (failure != NULL)
        g_propagate_error (error, failure);
    return failure == NULL;
}

/* The smallest and the largest id that begin with @prefix. */
static bool
id_range (const char *prefix, char *out_first, char *out_last, GError **error)
{
    gsize length = strlen (prefix);
    if (length < SHORTEST_PREFIX || length > IB_ID_LENGTH
        || strspn (prefix, "0123456789abcdefABCDEF") != length) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _ ("A message's id is %d to %d digits and letters a to f"), SHORTEST_PREFIX,
                     IB_ID_LENGTH);
        return false;
    }
    memset (out_first, '0', IB_ID_LENGTH);
    memset (out_last, 'f', IB_ID_LENGTH);
    memcpy (out_first, prefix, length);
    memcpy (out_last, prefix, length);
    out_first[IB_ID_LENGTH] = out_last[IB_ID_LENGTH] = '\0';
    return true;
}

static sqlite3_stmt *
select_stories (IbDb *db, const IbHistoryQuery *query, GError **error)
{
    char first[IB_ID_LENGTH + 1], last[IB_ID_LENGTH + 1];
    gint64 until = query->until == 0 ? G_MAXINT64 : query->until;
    gint64 before = query->before_sequence == 0 ? G_MAXINT64 : query->before_sequence;
    gint64 limit = query->limit == 0 ? -1 : (gint64) query->limit;

    if (query->id == NULL)
        return ib_db_query (db, error, LIST_STORIES, "iiiiitti", query->since, until, query->after_sequence,
                            before, (gint64) query->only_junk, query->account, query->account, limit);
    if (!id_range (query->id, first, last, error))
        return NULL;
    return ib_db_query (db, error, LIST_BY_ID, "hhiiiiitti", first, last, query->since, until,
                        query->after_sequence, before, (gint64) query->only_junk, query->account,
                        query->account, limit);
}

/* Newest first. */
static GArray *
list_stories (IbDb *db, const IbHistoryQuery *query, GError **error)
{
    GError *failure = NULL;
    g_autoptr (GArray) sequences = g_array_new (FALSE, FALSE, sizeof (gint64));
    sqlite3_stmt *rows = select_stories (db, query, error);
    if (rows == NULL)
        return NULL;

    while (ib_db_next (db, rows, &failure)) {
        gint64 sequence = sqlite3_column_int64 (rows, 0);
        g_array_append_val (sequences, sequence);
    }
    return ended (failure, error) ? g_steal_pointer (&sequences) : NULL;
}

/* *out_story NULL: it was trimmed meanwhile. */
static bool
read_story (IbJournal *journal, gint64 sequence, IbStory **out_story, GError **error)
{
    GError *failure = NULL;
    IbStory *story = NULL;
    sqlite3_stmt *rows = ib_db_query (journal->db, error, READ_STORY, "i", sequence);
    if (rows == NULL)
        return false;

    if (ib_db_next (journal->db, rows, &failure)) {
        story = ib_journal_read_story (journal, rows, &failure);
        ib_db_end (rows);
    }
    *out_story = story;
    return ended (failure, error);
}

bool
ib_history_read (IbJournal *journal, const IbHistoryQuery *query, IbHistoryEach each, gpointer user_data,
                 GError **error)
{
    bool wants_more = true;
    g_autoptr (GArray) sequences = list_stories (journal->db, query, error);
    if (sequences == NULL)
        return false;

    for (guint i = sequences->len; i > 0 && wants_more; i--) {
        g_autoptr (IbStory) story = NULL;
        gint64 sequence = g_array_index (sequences, gint64, i - 1);
        if (!read_story (journal, sequence, &story, error))
            return false;
        IbHistoryRow row = { story, sequence };
        wants_more = story == NULL || each (&row, user_data);
    }
    return true;
}

static bool
tell_event (sqlite3_stmt *rows, IbHistoryEachEvent each, gpointer user_data)
{
    g_autofree char *kind = ib_db_text (rows, 3);
    g_autofree char *old_folder = ib_db_text (rows, 4);
    g_autofree char *new_folder = ib_db_text (rows, 5);
    g_autofree char *why = ib_db_text (rows, 6);
    IbHistoryEvent event = { .sequence = sqlite3_column_int64 (rows, 0),
                             .at = sqlite3_column_int64 (rows, 1),
                             .kind = kind,
                             .old_folder = old_folder,
                             .new_folder = new_folder,
                             .why = why };
    ib_db_id (rows, 2, event.id);
    return each (&event, user_data);
}

bool
ib_history_events (IbJournal *journal, const char *id, gint64 since, IbHistoryEachEvent each,
                   gpointer user_data, GError **error)
{
    GError *failure = NULL;
    sqlite3_stmt *rows = id == NULL ? ib_db_query (journal->db, error, LIST_EVENTS, "i", since)
                                    : ib_db_query (journal->db, error, LIST_EVENTS_OF, "ih", since, id);
    if (rows == NULL)
        return false;

    while (ib_db_next (journal->db, rows, &failure))
        if (!tell_event (rows, each, user_data)) {
            ib_db_end (rows);
            break;
        }
    return ended (failure, error);
}

/* See schema.c. */
static IbFate
fate_of (int verb, int server_state, int state)
{
    static const IbFate done[]
        = { IB_FATE_NOTHING, IB_FATE_DELETED, IB_FATE_MOVED, IB_FATE_JUNKED, IB_FATE_RESCUED };
    if (verb == IB_STORY_RESCUE && server_state != 2 && state == 1)
        return IB_FATE_TO_RESCUE;
    if (verb <= 0 || verb >= (int) G_N_ELEMENTS (done) || server_state < 2)
        return IB_FATE_NOTHING;
    if (server_state == 2)
        return done[verb];
    return state == 2 ? IB_FATE_GONE : IB_FATE_SPARED;
}

bool
ib_history_fate (IbJournal *journal, const char *id, IbFate *out_fate, GError **error)
{
    GError *failure = NULL;
    sqlite3_stmt *rows = ib_db_query (journal->db, error, READ_FATE, "h", id);
    if (rows == NULL)
        return false;
    *out_fate = IB_FATE_NOTHING;
    if (ib_db_next (journal->db, rows, &failure)) {
        *out_fate = fate_of (sqlite3_column_int (rows, 0), sqlite3_column_int (rows, 1),
                             sqlite3_column_int (rows, 2));
        ib_db_end (rows);
    }
    return ended (failure, error);
}

static bool
tell_open (sqlite3_stmt *rows, IbHistoryEachOpen each, gpointer user_data)
{
    g_autofree char *mailbox = ib_db_text (rows, 0);
    g_autofree char *uidl = ib_db_text (rows, 2);
    g_autofree char *server_text = ib_db_text (rows, 5);
    IbHistoryOpen open = { .mailbox = mailbox,
                           .uid = (guint32) sqlite3_column_int64 (rows, 1),
                           .uidl = *uidl == '\0' ? NULL : uidl,
                           .size_bytes = (guint64) sqlite3_column_int64 (rows, 3),
                           .reason = (IbOpenReason) sqlite3_column_int (rows, 4),
                           .server_text = server_text };
    return each (&open, user_data);
}

bool
ib_history_open (IbJournal *journal, const char *account, IbHistoryEachOpen each, gpointer user_data,
                 GError **error)
{
    GError *failure = NULL;
    sqlite3_stmt *rows = ib_db_query (journal->db, error, LIST_OPEN, "t", account);
    if (rows == NULL)
        return false;

    while (ib_db_next (journal->db, rows, &failure))
        if (!tell_open (rows, each, user_data)) {
            ib_db_end (rows);
            break;
        }
    return ended (failure, error);
}

void
ib_account_figures_clear (IbAccountFigures *self)
{
    g_clear_pointer (&self->last_state, g_free);
    g_clear_pointer (&self->last_error, g_free);
}

static void
add_figure (sqlite3_stmt *rows, IbAccountFigures *figures)
{
    const char *action = (const char *) sqlite3_column_text (rows, 0);
    guint64 count = (guint64) sqlite3_column_int64 (rows, 2);

    if (g_strcmp0 (action, "duplicate") == 0)
        figures->duplicates += count;
    else if (g_strcmp0 (action, "discard") == 0)
        figures->discarded += count;
    else
        figures->delivered += count;
    if (sqlite3_column_int (rows, 1) != 0 && g_strcmp0 (action, "duplicate") != 0)
        figures->junk += count;
}

static bool
count_stories (IbDb *db, const char *account, IbAccountFigures *figures, GError **error)
{
    GError *failure = NULL;
    sqlite3_stmt *rows = ib_db_query (db, error, COUNT_STORIES, "tt", account, account);
    if (rows == NULL)
        return false;
    while (ib_db_next (db, rows, &failure))
        add_figure (rows, figures);
    return ended (failure, error);
}

static bool
read_poll (IbDb *db, const char *account, IbAccountFigures *figures, GError **error)
{
    GError *failure = NULL;
    sqlite3_stmt *rows = ib_db_query (db, error, READ_POLL, "t", account);
    if (rows == NULL)
        return false;
    if (ib_db_next (db, rows, &failure)) {
        figures->last_poll = sqlite3_column_int64 (rows, 0);
        figures->last_state = ib_db_text (rows, 1);
        figures->last_error = ib_db_text (rows, 2);
        figures->failing_since = sqlite3_column_int64 (rows, 3);
        ib_db_end (rows);
    }
    return ended (failure, error);
}

bool
ib_history_arrival (IbJournal *journal, const char *id, IbArrival *out_arrival, GError **error)
{
    sqlite3_stmt *rows = ib_db_query (journal->db, error, FIND_ARRIVAL, "h", id);
    if (rows == NULL || !ib_db_next (journal->db, rows, error))
        return false;
    *out_arrival = (IbArrival){ ib_db_text (rows, 0), ib_db_text (rows, 1), sqlite3_column_int64 (rows, 2) };
    ib_db_end (rows);
    return true;
}

void
ib_arrival_clear (IbArrival *self)
{
    g_free (self->account);
    g_free (self->mailbox);
}

bool
ib_history_account (IbJournal *journal, const char *account, IbAccountFigures *out_figures, GError **error)
{
    IbAccountFigures figures = { 0 };
    if (!count_stories (journal->db, account, &figures, error)
        || !read_poll (journal->db, account, &figures, error)) {
        ib_account_figures_clear (&figures);
        return false;
    }
    figures.open = (guint64) ib_db_number (journal->db, 0, COUNT_OPEN, "t", account);
    if (figures.last_error == NULL) {
        figures.last_state = g_strdup ("");
        figures.last_error = g_strdup ("");
    }
    *out_figures = figures;
    return true;
}

bool
ib_history_recipients (IbJournal *journal, IbHistoryEachRecipient each, gpointer user_data, GError **error)
{
    GError *failure = NULL;
    sqlite3_stmt *rows = ib_db_query (journal->db, error, LIST_RECIPIENTS, "");
    if (rows == NULL)
        return false;
    while (ib_db_next (journal->db, rows, &failure)) {
        g_autofree char *address = ib_db_text (rows, 0);
        g_autofree char *account = ib_db_text (rows, 1);
        const IbHistoryRecipient recipient = { .account = account,
                                               .address = address,
                                               .count = (guint64) sqlite3_column_int64 (rows, 2),
                                               .last_at = sqlite3_column_int64 (rows, 3) };
        if (!each (&recipient, user_data)) {
            ib_db_end (rows);
            break;
        }
    }
    return ended (failure, error);
}

bool
ib_history_last_good_poll (IbJournal *journal, gint64 *out_at, GError **error)
{
    sqlite3_stmt *rows = ib_db_query (journal->db, error, LAST_GOOD_POLL, "");
    if (rows == NULL || !ib_db_next (journal->db, rows, error))
        return false;
    *out_at = sqlite3_column_int64 (rows, 0);
    ib_db_end (rows);
    return true;
}

bool
ib_history_note_poll (IbJournal *journal, const char *account, gint64 at, const char *state,
                      const char *error_text, GError **error)
{
    return ib_db_begin (journal->db, error)
           && ib_db_do (journal->db, error, NOTE_POLL, "titti", account, at, state,
                        error_text == NULL ? "" : error_text, strcmp (state, "ok") == 0 ? 0 : at);
}
