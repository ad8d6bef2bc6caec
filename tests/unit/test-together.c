/* What the machine has yet to write is read from its nodes; what may not be synced at once is not. */
#include "together.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MOST_NODES 3

typedef struct {
    const char *name;
    const char *counts[MOST_NODES]; /* of node0 and so on; "-": a node without; NULL: no more */
    gint64 pages;                   /* -1: nobody can tell */
} Row;

static const Row rows[] = {
    { "no-node", { NULL }, -1 },
    { "one", { "nr_free_pages 9\nnr_dirty 7\nnr_dirtied 99\nnr_writeback 5\nnr_writeback_temp 77\n" }, 12 },
    { "nothing", { "nr_dirty 0\nnr_writeback 0\n" }, 0 },
    { "first-line-last-line", { "nr_writeback 5\nx 1\nnr_dirty 7" }, 12 },
    { "several",
      { "nr_dirty 1\nnr_writeback 2\n", "nr_dirty 10\nnr_writeback 20\n", "nr_dirty 0\nnr_writeback 0\n" },
      33 },
    { "no-dirty", { "nr_writeback 2\n" }, -1 },
    { "no-writeback", { "nr_dirty 2\nnr_writeback_temp 3\n" }, -1 },
    { "empty", { "" }, -1 },
    { "one-without-counts", { "nr_dirty 1\nnr_writeback 2\n", "-" }, -1 },
};

static void
reads_what_is_unwritten (gconstpointer data)
{
    const Row *row = data;
    g_autofree char *top = g_dir_make_tmp ("ib-together-XXXXXX", NULL);
    g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (made, g_build_filename (top, "possible", NULL)); /* what else lies there is no node */
    g_assert_true (g_file_set_contents (made->pdata[0], "0-3\n", -1, NULL));
    for (gsize i = 0; i < MOST_NODES && row->counts[i] != NULL; i++) {
        g_autofree char *node = g_strdup_printf ("%s/node%zu", top, i);
        g_assert_cmpint (g_mkdir (node, 0700), ==, 0);
        char *counts = g_build_filename (node, "vmstat", NULL);
        if (*row->counts[i] != '-')
            g_assert_true (g_file_set_contents (counts, row->counts[i], -1, NULL));
        g_ptr_array_add (made, counts);
        g_ptr_array_add (made, g_steal_pointer (&node));
    }
    gint64 pages = row->pages < 0 ? -1 : row->pages * sysconf (_SC_PAGESIZE);
    g_assert_cmpint (ib_together_unwritten (top), ==, pages);
    for (guint i = 0; i < made->len; i++)
        (void) g_remove (made->pdata[i]);
    g_assert_cmpint (g_rmdir (top), ==, 0);
}

static void
knows_no_folder_of_nodes (void)
{
    g_assert_cmpint (ib_together_unwritten ("/nonexistent"), ==, -1);
}

/* The kernel, as far as it is played here; 0: the real one. */
static long magic;
static int fails, fails_with;
static guint syncs;

int
fstatfs (int fd, struct statfs *status)
{
    *status = (struct statfs){ .f_type = magic != 0 ? magic : TMPFS_MAGIC };
    return 0;
}

int
syncfs (int fd)
{
    syncs++;
    return 0;
}

int
sync_file_range (int fd, off_t offset, off_t length, unsigned int flags)
{
    errno = fd == fails ? fails_with : 0;
    return errno != 0 ? -1 : 0;
}

static void
put (const char *top, const char *place, const char *text)
{
    g_autofree char *path = g_build_filename (top, place, NULL), *folder = g_path_get_dirname (path);
    g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
put_away (const char *top, const char *place)
{
    g_autofree char *path = g_build_filename (top, place, NULL);
    do {
        g_autofree char *parent = g_path_get_dirname (path);
        (void) g_remove (path);
        g_free (path);
        path = g_steal_pointer (&parent);
    } while (strlen (path) >= strlen (top));
}

typedef struct {
    const char *name;
    long magic;
    const char *task; /* NULL: none is told of */
    int fails_with;   /* the second file */
    bool is_synced;
    int number; /* of it */
} Try;

static const Try tries[] = {
    { "journal", EXT4_SUPER_MAGIC, "77\n", 0, true, 0 },
    { "other-pids", EXT4_SUPER_MAGIC, "0\n", 0, true, 0 },
    { "no-journal", EXT4_SUPER_MAGIC, "<none>\n", 0, false, 0 },
    { "ext2", EXT4_SUPER_MAGIC, NULL, 0, false, 0 },
    { "xfs", XFS_SUPER_MAGIC, NULL, 0, true, 0 },
    { "memory", TMPFS_MAGIC, "77\n", 0, false, 0 },
    { "failed", EXT4_SUPER_MAGIC, "77\n", EIO, true, EIO },
    { "forbidden", EXT4_SUPER_MAGIC, "77\n", EPERM, false, 0 },
};

/* A failure is told once: it is not left to a second call. */
static void
syncs_where_it_may (gconstpointer data)
{
    const Try *row = data;
    struct stat status;
    g_autofree char *top = g_dir_make_tmp ("ib-together-XXXXXX", NULL);
    int fds[] = { memfd_create ("a", MFD_CLOEXEC), memfd_create ("b", MFD_CLOEXEC) }, numbers[] = { -1, -1 };
    g_assert_cmpint (fstat (fds[0], &status), ==, 0);
    g_autofree char *block
        = g_strdup_printf ("dev/block/%u:%u", major (status.st_dev), minor (status.st_dev));
    g_autofree char *link = g_build_filename (top, block, NULL);
    put (top, "devices/system/node/node0/vmstat", "nr_dirty 0\nnr_writeback 0\n");
    put (top, block, "");
    g_assert_cmpint (g_unlink (link), ==, 0);
    g_assert_cmpint (symlink ("../../devices/virtual/xyz", link), ==, 0);
    if (row->task != NULL)
        put (top, "fs/ext4/xyz/journal_task", row->task);
    magic = row->magic;
    fails = fds[1];
    fails_with = row->fails_with;
    syncs = 0;
    g_assert_cmpint (ib_together_sync (top, fds, 2, numbers), ==, row->is_synced);
    g_assert_cmpint (numbers[0], ==, 0);
    g_assert_cmpint (numbers[1], ==, row->number);
    g_assert_cmpuint (syncs, ==, row->is_synced || row->fails_with != 0);
    magic = 0;
    close (fds[0]);
    close (fds[1]);
    put_away (top, "devices/system/node/node0/vmstat");
    put_away (top, block);
    put_away (top, "fs/ext4/xyz/journal_task");
    g_assert_false (g_file_test (top, G_FILE_TEST_EXISTS));
}

/* A file of a memory file system promises nothing, whatever lies beside it. */
static void
leaves_others_alone (void)
{
    g_autofree char *path = g_strdup ("ib-together-XXXXXX");
    int here = g_mkstemp (path), memory = memfd_create ("memory", MFD_CLOEXEC);
    g_assert_cmpint (here, >=, 0);
    g_assert_cmpint (memory, >=, 0);
    const int both[] = { here, memory };
    int numbers[2];
    g_assert_false (ib_together_sync ("/sys", &memory, 1, numbers));
    g_assert_false (ib_together_sync ("/sys", both, 2, numbers));
    g_assert_false (ib_together_sync ("/sys", NULL, 0, numbers));
    close (here);
    close (memory);
    g_assert_cmpint (g_unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/together/unwritten/", rows[i].name, NULL);
        g_test_add_data_func (path, &rows[i], reads_what_is_unwritten);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (tries); i++) {
        g_autofree char *path = g_strconcat ("/together/sync/", tries[i].name, NULL);
        g_test_add_data_func (path, &tries[i], syncs_where_it_may);
    }
    g_test_add_func ("/together/unwritten/no-folder", knows_no_folder_of_nodes);
    g_test_add_func ("/together/others", leaves_others_alone);
    return g_test_run ();
}
