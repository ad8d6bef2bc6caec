/* standing.c - the messages below a folder, and where each of them stands */
#include "standing.h"
#include "folder.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

/* Deeper than any Maildir; a folder within itself ends here. */
#define DEEPEST 32

static void
standing_free (gpointer data)
{
    IbStanding *self = data;
    g_free (self->path);
    g_free (self);
}

/* --- file names -------------------------------------------------------------------------------------------------------- */

/* "….<id>-<copy>.HOST…": see maildir.h. */
bool
ib_standing_read_id (const char *name, char *out_id)
{
    const char *dot = strchr (name, '.');
    dot = dot != NULL ? strchr (dot + 1, '.') : NULL;
    if (dot == NULL || strspn (dot + 1, "0123456789abcdef") != IB_ID_LENGTH || dot[1 + IB_ID_LENGTH] != '-')
        return false;
    memcpy (out_id, dot + 1, IB_ID_LENGTH);
    out_id[IB_ID_LENGTH] = '\0';
    return true;
}

static void
read_flags (const char *name, char *out_flags)
{
    const char *info = strstr (name, ":2,");
    for (const char *letter = "DFRS"; info != NULL && *letter != '\0'; letter++)
        if (strchr (info + 3, *letter) != NULL)
            *out_flags++ = *letter;
}

/* --- folders ----------------------------------------------------------------------------------------------------------- */

static bool
is_folder (const char *parent, const char *name)
{
    g_autofree char *path = g_build_filename (parent, name, NULL);
    struct stat st;
    return lstat (path, &st) == 0 && S_ISDIR (st.st_mode);
}

static bool
is_maildir (const char *path)
{
    return is_folder (path, "cur") && is_folder (path, "new");
}

static int
compare (gconstpointer a, gconstpointer b)
{
    return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Sorted. NULL: it cannot be read. */
static GPtrArray *
names_in (const char *path, GError **error)
{
    g_autoptr (GDir) dir = g_dir_open (path, 0, error);
    if (dir == NULL)
        return NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
    const char *name;
    while ((name = g_dir_read_name (dir)) != NULL)
        g_ptr_array_add (names, g_strdup (name));
    g_ptr_array_sort (names, compare);
    return names;
}

static bool
add_files (GPtrArray *found, const char *path, const char *folder, GError **error)
{
    g_autoptr (GPtrArray) names = names_in (path, error);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *file = g_build_filename (path, name, NULL);
        if (*name == '.' || !g_file_test (file, G_FILE_TEST_IS_REGULAR))
            continue;
        IbStanding *standing = g_new0 (IbStanding, 1);
        standing->path = g_steal_pointer (&file);
        standing->folder = folder;
        (void) ib_standing_read_id (name, standing->id);
        read_flags (name, standing->flags);
        g_ptr_array_add (found, standing);
    }
    return names != NULL;
}

/* What a directory at @relative of a tree stands for; @top is for the tree itself. Interned. */
static const char *
folder_name (const char *relative, const char *top)
{
    if (*relative == '\0')
        return g_intern_string (top);
    IbLayout layout = *relative == '.' ? IB_LAYOUT_MAILDIRPP : IB_LAYOUT_FS;
    g_autofree char *folder = ib_folder_from_directory (relative, layout);
    if (folder == NULL) {
        folder = g_utf8_make_valid (relative + (*relative == '.'), -1);
        g_strdelimit (folder, "/", '.');
    }
    return g_intern_string (folder);
}

/* One tree, from its top. */
typedef struct {
    GPtrArray *found;
    const char *top; /* what its top stands for */
    bool is_alone;   /* a folder of a Maildir without those below it, which may be Junk */
} Walk;

static bool walk (Walk *self, const char *path, const char *relative, guint depth, GError **error);

static bool
walk_into (Walk *self, const char *path, const char *relative, const char *name, guint depth, GError **error)
{
    g_autofree char *below = g_build_filename (path, name, NULL);
    g_autofree char *place = *relative != '\0' ? g_build_filename (relative, name, NULL) : g_strdup (name);
    return walk (self, below, place, depth + 1, error);
}

/* Folders below @path: hidden ones only if they are Maildirs, which is how maildir++ has them. */
static bool
holds (const char *path, const char *name, bool is_in_maildir)
{
    if (is_in_maildir
        && (strcmp (name, "cur") == 0 || strcmp (name, "new") == 0 || strcmp (name, "tmp") == 0))
        return false;
    if (!is_folder (path, name))
        return false;
    g_autofree char *below = g_build_filename (path, name, NULL);
    return *name != '.' || is_maildir (below);
}

/* A folder that has Maildirs in it holds no messages itself: its files are somebody's notes. */
static bool
has_maildirs (const char *path, const GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *below = g_build_filename (path, names->pdata[i], NULL);
        if (is_folder (path, names->pdata[i]) && is_maildir (below))
            return true;
    }
    return false;
}

static bool
walk (Walk *self, const char *path, const char *relative, guint depth, GError **error)
{
    g_autoptr (GPtrArray) names = names_in (path, error);
    const char *folder = folder_name (relative, self->top);
    bool is_mail = is_maildir (path);
    if (names == NULL)
        return false;

    if (is_mail) {
        g_autofree char *cur = g_build_filename (path, "cur", NULL),
                        *new = g_build_filename (path, "new", NULL);
        if (!add_files (self->found, cur, folder, error) || !add_files (self->found, new, folder, error))
            return false;
    } else if (!has_maildirs (path, names) && !add_files (self->found, path, folder, error)) {
        return false;
    }
    if (is_mail && self->is_alone)
        return true;
    for (guint i = 0; i < names->len && depth < DEEPEST; i++)
        if (holds (path, names->pdata[i], is_mail)
            && !walk_into (self, path, relative, names->pdata[i], depth, error))
            return false;
    return true;
}

/* --- where a tree begins ----------------------------------------------------------------------------------------------- */

/* The part of @path below @root; NULL if it does not lie there. */
static const char *
below (const char *path, const char *root)
{
    gsize length = strlen (root);
    if (strncmp (path, root, length) != 0 || (path[length] != '\0' && path[length] != '/'))
        return NULL;
    path += length;
    return *path == '/' ? path + 1 : path;
}

/* The Maildir that @path is a folder of, perhaps itself: ours, or as long as what is above is one too. */
static char *
root_of (const IbConfig *config, const char *path)
{
    g_autofree char *ours = realpath (config->maildir, NULL);
    if (ours != NULL && below (path, ours) != NULL)
        return g_steal_pointer (&ours);
    char *root = g_strdup (path);
    for (;;) {
        g_autofree char *parent = g_path_get_dirname (root);
        if (strcmp (parent, root) == 0 || !is_maildir (parent))
            return root;
        g_free (root);
        root = g_steal_pointer (&parent);
    }
}

/* Messages that lie in no Maildir stand in a folder of their folder's name. */
static char *
top_of (const char *path)
{
    g_autofree char *base = g_path_get_basename (path);
    char *folder = is_maildir (path) ? NULL : ib_folder_normalize (base, NULL);
    return folder != NULL ? folder : g_strdup ("INBOX");
}

/* A path; or the name of a folder of the Maildir. NULL: neither. */
static char *
find (const IbConfig *config, const char *word)
{
    char *path = realpath (word, NULL);
    if (path != NULL)
        return path;
    g_autofree char *folder = ib_folder_normalize (word, NULL);
    if (folder == NULL)
        return NULL;
    g_autofree char *directory = ib_folder_to_directory (folder, config->layout);
    g_autofree char *place = g_build_filename (config->maildir, directory, NULL);
    return realpath (place, NULL);
}

static GPtrArray *
list (const IbConfig *config, const char *word, bool is_alone, GError **error)
{
    g_autofree char *path = find (config, word);
    if (path == NULL || !g_file_test (path, G_FILE_TEST_IS_DIR)) {
        g_set_error (error, G_IO_ERROR, path == NULL ? G_IO_ERROR_NOT_FOUND : G_IO_ERROR_NOT_DIRECTORY,
                     path == NULL ? _ ("%s: there is no such folder") : _ ("%s: no folder"), word);
        return NULL;
    }
    g_autofree char *root = root_of (config, path), *top = top_of (root);
    g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (standing_free);
    Walk self = { found, top, is_alone };
    return walk (&self, path, below (path, root), 0, error) ? g_steal_pointer (&found) : NULL;
}

GPtrArray *
ib_standing_list (const IbConfig *config, const char *word, GError **error)
{
    return list (config, word, false, error);
}

GPtrArray *
ib_standing_list_folder (const IbConfig *config, const char *word, GError **error)
{
    return list (config, word, true, error);
}
