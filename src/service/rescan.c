/* rescan.c - where does each message of ours stand now? */
#include "rescan-private.h"
#include "placement.h"

#include <string.h>

/* A directory that changed so shortly before it was looked at may change again without showing it: the coarsest clock of
 * a file system ticks every two seconds. */
#define TOO_YOUNG_NS (G_GINT64_CONSTANT (2000000000))

/* Messages that were not looked at since they came, of whatever number. */
#define UNSEEN_AT_ONCE 500

/* --- names ------------------------------------------------------------------------------------------------------ */

static void
name_free (gpointer pointer)
{
    IbName *self = pointer;
    g_free (self->place);
    g_free (self);
}

static void
missing_free (gpointer pointer)
{
    IbMissing *self = pointer;
    ib_placed_file_free (self->file);
    g_free (self->was);
    g_free (self);
}

static void
sent_free (gpointer pointer)
{
    IbSentMail *self = pointer;
    g_free (self->place);
    g_free (self);
}

static const char *
base_of (const char *place)
{
    const char *slash = strrchr (place, '/');
    return slash != NULL ? slash + 1 : place;
}

static char *
directory_of (const char *place)
{
    return g_path_get_dirname (place);
}

char *
ib_rescan_key (const char *place)
{
    char id[IB_ID_LENGTH + 1];
    guint number = 0;
    const char *name = base_of (place);
    if (ib_maildir_read_name (name, id, &number))
        return g_strdup_printf ("%s-%u", id, number);
    return g_strndup (name, strcspn (name, ":,"));
}

typedef struct {
    IbRescan *rescan;
    const IbSurveyPart *part;
} Reading;

static void
add_name (const char *file_name, gpointer user_data)
{
    const Reading *reading = user_data;
    char *place = g_strconcat (reading->part->path, "/", file_name, NULL);
    if (g_hash_table_contains (reading->rescan->names, place)) {
        g_free (place);
        return;
    }
    IbName *name = g_new0 (IbName, 1);
    name->part = reading->part;
    name->place = place;
    g_hash_table_insert (reading->rescan->names, name->place, name);
}

void
ib_rescan_read (IbRescan *self, const IbSurveyPart *part)
{
    Reading reading = { self, part };
    if (!ib_survey_read (self->maildir, part->path, add_name, &reading))
        g_hash_table_add (self->unread, g_strdup (part->path));
}

/* --- what changed ----------------------------------------------------------------------------------------------- */

static bool
is_unchanged (const IbRescan *self, const IbSurveyPart *part)
{
    const IbPlaceDirectory *known = g_hash_table_lookup (self->known, part->path);
    return known != NULL && known->changed_at == part->changed_at && known->inode == part->inode;
}

/* Paths of directories that were known and are not there any more. */
static GPtrArray *
find_lost_directories (const IbRescan *self)
{
    GPtrArray *lost = g_ptr_array_new ();
    GHashTableIter each;
    gpointer path;
    g_hash_table_iter_init (&each, self->known);
    while (g_hash_table_iter_next (&each, &path, NULL))
        if (!g_hash_table_contains (self->paths, path) && ib_survey_is_gone (self->maildir, path))
            g_ptr_array_add (lost, path);
    return lost;
}

static void
find_changes (IbRescan *self)
{
    gint64 young = self->now * 1000 - TOO_YOUNG_NS;
    for (guint i = 0; i < self->parts->len; i++) {
        IbSurveyPart *part = self->parts->pdata[i];
        if (is_unchanged (self, part))
            continue;
        g_hash_table_insert (self->reading, part->path, part);
        if (part->changed_at > young)
            g_hash_table_add (self->again, g_strdup (part->path));
        ib_rescan_read (self, part);
    }
}

/* --- what it means ---------------------------------------------------------------------------------------------- */

static void
read_flags (const char *place, char *out_flags)
{
    const char *info = strstr (base_of (place), ":2,");
    for (const char *letter = "DFRST"; info != NULL && *letter != '\0'; letter++)
        if (strchr (info + 3, *letter) != NULL)
            *out_flags++ = *letter;
    *out_flags = '\0';
}

/* The folder got another name, or another place among the folders: nobody moved its messages. */
static bool
was_renamed (const IbRescan *self, const char *was, const IbSurveyPart *part)
{
    g_autofree char *directory = directory_of (was);
    g_autofree char *folder = directory_of (directory);
    g_autofree char *cur = g_build_filename (strcmp (folder, ".") == 0 ? "" : folder, "cur", NULL);
    const IbPlaceDirectory *known = g_hash_table_lookup (self->known, cur);
    return known != NULL && known->inode == part->cur_inode;
}

IbFolderRole
ib_rescan_role (IbRescan *self, const char *folder)
{
    gpointer role = NULL;
    if (!g_hash_table_lookup_extended (self->roles, folder, NULL, &role)) {
        role = GINT_TO_POINTER (ib_folder_role (folder));
        g_hash_table_insert (self->roles, g_strdup (folder), role);
    }
    return (IbFolderRole) GPOINTER_TO_INT (role);
}

static bool
set_due (IbRescan *self, const IbPlacedFile *file, const IbPlacement *placement, GError **error)
{
    IbPlacementLesson lesson = ib_placement_teaches (placement);
    if (lesson.kind != IB_DUE_NOTHING)
        return ib_dues_set (self->journal, file, lesson.kind, lesson.why,
                            lesson.at != 0 ? lesson.at : self->now, error);
    return placement->has_moved ? ib_dues_drop (self->journal, file, error)
                                : ib_dues_drop_confirmation (self->journal, file, error);
}

static bool
note_found (IbRescan *self, const IbMissing *missing, GError **error)
{
    const IbPlacedFile *file = missing->file;
    const IbName *name = missing->found;
    char flags[8];
    g_autofree char *directory = directory_of (missing->was);
    g_autofree char *old_folder
        = file->place == NULL ? g_strdup (file->folder) : ib_survey_folder_of (directory);
    bool is_elsewhere = strcmp (old_folder, name->part->folder) != 0;
    bool has_moved = is_elsewhere && !was_renamed (self, missing->was, name->part);

    read_flags (name->place, flags);
    const IbPlacement placement = {
        .was = ib_rescan_role (self, old_folder),
        .is = ib_rescan_role (self, name->part->folder),
        .has_moved = has_moved,
        .is_inbox = strcmp (name->part->folder, "INBOX") == 0,
        .is_own = ib_rescan_role (self, file->mailbox) == IB_ROLE_SENT,
        .flags = flags,
        .verdict = file->verdict,
        .taught = file->taught,
        .since = has_moved ? self->now : file->since,
    };
    bool is_noted = has_moved ? ib_places_note_moved (self->journal, file, name->place, old_folder,
                                                      name->part->folder, self->now, error)
                              : ib_places_note (self->journal, file, name->place, error);
    return is_noted && set_due (self, file, &placement, error);
}

static bool
note_gone (IbRescan *self, const IbMissing *missing, GError **error)
{
    return ib_places_note_gone (self->journal, missing->file, missing->was, error)
           && ib_dues_drop (self->journal, missing->file, error);
}

/* @is_cut: not all was looked at, so what was not found may be found yet. */
static bool
note_all (IbRescan *self, bool is_cut, GError **error)
{
    for (guint i = 0; i < self->missing->len; i++) {
        const IbMissing *missing = self->missing->pdata[i];
        g_autofree char *directory = directory_of (missing->was);
        if (missing->found == NULL && is_cut)
            g_hash_table_add (self->again, g_steal_pointer (&directory));
        else if (missing->found != NULL ? !note_found (self, missing, error)
                                        : !note_gone (self, missing, error))
            return false;
    }
    return true;
}

/* --- what is missing -------------------------------------------------------------------------------------------- */

typedef struct {
    gint64 message;
    guint number;
} Number;

typedef struct {
    IbRescan *rescan;
    GArray *absent; /* Number */
} Comparison;

static void
compare_with_names (const char *place, gint64 message, guint number, gpointer user_data)
{
    Comparison *comparison = user_data;
    IbName *name = g_hash_table_lookup (comparison->rescan->names, place);
    Number absent = { message, number };
    if (name != NULL)
        name->is_taken = true;
    else
        g_array_append_val (comparison->absent, absent);
}

IbMissing *
ib_rescan_miss (IbRescan *self, IbPlacedFile *file, char *was)
{
    IbMissing *missing = g_new0 (IbMissing, 1);
    *missing = (IbMissing){ file, was, NULL };
    g_ptr_array_add (self->missing, missing);
    return missing;
}

/* Those that the journal has in the directory @path, and that are not there. */
static bool
find_absent (IbRescan *self, const char *path, GError **error)
{
    g_autoptr (GArray) absent = g_array_new (FALSE, FALSE, sizeof (Number));
    Comparison comparison = { self, absent };
    if (!ib_places_in (self->journal, path, compare_with_names, &comparison, error))
        return false;
    if (g_hash_table_contains (self->unread, path))
        return true;
    for (guint i = 0; i < absent->len; i++) {
        const Number *number = &g_array_index (absent, Number, i);
        g_autoptr (GError) why = NULL;
        IbPlacedFile *file = ib_places_read (self->journal, number->message, number->number, &why);
        if (why != NULL) {
            g_propagate_error (error, g_steal_pointer (&why));
            return false;
        }
        if (file != NULL)
            (void) ib_rescan_miss (self, file, g_strdup (file->place));
    }
    return true;
}

static char *
expected_place (const IbRescan *self, const IbPlacedFile *file)
{
    g_autofree char *directory = ib_folder_to_directory (file->folder, self->config->layout);
    g_autofree char *name
        = *file->info == '\0' ? g_strdup (file->name) : g_strconcat (file->name, ":", file->info, NULL);
    return g_build_filename (directory, *file->info == '\0' ? "new" : "cur", name, NULL);
}

/* Whether what stood at @place would have been read of. */
static bool
is_decided (const IbRescan *self, const char *place)
{
    g_autofree char *path = directory_of (place);
    bool was_read
        = g_hash_table_contains (self->reading, path)
          || (!g_hash_table_contains (self->paths, path) && ib_survey_is_gone (self->maildir, path));
    return was_read && !g_hash_table_contains (self->unread, path);
}

/* One that was delivered since. Most are where we put them, and that is noted at once: a first fetch leaves any number of
 * them. Takes @file. */
static bool
look_at_unseen (IbRescan *self, IbPlacedFile *file, GError **error)
{
    bool is_noted = true;
    char *was = expected_place (self, file);
    IbName *name = g_hash_table_lookup (self->names, was);
    if (name == NULL && is_decided (self, was)) {
        (void) ib_rescan_miss (self, file, was);
        return true;
    }
    if (name != NULL) {
        name->is_taken = true;
        is_noted = note_found (self, &(IbMissing){ file, was, name }, error);
    }
    ib_placed_file_free (file);
    g_free (was);
    return is_noted;
}

static bool
look_at_all_unseen (IbRescan *self, GError **error)
{
    gint64 message = 0;
    guint number = 0, count = 0;
    do {
        g_autoptr (GPtrArray) unseen
            = ib_places_unseen (self->journal, message, number, UNSEEN_AT_ONCE, error);
        if (unseen == NULL)
            return false;
        count = unseen->len;
        for (guint i = 0; i < count; i++) {
            IbPlacedFile *file = g_steal_pointer (&unseen->pdata[i]);
            message = file->message;
            number = file->number;
            if (!look_at_unseen (self, file, error))
                return false;
        }
    } while (count == UNSEEN_AT_ONCE);
    return true;
}

static bool
find_missing (IbRescan *self, const GPtrArray *lost_directories, GError **error)
{
    GHashTableIter each;
    gpointer path;
    g_hash_table_iter_init (&each, self->reading);
    while (g_hash_table_iter_next (&each, &path, NULL))
        if (!find_absent (self, path, error))
            return false;
    for (guint i = 0; i < lost_directories->len; i++)
        if (!find_absent (self, lost_directories->pdata[i], error))
            return false;
    return look_at_all_unseen (self, error);
}

/* --- found by name ---------------------------------------------------------------------------------------------- */

static void
index_names (IbRescan *self)
{
    GHashTableIter each;
    gpointer value;
    g_hash_table_iter_init (&each, self->names);
    while (g_hash_table_iter_next (&each, NULL, &value)) {
        IbName *name = value;
        if (name->is_taken)
            continue;
        char *key = ib_rescan_key (name->place);
        name->next = g_hash_table_lookup (self->keys, key);
        g_hash_table_insert (self->keys, key, name);
    }
}

/* Of several files by one name: the one that stands where the message stood; the others are copies. */
static IbName *
choose_name (const IbRescan *self, const IbMissing *missing)
{
    g_autofree char *key = ib_rescan_key (missing->was);
    g_autofree char *directory = directory_of (missing->was);
    g_autofree char *folder = ib_survey_folder_of (directory);
    IbName *found = NULL;
    for (IbName *name = g_hash_table_lookup (self->keys, key); name != NULL; name = name->next)
        if (!name->is_taken && (found == NULL || strcmp (name->part->folder, folder) == 0))
            found = name;
    return found;
}

static void
find_by_name (IbRescan *self)
{
    for (guint i = 0; i < self->missing->len; i++) {
        IbMissing *missing = self->missing->pdata[i];
        if (missing->found == NULL)
            missing->found = choose_name (self, missing);
        if (missing->found != NULL)
            missing->found->is_taken = true;
    }
}

/* --- unknown ---------------------------------------------------------------------------------------------------- */

/* Names are given a while before their messages are in the journal. */
#define NAMED_BEFORE_S 600

static bool
adopt (const IbRescan *self, const IbName *name, const char *id, GError **error)
{
    const char *base = base_of (name->place);
    g_autofree char *unflagged = g_strndup (base, strcspn (base, ":"));
    return ib_home_adopt (self->journal, id, name->part->folder, unflagged, self->now, error);
}

/* A name of ours that nobody knows. Of a message with several files the one numbered 0 is looked at @takes_first. */
static bool
look_at_unknown (const IbRescan *self, const IbName *name, gint64 since_s, bool takes_first, GError **error)
{
    const char *base = base_of (name->place);
    char id[IB_ID_LENGTH + 1];
    guint number = 0;
    g_autoptr (GError) why = NULL;
    if (name->is_taken || g_ascii_strtoll (base, NULL, 10) < since_s
        || !ib_maildir_read_name (base, id, &number) || (number == 0) != takes_first)
        return true;
    if (!ib_journal_has (self->journal, id, &why) && why == NULL)
        (void) adopt (self, name, id, &why);
    if (why == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

static bool
look_at_all_unknown (const IbRescan *self, gint64 since_s, bool takes_first, GError **error)
{
    GHashTableIter each;
    gpointer name;
    g_hash_table_iter_init (&each, self->names);
    while (g_hash_table_iter_next (&each, NULL, &name))
        if (!look_at_unknown (self, name, since_s, takes_first, error))
            return false;
    return true;
}

/* Where the journal was brought back from a backup, what has come since is here all the same: it is not to come again. Only what
 * is newer than all that the journal knows need be asked for. */
static bool
adopt_unknown (const IbRescan *self, GError **error)
{
    gint64 since_s = ib_places_last_arrival (self->journal) / G_USEC_PER_SEC - NAMED_BEFORE_S;
    return look_at_all_unknown (self, since_s, true, error)
           && look_at_all_unknown (self, since_s, false, error);
}

/* --- directories ------------------------------------------------------------------------------------------------ */

gint64
ib_rescan_directory (IbRescan *self, const char *path, GError **error)
{
    const IbPlaceDirectory *known = g_hash_table_lookup (self->known, path);
    return known != NULL ? known->key : ib_places_add_directory (self->journal, path, error);
}

static bool
is_to_be_read_again (const IbRescan *self, const char *path)
{
    return g_hash_table_contains (self->again, path) || g_hash_table_contains (self->unread, path);
}

static bool
note_directories (IbRescan *self, const GPtrArray *lost, GError **error)
{
    GHashTableIter each;
    gpointer path, value;
    g_hash_table_iter_init (&each, self->reading);
    while (g_hash_table_iter_next (&each, &path, &value)) {
        const IbSurveyPart *part = value;
        IbPlaceDirectory directory = { ib_rescan_directory (self, path, error), part->inode,
                                       is_to_be_read_again (self, path) ? 0 : part->changed_at };
        if (directory.key == 0 || !ib_places_note_directory (self->journal, &directory, error))
            return false;
    }
    for (guint i = 0; i < lost->len; i++) {
        const IbPlaceDirectory *known = g_hash_table_lookup (self->known, lost->pdata[i]);
        if (!is_to_be_read_again (self, lost->pdata[i])
            && !ib_places_drop_directory (self->journal, known->key, error))
            return false;
    }
    return true;
}

/* --- the whole -------------------------------------------------------------------------------------------------- */

static bool
compare_all (IbRescan *self, GError **error)
{
    bool is_cut = false;
    g_autoptr (GPtrArray) lost = find_lost_directories (self);
    find_changes (self);
    if (g_hash_table_size (self->reading) == 0 && lost->len == 0)
        return true;
    if (!find_missing (self, lost, error))
        return false;
    index_names (self);
    find_by_name (self);
    return adopt_unknown (self, error) && ib_strangers_search (self, &is_cut, error)
           && note_all (self, is_cut, error) && note_directories (self, lost, error)
           && ib_journal_flush (self->journal, error);
}

/* Names begin with the time. */
static gint
compare_sent (gconstpointer a, gconstpointer b)
{
    return strcmp (base_of ((*(const IbSentMail *const *) b)->place),
                   base_of ((*(const IbSentMail *const *) a)->place));
}

bool
ib_rescan (const IbConfig *config, IbHome *home, gint64 now, guint most_sent, GPtrArray **out_sent,
           GError **error)
{
    g_autoptr (GHashTable) known = ib_places_directories (home->journal, error);
    if (known == NULL)
        return false;
    g_autoptr (GPtrArray) parts = ib_survey (home->maildir);
    g_autoptr (GHashTable) reading = g_hash_table_new (g_str_hash, g_str_equal);
    g_autoptr (GHashTable) again = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GHashTable) unread = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);
    g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, name_free);
    g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GHashTable) roles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (missing_free);
    g_autoptr (GPtrArray) sent = g_ptr_array_new_with_free_func (sent_free);
    IbRescan self = {
        .config = config,
        .maildir = home->maildir,
        .journal = home->journal,
        .now = now,
        .parts = parts,
        .paths = paths,
        .known = known,
        .is_first = g_hash_table_size (known) == 0,
        .reading = reading,
        .again = again,
        .unread = unread,
        .names = names,
        .keys = keys,
        .roles = roles,
        .missing = missing,
        .sent = sent,
    };
    for (guint i = 0; i < parts->len; i++)
        g_hash_table_insert (paths, ((IbSurveyPart *) parts->pdata[i])->path, parts->pdata[i]);
    if (!compare_all (&self, error))
        return false;
    g_ptr_array_sort (sent, compare_sent);
    g_ptr_array_set_size (sent, (gint) MIN (sent->len, most_sent));
    *out_sent = g_steal_pointer (&sent);
    return true;
}
