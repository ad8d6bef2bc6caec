/* model-file.c - the classifier's table on disk */
#include "model-file.h"
#include "digest.h"
#include "fs.h"
#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "Inbasket model 1"

typedef struct {
    char magic[16];
    char checksum[64]; /* SHA-256 of the table, hexadecimal digits */
} Trailer;

gsize
ib_model_file_bytes (void)
{
    return ib_model_size () + sizeof (Trailer);
}

static bool
fail (GError **error, const char *path, int number)
{
    g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (number), "%s: %s", path,
                 g_strerror (number));
    return false;
}

static bool
is_none (GError **error, const char *path)
{
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 _ ("%s is damaged, or not what the classifier wrote"), path);
    return false;
}

/* -1 unless it has the length of a table. */
static int
open_table (const char *path, GError **error)
{
    struct stat st;
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat (fd, &st) != 0) {
        fail (error, path, errno);
        if (fd >= 0)
            close (fd);
        return -1;
    }
    if (!S_ISREG (st.st_mode) || (gsize) st.st_size != ib_model_file_bytes ()) {
        is_none (error, path);
        close (fd);
        return -1;
    }
    return fd;
}

static bool
read_all (int fd, char *memory, const char *path, GError **error)
{
    for (gsize done = 0; done < ib_model_file_bytes ();) {
        gssize length = read (fd, memory + done, ib_model_file_bytes () - done);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return fail (error, path, errno);
        if (length == 0)
            return is_none (error, path);
        done += (gsize) length;
    }
    return true;
}

static char *
checksum_of (const void *memory)
{
    g_autoptr (IbDigest) digest = ib_digest_new ();
    ib_digest_add (digest, memory, ib_model_size ());
    return ib_digest_finish (digest);
}

bool
ib_model_file_read (const char *path, void *memory, GError **error)
{
    const Trailer *trailer = (const Trailer *) ((char *) memory + ib_model_size ());
    int fd = open_table (path, error);
    if (fd < 0)
        return false;
    bool is_read = read_all (fd, memory, path, error);
    close (fd);
    if (!is_read)
        return false;
    g_autofree char *checksum = checksum_of (memory);
    return (memcmp (trailer->magic, MAGIC, sizeof trailer->magic) == 0
            && memcmp (trailer->checksum, checksum, sizeof trailer->checksum) == 0
            && ib_model_is_sound (memory, ib_model_size ()))
           || is_none (error, path);
}

bool
ib_model_file_write (const char *path, void *memory, GError **error)
{
    Trailer *trailer = (Trailer *) ((char *) memory + ib_model_size ());
    g_autofree char *checksum = checksum_of (memory), *folder = g_path_get_dirname (path);
    memcpy (trailer->magic, MAGIC, sizeof trailer->magic);
    memcpy (trailer->checksum, checksum, sizeof trailer->checksum);
    return ib_fs_make_folder (folder, error)
           && g_file_set_contents_full (path, memory, (gssize) ib_model_file_bytes (),
                                        G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                        error);
}

char *
ib_model_file_set_aside (const char *path, GError **error)
{
    g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
    g_autofree char *date = g_date_time_format (now, "%Y%m%dT%H%M%S");
    g_autofree char *aside = g_strdup_printf ("%s.broken-%s", path, date);
    return ib_fs_rename_new (path, aside, error) ? g_steal_pointer (&aside) : NULL;
}
