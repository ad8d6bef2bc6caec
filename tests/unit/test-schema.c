/* Migrations: a journal of each old version (tests/journals) becomes the same as a fresh one, and loses nothing. */
#include "history.h"
#include "schema.h"

#include <string.h>

/* How many steps have been published; tests/journals has one file for each. */
#define VERSIONS 10

static char *
temporary_folder (void)
{
    char *folder = g_dir_make_tmp ("ib-schema-XXXXXX", NULL);
    g_assert_nonnull (folder);
    return folder;
}

static void
remove_folder (const char *folder)
{
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", folder);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
}

/* Makes a database of what an old version left. */
static char *
journal_from (const char *folder, const char *sql)
{
    g_autoptr (GError) error = NULL;
    char *path = g_build_filename (folder, "journal.db", NULL);
    g_autoptr (IbDb) db = ib_db_open (path, IB_DB_WRITE, &error);
    g_assert_no_error (error);
    g_assert_true (ib_db_run (db, sql, &error));
    g_assert_no_error (error);
    return path;
}

/* All tables and indexes as they were declared, without the spelling of blanks. */
static char *
describe_schema (const char *path)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbDb) db = ib_db_open (path, IB_DB_READ, &error);
    g_assert_no_error (error);
    g_autoptr (GString) text = g_string_new (NULL);
    sqlite3_stmt *rows = ib_db_query (db, &error, "SELECT name, sql FROM sqlite_schema ORDER BY name", "");
    while (ib_db_next (db, rows, &error)) {
        g_autofree char *name = ib_db_text (rows, 0);
        g_autofree char *sql = ib_db_text (rows, 1);
        g_auto (GStrv) words = g_strsplit_set (sql, " \n", -1);
        g_string_append_printf (text, "%s:", name);
        for (gsize i = 0; words[i] != NULL; i++)
            if (*words[i] != '\0')
                g_string_append_printf (text, " %s", words[i]);
        g_string_append_c (text, '\n');
    }
    g_assert_no_error (error);
    g_assert_cmpint (ib_schema_read_version (db, NULL), ==, ib_schema_version ());
    return g_string_free (g_steal_pointer (&text), FALSE);
}

static bool
gather (const IbHistoryRow *row, gpointer user_data)
{
    g_string_append_printf (user_data, "%u %s %s\n", row->story->uid, row->story->subject,
                            ((IbStoryFile *) g_ptr_array_index (row->story->files, 0))->folder);
    return true;
}

static void
assert_nothing_is_lost (IbJournal *journal)
{
    g_autoptr (GString) text = g_string_new (NULL);
    g_assert_true (ib_history_read (journal, &(IbHistoryQuery){ 0 }, gather, text, NULL));
    g_assert_cmpstr (text->str, ==, "1 Number 1 INBOX\n2 Number 2 Lists.foo\n3 Number 3 \n5 Number 5 INBOX\n");

    g_autoptr (GPtrArray) unfinished = ib_journal_unfinished (journal, NULL);
    g_assert_cmpuint (unfinished->len, ==, 1);
    g_assert_cmpuint (((IbStory *) g_ptr_array_index (unfinished, 0))->files->len, ==, 2);
    g_autoptr (IbMailboxStand) stand = ib_journal_enter (journal, "home", "INBOX", 7, NULL, NULL);
    g_assert_cmpuint (stand->low_water, ==, 12);
    g_assert_cmpuint (stand->open->len, ==, 1);
    g_autoptr (GPtrArray) due = ib_journal_due (journal, stand->key, 1, NULL);
    g_assert_cmpuint (due->len, ==, 1);
    IbTwin twin = { 0 };
    g_assert_true (ib_journal_find_twin (journal, "key 2", &twin, NULL));
    g_assert_cmpstr (twin.folder, ==, "Lists.foo");
    ib_twin_clear (&twin);
}

static bool
gather_recipient (const IbHistoryRecipient *recipient, gpointer user_data)
{
    g_string_append_printf (user_data, "%s %s %u\n", recipient->address, recipient->account, (guint) recipient->count);
    return true;
}

static void
assert_since (IbJournal *journal, int version)
{
    g_autoptr (IbMailboxStand) stand = ib_journal_enter (journal, "home", "INBOX", 7, NULL, NULL);
    g_assert_cmpint (stand->since_s, ==, version < 9 ? 0 : 1690000000);
}

/* What was not known before a version is empty. */
static void
assert_origins (IbJournal *journal, int version)
{
    g_autoptr (GString) text = g_string_new (NULL);
    g_assert_true (ib_history_recipients (journal, gather_recipient, text, NULL));
    g_assert_cmpstr (text->str, ==, version < 5 ? "" : "anna@mail.example home 3\nold@mail.example home 1\n");
    IbAccountFigures figures;
    g_assert_true (ib_history_account (journal, "home", &figures, NULL));
    g_assert_cmpint (figures.failing_since, ==, version < 5 ? 0 : 1700000001500000);
    ib_account_figures_clear (&figures);
}

static void
migrates (gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *name = g_strdup_printf ("version-%d.sql", GPOINTER_TO_INT (data));
    g_autofree char *source = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "tests", "journals", name, NULL);
    g_autofree char *sql = NULL;
    g_assert_true (g_file_get_contents (source, &sql, NULL, &error));
    g_autofree char *folder = temporary_folder ();
    g_autofree char *path = journal_from (folder, sql);
    g_autofree char *fresh = g_build_filename (folder, "fresh.db", NULL);

    IbJournal *journal = ib_journal_open (path, &error);
    g_assert_no_error (error);
    assert_nothing_is_lost (journal);
    assert_since (journal, GPOINTER_TO_INT (data));
    assert_origins (journal, GPOINTER_TO_INT (data));
    ib_journal_close (journal);
    ib_journal_close (ib_journal_open (fresh, NULL));
    g_autofree char *migrated = describe_schema (path);
    g_autofree char *expected = describe_schema (fresh);
    g_assert_cmpstr (migrated, ==, expected);
    remove_folder (folder);
}

/* Its name was kept as each server writes it. */
static void
inbox_is_one_mailbox (gconstpointer data)
{
    static const struct { const char *name; guint low_water; } rows[] = { { "Inbox", 12 }, { "inbox", 12 }, { "Inbox.x", 0 } };
    g_autofree char *source = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "tests", "journals", "version-8.sql", NULL);
    g_autofree char *sql = NULL;
    g_assert_true (g_file_get_contents (source, &sql, NULL, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *folder = temporary_folder ();
        g_autofree char *renamed = g_strdup_printf ("%s;UPDATE mailbox SET name = '%s';", sql, rows[i].name);
        g_autofree char *path = journal_from (folder, renamed);
        IbJournal *journal = ib_journal_open (path, NULL);
        g_autoptr (IbMailboxStand) stand = ib_journal_enter (journal, "home", "INBOX", 7, NULL, NULL);
        g_assert_cmpuint (stand->low_water, ==, rows[i].low_water);
        ib_journal_close (journal);
        remove_folder (folder);
    }
}

/* One who only looks meets an old journal first. */
static void
reader_migrates_too (gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = temporary_folder ();
    g_autofree char *path = journal_from (folder, "PRAGMA user_version = 0;");
    IbJournal *reader = ib_journal_open_read_only (path, &error);
    g_assert_no_error (error);
    g_assert_false (ib_journal_has (reader, "00112233445566778899aabbccddeeff", NULL));
    ib_journal_close (reader);
    g_free (describe_schema (path));
    remove_folder (folder);
}

/* A step that fails half-way leaves the version before it. */
static void
failed_step_leaves_nothing (gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = temporary_folder ();
    g_autofree char *path = journal_from (folder, "CREATE TABLE unfetched (x);");
    g_assert_null (ib_journal_open (path, &error));
    g_assert_nonnull (error);
    g_autoptr (IbDb) db = ib_db_open (path, IB_DB_READ, NULL);
    g_assert_cmpint (ib_schema_read_version (db, NULL), ==, 0);
    g_assert_cmpint (ib_db_number (db, -1, "SELECT count (*) FROM sqlite_schema", ""), ==, 1);
    remove_folder (folder);
}

/* Before the first statement that changes anything. */
static int
on_statement (guint what, void *other, void *statement, void *sql)
{
    g_autoptr (GError) error = NULL;
    if (g_str_has_prefix (sql, "BEGIN") && ib_schema_read_version (other, NULL) == 0)
        g_assert_true (ib_schema_migrate (other, &error));
    g_assert_no_error (error);
    return 0;
}

/* Two who found an old one, as a service that makes a new one and who asks for its state meanwhile: the second finds all
 * done. */
static void
two_at_once_migrate_once (gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = temporary_folder ();
    g_autofree char *path = journal_from (folder, "PRAGMA user_version = 0;");
    IbDb *other = ib_db_open (path, IB_DB_WRITE, &error), *slow = ib_db_open (path, IB_DB_WRITE, &error);
    g_assert_no_error (error);
    sqlite3_trace_v2 (ib_db_handle (slow), SQLITE_TRACE_STMT, on_statement, other);
    (void) ib_schema_migrate (slow, &error);
    g_assert_no_error (error);
    ib_db_close (slow);
    ib_db_close (other);
    g_free (describe_schema (path));
    remove_folder (folder);
}

static void
every_version_is_tried (gconstpointer data)
{
    g_assert_cmpint (ib_schema_version (), ==, VERSIONS);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (int version = 1; version <= VERSIONS; version++) {
        g_autofree char *path = g_strdup_printf ("/schema/from-version-%d", version);
        g_test_add_data_func (path, GINT_TO_POINTER (version), migrates);
    }
    g_test_add_data_func ("/schema/inbox-is-one-mailbox", NULL, inbox_is_one_mailbox);
    g_test_add_data_func ("/schema/reader-migrates-too", NULL, reader_migrates_too);
    g_test_add_data_func ("/schema/two-at-once-migrate-once", NULL, two_at_once_migrate_once);
    g_test_add_data_func ("/schema/failed-step-leaves-nothing", NULL, failed_step_leaves_nothing);
    g_test_add_data_func ("/schema/every-version-is-tried", NULL, every_version_is_tried);
    return g_test_run ();
}
