/* The Maildir's folders, and the held one: what is found and moved there, and what mail clients do to both meanwhile. */
#include "maildir-ground.h"

#include "maildir-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* --- syncs ------------------------------------------------------------------------------------------------- */

static int syncs_before_error; /* -1: none fails */
static GHashTable *synced;      /* inodes; NULL: nobody wants to know */

/* Stands before libc's. */
int
fsync (int fd)
{
    struct stat status;
    if (syncs_before_error > 0)
        syncs_before_error--;
    if (synced != NULL && syncs_before_error == 0) {
        syncs_before_error = -1;
        errno = EIO;
        return -1;
    }
    if (synced != NULL && fstat (fd, &status) == 0)
        g_hash_table_add (synced, GSIZE_TO_POINTER (status.st_ino));
    return (int) syscall (SYS_fsync, fd);
}

static bool
was_synced (const Ground *ground, const char *directory)
{
    struct stat status;
    g_autofree char *path = g_build_filename (ground->path, directory, NULL);
    g_assert_cmpint (stat (path, &status), ==, 0);
    return g_hash_table_contains (synced, GSIZE_TO_POINTER (status.st_ino));
}

/* --- what may not be opened --------------------------------------------------------------------------------- */

static const char *shut; /* a name that cannot be opened; NULL: none */
static int shut_because;

int openat64 (int folder, const char *name, int flags, ...);

/* Stands before libc's. */
int
openat64 (int folder, const char *name, int flags, ...)
{
    va_list arguments;
    va_start (arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg (arguments, mode_t) : 0;
    va_end (arguments);
    if (g_strcmp0 (name, shut) != 0)
        return (int) syscall (SYS_openat, folder, name, flags, mode);
    errno = shut_because;
    return -1;
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

/* Whichever sync fails: the mail that comes into the folder later must not go with it. */
static void
folder_that_may_not_last_is_synced_before_it_is_used (Ground *ground, gconstpointer data)
{
    bool is_fs = GPOINTER_TO_INT (data) == IB_LAYOUT_FS;
    const char *const above = is_fs ? "Lists" : ".Lists", *const folder = is_fs ? "Lists/foo" : ".Lists.foo";
    for (int number = 1; number <= 4; number++) {
        g_autoptr (GError) error = NULL;
        synced = g_hash_table_new (NULL, NULL);
        syncs_before_error = number;
        g_assert_false (ib_maildir_make_folder (ground->maildir, "Lists.foo", &error));
        g_assert_nonnull (strstr (error->message, g_strerror (EIO)));
        g_hash_table_remove_all (synced);
        g_free (deliver (ground, make_story ((guint32) number, "Lists.foo", "", NULL)));
        g_assert_true (was_synced (ground, folder) && was_synced (ground, is_fs ? above : ""));
        g_assert_true (number > 2 || (was_synced (ground, above) && was_synced (ground, "")));
        g_clear_pointer (&synced, g_hash_table_unref);
        g_autofree char *remove = g_strdup_printf ("rm -rf '%s/.Lists' '%s/.Lists.foo' '%s/Lists'", ground->path, ground->path,
                                                   ground->path);
        g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
    }
}

static void
maildir_that_may_not_last_is_synced_before_it_is_used (Ground *ground, gconstpointer data)
{
    g_autofree char *path = g_build_filename (ground->path, "of-another", NULL);
    g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
    synced = g_hash_table_new (NULL, NULL);
    syncs_before_error = 1;
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_maildir_open (path, (IbLayout) GPOINTER_TO_INT (data), &error));
    g_assert_nonnull (strstr (error->message, g_strerror (EIO)));
    g_autoptr (IbMaildir) maildir = ib_maildir_open (path, (IbLayout) GPOINTER_TO_INT (data), NULL);
    g_assert_nonnull (maildir);
    g_assert_true (was_synced (ground, "of-another"));
    g_clear_pointer (&synced, g_hash_table_unref);
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

static void
no_file (const char *folder, const char *path, const char *name, const char *id, gpointer user_data)
{
    g_assert_not_reached ();
}

/* A folder that nobody may read may hold mail of ours; but what the file system keeps at the top of a disk, is root's. */
static void
what_is_shut_is_no_empty_folder (Ground *ground, gconstpointer data)
{
    static const struct {
        const char *name;
        int number;
        bool is_no_folder;
    } cases[] = { { "lost+found", EACCES, true }, { "lost+found", EIO, false }, { "Other", EACCES, false } };
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;
        g_autofree char *name = g_strconcat (GPOINTER_TO_INT (data) == IB_LAYOUT_MAILDIRPP ? "." : "", cases[i].name, NULL);
        g_autofree char *path = g_build_filename (ground->path, name, NULL);
        g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
        shut = name;
        shut_because = cases[i].number;
        bool is_read = ib_maildir_scan (ground->maildir, no_file, NULL, &error);
        shut = NULL;
        g_assert_cmpint (is_read, ==, cases[i].is_no_folder && GPOINTER_TO_INT (data) == IB_LAYOUT_FS);
        g_assert_true (is_read || strstr (error->message, g_strerror (cases[i].number)) != NULL);
        g_assert_cmpint (g_rmdir (path), ==, 0);
    }
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
    g_autofree char *path = ib_held_find (ground->held, id, NULL);
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
    g_assert_null (ib_held_find (ground->held, id, NULL));
    g_autofree char *text = contents (ground->path, "new", ((IbStoryFile *) g_ptr_array_index (back->files, 0))->name);
    g_assert_cmpstr (text, ==, "text\n");
}

static const char *const no_ids[] = { "", "..", "../../etc/passwd", "x", "00112233445566778899AABBCCDDEEFF",
                                      "00112233445566778899aabbccddeeff.tmp" };

static void
no_id_leads_out_of_held (Ground *ground, gconstpointer data)
{
    for (gsize i = 0; i < G_N_ELEMENTS (no_ids); i++) {
        g_assert_null (ib_held_find (ground->held, no_ids[i], NULL));
        g_assert_false (ib_held_remove (ground->held, no_ids[i], NULL));
    }
}

#define TEST(function) { #function, function }
static const struct { const char *name; void (*test) (Ground *, gconstpointer); } tests[] = {
    TEST (folders_are_made_with_parents),
    TEST (names_do_not_lead_out),
    TEST (what_clients_keep_is_no_folder),
    TEST (links_are_not_followed),
    TEST (removed_folder_is_made_again),
    TEST (renamed_folder_is_left),
    TEST (folder_that_may_not_last_is_synced_before_it_is_used),
    TEST (maildir_that_may_not_last_is_synced_before_it_is_used),
    TEST (is_found_wherever_it_went),
    TEST (scan_knows_ours),
    TEST (what_a_server_calls_files_is_read),
    TEST (gone_maildir_is_an_error),
    TEST (what_is_shut_is_no_empty_folder),
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
            g_autofree char *path = g_strdup_printf ("/maildir-folders/%s/%s", layouts[layout], tests[i].name);
            g_test_add (g_strdelimit (path, "_", '-'), Ground, GINT_TO_POINTER (layout), set_up, tests[i].test,
                        tear_down);
        }
    return g_test_run ();
}
