/* pipeline-files.c - the delivery thread finds a message by the file that it became
 *
 * Its bytes stand there behind the fields that we put in front of them. They are compared only where all else that could tell is
 * missing, with the files of messages that have the same size; each file is read once.
 *
 * When a journal was lost, files tell the ids that their messages have, and nothing else: one whose server has numbered it
 * anew since it came has an id by which it is not met any more. And where no filter could read a message, it has no key
 * by which one that is here could be found. Nothing is said of a file that a filter or a mail client has changed. */
#include "pipeline-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char id[IB_ID_LENGTH + 1];
    gint64 size;  /* without our fields; 0: not known */
    char *path;   /* NULL: not looked for yet, or gone */
    char *digest; /* NULL: not read yet */
} File;

struct _IbFiles {
    GHashTable *by_id;   /* File */
    GHashTable *by_size; /* gint64 → GPtrArray of them */
    bool has_paths;
};

static void
file_free (gpointer pointer)
{
    File *file = pointer;
    g_free (file->path);
    g_free (file->digest);
    g_free (file);
}

static IbFiles *
files_new (void)
{
    IbFiles *self = g_new0 (IbFiles, 1);
    self->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, file_free);
    self->by_size
        = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
    return self;
}

void
ib_files_free (IbFiles *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->by_size);
    g_hash_table_unref (self->by_id);
    g_free (self);
}

/* --- what is behind our fields ----------------------------------------------------------------------------- */

gssize
ib_pipeline_own_length (const char *top, gsize length)
{
    gsize at = 0;
    bool is_in_ours = false;
    while (at < length) {
        const char *line = top + at;
        const char *end = memchr (line, '\n', length - at);
        bool is_ours = (is_in_ours && (*line == ' ' || *line == '\t'))
                       || (length - at > strlen (IB_PIPELINE_OWN_PREFIX)
                           && strncmp (line, IB_PIPELINE_OWN_PREFIX, strlen (IB_PIPELINE_OWN_PREFIX)) == 0);
        if (!is_ours)
            return (gssize) at;
        if (end == NULL)
            return -1;
        is_in_ours = true;
        at = (gsize) (end - top) + 1;
    }
    return (gssize) at;
}

int
ib_pipeline_open_behind_ours (const char *path, guint64 *out_offset, guint64 *out_size)
{
    char top[IB_PIPELINE_TOP_BYTES];
    struct stat st;
    int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    errno = 0;
    gssize count = fstat (fd, &st) == 0 && S_ISREG (st.st_mode) ? pread (fd, top, sizeof top, 0) : -1;
    int number = errno;
    gssize own = count < 0 ? -1 : ib_pipeline_own_length (top, (gsize) count);
    if (own < 0 || own > st.st_size || (own == (gssize) sizeof top && st.st_size > own)) {
        (void) close (fd);
        errno = number;
        return -1;
    }
    *out_offset = (guint64) own;
    *out_size = (guint64) (st.st_size - own);
    return fd;
}

/* --- all of them ------------------------------------------------------------------------------------------- */

static void
add (const char *id, guint64 size_bytes, gpointer user_data)
{
    IbFiles *files = user_data;
    File *file = g_new0 (File, 1);
    g_strlcpy (file->id, id, sizeof file->id);
    file->size = (gint64) size_bytes;
    g_hash_table_replace (files->by_id, file->id, file);
}

static void
note_path (const char *folder, const char *path, const char *name, const char *id, gpointer user_data)
{
    File *file = g_hash_table_lookup (((IbFiles *) user_data)->by_id, id);
    if (file != NULL && file->path == NULL)
        file->path = g_strdup (path);
}

/* Where they stand now. One that a client moves meanwhile is not recognized. */
static bool
find_paths (IbPipeline *self, IbFiles *files, GError **error)
{
    if (files->has_paths || self->home->maildir == NULL)
        return true;
    files->has_paths = true;
    return ib_maildir_scan (self->home->maildir, note_path, files, error);
}

static void
sort_by_size (IbFiles *files)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, files->by_id);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        File *file = value;
        GPtrArray *same = g_hash_table_lookup (files->by_size, &file->size);
        if (same == NULL) {
            same = g_ptr_array_new ();
            g_hash_table_insert (files->by_size, g_memdup2 (&file->size, sizeof file->size), same);
        }
        g_ptr_array_add (same, file);
    }
}

/* --- one of them ------------------------------------------------------------------------------------------- */

/* "" if it cannot be read, or has been changed. */
static const char *
digest_of (File *file)
{
    guint64 offset = 0, size = 0;
    if (file->digest != NULL)
        return file->digest;
    int fd = file->path != NULL ? ib_pipeline_open_behind_ours (file->path, &offset, &size) : -1;
    bool is_same = fd >= 0 && (gint64) size == file->size;
    file->digest = is_same ? ib_pipeline_digest (fd, offset, size) : g_strdup ("");
    if (fd >= 0)
        (void) close (fd);
    return file->digest;
}

/* Of those that have the size of @message. *out_is_certain: if it is none of them, it is not here. */
static bool
find (IbPipeline *self, IbFiles *files, const IbIncoming *message, char *out_id, bool *out_is_certain,
      GError **error)
{
    const gint64 size = (gint64) message->story->size_bytes;
    GPtrArray *same = size > 0 ? g_hash_table_lookup (files->by_size, &size) : NULL;
    *out_id = '\0';
    *out_is_certain = true;
    if (same == NULL || same->len == 0)
        return true;
    if (!find_paths (self, files, error))
        return false;
    g_autofree char *digest
        = ib_pipeline_digest (ib_bag_fd (message->bag), message->offset, message->story->size_bytes);
    for (guint i = 0; i < same->len && *out_id == '\0'; i++) {
        File *file = same->pdata[i];
        if (strcmp (digest_of (file), digest) == 0)
            g_strlcpy (out_id, file->id, sizeof file->id);
        else if (*digest_of (file) == '\0')
            *out_is_certain = false;
    }
    return true;
}

static void
forget (IbFiles *files, const char *id)
{
    File *file = files != NULL ? g_hash_table_lookup (files->by_id, id) : NULL;
    GPtrArray *same = file != NULL ? g_hash_table_lookup (files->by_size, &file->size) : NULL;
    if (same != NULL)
        g_ptr_array_remove_fast (same, file);
    if (file != NULL)
        g_hash_table_remove (files->by_id, id);
}

void
ib_pipeline_forget_file (IbPipeline *self, const char *id)
{
    forget (self->adopted, id);
    forget (self->formers, id);
}

/* --- a lost journal's -------------------------------------------------------------------------------------- */

static bool
measure (IbPipeline *self, File *file, GError **error)
{
    guint64 offset = 0, size = 0;
    int fd = file->path != NULL ? ib_pipeline_open_behind_ours (file->path, &offset, &size) : -1;
    if (fd < 0)
        return true;
    (void) close (fd);
    file->size = (gint64) size;
    return self->is_dry || ib_journal_measure_adopted (self->home->journal, file->id, size, error);
}

/* The journal remembers the sizes that were found; the others are looked for once each time the home is opened. */
static bool
measure_all (IbPipeline *self, GError **error)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, self->adopted->by_id);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        File *file = value;
        if (file->size == 0 && (!find_paths (self, self->adopted, error) || !measure (self, file, error)))
            return false;
    }
    return true;
}

static bool
look_for_adopted (IbPipeline *self, GError **error)
{
    if (self->adopted != NULL)
        return true;
    self->adopted = files_new ();
    if (!ib_journal_list_adopted (self->home->journal, add, self->adopted, error)
        || !measure_all (self, error))
        return false;
    sort_by_size (self->adopted);
    return true;
}

bool
ib_pipeline_find_adopted (IbPipeline *self, const IbIncoming *message, char *out_id, GError **error)
{
    bool is_certain = true;
    return look_for_adopted (self, error) && find (self, self->adopted, message, out_id, &is_certain, error);
}

/* --- a mailbox's, that was numbered anew ------------------------------------------------------------------- */

/* Once all were renamed, what has a name of the mailbox itself has been met: mail that is equal is not taken for it again. It is looked
 * for anew whenever another mailbox came between. */
static bool
look_for_formers (IbPipeline *self, const IbIncoming *message, GError **error)
{
    gint64 key = message->story->mailbox_key;
    gint64 until = g_hash_table_contains (self->renamed, &key) ? 0 : message->policy.renamed_until;
    if (self->formers != NULL && self->formers_of == key)
        return true;
    g_clear_pointer (&self->formers, ib_files_free);
    self->formers = files_new ();
    self->formers_of = key;
    if (!ib_journal_list_formers (self->home->journal, key, until, add, self->formers, error))
        return false;
    sort_by_size (self->formers);
    return true;
}

bool
ib_pipeline_find_former (IbPipeline *self, const IbIncoming *message, char *out_id, bool *out_is_certain,
                         GError **error)
{
    return look_for_formers (self, message, error)
           && find (self, self->formers, message, out_id, out_is_certain, error);
}
