/* fs.c - what a file system is asked for durability */
#include "fs.h"

#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* From here on sharing the blocks of a file system is worth a system call that may be refused. */
#define CLONE_BYTES (1024 * 1024)
#define BUFFER_BYTES (64 * 1024)
/* Linux moves at most 2 GiB less a page in one call. */
#define CALL_BYTES (1024 * 1024 * 1024)

/* Says what failed, and the system's reason behind it. */
static bool G_GNUC_PRINTF (3, 4) fail (GError **error, int number, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *what = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s: %s", what, g_strerror (number));
    return false;
}

/* Makes one folder and syncs the one above; else it is taken back, for found there the next time it would be taken for lasting. */
static bool
make_one (const char *path, GError **error)
{
    int fault = ib_fault ("fs.make-folder");
    if (fault != 0)
        return fail (error, fault, _ ("Cannot make the folder %s"), path);
    if (mkdir (path, 0700) != 0)
        return errno == EEXIST || fail (error, errno, _ ("Cannot make the folder %s"), path);

    g_autofree char *parent = g_path_get_dirname (path);
    g_autoptr (GError) syncing = NULL;
    if (ib_fs_sync_folder (parent, &syncing))
        return true;
    if (g_error_matches (syncing, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
        return true; /* whoever may write there, and not read, can sync it at no time */
    g_propagate_error (error, g_steal_pointer (&syncing));
    (void) rmdir (path); /* if it is in use already, that cannot be helped */
    return false;
}

/* 0: @path is a folder; else the errno that says what it is instead, or why nobody can tell. */
static int
look_for_folder (const char *path)
{
    struct stat status;
    if (stat (path, &status) != 0)
        return errno;
    return S_ISDIR (status.st_mode) ? 0 : ENOTDIR;
}

bool
ib_fs_make_folder (const char *path, GError **error)
{
    int number = look_for_folder (path);
    if (number == 0)
        return true;
    if (number != ENOENT)
        return fail (error, number, _ ("Cannot make the folder %s"), path);

    g_autofree char *parent = g_path_get_dirname (path);
    if (g_strcmp0 (parent, path) != 0 && !ib_fs_make_folder (parent, error))
        return false;
    if (!make_one (path, error))
        return false;
    number = look_for_folder (path);
    if (number == ENOENT) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                     _ ("Cannot make the folder %s: it is a link to what is not there"), path);
        return false;
    }
    return number == 0 || fail (error, number, _ ("Cannot make the folder %s"), path);
}

/* Level by level: what is open stays what it is. -1 and errno. */
int
ib_fs_open_below (const char *top, const char *place, int flags)
{
    g_auto (GStrv) levels = g_strsplit (place, "/", -1);
    gsize last = g_strv_length (levels);
    int fd = open (top, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (last == 0 || *place == '/' || g_strv_contains ((const char *const *) levels, "..")) {
        if (fd >= 0)
            (void) close (fd);
        errno = last == 0 ? ENOENT : EXDEV;
        return -1;
    }
    for (gsize i = 0; i < last && fd >= 0; i++) {
        int way = i + 1 < last ? O_PATH | O_DIRECTORY : flags;
        int next = openat (fd, levels[i], way | O_NOFOLLOW | O_CLOEXEC);
        int number = errno;
        (void) close (fd);
        errno = number;
        fd = next;
    }
    return fd;
}

int
ib_fs_rename_new_at (int from_folder, const char *from, int to_folder, const char *to)
{
    struct stat status;
    if (renameat2 (from_folder, from, to_folder, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;

    /* NFS and some others cannot do both in one step; then a look before must do. */
    if (fstatat (to_folder, to, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    if (errno != ENOENT)
        return errno;
    return renameat (from_folder, from, to_folder, to) == 0 ? 0 : errno;
}

bool
ib_fs_rename_new (const char *from, const char *to, GError **error)
{
    int number = ib_fault ("fs.rename");
    if (number == 0)
        number = ib_fs_rename_new_at (AT_FDCWD, from, AT_FDCWD, to);
    return number == 0 || fail (error, number, _ ("Cannot rename a file to %s"), to);
}

int
ib_fs_sync_at (int fd)
{
    while (fsync (fd) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

bool
ib_fs_sync_file (int fd, const char *path, GError **error)
{
    int number = ib_fault ("fs.sync-file");
    if (number == 0)
        number = ib_fs_sync_at (fd);
    return number == 0 || fail (error, number, _ ("Cannot bring %s onto stable storage"), path);
}

/* Some file systems have no such thing: there a change of a folder is durable at once, or beyond anybody's reach. */
int
ib_fs_sync_folder_at (int folder)
{
    int number = ib_fs_sync_at (folder);
    return number == EINVAL || number == ENOSYS ? 0 : number;
}

bool
ib_fs_sync_folder (const char *path, GError **error)
{
    int number = ib_fault ("fs.sync-folder");
    if (number != 0)
        return fail (error, number, _ ("Cannot bring the folder %s onto stable storage"), path);

    int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail (error, errno, _ ("Cannot open the folder %s"), path);
    number = ib_fs_sync_folder_at (fd);
    (void) close (fd); /* opened for reading: nothing can be lost here */
    return number == 0 || fail (error, number, _ ("Cannot bring the folder %s onto stable storage"), path);
}

/* Whether a way of copying is not there for this pair of files, so that the next one is tried. */
static bool
is_not_supported (int number)
{
    return number == EXDEV || number == EINVAL || number == ENOSYS || number == EOPNOTSUPP || number == EBADF
           || number == EPERM;
}

typedef ssize_t (*CopySome) (int from, off_t *offset, int to, gsize length);

static ssize_t
clone_some (int from, off_t *offset, int to, gsize length)
{
    return copy_file_range (from, offset, to, NULL, length, 0);
}

static ssize_t
send_some (int from, off_t *offset, int to, gsize length)
{
    return sendfile (to, from, offset, length);
}

/* Through user space. A write that comes up short is no error: the next call goes on from @offset. */
static ssize_t
carry_some (int from, off_t *offset, int to, gsize length)
{
    char buffer[BUFFER_BYTES];
    ssize_t n = pread (from, buffer, MIN (length, sizeof buffer), *offset);
    if (n <= 0)
        return n;
    ssize_t written = write (to, buffer, (gsize) n);
    if (written > 0)
        *offset += written;
    return written;
}

bool
ib_fs_copy_range (int from, guint64 offset, guint64 length, int to, const char *to_path, GError **error)
{
    static const CopySome ways[] = { clone_some, send_some, carry_some };
    gsize way = length >= CLONE_BYTES ? 0 : 1;
    off_t at = (off_t) offset;

    int fault = ib_fault ("fs.copy");
    if (fault != 0)
        return fail (error, fault, _ ("Cannot write %s"), to_path);

    while (length > 0) {
        ssize_t n = ways[way](from, &at, to, (gsize) MIN (length, CALL_BYTES));
        if (n > 0)
            length -= (guint64) n;
        else if (n < 0 && errno == EINTR)
            continue;
        else if (way + 1 < G_N_ELEMENTS (ways) && (n == 0 || is_not_supported (errno)))
            way++;
        else
            return fail (error, n == 0 ? ENODATA : errno, _ ("Cannot write %s"), to_path);
    }
    return true;
}

int
ib_fs_write_at (int fd, const void *bytes, gsize length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t n = write (fd, at, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        at += n;
        length -= (gsize) n;
    }
    return 0;
}

bool
ib_fs_write (int fd, const void *bytes, gsize length, const char *path, GError **error)
{
    int number = ib_fault ("fs.write");
    if (number == 0)
        number = ib_fs_write_at (fd, bytes, length);
    return number == 0 || fail (error, number, _ ("Cannot write %s"), path);
}

bool
ib_fs_set_time (int fd, gint64 seconds, const char *path, GError **error)
{
    struct timespec when = { .tv_sec = seconds, .tv_nsec = seconds == 0 ? UTIME_NOW : 0 };
    struct timespec times[] = { when, when };
    return futimens (fd, times) == 0 || fail (error, errno, _ ("Cannot set the time of %s"), path);
}

void
ib_fs_hold_streams (void)
{
    int fd;
    do
        fd = open ("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        (void) close (fd);
}

int
ib_fs_lock (const char *path, GError **error)
{
    int number = ib_fault ("fs.lock");
    int fd = number != 0 ? -1 : open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        fail (error, number != 0 ? number : errno, _ ("Cannot open the lock %s"), path);
        return -1;
    }
    if (flock (fd, LOCK_EX | LOCK_NB) == 0)
        return fd;

    if (errno == EWOULDBLOCK)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, _ ("Another Inbasket works here: it holds %s"),
                     path);
    else
        fail (error, errno, _ ("Cannot lock %s"), path);
    (void) close (fd);
    return -1;
}
