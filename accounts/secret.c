/* secret.c - a password or token that wipes itself */
#include "secret.h"
#include "server-limits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* One mapping holds all: locked against swapping, left out of core dumps and forks' copies. */
struct _IbSecret {
    gint references;
    gsize mapped;
    gsize length;
    char bytes[];
};

static IbSecret *
map_new (gsize length)
{
    gsize mapped = sizeof (IbSecret) + length + 1;
    IbSecret *self = mmap (NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (self == MAP_FAILED)
        g_error ("No memory for a secret");
    (void) mlock (self, mapped); /* RLIMIT_MEMLOCK may be small: then only swap is the worse for it */
    (void) madvise (self, mapped, MADV_DONTDUMP);
    self->references = 1;
    self->mapped = mapped;
    self->length = length;
    return self;
}

void
ib_secret_wipe (void *bytes, gsize length)
{
    explicit_bzero (bytes, length);
}

IbSecret *
ib_secret_new (const char *bytes, gsize length, GError **error)
{
    if (length > IB_LIMIT_SECRET_BYTES) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The secret is too long");
        return NULL;
    }
    for (gsize i = 0; i < length; i++) {
        if (bytes[i] == '\0' || bytes[i] == '\r' || bytes[i] == '\n') {
            g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                                 "The secret holds a line end or a NUL byte, which no server takes");
            return NULL;
        }
    }
    IbSecret *self = map_new (length);
    memcpy (self->bytes, bytes, length);
    return self;
}

IbSecret *
ib_secret_new_bytes (const void *bytes, gsize length)
{
    g_assert (length <= IB_LIMIT_SECRET_BYTES);
    IbSecret *self = map_new (length);
    memcpy (self->bytes, bytes, length);
    return self;
}

/* LeakSanitizer looks at its process as a debugger does, which this forbids, too. */
void
ib_secret_forbid_dumps (void)
{
    if (!IB_SANITIZED)
        (void) prctl (PR_SET_DUMPABLE, 0); /* cannot fail */
}

const char *
ib_secret_peek (const IbSecret *self, gsize *out_length)
{
    if (out_length != NULL)
        *out_length = self->length;
    return self->bytes;
}

int
ib_secret_to_fd (const IbSecret *self, GError **error)
{
    int fd = memfd_create ("inbasket-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || pwrite (fd, self->bytes, self->length, 0) != (gssize) self->length
        || fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "No memory file for the secret: %s",
                     g_strerror (errno));
        if (fd >= 0)
            close (fd);
        return -1;
    }
    return fd;
}

IbSecret *
ib_secret_from_fd (int fd, GError **error)
{
    off_t size = lseek (fd, 0, SEEK_END); /* a worker behind its walls has no fstat */
    if (size < 0 || size > IB_LIMIT_SECRET_BYTES) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Not a secret's memory file");
        return NULL;
    }
    g_autoptr (IbSecret) self = map_new ((gsize) size);
    ssize_t length = 0;
    do
        length = pread (fd, self->bytes, self->length, 0);
    while (length < 0 && errno == EINTR);
    if (length != (ssize_t) self->length) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The secret's memory file cannot be read");
        return NULL;
    }
    return g_steal_pointer (&self);
}

IbSecret *
ib_secret_ref (IbSecret *self)
{
    g_atomic_int_inc (&self->references);
    return self;
}

void
ib_secret_unref (IbSecret *self)
{
    if (self == NULL || !g_atomic_int_dec_and_test (&self->references))
        return;
    gsize mapped = self->mapped;
    explicit_bzero (self, mapped);
    munmap (self, mapped);
}
