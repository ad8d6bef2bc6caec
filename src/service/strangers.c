/* strangers.c - files whose names tell nothing: which of them is a message that is missing?
 *
 * Each is remembered by a hash of its name, so that it is known which ones are new. A client may also make the copy first,
 * and remove the message much later: a copy of a message that still stands is remembered as such. */
#include "rescan-private.h"

#include <string.h>

/* Files whose beginning is read in one run; the others have their turn the next time. */
#define MOST_READ 2000
/* Of a file: our field is the first. */
#define TOP_BYTES 4096
#define FIELD "X-Inbasket-Id: "

/* The strangers of one directory. */
typedef struct {
    gint64 key;
    GHashTable *strangers; /* name → IbStranger */
    GHashTable *seen;      /* names */
} Table;

/* A file that may be a missing message. */
typedef struct {
    IbName *name;
    gint64 directory;
    IbStranger stranger;
} Candidate;

typedef struct {
    IbRescan *rescan;
    GHashTable *tables; /* path → Table */
    GArray *candidates; /* Candidate */
    guint left;         /* files that may still be read */
    bool is_cut;
} Search;

static void
table_free (gpointer pointer)
{
    Table *self = pointer;
    g_hash_table_unref (self->strangers);
    g_hash_table_unref (self->seen);
    g_free (self);
}

/* FNV-1a. A client may give a file other flags: only the part that it keeps counts. */
static gint64
hash_name (const char *place)
{
    const char *slash = strrchr (place, '/');
    guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);
    for (const char *at = slash != NULL ? slash + 1 : place; *at != '\0' && *at != ':' && *at != ','; at++)
        hash = (hash ^ (guchar) *at) * G_GUINT64_CONSTANT (0x100000001b3);
    return (gint64) hash;
}

/* NULL on error. */
static Table *
get_table (Search *self, const char *path, GError **error)
{
    Table *table = g_hash_table_lookup (self->tables, path);
    if (table != NULL)
        return table;
    gint64 key = ib_rescan_directory (self->rescan, path, error);
    g_autoptr (GArray) strangers = key != 0 ? ib_places_strangers (self->rescan->journal, key, error) : NULL;
    if (strangers == NULL)
        return NULL;
    table = g_new (Table, 1);
    table->key = key;
    table->strangers = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
    table->seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < strangers->len; i++) {
        IbStranger *stranger = g_memdup2 (&g_array_index (strangers, IbStranger, i), sizeof *stranger);
        g_hash_table_insert (table->strangers, &stranger->name, stranger);
    }
    g_hash_table_insert (self->tables, g_strdup (path), table);
    return table;
}

static bool
add_stranger (Search *self, const Table *table, IbName *name, const IbStranger *stranger, GError **error)
{
    Candidate candidate = { name, table->key, *stranger };
    g_array_append_val (self->candidates, candidate);
    return ib_places_note_stranger (self->rescan->journal, table->key, stranger, error);
}

/* A name of ours, though the message is not missing, or not known to be: it was away; or this is a copy of it. */
static bool
look_at_own (Search *self, const Table *table, IbName *name, const char *id, guint number, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbPlacedFile) file = ib_places_find (self->rescan->journal, id, number, &why);
    IbStranger stranger = { .name = hash_name (name->place), .is_read = true };
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    if (file != NULL && file->is_gone) {
        char *was = g_strdup (file->place);
        ib_rescan_miss (self->rescan, g_steal_pointer (&file), was)->found = name;
        name->is_taken = true;
        return true;
    }
    if (file != NULL)
        g_strlcpy (stranger.id, id, sizeof stranger.id);
    return add_stranger (self, table, name, &stranger, error);
}

static void
add_sent (Search *self, const Table *table, const IbName *name)
{
    IbSentMail *mail = g_new (IbSentMail, 1);
    *mail = (IbSentMail){ g_strdup (name->place), table->key, hash_name (name->place) };
    g_ptr_array_add (self->rescan->sent, mail);
    g_hash_table_add (self->rescan->again, g_strdup (name->part->path));
}

/* What was there when we first looked is of no interest: nothing is missing yet. */
static bool
look_at_new (Search *self, const Table *table, IbName *name, GError **error)
{
    char id[IB_ID_LENGTH + 1];
    guint number = 0;
    const char *base = strrchr (name->place, '/') + 1;
    if (ib_maildir_read_name (base, id, &number))
        return look_at_own (self, table, name, id, number, error);
    if (ib_rescan_role (self->rescan, name->part->folder) == IB_ROLE_SENT) {
        add_sent (self, table, name);
        return true;
    }
    const IbStranger stranger = { .name = hash_name (name->place), .is_read = self->rescan->is_first };
    return add_stranger (self, table, name, &stranger, error);
}

static bool
look_at (Search *self, IbName *name, GError **error)
{
    gint64 hash = hash_name (name->place);
    Table *table = get_table (self, name->part->path, error);
    if (table == NULL)
        return false;
    const IbStranger *stranger = g_hash_table_lookup (table->strangers, &hash);
    bool is_new = stranger == NULL && g_hash_table_contains (self->rescan->reading, name->part->path);
    g_hash_table_add (table->seen, g_memdup2 (&hash, sizeof hash));
    if (is_new)
        return look_at_new (self, table, name, error);
    if (stranger != NULL && (!stranger->is_read || *stranger->id != '\0')) {
        Candidate candidate = { name, table->key, *stranger };
        g_array_append_val (self->candidates, candidate);
    }
    return true;
}

static bool
look_at_names (Search *self, GError **error)
{
    GHashTableIter each;
    gpointer value;
    g_hash_table_iter_init (&each, self->rescan->names);
    while (g_hash_table_iter_next (&each, NULL, &value)) {
        IbName *name = value;
        if (!name->is_taken && !look_at (self, name, error))
            return false;
    }
    return true;
}

/* --- those that are missing --------------------------------------------------------------------------------------- */

/* By id; of several files of one message the first. (transfer container) */
static GHashTable *
missing_by_id (const IbRescan *rescan)
{
    GHashTable *missing = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = rescan->missing->len; i > 0; i--) {
        IbMissing *one = rescan->missing->pdata[i - 1];
        if (one->found == NULL)
            g_hash_table_insert (missing, one->file->id, one);
    }
    return missing;
}

/* Directories that did not change, but have strangers that were not looked at, or copies. */
static bool
read_more (Search *self, GError **error)
{
    IbRescan *rescan = self->rescan;
    GHashTableIter each;
    gpointer path, value;
    g_autoptr (GArray) keys = ib_places_of_note (rescan->journal, error);
    if (keys == NULL)
        return false;
    g_hash_table_iter_init (&each, rescan->known);
    while (g_hash_table_iter_next (&each, &path, &value)) {
        const IbPlaceDirectory *directory = value;
        const IbSurveyPart *part = g_hash_table_lookup (rescan->paths, path);
        bool is_of_note = false;
        for (guint i = 0; i < keys->len; i++)
            is_of_note = is_of_note || g_array_index (keys, gint64, i) == directory->key;
        if (is_of_note && part != NULL && !g_hash_table_contains (rescan->reading, path))
            ib_rescan_read (rescan, part);
    }
    return true;
}

/* "" if it says nothing, or cannot be read. */
static void
read_id (const IbRescan *rescan, const char *place, char *out_id)
{
    char top[TOP_BYTES];
    const gsize before = strlen (FIELD);
    gssize length = ib_survey_read_top (rescan->maildir, place, top, sizeof top);
    *out_id = '\0';
    if (length <= (gssize) (before + IB_ID_LENGTH) || strncmp (top, FIELD, before) != 0)
        return;
    const char *id = top + before;
    for (gsize i = 0; i < IB_ID_LENGTH; i++)
        if (!g_ascii_isxdigit (id[i]) || g_ascii_isupper (id[i]))
            return;
    if (id[IB_ID_LENGTH] != '\n' && id[IB_ID_LENGTH] != '\r')
        return;
    memcpy (out_id, id, IB_ID_LENGTH);
    out_id[IB_ID_LENGTH] = '\0';
}

/* A field that names a message that stands elsewhere is a copy's, or a lie: it is remembered, and not believed. */
static bool
try_candidate (Search *self, GHashTable *missing, Candidate *candidate, GError **error)
{
    IbRescan *rescan = self->rescan;
    IbStranger *stranger = &candidate->stranger;
    bool was_read = stranger->is_read;
    if (!was_read && !rescan->config->annotates)
        return true;
    if (!was_read && self->left == 0) {
        self->is_cut = true;
        return true;
    }
    if (!was_read) {
        self->left--;
        read_id (rescan, candidate->name->place, stranger->id);
        stranger->is_read = true;
    }
    IbMissing *found = *stranger->id != '\0' ? g_hash_table_lookup (missing, stranger->id) : NULL;
    if (found == NULL)
        return was_read || ib_places_note_stranger (rescan->journal, candidate->directory, stranger, error);
    found->found = candidate->name;
    candidate->name->is_taken = true;
    g_hash_table_remove (missing, stranger->id);
    return ib_places_drop_stranger (rescan->journal, candidate->directory, stranger->name, error);
}

static bool
try_candidates (Search *self, GHashTable *missing, GError **error)
{
    for (guint i = 0; i < self->candidates->len && g_hash_table_size (missing) > 0; i++)
        if (!try_candidate (self, missing, &g_array_index (self->candidates, Candidate, i), error))
            return false;
    return true;
}

/* Where nobody looked, and whose name is not there any more. */
static bool
drop_vanished (Search *self, GError **error)
{
    GHashTableIter each;
    gpointer path, value;
    g_hash_table_iter_init (&each, self->tables);
    while (g_hash_table_iter_next (&each, &path, &value)) {
        const Table *table = value;
        GHashTableIter strangers;
        gpointer name;
        if (g_hash_table_contains (self->rescan->unread, path))
            continue;
        g_hash_table_iter_init (&strangers, table->strangers);
        while (g_hash_table_iter_next (&strangers, &name, NULL))
            if (!g_hash_table_contains (table->seen, name)
                && !ib_places_drop_stranger (self->rescan->journal, table->key, *(gint64 *) name, error))
                return false;
    }
    return true;
}

/* Each directory that is read, so that what left it is dropped. */
static bool
load_tables (Search *self, GError **error)
{
    GHashTableIter each;
    gpointer path;
    g_hash_table_iter_init (&each, self->rescan->reading);
    while (g_hash_table_iter_next (&each, &path, NULL))
        if (get_table (self, path, error) == NULL)
            return false;
    return true;
}

static bool
is_any_missing (const IbRescan *rescan)
{
    for (guint i = 0; i < rescan->missing->len; i++)
        if (((IbMissing *) rescan->missing->pdata[i])->found == NULL)
            return true;
    return false;
}

static bool
search (Search *self, GError **error)
{
    if (!load_tables (self, error) || (is_any_missing (self->rescan) && !read_more (self, error))
        || !look_at_names (self, error))
        return false;
    g_autoptr (GHashTable) missing = missing_by_id (self->rescan);
    return try_candidates (self, missing, error) && drop_vanished (self, error);
}

bool
ib_strangers_search (IbRescan *rescan, bool *out_is_cut, GError **error)
{
    g_autoptr (GHashTable) tables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, table_free);
    g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
    Search self = { rescan, tables, candidates, MOST_READ, false };
    bool is_done = search (&self, error);
    if (is_done)
        *out_is_cut = self.is_cut;
    return is_done;
}
