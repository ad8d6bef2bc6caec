/* counts.c - how much mail came which way, and what was thought of it */
#include "counts.h"
#include "journal-private.h"

#define COUNT                                                                                                \
    "SELECT b.account, m.recipient, m.relay, m.mx, m.server_filter,"                                         \
    "  m.is_junk OR (m.action = 'discard' AND m.verdict = 'spam') AS caught, m.taught,"                      \
    "  (m.delivered_at - ?1) / 86400000000 AS day, count (*)"                                                \
    " FROM message AS m JOIN mailbox AS b ON b.key = m.mailbox"                                              \
    " WHERE m.delivered_at >= ?1 AND m.delivered_at < ?2 AND m.state IN (1, 2) AND m.action <> 'duplicate'"  \
    " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"

static IbTaught
taught (int column)
{
    return column == 1 ? IB_TAUGHT_HAM : column == 2 ? IB_TAUGHT_SPAM : IB_TAUGHT_NOTHING;
}

bool
ib_counts_read (IbJournal *journal, gint64 since, gint64 until, IbCountsEach each, gpointer user_data,
                GError **error)
{
    g_autoptr (GError) why = NULL;
    sqlite3_stmt *rows = ib_db_query (journal->db, error, COUNT, "ii", since, until);
    if (rows == NULL)
        return false;
    while (ib_db_next (journal->db, rows, &why)) {
        g_autofree char *account = ib_db_text (rows, 0), *recipient = ib_db_text (rows, 1);
        g_autofree char *relay = ib_db_text (rows, 2), *mx = ib_db_text (rows, 3);
        g_autofree char *server_filter = ib_db_text (rows, 4);
        const IbCount count = {
            .account = account,
            .recipient = recipient,
            .relay = relay,
            .mx = mx,
            .server_filter = server_filter,
            .was_caught = sqlite3_column_int (rows, 5) != 0,
            .taught = taught (sqlite3_column_int (rows, 6)),
            .day = (guint) sqlite3_column_int64 (rows, 7),
            .count = (guint64) sqlite3_column_int64 (rows, 8),
        };
        each (&count, user_data);
    }
    ib_db_end (rows);
    if (why == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}
