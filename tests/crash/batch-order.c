/* The order in which a batch becomes durable, killed and hindered at each of its points: after the next run, Maildir,
 * held mail and journal are those of an undisturbed run, and the server lost nothing that was not safe here. */
#include "delivery.h"
#include "history.h"

#include "fault.h"
#include "fs.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the program that is killed ---------------------------------------------------------------------------- */

#define MESSAGES 12
#define BATCH 5

typedef struct {
    const char *home;
    int lock;
    IbJournal *journal;
    IbMaildir *maildir;
    IbHeld *held;
    IbDelivery *delivery;
    gint64 key;
    GPtrArray *batch;
} Run;

static bool
open_run (Run *run, GError **error)
{
    g_autofree char *state = g_build_filename (run->home, "state", NULL);
    g_autofree char *lock = g_build_filename (state, "lock", NULL);
    g_autofree char *journal = g_build_filename (state, "journal.db", NULL);
    g_autofree char *held = g_build_filename (state, "held", NULL);
    g_autofree char *mail = g_build_filename (run->home, "Mail", NULL);
    run->batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    if (!ib_fs_make_folder (state, error) || (run->lock = ib_fs_lock (lock, error)) < 0 ||
        (run->journal = ib_journal_open (journal, error)) == NULL ||
        (run->maildir = ib_maildir_open (mail, IB_LAYOUT_MAILDIRPP, error)) == NULL ||
        (run->held = ib_held_open (held, error)) == NULL)
        return false;
    run->delivery = ib_delivery_new (run->maildir, run->held);
    return true;
}

static void
close_run (Run *run)
{
    ib_delivery_free (run->delivery);
    ib_maildir_close (run->maildir);
    ib_held_close (run->held);
    ib_journal_close (run->journal);
    g_ptr_array_unref (run->batch);
    if (run->lock >= 0)
        close (run->lock);
}

/* Some go to INBOX, some are read already, some are two files, some are held. */
static IbStory *
make_story (Run *run, guint32 uid)
{
    IbStory *story = ib_story_new ();
    ib_story_imap_id ("home", "INBOX", 7, uid, story->id);
    story->account = g_strdup ("home");
    story->mailbox = g_strdup ("INBOX");
    story->mailbox_key = run->key;
    story->uid = uid;
    story->delivered_at = g_get_real_time ();
    story->action = uid % 4 == 3 ? IB_STORY_DISCARD : IB_STORY_DELIVER;
    story->after = uid % 2 == 0 ? IB_STORY_DELETE : IB_STORY_MOVE;
    story->after_folder = g_strdup ("Old");
    if (story->action == IB_STORY_DISCARD)
        ib_story_add_file (story, "", "");
    else
        ib_story_add_file (story, uid % 4 == 2 ? "Lists.foo" : "INBOX", uid % 2 == 0 ? "" : "2,S");
    if (uid % 4 == 0)
        ib_story_add_file (story, "Copies", "2,F");
    return story;
}

static bool
write_message (Run *run, IbStory *story, GError **error)
{
    g_autofree char *text = g_strdup_printf ("Subject: %u\n\nbody %u\n", story->uid, story->uid);
    g_autofree char *field = g_strdup_printf ("X-Inbasket-Id: %s\n", story->id);
    g_autoptr (GBytes) head = g_bytes_new (field, strlen (field));
    const IbStretch stretches[] = { { head, 0, 0 }, { NULL, 0, strlen (text) } };
    const IbPiece source = { memfd_create ("message", MFD_CLOEXEC), 0, strlen (text) };
    bool is_written = write (source.fd, text, strlen (text)) == (gssize) strlen (text) &&
                      ib_delivery_write (run->delivery, story, &source, stretches, 2, error);
    close (source.fd);
    return is_written;
}

/* A batch becomes durable in this order and no other. */
static bool
commit_batch (Run *run, GError **error)
{
    if (run->batch->len == 0)
        return true;
    (void) ib_delivery_begin_sync (run->delivery, NULL, NULL);
    bool is_done = ib_journal_intend (run->journal, run->batch, error) && ib_delivery_sync (run->delivery, run->batch, error) &&
                   ib_delivery_rename (run->delivery, run->batch, error) &&
                   ib_delivery_sync_folders (run->delivery, run->batch, error) &&
                   ib_journal_delivered (run->journal, run->batch, error);
    if (!is_done)
        ib_delivery_abandon (run->delivery, run->batch);
    g_ptr_array_set_size (run->batch, 0);
    return is_done;
}

static bool
fetch (Run *run, GError **error)
{
    g_autoptr (IbMailboxStand) stand = ib_journal_enter (run->journal, "home", "INBOX", 7, NULL, error);
    if (stand == NULL)
        return false;
    run->key = stand->key;

    for (guint32 uid = stand->low_water + 1; uid <= MESSAGES; uid++) {
        g_autoptr (IbStory) story = make_story (run, uid);
        if (ib_journal_has (run->journal, story->id, NULL))
            continue;
        if (!write_message (run, story, error))
            return false;
        g_ptr_array_add (run->batch, g_steal_pointer (&story));
        if (run->batch->len == BATCH && !commit_batch (run, error))
            return false;
    }
    return commit_batch (run, error) && ib_journal_taken (run->journal, stand->key, MESSAGES, NULL, 0, error) &&
           ib_journal_flush (run->journal, error);
}

/* The server's side: a line for each message that it was told to remove. */
static bool
tell_server (Run *run, guint32 uid, GError **error)
{
    g_autofree char *path = g_build_filename (run->home, "removed", NULL);
    g_autofree char *line = g_strdup_printf ("%u\n", uid);
    int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    gssize written = write (fd, line, strlen (line));
    close (fd);
    return written > 0 && ib_journal_settled (run->journal, run->key, &uid, 1, NULL, error);
}

static bool
settle (Run *run, GError **error)
{
    g_autoptr (GPtrArray) due = ib_journal_due (run->journal, run->key, 1, error);
    if (due == NULL)
        return false;
    for (guint i = 0; i < due->len; i++) {
        const IbPending *pending = g_ptr_array_index (due, i);
        if ((pending->verb == IB_PENDING_MOVE && !pending->is_copied &&
             !ib_journal_copied (run->journal, run->key, &pending->uid, 1, error)) ||
            !tell_server (run, pending->uid, error))
            return false;
    }
    return ib_journal_flush (run->journal, error);
}

static bool
recover (Run *run, GError **error)
{
    g_autoptr (GPtrArray) unfinished = ib_journal_unfinished (run->journal, error);
    g_autoptr (GPtrArray) completed =
        unfinished == NULL ? NULL : ib_delivery_complete (run->delivery, unfinished, error);
    if (completed == NULL || !ib_journal_delivered (run->journal, completed, error))
        return false;
    for (guint i = 0; i < unfinished->len; i++) {
        const IbStory *story = g_ptr_array_index (unfinished, i);
        if (!g_ptr_array_find (completed, story, NULL) && !ib_journal_forget (run->journal, story->id, error))
            return false;
    }
    return ib_journal_flush (run->journal, error) && ib_maildir_sweep (run->maildir, error) &&
           ib_held_sweep (run->held, error);
}

static int
run_once (const char *home)
{
    g_autoptr (GError) error = NULL;
    Run run = { .home = home, .lock = -1 };
    bool is_done = open_run (&run, &error) && recover (&run, &error) && fetch (&run, &error) && settle (&run, &error);
    if (error != NULL)
        g_printerr ("%s\n", error->message);
    close_run (&run);
    return is_done ? 0 : 4;
}

/* --- what watches it ---------------------------------------------------------------------------------------- */

static const char *program;
static char *undisturbed;

static void
remove_home (const char *home)
{
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", home);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
}

/* Its wait status; @out_text (nullable): what it said. */
static int
run_program (const char *home, const char *fault, char **out_text)
{
    g_autoptr (GError) error = NULL;
    int status = 0;
    const char *const argv[] = { program, "--run", home, NULL };
    g_auto (GStrv) environment = g_get_environ ();
    environment = fault == NULL ? g_environ_unsetenv (environment, "IB_FAULT")
                                : g_environ_setenv (environment, "IB_FAULT", fault, TRUE);
    g_spawn_sync (NULL, (char **) argv, environment, G_SPAWN_DEFAULT, NULL, NULL, NULL, out_text, &status, &error);
    g_assert_no_error (error);
    return status;
}

/* A line for each file: folder and part, id and copy, flags, contents. What differs from run to run is left out. */
static void
describe_file (const char *folder, const char *path, const char *name, const char *id, gpointer user_data)
{
    g_autofree char *text = NULL;
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_autofree char *part = g_path_get_dirname (path);
    const char *copy = strstr (name, id) + IB_ID_LENGTH, *info = strchr (path, ':');
    g_ptr_array_add (user_data, g_strdup_printf ("%s %s %s%.2s %s %s", folder, strrchr (part, '/'), id, copy,
                                                 info == NULL ? "" : info, text));
}

static bool
describe_story (const IbHistoryRow *row, gpointer user_data)
{
    GString *line = g_string_new (row->story->id);
    for (guint i = 0; i < row->story->files->len; i++)
        g_string_append_printf (line, " in %s", ((IbStoryFile *) g_ptr_array_index (row->story->files, i))->folder);
    g_ptr_array_add (user_data, g_string_free (line, FALSE));
    return true;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
    return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
describe_held (const char *home, GPtrArray *lines)
{
    const char *name;
    g_autofree char *path = g_build_filename (home, "state", "held", NULL);
    g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
    while ((name = g_dir_read_name (folder)) != NULL) {
        g_autofree char *text = NULL, *file = g_build_filename (path, name, NULL);
        g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
        g_ptr_array_add (lines, g_strdup_printf ("held %s %s", name, text));
    }
}

static void
describe_removed (const char *home, GPtrArray *lines)
{
    g_autofree char *path = g_build_filename (home, "removed", NULL), *text = NULL;
    g_autoptr (GHashTable) once = g_hash_table_new (g_str_hash, g_str_equal);
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_auto (GStrv) uids = g_strsplit (text, "\n", -1);
    for (gsize i = 0; uids[i] != NULL; i++)
        if (g_hash_table_add (once, uids[i]))
            g_ptr_array_add (lines, g_strdup_printf ("removed %s", uids[i]));
}

/* What is there once a run is through. */
static char *
describe (const char *home)
{
    g_autoptr (GError) error = NULL;
    Run run = { .home = home, .lock = -1 };
    g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
    g_assert_true (open_run (&run, &error));
    g_assert_true (ib_maildir_scan (run.maildir, describe_file, lines, &error));
    g_assert_true (ib_history_read (run.journal, &(IbHistoryQuery){ 0 }, describe_story, lines, &error));
    g_autoptr (GPtrArray) unfinished = ib_journal_unfinished (run.journal, &error);
    g_assert_cmpuint (unfinished->len, ==, 0);
    close_run (&run);
    describe_held (home, lines);
    describe_removed (home, lines);

    const char *const argv[] = { "find", ".", "(", "-path", "*/tmp/*", "-o", "-name", "*.tmp", ")", NULL };
    g_autofree char *left = NULL;
    g_assert_true (g_spawn_sync (home, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &left, NULL, NULL, NULL));
    g_assert_cmpstr (left, ==, "");
    g_ptr_array_sort (lines, compare);
    g_ptr_array_add (lines, NULL);
    return g_strjoinv ("\n", (char **) lines->pdata);
}

/* What the server was told to remove is here, in whatever state the crash left the rest. */
static void
assert_removed_is_safe (const char *home)
{
    g_autofree char *path = g_build_filename (home, "removed", NULL), *text = NULL;
    if (!g_file_get_contents (path, &text, NULL, NULL))
        return;
    g_auto (GStrv) uids = g_strsplit (g_strchomp (text), "\n", -1);
    for (gsize i = 0; uids[i] != NULL; i++) {
        char id[IB_ID_LENGTH + 1];
        ib_story_imap_id ("home", "INBOX", 7, (guint32) atoi (uids[i]), id);
        g_autofree char *pattern = g_strdup_printf ("*%s*", id), *found = NULL;
        const char *const argv[] = { "find", ".", "-name", pattern, "-type", "f", "!", "-path", "*/tmp/*", NULL };
        g_assert_true (
            g_spawn_sync (home, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &found, NULL, NULL, NULL));
        g_assert_cmpstr (found, !=, "");
    }
}

/* @how: what follows NAME:N in IB_FAULT. Returns whether the point was passed so often. */
static bool
try_fault (const char *point, guint passing, const char *how)
{
    g_autofree char *home = g_dir_make_tmp ("ib-batch-XXXXXX", NULL);
    g_autofree char *fault = g_strdup_printf ("%s:%u%s", point, passing, how);
    g_autofree char *text = NULL;
    int status = run_program (home, fault, &text);
    bool was_hit = !WIFEXITED (status) || WEXITSTATUS (status) != 0;
    if (was_hit && *how == '\0')
        g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
    if (was_hit && *how != '\0') {
        g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 4);
        g_assert_nonnull (strstr (text, home)); /* which path it was */
    }

    assert_removed_is_safe (home);
    g_assert_cmpint (run_program (home, NULL, NULL), ==, 0);
    g_autofree char *after = describe (home);
    g_assert_cmpstr (after, ==, undisturbed);
    remove_home (home);
    return was_hit;
}

/* The first passings, and then ever larger steps: they differ little. */
static void
survives (gconstpointer data, const char *how)
{
    guint passing = 1;
    while (try_fault (data, passing, how))
        passing += 1 + passing / 2;
    g_assert_cmpuint (passing, >, 1);
}

static void
survives_kill (gconstpointer data)
{
    survives (data, "");
}

static void
survives_full_disk (gconstpointer data)
{
    survives (data, ":ENOSPC");
}

/* A client reads and files away what a killed run left behind, before the next one. */
static void
survives_a_busy_client (gconstpointer data)
{
    g_autofree char *home = g_dir_make_tmp ("ib-batch-XXXXXX", NULL);
    g_autofree char *fault = g_strconcat (data, ":2", NULL);
    g_assert_cmpint (run_program (home, fault, NULL), !=, 0);
    const char *const argv[] = { "sh", "-c",
                                 "cd Mail && mkdir -p .Archive/cur .Archive/new .Archive/tmp && for f in new/*; do "
                                 "[ -e \"$f\" ] && mv \"$f\" \".Archive/cur/${f#new/}:2,S\"; done; exit 0",
                                 NULL };
    g_assert_true (g_spawn_sync (home, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
    g_assert_cmpint (run_program (home, NULL, NULL), ==, 0);

    Run run = { .home = home, .lock = -1 };
    g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
    g_assert_true (open_run (&run, NULL));
    g_assert_true (ib_maildir_scan (run.maildir, describe_file, lines, NULL));
    close_run (&run);
    /* 12 messages, 3 of them held, 3 of two files: each once, wherever it is. */
    g_autoptr (GHashTable) once = g_hash_table_new (g_str_hash, g_str_equal);
    g_assert_cmpuint (lines->len, ==, MESSAGES);
    for (guint i = 0; i < lines->len; i++) {
        g_auto (GStrv) words = g_strsplit (g_ptr_array_index (lines, i), " ", 4);
        g_assert_true (g_hash_table_add (once, (gpointer) g_intern_string (words[2])));
    }
    remove_home (home);
}

/* Every point of the table that lies on a batch's way. */
static const char *const points[] = {
    "fs.make-folder", "fs.lock", "fs.write", "fs.copy", "fs.sync-folder", "maildir.make-folder", "delivery.write",
    "delivery.sync", "journal.intend", "journal.commit", "delivery.rename", "held.rename", "delivery.sync-folder",
    "held.sync", "journal.delivered", "journal.copied", "journal.settled",
};
static const char *const busy_points[] = { "delivery.rename", "delivery.sync-folder", "journal.delivered",
                                           "journal.commit" };

static void
add (const char *group, const char *point, void (*test) (gconstpointer))
{
    g_autofree char *path = g_strdup_printf ("/batch-order/%s/%s", group, point);
    g_test_add_data_func (path, point, test);
}

int
main (int argc, char **argv)
{
    if (argc == 3 && strcmp (argv[1], "--run") == 0)
        return run_once (argv[2]);

    /* What a killed program leaves behind does not depend on the disk's speed. */
    if (access ("/dev/shm", W_OK) == 0)
        g_setenv ("TMPDIR", "/dev/shm", TRUE);
    g_test_init (&argc, &argv, NULL);
    program = argv[0];
    g_autofree char *home = g_dir_make_tmp ("ib-batch-XXXXXX", NULL);
    g_assert_cmpint (run_program (home, NULL, NULL), ==, 0);
    undisturbed = describe (home);
    g_assert_cmpint (run_program (home, NULL, NULL), ==, 0);
    g_autofree char *again = describe (home);
    g_assert_cmpstr (again, ==, undisturbed);
    remove_home (home);

    for (gsize i = 0; i < G_N_ELEMENTS (points); i++)
        add ("kill", points[i], survives_kill);
    for (gsize i = 0; i < G_N_ELEMENTS (points); i++)
        add ("full-disk", points[i], survives_full_disk);
    for (gsize i = 0; i < G_N_ELEMENTS (busy_points); i++)
        add ("busy-client", busy_points[i], survives_a_busy_client);
    int status = g_test_run ();
    g_free (undisturbed);
    return status;
}
