/* The journal's file: who may open it and when, how long its log gets, what is damaged and what only cannot be read just now. */
#include "fault.h"
#include "inspect.h"
#include "journal-ground.h"
#include "journal-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- opening ------------------------------------------------------------------------------------------------ */

static void
reads_beside_the_writer (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = make_batch (key_of (ground, "INBOX", 7), 1, 2);
    const IbStory *first = g_ptr_array_index (batch, 0);
    g_autoptr (IbJournal) reader = ib_journal_open_read_only (ground->path, NULL);
    g_assert_true (ib_journal_intend (ground->journal, batch, NULL));
    g_assert_true (ib_journal_delivered (ground->journal, batch, NULL));
    g_assert_false (ib_journal_has (reader, first->id, NULL));
    g_assert_true (ib_journal_flush (ground->journal, NULL));
    g_assert_true (ib_journal_has (reader, first->id, NULL));
    g_assert_false (ib_journal_forget (reader, "00112233445566778899aabbccddeeff", NULL) &&
                    ib_journal_taken (reader, 1, 1, NULL, 0, NULL));
}

static void
no_journal_is_not_found (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_build_filename (ground->folder, "none.db", NULL);
    g_assert_null (ib_journal_open_read_only (path, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* Nobody can tell whether it is there. */
static void
journal_that_cannot_be_looked_at_is_not_missing (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *circle = g_build_filename (ground->folder, "circle", NULL);
    g_autofree char *path = g_build_filename (circle, "journal.db", NULL);
    guint64 messages = 0;
    g_assert_cmpint (symlink ("circle", circle), ==, 0);
    g_assert_null (ib_journal_open_read_only (path, &error));
    g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_WRITE);
    g_assert_nonnull (strstr (error->message, path));
    g_assert_nonnull (strstr (error->message, g_strerror (ELOOP)));
    g_clear_error (&error);
    g_assert_false (ib_inspect_journal (path, &messages, &error));
    g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_WRITE);
    g_assert_cmpint (g_unlink (circle), ==, 0);
}

/* The next one to open it would take it for lasting. */
static void
journal_whose_name_may_not_last_is_made_again (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_build_filename (ground->folder, "other.db", NULL);
    for (guint i = 0; i < 2; i++) {
        g_assert_true (ib_fault_set ("fs.sync-folder:1:EIO"));
        g_assert_null (ib_journal_open (path, &error));
        g_assert_nonnull (strstr (error->message, g_strerror (EIO)));
        g_clear_error (&error);
    }
    g_assert_true (ib_fault_set (NULL));
    g_autoptr (IbJournal) journal = ib_journal_open (path, &error);
    g_assert_no_error (error);
}

static void
is_private (Ground *ground, gconstpointer data)
{
    struct stat status;
    g_assert_cmpint (stat (ground->path, &status), ==, 0);
    g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
}

/* Committed to as by a service that stays for days; a log that only grew would have four megabytes. */
static void
log_stays_short (Ground *ground, gconstpointer data)
{
    g_autofree char *log_path = g_strconcat (ground->path, "-wal", NULL);
    gint64 key = key_of (ground, "INBOX", 7);
    for (guint32 i = 0; i < 40; i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (GPtrArray) batch = make_batch (key, 1 + 20 * i, 20);
        deliver (ground, batch);
        g_assert_true (ib_journal_fold (ground->journal, &error));
        g_assert_no_error (error);
    }
    GStatBuf status;
    g_assert_cmpint (g_stat (log_path, &status), ==, 0);
    g_test_message ("%" G_GINT64_FORMAT " bytes", (gint64) status.st_size);
    g_assert_cmpint (status.st_size, >, 0);
    g_assert_cmpint (status.st_size, <, 2 * 1024 * 1024);
    reopen (ground);
    g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", 7);
    g_assert_cmpuint (stand->done->len, ==, 800);
}

/* What was not durable yet is, once the log was put in order. */
static void
fold_commits (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    gint64 key = key_of (ground, "INBOX", 7);
    for (guint32 i = 0; i < 40; i++) {
        g_autoptr (GPtrArray) batch = make_batch (key, 1 + 20 * i, 20);
        deliver (ground, batch);
    }
    g_assert_true (ib_journal_taken (ground->journal, key, 800, "", 0, &error));
    g_assert_true (ib_journal_fold (ground->journal, &error));
    g_assert_no_error (error);
    g_autoptr (IbJournal) beside = ib_journal_open_read_only (ground->path, &error);
    g_assert_no_error (error);
    g_autoptr (IbMailboxStand) stand = ib_journal_look (beside, "home", "INBOX", 7, NULL, false, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (stand->low_water, ==, 800);
}

static gint64
size_of_log (Ground *ground)
{
    GStatBuf status;
    g_autofree char *log_path = g_strconcat (ground->path, "-wal", NULL);
    g_assert_cmpint (g_stat (log_path, &status), ==, 0);
    return status.st_size;
}

static void
copy_file (const char *from, const char *to, const char *suffix)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *source = g_strconcat (from, suffix, NULL), *target = g_strconcat (to, suffix, NULL), *bytes = NULL;
    gsize length = 0;
    g_assert_true (g_file_get_contents (source, &bytes, &length, &error));
    g_assert_true (g_file_set_contents (target, bytes, (gssize) length, &error));
    g_assert_no_error (error);
}

/* The log does not grow any more, and after a crash it ends where it was written to, not where its file does. */
static void
room_is_made_in_the_log (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) before = make_batch (key, 1, 20), after = make_batch (key, 21, 20);
    deliver (ground, before);
    gint64 short_size = size_of_log (ground);
    ib_journal_make_room (ground->journal);
    gint64 size = size_of_log (ground);
    g_assert_cmpint (size, >, short_size);
    deliver (ground, after);
    g_assert_cmpint (size_of_log (ground), ==, size);

    g_autofree char *crashed = g_strconcat (ground->path, ".crashed", NULL);
    copy_file (ground->path, crashed, "");
    copy_file (ground->path, crashed, "-wal");
    g_autoptr (IbJournal) journal = ib_journal_open (crashed, &error);
    g_assert_no_error (error);
    g_autoptr (IbMailboxStand) stand = ib_journal_enter (journal, "home", "INBOX", 7, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (stand->done->len, ==, 40);
}

static void
broken_is_set_aside (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *garbage = g_strnfill (8192, 'x');
    ib_journal_close (g_steal_pointer (&ground->journal));
    g_assert_true (g_file_set_contents (ground->path, garbage, 8192, NULL));
    g_assert_null (ib_journal_open (ground->path, &error));
    g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_BROKEN);
    g_assert_nonnull (strstr (error->message, ground->path));

    /* A log that stayed behind would be played into the new one. */
    g_autofree char *log = g_strconcat (ground->path, "-wal", NULL), *shared = g_strconcat (ground->path, "-shm", NULL);
    g_assert_true (g_file_set_contents (log, garbage, 100, NULL) && g_file_set_contents (shared, garbage, 100, NULL));
    g_autofree char *aside = ib_journal_set_aside (ground->path, NULL), *log_aside = g_strconcat (aside, "-wal", NULL);
    g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS) && g_file_test (log_aside, G_FILE_TEST_EXISTS));
    g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS) || g_file_test (shared, G_FILE_TEST_EXISTS));
    open_journal (ground);
    g_assert_cmpuint (count_unfinished (ground), ==, 0);
}

/* Pages in the middle are damaged, which nobody reads who opens it, and the last writer did not end well: 500 messages are in the
 * file, one in its log. */
static void
damage (Ground *ground)
{
    g_autofree char *bytes = NULL, *log = NULL;
    g_autofree char *log_path = g_strconcat (ground->path, "-wal", NULL);
    gsize length = 0, log_length = 0;
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) first = make_batch (key, 1, 500);
    deliver (ground, first);
    reopen (ground);
    g_autoptr (GPtrArray) second = make_batch (key, 1000, 1);
    deliver (ground, second);
    g_assert_true (g_file_get_contents (log_path, &log, &log_length, NULL));
    ib_journal_close (g_steal_pointer (&ground->journal));

    g_assert_true (g_file_get_contents (ground->path, &bytes, &length, NULL));
    g_assert_cmpuint (length, >, 40 * 4096);
    memset (bytes + 12 * 4096, 0x55, 4 * 4096);
    g_assert_true (g_file_set_contents (ground->path, bytes, (gssize) length, NULL));
    g_assert_true (g_file_set_contents (log_path, log, (gssize) log_length, NULL));
}

static void
damage_is_seen (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    damage (ground);
    g_assert_null (ib_journal_open (ground->path, &error));
    g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_BROKEN);
}

/* Without its log the file may pass for a whole one, of some earlier day: what came since would come again. */
static void
is_set_aside_whole_or_not_at_all (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    damage (ground);
    for (guint i = 0; i < 2; i++) { /* the second time it is for good */
        ib_journal_close (ib_journal_open (ground->path, &error));
        if (error == NULL)
            break;
        g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_BROKEN);
        g_clear_error (&error);
        g_assert_true (ib_fault_set (i == 0 ? data : NULL));
        g_autofree char *aside = ib_journal_set_aside (ground->path, NULL);
        g_assert_true (ib_fault_set (NULL) && (aside != NULL) == (i > 0));
    }
    open_journal (ground);
    g_assert_false (ib_journal_has_any (ground->journal, &error));
    g_assert_no_error (error);
}

/* --- a disk that cannot be read just now -------------------------------------------------------------------- */

static ssize_t (*read_at) (int fd, void *bytes, size_t length, off_t offset);
static int reads_left; /* before those that fail; 0: this one */
static bool fails_on;

static ssize_t
read_badly (int fd, void *bytes, size_t length, off_t offset)
{
    bool fails = reads_left == 0 || (fails_on && reads_left < 0);
    reads_left--;
    if (!fails)
        return read_at (fd, bytes, length, offset);
    errno = EIO;
    return -1;
}

static void
let_reads_fail (int number, bool on)
{
    static const char *const names[] = { "pread", "pread64" }; /* as SQLite was built */
    sqlite3_vfs *system = sqlite3_vfs_find (NULL);
    reads_left = number;
    fails_on = on;
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        sqlite3_syscall_ptr own = system->xGetSystemCall (system, names[i]);
        if (read_at == NULL && own != NULL)
            read_at = (void *) own;
        if (own != NULL)
            (void) system->xSetSystemCall (system, names[i],
                                           number < 0 ? NULL : (sqlite3_syscall_ptr) (void *) read_badly);
    }
}

/* Each read of it in turn, and all from it on. For some SQLite says that the file is malformed. */
static void
unread_is_not_damaged (Ground *ground, gconstpointer data)
{
    g_autofree char *crashed = g_build_filename (ground->folder, "crashed.db", NULL);
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) batch = make_batch (key, 1, 40);
    deliver (ground, batch);
    int number = 0;
    for (int failed = 1; failed > 0; number++)
        for (int on = failed = 0; on < 2; on++) {
            g_autoptr (GError) error = NULL;
            copy_file (ground->path, crashed, "");
            copy_file (ground->path, crashed, "-wal");
            let_reads_fail (number, on == 1);
            IbJournal *journal = ib_journal_open (crashed, &error);
            failed += reads_left < 0;
            let_reads_fail (-1, false);
            if (journal == NULL)
                g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_WRITE);
            ib_journal_close (journal);
            journal = ib_journal_open (crashed, NULL);
            g_autoptr (IbMailboxStand) stand = ib_journal_enter (journal, "home", "INBOX", 7, NULL, NULL);
            g_assert_cmpuint (stand->done->len, ==, 40);
            ib_journal_close (journal);
        }
    g_assert_cmpint (number, >, 2); /* reads were made to fail */
}

/* Of what an earlier run left: each read of it in turn. That nothing can be read does not mean that nothing is there. */
static bool
recover (IbJournal *journal, gint64 key, GError **error)
{
    g_autoptr (GPtrArray) unfinished = ib_journal_unfinished (journal, error);
    g_autoptr (GPtrArray) completed = g_ptr_array_new (), adopted = make_batch (key, 100, 1);
    if (unfinished == NULL)
        return false;
    const IbStory *gone = unfinished->pdata[1], *old = adopted->pdata[0];
    g_ptr_array_add (completed, unfinished->pdata[0]);
    return ib_journal_delivered (journal, completed, error) && ib_journal_forget (journal, gone->id, error) &&
           ib_journal_adopt (journal, old, error) && ib_journal_restored (journal, old->id, "INBOX", "name", "", error) &&
           ib_journal_flush (journal, error);
}

static void
unread_is_not_missing (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) many = make_batch (key, 1, 1500), left = make_batch (key, 2000, 2);
    g_autofree char *crashed = g_build_filename (ground->folder, "crashed.db", NULL);
    deliver (ground, many);
    g_assert_true (ib_journal_intend (ground->journal, left, NULL));
    ib_journal_close (g_steal_pointer (&ground->journal));
    int number = 0;
    for (bool failed = true; failed; number++) {
        g_autoptr (GError) error = NULL;
        copy_file (ground->path, crashed, "");
        g_autoptr (IbJournal) journal = ib_journal_open (crashed, &error);
        g_assert_no_error (error);
        let_reads_fail (number, false);
        bool is_done = recover (journal, key, &error);
        failed = reads_left < 0;
        let_reads_fail (-1, false);
        g_assert_true (is_done != failed);
        if (failed)
            g_assert_nonnull (strstr (error->message, g_strerror (EIO)));
    }
    g_assert_cmpint (number, >, 5); /* reads were made to fail */
}

static void
newer_is_left_alone (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *bytes = NULL, *after = NULL;
    gsize length = 0, after_length = 0;
    ib_journal_close (g_steal_pointer (&ground->journal));
    g_assert_true (g_file_get_contents (ground->path, &bytes, &length, NULL));
    bytes[63] = 99; /* the last byte of user_version in SQLite's header */
    g_assert_true (g_file_set_contents (ground->path, bytes, (gssize) length, NULL));

    g_assert_null (ib_journal_open (ground->path, &error));
    g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_NEWER);
    g_clear_error (&error);
    g_assert_null (ib_journal_open_read_only (ground->path, &error));
    g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_NEWER);
    g_assert_true (g_file_get_contents (ground->path, &after, &after_length, NULL));
    g_assert_cmpmem (bytes, length, after, after_length);
}

static void
folder_that_cannot_be_written (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_build_filename (ground->path, "journal.db", NULL);
    g_assert_null (ib_journal_open (path, &error));
    g_assert_nonnull (strstr (error->message, ground->path));
}

#define TEST(function) { #function, function, NULL }
static const struct { const char *name; void (*test) (Ground *, gconstpointer); const char *fault; } tests[] = {
    TEST (reads_beside_the_writer),
    TEST (no_journal_is_not_found),
    TEST (journal_that_cannot_be_looked_at_is_not_missing),
    TEST (journal_whose_name_may_not_last_is_made_again),
    TEST (is_private),
    TEST (log_stays_short),
    TEST (fold_commits),
    TEST (room_is_made_in_the_log),
    TEST (broken_is_set_aside),
    TEST (damage_is_seen),
    { "first-name-cannot-be-given", is_set_aside_whole_or_not_at_all, "fs.rename:1:EIO" },
    { "second-name-cannot-be-given", is_set_aside_whole_or_not_at_all, "fs.rename:2:EIO" },
    { "third-name-cannot-be-given", is_set_aside_whole_or_not_at_all, "fs.rename:3:EIO" },
    TEST (unread_is_not_damaged),
    TEST (unread_is_not_missing),
    TEST (newer_is_left_alone),
    TEST (folder_that_cannot_be_written),
};

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
        add_test ("/journal-file/", tests[i].name, tests[i].fault, tests[i].test);
    return g_test_run ();
}
