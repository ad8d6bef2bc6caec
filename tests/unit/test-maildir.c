/* The Maildir and the held folder: names, folders, moves, and what mail clients do to both meanwhile. */
#include "delivery.h"

#include "fault.h"
#include "fs.h"
#include "maildir-private.h"
#include "no-threads.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- ground ---------------------------------------------------------------------------------------------- */

typedef struct {
    char *folder, *path, *held_path;
    IbMaildir *maildir;
    IbHeld *held;
    IbDelivery *delivery;
} Ground;

static void
set_up (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    ground->folder = g_dir_make_tmp ("ib-maildir-XXXXXX", NULL);
    ground->path = g_build_filename (ground->folder, "Mail", NULL);
    ground->held_path = g_build_filename (ground->folder, "state", "held", NULL);
    ground->maildir = ib_maildir_open (ground->path, (IbLayout) GPOINTER_TO_INT (data), &error);
    g_assert_no_error (error);
    ground->held = ib_held_open (ground->held_path, &error);
    g_assert_no_error (error);
    ground->delivery = ib_delivery_new (ground->maildir, ground->held);
}

static void
tear_down (Ground *ground, gconstpointer data)
{
    ib_fault_set (NULL);
    ib_delivery_free (ground->delivery);
    ib_held_close (ground->held);
    ib_maildir_close (ground->maildir);
    g_autofree char *remove = g_strdup_printf ("chmod -R u+w '%s'; rm -rf '%s'", ground->folder, ground->folder);
    const char *const argv[] = { "sh", "-c", remove, NULL };
    g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
    g_free (ground->folder);
    g_free (ground->path);
    g_free (ground->held_path);
}

static int
memory (const char *text)
{
    int fd = memfd_create ("message", MFD_CLOEXEC);
    g_assert_true (ib_fs_write (fd, text, strlen (text), "memory", NULL));
    return fd;
}

/* Ends with a NULL folder; each folder is followed by its info. */
static IbStory *
make_story (guint32 uid, const char *folder, ...)
{
    va_list more;
    IbStory *story = ib_story_new ();
    ib_story_imap_id ("home", "INBOX", 7, uid, story->id);
    story->internal_date_s = 1600000000;
    story->delivered_at = G_GINT64_CONSTANT (1700000000000001);
    va_start (more, folder);
    for (; folder != NULL; folder = va_arg (more, const char *))
        ib_story_add_file (story, folder, va_arg (more, const char *));
    va_end (more);
    return story;
}

static GPtrArray *
batch_of (IbStory *story)
{
    GPtrArray *batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    g_ptr_array_add (batch, story);
    return batch;
}

static bool
write_text (Ground *ground, IbStory *story, const char *text, GError **error)
{
    const IbPiece source = { memory (text), 0, strlen (text) };
    bool is_written = ib_delivery_write (ground->delivery, story, &source, NULL, 0, error);
    close (source.fd);
    return is_written;
}

static bool
place (Ground *ground, GPtrArray *batch, GError **error)
{
    return ib_delivery_sync (ground->delivery, batch, error) && ib_delivery_rename (ground->delivery, batch, error) &&
           ib_delivery_sync_folders (ground->delivery, batch, error);
}

/* Delivers "text\n"; the first file's name. */
static char *
deliver (Ground *ground, IbStory *story)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) batch = batch_of (story);
    g_assert_true (write_text (ground, story, "text\n", &error));
    g_assert_true (place (ground, batch, &error));
    g_assert_no_error (error);
    return g_strdup (((IbStoryFile *) g_ptr_array_index (story->files, 0))->name);
}

/* All paths of plain files below @folder, sorted, a line each, relative. */
static char *
tree (const char *folder)
{
    const char *const argv[] = { "sh", "-c", "find . -type f ! -name maildirfolder | sort", NULL };
    char *out = NULL;
    g_assert_true (g_spawn_sync (folder, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL, NULL));
    return out;
}

static void
assert_empty (const char *folder)
{
    g_autofree char *files = tree (folder);
    g_assert_cmpstr (files, ==, "");
}

static char *
contents (const char *folder, const char *directory, const char *name)
{
    char *text = NULL;
    g_autofree char *path = g_build_filename (folder, directory, name, NULL);
    if (!g_file_get_contents (path, &text, NULL, NULL))
        return NULL;
    return text;
}

static char *
list (Ground *ground)
{
    g_auto (GStrv) folders = ib_maildir_list (ground->maildir);
    return g_strjoinv (" ", folders);
}

/* What a client does: path relative to the Maildir. */
static void
client_makes (Ground *ground, const char *path)
{
    g_autofree char *whole = g_build_filename (ground->path, path, NULL);
    g_assert_cmpint (g_mkdir_with_parents (whole, 0700), ==, 0);
}

static void
client_writes (Ground *ground, const char *path)
{
    g_autofree char *whole = g_build_filename (ground->path, path, NULL);
    g_assert_true (g_file_set_contents (whole, "client\n", -1, NULL));
}

/* --- delivery --------------------------------------------------------------------------------------------- */

static void
names_are_as_promised (Ground *ground, gconstpointer data)
{
    g_autofree char *name = deliver (ground, make_story (1, "INBOX", "", NULL));
    g_autoptr (GRegex) form = g_regex_new ("^1700000000\\.M1_[0-9]+\\.[0-9a-f]{32}-0\\.[A-Za-z0-9._-]+,S=5$", 0, 0, NULL);
    g_assert_true (g_regex_match (form, name, 0, NULL));
    g_autofree char *text = contents (ground->path, "new", name);
    g_assert_cmpstr (text, ==, "text\n");

    struct stat status;
    g_autofree char *path = g_build_filename (ground->path, "new", name, NULL);
    g_assert_cmpint (stat (path, &status), ==, 0);
    g_assert_cmpint (status.st_mtime, ==, 1600000000);
    g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
    g_assert_cmpuint (status.st_nlink, ==, 1);
}

static void
flags_go_to_cur (Ground *ground, gconstpointer data)
{
    g_autofree char *name = deliver (ground, make_story (1, "Junk", "2,FS", NULL));
    g_autofree char *directory = ib_folder_to_directory ("Junk", (IbLayout) GPOINTER_TO_INT (data));
    g_autofree char *cur = g_build_filename (directory, "cur", NULL);
    g_autofree char *info = g_strconcat (name, ":2,FS", NULL);
    g_autofree char *text = contents (ground->path, cur, info);
    g_assert_cmpstr (text, ==, "text\n");
}

static void
no_date_is_now (Ground *ground, gconstpointer data)
{
    gint64 before = g_get_real_time () / G_USEC_PER_SEC - 2;
    IbStory *story = make_story (1, "INBOX", "", NULL);
    story->internal_date_s = 0;
    g_autofree char *name = deliver (ground, story);
    g_autofree char *path = g_build_filename (ground->path, "new", name, NULL);
    struct stat status;
    g_assert_cmpint (stat (path, &status), ==, 0);
    g_assert_cmpint (status.st_mtime, >=, before);
}

static void
copies_are_files_of_their_own (Ground *ground, gconstpointer data)
{
    IbStory *story = make_story (1, "INBOX", "", "Lists.foo", "2,S", "INBOX", "2,S", NULL);
    g_autoptr (GPtrArray) batch = batch_of (story);
    g_assert_true (write_text (ground, story, "text\n", NULL));
    g_assert_true (place (ground, batch, NULL));
    for (guint i = 0; i < 3; i++) {
        const IbStoryFile *file = g_ptr_array_index (story->files, i);
        g_autofree char *folder = NULL;
        g_autofree char *path = ib_maildir_find (ground->maildir, file->name, &folder, NULL);
        g_assert_nonnull (path);
        g_assert_cmpstr (folder, ==, file->folder);
        g_assert_null (file->temporary);
        g_autofree char *copy = g_strdup_printf ("%s-%u.", story->id, i);
        g_assert_nonnull (strstr (file->name, copy));
    }
}

static void
stretches_are_joined (Ground *ground, gconstpointer data)
{
    g_autoptr (GBytes) head = g_bytes_new_static ("X: 1\n", 5);
    g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
    const IbStretch stretches[] = { { head, 0, 0 }, { NULL, 0, 5 }, { empty, 0, 0 }, { NULL, 10, 3 }, { NULL, 13, 0 } };
    IbStory *story = make_story (1, "INBOX", "", NULL);
    g_autoptr (GPtrArray) batch = batch_of (story);
    /* Another message stands before and behind it in its bag. */
    const IbPiece source = { memory ("otherFrom:Drop:abcother"), 5, 13 };
    g_assert_true (ib_delivery_write (ground->delivery, story, &source, stretches, 5, NULL));
    close (source.fd);
    g_assert_true (place (ground, batch, NULL));
    const IbStoryFile *file = g_ptr_array_index (story->files, 0);
    g_autofree char *text = contents (ground->path, "new", file->name);
    g_assert_cmpstr (text, ==, "X: 1\nFrom:abc");
    g_assert_true (g_str_has_suffix (file->name, ",S=13"));
}

/* Of a source of 10 bytes. */
static const struct { const char *name; IbStretch stretches[2]; } bad_stretches[] = {
    { "behind-the-end",  { { NULL, 0, 5 }, { NULL, 5, 6 } } },
    { "far-behind",      { { NULL, 0, 5 }, { NULL, G_MAXUINT64, 1 } } },
    { "overflow",        { { NULL, 1, G_MAXUINT64 }, { NULL, 5, 1 } } },
    { "backwards",       { { NULL, 5, 5 }, { NULL, 0, 5 } } },
    { "overlapping",     { { NULL, 0, 6 }, { NULL, 5, 5 } } },
};

static void
bad_stretches_are_refused (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground = { 0 };
    g_autoptr (GError) error = NULL;
    set_up (&ground, NULL);
    g_autoptr (IbStory) story = make_story (1, "INBOX", "", NULL);
    const IbPiece source = { memory ("other0123456789other"), 5, 10 };
    g_assert_false (ib_delivery_write (ground.delivery, story, &source, bad_stretches[i].stretches, 2, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    close (source.fd);
    assert_empty (ground.path);
    tear_down (&ground, NULL);
}

static void
empty_message_is_a_message (Ground *ground, gconstpointer data)
{
    IbStory *story = make_story (1, "INBOX", "", NULL);
    g_autoptr (GPtrArray) batch = batch_of (story);
    g_assert_true (write_text (ground, story, "", NULL));
    g_assert_true (place (ground, batch, NULL));
    const IbStoryFile *file = g_ptr_array_index (story->files, 0);
    g_assert_true (g_str_has_suffix (file->name, ",S=0"));
    g_autofree char *text = contents (ground->path, "new", file->name);
    g_assert_cmpstr (text, ==, "");
}

static void
repeating_changes_nothing (Ground *ground, gconstpointer data)
{
    IbStory *story = make_story (1, "INBOX", "", "", "", NULL);
    g_autoptr (GPtrArray) batch = batch_of (story);
    g_assert_true (write_text (ground, story, "text\n", NULL));
    g_autofree char *temporary = g_strdup (((IbStoryFile *) g_ptr_array_index (story->files, 0))->temporary);
    g_assert_true (place (ground, batch, NULL));
    g_autofree char *before = tree (ground->path);
    g_assert_true (place (ground, batch, NULL));

    /* As if the note that it was renamed had been lost; with the file still there, or read by a client. */
    IbStoryFile *file = g_ptr_array_index (story->files, 0);
    file->temporary = g_strdup (temporary);
    g_assert_true (place (ground, batch, NULL));
    g_autofree char *after = tree (ground->path);
    g_assert_cmpstr (before, ==, after);

    g_autofree char *from = g_build_filename (ground->path, "new", file->name, NULL);
    g_autofree char *to = g_strdup_printf ("%s/cur/%s:2,S", ground->path, file->name);
    g_assert_cmpint (g_rename (from, to), ==, 0);
    file->temporary = g_strdup (temporary);
    g_assert_true (place (ground, batch, NULL));

    /* As if the rename had been a copy. */
    g_autofree char *left = g_build_filename (ground->path, temporary, NULL);
    g_assert_true (g_file_set_contents (left, "text\n", 5, NULL));
    g_assert_cmpint (g_rename (to, from), ==, 0);
    file->temporary = g_strdup (temporary);
    g_assert_true (place (ground, batch, NULL));
    g_autofree char *last = tree (ground->path);
    g_assert_cmpstr (before, ==, last);
}

/* A clock that was set back may lead to a name that is in use, in tmp/ or where the file goes. */
static void
nothing_is_written_over (Ground *ground, gconstpointer data)
{
    g_autofree char *first = deliver (ground, make_story (1, "INBOX", "", NULL));
    IbStory *story = make_story (2, "INBOX", "", NULL);
    g_autoptr (GPtrArray) batch = batch_of (story);
    const char *behind_id = strstr (first, "-0.");
    g_autofree char *next = g_strdup_printf ("1700000000.M1_2.%s%.*s", story->id, (int) strcspn (behind_id, ","), behind_id);
    g_autofree char *waiting = g_build_filename (ground->path, "tmp", next, NULL);
    g_assert_true (g_file_set_contents (waiting, "mine", 4, NULL));
    g_assert_true (write_text (ground, story, "text\n", NULL));
    const IbStoryFile *file = g_ptr_array_index (story->files, 0);
    g_assert_false (g_str_has_prefix (file->name, next));

    g_autofree char *in_place = g_build_filename (ground->path, "new", file->name, NULL);
    g_assert_true (g_file_set_contents (in_place, "mine", 4, NULL));
    g_assert_true (place (ground, batch, NULL));
    g_autofree char *of_tmp = contents (ground->path, "tmp", next), *of_new = contents (ground->path, "new", file->name);
    g_assert_cmpstr (of_tmp, ==, "mine");
    g_assert_cmpstr (of_new, ==, "mine");
}

static void
abandoned_leaves_nothing (Ground *ground, gconstpointer data)
{
    IbStory *story = make_story (1, "INBOX", "", "Junk", "2,S", "", "", NULL);
    g_autoptr (GPtrArray) batch = batch_of (story);
    ib_fault_set ("delivery.sync:2:EIO");
    g_assert_true (write_text (ground, story, "text\n", NULL));
    ib_delivery_abandon (ground->delivery, batch);
    ib_fault_set (NULL);
    assert_empty (ground->folder);

    /* Its failed sync is nobody's any more. */
    g_free (deliver (ground, make_story (2, "INBOX", "", NULL)));
}

/* As when the journal cannot take the intents of what is being synced beside it. */
static void
abandoned_while_it_is_synced (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    for (guint32 i = 1; i <= 50; i++) {
        g_ptr_array_add (batch, make_story (i, "INBOX", "", "", "", NULL));
        g_assert_true (write_text (ground, g_ptr_array_index (batch, i - 1), "text\n", NULL));
    }
    (void) ib_delivery_begin_sync (ground->delivery, NULL, NULL);
    ib_delivery_abandon (ground->delivery, batch);
    assert_empty (ground->folder);
    g_free (deliver (ground, make_story (51, "INBOX", "", NULL)));
}

static gpointer
do_nothing (gpointer nothing)
{
    return nothing;
}

/* As where the user's processes have all that he may have. */
static void
begin_no_more_threads (void)
{
    have_no_more_threads ();
    g_assert_null (g_thread_try_new ("none", do_nothing, NULL, NULL));
}

/* Nobody helps, and what nobody began is not waited for. */
static void
is_synced_without_threads (void)
{
    if (!g_test_subprocess ()) {
        g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, 0);
        g_test_trap_assert_passed ();
        return;
    }
    Ground ground = { 0 };
    set_up (&ground, GINT_TO_POINTER (IB_LAYOUT_MAILDIRPP));
    begin_no_more_threads ();

    for (guint32 uid = 1; uid <= 2; uid++)
        g_free (deliver (&ground, make_story (uid, "INBOX", "", "Junk", "", NULL)));
    IbStory *story = make_story (3, "INBOX", "", NULL);
    g_autoptr (GPtrArray) batch = batch_of (story);
    g_assert_true (write_text (&ground, story, "text\n", NULL));
    (void) ib_delivery_begin_sync (ground.delivery, NULL, NULL);
    g_assert_true (place (&ground, batch, NULL));
    IbStory *unwanted = make_story (4, "INBOX", "", NULL);
    g_autoptr (GPtrArray) dropped = batch_of (unwanted);
    g_assert_true (write_text (&ground, unwanted, "text\n", NULL));
    (void) ib_delivery_begin_sync (ground.delivery, NULL, NULL);
    ib_delivery_abandon (ground.delivery, dropped);
    tear_down (&ground, NULL);
}

static void
count_call (gpointer user_data)
{
    g_atomic_int_inc ((gint *) user_data);
}

/* More files than may gather have a lot that is only in the way waited for: whoever asked when it is synced still hears it. */
static void
a_lot_in_the_way_is_told_of (void)
{
    if (!g_test_subprocess ()) {
        g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, 0);
        g_test_trap_assert_passed ();
        return;
    }
    Ground ground = { 0 };
    gint calls = 0;
    set_up (&ground, GINT_TO_POINTER (IB_LAYOUT_MAILDIRPP));
    begin_no_more_threads (); /* so that nobody syncs it before */
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    for (guint32 uid = 1; uid <= 300; uid++) {
        g_ptr_array_add (batch, make_story (uid, "INBOX", "", NULL));
        g_assert_true (write_text (&ground, g_ptr_array_index (batch, uid - 1), "text\n", NULL));
        if (uid == 1)
            g_assert_false (ib_delivery_begin_sync (ground.delivery, count_call, &calls));
    }
    g_assert_cmpint (g_atomic_int_get (&calls), ==, 1);
    g_assert_true (place (&ground, batch, NULL));
    g_assert_true (ib_delivery_begin_sync (ground.delivery, count_call, &calls)); /* nothing is left */
    g_assert_cmpint (g_atomic_int_get (&calls), ==, 2);
    tear_down (&ground, NULL);
}

/* @keeps: one file is in place already, and recovery wants the others. */
static const struct { const char *fault; bool in_write, keeps; } write_faults[] = {
    { "delivery.write:1:EIO",           true,  false },
    { "delivery.write:2:ENOSPC",        true,  false },
    { "fs.copy:3:ENOSPC",               true,  false },
    { "maildir.make-folder:1:ENOSPC",   true,  false },
    { "delivery.sync:1:EIO",            false, false },
    { "delivery.sync:3:EIO",            false, false },
    { "delivery.rename:1:EROFS",        false, false },
    { "delivery.rename:2:EROFS",        false, true },
    { "held.rename:1:EDQUOT",           false, true },
};

static void
faults_leave_nothing_unfinished (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground = { 0 };
    g_autoptr (GError) error = NULL;
    set_up (&ground, NULL);
    IbStory *story = make_story (1, "INBOX", "", "Junk", "", "", "", NULL);
    g_autoptr (GPtrArray) batch = batch_of (story);

    ib_fault_set (write_faults[i].fault);
    g_assert_cmpint (write_text (&ground, story, "text\n", &error), ==, !write_faults[i].in_write);
    g_assert_true (write_faults[i].in_write || !place (&ground, batch, &error));
    ib_fault_set (NULL);
    g_assert_nonnull (strstr (error->message, ground.folder));
    ib_delivery_abandon (ground.delivery, batch);

    g_autofree char *files = tree (ground.folder);
    g_assert_cmpint (strstr (files, "/tmp/") != NULL || strstr (files, ".tmp") != NULL, ==, write_faults[i].keeps);
    g_assert_true (!write_faults[i].in_write || *files == '\0');
    tear_down (&ground, NULL);
}

/* A source that is closed by whoever was the last to read it. */
typedef struct {
    int fd;
    gint closed; /* atomic: so many times */
} Beside;

static void
close_source (gpointer user_data)
{
    Beside *beside = user_data;
    close (beside->fd);
    g_atomic_int_inc (&beside->closed);
}

static bool
begin_text (Ground *ground, IbStory *story, const char *text, Beside *beside, GError **error)
{
    static const IbEdition whole = { NULL, 0 };
    beside->fd = memory (text);
    const IbPiece source = { beside->fd, 0, strlen (text) };
    return ib_delivery_begin_write (ground->delivery, story, &source, &whole, 1, close_source, beside, error);
}

/* Wherever it fails, the source is given back once. */
static void
faults_beside_leave_nothing_unfinished (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground = { 0 };
    Beside beside = { 0 };
    g_autoptr (GError) error = NULL;
    set_up (&ground, NULL);
    IbStory *story = make_story (1, "INBOX", "", "Junk", "", "", "", NULL);
    g_autoptr (GPtrArray) batch = batch_of (story);

    ib_fault_set (write_faults[i].fault);
    g_assert_false (begin_text (&ground, story, "text\n", &beside, &error) && place (&ground, batch, &error));
    ib_fault_set (NULL);
    g_assert_nonnull (strstr (error->message, ground.folder));
    ib_delivery_abandon (ground.delivery, batch);
    g_assert_cmpint (beside.closed, ==, 1);

    g_autofree char *files = tree (ground.folder);
    g_assert_cmpint (strstr (files, "/tmp/") != NULL || strstr (files, ".tmp") != NULL, ==, write_faults[i].keeps);
    tear_down (&ground, NULL);
}

static void
many_are_written_beside (Ground *ground, gconstpointer data)
{
    enum { MANY = 600 };
    g_autofree Beside *besides = g_new0 (Beside, MANY);
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    for (guint32 i = 0; i < MANY; i++) {
        g_autofree char *text = g_strdup_printf ("text %u\n", i);
        IbStory *story = make_story (i, i % 3 == 0 ? "Junk" : "INBOX", "", NULL);
        g_ptr_array_add (batch, story);
        g_assert_true (begin_text (ground, story, text, &besides[i], NULL));
    }
    g_assert_true (place (ground, batch, NULL));
    for (guint32 i = 0; i < MANY; i++) {
        const IbStory *story = g_ptr_array_index (batch, i);
        g_autofree char *path = ib_maildir_path_of (ground->maildir, g_ptr_array_index (story->files, 0));
        g_autofree char *expected = g_strdup_printf ("text %u\n", i), *found = NULL;
        struct stat status;
        g_assert_true (g_file_get_contents (path, &found, NULL, NULL));
        g_assert_cmpstr (found, ==, expected);
        g_assert_cmpint (stat (path, &status), ==, 0);
        g_assert_cmpint (status.st_mtime, ==, 1600000000);
        g_assert_cmpint (besides[i].closed, ==, 1);
    }
}

/* When threads can be started again, they help again. */
static void
is_helped_again (void)
{
    enum { MANY = 4 };
    if (!g_test_subprocess ()) {
        g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, 0);
        g_test_trap_assert_passed ();
        return;
    }
    Ground ground = { 0 };
    Beside besides[2 * MANY] = { 0 };
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    set_up (&ground, GINT_TO_POINTER (IB_LAYOUT_MAILDIRPP));
    for (guint32 i = 0; i < 2 * MANY; i++)
        g_ptr_array_add (batch, make_story (i + 1, "INBOX", "", NULL));

    begin_no_more_threads ();
    for (guint32 i = 0; i < MANY; i++)
        g_assert_true (begin_text (&ground, batch->pdata[i], "text\n", &besides[i], NULL));
    have_threads_again ();
    g_assert_true (ib_delivery_sync (ground.delivery, batch, NULL));
    while (g_thread_pool_get_num_unused_threads () == 0)
        g_usleep (1000); /* one that has nothing to do any more */
    for (guint32 i = MANY; i < 2 * MANY; i++)
        g_assert_true (begin_text (&ground, batch->pdata[i], "text\n", &besides[i], NULL));
    while (g_atomic_int_get (&besides[MANY].closed) == 0)
        g_usleep (1000); /* not by us */
    ib_delivery_abandon (ground.delivery, batch);
    tear_down (&ground, NULL);
}

/* Whoever has nothing else to do writes what is left, without syncing it. */
static void
rest_is_written (Ground *ground, gconstpointer data)
{
    Beside beside = { 0 };
    g_autoptr (GPtrArray) batch = batch_of (make_story (1, "INBOX", "", NULL));
    g_assert_true (begin_text (ground, g_ptr_array_index (batch, 0), "text\n", &beside, NULL));
    ib_delivery_write_rest (ground->delivery);
    g_assert_cmpint (beside.closed, ==, 1);
    ib_delivery_abandon (ground->delivery, batch);
    assert_empty (ground->folder);
}

static void
many_are_synced (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint32 i = 0; i < 600; i++) {
        IbStory *story = make_story (i, i % 3 == 0 ? "Junk" : "INBOX", i % 2 == 0 ? "" : "2,S", NULL);
        g_ptr_array_add (batch, story);
        g_assert_true (write_text (ground, story, "text\n", NULL));
        g_hash_table_add (names, ((IbStoryFile *) g_ptr_array_index (story->files, 0))->name);
    }
    g_assert_true (place (ground, batch, NULL));
    g_assert_cmpuint (g_hash_table_size (names), ==, 600);
    g_autofree char *files = tree (ground->path);
    g_auto (GStrv) lines = g_strsplit (g_strchomp (files), "\n", -1);
    g_assert_cmpuint (g_strv_length (lines), ==, 600);
}

/* --- folders ---------------------------------------------------------------------------------------------- */

static void
folders_are_made_with_parents (Ground *ground, gconstpointer data)
{
    g_assert_true (ib_maildir_make_folder (ground->maildir, "Lists.a.b", NULL));
    g_assert_true (ib_maildir_make_folder (ground->maildir, "Lists.a.b", NULL));
    g_assert_true (ib_maildir_make_folder (ground->maildir, "INBOX.sub", NULL));
    g_assert_true (ib_maildir_make_folder (ground->maildir, "INBOX", NULL));
    g_autofree char *folders = list (ground);
    g_assert_cmpstr (folders, ==, "INBOX INBOX.sub Lists Lists.a Lists.a.b");

    g_autofree char *mark = g_build_filename (ground->path, ".Lists.a.b", "maildirfolder", NULL);
    g_assert_cmpint (g_file_test (mark, G_FILE_TEST_EXISTS), ==, GPOINTER_TO_INT (data) == IB_LAYOUT_MAILDIRPP);
}

static const char *const foreign[] = { "../x", "..", ".", "a..b", "a/b", "/etc", "", ".x" };

static void
names_do_not_lead_out (Ground *ground, gconstpointer data)
{
    for (gsize i = 0; i < G_N_ELEMENTS (foreign); i++) {
        g_autoptr (GError) error = NULL;
        if (*foreign[i] == '\0')
            continue; /* held */
        g_autoptr (IbStory) story = make_story (1, foreign[i], "", NULL);
        g_assert_false (write_text (ground, story, "text\n", &error));
        g_assert_nonnull (error);
    }
    assert_empty (ground->folder);
    g_autofree char *folders = list (ground);
    g_assert_cmpstr (folders, ==, "INBOX");
}

static void
what_clients_keep_is_no_folder (Ground *ground, gconstpointer data)
{
    client_makes (ground, ".notmuch/xapian");
    client_writes (ground, "dovecot-uidlist");
    client_writes (ground, ".Junk.cmeta");
    client_writes (ground, "..maildir++");
    client_makes (ground, "notes/cur-ious");
    client_makes (ground, ".half/new");
    g_autofree char *folders = list (ground);
    g_assert_cmpstr (folders, ==, "INBOX");
    g_free (deliver (ground, make_story (1, "Junk", "", NULL)));
}

static void
links_are_not_followed (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *directory = ib_folder_to_directory ("Evil", (IbLayout) GPOINTER_TO_INT (data));
    g_autofree char *link = g_build_filename (ground->path, directory, NULL);
    g_autofree char *elsewhere = g_build_filename (ground->folder, "elsewhere", NULL);
    g_autofree char *cur = g_build_filename (elsewhere, "cur", NULL);
    g_assert_cmpint (g_mkdir_with_parents (cur, 0700), ==, 0);
    g_assert_cmpint (symlink (elsewhere, link), ==, 0);

    g_autoptr (IbStory) story = make_story (1, "Evil", "", NULL);
    g_assert_true (write_text (ground, story, "text\n", &error));
    g_assert_nonnull (strstr (story->note, link));
    g_assert_cmpstr (((IbStoryFile *) story->files->pdata[0])->folder, ==, "INBOX");
    assert_empty (elsewhere);
    g_autofree char *folders = list (ground);
    g_assert_cmpstr (folders, ==, "INBOX");

    /* Nor is a linked part. */
    g_autofree char *part = g_build_filename (ground->path, "new", NULL);
    g_assert_cmpint (g_rmdir (part), ==, 0);
    g_assert_cmpint (symlink (elsewhere, part), ==, 0);
    g_assert_null (ib_maildir_open (ground->path, (IbLayout) GPOINTER_TO_INT (data), NULL));
}

static void
removed_folder_is_made_again (Ground *ground, gconstpointer data)
{
    g_free (deliver (ground, make_story (1, "Lists.foo", "", NULL)));
    IbStory *story = make_story (2, "Lists.foo", "", NULL);
    g_autoptr (GPtrArray) batch = batch_of (story);
    g_assert_true (write_text (ground, story, "text\n", NULL));
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s/.Lists.foo' '%s/Lists'", ground->path, ground->path);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));

    /* The batch fails, for its file is gone; the same message then goes its way. */
    g_assert_false (place (ground, batch, NULL));
    ib_delivery_abandon (ground->delivery, batch);
    g_assert_true (write_text (ground, story, "text\n", NULL));
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
    g_free (deliver (ground, make_story (3, "Lists.foo", "", NULL)));
}

/* The next batch goes where its folder is called so, not where that went. */
static void
renamed_folder_is_left (Ground *ground, gconstpointer data)
{
    g_autofree char *first = deliver (ground, make_story (1, "Lists", "", NULL));
    const char *directory = GPOINTER_TO_INT (data) == IB_LAYOUT_FS ? "Lists" : ".Lists";
    g_autofree char *from = g_build_filename (ground->path, directory, NULL);
    g_autofree char *to = g_strconcat (from, "-of-old", NULL);
    g_assert_cmpint (g_rename (from, to), ==, 0);
    g_autofree char *second = deliver (ground, make_story (2, "Lists", "", NULL));
    g_autofree char *of_old = g_build_filename (to, "new", first, NULL), *new = g_build_filename (from, "new", second, NULL);
    g_assert_true (g_file_test (of_old, G_FILE_TEST_EXISTS) && g_file_test (new, G_FILE_TEST_EXISTS));
}

/* --- finding, moving, sweeping ----------------------------------------------------------------------------- */

static void
is_found_wherever_it_went (Ground *ground, gconstpointer data)
{
    g_autofree char *name = deliver (ground, make_story (1, "INBOX", "", NULL));
    g_free (deliver (ground, make_story (2, "INBOX", "2,S", NULL)));
    g_assert_true (ib_maildir_make_folder (ground->maildir, "Archive.2026", NULL));
    g_autofree char *directory = ib_folder_to_directory ("Archive.2026", (IbLayout) GPOINTER_TO_INT (data));
    g_autofree char *unique = g_strndup (name, strcspn (name, ","));
    g_autofree char *from = g_build_filename (ground->path, "new", name, NULL);
    g_autofree char *to = g_strdup_printf ("%s/%s/cur/%s,W=6:2,RSab", ground->path, directory, unique);
    g_assert_cmpint (g_rename (from, to), ==, 0);

    g_autofree char *folder = NULL;
    g_autofree char *path = ib_maildir_find (ground->maildir, name, &folder, NULL);
    g_assert_cmpstr (path, ==, to);
    g_assert_cmpstr (folder, ==, "Archive.2026");
    unique[strlen (unique) - 1] = '\0';
    g_assert_null (ib_maildir_find (ground->maildir, unique, NULL, NULL));
}

static void
gather (const char *folder, const char *path, const char *name, const char *id, gpointer user_data)
{
    g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
    g_assert_nonnull (strstr (path, name));
    g_assert_null (strchr (name, ':'));
    g_hash_table_add (user_data, g_strdup_printf ("%s %s", folder, id));
}

static void
scan_knows_ours (Ground *ground, gconstpointer data)
{
    g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    char ids[3][IB_ID_LENGTH + 1];
    for (guint32 i = 0; i < 3; i++)
        ib_story_imap_id ("home", "INBOX", 7, i, ids[i]);
    g_free (deliver (ground, make_story (0, "INBOX", "", "Lists.foo", "2,S", NULL)));
    g_free (deliver (ground, make_story (1, "Junk", "", NULL)));
    g_free (deliver (ground, make_story (2, "", "", NULL)));
    client_writes (ground, "cur/1700000000.M1P2.host,S=7:2,S");
    client_writes (ground, "cur/1700000000.M1_1.00112233445566778899aabbccddeeff.host:2,S");
    client_writes (ground, "cur/.1700000000.M1_1.00112233445566778899aabbccddeeff-0.host");
    client_writes (ground, "tmp/1700000000.M1_1.00112233445566778899aabbccddeeff-0.host");

    g_assert_true (ib_maildir_scan (ground->maildir, gather, found, NULL));
    g_assert_cmpuint (g_hash_table_size (found), ==, 3);
    const char *const folders[] = { "INBOX", "Lists.foo", "Junk" };
    for (guint i = 0; i < 3; i++) {
        g_autofree char *key = g_strdup_printf ("%s %s", folders[i], ids[i == 2 ? 1 : 0]);
        g_assert_true (g_hash_table_contains (found, key));
    }
}

static void
add_served (guint32 uid, const char *name, gpointer user_data)
{
    g_string_append_printf (user_data, "%u %s\n", uid, name);
}

static void
write_list (Ground *ground, const char *folder, const char *text)
{
    g_autofree char *path = g_build_filename (ground->path, folder, "dovecot-uidlist", NULL);
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* Those of the mailbox that is asked for, from a list that is one, each line of it that is whole. */
static void
what_a_server_calls_files_is_read (Ground *ground, gconstpointer data)
{
    g_autoptr (GString) served = g_string_new (NULL);
    g_assert_true (ib_maildir_make_folder (ground->maildir, "Lists.foo", NULL));
    const char *folder = GPOINTER_TO_INT (data) == IB_LAYOUT_FS ? "Lists/foo" : ".Lists.foo";
    write_list (ground, "",
                "3 V7 N9 Gabc\n1 :one:2,S\n4 W12 P: :two,S=3\nx :no\n0 :no\n4294967296 :no\n5\n\n:no\n6 :three\n7 :unfin");
    write_list (ground, folder, "3 V8 N2\n1 :other\n");
    ib_maildir_served (ground->maildir, 7, add_served, served);
    g_assert_cmpstr (served->str, ==, "1 one:2,S\n4 two,S=3\n6 three\n");

    g_string_truncate (served, 0);
    ib_maildir_served (ground->maildir, 8, add_served, served);
    g_assert_cmpstr (served->str, ==, "1 other\n");

    static const char *const strange[] = { "", "3 V", "3 V8", "2 V8 N2\n1 :no\n", "3 V0 N2\n1 :no\n", "3 V99999999999 N2\n1 :no\n" };
    for (gsize i = 0; i < G_N_ELEMENTS (strange); i++) {
        g_string_truncate (served, 0);
        write_list (ground, folder, strange[i]);
        ib_maildir_served (ground->maildir, 8, add_served, served);
        ib_maildir_served (ground->maildir, 0, add_served, served);
        g_assert_cmpstr (served->str, ==, "");
    }
}

static void
gone_maildir_is_an_error (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", ground->path);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
    g_assert_false (ib_maildir_scan (ground->maildir, gather, found, &error));
    g_assert_nonnull (strstr (error->message, ground->path));
}

/* Only what is not there was removed: of the rest the system's own reason is told. */
static void
what_cannot_be_looked_at_was_not_removed (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) removed = NULL, unreadable = NULL;
    g_autofree char *away = g_strconcat (ground->path, ".away", NULL);
    g_assert_cmpint (g_rename (ground->path, away), ==, 0);
    g_autoptr (IbStory) story = make_story (1, "Lists.foo", "", NULL);
    g_assert_false (write_text (ground, story, "text\n", &removed));
    g_assert_nonnull (strstr (removed->message, "was removed"));

    g_assert_cmpint (symlink (ground->path, ground->path), ==, 0);
    g_assert_false (write_text (ground, story, "text\n", &unreadable));
    g_assert_nonnull (strstr (unreadable->message, g_strerror (ELOOP)));
    g_assert_cmpint (g_unlink (ground->path), ==, 0);
    g_assert_cmpint (g_rename (away, ground->path), ==, 0);
}

/* What is open still goes into the one that was there before. */
static void
nothing_goes_into_one_that_was_replaced (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *away = g_strconcat (ground->path, ".away", NULL);
    g_assert_cmpint (g_rename (ground->path, away), ==, 0);
    g_assert_cmpint (g_mkdir (ground->path, 0700), ==, 0);
    g_autoptr (IbStory) story = make_story (1, "Lists.foo", "", NULL);
    g_assert_false (write_text (ground, story, "text\n", &error));
    g_assert_error (error, IB_MAILDIR_ERROR, IB_MAILDIR_ERROR_CHANGED);
    g_assert_cmpint (g_rmdir (ground->path), ==, 0);
    g_assert_cmpint (g_rename (away, ground->path), ==, 0);
}

static guint
count_descriptors (void)
{
    guint count = 0;
    g_autoptr (GDir) all = g_dir_open ("/proc/self/fd", 0, NULL);
    while (g_dir_read_name (all) != NULL)
        count++;
    return count;
}

/* A filter may sort into hundreds of folders, within one batch. */
static void
few_folders_are_kept_open (Ground *ground, gconstpointer data)
{
    guint before = count_descriptors ();
    for (guint i = 0; i < 100; i++) {
        g_autofree char *folder = g_strdup_printf ("Lists.%u", i);
        g_assert_nonnull (ib_maildir_place (ground->maildir, folder, NULL));
    }
    g_assert_cmpuint (count_descriptors () - before, <=, 3 * 60);
}

static void
moves_keep_name_and_flags (Ground *ground, gconstpointer data)
{
    g_autofree char *read = deliver (ground, make_story (1, "INBOX", "2,FS", NULL));
    g_autofree char *fresh = deliver (ground, make_story (2, "INBOX", "", NULL));
    g_autofree char *read_path = ib_maildir_find (ground->maildir, read, NULL, NULL);
    g_autofree char *fresh_path = ib_maildir_find (ground->maildir, fresh, NULL, NULL);
    g_autofree char *moved = ib_maildir_move (ground->maildir, read_path, "Lists.new-one", NULL);
    g_assert_true (g_str_has_suffix (moved, ":2,FS"));
    g_assert_true (g_file_test (moved, G_FILE_TEST_EXISTS));
    g_assert_false (g_file_test (read_path, G_FILE_TEST_EXISTS));

    /* A client read the other one between our look and our move. */
    g_autofree char *cur = g_strdup_printf ("%s/cur/%s:2,S", ground->path, fresh);
    g_assert_cmpint (g_rename (fresh_path, cur), ==, 0);
    g_autofree char *second = ib_maildir_move (ground->maildir, fresh_path, "Junk", NULL);
    g_assert_true (g_str_has_suffix (second, ":2,S"));
    g_autofree char *folder = NULL;
    g_autofree char *found = ib_maildir_find (ground->maildir, fresh, &folder, NULL);
    g_assert_cmpstr (found, ==, second);
    g_assert_cmpstr (folder, ==, "Junk");
}

static void
a_slash_behind_its_path_is_no_matter (Ground *ground, gconstpointer data)
{
    g_autofree char *path = g_strconcat (ground->path, "//", NULL);
    g_autoptr (IbMaildir) maildir = ib_maildir_open (path, IB_LAYOUT_MAILDIRPP, NULL);
    g_autofree char *name = deliver (ground, make_story (1, "INBOX", "", NULL));
    g_autofree char *found = ib_maildir_find (maildir, name, NULL, NULL);
    g_autofree char *moved = ib_maildir_move (maildir, found, "Junk", NULL);
    g_assert_cmpstr (ib_maildir_path (maildir), ==, ground->path);
    g_assert_nonnull (moved);
}

/* Somebody put a link where a folder of the Maildir was, between our look and our move. */
static void
nothing_moves_through_a_link (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *outside = g_dir_make_tmp ("inbasket-outside-XXXXXX", NULL);
    g_autofree char *cur = g_build_filename (outside, "cur", NULL);
    g_autofree char *theirs = g_build_filename (cur, "private", NULL);
    g_autofree char *renamed = g_build_filename (cur, "private:2,S", NULL);
    g_autofree char *link = g_build_filename (ground->path, ".Away", NULL);
    g_autofree char *path = g_build_filename (link, "cur", "private", NULL);
    g_autofree char *read = g_build_filename (link, "cur", "private:2,S", NULL);
    g_assert_cmpint (g_mkdir (cur, 0700), ==, 0);
    g_assert_true (g_file_set_contents (theirs, "x", 1, NULL));
    g_assert_cmpint (symlink (outside, link), ==, 0);

    g_assert_null (ib_maildir_move (ground->maildir, path, "Junk", &error));
    g_assert_nonnull (strstr (error->message, g_strerror (ENOTDIR)));
    g_clear_error (&error);
    g_assert_false (ib_maildir_give_name (ground->maildir, path, read, &error));
    g_assert_nonnull (strstr (error->message, g_strerror (ENOTDIR)));
    g_clear_error (&error);
    g_assert_null (ib_maildir_move (ground->maildir, theirs, "Junk", &error));
    g_assert_nonnull (strstr (error->message, g_strerror (EXDEV)));
    g_assert_true (g_file_test (theirs, G_FILE_TEST_EXISTS));
    (void) g_unlink (theirs);
    (void) g_rmdir (cur);
    (void) g_rmdir (outside);
}

static void
what_is_gone_cannot_move (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *name = deliver (ground, make_story (1, "INBOX", "", NULL));
    g_autofree char *path = ib_maildir_find (ground->maildir, name, NULL, NULL);
    g_assert_cmpint (g_unlink (path), ==, 0);
    g_assert_null (ib_maildir_move (ground->maildir, path, "Junk", &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
sweep_takes_ours_only (Ground *ground, gconstpointer data)
{
    g_autoptr (IbStory) story = make_story (1, "INBOX", "", "Junk", "", "", "", NULL);
    g_assert_true (write_text (ground, story, "text\n", NULL));
    g_autoptr (GPtrArray) batch = g_ptr_array_new ();
    g_ptr_array_add (batch, story);
    g_assert_true (ib_delivery_sync (ground->delivery, batch, NULL));
    client_writes (ground, "tmp/1700000000.M1P2.host");
    g_assert_true (ib_maildir_sweep (ground->maildir, NULL));
    g_assert_true (ib_held_sweep (ground->held, NULL));
    g_autofree char *files = tree (ground->folder);
    g_assert_cmpstr (files, ==, "./Mail/tmp/1700000000.M1P2.host\n");
}

/* --- held -------------------------------------------------------------------------------------------------- */

static void
held_is_found_and_brought_back (Ground *ground, gconstpointer data)
{
    struct stat status;
    IbStory *story = make_story (1, "", "", NULL);
    g_autofree char *id = g_strdup (story->id);
    g_autofree char *name = deliver (ground, story);
    g_assert_cmpstr (name, ==, id);
    g_assert_cmpint (stat (ground->held_path, &status), ==, 0);
    g_assert_cmpuint (status.st_mode & 0777, ==, 0700);
    g_autofree char *path = ib_held_find (ground->held, id);
    g_assert_cmpint (stat (path, &status), ==, 0);
    g_assert_cmpint (status.st_mtime, ==, 1600000000);

    /* undo: the file's bytes into a folder */
    IbStory *back = make_story (1, "INBOX", "", NULL);
    g_autoptr (GPtrArray) batch = batch_of (back);
    IbPiece source = { .fd = open (path, O_RDONLY | O_CLOEXEC) };
    g_assert_cmpint (fstat (source.fd, &status), ==, 0);
    source.size_bytes = (guint64) status.st_size;
    g_assert_true (ib_delivery_write (ground->delivery, back, &source, NULL, 0, NULL));
    close (source.fd);
    g_assert_true (place (ground, batch, NULL));
    g_assert_true (ib_held_remove (ground->held, id, NULL));
    g_assert_true (ib_held_remove (ground->held, id, NULL));
    g_assert_null (ib_held_find (ground->held, id));
    g_autofree char *text = contents (ground->path, "new", ((IbStoryFile *) g_ptr_array_index (back->files, 0))->name);
    g_assert_cmpstr (text, ==, "text\n");
}

static const char *const no_ids[] = { "", "..", "../../etc/passwd", "x", "00112233445566778899AABBCCDDEEFF",
                                      "00112233445566778899aabbccddeeff.tmp" };

static void
no_id_leads_out_of_held (Ground *ground, gconstpointer data)
{
    for (gsize i = 0; i < G_N_ELEMENTS (no_ids); i++) {
        g_assert_null (ib_held_find (ground->held, no_ids[i]));
        g_assert_false (ib_held_remove (ground->held, no_ids[i], NULL));
    }
}

#define TEST(function) { #function, function }
static const struct { const char *name; void (*test) (Ground *, gconstpointer); } tests[] = {
    TEST (names_are_as_promised),
    TEST (flags_go_to_cur),
    TEST (no_date_is_now),
    TEST (copies_are_files_of_their_own),
    TEST (stretches_are_joined),
    TEST (empty_message_is_a_message),
    TEST (repeating_changes_nothing),
    TEST (nothing_is_written_over),
    TEST (abandoned_leaves_nothing),
    TEST (abandoned_while_it_is_synced),
    TEST (many_are_written_beside),
    TEST (rest_is_written),
    TEST (many_are_synced),
    TEST (folders_are_made_with_parents),
    TEST (names_do_not_lead_out),
    TEST (what_clients_keep_is_no_folder),
    TEST (links_are_not_followed),
    TEST (removed_folder_is_made_again),
    TEST (renamed_folder_is_left),
    TEST (is_found_wherever_it_went),
    TEST (scan_knows_ours),
    TEST (what_a_server_calls_files_is_read),
    TEST (gone_maildir_is_an_error),
    TEST (what_cannot_be_looked_at_was_not_removed),
    TEST (nothing_goes_into_one_that_was_replaced),
    TEST (few_folders_are_kept_open),
    TEST (moves_keep_name_and_flags),
    TEST (a_slash_behind_its_path_is_no_matter),
    TEST (nothing_moves_through_a_link),
    TEST (what_is_gone_cannot_move),
    TEST (sweep_takes_ours_only),
    TEST (held_is_found_and_brought_back),
    TEST (no_id_leads_out_of_held),
};

int
main (int argc, char **argv)
{
    static const char *const layouts[] = { "maildirpp", "fs" };
    g_test_init (&argc, &argv, NULL);
    for (IbLayout layout = IB_LAYOUT_MAILDIRPP; layout <= IB_LAYOUT_FS; layout++)
        for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
            g_autofree char *path = g_strdup_printf ("/maildir/%s/%s", layouts[layout], tests[i].name);
            g_test_add (g_strdelimit (path, "_", '-'), Ground, GINT_TO_POINTER (layout), set_up, tests[i].test,
                        tear_down);
        }
    g_test_add_func ("/maildir/is-synced-without-threads", is_synced_without_threads);
    g_test_add_func ("/maildir/a-lot-in-the-way-is-told-of", a_lot_in_the_way_is_told_of);
    g_test_add_func ("/maildir/is-helped-again", is_helped_again);
    for (gsize i = 0; i < G_N_ELEMENTS (bad_stretches); i++) {
        g_autofree char *path = g_strconcat ("/maildir/bad-stretches/", bad_stretches[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), bad_stretches_are_refused);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (write_faults); i++) {
        g_autofree char *path = g_strconcat ("/maildir/faults/", write_faults[i].fault, NULL);
        g_autofree char *beside = g_strconcat ("/maildir/faults/beside/", write_faults[i].fault, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), faults_leave_nothing_unfinished);
        g_test_add_data_func (beside, GSIZE_TO_POINTER (i), faults_beside_leave_nothing_unfinished);
    }
    return g_test_run ();
}
