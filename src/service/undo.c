/* undo.c - takes sorting, discards and the holding of duplicates back */
#include "undo.h"
#include "compose.h"
#include "dues.h"
#include "folder-role.h"
#include "fs.h"
#include "server-side.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK (ib-undo-error-quark, ib_undo_error)

const char *
ib_undone_name (IbUndone self)
{
    switch (self) {
    case IB_UNDONE_MOVED:
        return "moved";
    case IB_UNDONE_RESTORED:
        return "restored";
    case IB_UNDONE_LEFT:
        return "left";
    case IB_UNDONE_NOTHING:
        return "nothing";
    }
    g_assert_not_reached ();
}

typedef struct {
    IbHome *home;
    IbUndoEach each;
    gpointer user_data;
    GHashTable *begun; /* id → IbStory: its files; NULL: not looked for */
    GError *trouble;   /* of looking for them */
} Undo;

/* --- held mail --------------------------------------------------------------------------------------------- */

/* Held, and in the Maildir all the same: an undo was cut short behind that. */
static void
note_begun (const char *folder, const char *path, const char *name, const char *id, gpointer user_data)
{
    Undo *self = user_data;
    if (self->trouble != NULL || g_hash_table_contains (self->begun, id))
        return;
    g_autofree char *held = ib_held_find (self->home->held, id, &self->trouble);
    if (held == NULL)
        return;
    const char *info = strchr (strrchr (path, '/'), ':');
    IbStory *story = ib_story_new ();
    g_strlcpy (story->id, id, sizeof story->id);
    ib_story_add_file (story, folder, info == NULL ? "" : info + 1)->name = g_strdup (name);
    g_hash_table_insert (self->begun, story->id, story);
}

static bool
look_for_begun (Undo *self, GError **error)
{
    if (self->begun != NULL)
        return true;
    self->begun = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) ib_story_free);
    bool is_read = ib_maildir_scan (self->home->maildir, note_begun, self, error);
    if (is_read && self->trouble != NULL)
        g_propagate_error (error, g_error_copy (self->trouble));
    return is_read && self->trouble == NULL;
}

static bool
copy_into (IbHome *home, int from, guint64 size, const IbStory *story, IbStoryFile *file, GError **error)
{
    int to = ib_maildir_create (home->maildir, story, file, error);
    if (to < 0)
        return false;
    g_autofree char *path = g_build_filename (ib_maildir_path (home->maildir), file->temporary, NULL);
    bool is_done = ib_fs_copy_range (from, 0, size, to, path, error)
                   && ib_maildir_finish (home->maildir, story, file, to, size, error)
                   && ib_fs_sync_file (to, path, error);
    close (to);
    return is_done;
}

/* Under its name in the INBOX. On error nothing is left in tmp/. */
static bool
put_into_inbox (IbHome *home, const char *held, IbStory *story, GError **error)
{
    IbStoryFile *file = ib_story_add_file (story, "INBOX", "");
    struct stat st;
    int from = open (held, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (from < 0 || fstat (from, &st) != 0) {
        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", held, g_strerror (errno));
        if (from >= 0)
            close (from);
        return false;
    }
    bool is_done = copy_into (home, from, (guint64) st.st_size, story, file, error)
                   && ib_maildir_rename (home->maildir, file, error);
    close (from);
    if (!is_done)
        ib_maildir_drop (home->maildir, file);
    return is_done;
}

/* Into the INBOX, durably, and only then out of held/. */
static bool
restore (Undo *self, const IbStory *story, const char *held, char **out_path, GError **error)
{
    IbHome *home = self->home;
    g_autoptr (IbStory) whole = ib_story_new ();
    if (!look_for_begun (self, error))
        return false;

    memcpy (whole->id, story->id, sizeof whole->id);
    whole->internal_date_s = story->internal_date_s;
    const IbStory *begun = g_hash_table_lookup (self->begun, story->id);
    if (begun == NULL && !put_into_inbox (home, held, whole, error))
        return false;
    GPtrArray *files = begun != NULL ? begun->files : whole->files;
    const IbStoryFile *file = files->pdata[0];
    bool is_done = ib_maildir_sync_folders (home->maildir, files, error)
                   && ib_journal_restored (home->journal, story->id, file->folder, file->name, file->info,
                                           error)
                   && ib_server_side_rescue (home->journal, story->id, error)
                   && ib_journal_flush (home->journal, error)
                   && ib_held_remove (home->held, story->id, error);
    if (is_done)
        *out_path = ib_maildir_path_of (home->maildir, file);
    return is_done;
}

/* --- sorted mail ------------------------------------------------------------------------------------------- */

/* Good mail that a server called junk, of which nobody here has said anything yet; or that the user moved, which nobody has seen. */
static bool
teach_rescue (IbJournal *journal, const IbStory *story, const char *because, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbPlacedFile) file = ib_places_find (journal, story->id, 0, &why);
    if (why == NULL && file != NULL)
        return ib_dues_set (journal, file, IB_DUE_CORRECT_HAM, because, g_get_real_time (), error);
    if (why == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

/* From Junk: on its server, too, with the next session. Undo of what we did teaches nothing. */
static bool
rescue (IbJournal *journal, const IbStory *story, bool was_there, GError **error)
{
    bool is_from_junk = ib_compose_is_from_junk (story->reasons);
    return (!(was_there || is_from_junk)
            || teach_rescue (journal, story, is_from_junk ? "undone" : "moved", error))
           && ib_server_side_rescue (journal, story->id, error);
}

/* Durably. One that is there already came by an undo that was cut short, or by the user. Returns: where it is then */
static char *
bring_into_inbox (IbMaildir *maildir, const char *path, const char *folder, GError **error)
{
    if (strcmp (folder, "INBOX") != 0)
        return ib_maildir_move (maildir, path, "INBOX", error);
    g_autofree char *parent = g_path_get_dirname (path);
    return ib_fs_sync_folder (parent, error) ? g_strdup (path) : NULL;
}

static bool
move_back (Undo *self, const IbStory *story, IbUndone *out_result, char **out_path, GError **error)
{
    IbHome *home = self->home;
    const IbStoryFile *file = story->files->pdata[0];
    g_autoptr (GError) why = NULL;
    g_autofree char *folder = NULL;
    g_autofree char *path = ib_maildir_find (home->maildir, file->name, &folder, &why);

    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    bool was_there = path != NULL && strcmp (folder, "INBOX") == 0;
    if (path == NULL || (strcmp (folder, file->folder) != 0 && !was_there)) {
        *out_result = IB_UNDONE_LEFT;
        return true;
    }
    *out_result = IB_UNDONE_MOVED;
    *out_path = bring_into_inbox (home->maildir, path, folder, error);
    return *out_path != NULL
           && ib_journal_moved (home->journal, story->id, file->folder, file->name, "INBOX", "undo", error)
           && (ib_folder_role (file->folder) != IB_ROLE_JUNK
               || rescue (home->journal, story, was_there, error))
           && ib_journal_flush (home->journal, error);
}

static bool
is_in_inbox (const IbStory *story)
{
    for (guint i = 0; i < story->files->len; i++)
        if (strcmp (((const IbStoryFile *) story->files->pdata[i])->folder, "INBOX") == 0)
            return true;
    return false;
}

static bool
undo_one (Undo *self, const IbStory *story, GError **error)
{
    g_autofree char *path = NULL;
    IbUndone result = IB_UNDONE_NOTHING;

    if (story->action == IB_STORY_DELIVER) {
        if (story->files->len > 0 && !is_in_inbox (story) && !move_back (self, story, &result, &path, error))
            return false;
    } else {
        g_autoptr (GError) why = NULL;
        g_autofree char *held = ib_held_find (self->home->held, story->id, &why);
        if (why != NULL) {
            g_propagate_error (error, g_steal_pointer (&why));
            return false;
        }
        result = held != NULL ? IB_UNDONE_RESTORED : IB_UNDONE_LEFT;
        if (held != NULL && !restore (self, story, held, &path, error))
            return false;
    }
    self->each (story, result, path, self->user_data);
    return true;
}

/* --- which ------------------------------------------------------------------------------------------------- */

static bool
gather (const IbHistoryRow *row, gpointer user_data)
{
    g_ptr_array_add (user_data, ib_story_copy (row->story));
    return true;
}

static bool
can_be_undone (const IbStory *story)
{
    return story->action != IB_STORY_DELIVER || (story->files->len > 0 && !is_in_inbox (story));
}

/* Leaves only the newest that can be taken back. */
static void
keep_newest (GPtrArray *stories)
{
    for (guint i = stories->len; i > 0; i--) {
        if (!can_be_undone (stories->pdata[i - 1]))
            continue;
        g_ptr_array_set_size (stories, (gint) i);
        g_ptr_array_remove_range (stories, 0, i - 1);
        return;
    }
    g_ptr_array_set_size (stories, 0);
}

static GPtrArray *
choose (IbJournal *journal, const char *id, gint64 since, GError **error)
{
    g_autoptr (GPtrArray) stories = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    const IbHistoryQuery query = { .since = since, .id = id };
    if (!ib_history_read (journal, &query, gather, stories, error))
        return NULL;
    if (id != NULL && stories->len != 1) {
        g_set_error (error, IB_UNDO_ERROR, IB_UNDO_ERROR_UNKNOWN,
                     stories->len == 0 ? _ ("There is no message %s: “inbasket log” shows the ids")
                                       : _ ("More than one message begins with %s: give more of its id"),
                     id);
        return NULL;
    }
    if (id == NULL && since == 0)
        keep_newest (stories);
    return g_steal_pointer (&stories);
}

bool
ib_undo_in (IbHome *home, const char *id, gint64 since, IbUndoEach each, gpointer user_data, GError **error)
{
    g_autoptr (GError) why = NULL;
    Undo self = { .home = home, .each = each, .user_data = user_data };
    g_autoptr (GPtrArray) stories = choose (home->journal, id, since, &why);
    for (guint i = 0; stories != NULL && i < stories->len && why == NULL; i++)
        if (id != NULL || can_be_undone (stories->pdata[i]))
            (void) undo_one (&self, stories->pdata[i], &why);
    g_clear_pointer (&self.begun, g_hash_table_unref);
    g_clear_error (&self.trouble);

    if (why == NULL)
        return true;
    if (why->domain == IB_UNDO_ERROR)
        g_propagate_error (error, g_steal_pointer (&why));
    else
        g_set_error_literal (error, IB_UNDO_ERROR, IB_UNDO_ERROR_STORE, why->message);
    return false;
}

bool
ib_undo_run (const IbPaths *paths, const IbConfig *config, const char *id, gint64 since, IbUndoEach each,
             gpointer user_data, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbHome) home = ib_home_open (paths, config, g_get_real_time (), &why);
    if (home == NULL) {
        bool is_busy = g_error_matches (why, IB_HOME_ERROR, IB_HOME_ERROR_BUSY);
        g_set_error_literal (error, IB_UNDO_ERROR, is_busy ? IB_UNDO_ERROR_BUSY : IB_UNDO_ERROR_STORE,
                             why->message);
        return false;
    }
    return ib_undo_in (home, id, since, each, user_data, error);
}
