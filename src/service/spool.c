/* spool.c - a message too large for memory, from a pipe into a file without a name */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

#define CHUNK_BYTES (1024 * 1024)

typedef struct {
    GMainContext *context;
    int pipe, file;
    char *folder;
    guint64 size_bytes;
    GError *error;
    IbSpoolDone done;
    gpointer user_data;
} Spool;

static gboolean
finish (gpointer data)
{
    Spool *self = data;
    self->done (self->file, self->size_bytes, self->error, self->user_data);
    /* Only now: a worker that can write no more leaves, and that is not what is to be told of a full disk. */
    close (self->pipe);
    g_main_context_unref (self->context);
    g_clear_error (&self->error);
    g_free (self->folder);
    g_free (self);
    return G_SOURCE_REMOVE;
}

static void
fail (Spool *self, int errsv)
{
    g_set_error (&self->error, G_IO_ERROR, g_io_error_from_errno (errsv),
                 _ ("%s: no room for a large message: %s"), self->folder, g_strerror (errsv));
    if (self->file >= 0)
        close (self->file);
    self->file = -1;
}

/* NFS and some others have no files without a name: then it is one whose name is taken away at once. */
static int
open_nameless (const char *folder)
{
    int fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;

    g_autofree char *path = g_build_filename (folder, "large-XXXXXX", NULL);
    fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        (void) unlink (path); /* else the sweep of tmp/ takes it */
    return fd;
}

static gpointer
drain (gpointer data)
{
    Spool *self = data;
    self->file = open_nameless (self->folder);
    if (self->file < 0)
        fail (self, errno);

    while (self->error == NULL) {
        gssize n = splice (self->pipe, NULL, self->file, NULL, CHUNK_BYTES, SPLICE_F_MOVE);
        if (n == 0)
            break;
        if (n > 0)
            self->size_bytes += (guint64) n;
        else if (errno != EINTR)
            fail (self, errno);
    }
    g_main_context_invoke (self->context, finish, self);
    return NULL;
}

/* Where no thread can be started, that is told as if by one. */
static void
start (Spool *self)
{
    GThread *thread = g_thread_try_new ("spool", drain, self, NULL);
    if (thread != NULL) {
        g_thread_unref (thread);
        return;
    }
    g_autoptr (GSource) source = g_idle_source_new ();
    fail (self, EAGAIN);
    g_source_set_priority (source, G_PRIORITY_DEFAULT);
    g_source_set_callback (source, finish, self, NULL);
    g_source_attach (source, self->context);
}

void
ib_spool_start (int pipe, const char *folder, IbSpoolDone done, gpointer user_data)
{
    Spool *self = g_new0 (Spool, 1);
    self->context = g_main_context_ref_thread_default ();
    self->pipe = pipe;
    self->file = -1;
    self->folder = g_strdup (folder);
    self->done = done;
    self->user_data = user_data;
    start (self);
}
