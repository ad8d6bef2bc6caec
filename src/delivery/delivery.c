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

struct _IbDelivery {
    IbMaildir *maildir;
    IbHeld *held;
    IbWriter *writer;
};

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

static bool
is_for_inbox (const IbStory *story)
{
    for (guint i = 0; i < story->files->len; i++)
        if (strcmp (((const IbStoryFile *) story->files->pdata[i])->folder, "INBOX") == 0)
            return true;
    return false;
}

/* One folder that cannot be used holds up no mail, neither this message nor all that come behind it. */
static void
turn_to_inbox (IbStory *story, guint number, const GError *why)
{
    IbStoryFile *file = g_ptr_array_index (story->files, number);
    g_free (story->note);
    story->note = g_strdup_printf (_ ("put into the INBOX: %s"), why->message);
    if (is_for_inbox (story)) {
        g_ptr_array_remove_index (story->files, number);
        return;
    }
    g_free (file->folder);
    file->folder = g_strdup ("INBOX");
}

static void
drop_first (IbDelivery *self, const IbStory *story, guint count)
{
    for (guint i = 0; i < count; i++)
        drop (self, g_ptr_array_index (story->files, i));
}

/* Begins all files of @story, or none. Returns: (transfer full) (nullable): IbOutput */
static GPtrArray *
begin_files (IbDelivery *self, IbStory *story, IbSource *source, const IbEdition *editions, gsize count,
             const guint64 *sizes, GError **error)
{
    g_autoptr (GPtrArray) begun = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_output_free);
    while (begun->len < story->files->len) {
        IbStoryFile *file = g_ptr_array_index (story->files, begun->len);
        guint edition = file->edition < count ? file->edition : 0;
        g_autoptr (GError) why = NULL;
        int fd = create (self, story, file, &why);
        if (fd < 0 && !is_held (file) && ib_maildir_is_about_folder (file->folder, why)) {
            turn_to_inbox (story, begun->len, why);
            continue;
        }
        if (fd < 0) {
            g_propagate_error (error, g_steal_pointer (&why));
            drop_first (self, story, begun->len);
            return NULL;
        }
        if (!is_held (file))
            ib_maildir_set_size (file, sizes[edition]);
        g_ptr_array_add (begun, ib_output_new (fd, temporary_path (self, file), source, &editions[edition]));
    }
    return g_steal_pointer (&begun);
}

/* Here and now. */
static bool
write_all (IbDelivery *self, const IbStory *story, GPtrArray *begun, GError **error)
{
    for (guint i = 0; i < begun->len; i++) {
        if (ib_output_write (begun->pdata[i], error))
            continue;
        drop_first (self, story, story->files->len);
        return false;
    }
    return true;
}

IbDelivery *
ib_delivery_new (IbMaildir *maildir, IbHeld *held)
{
    IbDelivery *self = g_new0 (IbDelivery, 1);
    self->maildir = maildir;
    self->held = held;
    self->writer = ib_writer_new ();
    return self;
}

/* Takes @source. @is_at_once: written when this returns. */
static bool
take (IbDelivery *self, IbStory *story, const IbPiece *piece, IbSource *source, const IbEdition *editions,
      gsize count, bool is_at_once, GError **error)
{
    g_autofree guint64 *sizes = g_new0 (guint64, count);
    g_autoptr (GPtrArray) begun = NULL;
    if (measure_all (piece, editions, count, sizes, error))
        begun = begin_files (self, story, source, editions, count, sizes, error);
    ib_source_unref (source);
    if (begun == NULL || (is_at_once && !write_all (self, story, begun, error)))
        return false;
    g_ptr_array_set_free_func (begun, NULL);
    for (guint i = 0; i < begun->len; i++)
        ib_writer_add (self->writer, begun->pdata[i]);
    return true;
}

bool
ib_delivery_begin_write (IbDelivery *self, IbStory *story, const IbPiece *source, const IbEdition *editions,
                         gsize count, IbWriterCall written, gpointer user_data, GError **error)
{
    IbSource *from = ib_source_new (source, story->internal_date_s, written, user_data);
    return take (self, story, source, from, editions, count, false, error);
}

bool
ib_delivery_write (IbDelivery *self, IbStory *story, const IbPiece *source, const IbStretch *stretches,
                   gsize count, GError **error)
{
    const IbEdition only = { stretches, count };
    IbSource *from = ib_source_new (source, story->internal_date_s, NULL, NULL);
    return take (self, story, source, from, &only, 1, true, error);
}

void
ib_delivery_write_rest (IbDelivery *self)
{
    ib_writer_write_rest (self->writer);
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

bool
ib_delivery_begin_sync (IbDelivery *self, IbWriterCall all_synced, gpointer user_data)
{
    return ib_writer_close_lot (self->writer, all_synced, user_data);
}

bool
ib_delivery_sync (IbDelivery *self, GPtrArray *batch, GError **error)
{
    g_autoptr (GPtrArray) together = maildir_files (batch, 2);
    return ib_writer_sync (self->writer, error) && ib_maildir_sync_waiting (self->maildir, together, error);
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
        g_autofree char *held = is_held (file) ? ib_held_find (self->held, story->id, &why) : NULL;
        const Standing *found = why == NULL ? find_standing (self, file, standing, &why) : NULL;
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
        ib_writer_forget (self->writer, path);
        drop (self, file);
    }
}

void
ib_delivery_abandon (IbDelivery *self, GPtrArray *batch)
{
    ib_writer_give_up (self->writer);
    for (guint i = 0; i < batch->len; i++)
        if (!is_begun (g_ptr_array_index (batch, i)))
            abandon_story (self, g_ptr_array_index (batch, i));
}

void
ib_delivery_free (IbDelivery *self)
{
    if (self == NULL)
        return;
    ib_writer_free (self->writer);
    g_free (self);
}
