/* find-message.c - the one message that a person means */
#include "find-message.h"
#include "home.h"
#include "places.h"
#include "standing.h"
#include "survey.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

G_DEFINE_QUARK (ib-find-error-quark, ib_find_error)

void
ib_found_message_free (IbFoundMessage *self)
{
    if (self == NULL)
        return;
    g_free (self->path);
    g_free (self->hindrance);
    g_free (self->folder);
    ib_story_free (self->story);
    ib_lesson_free (self->lesson);
    g_free (self);
}

/* "<a@b>" and "a@b" are the same. */
static bool
is_message_id (const char *message_id, const char *word)
{
    gsize length = strlen (word);
    if (length == 0) /* many a message has none */
        return false;
    if (strcmp (message_id, word) == 0)
        return true;
    return message_id[0] == '<' && strncmp (message_id + 1, word, length) == 0
           && strcmp (message_id + 1 + length, ">") == 0;
}

typedef struct {
    const char *message_id; /* NULL: whatever the query gives */
    IbStory *story;         /* the last that fits */
} Search;

static bool
look_at (const IbHistoryRow *row, gpointer data)
{
    Search *search = data;
    if (search->message_id != NULL && !is_message_id (row->story->message_id, search->message_id))
        return true;
    ib_story_free (search->story);
    search->story = ib_story_copy (row->story);
    return true;
}

static bool
is_id (const char *word)
{
    gsize length = strlen (word);
    return length >= 6 && length <= IB_ID_LENGTH && strspn (word, "0123456789abcdef") == length;
}

/* Returns: (transfer full) (nullable): NULL without an error if there is none. */
static IbStory *
find_story (IbHome *home, const char *word, GError **error)
{
    bool by_id = is_id (word);
    const IbHistoryQuery query = { .id = by_id ? word : NULL };
    Search search = { .message_id = by_id ? NULL : word };
    if (home->journal != NULL && !ib_history_read (home->journal, &query, look_at, &search, error))
        g_clear_pointer (&search.story, ib_story_free);
    return search.story;
}

/* Where it was seen last, perhaps under a name that a client gave it. */
static bool
find_place (IbHome *home, IbFoundMessage *found)
{
    g_autoptr (GPtrArray) places = ib_places_where (home->journal, found->story->id, NULL);
    const char *place = places != NULL && places->len > 0 ? places->pdata[0] : NULL;
    if (place == NULL || !ib_survey_has (home->maildir, place))
        return false;
    g_autofree char *directory = g_path_get_dirname (place);
    found->folder = ib_survey_folder_of (directory);
    found->path = g_build_filename (ib_maildir_path (home->maildir), place, NULL);
    return true;
}

/* The first folder on the way to @folder that may not be passed, or @folder if it may not be read.
 * Returns: (transfer full) (nullable) */
static char *
locked_on_the_way (const char *folder)
{
    for (const char *end = strchr (folder + 1, '/'); end != NULL; end = strchr (end + 1, '/')) {
        g_autofree char *above = g_strndup (folder, (gsize) (end - folder));
        if (faccessat (AT_FDCWD, above, X_OK, AT_EACCESS) != 0)
            return errno == EACCES ? g_steal_pointer (&above) : NULL;
    }
    bool is_locked = faccessat (AT_FDCWD, folder, R_OK | X_OK, AT_EACCESS) != 0 && errno == EACCES;
    return is_locked ? g_strdup (folder) : NULL;
}

/* Whether @folder, or a part of it, hides what was not found. */
static bool
is_locked (IbFoundMessage *found, const char *folder)
{
    static const char *const parts[] = { NULL, "cur", "new" };
    for (gsize i = 0; i < G_N_ELEMENTS (parts) && found->hindrance == NULL; i++) {
        g_autofree char *part = g_build_filename (folder, parts[i], NULL);
        g_autofree char *locked = locked_on_the_way (part);
        if (locked != NULL)
            found->hindrance = g_strdup_printf (
                _ ("Whether the message %.8s is still here cannot be seen: you have no permission to read %s"),
                found->story->id, locked);
    }
    return found->hindrance != NULL;
}

static void
note_trouble (IbFoundMessage *found, const GError *trouble)
{
    found->hindrance = g_strdup_printf (_ ("Whether the message %.8s is still here cannot be seen: %s"),
                                        found->story->id, trouble->message);
}

/* Where it was seen last, and where it was put, come before whatever else cannot be read. */
static void
find_hindrance (const IbConfig *config, IbHome *home, IbFoundMessage *found, const GError *trouble)
{
    g_autoptr (GPtrArray) places = ib_places_where (home->journal, found->story->id, NULL);
    const GPtrArray *files = found->story->files;
    bool is_found = is_locked (found, config->maildir);
    for (guint i = 0; places != NULL && i < places->len && !is_found; i++) {
        g_autofree char *place = g_build_filename (config->maildir, places->pdata[i], NULL);
        g_autofree char *part = g_path_get_dirname (place), *folder = g_path_get_dirname (part);
        is_found = is_locked (found, folder);
    }
    for (guint i = 0; i < files->len && !is_found; i++) {
        const IbStoryFile *file = files->pdata[i];
        g_autofree char *directory = ib_folder_to_directory (file->folder, config->layout);
        g_autofree char *folder = g_build_filename (config->maildir, directory, NULL);
        is_found = is_locked (found, folder);
    }
    if (!is_found && trouble != NULL)
        note_trouble (found, trouble);
}

static void
find_delivered (const IbConfig *config, IbHome *home, IbFoundMessage *found)
{
    g_autoptr (GError) trouble = NULL;
    if (found->story->files->len == 0)
        return;
    const IbStoryFile *file = found->story->files->pdata[0];
    if (home->maildir != NULL && !find_place (home, found))
        found->path = ib_maildir_find (home->maildir, file->name, &found->folder, &trouble);
    if (found->path == NULL)
        find_hindrance (config, home, found, trouble);
}

static void
find_held (const IbPaths *paths, IbFoundMessage *found)
{
    g_autoptr (IbHeld) held
        = g_file_test (paths->held, G_FILE_TEST_IS_DIR) ? ib_held_open (paths->held, NULL) : NULL;
    g_autoptr (GError) trouble = NULL;
    found->path = held != NULL ? ib_held_find (held, found->story->id, &trouble) : NULL;
    if (found->path == NULL && !is_locked (found, paths->held) && trouble != NULL)
        note_trouble (found, trouble);
}

/* Where the story's first file is now, if it is anywhere. */
static void
find_file (const IbPaths *paths, const IbConfig *config, IbHome *home, IbFoundMessage *found)
{
    if (found->story->action == IB_STORY_DELIVER)
        find_delivered (config, home, found);
    else
        find_held (paths, found);
}

/* What cannot be read goes without saying. */
static void
note_since (IbJournal *journal, IbFoundMessage *found)
{
    found->lesson = ib_lessons_about (journal, found->story->id, NULL);
    (void) ib_history_fate (journal, found->story->id, &found->fate, NULL);
}

static IbFoundMessage *
found_file (IbHome *home, const char *path)
{
    IbFoundMessage *found = g_new0 (IbFoundMessage, 1);
    char id[IB_ID_LENGTH + 1];
    g_autofree char *name = g_path_get_basename (path);
    found->path = g_strdup (path);
    if (!ib_standing_read_id (name, id))
        return found;
    g_autofree char *where = NULL;
    found->story = find_story (home, id, NULL);
    if (found->story != NULL)
        note_since (home->journal, found);
    if (home->maildir != NULL)
        where = ib_maildir_find (home->maildir, name, &found->folder, NULL);
    return found;
}

/* NULL: @error is IB_FIND_ERROR_STORE. */
static IbHome *
look (const IbPaths *paths, const IbConfig *config, GError **error)
{
    g_autoptr (GError) why = NULL;
    IbHome *home = ib_home_look (paths, config, &why);
    if (home == NULL)
        g_set_error_literal (error, IB_FIND_ERROR, IB_FIND_ERROR_STORE, why->message);
    return home;
}

/* NULL without an error if nobody knows it. */
static IbFoundMessage *
found_story (const IbPaths *paths, const IbConfig *config, IbHome *home, const char *word, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbFoundMessage) found = g_new0 (IbFoundMessage, 1);
    found->story = find_story (home, word, &why);
    if (why != NULL)
        g_set_error_literal (error, IB_FIND_ERROR, IB_FIND_ERROR_STORE, why->message);
    if (found->story == NULL)
        return NULL;
    find_file (paths, config, home, found);
    note_since (home->journal, found);
    return g_steal_pointer (&found);
}

IbFoundMessage *
ib_find_message (const IbPaths *paths, const IbConfig *config, const char *word, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbHome) home = look (paths, config, error);
    if (home == NULL)
        return NULL;
    if (strcmp (word, "-") == 0 || g_file_test (word, G_FILE_TEST_IS_REGULAR))
        return found_file (home, word);
    IbFoundMessage *found = found_story (paths, config, home, word, &why);
    if (why != NULL)
        g_propagate_error (error, g_steal_pointer (&why));
    else if (found == NULL)
        g_set_error (
            error, IB_FIND_ERROR, IB_FIND_ERROR_NOTHING,
            _ ("There is no message “%s”: neither a file, nor an id (or six and more of its first digits and letters), nor a "
               "Message-ID that came through here"),
            word);
    return found;
}

IbFoundMessage *
ib_find_known_message (const IbPaths *paths, const IbConfig *config, const char *word, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbHome) home = look (paths, config, error);
    if (home == NULL)
        return NULL;
    IbFoundMessage *found = found_story (paths, config, home, word, &why);
    if (why != NULL)
        g_propagate_error (error, g_steal_pointer (&why));
    else if (found == NULL)
        g_set_error (error, IB_FIND_ERROR, IB_FIND_ERROR_NOTHING,
                     _ ("There is no message “%s”: neither an id, nor a Message-ID that came through here"),
                     word);
    return found;
}
