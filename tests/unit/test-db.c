/* test-db.c - what is taken for a broken journal, and what for one that cannot be written just now */
#include "db.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char *folder, *path;
    IbDb *db;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    self->folder = g_dir_make_tmp ("ib-db-XXXXXX", &error);
    g_assert_no_error (error);
    self->path = g_build_filename (self->folder, "journal.db", NULL);
    self->db = ib_db_open (self->path, IB_DB_WRITE, &error);
    g_assert_no_error (error);
    g_assert_true (ib_db_run (self->db, "CREATE TABLE t (id INTEGER PRIMARY KEY, words TEXT); -- a comment\n", &error));
    g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    ib_db_close (self->db);
    for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
        g_autofree char *path = g_strconcat (self->path, ends[i], NULL);
        (void) g_unlink (path);
    }
    g_assert_cmpint (g_rmdir (self->folder), ==, 0);
    g_free (self->path);
    g_free (self->folder);
}

static int
never (void *data)
{
    return 1;
}

static void
be_full (Fixture *self)
{
    g_assert_true (ib_db_run (self->db, "PRAGMA max_page_count = 1", NULL));
}

static void
be_interrupted (Fixture *self)
{
    sqlite3_progress_handler (ib_db_handle (self->db), 1, never, NULL);
}

static void
be_read_only (Fixture *self)
{
    g_assert_true (ib_db_run (self->db, "PRAGMA query_only = 1", NULL));
}

#define FILLED "INSERT INTO t (words) SELECT hex (randomblob (100000)) FROM (SELECT 1 UNION SELECT 2)"

static const struct {
    const char *name, *sql;
    int code; /* IbJournalError */
    void (*prepare) (Fixture *self);
} cases[] = {
    { "no-table", "SELECT 1 FROM missing", IB_JOURNAL_ERROR_BROKEN, NULL },
    { "no-column", "SELECT missing FROM t", IB_JOURNAL_ERROR_BROKEN, NULL },
    { "no-column-to-fill", "INSERT INTO t (missing) VALUES (1)", IB_JOURNAL_ERROR_BROKEN, NULL },
    { "other-table", "SELECT 1 FROM t; DROP TABLE t; SELECT 1 FROM t", IB_JOURNAL_ERROR_BROKEN, NULL },
    { "transaction-in-another", "BEGIN; BEGIN", IB_JOURNAL_ERROR_WRITE, NULL },
    { "nothing-to-commit", "COMMIT", IB_JOURNAL_ERROR_WRITE, NULL },
    { "nothing-to-undo", "ROLLBACK", IB_JOURNAL_ERROR_WRITE, NULL },
    { "no-such-savepoint", "RELEASE x", IB_JOURNAL_ERROR_WRITE, NULL },
    { "overflow", "SELECT abs (-9223372036854775807 - 1)", IB_JOURNAL_ERROR_WRITE, NULL },
    { "mismatch", "INSERT INTO t (id) VALUES ('x')", IB_JOURNAL_ERROR_WRITE, NULL },
    { "twice", "INSERT INTO t (id) VALUES (1), (1)", IB_JOURNAL_ERROR_WRITE, NULL },
    { "full", FILLED, IB_JOURNAL_ERROR_WRITE, be_full },
    { "interrupted", FILLED, IB_JOURNAL_ERROR_WRITE, be_interrupted },
    { "read-only", FILLED, IB_JOURNAL_ERROR_WRITE, be_read_only },
};

static void
test_at_once (Fixture *self, gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    if (cases[row].prepare != NULL)
        cases[row].prepare (self);
    g_assert_false (ib_db_run (self->db, cases[row].sql, &error));
    g_assert_error (error, IB_JOURNAL_ERROR, cases[row].code);
    g_assert_nonnull (strstr (error->message, self->path));
}

static void
test_kept (Fixture *self, gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    if (cases[row].prepare != NULL)
        cases[row].prepare (self);
    g_assert_false (ib_db_do (self->db, &error, cases[row].sql, ""));
    g_assert_error (error, IB_JOURNAL_ERROR, cases[row].code);
}

/* Another one writes. */
static void
test_busy (Fixture *self, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbDb) other = ib_db_open (self->path, IB_DB_WRITE, &error);
    g_assert_no_error (error);
    g_assert_true (ib_db_begin (other, &error));
    sqlite3_busy_timeout (ib_db_handle (self->db), 1);
    g_assert_false (ib_db_begin (self->db, &error));
    g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_WRITE);
}

/* What SQLite undid by itself is no longer there to be undone, and the journal goes on. */
static void
test_undone (Fixture *self, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    be_full (self);
    g_assert_true (ib_db_begin (self->db, &error));
    g_assert_false (ib_db_do (self->db, &error, FILLED, ""));
    g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_WRITE);
    g_clear_error (&error);
    ib_db_roll_back (self->db);
    g_assert_true (ib_db_commit (self->db, &error));
    g_assert_no_error (error);
    g_assert_cmpint (ib_db_number (self->db, -1, "SELECT count (*) FROM t", ""), ==, 0);
}

static const struct {
    const char *name, *text;
} files[] = {
    { "words", "this is no database, but it is long enough to be looked at as one, since it has some hundred bytes and more" },
    { "half-a-head", "SQLite format 3" },
};

static void
test_no_database (Fixture *self, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_build_filename (self->folder, "other.db", NULL);
    g_assert_true (g_file_set_contents (path, files[GPOINTER_TO_SIZE (data)].text, -1, NULL));
    g_autoptr (IbDb) other = ib_db_open (path, IB_DB_WRITE, &error);
    g_assert_null (other);
    g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_BROKEN);
    g_assert_cmpint (g_unlink (path), ==, 0);
}

static const struct {
    const char *name, *link, *words;
} losses[] = {
    { "removed", NULL, "was removed" },
    { "unreadable", "journal.db", "Too many levels of symbolic links" }, /* to itself */
};

/* What would be written into a file without a name is refused, with the system's reason where nobody can tell. */
static void
test_not_there (Fixture *self, gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_assert_true (ib_db_begin (self->db, &error));
    g_assert_true (ib_db_run (self->db, "INSERT INTO t (words) VALUES ('x')", &error));
    g_assert_cmpint (g_unlink (self->path), ==, 0);
    if (losses[row].link != NULL)
        g_assert_cmpint (symlink (losses[row].link, self->path), ==, 0);
    g_assert_false (ib_db_commit (self->db, &error));
    g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_WRITE);
    g_assert_nonnull (strstr (error->message, losses[row].words));
}

static bool
has_log (const Fixture *self)
{
    struct stat status;
    g_autofree char *log = g_strconcat (self->path, "-wal", NULL);
    return stat (log, &status) == 0 && status.st_size > 0;
}

static void
work_goes_well (Fixture *self)
{
    g_assert_true (ib_db_run (self->db, "INSERT INTO t (words) VALUES ('x')", NULL));
}

static void
statement_fails (Fixture *self)
{
    be_interrupted (self);
    g_assert_false (ib_db_run (self->db, "INSERT INTO t (words) VALUES ('x')", NULL));
    sqlite3_progress_handler (ib_db_handle (self->db), 0, NULL, NULL);
}

/* It cannot even be looked at. */
static void
commit_finds_nothing (Fixture *self)
{
    g_assert_true (ib_db_begin (self->db, NULL));
    g_assert_true (ib_db_run (self->db, "INSERT INTO t (words) VALUES ('x')", NULL));
    g_autofree char *aside = g_strconcat (self->path, ".aside", NULL);
    g_assert_cmpint (g_rename (self->path, aside), ==, 0);
    g_assert_false (ib_db_commit (self->db, NULL));
    g_assert_cmpint (g_rename (aside, self->path), ==, 0);
}

static const struct {
    const char *name;
    void (*happens) (Fixture *self);
    bool keeps_log;
} closings[] = {
    { "well", work_goes_well, false },
    { "statement-fails", statement_fails, true },
    { "journal-is-away", commit_finds_nothing, true },
};

/* Whoever could not read or write may not have seen all of the log: it is folded back by the next who opens the journal. */
static void
test_end (Fixture *self, gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    closings[row].happens (self);
    g_clear_pointer (&self->db, ib_db_close);
    g_assert_cmpint (has_log (self), ==, closings[row].keeps_log);
    self->db = ib_db_open (self->path, IB_DB_WRITE, NULL);
    g_assert_nonnull (self->db);
    g_assert_cmpint (ib_db_number (self->db, -1, "SELECT count (*) FROM t", ""), ==, closings[row].keeps_log ? 0 : 1);
}

/* SQLite's name for a journal that is in no file. */
static void
test_in_memory (Fixture *self, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *before = g_get_current_dir ();
    g_assert_cmpint (g_chdir (self->folder), ==, 0);
    IbDb *db = ib_db_open (":memory:", IB_DB_WRITE, &error);
    g_assert_no_error (error);
    g_assert_true (ib_db_run (db, "CREATE TABLE t (id INTEGER PRIMARY KEY)", &error));
    g_assert_false (g_file_test (":memory:", G_FILE_TEST_EXISTS));
    ib_db_close (db);
    g_assert_cmpint (g_chdir (before), ==, 0);
}

/* --- a file system whose files no two programs can have in memory ------------------------------------------- */

static sqlite3_vfs usual, unshared;
static sqlite3_io_methods unshared_methods;

static int
map_nothing (sqlite3_file *file, int page, int page_bytes, int extends, void volatile **out)
{
    return SQLITE_IOERR_SHMMAP;
}

static int
open_unshared (sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    int result = usual.xOpen (&usual, name, file, flags, out_flags);
    if (result != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB))
        return result;
    unshared_methods = *file->pMethods;
    unshared_methods.xShmMap = map_nothing;
    file->pMethods = &unshared_methods;
    return result;
}

static void
test_unshared (Fixture *self, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_clear_pointer (&self->db, ib_db_close);
    usual = unshared = *sqlite3_vfs_find (NULL);
    unshared.zName = "unshared";
    unshared.xOpen = open_unshared;
    g_assert_cmpint (sqlite3_vfs_register (&unshared, 1), ==, SQLITE_OK);
    g_assert_null (ib_db_open (self->path, IB_DB_WRITE, &error));
    g_assert_cmpint (sqlite3_vfs_unregister (&unshared), ==, SQLITE_OK);
    g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_WRITE);
    g_assert_nonnull (strstr (error->message, "put the state folder on another file system"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *at_once = g_strconcat ("/db/at-once/", cases[i].name, NULL);
        g_autofree char *kept = g_strconcat ("/db/kept/", cases[i].name, NULL);
        g_test_add (at_once, Fixture, GSIZE_TO_POINTER (i), set_up, test_at_once, tear_down);
        if (strchr (cases[i].sql, ';') == NULL)
            g_test_add (kept, Fixture, GSIZE_TO_POINTER (i), set_up, test_kept, tear_down);
    }
    g_test_add ("/db/in-memory", Fixture, NULL, set_up, test_in_memory, tear_down);
    g_test_add ("/db/unshared", Fixture, NULL, set_up, test_unshared, tear_down);
    g_test_add ("/db/busy", Fixture, NULL, set_up, test_busy, tear_down);
    g_test_add ("/db/undone", Fixture, NULL, set_up, test_undone, tear_down);
    for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
        g_autofree char *path = g_strconcat ("/db/no-database/", files[i].name, NULL);
        g_test_add (path, Fixture, GSIZE_TO_POINTER (i), set_up, test_no_database, tear_down);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (losses); i++) {
        g_autofree char *path = g_strconcat ("/db/not-there/", losses[i].name, NULL);
        g_test_add (path, Fixture, GSIZE_TO_POINTER (i), set_up, test_not_there, tear_down);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (closings); i++) {
        g_autofree char *path = g_strconcat ("/db/end/", closings[i].name, NULL);
        g_test_add (path, Fixture, GSIZE_TO_POINTER (i), set_up, test_end, tear_down);
    }
    return g_test_run ();
}
