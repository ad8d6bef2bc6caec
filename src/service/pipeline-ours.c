/* pipeline-ours.c - the delivery thread finds what comes out of our own Maildir
 *
 * A server may read the Maildir that we write, be it one of the user's own: what comes from there is what was delivered here, and
 * would be delivered again at every poll, or deleted there, which is here. Which of our files it is, the message tells by the id at
 * its top; or the server, which has noted in the Maildir which file has which UID; or its UIDL, where that is a file's name. All of
 * that anybody may write: so it is ours only if the rest is what that file holds.
 *
 * Bytes alone tell nothing: two that are equal may have been sent twice, and are two. */
#include "pipeline-private.h"
#include "server-side.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#define ID_FIELD IB_PIPELINE_OWN_PREFIX "Id: "
/* Dovecot's UIDLs, if nothing else is set: the UID and the UIDVALIDITY, eight hexadecimal digits each. */
#define UIDL_HALF 8

/* What a server that reads the Maildir has noted there of a mailbox, as it was when that was entered. */
typedef struct {
    guint32 uidvalidity; /* POP3: 0, until a UIDL tells one */
    GHashTable *ids;     /* UID → GPtrArray of char*, of our files; NULL: not looked for */
    bool is_noted;       /* that our own comes from there */
} Visit;

static void
visit_free (gpointer pointer)
{
    Visit *visit = pointer;
    g_clear_pointer (&visit->ids, g_hash_table_unref);
    g_free (visit);
}

GHashTable *
ib_pipeline_new_visits (void)
{
    return g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, visit_free);
}

void
ib_pipeline_begin_visit (IbPipeline *self, gint64 mailbox_key, guint32 uidvalidity)
{
    Visit *visit = g_new0 (Visit, 1);
    visit->uidvalidity = uidvalidity;
    g_hash_table_replace (self->visits, g_memdup2 (&mailbox_key, sizeof mailbox_key), visit);
    ib_pipeline_forget_ours (self);
}

/* --- our files --------------------------------------------------------------------------------------------- */

static void
note_ours (const char *folder, const char *path, const char *name, const char *id, gpointer user_data)
{
    GHashTable *ours = user_data;
    GPtrArray *paths = g_hash_table_lookup (ours, id);
    if (paths == NULL) {
        paths = g_ptr_array_new_with_free_func (g_free);
        g_hash_table_insert (ours, g_strdup (id), paths);
    }
    g_ptr_array_add (paths, g_strdup (path));
}

/* The Maildir is read once for all that comes from a mailbox, as long as nothing is delivered. */
static bool
look_for_ours (IbPipeline *self, GError **error)
{
    if (self->ours != NULL || self->home->maildir == NULL)
        return true;
    self->ours = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
    return ib_maildir_scan (self->home->maildir, note_ours, self->ours, error);
}

void
ib_pipeline_forget_ours (IbPipeline *self)
{
    g_clear_pointer (&self->ours, g_hash_table_unref);
}

/* Where it has another name by now: whoever serves it may have marked it as seen since. -1: it is gone, or nobody may read it,
 * or, with @error, it cannot be read now. */
static int
open_ours (IbPipeline *self, const char *path, guint64 *out_offset, guint64 *out_size, GError **error)
{
    g_autofree char *name = g_path_get_basename (path), *found = NULL;
    int fd = ib_pipeline_open_behind_ours (path, out_offset, out_size);
    if (fd < 0 && errno == ENOENT) {
        found = ib_maildir_find (self->home->maildir, name, NULL, error);
        if (found == NULL)
            return -1;
        fd = ib_pipeline_open_behind_ours (found, out_offset, out_size);
    }
    if (fd < 0 && (errno == EIO || errno == EMFILE || errno == ENFILE || errno == ENOMEM))
        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("Cannot read %s: %s"),
                     found != NULL ? found : path, g_strerror (errno));
    return fd;
}

/* One of the files at @paths. */
static bool
is_one_of (IbPipeline *self, const IbIncoming *message, guint64 own_bytes, const GPtrArray *paths,
           GError **error)
{
    const guint64 length = message->story->size_bytes - own_bytes;
    g_autofree char *digest
        = ib_pipeline_digest (ib_bag_fd (message->bag), message->offset + own_bytes, length);
    g_autoptr (GError) why = NULL;
    bool is_one = false;
    for (guint i = 0; i < paths->len && !is_one && why == NULL; i++) {
        guint64 offset = 0, size = 0;
        int fd = open_ours (self, paths->pdata[i], &offset, &size, &why);
        g_autofree char *there = fd >= 0 && size == length ? ib_pipeline_digest (fd, offset, size) : NULL;
        is_one = g_strcmp0 (there, digest) == 0;
        if (fd >= 0)
            (void) close (fd);
    }
    if (why != NULL)
        g_propagate_error (error, g_steal_pointer (&why));
    return is_one;
}

/* --- which of them it may be ------------------------------------------------------------------------------- */

/* *out_id: "" if it bears none at its top. *out_own_bytes: of our fields there. False: they have no end. */
static bool
read_top (const IbIncoming *message, char *out_id, guint64 *out_own_bytes)
{
    char top[IB_PIPELINE_TOP_BYTES];
    gsize most = MIN (message->story->size_bytes, sizeof top);
    *out_id = '\0';
    *out_own_bytes = 0;
    gssize count = pread (ib_bag_fd (message->bag), top, MIN (most, strlen (IB_PIPELINE_OWN_PREFIX)),
                          (off_t) message->offset);
    if (count < (gssize) strlen (IB_PIPELINE_OWN_PREFIX)
        || memcmp (top, IB_PIPELINE_OWN_PREFIX, strlen (IB_PIPELINE_OWN_PREFIX)) != 0)
        return true;
    count = pread (ib_bag_fd (message->bag), top, most, (off_t) message->offset);
    gssize own = count == (gssize) most ? ib_pipeline_own_length (top, most) : -1;
    if (own < 0)
        return false;
    *out_own_bytes = (guint64) own;
    const char *id = top + strlen (ID_FIELD);
    if (own > (gssize) (strlen (ID_FIELD) + IB_ID_LENGTH) && memcmp (top, ID_FIELD, strlen (ID_FIELD)) == 0
        && id[IB_ID_LENGTH] == '\n') {
        memcpy (out_id, id, IB_ID_LENGTH);
        out_id[IB_ID_LENGTH] = '\0';
    }
    if (strspn (out_id, "0123456789abcdef") != strlen (out_id))
        *out_id = '\0';
    return true;
}

static void
note_served (guint32 uid, const char *name, gpointer user_data)
{
    GHashTable *ids = user_data;
    char id[IB_ID_LENGTH + 1];
    if (!ib_maildir_read_name (name, id, NULL))
        return;
    GPtrArray *same = g_hash_table_lookup (ids, GUINT_TO_POINTER (uid));
    if (same == NULL) {
        same = g_ptr_array_new_with_free_func (g_free);
        g_hash_table_insert (ids, GUINT_TO_POINTER (uid), same);
    }
    g_ptr_array_add (same, g_strdup (id));
}

/* NULL: nothing is noted of it. */
static GPtrArray *
ids_of_uid (IbPipeline *self, Visit *visit, guint32 uid)
{
    if (visit->ids == NULL) {
        visit->ids = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
        ib_maildir_served (self->home->maildir, visit->uidvalidity, note_served, visit->ids);
    }
    return g_hash_table_lookup (visit->ids, GUINT_TO_POINTER (uid));
}

static GPtrArray *
ids_of_uidl (IbPipeline *self, Visit *visit, const char *uidl)
{
    char half[UIDL_HALF + 1] = "";
    if (strspn (uidl, "0123456789abcdefABCDEF") != 2 * UIDL_HALF || uidl[2 * UIDL_HALF] != '\0')
        return NULL;
    memcpy (half, uidl, UIDL_HALF);
    guint32 uid = (guint32) g_ascii_strtoull (half, NULL, 16);
    guint32 uidvalidity = (guint32) g_ascii_strtoull (uidl + UIDL_HALF, NULL, 16);
    if (visit->uidvalidity == 0)
        visit->uidvalidity = uidvalidity;
    return visit->uidvalidity == uidvalidity && uidvalidity != 0 ? ids_of_uid (self, visit, uid) : NULL;
}

/* By what its server has noted. NULL: that tells nothing. */
static GPtrArray *
served_ids (IbPipeline *self, const IbStory *story)
{
    Visit *visit = g_hash_table_lookup (self->visits, &story->mailbox_key);
    if (visit == NULL || self->home->maildir == NULL)
        return NULL;
    return story->uidl != NULL ? ids_of_uidl (self, visit, story->uidl)
                               : ids_of_uid (self, visit, story->uid);
}

/* --- whether it is ----------------------------------------------------------------------------------------- */

static bool
is_that (IbPipeline *self, const IbIncoming *message, guint64 own_bytes, const char *id, bool *out_is_ours,
         GError **error)
{
    g_autoptr (GError) why = NULL;
    if (ib_journal_has (self->home->journal, id, &why) && look_for_ours (self, &why)) {
        const GPtrArray *paths = self->ours != NULL ? g_hash_table_lookup (self->ours, id) : NULL;
        *out_is_ours = paths != NULL && is_one_of (self, message, own_bytes, paths, &why);
    }
    if (why == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

static bool
compare (IbPipeline *self, const IbIncoming *message, bool *out_is_ours, GError **error)
{
    const IbStory *story = message->story;
    char id[IB_ID_LENGTH + 1];
    guint64 own_bytes;
    *out_is_ours = false;
    if (!read_top (message, id, &own_bytes))
        return true;
    if (*id != '\0' && !is_that (self, message, own_bytes, id, out_is_ours, error))
        return false;
    if (!*out_is_ours && story->uidl != NULL && ib_maildir_read_name (story->uidl, id, NULL)
        && !is_that (self, message, own_bytes, id, out_is_ours, error))
        return false;
    const GPtrArray *ids = *out_is_ours ? NULL : served_ids (self, story);
    for (guint i = 0; ids != NULL && i < ids->len && !*out_is_ours; i++)
        if (!is_that (self, message, own_bytes, ids->pdata[i], out_is_ours, error))
            return false;
    return true;
}

/* Once a visit. */
static bool
note_mailbox (IbPipeline *self, gint64 mailbox_key, GError **error)
{
    Visit *visit = g_hash_table_lookup (self->visits, &mailbox_key);
    if (self->is_dry || visit == NULL || visit->is_noted)
        return true;
    visit->is_noted = true;
    return ib_server_side_note_ours (self->home->journal, mailbox_key, g_get_real_time () / G_USEC_PER_SEC,
                                     error);
}

bool
ib_pipeline_find_ours (IbPipeline *self, const IbIncoming *message, bool *out_is_ours, GError **error)
{
    return compare (self, message, out_is_ours, error)
           && (!*out_is_ours || note_mailbox (self, message->story->mailbox_key, error));
}
