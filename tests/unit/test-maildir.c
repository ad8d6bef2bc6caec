/* The Maildir: what is delivered into it, under which names, and what stays after a failure. */
#include "maildir-ground.h"

#include "no-threads.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

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
