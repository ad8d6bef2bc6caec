/* pipeline-adopted.c - the delivery thread finds a message of which nothing is known but its file
 *
 * When a journal was lost, files tell the ids that their messages have. One whose server has numbered it anew since it came
 * has an id by which it is not met any more; its bytes still stand in the file, behind the fields that we put there. They
 * are compared only where a message is met that nobody knows and that has the size of such a file: each file is read once.
 * Nothing is said of one that a filter has changed otherwise, or a mail client. */
#include "pipeline-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Our fields at the top of a file are shorter; what is longer is not recognized. */
#define TOP_BYTES 8192
#define OWN_PREFIX "X-Inbasket-"

/* A message of which its file is known. */
typedef struct {
    char id[IB_ID_LENGTH + 1];
    gint64 size;  /* without our fields; 0: not known */
    char *path;   /* NULL: not looked for yet, or gone */
    char *digest; /* NULL: not read yet */
} Adopted;

struct _IbAdopted {
    GHashTable *by_id;   /* Adopted */
    GHashTable *by_size; /* gint64 → GPtrArray of them */
    bool has_paths;
};

static void
adopted_free (gpointer pointer)
{
    Adopted *adopted = pointer;
    g_free (adopted->path);
    g_free (adopted->digest);
    g_free (adopted);
}

void
ib_adopted_free (IbAdopted *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->by_size);
    g_hash_table_unref (self->by_id);
    g_free (self);
}

/* --- what is behind our fields ----------------------------------------------------------------------------- */

/* As they were put in front of the message, one or more lines each. -1: they have no end here. */
static gssize
own_length (const char *top, gsize length)
{
    gsize at = 0;
    bool is_in_ours = false;
    while (at < length) {
        const char *line = top + at;
        const char *end = memchr (line, '\n', length - at);
        bool is_ours
            = (is_in_ours && (*line == ' ' || *line == '\t'))
              || (length - at > strlen (OWN_PREFIX) && strncmp (line, OWN_PREFIX, strlen (OWN_PREFIX)) == 0);
        if (!is_ours)
            return (gssize) at;
        if (end == NULL)
            return -1;
        is_in_ours = true;
        at = (gsize) (end - top) + 1;
    }
    return (gssize) at;
}

/* -1: it cannot be read, or is none. *out_offset, *out_size: of what is behind our fields. */
static int
open_behind_ours (const char *path, guint64 *out_offset, guint64 *out_size)
{
    char top[TOP_BYTES];
    struct stat st;
    int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    gssize count = fstat (fd, &st) == 0 && S_ISREG (st.st_mode) ? pread (fd, top, sizeof top, 0) : -1;
    gssize own = count < 0 ? -1 : own_length (top, (gsize) count);
    if (own < 0 || own > st.st_size || (own == (gssize) sizeof top && st.st_size > own)) {
        (void) close (fd);
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
    IbAdopted *self = user_data;
    Adopted *adopted = g_new0 (Adopted, 1);
    g_strlcpy (adopted->id, id, sizeof adopted->id);
    adopted->size = (gint64) size_bytes;
    g_hash_table_replace (self->by_id, adopted->id, adopted);
}

static void
note_path (const char *folder, const char *path, const char *name, const char *id, gpointer user_data)
{
    Adopted *adopted = g_hash_table_lookup (((IbAdopted *) user_data)->by_id, id);
    if (adopted != NULL && adopted->path == NULL)
        adopted->path = g_strdup (path);
}

/* Where they stand now. One that a client moves meanwhile is not recognized. */
static bool
find_paths (IbPipeline *self, GError **error)
{
    if (self->adopted->has_paths || self->home->maildir == NULL)
        return true;
    self->adopted->has_paths = true;
    return ib_maildir_scan (self->home->maildir, note_path, self->adopted, error);
}

static bool
measure (IbPipeline *self, Adopted *adopted, GError **error)
{
    guint64 offset = 0, size = 0;
    int fd = adopted->path != NULL ? open_behind_ours (adopted->path, &offset, &size) : -1;
    if (fd < 0)
        return true;
    (void) close (fd);
    adopted->size = (gint64) size;
    return self->is_dry || ib_journal_measure_adopted (self->home->journal, adopted->id, size, error);
}

/* Once after the journal was lost: it remembers them. */
static bool
measure_all (IbPipeline *self, GError **error)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, self->adopted->by_id);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Adopted *adopted = value;
        if (adopted->size == 0 && (!find_paths (self, error) || !measure (self, adopted, error)))
            return false;
    }
    return true;
}

static void
sort_by_size (IbAdopted *self)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, self->by_id);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Adopted *adopted = value;
        GPtrArray *same = g_hash_table_lookup (self->by_size, &adopted->size);
        if (same == NULL) {
            same = g_ptr_array_new ();
            g_hash_table_insert (self->by_size, g_memdup2 (&adopted->size, sizeof adopted->size), same);
        }
        g_ptr_array_add (same, adopted);
    }
}

static bool
look (IbPipeline *self, GError **error)
{
    if (self->adopted != NULL)
        return true;
    self->adopted = g_new0 (IbAdopted, 1);
    self->adopted->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, adopted_free);
    self->adopted->by_size
        = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
    if (!ib_journal_list_adopted (self->home->journal, add, self->adopted, error)
        || !measure_all (self, error))
        return false;
    sort_by_size (self->adopted);
    return true;
}

/* --- one of them ------------------------------------------------------------------------------------------- */

/* "" if it cannot be read. */
static const char *
digest_of (Adopted *adopted)
{
    guint64 offset = 0, size = 0;
    if (adopted->digest != NULL)
        return adopted->digest;
    int fd = adopted->path != NULL ? open_behind_ours (adopted->path, &offset, &size) : -1;
    bool is_same = fd >= 0 && (gint64) size == adopted->size;
    adopted->digest = is_same ? ib_pipeline_digest (fd, offset, size) : g_strdup ("");
    if (fd >= 0)
        (void) close (fd);
    return adopted->digest;
}

void
ib_pipeline_forget_adopted (IbPipeline *self, const char *id)
{
    Adopted *adopted = self->adopted != NULL ? g_hash_table_lookup (self->adopted->by_id, id) : NULL;
    GPtrArray *same = adopted != NULL ? g_hash_table_lookup (self->adopted->by_size, &adopted->size) : NULL;
    if (same != NULL)
        g_ptr_array_remove_fast (same, adopted);
    if (adopted != NULL)
        g_hash_table_remove (self->adopted->by_id, id);
}

static Adopted *
find (GPtrArray *same, const char *digest)
{
    for (guint i = 0; i < same->len; i++)
        if (strcmp (digest_of (same->pdata[i]), digest) == 0)
            return same->pdata[i];
    return NULL;
}

bool
ib_pipeline_find_adopted (IbPipeline *self, const IbIncoming *message, char *out_id, GError **error)
{
    const gint64 size = (gint64) message->story->size_bytes;
    *out_id = '\0';
    if (!look (self, error))
        return false;
    GPtrArray *same = size > 0 ? g_hash_table_lookup (self->adopted->by_size, &size) : NULL;
    if (same == NULL || same->len == 0)
        return true;
    if (!find_paths (self, error))
        return false;
    g_autofree char *digest
        = ib_pipeline_digest (ib_bag_fd (message->bag), message->offset, message->story->size_bytes);
    const Adopted *adopted = find (same, digest);
    if (adopted != NULL)
        g_strlcpy (out_id, adopted->id, IB_ID_LENGTH + 1);
    return true;
}
