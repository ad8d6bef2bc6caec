/* writer.c - files on their way to stable storage */
#include "writer.h"

#include "fault.h"
#include "fs.h"
#include "together.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

/* Each sync has the disk empty its cache, and those that ask at the same time share that: a batch on a disk that others use
 * took two thirds of the time with 32 that it took with 8, and no less with 64. */
#define SYNC_THREADS 32
/* So many write while the next file is begun, beside those that sync. */
#define WRITE_THREADS 2
/* From here on one sync of the file system is less than one of each file. */
#define FEWEST_TOGETHER 8
/* Files of a lot, each with a descriptor. */
#define MOST_GATHERED 256

struct _IbSource {
    gint references; /* atomic */
    IbPiece piece;
    gint64 date_s;
    IbWriterCall written;
    gpointer user_data;
};

struct _IbOutput {
    int fd;
    char *path;
    IbSource *source; /* NULL: written */
    const IbEdition *edition;
    GError *error; /* it failed */
};

/* Whether its files are synced by one call. */
typedef enum { NOT_TRIED, UNDER_WAY, TRIED } Together;

typedef struct {
    GPtrArray *outputs; /* IbOutput */
    GPtrArray *written; /* of them, in the order in which they were */
    guint next_to_write, next_to_sync;
    guint under_way; /* threads that write, sync, or wait */
    guint waiting;   /* of them, for one more that is written: each will sync one, or all */
    Together together;
    bool is_stable;          /* together: what was written without an error is on stable storage */
    IbWriterCall all_synced; /* NULL: nobody wants to know, or was told */
    gpointer user_data;
} Lot;

struct _IbWriter {
    GThreadPool *pool;
    GPtrArray *failed; /* IbOutput */

    GMutex lock;   /* of what follows */
    GCond written; /* one more of the closed lot is, or all of it is taken back */
    GCond rests;   /* nothing of a lot is under way */
    Lot *closed;   /* NULL: none, or it was waited for */
    Lot *gathering;
    guint writers;      /* threads that were asked to write */
    bool is_each_alone; /* the last lot could not be synced at once */
};

/* --- a file ------------------------------------------------------------------------------------------------ */

IbSource *
ib_source_new (const IbPiece *piece, gint64 date_s, IbWriterCall written, gpointer user_data)
{
    IbSource *self = g_new (IbSource, 1);
    *self = (IbSource){ 1, *piece, date_s, written, user_data };
    return self;
}

void
ib_source_unref (IbSource *self)
{
    if (self == NULL || !g_atomic_int_dec_and_test (&self->references))
        return;
    if (self->written != NULL)
        self->written (self->user_data);
    g_free (self);
}

IbOutput *
ib_output_new (int fd, char *path, IbSource *source, const IbEdition *edition)
{
    IbOutput *self = g_new (IbOutput, 1);
    g_atomic_int_inc (&source->references);
    *self = (IbOutput){ fd, path, source, edition, NULL };
    return self;
}

void
ib_output_free (IbOutput *self)
{
    if (self->fd >= 0)
        (void) close (self->fd);
    ib_source_unref (self->source);
    g_clear_error (&self->error);
    g_free (self->path);
    g_free (self);
}

static bool
write_stretch (const IbStretch *stretch, const IbPiece *piece, int fd, const char *path, GError **error)
{
    if (stretch->literal == NULL)
        return ib_fs_copy_range (piece->fd, piece->offset + stretch->offset, stretch->length, fd, path,
                                 error);
    gsize length = 0;
    const void *bytes = g_bytes_get_data (stretch->literal, &length);
    return ib_fs_write (fd, bytes, length, path, error);
}

static bool
write_edition (const IbPiece *piece, const IbEdition *edition, int fd, const char *path, GError **error)
{
    if (edition->count == 0)
        return ib_fs_copy_range (piece->fd, piece->offset, piece->size_bytes, fd, path, error);
    for (gsize i = 0; i < edition->count; i++)
        if (!write_stretch (&edition->stretches[i], piece, fd, path, error))
            return false;
    return true;
}

static void
write_output (IbOutput *self)
{
    const IbSource *source = self->source;
    int fault = ib_fault ("delivery.write");
    if (fault != 0)
        g_set_error (&self->error, G_IO_ERROR, g_io_error_from_errno (fault), _ ("Cannot write %s: %s"),
                     self->path, g_strerror (fault));
    if (fault == 0 && write_edition (&source->piece, self->edition, self->fd, self->path, &self->error))
        (void) ib_fs_set_time (self->fd, source->date_s, self->path, &self->error);
}

/* Its bytes set out at once, so that a sync that comes later finds little left to do. A hint: fsync tells what went wrong. Where
 * one call will sync many files it is better off without: then their bytes go to the disk in fewer pieces. */
static void
set_out (const IbOutput *self)
{
    if (self->error == NULL)
        (void) sync_file_range (self->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

bool
ib_output_write (IbOutput *self, GError **error)
{
    write_output (self);
    set_out (self);
    ib_source_unref (g_steal_pointer (&self->source));
    if (self->error == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&self->error));
    return false;
}

static void
set_unstable (IbOutput *self, int number)
{
    g_set_error (&self->error, G_IO_ERROR, g_io_error_from_errno (number),
                 _ ("Cannot bring %s onto stable storage: %s"), self->path, g_strerror (number));
}

static void
sync_output (IbOutput *self, bool is_stable)
{
    int number = self->error == NULL ? ib_fault ("delivery.sync") : 0;
    if (number == 0 && self->error == NULL && !is_stable)
        number = ib_fs_sync_at (self->fd);
    if (number != 0)
        set_unstable (self, number);
    (void) close (self->fd); /* what it could tell, the sync has told */
    self->fd = -1;
}

/* --- in several threads ------------------------------------------------------------------------------------ */

/* What follows is called with the lock held. */

static void
put_down (IbWriter *self, Lot *lot)
{
    if (--lot->under_way == 0)
        g_cond_signal (&self->rests);
}

/* Each thread takes the next until there is none. */
static void
write_some_of (IbWriter *self, Lot *lot)
{
    while (lot->next_to_write < lot->outputs->len) {
        IbOutput *output = lot->outputs->pdata[lot->next_to_write++];
        if (output->source == NULL)
            continue;
        bool is_set_out = self->is_each_alone && (lot != self->closed || lot->outputs->len > 1);
        lot->under_way++;
        g_mutex_unlock (&self->lock);
        write_output (output);
        if (is_set_out)
            set_out (output);
        ib_source_unref (output->source);
        g_mutex_lock (&self->lock);
        output->source = NULL;
        put_down (self, lot);
        g_ptr_array_add (lot->written, output);
        if (lot->waiting > 0)
            g_cond_signal (&self->written);
    }
}

static void
write_some (IbWriter *self)
{
    if (self->closed != NULL)
        write_some_of (self, self->closed);
    write_some_of (self, self->gathering);
}

/* The next that is written. It may have to be waited for: what nobody has written is being written. NULL: others take all that
 * there is. */
static IbOutput *
take_written (IbWriter *self, Lot *lot)
{
    while (self->closed == lot && lot->next_to_sync + lot->waiting < lot->outputs->len) {
        if (lot->next_to_sync < lot->written->len)
            return lot->written->pdata[lot->next_to_sync++];
        lot->under_way++;
        lot->waiting++;
        g_cond_wait (&self->written, &self->lock);
        lot->waiting--;
        put_down (self, lot);
    }
    return NULL;
}

static void
sync_one (IbWriter *self, Lot *lot, IbOutput *output)
{
    lot->under_way++;
    g_mutex_unlock (&self->lock);
    sync_output (output, lot->is_stable);
    g_mutex_lock (&self->lock);
    put_down (self, lot);
}

static void
tell_if_synced (Lot *lot)
{
    if (lot->next_to_sync < lot->outputs->len || lot->under_way > 0 || lot->all_synced == NULL)
        return;
    lot->all_synced (lot->user_data);
    lot->all_synced = NULL;
}

static guint
helpers_for (const Lot *lot)
{
    return MIN (lot->outputs->len, SYNC_THREADS);
}

/* Threads, beside those that have @begun. Where none can be started there are fewer, or none: nobody waits for one that has not
 * begun. Returns: how many have. */
static guint
call_helpers (IbWriter *self, guint helpers, guint begun)
{
    while (begun < helpers && g_thread_pool_push (self->pool, self, NULL)) /* the data must not be NULL */
        begun++;
    return begun;
}

static bool
sync_written (const Lot *lot)
{
    guint count = 0;
    g_autofree IbOutput **outputs = g_new (IbOutput *, lot->written->len);
    g_autofree int *fds = g_new (int, lot->written->len), *numbers = g_new (int, lot->written->len);
    for (guint i = 0; i < lot->written->len; i++) {
        IbOutput *output = lot->written->pdata[i];
        if (output->error != NULL)
            continue;
        outputs[count] = output;
        fds[count++] = output->fd;
    }
    bool is_stable = ib_together_sync (IB_TOGETHER_NODES, fds, count, numbers);
    for (guint i = 0; i < count; i++)
        if (numbers[i] != 0)
            set_unstable (outputs[i], numbers[i]);
    return is_stable;
}

/* Whoever comes first, once all is written. Where it cannot be done, many sync one by one. */
static void
sync_together (IbWriter *self, Lot *lot)
{
    lot->together = UNDER_WAY;
    lot->under_way++;
    lot->waiting++;
    while (lot->next_to_sync < lot->outputs->len && lot->written->len < lot->outputs->len)
        g_cond_wait (&self->written, &self->lock);
    lot->waiting--;
    if (lot->next_to_sync < lot->outputs->len) {
        g_mutex_unlock (&self->lock);
        lot->is_stable = sync_written (lot);
        g_mutex_lock (&self->lock);
        self->is_each_alone = !lot->is_stable;
    }
    lot->together = TRIED; /* before any helper comes, who would find nothing to do */
    if (!lot->is_stable && lot->next_to_sync < lot->outputs->len) {
        g_mutex_unlock (&self->lock);
        (void) call_helpers (self, helpers_for (lot), 1);
        g_mutex_lock (&self->lock);
    }
    put_down (self, lot);
}

/* Whoever comes too late finds nothing to do, or helps with the next lot. */
static void
sync_some (IbWriter *self)
{
    Lot *lot = self->closed;
    if (lot == NULL)
        return;
    write_some_of (self, lot);
    if (lot->together == UNDER_WAY)
        return;
    if (lot->together == NOT_TRIED && lot->outputs->len >= FEWEST_TOGETHER)
        sync_together (self, lot);
    for (IbOutput *output; (output = take_written (self, lot)) != NULL;)
        sync_one (self, lot, output);
    if (self->closed == lot)
        tell_if_synced (lot);
}

/* In a thread of the pool. */
static void
help (gpointer data, gpointer user_data)
{
    IbWriter *self = user_data;
    g_mutex_lock (&self->lock);
    if (data == &self->writers) {
        write_some (self);
        self->writers--;
    }
    sync_some (self);
    g_mutex_unlock (&self->lock);
}

static Lot *
lot_new (void)
{
    Lot *self = g_new0 (Lot, 1);
    self->outputs = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_output_free);
    self->written = g_ptr_array_new ();
    return self;
}

static void
lot_free (Lot *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->outputs);
    g_ptr_array_unref (self->written);
    g_free (self);
}

IbWriter *
ib_writer_new (void)
{
    IbWriter *self = g_new0 (IbWriter, 1);
    self->gathering = lot_new ();
    self->failed = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_output_free);
    self->pool = g_thread_pool_new (help, self, SYNC_THREADS + WRITE_THREADS, FALSE, NULL);
    g_mutex_init (&self->lock);
    g_cond_init (&self->written);
    g_cond_init (&self->rests);
    return self;
}

static bool
close_lot (IbWriter *self, guint own_threads, IbWriterCall all_synced, gpointer user_data)
{
    g_mutex_lock (&self->lock);
    guint helpers = self->gathering->outputs->len < FEWEST_TOGETHER ? helpers_for (self->gathering) : 1;
    self->closed = g_steal_pointer (&self->gathering);
    self->closed->all_synced = all_synced;
    self->closed->user_data = user_data;
    self->gathering = lot_new ();
    g_mutex_unlock (&self->lock);
    return call_helpers (self, helpers, own_threads) > 0 || helpers == 0;
}

/* Until nobody writes, syncs or waits for what is written: each of these has a file that nobody else will sync. With the lock
 * held. */
static void
wait_for_rest (IbWriter *self, const Lot *lot)
{
    while (lot->under_way > 0)
        g_cond_wait (&self->rests, &self->lock);
}

/* Waits for those under way, and lets nobody begin another one. Returns: @lot. With the lock held. */
static Lot *
end (IbWriter *self, Lot *lot)
{
    lot->next_to_write = lot->next_to_sync = lot->outputs->len;
    if (lot->waiting > 0)
        g_cond_broadcast (&self->written);
    wait_for_rest (self, lot);
    return lot;
}

static void
keep_failed (IbWriter *self, Lot *lot)
{
    for (guint i = lot->outputs->len; i > 0; i--)
        if (((IbOutput *) lot->outputs->pdata[i - 1])->error != NULL)
            g_ptr_array_insert (self->failed, 0, g_ptr_array_steal_index (lot->outputs, i - 1));
}

/* All of the closed lot, or of the one that gathers; those that fail are kept. Whoever waits for a lot need not be told; but
 * where it is only in the way, @is_told, somebody else still does. */
static void
finish_lot (IbWriter *self, bool is_told)
{
    if (self->closed == NULL)
        (void) close_lot (self, 1, NULL, NULL);
    g_mutex_lock (&self->lock);
    if (!is_told)
        self->closed->all_synced = NULL;
    sync_some (self);
    Lot *lot = self->closed;
    wait_for_rest (self, lot);
    self->closed = NULL;
    g_mutex_unlock (&self->lock);
    keep_failed (self, lot);
    lot_free (lot);
}

/* One without files would only stand in the way of the next: there is nothing in it to wait for. */
bool
ib_writer_close_lot (IbWriter *self, IbWriterCall all_synced, gpointer user_data)
{
    if (self->closed != NULL)
        finish_lot (self, true);
    if (self->gathering->outputs->len > 0)
        return close_lot (self, 0, all_synced, user_data);
    if (all_synced != NULL)
        all_synced (user_data);
    return true;
}

bool
ib_writer_sync (IbWriter *self, GError **error)
{
    finish_lot (self, false);
    if (self->failed->len == 0)
        return true;
    g_propagate_error (error, g_steal_pointer (&((IbOutput *) self->failed->pdata[0])->error));
    for (guint i = 0; i < self->failed->len; i++)
        (void) unlink (((IbOutput *) self->failed->pdata[i])->path); /* the sweep takes it otherwise */
    g_ptr_array_set_size (self->failed, 0);
    return false;
}

/* Whoever adds one file goes on to the next, if there is one; so helpers are for those that pile up. */
void
ib_writer_add (IbWriter *self, IbOutput *output)
{
    if (self->gathering->outputs->len >= MOST_GATHERED) {
        if (self->closed != NULL)
            finish_lot (self, true);
        finish_lot (self, false);
    }
    g_mutex_lock (&self->lock);
    Lot *lot = self->gathering;
    g_ptr_array_add (lot->outputs, output);
    bool is_pile = lot->outputs->len - lot->next_to_write > self->writers + 1;
    if (output->source == NULL)
        g_ptr_array_add (lot->written, output);
    bool wants_help = output->source != NULL && is_pile && self->writers < WRITE_THREADS;
    self->writers += wants_help ? 1 : 0;
    g_mutex_unlock (&self->lock);
    if (wants_help) /* where no thread can be started, it waits for the next one that can */
        (void) g_thread_pool_push (self->pool, &self->writers, NULL);
}

void
ib_writer_write_rest (IbWriter *self)
{
    g_mutex_lock (&self->lock);
    write_some (self);
    g_mutex_unlock (&self->lock);
}

void
ib_writer_give_up (IbWriter *self)
{
    g_mutex_lock (&self->lock);
    if (self->closed != NULL)
        self->closed->all_synced = NULL;
    Lot *closed = self->closed != NULL ? end (self, self->closed) : NULL;
    Lot *gathering = end (self, self->gathering);
    self->closed = NULL;
    self->gathering = lot_new ();
    g_mutex_unlock (&self->lock);
    lot_free (closed);
    lot_free (gathering);
}

void
ib_writer_forget (IbWriter *self, const char *path)
{
    for (guint i = self->failed->len; i > 0; i--)
        if (strcmp (((IbOutput *) self->failed->pdata[i - 1])->path, path) == 0)
            g_ptr_array_remove_index (self->failed, i - 1);
}

void
ib_writer_free (IbWriter *self)
{
    if (self == NULL)
        return;
    ib_writer_give_up (self); /* whoever is under way may call helpers */
    g_thread_pool_free (self->pool, TRUE, TRUE);
    lot_free (self->closed);
    lot_free (self->gathering);
    g_ptr_array_unref (self->failed);
    g_cond_clear (&self->written);
    g_cond_clear (&self->rests);
    g_mutex_clear (&self->lock);
    g_free (self);
}
