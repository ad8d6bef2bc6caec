/* service-acts.c - what the user does with mail that is here, by a click or over the bus */
#include "service-acts.h"
#include "find-message.h"
#include "standing.h"
#include "survey.h"
#include "teacher.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

typedef enum { ACT_LEARN, ACT_MARK_JUNK, ACT_MARK_GOOD, ACT_MARK_READ } Kind;

typedef struct {
    IbService *service;
    Kind kind;
    bool is_spam;
    char **messages;
    IbActDone done;
    gpointer user_data;

    IbHome *home;
    IbConfig *config; /* of its own: the service's may be another while it learns */
    IbKnown *known;
    IbTeacher teacher;
    GHashTable *names; /* path → what was asked for by it (a word of .messages) */
    GPtrArray *tasks;  /* IbTask */
    GPtrArray *refused;
    guint count;
} Act;

/* --- refusals ---------------------------------------------------------------------------------------------- */

static void
refusal_free (gpointer pointer)
{
    IbActRefusal *refusal = pointer;
    g_free (refusal->message);
    g_free (refusal->words);
    g_free (refusal);
}

static void
refuse (Act *self, const char *message, const char *words)
{
    IbActRefusal *refusal = g_new0 (IbActRefusal, 1);
    refusal->message = g_strdup (message);
    refusal->words = g_strdup (words);
    g_ptr_array_add (self->refused, refusal);
}

/* --- which messages ---------------------------------------------------------------------------------------- */

static void
add_task (Act *self, const char *word, const char *path, const char *id)
{
    IbTask *task = ib_task_new (path, self->is_spam, true, "command");
    if (id != NULL)
        g_strlcpy (task->id, id, sizeof task->id);
    g_ptr_array_add (self->tasks, task);
    g_hash_table_insert (self->names, task->path, (gpointer) word);
}

/* Links and ".." lead where they lead. What is found there is opened, and moved, through no link any more: who may write
 * in the Maildir could put one in its place meanwhile. Returns: the path below the Maildir, without them (transfer full)
 * (nullable) */
static char *
path_in_maildir (const Act *self, const char *word)
{
    const char *top = ib_maildir_path (self->home->maildir);
    char *maildir = realpath (top, NULL), *place = realpath (word, NULL);
    gsize length = maildir != NULL ? strlen (maildir) : 0;
    bool is_in = maildir != NULL && place != NULL && strncmp (place, maildir, length) == 0
                 && (place[length] == '/' || place[length] == '\0');
    char *path = is_in ? g_strconcat (top, place + length, NULL) : NULL;
    free (maildir);
    free (place);
    return path;
}

static bool
is_part (const char *directory)
{
    return g_str_has_suffix (directory, "/new") || g_str_has_suffix (directory, "/cur");
}

/* A message of the Maildir, and none of the files that other programs have beside them; nor what waits to be written to. */
static bool
is_message_file (const Act *self, const char *path)
{
    g_autofree char *part = g_path_get_dirname (path);
    const char *place = path + strlen (ib_maildir_path (self->home->maildir));
    return is_part (part) && ib_survey_has (self->home->maildir, place + strspn (place, "/"));
}

static void
add_folder (Act *self, const IbConfig *config, const char *word)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) standings = ib_standing_list_folder (config, word, &error);
    for (guint i = 0; standings != NULL && i < standings->len; i++) {
        const IbStanding *standing = standings->pdata[i];
        bool is_link = g_file_test (standing->path, G_FILE_TEST_IS_SYMLINK);
        g_autofree char *path = is_link ? NULL : path_in_maildir (self, standing->path);
        if (path != NULL && is_message_file (self, path))
            add_task (self, word, path, *standing->id != '\0' ? standing->id : NULL);
    }
    if (standings == NULL)
        refuse (self, word, error->message);
}

/* Who asks need not be allowed to read files, or to see where there are any: of all that is not in the Maildir he hears
 * the same. */
static void
add_path (Act *self, const IbConfig *config, const char *word)
{
    g_autofree char *path = path_in_maildir (self, word);
    if (path != NULL && is_message_file (self, path))
        add_task (self, word, path, NULL);
    else if (path != NULL && g_file_test (path, G_FILE_TEST_IS_DIR))
        add_folder (self, config, word);
    else
        refuse (self, word, _ ("That is no message, and no folder, of the Maildir"));
}

static void
add_known (Act *self, const IbPaths *paths, const IbConfig *config, const char *word)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbFoundMessage) found = ib_find_known_message (paths, config, word, &error);
    if (found != NULL && found->path != NULL) {
        add_task (self, word, found->path, found->story->id);
        return;
    }
    g_autofree char *gone = g_strdup_printf (_ ("The message %s is not here any more"), word);
    const char *hindrance = found != NULL ? found->hindrance : NULL;
    refuse (self, word, error != NULL ? error->message : hindrance != NULL ? hindrance : gone);
}

static void
find_all (Act *self, const IbPaths *paths, const IbConfig *config)
{
    for (char **word = self->messages; *word != NULL; word++) {
        if (g_path_is_absolute (*word))
            add_path (self, config, *word);
        else
            add_known (self, paths, config, *word);
    }
}

/* --- what is done with them -------------------------------------------------------------------------------- */

/* A folder's files do not fail one by one: what cannot be learned from one of hundreds is passed over. */
static void
learned (const IbTask *task, const GError *error, gpointer user_data)
{
    Act *self = user_data;
    if (error == NULL)
        self->count++;
    else
        refuse (self, g_hash_table_lookup (self->names, task->path), error->message);
}

/* As a message: a folder has files of other programs, too. */
static bool
is_in_maildir (const Act *self, const char *path)
{
    const char *top = ib_maildir_path (self->home->maildir);
    gsize length = strlen (top);
    g_autofree char *part = g_path_get_dirname (path);
    return strncmp (path, top, length) == 0 && path[length] == '/' && is_part (part);
}

static bool
is_in_junk (const Act *self, const char *path)
{
    g_autofree char *directory = ib_folder_to_directory ("Junk", self->config->layout);
    g_autofree char *junk = g_build_filename (ib_maildir_path (self->home->maildir), directory, NULL);
    g_autofree char *part = g_path_get_dirname (path);
    g_autofree char *folder = g_path_get_dirname (part);
    return strcmp (folder, junk) == 0;
}

/* Whether what the user said of the message at @path means that it must go elsewhere. */
static bool
is_misplaced (const Act *self, const char *path)
{
    return is_in_maildir (self, path) && is_in_junk (self, path) != self->is_spam;
}

/* The journal hears of it as of any other move. */
static void
move_all (Act *self, const char *folder)
{
    for (guint i = 0; i < self->tasks->len; i++) {
        const IbTask *task = self->tasks->pdata[i];
        g_autoptr (GError) error = NULL;
        if (!is_misplaced (self, task->path))
            continue;
        g_autofree char *path = ib_maildir_move (self->home->maildir, task->path, folder, &error);
        if (path == NULL)
            refuse (self, g_hash_table_lookup (self->names, task->path), error->message);
    }
}

/* "…/new/NAME" and "…/cur/NAME:2,F" become "…/cur/NAME:2,S" and "…/cur/NAME:2,FS". NULL: it is read already.
 * Returns: (transfer full) (nullable) */
static char *
path_when_read (const char *path)
{
    g_autofree char *name = g_path_get_basename (path);
    g_autofree char *part = g_path_get_dirname (path);
    g_autofree char *folder = g_path_get_dirname (part);
    char *info = strstr (name, ":2,");
    const char *flags = info != NULL ? info + strlen (":2,") : "";
    if (strchr (flags, 'S') != NULL)
        return NULL;
    gsize before = 0; /* letters are sorted */
    while (flags[before] != '\0' && flags[before] < 'S')
        before++;
    g_autofree char *first = g_strndup (flags, before);
    g_autofree char *rest = g_strdup (flags + before);
    if (info != NULL)
        *info = '\0';
    return g_strdup_printf ("%s/cur/%s:2,%sS%s", folder, name, first, rest);
}

static void
mark_read (Act *self)
{
    for (guint i = 0; i < self->tasks->len; i++) {
        const IbTask *task = self->tasks->pdata[i];
        const char *word = g_hash_table_lookup (self->names, task->path);
        g_autoptr (GError) error = NULL;
        g_autofree char *read = path_when_read (task->path);
        if (!is_in_maildir (self, task->path))
            refuse (self, word, _ ("It is not in the Maildir"));
        else if (read != NULL && !ib_maildir_give_name (self->home->maildir, task->path, read, &error))
            refuse (self, word, error->message);
        else
            self->count++;
    }
}

static void
act_free (Act *self)
{
    g_strfreev (self->messages);
    g_hash_table_unref (self->names);
    g_ptr_array_unref (self->tasks);
    g_ptr_array_unref (self->refused);
    ib_known_free (self->known);
    ib_config_free (self->config);
    g_free (self);
}

static void
end (Act *self, const GError *error)
{
    if (self->home != NULL)
        ib_service_give_back (self->service);
    self->done (self->count, self->refused, error, self->user_data);
    act_free (self);
}

static void
on_learned (const GError *error, gpointer user_data)
{
    Act *self = user_data;
    if (error == NULL && self->kind == ACT_MARK_JUNK)
        move_all (self, "Junk");
    if (error == NULL && self->kind == ACT_MARK_GOOD)
        move_all (self, "INBOX");
    end (self, error);
}

static void
learn (Act *self, const IbPaths *paths)
{
    self->known = ib_known_new (paths, self->config, NULL);
    self->teacher = (IbTeacher){
        .config = self->config,
        .known = self->known,
        .home = self->home,
        .learned = ib_service_learned (self->service),
        .top = ib_maildir_path (self->home->maildir),
        .is_brief = true,
        .each = learned,
        .user_data = self,
    };
    ib_teacher_begin (&self->teacher, self->tasks, on_learned, self);
}

static void
with_home (IbHome *home, const GError *error, gpointer user_data)
{
    Act *self = user_data;
    const IbPaths *paths = ib_service_paths (self->service);
    g_autoptr (GError) why = NULL;
    self->home = home;
    self->config = home != NULL ? ib_config_load (paths, &why) : NULL;
    if (self->config == NULL) {
        end (self, home != NULL ? why : error);
        return;
    }
    find_all (self, paths, self->config);
    if (self->kind == ACT_MARK_READ)
        mark_read (self);
    if (self->kind == ACT_MARK_READ || self->tasks->len == 0)
        end (self, NULL);
    else
        learn (self, paths);
}

static void
act (IbService *service, Kind kind, bool is_spam, const char *const *messages, IbActDone done,
     gpointer user_data)
{
    Act *self = g_new0 (Act, 1);
    self->service = service;
    self->kind = kind;
    self->is_spam = is_spam;
    self->messages = g_strdupv ((char **) messages);
    self->done = done;
    self->user_data = user_data;
    self->names = g_hash_table_new (g_str_hash, g_str_equal);
    self->tasks = g_ptr_array_new_with_free_func (ib_task_free);
    self->refused = g_ptr_array_new_with_free_func (refusal_free);
    ib_service_borrow (service, with_home, self);
}

void
ib_service_acts_learn (IbService *service, bool is_spam, const char *const *messages, IbActDone done,
                       gpointer user_data)
{
    act (service, ACT_LEARN, is_spam, messages, done, user_data);
}

void
ib_service_acts_mark_junk (IbService *service, const char *const *messages, IbActDone done,
                           gpointer user_data)
{
    act (service, ACT_MARK_JUNK, true, messages, done, user_data);
}

void
ib_service_acts_mark_good (IbService *service, const char *const *messages, IbActDone done,
                           gpointer user_data)
{
    act (service, ACT_MARK_GOOD, false, messages, done, user_data);
}

void
ib_service_acts_mark_read (IbService *service, const char *const *messages, IbActDone done,
                           gpointer user_data)
{
    act (service, ACT_MARK_READ, false, messages, done, user_data);
}

/* --- taking back ------------------------------------------------------------------------------------------- */

typedef struct {
    IbService *service;
    char *id;
    gint64 since;
    IbActUndoneAll done;
    gpointer user_data;
    GPtrArray *undone; /* IbActUndone */
} Undoing;

static void
undone_free (gpointer pointer)
{
    IbActUndone *undone = pointer;
    g_free (undone->account);
    g_free (undone->path);
    g_free (undone);
}

static void
on_undone (const IbStory *story, IbUndone result, const char *path, gpointer user_data)
{
    Undoing *self = user_data;
    IbActUndone *undone = g_new0 (IbActUndone, 1);
    g_strlcpy (undone->id, story->id, sizeof undone->id);
    undone->account = g_strdup (story->account);
    undone->result = result;
    undone->path = g_strdup (path);
    g_ptr_array_add (self->undone, undone);
}

static void
undo_with_home (IbHome *home, const GError *error, gpointer user_data)
{
    Undoing *self = user_data;
    GError *why = NULL;
    if (home == NULL) {
        why = g_error_new_literal (IB_UNDO_ERROR, IB_UNDO_ERROR_STORE, error->message);
    } else {
        (void) ib_undo_in (home, self->id, self->since, on_undone, self, &why);
        ib_service_give_back (self->service);
    }
    self->done (self->undone, why, self->user_data);
    g_clear_error (&why);
    g_ptr_array_unref (self->undone);
    g_free (self->id);
    g_free (self);
}

void
ib_service_acts_undo (IbService *service, const char *id, gint64 since, IbActUndoneAll done,
                      gpointer user_data)
{
    Undoing *self = g_new0 (Undoing, 1);
    self->service = service;
    self->id = g_strdup (id);
    self->since = since;
    self->done = done;
    self->user_data = user_data;
    self->undone = g_ptr_array_new_with_free_func (undone_free);
    ib_service_borrow (service, undo_with_home, self);
}
