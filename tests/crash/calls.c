/* calls.c - the system calls of a program, each hindered or noted as ledger.h has it
 *
 * To be preloaded. Every wrapper asks, makes the call itself, and notes it afterwards; what another thread does in between
 * is noted as later than it was, so an order that the notes show is an order that there was. Where libc has several names
 * for one call (with 64, with checks of _FORTIFY_SOURCE), they are all here. What libc calls inside of itself is not seen:
 * so opendir () and fopen () are wrapped as they are. */
#include "ledger.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#undef open
#undef openat
#define EXPORT __attribute__ ((visibility ("default")))
/* The libc function that a wrapper stands before. */
#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

_Static_assert(sizeof (long) == 8, "struct stat and offsets are those of 64 bits");

/* --- where a call goes --------------------------------------------------------------------------------------- */

typedef struct {
    char text[PATH_MAX];
} Path;

static const char *
path_of_fd (int fd, Path *out)
{
    char link[64];
    snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
    long n = syscall (SYS_readlinkat, AT_FDCWD, link, out->text, sizeof out->text - 1);
    out->text[n < 0 ? 0 : n] = '\0';
    return out->text;
}

static const char *
path_of_name (int folder, const char *name, Path *out)
{
    if (name[0] == '/') {
        snprintf (out->text, sizeof out->text, "%s", name);
        return out->text;
    }
    Path base;
    if (folder == AT_FDCWD)
        syscall (SYS_getcwd, base.text, sizeof base.text);
    else
        path_of_fd (folder, &base);
    if (snprintf (out->text, sizeof out->text, "%s/%s", base.text, name) >= (int) sizeof out->text)
        out->text[0] = '\0';
    return out->text;
}

/* --- hindering ----------------------------------------------------------------------------------------------- */

static int
hinder (unsigned kinds, const char *call, const char *path)
{
    int number = ledger_meet (kinds, call, path);
    if (number > 0)
        errno = number;
    return number;
}

static int
hinder_fd (unsigned kinds, const char *call, int fd)
{
    Path path;
    return ledger_minds (kinds) ? hinder (kinds, call, path_of_fd (fd, &path)) : 0;
}

static int
hinder_name (unsigned kinds, const char *call, int folder, const char *name)
{
    Path path;
    return ledger_minds (kinds) ? hinder (kinds, call, path_of_name (folder, name, &path)) : 0;
}

/* 0: fails; else so many bytes of @length are to be written. */
static size_t
allow (const char *call, int fd, size_t length)
{
    if (length < 2)
        return length == 0 || hinder_fd (LEDGER_WRITE, call, fd) <= 0 ? length : 0;
    int number = hinder_fd (LEDGER_WRITE, call, fd);
    return number == 0 ? length : number == LEDGER_SHORT ? length / 2 : 0;
}

/* --- noting -------------------------------------------------------------------------------------------------- */

static uint64_t
inode_of (int folder, const char *name, int flags)
{
    struct stat status;
    return syscall (SYS_newfstatat, folder, name, &status, flags) == 0 ? (uint64_t) status.st_ino : 0;
}

static void
note_name (LedgerEvent event, int folder, const char *name)
{
    int number = errno;
    Path path;
    if (ledger_traces () && ledger_watches (path_of_name (folder, name, &path)))
        ledger_note (&(LedgerNote){
            .event = event, .path = path.text, .inode = inode_of (folder, name, AT_SYMLINK_NOFOLLOW) });
    errno = number;
}

static void
note_names (LedgerEvent event, int from_folder, const char *from, int to_folder, const char *to)
{
    int number = errno;
    Path path, other;
    if (ledger_traces () && ledger_watches (path_of_name (to_folder, to, &other)))
        ledger_note (&(LedgerNote){ .event = event,
                                    .path = path_of_name (from_folder, from, &path),
                                    .other = other.text,
                                    .inode = inode_of (to_folder, to, AT_SYMLINK_NOFOLLOW) });
    errno = number;
}

static void
note_fd (LedgerEvent event, int fd, int64_t value, uint64_t begin, const void *data, size_t length)
{
    int number = errno;
    Path path;
    if (ledger_traces () && ledger_watches (path_of_fd (fd, &path)))
        ledger_note (&(LedgerNote){ .event = event,
                                    .path = path.text,
                                    .inode = inode_of (fd, "", AT_EMPTY_PATH),
                                    .value = value,
                                    .begin = begin,
                                    .data = data,
                                    .length = length });
    errno = number;
}

/* Bytes that went into a file inside the kernel: read back. @offset -1: they end where the file stands now. */
static void
note_written (int fd, off_t offset, const void *data, ssize_t length)
{
    if (!ledger_traces () || length <= 0)
        return;
    int number = errno;
    if (offset < 0)
        offset = syscall (SYS_lseek, fd, 0L, SEEK_CUR) - length;
    if (data != NULL) {
        note_fd (LEDGER_EVENT_WRITE, fd, offset, 0, data, (size_t) length);
    } else {
        char link[64];
        char *copy = malloc ((size_t) length);
        snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
        int again = (int) syscall (SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC, 0);
        long n = again < 0 ? -1 : syscall (SYS_pread64, again, copy, length, offset);
        if (n == length)
            note_fd (LEDGER_EVENT_WRITE, fd, offset, 0, copy, (size_t) length);
        syscall (SYS_close, again);
        free (copy);
    }
    errno = number;
}

/* --- opening ------------------------------------------------------------------------------------------------- */

static int
open_at (int folder, const char *name, int flags, mode_t mode)
{
    bool may_create = (flags & (O_CREAT | O_TMPFILE)) != 0 && (flags & O_TMPFILE) != O_DIRECTORY;
    unsigned kinds = LEDGER_OPEN | (may_create ? LEDGER_CREATE : 0)
                     | ((flags & O_ACCMODE) != O_RDONLY || may_create ? LEDGER_MODIFY : 0);
    if (hinder_name (kinds, "open", folder, name) > 0)
        return -1;

    bool is_new = ledger_traces () && may_create && inode_of (folder, name, AT_SYMLINK_NOFOLLOW) == 0;
    int fd = (int) syscall (SYS_openat, folder, name, flags, mode);
    if (fd >= 0 && is_new)
        note_name (LEDGER_EVENT_CREATE, folder, name);
    if (fd >= 0 && (flags & O_TRUNC) != 0)
        note_fd (LEDGER_EVENT_TRUNCATE, fd, 0, 0, NULL, 0);
    return fd;
}

static mode_t
mode_of (int flags, va_list rest)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg (rest, mode_t) : 0;
}

EXPORT int
open (const char *name, int flags, ...)
{
    va_list rest;
    va_start (rest, flags);
    mode_t mode = mode_of (flags, rest);
    va_end (rest);
    return open_at (AT_FDCWD, name, flags, mode);
}

EXPORT int
openat (int folder, const char *name, int flags, ...)
{
    va_list rest;
    va_start (rest, flags);
    mode_t mode = mode_of (flags, rest);
    va_end (rest);
    return open_at (folder, name, flags, mode);
}

EXPORT int open64 (const char *name, int flags, ...) __attribute__ ((alias ("open")));
EXPORT int openat64 (int folder, const char *name, int flags, ...) __attribute__ ((alias ("openat")));

EXPORT int
__open_2 (const char *name, int flags)
{
    return open_at (AT_FDCWD, name, flags, 0);
}

EXPORT int
__openat_2 (int folder, const char *name, int flags)
{
    return open_at (folder, name, flags, 0);
}

EXPORT int __open64_2 (const char *name, int flags) __attribute__ ((alias ("__open_2")));
EXPORT int __openat64_2 (int folder, const char *name, int flags) __attribute__ ((alias ("__openat_2")));

EXPORT DIR *
opendir (const char *name)
{
    return hinder_name (LEDGER_OPEN, "opendir", AT_FDCWD, name) > 0 ? NULL : REAL (opendir) (name);
}

EXPORT FILE *
fopen (const char *name, const char *mode)
{
    unsigned kinds = LEDGER_OPEN | (*mode == 'r' ? 0 : LEDGER_CREATE | LEDGER_MODIFY);
    return hinder_name (kinds, "fopen", AT_FDCWD, name) > 0 ? NULL : REAL (fopen) (name, mode);
}

EXPORT FILE *fopen64 (const char *name, const char *mode) __attribute__ ((alias ("fopen")));

/* On Linux the descriptor is gone whatever close () says. */
EXPORT int
close (int fd)
{
    int number = hinder_fd (LEDGER_CLOSE, "close", fd);
    int error = errno;
    int result = (int) syscall (SYS_close, fd);
    if (number <= 0)
        return result;
    errno = error;
    return -1;
}

/* --- reading and looking ------------------------------------------------------------------------------------- */

/* Who waits for the clock to be set, and as it was when he looked last. */
static int clock_fd = -1;
static int64_t clock_seen;

static ssize_t
read_clock (void *bytes, size_t length)
{
    int64_t seen = clock_seen;
    ssize_t n = syscall (SYS_read, clock_fd, bytes, length);
    clock_seen = ledger_clock ();
    if (n > 0)
        errno = clock_seen == seen ? EAGAIN : ECANCELED;
    return -1;
}

EXPORT ssize_t
read (int fd, void *bytes, size_t length)
{
    if (fd == clock_fd)
        return read_clock (bytes, length);
    return hinder_fd (LEDGER_READ, "read", fd) > 0 ? -1 : syscall (SYS_read, fd, bytes, length);
}

EXPORT ssize_t
pread (int fd, void *bytes, size_t length, off_t offset)
{
    return hinder_fd (LEDGER_READ, "pread", fd) > 0 ? -1 : syscall (SYS_pread64, fd, bytes, length, offset);
}

EXPORT ssize_t pread64 (int fd, void *bytes, size_t length, off_t offset) __attribute__ ((alias ("pread")));

EXPORT ssize_t
__read_chk (int fd, void *bytes, size_t length, size_t room)
{
    (void) room;
    return read (fd, bytes, length);
}

EXPORT ssize_t
__pread_chk (int fd, void *bytes, size_t length, off_t offset, size_t room)
{
    (void) room;
    return pread (fd, bytes, length, offset);
}

EXPORT ssize_t __pread64_chk (int fd, void *bytes, size_t length, off_t offset, size_t room)
    __attribute__ ((alias ("__pread_chk")));

EXPORT struct dirent *
readdir (DIR *folder)
{
    return hinder_fd (LEDGER_LOOK, "readdir", dirfd (folder)) > 0 ? NULL : REAL (readdir) (folder);
}

EXPORT struct dirent64 *readdir64 (DIR *folder) __attribute__ ((alias ("readdir")));

EXPORT int
fstatat (int folder, const char *restrict name, struct stat *restrict status, int flags)
{
    return hinder_name (LEDGER_LOOK, "stat", folder, name) > 0
               ? -1
               : (int) syscall (SYS_newfstatat, folder, name, status, flags);
}

EXPORT int
stat (const char *restrict name, struct stat *restrict status)
{
    return fstatat (AT_FDCWD, name, status, 0);
}

EXPORT int
lstat (const char *restrict name, struct stat *restrict status)
{
    return fstatat (AT_FDCWD, name, status, AT_SYMLINK_NOFOLLOW);
}

EXPORT int
fstat (int fd, struct stat *status)
{
    return hinder_fd (LEDGER_LOOK, "fstat", fd) > 0
               ? -1
               : (int) syscall (SYS_newfstatat, fd, "", status, AT_EMPTY_PATH);
}

EXPORT int fstatat64 (int folder, const char *restrict name, struct stat64 *restrict status, int flags)
    __attribute__ ((alias ("fstatat")));
EXPORT int stat64 (const char *restrict name, struct stat64 *restrict status)
    __attribute__ ((alias ("stat")));
EXPORT int lstat64 (const char *restrict name, struct stat64 *restrict status)
    __attribute__ ((alias ("lstat")));
EXPORT int fstat64 (int fd, struct stat64 *status) __attribute__ ((alias ("fstat")));

EXPORT int
access (const char *name, int mode)
{
    return hinder_name (LEDGER_LOOK, "access", AT_FDCWD, name) > 0
               ? -1
               : (int) syscall (SYS_faccessat, AT_FDCWD, name, mode);
}

/* --- writing ------------------------------------------------------------------------------------------------- */

EXPORT ssize_t
write (int fd, const void *bytes, size_t length)
{
    size_t allowed = allow ("write", fd, length);
    if (allowed == 0 && length > 0)
        return -1;
    ssize_t n = syscall (SYS_write, fd, bytes, allowed);
    note_written (fd, -1, bytes, n);
    return n;
}

EXPORT ssize_t
pwrite (int fd, const void *bytes, size_t length, off_t offset)
{
    size_t allowed = allow ("pwrite", fd, length);
    if (allowed == 0 && length > 0)
        return -1;
    ssize_t n = syscall (SYS_pwrite64, fd, bytes, allowed, offset);
    note_written (fd, offset, bytes, n);
    return n;
}

EXPORT ssize_t pwrite64 (int fd, const void *bytes, size_t length, off_t offset)
    __attribute__ ((alias ("pwrite")));

/* A short one writes its first vector only, or a part of the only one. */
EXPORT ssize_t
writev (int fd, const struct iovec *vectors, int count)
{
    int number = hinder_fd (LEDGER_WRITE, "writev", fd);
    if (number > 0)
        return -1;
    struct iovec whole = count > 0 ? vectors[0] : (struct iovec){ NULL, 0 };
    if (number == LEDGER_SHORT && count == 1)
        whole.iov_len = (whole.iov_len + 1) / 2;
    ssize_t n = number == LEDGER_SHORT ? syscall (SYS_writev, fd, &whole, 1)
                                       : syscall (SYS_writev, fd, vectors, count);
    note_written (fd, -1, NULL, n);
    return n;
}

EXPORT ssize_t
sendfile (int to, int from, off_t *offset, size_t length)
{
    size_t allowed = allow ("sendfile", to, length);
    if (allowed == 0 && length > 0)
        return -1;
    ssize_t n = syscall (SYS_sendfile, to, from, offset, allowed);
    note_written (to, -1, NULL, n);
    return n;
}

EXPORT ssize_t sendfile64 (int to, int from, off_t *offset, size_t length)
    __attribute__ ((alias ("sendfile")));

EXPORT ssize_t
copy_file_range (int from, off_t *from_offset, int to, off_t *to_offset, size_t length, unsigned flags)
{
    size_t allowed = allow ("copy_file_range", to, length);
    if (allowed == 0 && length > 0)
        return -1;
    ssize_t n = syscall (SYS_copy_file_range, from, from_offset, to, to_offset, allowed, flags);
    note_written (to, to_offset == NULL || n <= 0 ? -1 : *to_offset - n, NULL, n);
    return n;
}

EXPORT ssize_t
splice (int from, off_t *from_offset, int to, off_t *to_offset, size_t length, unsigned flags)
{
    size_t allowed = allow ("splice", to, length);
    if (allowed == 0 && length > 0)
        return -1;
    ssize_t n = syscall (SYS_splice, from, from_offset, to, to_offset, allowed, flags);
    note_written (to, to_offset == NULL || n <= 0 ? -1 : *to_offset - n, NULL, n);
    return n;
}

EXPORT int
ftruncate (int fd, off_t size)
{
    if (hinder_fd (LEDGER_RESIZE | LEDGER_MODIFY, "ftruncate", fd) > 0)
        return -1;
    int result = (int) syscall (SYS_ftruncate, fd, size);
    if (result == 0)
        note_fd (LEDGER_EVENT_TRUNCATE, fd, size, 0, NULL, 0);
    return result;
}

EXPORT int ftruncate64 (int fd, off_t size) __attribute__ ((alias ("ftruncate")));

EXPORT int
fallocate (int fd, int mode, off_t offset, off_t length)
{
    return hinder_fd (LEDGER_RESIZE | LEDGER_MODIFY, "fallocate", fd) > 0
               ? -1
               : (int) syscall (SYS_fallocate, fd, mode, offset, length);
}

EXPORT int fallocate64 (int fd, int mode, off_t offset, off_t length) __attribute__ ((alias ("fallocate")));

EXPORT int
posix_fallocate (int fd, off_t offset, off_t length)
{
    return fallocate (fd, 0, offset, length) == 0 ? 0 : errno;
}

EXPORT int posix_fallocate64 (int fd, off_t offset, off_t length) __attribute__ ((alias ("posix_fallocate")));

EXPORT int
futimens (int fd, const struct timespec times[2])
{
    return hinder_fd (LEDGER_MODIFY | LEDGER_NAME, "futimens", fd) > 0
               ? -1
               : (int) syscall (SYS_utimensat, fd, NULL, times, 0);
}

EXPORT int
fchmod (int fd, mode_t mode)
{
    return hinder_fd (LEDGER_MODIFY | LEDGER_NAME, "fchmod", fd) > 0 ? -1
                                                                     : (int) syscall (SYS_fchmod, fd, mode);
}

/* --- syncing ------------------------------------------------------------------------------------------------- */

static int
sync_fd (long call, const char *name, int fd)
{
    if (hinder_fd (LEDGER_SYNC, name, fd) > 0)
        return -1;
    uint64_t begin = ledger_now ();
    int result = (int) syscall (call, fd);
    if (result == 0)
        note_fd (LEDGER_EVENT_SYNC, fd, call == SYS_syncfs, begin, NULL, 0);
    return result;
}

EXPORT int
fsync (int fd)
{
    return sync_fd (SYS_fsync, "fsync", fd);
}

EXPORT int
fdatasync (int fd)
{
    return sync_fd (SYS_fdatasync, "fdatasync", fd);
}

EXPORT int
syncfs (int fd)
{
    return sync_fd (SYS_syncfs, "syncfs", fd);
}

/* --- names --------------------------------------------------------------------------------------------------- */

EXPORT int
renameat2 (int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if (hinder_name (LEDGER_CREATE | LEDGER_MODIFY | LEDGER_NAME, "rename", to_folder, to) > 0)
        return -1;
    int result = (int) syscall (SYS_renameat2, from_folder, from, to_folder, to, flags);
    if (result == 0)
        note_names (LEDGER_EVENT_RENAME, from_folder, from, to_folder, to);
    return result;
}

EXPORT int
renameat (int from_folder, const char *from, int to_folder, const char *to)
{
    return renameat2 (from_folder, from, to_folder, to, 0);
}

EXPORT int
rename (const char *from, const char *to)
{
    return renameat2 (AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int
linkat (int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    if (hinder_name (LEDGER_CREATE | LEDGER_MODIFY | LEDGER_NAME, "link", to_folder, to) > 0)
        return -1;
    int result = (int) syscall (SYS_linkat, from_folder, from, to_folder, to, flags);
    if (result == 0)
        note_names (LEDGER_EVENT_LINK, from_folder, from, to_folder, to);
    return result;
}

EXPORT int
link (const char *from, const char *to)
{
    return linkat (AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int
unlinkat (int folder, const char *name, int flags)
{
    if (hinder_name (LEDGER_MODIFY | LEDGER_NAME, "unlink", folder, name) > 0)
        return -1;
    int result = (int) syscall (SYS_unlinkat, folder, name, flags);
    if (result == 0)
        note_name (LEDGER_EVENT_UNLINK, folder, name);
    return result;
}

EXPORT int
unlink (const char *name)
{
    return unlinkat (AT_FDCWD, name, 0);
}

EXPORT int
rmdir (const char *name)
{
    return unlinkat (AT_FDCWD, name, AT_REMOVEDIR);
}

EXPORT int
mkdirat (int folder, const char *name, mode_t mode)
{
    if (hinder_name (LEDGER_CREATE | LEDGER_MODIFY, "mkdir", folder, name) > 0)
        return -1;
    int result = (int) syscall (SYS_mkdirat, folder, name, mode);
    if (result == 0)
        note_name (LEDGER_EVENT_MKDIR, folder, name);
    return result;
}

EXPORT int
mkdir (const char *name, mode_t mode)
{
    return mkdirat (AT_FDCWD, name, mode);
}

/* --- locks, memory, descriptors, processes ---------------------------------------------------------------------- */

EXPORT int
fcntl (int fd, int command, ...)
{
    va_list rest;
    va_start (rest, command);
    void *argument = va_arg (rest, void *);
    va_end (rest);
    bool is_lock
        = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
    bool is_copy = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
    if ((is_lock && hinder_fd (LEDGER_LOCK, "lock", fd) > 0)
        || (is_copy && hinder (LEDGER_DESCRIPTOR, "dup", "") > 0))
        return -1;
    return (int) syscall (SYS_fcntl, fd, command, argument);
}

EXPORT int fcntl64 (int fd, int command, ...) __attribute__ ((alias ("fcntl")));

EXPORT int
flock (int fd, int operation)
{
    return hinder_fd (LEDGER_LOCK, "flock", fd) > 0 ? -1 : (int) syscall (SYS_flock, fd, operation);
}

EXPORT void *
mmap (void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
    if (fd >= 0 && hinder_fd (LEDGER_MAP, "mmap", fd) > 0)
        return MAP_FAILED;
    return (void *) syscall (SYS_mmap, at, length, protection, flags, fd, offset);
}

EXPORT void *mmap64 (void *at, size_t length, int protection, int flags, int fd, off_t offset)
    __attribute__ ((alias ("mmap")));

EXPORT int
memfd_create (const char *name, unsigned flags)
{
    return hinder (LEDGER_DESCRIPTOR, "memfd_create", "") > 0 ? -1
                                                              : (int) syscall (SYS_memfd_create, name, flags);
}

EXPORT int
pipe2 (int ends[2], int flags)
{
    return hinder (LEDGER_DESCRIPTOR, "pipe2", "") > 0 ? -1 : (int) syscall (SYS_pipe2, ends, flags);
}

EXPORT int
socketpair (int domain, int type, int protocol, int ends[2])
{
    return hinder (LEDGER_DESCRIPTOR, "socketpair", "") > 0
               ? -1
               : (int) syscall (SYS_socketpair, domain, type, protocol, ends);
}

EXPORT int
posix_spawn (pid_t *restrict pid, const char *restrict path, const void *restrict files,
             const void *restrict attributes, char *const arguments[restrict],
             char *const environment[restrict])
{
    int (*spawn) (pid_t *, const char *, const void *, const void *, char *const[], char *const[])
        = (__typeof__ (spawn)) dlsym (RTLD_NEXT, "posix_spawn");
    int number = hinder (LEDGER_SPAWN, "posix_spawn", "");
    return number > 0 ? number : spawn (pid, path, files, attributes, arguments, environment);
}

/* --- what a server is told --------------------------------------------------------------------------------------- */

EXPORT int
SSL_write_ex (void *ssl, const void *bytes, size_t length, size_t *out_written)
{
    int (*say) (void *, const void *, size_t, size_t *)
        = (__typeof__ (say)) dlsym (RTLD_NEXT, "SSL_write_ex");
    if (ledger_traces ())
        ledger_note (&(LedgerNote){ .event = LEDGER_EVENT_SAY, .data = bytes, .length = length });
    return say (ssl, bytes, length, out_written);
}

/* --- the clock of the day ---------------------------------------------------------------------------------------- */

EXPORT int
clock_gettime (clockid_t clock, struct timespec *out)
{
    int result = (int) syscall (SYS_clock_gettime, clock, out);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        out->tv_sec += ledger_clock ();
    return result;
}

/* Who wants to be told that it was set looks often. There is one in a process. */
EXPORT int
timerfd_settime (int fd, int flags, const struct itimerspec *when, struct itimerspec *was)
{
    static const struct itimerspec often = { .it_value = { .tv_nsec = 20000000 }, .it_interval = { .tv_nsec = 20000000 } };
    if ((flags & TFD_TIMER_CANCEL_ON_SET) == 0)
        return (int) syscall (SYS_timerfd_settime, fd, flags, when, was);
    clock_fd = fd;
    clock_seen = ledger_clock ();
    return (int) syscall (SYS_timerfd_settime, fd, 0, &often, was);
}

EXPORT int
gettimeofday (struct timeval *restrict out, void *restrict zone)
{
    int result = (int) syscall (SYS_gettimeofday, out, zone);
    out->tv_sec += ledger_clock ();
    return result;
}

EXPORT time_t
time (time_t *out)
{
    struct timespec now;
    clock_gettime (CLOCK_REALTIME, &now);
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}
