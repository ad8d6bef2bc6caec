/* together.c - many files onto stable storage by one call */
#include "together.h"

#include "fault.h"
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* Of a machine with more nodes than that it is not asked how much it has to write. */
#define MOST_NODES 64
/* A batch and the next one are half of that; what others may have beside takes a tenth of a second on a slow SSD, which
 * is no longer than syncing each file. */
#define MOST_UNWRITTEN (32 * 1024 * 1024)

/* One line of the node's counts, in pages; -1: it has none. */
static gint64
count_of (const char *counts, const char *name)
{
    gsize length = strlen (name);
    for (const char *line = counts; line != NULL; line = strchr (line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        if (strncmp (line, name, length) == 0 && line[length] == ' ')
            return g_ascii_strtoll (line + length, NULL, 10);
    }
    return -1;
}

static gint64
unwritten_of_node (const char *nodes, const char *node)
{
    g_autofree char *path = g_build_filename (nodes, node, "vmstat", NULL), *counts = NULL;
    if (!g_file_get_contents (path, &counts, NULL, NULL))
        return -1;
    gint64 dirty = count_of (counts, "nr_dirty"), on_its_way = count_of (counts, "nr_writeback");
    return dirty < 0 || on_its_way < 0 ? -1 : (dirty + on_its_way) * sysconf (_SC_PAGESIZE);
}

static bool
is_node (const char *name)
{
    return g_str_has_prefix (name, "node") && g_ascii_isdigit (name[4]);
}

gint64
ib_together_unwritten (const char *nodes)
{
    g_autoptr (GDir) folder = g_dir_open (nodes, 0, NULL);
    gint64 unwritten = -1;
    guint seen = 0;
    for (const char *name; folder != NULL && (name = g_dir_read_name (folder)) != NULL;) {
        if (!is_node (name))
            continue;
        gint64 here = ++seen > MOST_NODES ? -1 : unwritten_of_node (nodes, name);
        if (here < 0)
            return -1;
        unwritten = MAX (unwritten, 0) + here;
    }
    return unwritten;
}

/* Where syncfs has all of it written, books included. */
static bool
keeps_promise (int fd)
{
    struct statfs status;
    if (fstatfs (fd, &status) != 0)
        return false;
    return status.f_type == EXT4_SUPER_MAGIC || status.f_type == XFS_SUPER_MAGIC
           || status.f_type == BTRFS_SUPER_MAGIC;
}

/* Folders of a Maildir may be links to, or mounts of, others. */
static bool
is_one_file_system (const int *fds, gsize count)
{
    struct stat first, other;
    if (fstat (fds[0], &first) != 0)
        return false;
    for (gsize i = 1; i < count; i++)
        if (fstat (fds[i], &other) != 0 || other.st_dev != first.st_dev)
            return false;
    return true;
}

/* Not every kernel's syncfs tells of what went wrong with one file, but each file does: once, so that a later fsync of it would
 * have nothing to tell. */
static bool
hear_of_each (const int *fds, gsize count, int *numbers)
{
    for (gsize i = 0; i < count; i++) {
        if (sync_file_range (fds[i], 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE) == 0)
            continue;
        if (errno == ENOSYS || errno == EPERM)
            return false; /* nothing was asked */
        numbers[i] = errno;
    }
    return true;
}

/* One of them alone has the disk empty its cache once more: without a journal a file system writes its books behind that, and then
 * a file could have its name on the disk and nothing else. It also tells of what befell the books, as not every syncfs does. */
static bool
conclude (const int *fds, gsize count, int *numbers)
{
    gsize i = 0;
    while (i + 1 < count && numbers[i] != 0)
        i++;
    if (numbers[i] == 0)
        numbers[i] = ib_fs_sync_at (fds[i]);
    return numbers[i] == 0;
}

bool
ib_together_sync (const char *nodes, const int *fds, gsize count, int *numbers)
{
    memset (numbers, 0, count * sizeof *numbers);
    if (count == 0 || ib_fault ("delivery.together") != 0 || !keeps_promise (fds[0])
        || !is_one_file_system (fds, count))
        return false;
    gint64 unwritten = ib_together_unwritten (nodes);
    return unwritten >= 0 && unwritten <= MOST_UNWRITTEN && syncfs (fds[0]) == 0
           && hear_of_each (fds, count, numbers) && conclude (fds, count, numbers);
}
