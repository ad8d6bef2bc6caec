/* What the machine has yet to write is read from its nodes; what may not be synced at once is not. */
#include "together.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
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
    { "several", { "nr_dirty 1\nnr_writeback 2\n", "nr_dirty 10\nnr_writeback 20\n", "nr_dirty 0\nnr_writeback 0\n" }, 33 },
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

/* A file of a memory file system promises nothing, whatever lies beside it. */
static void
leaves_others_alone (void)
{
    g_autofree char *path = g_strdup ("ib-together-XXXXXX");
    int here = g_mkstemp (path), memory = memfd_create ("memory", MFD_CLOEXEC);
    g_assert_cmpint (here, >=, 0);
    g_assert_cmpint (memory, >=, 0);
    const int both[] = { here, memory };
    g_assert_false (ib_together_sync (&memory, 1));
    g_assert_false (ib_together_sync (both, 2));
    g_assert_false (ib_together_sync (NULL, 0));
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
    g_test_add_func ("/together/unwritten/no-folder", knows_no_folder_of_nodes);
    g_test_add_func ("/together/others", leaves_others_alone);
    return g_test_run ();
}
