/* memory-file.c - files without a place, in which bytes go from one process to the next */
#include "memory-file.h"
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int
ib_memory_file_new (const char *name)
{
    return memfd_create (name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

bool
ib_memory_file_seal (int fd)
{
    return fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0;
}

int
ib_memory_file_of (const char *name, const void *bytes, gsize length)
{
    int fd = ib_memory_file_new (name);
    if (fd < 0)
        return -1;

    int number = ib_fs_write_at (fd, bytes, length);
    if (number == 0 && !ib_memory_file_seal (fd))
        number = errno;
    if (number == 0)
        return fd;
    (void) close (fd);
    errno = number;
    return -1;
}
