/* Files and folders are made, copied, renamed and locked as promised, and a failure names its path. */
#include "fs.h"

#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *folder;
static int rename_errno, look_errno; /* 0: as it is */

/* These stand before libc's. */
int
renameat2 (int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    errno = rename_errno;
    return rename_errno != 0 ? -1 : (int) syscall (SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int
fstatat (int at, const char *restrict name, struct stat *restrict status, int flags)
{
    errno = look_errno;
    return look_errno != 0 ? -1 : (int) syscall (SYS_newfstatat, at, name, status, flags);
}

static char *
in_folder (const char *name)
{
    return g_build_filename (folder, name, NULL);
}

static void
makes_parents (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = in_folder ("a/b/c");
    g_assert_true (ib_fs_make_folder (path, &error));
    g_assert_true (ib_fs_make_folder (path, &error));
    struct stat status;
    g_assert_cmpint (stat (path, &status), ==, 0);
    g_assert_cmpuint (status.st_mode & 0777, ==, 0700);
}

/* Else the next one who wants it would take it for lasting. */
static void
folder_that_may_not_last_is_taken_back (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = in_folder ("lasting/or/not");
    g_assert_true (ib_fault_set ("fs.sync-folder:3:EIO"));
    g_assert_false (ib_fs_make_folder (path, &error));
    g_assert_nonnull (strstr (error->message, g_strerror (EIO)));
    g_assert_true (ib_fault_set ("fs.sync-folder:1:EIO"));
    g_assert_false (ib_fs_make_folder (path, NULL));
    g_assert_true (ib_fault_set (NULL));
    g_assert_true (ib_fs_make_folder (path, NULL));
}

/* Its parent may be written and not read: no other time could sync it either. */
static void
folder_that_nobody_may_sync_is_made (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = in_folder ("shut");
    g_assert_true (ib_fault_set ("fs.sync-folder:1:EACCES"));
    g_assert_true (ib_fs_make_folder (path, &error));
    g_assert_true (ib_fault_set (NULL));
    g_assert_no_error (error);
    g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR));
}

static void
makes_no_folder_of_a_file (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = in_folder ("plain");
    g_assert_true (g_file_set_contents (path, "x", 1, NULL));
    g_assert_false (ib_fs_make_folder (path, &error));
    g_assert_nonnull (strstr (error->message, path));
}

static void
renames_without_replacing (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *from = in_folder ("from");
    g_autofree char *to = in_folder ("to");
    g_assert_true (g_file_set_contents (from, "new", 3, NULL));
    g_assert_true (g_file_set_contents (to, "old", 3, NULL));
    g_assert_false (ib_fs_rename_new (from, to, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);

    g_assert_cmpint (g_unlink (to), ==, 0);
    g_assert_true (ib_fs_rename_new (from, to, NULL));
    g_assert_true (ib_fs_sync_folder (folder, NULL));
}

/* As NFS does. */
static void
renames_without_replacing_where_that_takes_two_steps (void)
{
    g_autofree char *from = in_folder ("two-steps-from"), *to = in_folder ("two-steps-to"), *text = NULL;
    g_assert_true (g_file_set_contents (from, "new", 3, NULL));
    g_assert_true (g_file_set_contents (to, "old", 3, NULL));
    rename_errno = EINVAL;
    g_assert_cmpint (ib_fs_rename_new_at (AT_FDCWD, from, AT_FDCWD, to), ==, EEXIST);
    look_errno = EIO;
    g_assert_cmpint (ib_fs_rename_new_at (AT_FDCWD, from, AT_FDCWD, to), ==, EIO);
    look_errno = 0;
    g_assert_true (g_file_get_contents (to, &text, NULL, NULL));
    g_assert_cmpstr (text, ==, "old");
    g_assert_cmpint (unlink (to), ==, 0);
    g_assert_cmpint (ib_fs_rename_new_at (AT_FDCWD, from, AT_FDCWD, to), ==, 0);
    rename_errno = 0;
}

/* Sizes on both sides of the point from which blocks are shared. */
static void
copies (gconstpointer data)
{
    gsize length = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autofree char *bytes = g_malloc (length + 2);
    for (gsize i = 0; i < length + 2; i++)
        bytes[i] = (char) (i * 2654435761u >> 13);
    int from = memfd_create ("source", MFD_CLOEXEC);
    g_assert_true (ib_fs_write (from, bytes, length + 2, "memory", &error));

    g_autofree char *path = in_folder ("copy");
    int to = open (path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    g_assert_true (ib_fs_write (to, "head", 4, path, &error));
    g_assert_true (ib_fs_copy_range (from, 1, length, to, path, &error));
    g_assert_true (ib_fs_write (to, "tail", 4, path, &error));
    g_assert_true (ib_fs_sync_file (to, path, &error));

    /* And from a plain file, which may go another way. */
    g_autofree char *second_path = in_folder ("second");
    int second = open (second_path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    g_assert_true (ib_fs_copy_range (to, 4, length, second, second_path, &error));
    g_assert_no_error (error);
    close (to);
    close (second);
    close (from);

    g_autofree char *got = NULL;
    gsize got_length = 0;
    g_assert_true (g_file_get_contents (path, &got, &got_length, NULL));
    g_assert_cmpuint (got_length, ==, length + 8);
    g_assert_cmpmem (got + 4, length, bytes + 1, length);
    g_assert_cmpmem (got + 4 + length, 4, "tail", 4);
    g_autofree char *again = NULL;
    g_assert_true (g_file_get_contents (second_path, &again, &got_length, NULL));
    g_assert_cmpmem (again, got_length, bytes + 1, length);
}

static void
copies_no_more_than_there_is (void)
{
    g_autoptr (GError) error = NULL;
    int from = memfd_create ("source", MFD_CLOEXEC);
    int to = memfd_create ("target", MFD_CLOEXEC);
    g_assert_true (ib_fs_write (from, "short", 5, "memory", &error));
    g_assert_false (ib_fs_copy_range (from, 0, 6, to, "/the/target", &error));
    g_assert_nonnull (strstr (error->message, "/the/target"));
    close (from);
    close (to);
}

static void
says_why_a_disk_refused (void)
{
    g_autoptr (GError) error = NULL;
    int to = open ("/dev/full", O_WRONLY | O_CLOEXEC);
    g_assert_cmpint (to, >=, 0);
    g_assert_false (ib_fs_write (to, "x", 1, "/dev/full", &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
    g_assert_nonnull (strstr (error->message, "/dev/full"));
    close (to);
}

static const char *const points[] = { "fs.make-folder", "fs.lock", "fs.write", "fs.copy", "fs.rename",
                                      "fs.sync-file", "fs.sync-folder" };

static bool
do_all (const char *target, GError **error)
{
    g_autofree char *sub = g_build_filename (target, "sub", NULL);
    g_autofree char *lock = g_build_filename (target, "lock", NULL);
    g_autofree char *moved = g_build_filename (target, "moved", NULL);
    int source = memfd_create ("source", MFD_CLOEXEC);
    int fd = -1;
    bool is_done = ib_fs_make_folder (sub, error) && (fd = ib_fs_lock (lock, error)) >= 0 &&
                   ib_fs_write (source, "x", 1, lock, error) && ib_fs_copy_range (source, 0, 1, fd, lock, error) &&
                   ib_fs_sync_file (fd, lock, error) && ib_fs_rename_new (lock, moved, error) &&
                   ib_fs_sync_folder (target, error);
    close (source);
    if (fd >= 0)
        close (fd);
    return is_done;
}

static void
fails_at (gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *target = in_folder (data);
    g_autofree char *spec = g_strconcat (data, ":1:EIO", NULL);
    g_assert_cmpint (g_mkdir (target, 0700), ==, 0);
    ib_fault_set (spec);
    g_assert_false (do_all (target, &error));
    ib_fault_set (NULL);
    g_assert_nonnull (strstr (error->message, target));
    g_assert_nonnull (strstr (error->message, g_strerror (EIO)));
}

static void
locks_once (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = in_folder ("one-lock");
    int held = ib_fs_lock (path, &error);
    g_assert_cmpint (held, >=, 0);
    g_assert_cmpint (ib_fs_lock (path, &error), ==, -1);
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
    close (held);
    held = ib_fs_lock (path, NULL);
    g_assert_cmpint (held, >=, 0);
    close (held);
}

static const struct { const char *name, *place; int number; } places[] = {
    { "file",                 "a/b/file",         0 },
    { "file-at-the-top",      "file",             0 },
    { "doubled-slash",        "a/b//file",        ENOENT },
    { "missing",              "a/b/none",         ENOENT },
    { "missing-on-the-way",   "a/none/file",      ENOENT },
    { "nothing",              "",                 ENOENT },
    { "link",                 "a/to-file",        ELOOP },
    { "link-out",             "a/out",            ELOOP },
    { "link-on-the-way",      "to-a/b/file",      ENOTDIR },
    { "link-out-on-the-way",  "a/to-root/etc",    ENOTDIR },
    { "file-on-the-way",      "file/file",        ENOTDIR },
    { "up",                   "..",               EXDEV },
    { "up-and-down",          "a/../file",        EXDEV },
    { "absolute",             "/etc/passwd",      EXDEV },
};

static void
make_tree (const char *top)
{
    static const char *const folders[] = { "", "a", "a/b" }, *const files[] = { "file", "a/b/file" };
    static const char *const links[][2] = { { "b/file", "a/to-file" }, { "/etc/passwd", "a/out" }, { "a", "to-a" },
                                            { "/", "a/to-root" } };
    for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
        g_autofree char *path = g_build_filename (top, folders[i], NULL);
        g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
        g_autofree char *path = g_build_filename (top, files[i], NULL);
        g_assert_true (g_file_set_contents (path, "x", 1, NULL));
    }
    for (gsize i = 0; i < G_N_ELEMENTS (links); i++) {
        g_autofree char *path = g_build_filename (top, links[i][1], NULL);
        g_assert_cmpint (symlink (links[i][0], path), ==, 0);
    }
}

static void
opens_below (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *name = g_strconcat ("below-", places[i].name, NULL);
    g_autofree char *real = in_folder (name), *top = g_strconcat (real, "-link", NULL);
    make_tree (real);
    g_assert_cmpint (symlink (name, top), ==, 0); /* the top itself may be one */
    errno = 0;
    int fd = ib_fs_open_below (top, places[i].place, O_RDONLY);
    g_assert_cmpint (fd < 0 ? errno : 0, ==, places[i].number);
    if (fd >= 0)
        close (fd);
}

int
main (int argc, char **argv)
{
    static const gsize sizes[] = { 0, 1, 70000, 1024 * 1024 - 1, 1024 * 1024, 3 * 1024 * 1024 + 5 };
    g_test_init (&argc, &argv, NULL);
    folder = g_dir_make_tmp ("ib-fs-XXXXXX", NULL);

    for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
        g_autofree char *name = g_strconcat ("/fs/below/", places[i].name, NULL);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), opens_below);
    }
    g_test_add_func ("/fs/makes-parents", makes_parents);
    g_test_add_func ("/fs/folder-that-may-not-last-is-taken-back", folder_that_may_not_last_is_taken_back);
    g_test_add_func ("/fs/folder-that-nobody-may-sync-is-made", folder_that_nobody_may_sync_is_made);
    g_test_add_func ("/fs/makes-no-folder-of-a-file", makes_no_folder_of_a_file);
    g_test_add_func ("/fs/renames-without-replacing", renames_without_replacing);
    g_test_add_func ("/fs/renames-without-replacing-where-that-takes-two-steps",
                     renames_without_replacing_where_that_takes_two_steps);
    for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
        g_autofree char *path = g_strdup_printf ("/fs/copies/%" G_GSIZE_FORMAT, sizes[i]);
        g_test_add_data_func (path, GSIZE_TO_POINTER (sizes[i]), copies);
    }
    g_test_add_func ("/fs/copies-no-more-than-there-is", copies_no_more_than_there_is);
    g_test_add_func ("/fs/says-why-a-disk-refused", says_why_a_disk_refused);
    for (gsize i = 0; i < G_N_ELEMENTS (points); i++) {
        g_autofree char *path = g_strconcat ("/fs/fails-at/", points[i], NULL);
        g_test_add_data_func (path, points[i], fails_at);
    }
    g_test_add_func ("/fs/locks-once", locks_once);
    int status = g_test_run ();

    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", folder);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
    g_free (folder);
    return status;
}
