/* people.c - whom the user writes with */
#include "people.h"
#include "journal-private.h"

#include <string.h>

#define NOTE                                                                                                 \
    "INSERT INTO person (address, name, at) VALUES (?1, ?2, ?3) ON CONFLICT (address) DO UPDATE"             \
    " SET at = max (at, ?3), name = iif (?2 = '', name, ?2)"
#define READ "SELECT address, name FROM person ORDER BY at DESC, address LIMIT ?"
#define ADDRESS_BYTES 320
#define NAME_BYTES 200

/* One line, and no more of it than a person's name. */
static char *
one_line (const char *text)
{
    char *line = g_utf8_make_valid (text, (gssize) strnlen (text, NAME_BYTES));
    for (char *at = line; *at != '\0'; at++)
        if ((guchar) *at < ' ')
            *at = ' ';
    return line;
}

bool
ib_people_note (IbJournal *journal, const char *address, const char *name, gint64 at, GError **error)
{
    g_autofree char *lower = g_ascii_strdown (address, -1), *line = one_line (name);
    bool is_address = strchr (lower, '@') != NULL && strlen (lower) <= ADDRESS_BYTES
                      && strpbrk (lower, " \t\r\n") == NULL && g_utf8_validate (lower, -1, NULL);
    if (!is_address)
        return true;
    bool is_done
        = ib_db_begin (journal->db, error) && ib_db_do (journal->db, error, NOTE, "tti", lower, line, at);
    if (!is_done)
        ib_db_roll_back (journal->db);
    return is_done;
}

GBytes *
ib_people_read (IbJournal *journal, guint most, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (GString) lines = g_string_new (NULL);
    sqlite3_stmt *rows = ib_db_query (journal->db, error, READ, "i", (gint64) most);
    if (rows == NULL)
        return NULL;
    while (ib_db_next (journal->db, rows, &why)) {
        g_autofree char *address = ib_db_text (rows, 0), *name = ib_db_text (rows, 1);
        g_string_append_printf (lines, "%s %s\n", address, name);
    }
    ib_db_end (rows);
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return NULL;
    }
    return g_string_free_to_bytes (g_steal_pointer (&lines));
}
