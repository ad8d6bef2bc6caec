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

/* The kernel, as far as it is played here; magic 0: not at all. */
typedef struct {
    long magic;
    int fds[2], fail_with[2];
    int books_fail_with;
    guint syncs, flushes;
} Kernel;

static Kernel kernel;

int
fstatfs (int fd, struct statfs *status)
{
    *status = (struct statfs){ .f_type = kernel.magic != 0 ? kernel.magic : TMPFS_MAGIC };
    return 0;
}

int
syncfs (int fd)
{
    kernel.syncs++;
    return 0;
}

static int
answer (int number)
{
    errno = number;
    return number != 0 ? -1 : 0;
}

int
sync_file_range (int fd, off_t offset, off_t length, unsigned int flags)
{
    return answer (kernel.fail_with[fd == kernel.fds[0] ? 0 : 1]);
}

/* What a file had to tell it has told by then. */
int
fsync (int fd)
{
    g_assert_cmpuint (kernel.syncs, ==, 1);
    kernel.flushes++;
    return answer (kernel.books_fail_with);
}

typedef struct {
    const char *name;
    long magic;
    const char *counts; /* of the node */
    int first_fails_with, second_fails_with;
    int books_fail_with; /* at the first file's own sync */
    bool is_synced;
    int numbers[2];
    guint syncs, flushes;
} Try;

#define QUIET "nr_dirty 0\nnr_writeback 0\n"
#define BUSY "nr_dirty 9000000\nnr_writeback 0\n"

static const Try tries[] = {
    { "ext4", EXT4_SUPER_MAGIC, QUIET, 0, 0, 0, true, { 0, 0 }, 1, 1 },
    { "xfs", XFS_SUPER_MAGIC, QUIET, 0, 0, 0, true, { 0, 0 }, 1, 1 },
    { "btrfs", BTRFS_SUPER_MAGIC, QUIET, 0, 0, 0, true, { 0, 0 }, 1, 1 },
    { "memory", TMPFS_MAGIC, QUIET, 0, 0, 0, false, { 0, 0 }, 0, 0 },
    { "busy", EXT4_SUPER_MAGIC, BUSY, 0, 0, 0, false, { 0, 0 }, 0, 0 },
    { "unknown", EXT4_SUPER_MAGIC, "", 0, 0, 0, false, { 0, 0 }, 0, 0 },
    { "first-failed", EXT4_SUPER_MAGIC, QUIET, EIO, 0, 0, true, { EIO, 0 }, 1, 1 },
    { "second-failed", EXT4_SUPER_MAGIC, QUIET, 0, ENOSPC, 0, true, { 0, ENOSPC }, 1, 1 },
    { "all-failed", EXT4_SUPER_MAGIC, QUIET, EIO, ENOSPC, 0, false, { EIO, ENOSPC }, 1, 0 },
    { "forbidden", EXT4_SUPER_MAGIC, QUIET, 0, EPERM, 0, false, { 0, 0 }, 1, 0 },
    { "books-failed", EXT4_SUPER_MAGIC, QUIET, 0, 0, EROFS, false, { EROFS, 0 }, 1, 1 },
};

/* A failure is told once: it is not left to a second call. And one file is synced behind all. */
static void
syncs_where_it_may (gconstpointer data)
{
    const Try *row = data;
    g_autofree char *top = g_dir_make_tmp ("ib-together-XXXXXX", NULL), *node = g_build_filename (top, "node0", NULL),
                    *counts = g_build_filename (node, "vmstat", NULL);
    g_assert_cmpint (g_mkdir (node, 0700), ==, 0);
    g_assert_true (g_file_set_contents (counts, row->counts, -1, NULL));
    int fds[] = { memfd_create ("a", MFD_CLOEXEC), memfd_create ("b", MFD_CLOEXEC) }, numbers[] = { -1, -1 };
    kernel = (Kernel){ row->magic, { fds[0], fds[1] }, { row->first_fails_with, row->second_fails_with }, row->books_fail_with, 0, 0 };
    g_assert_cmpint (ib_together_sync (top, fds, 2, numbers), ==, row->is_synced);
    for (gsize i = 0; i < 2; i++) {
        g_assert_cmpint (numbers[i], ==, row->numbers[i]);
        close (fds[i]);
    }
    g_assert_cmpuint (kernel.syncs, ==, row->syncs);
    g_assert_cmpuint (kernel.flushes, ==, row->flushes);
    kernel = (Kernel){ 0 };
    g_assert_cmpint (g_unlink (counts), ==, 0);
    g_assert_cmpint (g_rmdir (node), ==, 0);
    g_assert_cmpint (g_rmdir (top), ==, 0);
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
    g_assert_false (ib_together_sync (IB_TOGETHER_NODES, &memory, 1, numbers));
    g_assert_false (ib_together_sync (IB_TOGETHER_NODES, both, 2, numbers));
    g_assert_false (ib_together_sync (IB_TOGETHER_NODES, NULL, 0, numbers));
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
