/* spool.c - a message too large for memory, from a pipe into a file without a name */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdbool.h>
#include <unistd.h>

#define CHUNK_BYTES (1024 * 1024)

typedef struct {
    GMainContext *context;
    int pipe;
    int writer, file; /* the same, to be written and to be read */
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

static bool
open_without_name (Spool *self)
{
    self->writer = open (self->folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (self->writer < 0)
        return false;
    g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", self->writer);
    self->file = open (path, O_RDONLY | O_CLOEXEC);
    if (self->file < 0)
        close (self->writer);
    return self->file >= 0;
}

/* NFS and some others have no files without a name: then it is one whose name is taken away at once. Many of FUSE open nothing
 * that has none, so it is opened for reading first. */
static bool
open_with_name (Spool *self)
{
    g_autofree char *path = g_build_filename (self->folder, "large-XXXXXX", NULL);
    self->writer = g_mkstemp_full (path, O_WRONLY | O_CLOEXEC, 0600);
    if (self->writer < 0)
        return false;
    self->file = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int number = errno;
    (void) unlink (path); /* else the sweep of tmp/ takes it */
    if (self->file < 0)
        close (self->writer);
    errno = number;
    return self->file >= 0;
}

static bool
open_nameless (Spool *self)
{
    return open_without_name (self) || open_with_name (self);
}

static gpointer
drain (gpointer data)
{
    Spool *self = data;
    bool is_open = open_nameless (self);
    if (!is_open)
        fail (self, errno);

    while (self->error == NULL) {
        gssize n = splice (self->pipe, NULL, self->writer, NULL, CHUNK_BYTES, SPLICE_F_MOVE);
        if (n == 0)
            break;
        if (n > 0)
            self->size_bytes += (guint64) n;
        else if (errno != EINTR)
            fail (self, errno);
    }
    /* Over a network it is known only now that there was no room. */
    if (is_open && close (self->writer) != 0 && errno != EINTR && self->error == NULL)
        fail (self, errno);
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
