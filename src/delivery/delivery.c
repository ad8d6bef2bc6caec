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

/* Each sync has the disk empty its cache, and those that ask at the same time share that: a batch on a disk that others use
 * took two thirds of the time with 32 that it took with 8, and no less with 64. */
#define SYNC_THREADS 32
/* So many of them write while the next file is begun. */
#define WRITE_THREADS 2
/* Begun files that wait for their sync, each with a descriptor. */
#define MOST_WAITING 256

/* Where the bytes of a story's files come from. */
typedef struct {
    gint references; /* atomic: of files that are not written yet */
    IbPiece piece;
    gint64 date_s;
    IbDeliveryWritten written;
    gpointer user_data;
} Source;

/* One file on its way to stable storage. */
typedef struct {
    int fd;
    char *path;
    Source *source; /* NULL: written */
    const IbEdition *edition;
    GError *error; /* it failed */
} Sync;

struct _IbDelivery {
    IbMaildir *maildir;
    IbHeld *held;
    GThreadPool *pool;
    GPtrArray *failed; /* Sync */

    GMutex lock; /* of what follows */
    GCond changed;
    GPtrArray *waiting;  /* Sync, begun since the last call */
    guint next_to_write; /* of them */
    guint writers;       /* threads that were asked to write */
    bool is_syncing;     /* the waiting ones; none is added meanwhile */
    guint next;          /* of them to be synced */
    guint under_way;     /* of them, in either way */
};

static void
source_unref (Source *self)
{
    if (self == NULL || !g_atomic_int_dec_and_test (&self->references))
        return;
    if (self->written != NULL)
        self->written (self->user_data);
    g_free (self);
}

static void
sync_free (gpointer pointer)
{
    Sync *self = pointer;
    if (self->fd >= 0)
        (void) close (self->fd);
    source_unref (self->source);
    g_clear_error (&self->error);
    g_free (self->path);
    g_free (self);
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

/* Its bytes set out at once, so that the sync finds little left to do; that is a hint: fsync tells what went wrong. */
static void
write_file (Sync *sync)
{
    const Source *source = sync->source;
    int fault = ib_fault ("delivery.write");
    if (fault != 0)
        g_set_error (&sync->error, G_IO_ERROR, g_io_error_from_errno (fault), _ ("Cannot write %s: %s"),
                     sync->path, g_strerror (fault));
    if (fault == 0 && write_edition (&source->piece, sync->edition, sync->fd, sync->path, &sync->error)
        && ib_fs_set_time (sync->fd, source->date_s, sync->path, &sync->error))
        (void) sync_file_range (sync->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

static void
sync_file (Sync *sync)
{
    int number = sync->error == NULL ? ib_fault ("delivery.sync") : 0;
    if (number == 0 && sync->error == NULL)
        number = ib_fs_sync_at (sync->fd);
    if (number != 0)
        g_set_error (&sync->error, G_IO_ERROR, g_io_error_from_errno (number),
                     _ ("Cannot bring %s onto stable storage: %s"), sync->path, g_strerror (number));
    (void) close (sync->fd); /* what it could tell, fsync has told */
    sync->fd = -1;
}

/* Each thread takes the next until there is none. One that comes too late finds nothing to do, or helps with the next
 * batch. With the lock held, as the next. */
static void
write_some (IbDelivery *self)
{
    while (self->next_to_write < self->waiting->len) {
        Sync *sync = self->waiting->pdata[self->next_to_write++];
        if (sync->source == NULL)
            continue;
        self->under_way++;
        g_mutex_unlock (&self->lock);
        write_file (sync);
        source_unref (sync->source);
        g_mutex_lock (&self->lock);
        sync->source = NULL;
        self->under_way--;
        g_cond_broadcast (&self->changed);
    }
}

/* Comes behind write_some (): what is not written yet is being written. */
static void
sync_some (IbDelivery *self)
{
    while (self->is_syncing && self->next < self->waiting->len) {
        Sync *sync = self->waiting->pdata[self->next++];
        self->under_way++;
        while (sync->source != NULL)
            g_cond_wait (&self->changed, &self->lock);
        g_mutex_unlock (&self->lock);
        sync_file (sync);
        g_mutex_lock (&self->lock);
        self->under_way--;
        g_cond_broadcast (&self->changed);
    }
}

/* In a thread of the pool. */
static void
help (gpointer data, gpointer user_data)
{
    IbDelivery *self = user_data;
    g_mutex_lock (&self->lock);
    write_some (self);
    sync_some (self);
    if (data == &self->writers)
        self->writers--;
    g_mutex_unlock (&self->lock);
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

/* Waits for those under way, and lets nobody begin another one. (transfer full): all of them. */
static GPtrArray *
end (IbDelivery *self)
{
    g_mutex_lock (&self->lock);
    self->next = self->next_to_write = self->waiting->len;
    while (self->under_way > 0)
        g_cond_wait (&self->changed, &self->lock);
    GPtrArray *taken = g_steal_pointer (&self->waiting);
    self->waiting = g_ptr_array_new ();
    self->next = self->next_to_write = 0;
    self->is_syncing = false;
    g_mutex_unlock (&self->lock);
    return taken;
}

/* All that wait, several at once; those that fail are kept. */
static void
sync_waiting (IbDelivery *self)
{
    if (!self->is_syncing)
        begin (self, MIN (self->waiting->len, SYNC_THREADS) - MIN (self->waiting->len, 1));
    g_mutex_lock (&self->lock);
    write_some (self);
    sync_some (self);
    g_mutex_unlock (&self->lock);
    g_autoptr (GPtrArray) synced = end (self);
    for (guint i = 0; i < synced->len; i++) {
        Sync *sync = synced->pdata[i];
        if (sync->error != NULL)
            g_ptr_array_add (self->failed, sync);
        else
            sync_free (sync);
    }
}

/* Whoever adds one file goes on to the next, if there is one; so helpers are for those that pile up. */
static void
add_waiting (IbDelivery *self, Sync *sync)
{
    if (self->waiting->len >= MOST_WAITING)
        sync_waiting (self);
    g_mutex_lock (&self->lock);
    g_ptr_array_add (self->waiting, sync);
    bool is_pile = self->waiting->len - self->next_to_write > self->writers + 1;
    bool wants_help = sync->source != NULL && is_pile && self->writers < WRITE_THREADS;
    self->writers += wants_help ? 1 : 0;
    g_mutex_unlock (&self->lock);
    if (wants_help) /* where no thread can be started, it waits for the next one that can */
        (void) g_thread_pool_push (self->pool, &self->writers, NULL);
}

void
ib_delivery_write_rest (IbDelivery *self)
{
    g_mutex_lock (&self->lock);
    write_some (self);
    g_mutex_unlock (&self->lock);
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

static int
create (IbDelivery *self, const IbStory *story, IbStoryFile *file, GError **error)
{
    return is_held (file) ? ib_held_create (self->held, story, file, error)
                          : ib_maildir_create (self->maildir, story, file, error);
}

/* Begins all files of @story, or none. Returns: (transfer full) (nullable): Sync, with @source to be written from. */
static GPtrArray *
begin_files (IbDelivery *self, IbStory *story, Source *source, const IbEdition *editions, gsize count,
             const guint64 *sizes, GError **error)
{
    g_autoptr (GPtrArray) begun = g_ptr_array_new_with_free_func (sync_free);
    for (guint i = 0; i < story->files->len; i++) {
        IbStoryFile *file = g_ptr_array_index (story->files, i);
        guint edition = file->edition < count ? file->edition : 0;
        int fd = create (self, story, file, error);
        if (fd < 0) {
            for (guint earlier = 0; earlier < i; earlier++)
                drop (self, g_ptr_array_index (story->files, earlier));
            return NULL;
        }
        if (!is_held (file))
            ib_maildir_set_size (file, sizes[edition]);
        Sync *sync = g_new0 (Sync, 1);
        sync->fd = fd;
        sync->path = temporary_path (self, file);
        sync->edition = &editions[edition];
        sync->source = source;
        g_atomic_int_inc (&source->references);
        g_ptr_array_add (begun, sync);
    }
    return g_steal_pointer (&begun);
}

/* Here and now. */
static bool
write_all (IbDelivery *self, const IbStory *story, GPtrArray *begun, GError **error)
{
    for (guint i = 0; i < begun->len; i++) {
        Sync *sync = begun->pdata[i];
        write_file (sync);
        source_unref (g_steal_pointer (&sync->source));
        if (sync->error == NULL)
            continue;
        g_propagate_error (error, g_steal_pointer (&sync->error));
        for (guint k = 0; k < story->files->len; k++)
            drop (self, g_ptr_array_index (story->files, k));
        return false;
    }
    return true;
}

static Source *
source_new (const IbStory *story, const IbPiece *piece, IbDeliveryWritten written, gpointer user_data)
{
    Source *source = g_new0 (Source, 1);
    *source = (Source){ 1, *piece, story->internal_date_s, written, user_data };
    return source;
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

/* @is_at_once: written when this returns. */
static bool
take (IbDelivery *self, IbStory *story, Source *source, const IbEdition *editions, gsize count,
      bool is_at_once, GError **error)
{
    g_autofree guint64 *sizes = g_new0 (guint64, count);
    if (!measure_all (&source->piece, editions, count, sizes, error))
        return false;
    g_autoptr (GPtrArray) begun = begin_files (self, story, source, editions, count, sizes, error);
    if (begun == NULL || (is_at_once && !write_all (self, story, begun, error)))
        return false;
    g_ptr_array_set_free_func (begun, NULL);
    for (guint i = 0; i < begun->len; i++)
        add_waiting (self, begun->pdata[i]);
    return true;
}

bool
ib_delivery_begin_write (IbDelivery *self, IbStory *story, const IbPiece *source, const IbEdition *editions,
                         gsize count, IbDeliveryWritten written, gpointer user_data, GError **error)
{
    Source *from = source_new (story, source, written, user_data);
    bool is_begun = take (self, story, from, editions, count, false, error);
    source_unref (from);
    return is_begun;
}

bool
ib_delivery_write (IbDelivery *self, IbStory *story, const IbPiece *source, const IbStretch *stretches,
                   gsize count, GError **error)
{
    const IbEdition only = { stretches, count };
    Source *from = source_new (story, source, NULL, NULL);
    bool is_written = take (self, story, from, &only, 1, true, error);
    source_unref (from);
    return is_written;
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

    Sync *first = g_ptr_array_index (self->failed, 0);
    g_propagate_error (error, g_steal_pointer (&first->error));
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
    g_autoptr (GPtrArray) unwanted = end (self);
    g_ptr_array_set_free_func (unwanted, sync_free);
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
