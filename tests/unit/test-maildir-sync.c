/* What stands in the Maildir after a power cut: each directory in which a name was made, or went, is brought onto stable storage
 * before anybody is told so. fsync () is our own here: it notes what it was asked for. */
#include "delivery.h"
#include "maildir-private.h"

#include "fault.h"
#include "fs.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static GMutex lock;
static GString *synced; /* paths of directories, "|" behind each; NULL: nobody wants to know */
static guint syncs_left = G_MAXUINT; /* of directories; before the one behind, the process is gone */
static int gone;                     /* where it leaves what it synced until then */

int
fsync (int fd)
{
    g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
    g_autofree char *path = g_file_read_link (link, NULL);
    g_mutex_lock (&lock);
    if (synced != NULL && path != NULL && g_file_test (path, G_FILE_TEST_IS_DIR)) {
        if (syncs_left-- == 0)
            _exit (write (gone, synced->str, synced->len) == (gssize) synced->len ? 1 : 2);
        g_string_append_printf (synced, "%s|", path);
    }
    g_mutex_unlock (&lock);
    return 0;
}

typedef struct {
    char *folder, *path;
    IbMaildir *maildir;
    IbHeld *held;
    IbDelivery *delivery;
} Ground;

static void
open_all (Ground *ground)
{
    g_autofree char *held_path = g_build_filename (ground->folder, "held", NULL);
    ground->maildir = ib_maildir_open (ground->path, IB_LAYOUT_MAILDIRPP, NULL);
    ground->held = ib_held_open (held_path, NULL);
    g_assert_true (ground->maildir != NULL && ground->held != NULL);
    ground->delivery = ib_delivery_new (ground->maildir, ground->held);
}

static void
close_all (Ground *ground)
{
    ib_delivery_free (ground->delivery);
    ib_held_close (ground->held);
    ib_maildir_close (ground->maildir);
}

static void
set_up (Ground *ground, gconstpointer data)
{
    ground->folder = g_dir_make_tmp ("ib-sync-XXXXXX", NULL);
    ground->path = g_build_filename (ground->folder, "Mail", NULL);
    synced = g_string_new (NULL);
    open_all (ground);
}

static void
tear_down (Ground *ground, gconstpointer data)
{
    ib_fault_set (NULL);
    close_all (ground);
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", ground->folder);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
    g_string_free (g_steal_pointer (&synced), TRUE);
    g_free (ground->folder);
    g_free (ground->path);
}

/* Whether the directory @below the ground's folder was synced since this was asked last of all. */
static bool
was_synced (const Ground *ground, const char *below)
{
    g_autofree char *line = g_strconcat (ground->folder, "/", below, "|", NULL);
    return strstr (synced->str, line) != NULL;
}

/* @other (nullable): where its second file is for. */
static GPtrArray *
write_in (Ground *ground, guint32 uid, const char *folder, const char *other, GError **error)
{
    int fd = memfd_create ("message", MFD_CLOEXEC);
    g_assert_true (ib_fs_write (fd, "text\n", 5, "memory", NULL));
    const IbPiece piece = { fd, 0, 5 };
    IbStory *story = ib_story_new ();
    ib_story_imap_id ("home", "INBOX", 7, uid, story->id);
    story->internal_date_s = 1600000000;
    story->delivered_at = G_GINT64_CONSTANT (1700000000000001);
    ib_story_add_file (story, folder, "");
    if (other != NULL)
        ib_story_add_file (story, other, "");
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    g_ptr_array_add (batch, story);
    bool is_written = ib_delivery_write (ground->delivery, story, &piece, NULL, 0, error);
    close (fd);
    return is_written ? g_steal_pointer (&batch) : NULL;
}

static GPtrArray *
write_one (Ground *ground, guint32 uid, const char *folder, GError **error)
{
    return write_in (ground, uid, folder, NULL, error);
}

static void
put_in_place (Ground *ground, GPtrArray *batch)
{
    g_assert_true (ib_delivery_sync (ground->delivery, batch, NULL)
                   && ib_delivery_rename (ground->delivery, batch, NULL));
}

static char *
path_of (const Ground *ground, const GPtrArray *batch)
{
    const IbStory *story = batch->pdata[0];
    return ib_maildir_path_of (ground->maildir, story->files->pdata[0]);
}

static void
a_new_maildir (Ground *ground, gconstpointer data)
{
    g_assert_true (was_synced (ground, "Mail"));
    g_string_truncate (synced, 0);
    close_all (ground);
    open_all (ground);
    g_assert_false (was_synced (ground, "Mail")); /* nothing was made */
}

static void
a_delivery (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = write_one (ground, 1, "INBOX", NULL);
    put_in_place (ground, batch);
    g_assert_false (was_synced (ground, "Mail/new"));
    g_assert_true (ib_delivery_sync_folders (ground->delivery, batch, NULL));
    g_assert_true (was_synced (ground, "Mail/new"));
}

static void
a_new_folder (Ground *ground, gconstpointer data)
{
    g_string_truncate (synced, 0);
    g_autoptr (GPtrArray) batch = write_one (ground, 1, "Lists.foo", NULL);
    put_in_place (ground, batch);
    g_assert_true (ib_delivery_sync_folders (ground->delivery, batch, NULL));
    g_assert_true (was_synced (ground, "Mail") && was_synced (ground, "Mail/.Lists.foo"));
    g_assert_true (was_synced (ground, "Mail/.Lists.foo/new"));
}

/* What @make makes, is left as it is before its sync number @after + 1. False: it came to its end. */
static bool
is_cut_short (Ground *ground, void (*make) (Ground *ground), guint after)
{
    int ends[2], status = 0;
    char theirs[4096];
    g_assert_cmpint (pipe (ends), ==, 0);
    g_string_truncate (synced, 0);
    pid_t child = fork ();
    if (child == 0) {
        gone = ends[1];
        syncs_left = after;
        make (ground);
        _exit (0);
    }
    close (ends[1]);
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    gssize length = read (ends[0], theirs, sizeof theirs);
    close (ends[0]);
    g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) <= 1 && length >= 0);
    g_string_append_len (synced, theirs, length);
    return WEXITSTATUS (status) == 1;
}

static void
make_folder (Ground *ground)
{
    ib_maildir_forget_place (ground->maildir, "Copies");
    g_assert_nonnull (ib_maildir_place (ground->maildir, "Copies", NULL));
}

static void
make_maildir (Ground *ground)
{
    g_autofree char *path = g_build_filename (ground->folder, "Other", NULL);
    g_autoptr (IbMaildir) maildir = ib_maildir_open (path, IB_LAYOUT_MAILDIRPP, NULL);
    g_assert_nonnull (maildir);
}

/* Killed while a folder was made: it is there, and nobody who comes later knows whether it will be after a power cut. */
static void
what_was_made_in_part (Ground *ground, gconstpointer data)
{
    static const struct {
        void (*make) (Ground *ground);
        const char *path, *above;
    } cases[] = { { make_folder, "Mail/.Copies", "/Mail|" }, { make_maildir, "Other", "|" } };
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        guint after = 0;
        g_autofree char *path = g_build_filename (ground->folder, cases[i].path, NULL);
        g_autofree char *above = g_strconcat (ground->folder, cases[i].above, NULL);
        for (; is_cut_short (ground, cases[i].make, after); after++) {
            g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", path);
            cases[i].make (ground);
            g_test_message ("%s, %u syncs: %s", cases[i].path, after, synced->str);
            g_assert_true (was_synced (ground, cases[i].path) && strstr (synced->str, above) != NULL);
            g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
        }
        g_assert_cmpuint (after, >, 1);
    }
}

static void
what_is_held (Ground *ground, gconstpointer data)
{
    g_string_truncate (synced, 0);
    g_autoptr (GPtrArray) batch = write_one (ground, 1, "", NULL);
    put_in_place (ground, batch);
    g_assert_false (was_synced (ground, "held"));
    g_assert_true (ib_delivery_sync_folders (ground->delivery, batch, NULL));
    g_assert_true (was_synced (ground, "held"));
    g_autofree char *above = g_strconcat (ground->folder, "|", NULL);
    g_assert_nonnull (strstr (synced->str, above)); /* whoever made held/ may have been killed before */

    g_string_truncate (synced, 0);
    g_autoptr (GPtrArray) second = write_one (ground, 2, "", NULL);
    put_in_place (ground, second);
    g_assert_true (ib_delivery_sync_folders (ground->delivery, second, NULL));
    g_assert_true (was_synced (ground, "held") && strstr (synced->str, above) == NULL); /* once a process */
}

static void
a_move (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = write_one (ground, 1, "INBOX", NULL);
    put_in_place (ground, batch);
    g_assert_true (ib_maildir_make_folder (ground->maildir, "Junk", NULL));
    g_autofree char *path = path_of (ground, batch);
    g_string_truncate (synced, 0);
    g_autofree char *moved = ib_maildir_move (ground->maildir, path, "Junk", NULL);
    g_assert_nonnull (moved);
    g_assert_true (was_synced (ground, "Mail/.Junk/new") && was_synced (ground, "Mail/new"));
    /* The new name first: of two a power cut may leave both, but not neither. */
    g_assert_true (strstr (synced->str, "/Mail/.Junk/new|") < strstr (synced->str, "/Mail/new|"));
}

/* One file in its place has recovery bring the other: it must still be there to be brought. */
static void
what_waits_together (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = write_in (ground, 1, "INBOX", "Copies", NULL), alone = write_one (ground, 2, "Lists.foo", NULL);
    g_string_truncate (synced, 0);
    g_assert_true (ib_delivery_sync (ground->delivery, batch, NULL));
    g_assert_true (was_synced (ground, "Mail/tmp") && was_synced (ground, "Mail/.Copies/tmp"));
    g_assert_true (ib_delivery_sync (ground->delivery, alone, NULL));
    g_assert_false (was_synced (ground, "Mail/.Lists.foo/tmp"));
}

/* As the run before left it: its first file has its name, and the journal knows of no temporary ones. */
static void
what_recovery_brings (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = write_in (ground, 1, "INBOX", "Copies", NULL);
    const IbStory *story = batch->pdata[0];
    IbStoryFile *waiting = story->files->pdata[1];
    g_assert_true (ib_delivery_sync (ground->delivery, batch, NULL));
    g_assert_true (ib_maildir_rename (ground->maildir, story->files->pdata[0], NULL));
    g_clear_pointer (&waiting->temporary, g_free);
    g_string_truncate (synced, 0);
    g_autoptr (GPtrArray) completed = ib_delivery_complete (ground->delivery, batch, NULL);
    g_assert_cmpuint (completed->len, ==, 1);
    g_assert_true (was_synced (ground, "Mail/new") && was_synced (ground, "Mail/.Copies/new"));
}

static void
what_recovery_finds_held (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = write_one (ground, 1, "", NULL);
    put_in_place (ground, batch);
    g_string_truncate (synced, 0);
    g_autoptr (GPtrArray) completed = ib_delivery_complete (ground->delivery, batch, NULL);
    g_assert_cmpuint (completed->len, ==, 1);
    g_assert_true (was_synced (ground, "held"));
}

/* The run before may have been cut off between the rename and the sync. */
static void
what_recovery_finds (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = write_one (ground, 1, "INBOX", NULL);
    put_in_place (ground, batch);
    g_string_truncate (synced, 0);
    g_autoptr (GPtrArray) completed = ib_delivery_complete (ground->delivery, batch, NULL);
    g_assert_cmpuint (completed->len, ==, 1);
    g_assert_true (was_synced (ground, "Mail/new"));
}

static void
a_write_that_fails (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    ib_fault_set ("delivery.write:1:ENOSPC");
    g_assert_null (write_one (ground, 1, "INBOX", &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
    g_autofree char *tmp = g_build_filename (ground->path, "tmp", NULL);
    g_autoptr (GDir) left = g_dir_open (tmp, 0, NULL);
    g_assert_cmpstr (g_dir_read_name (left), ==, NULL);
}

#define TEST(function)                                                                                       \
    {                                                                                                        \
#function, function                                                                                  \
    }
static const struct {
    const char *name;
    void (*test) (Ground *ground, gconstpointer data);
} tests[] = {
    TEST (a_new_maildir), TEST (a_delivery),          TEST (a_new_folder),       TEST (what_is_held),
    TEST (a_move),        TEST (what_recovery_finds), TEST (a_write_that_fails),
    TEST (what_waits_together), TEST (what_recovery_brings), TEST (what_recovery_finds_held), TEST (what_was_made_in_part),
};

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree char *path = g_strconcat ("/maildir-sync/", tests[i].name, NULL);
        g_test_add (g_strdelimit (path, "_", '-'), Ground, NULL, set_up, tests[i].test, tear_down);
    }
    return g_test_run ();
}
