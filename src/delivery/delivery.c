/* delivery.c - from a descriptor and an edit list to files that wait for their names */
#include "delivery.h"

#include "fault.h"
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Enough to share the commits of a journalling file system; more gain little. */
#define SYNC_THREADS 8
/* Written files that wait for their sync, each with a descriptor. */
#define MOST_WAITING 256

/* One file on its way to stable storage. */
typedef struct {
    int fd;
    char *path;
    int number; /* errno of a failed sync */
} Sync;

struct _IbDelivery {
    IbMaildir *maildir;
    IbHeld *held;
    GThreadPool *pool;
    GPtrArray *waiting; /* Sync, written since the last call */
    GPtrArray *failed;  /* Sync */

    GMutex lock; /* of what follows */
    GCond changed;
    bool is_syncing; /* the waiting ones; none is added meanwhile */
    guint next;      /* of them to be synced */
    guint under_way; /* of them */
};

static void
sync_free (gpointer pointer)
{
    Sync *self = pointer;
    if (self->fd >= 0)
        (void) close (self->fd);
    g_free (self->path);
    g_free (self);
}

static void
sync_file (Sync *sync)
{
    sync->number = ib_fault ("delivery.sync");
    if (sync->number == 0)
        sync->number = ib_fs_sync_at (sync->fd);
    (void) close (sync->fd); /* what it could tell, fsync has told */
    sync->fd = -1;
}

/* Each thread takes the next until there is none. One that comes too late finds nothing to do, or helps with the next
 * batch. */
static void
sync_some (IbDelivery *self)
{
    g_mutex_lock (&self->lock);
    while (self->is_syncing && self->next < self->waiting->len) {
        Sync *sync = self->waiting->pdata[self->next++];
        self->under_way++;
        g_mutex_unlock (&self->lock);
        sync_file (sync);
        g_mutex_lock (&self->lock);
        self->under_way--;
    }
    g_cond_signal (&self->changed);
    g_mutex_unlock (&self->lock);
}

/* In a thread of the pool. */
static void
help (gpointer data, gpointer user_data)
{
    sync_some (user_data);
}

/* Where no thread can be started there are fewer helpers, or none: nobody waits for one that has not begun. */
static void
begin (IbDelivery *self, guint helpers)
{
    g_mutex_lock (&self->lock);
    self->is_syncing = true;
    self->next = 0;
    g_mutex_unlock (&self->lock);
    for (guint i = 0; i < helpers; i++)
        if (!g_thread_pool_push (self->pool, self, NULL)) /* what is pushed only must not be NULL */
            break;
}

/* Waits for those under way, and lets nobody begin another one. */
static void
end (IbDelivery *self)
{
    g_mutex_lock (&self->lock);
    self->next = self->waiting->len;
    while (self->under_way > 0)
        g_cond_wait (&self->changed, &self->lock);
    self->is_syncing = false;
    g_mutex_unlock (&self->lock);
}

/* All that wait, several at once; those that fail are kept. */
static void
sync_waiting (IbDelivery *self)
{
    if (!self->is_syncing)
        begin (self, MIN (self->waiting->len, SYNC_THREADS) - MIN (self->waiting->len, 1));
    sync_some (self);
    end (self);
    for (guint i = 0; i < self->waiting->len; i++) {
        Sync *sync = self->waiting->pdata[i];
        if (sync->number != 0)
            g_ptr_array_add (self->failed, sync);
        else
            sync_free (sync);
    }
    g_ptr_array_set_size (self->waiting, 0);
}

/* Takes @fd. Its bytes set out at once, so that the sync finds little left to do. */
static void
begin_sync (IbDelivery *self, const char *path, int fd)
{
    Sync *sync = g_new0 (Sync, 1);
    sync->fd = fd;
    sync->path = g_strdup (path);
    (void) sync_file_range (fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* a hint: fsync tells what went wrong */
    if (self->waiting->len >= MOST_WAITING)
        sync_waiting (self);
    g_ptr_array_add (self->waiting, sync);
}

static bool
is_held (const IbStoryFile *file)
{
    return *file->folder == '\0';
}

static char *
temporary_path (const IbDelivery *self, const IbStoryFile *file)
{
    return g_build_filename (is_held (file) ? ib_held_path (self->held) : ib_maildir_path (self->maildir),
                             file->temporary, NULL);
}

static void
drop (IbDelivery *self, IbStoryFile *file)
{
    if (is_held (file))
        ib_held_drop (self->held, file);
    else
        ib_maildir_drop (self->maildir, file);
}

/* Sums up the stretches, which a worker named. */
static bool
measure (const IbPiece *source, const IbEdition *edition, guint64 *out_size_bytes, GError **error)
{
    guint64 end = source->size_bytes, at = 0, size = edition->count == 0 ? end : 0;
    for (gsize i = 0; i < edition->count; i++) {
        const IbStretch *stretch = &edition->stretches[i];
        if (stretch->literal != NULL) {
            size += g_bytes_get_size (stretch->literal);
            continue;
        }
        if (stretch->offset < at || stretch->offset > end || stretch->length > end - stretch->offset) {
            g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                                 _ ("The filter named parts that the message does not have"));
            return false;
        }
        at = stretch->offset + stretch->length;
        size += stretch->length;
    }
    *out_size_bytes = size;
    return true;
}

/* All of them, before anything is written. */
static bool
measure_all (const IbPiece *source, const IbEdition *editions, gsize count, guint64 *out_sizes,
             GError **error)
{
    for (gsize i = 0; i < count; i++)
        if (!measure (source, &editions[i], &out_sizes[i], error))
            return false;
    return true;
}

static bool
write_stretch (const IbStretch *stretch, const IbPiece *source, int fd, const char *path, GError **error)
{
    if (stretch->literal == NULL)
        return ib_fs_copy_range (source->fd, source->offset + stretch->offset, stretch->length, fd, path,
                                 error);
    gsize length = 0;
    const void *bytes = g_bytes_get_data (stretch->literal, &length);
    return ib_fs_write (fd, bytes, length, path, error);
}

static bool
write_edition (const IbPiece *source, const IbEdition *edition, int fd, const char *path, GError **error)
{
    if (edition->count == 0)
        return ib_fs_copy_range (source->fd, source->offset, source->size_bytes, fd, path, error);
    for (gsize i = 0; i < edition->count; i++)
        if (!write_stretch (&edition->stretches[i], source, fd, path, error))
            return false;
    return true;
}

static int
create (IbDelivery *self, const IbStory *story, IbStoryFile *file, GError **error)
{
    return is_held (file) ? ib_held_create (self->held, story, file, error)
                          : ib_maildir_create (self->maildir, story, file, error);
}

static bool
finish (IbDelivery *self, const IbStory *story, IbStoryFile *file, int fd, guint64 size_bytes, GError **error)
{
    return is_held (file) ? ib_held_finish (self->held, story, file, fd, error)
                          : ib_maildir_finish (self->maildir, story, file, fd, size_bytes, error);
}

/* The written file's descriptor, or -1. */
static int
write_file (IbDelivery *self, const IbStory *story, IbStoryFile *file, const IbPiece *source,
            const IbEdition *edition, guint64 size_bytes, GError **error)
{
    int fd = create (self, story, file, error);
    if (fd < 0)
        return -1;

    g_autofree char *path = temporary_path (self, file);
    int fault = ib_fault ("delivery.write");
    if (fault != 0)
        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (fault), _ ("Cannot write %s: %s"), path,
                     g_strerror (fault));
    if (fault == 0 && write_edition (source, edition, fd, path, error)
        && finish (self, story, file, fd, size_bytes, error))
        return fd;
    (void) close (fd); /* it is thrown away */
    drop (self, file);
    return -1;
}

static void
close_descriptor (gpointer pointer)
{
    int fd = *(int *) pointer;
    if (fd >= 0)
        (void) close (fd);
}

/* All files of @story, or none. */
static bool
write_files (IbDelivery *self, IbStory *story, const IbPiece *source, const IbEdition *editions, gsize count,
             const guint64 *sizes, GArray *out_fds, GError **error)
{
    for (guint i = 0; i < story->files->len; i++) {
        IbStoryFile *file = g_ptr_array_index (story->files, i);
        guint edition = file->edition < count ? file->edition : 0;
        int fd = write_file (self, story, file, source, &editions[edition], sizes[edition], error);
        if (fd < 0) {
            for (guint written = 0; written < i; written++)
                drop (self, g_ptr_array_index (story->files, written));
            return false;
        }
        g_array_append_val (out_fds, fd);
    }
    return true;
}

IbDelivery *
ib_delivery_new (IbMaildir *maildir, IbHeld *held)
{
    IbDelivery *self = g_new0 (IbDelivery, 1);
    self->maildir = maildir;
    self->held = held;
    self->waiting = g_ptr_array_new ();
    self->failed = g_ptr_array_new_with_free_func (sync_free);
    self->pool = g_thread_pool_new (help, self, SYNC_THREADS, FALSE, NULL);
    g_mutex_init (&self->lock);
    g_cond_init (&self->changed);
    return self;
}

bool
ib_delivery_write_editions (IbDelivery *self, IbStory *story, const IbPiece *source,
                            const IbEdition *editions, gsize count, GError **error)
{
    g_autofree guint64 *sizes = g_new0 (guint64, count);
    g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));
    g_array_set_clear_func (fds, close_descriptor);
    if (!measure_all (source, editions, count, sizes, error)
        || !write_files (self, story, source, editions, count, sizes, fds, error))
        return false;

    for (guint i = 0; i < fds->len; i++) {
        g_autofree char *path = temporary_path (self, g_ptr_array_index (story->files, i));
        int *fd = &g_array_index (fds, int, i);
        begin_sync (self, path, *fd);
        *fd = -1;
    }
    return true;
}

bool
ib_delivery_write (IbDelivery *self, IbStory *story, const IbPiece *source, const IbStretch *stretches,
                   gsize count, GError **error)
{
    const IbEdition only = { stretches, count };
    return ib_delivery_write_editions (self, story, source, &only, 1, error);
}

/* The files in the Maildir of all stories that have at least @least. */
static GPtrArray *
maildir_files (GPtrArray *batch, guint least)
{
    GPtrArray *files = g_ptr_array_new ();
    for (guint i = 0; i < batch->len; i++) {
        const IbStory *story = g_ptr_array_index (batch, i);
        for (guint k = 0; story->files->len >= least && k < story->files->len; k++)
            if (!is_held (g_ptr_array_index (story->files, k)))
                g_ptr_array_add (files, g_ptr_array_index (story->files, k));
    }
    return files;
}

void
ib_delivery_begin_sync (IbDelivery *self)
{
    if (!self->is_syncing)
        begin (self, MIN (self->waiting->len, SYNC_THREADS));
}

bool
ib_delivery_sync (IbDelivery *self, GPtrArray *batch, GError **error)
{
    g_autoptr (GPtrArray) together = maildir_files (batch, 2);
    sync_waiting (self);
    if (self->failed->len == 0)
        return ib_maildir_sync_waiting (self->maildir, together, error);

    const Sync *first = g_ptr_array_index (self->failed, 0);
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (first->number),
                 _ ("Cannot bring %s onto stable storage: %s"), first->path, g_strerror (first->number));
    for (guint i = 0; i < self->failed->len; i++)
        (void) unlink (
            ((Sync *) g_ptr_array_index (self->failed, i))->path); /* the sweep takes it otherwise */
    g_ptr_array_set_size (self->failed, 0);
    return false;
}

static bool
rename_story (IbDelivery *self, const IbStory *story, GError **error)
{
    for (guint i = 0; i < story->files->len; i++) {
        IbStoryFile *file = g_ptr_array_index (story->files, i);
        if (is_held (file) ? !ib_held_rename (self->held, file, error)
                           : !ib_maildir_rename (self->maildir, file, error))
            return false;
    }
    return true;
}

bool
ib_delivery_rename (IbDelivery *self, GPtrArray *batch, GError **error)
{
    for (guint i = 0; i < batch->len; i++)
        if (!rename_story (self, g_ptr_array_index (batch, i), error))
            return false;
    return true;
}

static bool
has_held (GPtrArray *batch)
{
    for (guint i = 0; i < batch->len; i++) {
        const IbStory *story = g_ptr_array_index (batch, i);
        for (guint k = 0; k < story->files->len; k++)
            if (is_held (g_ptr_array_index (story->files, k)))
                return true;
    }
    return false;
}

bool
ib_delivery_sync_folders (IbDelivery *self, GPtrArray *batch, GError **error)
{
    g_autoptr (GPtrArray) files = maildir_files (batch, 1);
    return ib_maildir_sync_folders (self->maildir, files, error)
           && (!has_held (batch) || ib_held_sync (self->held, error));
}

/* --- recovery ------------------------------------------------------------------------------------------- */

/* Where a file of ours stands. */
typedef struct {
    char *folder, *path;
} Standing;

static void
standing_free (gpointer pointer)
{
    Standing *self = pointer;
    g_free (self->folder);
    g_free (self->path);
    g_free (self);
}

/* The part of a name that no client changes. */
static char *
unique_part (const char *name)
{
    return g_strndup (name, strcspn (name, ",:"));
}

static void
note_standing (const char *folder, const char *path, const char *name, const char *id, gpointer user_data)
{
    Standing *standing = g_new (Standing, 1);
    standing->folder = g_strdup (folder);
    standing->path = g_strdup (path);
    g_hash_table_replace (user_data, unique_part (name), standing);
}

/* By the one reading of the tree, or, if a client was just moving it, by another. NULL without error: nowhere. */
static const Standing *
find_standing (IbDelivery *self, const IbStoryFile *file, GHashTable *standing, GError **error)
{
    g_autofree char *key = unique_part (file->name);
    const Standing *found = g_hash_table_lookup (standing, key);
    if (found != NULL || is_held (file))
        return found;

    g_autofree char *folder = NULL;
    g_autofree char *path = ib_maildir_find (self->maildir, file->name, &folder, error);
    if (path != NULL)
        note_standing (folder, path, file->name, NULL, standing);
    return g_hash_table_lookup (standing, key);
}

/* Tells @file where it stands, and makes sure that it does so after a power cut, too. */
static bool
take_place (IbStoryFile *file, const Standing *standing, GError **error)
{
    g_autofree char *parent = g_path_get_dirname (standing->path);
    const char *info = strchr (strrchr (standing->path, '/'), ':');
    g_free (file->folder);
    file->folder = g_strdup (standing->folder);
    g_free (file->info);
    file->info = g_strdup (info == NULL ? "" : info + 1);
    return ib_fs_sync_folder (parent, error);
}

/* Whether any file of @story is in place; those that are know it then. @waiting: those that are not. */
static bool
look_for (IbDelivery *self, const IbStory *story, GHashTable *standing, GPtrArray *waiting, bool *out_is_any,
          GError **error)
{
    *out_is_any = false;
    for (guint i = 0; i < story->files->len; i++) {
        IbStoryFile *file = g_ptr_array_index (story->files, i);
        g_autoptr (GError) why = NULL;
        g_autofree char *held = is_held (file) ? ib_held_find (self->held, story->id) : NULL;
        const Standing *found = find_standing (self, file, standing, &why);
        if (why != NULL) {
            g_propagate_error (error, g_steal_pointer (&why));
            return false;
        }
        if (held != NULL || found != NULL)
            *out_is_any = true;
        else
            g_ptr_array_add (waiting, file);
        if ((held != NULL && !ib_held_sync (self->held, error))
            || (found != NULL && !take_place (file, found, error)))
            return false;
    }
    return true;
}

/* Whether @file waits in tmp/ for its name. */
static bool
is_waiting (IbDelivery *self, IbStoryFile *file, GError **error)
{
    return !is_held (file) && ib_maildir_resume (self->maildir, file, error);
}

/* Brings the other files of a story into place. One that is gone was removed by the user, or by a client. */
static bool
bring_the_rest (IbDelivery *self, IbStory *story, GPtrArray *waiting, GError **error)
{
    for (guint i = 0; i < waiting->len; i++) {
        IbStoryFile *file = g_ptr_array_index (waiting, i);
        g_autoptr (GError) why = NULL;
        if (is_waiting (self, file, &why)) {
            if (!ib_maildir_rename (self->maildir, file, error))
                return false;
        } else if (why == NULL) {
            g_ptr_array_remove (story->files, file);
            g_ptr_array_remove_index (waiting, i--);
        } else {
            g_propagate_error (error, g_steal_pointer (&why));
            return false;
        }
    }
    return ib_maildir_sync_folders (self->maildir, waiting, error);
}

GPtrArray *
ib_delivery_complete (IbDelivery *self, GPtrArray *unfinished, GError **error)
{
    g_autoptr (GPtrArray) completed = g_ptr_array_new ();
    g_autoptr (GHashTable) standing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, standing_free);
    if (unfinished->len > 0 && !ib_maildir_scan (self->maildir, note_standing, standing, error))
        return NULL;

    for (guint i = 0; i < unfinished->len; i++) {
        bool is_any = false;
        IbStory *story = g_ptr_array_index (unfinished, i);
        g_autoptr (GPtrArray) waiting = g_ptr_array_new ();
        if (!look_for (self, story, standing, waiting, &is_any, error)
            || (is_any && !bring_the_rest (self, story, waiting, error)))
            return NULL;
        if (is_any)
            g_ptr_array_add (completed, story);
    }
    return g_steal_pointer (&completed);
}

/* --- giving up ------------------------------------------------------------------------------------------ */

/* A failure of a file that nobody wants any more concerns nobody. */
static void
forget_failure (IbDelivery *self, const char *path)
{
    for (guint i = self->failed->len; i > 0; i--)
        if (strcmp (((Sync *) g_ptr_array_index (self->failed, i - 1))->path, path) == 0)
            g_ptr_array_remove_index (self->failed, i - 1);
}

/* One of its files is in place: the others are wanted by recovery. */
static bool
is_begun (const IbStory *story)
{
    for (guint i = 0; i < story->files->len; i++)
        if (((const IbStoryFile *) g_ptr_array_index (story->files, i))->temporary == NULL)
            return true;
    return false;
}

static void
abandon_story (IbDelivery *self, const IbStory *story)
{
    for (guint i = 0; i < story->files->len; i++) {
        IbStoryFile *file = g_ptr_array_index (story->files, i);
        g_autofree char *path = temporary_path (self, file);
        forget_failure (self, path);
        drop (self, file);
    }
}

void
ib_delivery_abandon (IbDelivery *self, GPtrArray *batch)
{
    end (self); /* nobody wants them any more */
    g_ptr_array_set_free_func (self->waiting, sync_free);
    g_ptr_array_set_size (self->waiting, 0);
    g_ptr_array_set_free_func (self->waiting, NULL);
    for (guint i = 0; i < batch->len; i++)
        if (!is_begun (g_ptr_array_index (batch, i)))
            abandon_story (self, g_ptr_array_index (batch, i));
}

void
ib_delivery_free (IbDelivery *self)
{
    if (self == NULL)
        return;
    g_thread_pool_free (self->pool, TRUE, TRUE);
    g_ptr_array_set_free_func (self->waiting, sync_free);
    g_ptr_array_unref (self->waiting);
    g_ptr_array_unref (self->failed);
    g_cond_clear (&self->changed);
    g_mutex_clear (&self->lock);
    g_free (self);
}
