/* maildir-read.c - which folders the Maildir has, and which files stand in them
 *
 * Mail clients move and remove while we read: what is merely gone is no trouble; what could not be read is kept in
 * .trouble, and is an error where the answer depends on it. */
#include "maildir-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Levels of folders that are read: more than a name of the longest kind can have. */
#define DEEPEST_LEVEL 100

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, closedir)

static void
note_trouble (IbMaildir *self, int number)
{
    if (self->trouble == 0 && number != ENOENT && number != ENOTDIR && number != ELOOP)
        self->trouble = number;
}

/* NULL and errno if @name is not there, or leads elsewhere. */
static DIR *
open_folder (int parent, const char *name)
{
    int fd = ib_maildir_open_level (parent, name);
    DIR *folder = fd < 0 ? NULL : fdopendir (fd);
    if (folder == NULL && fd >= 0)
        (void) close (fd);
    return folder;
}

static bool
has_mail (IbMaildir *self, int folder)
{
    struct stat status;
    if (fstatat (folder, ib_maildir_parts[IB_MAILDIR_CUR], &status, AT_SYMLINK_NOFOLLOW) == 0)
        return S_ISDIR (status.st_mode);
    note_trouble (self, errno);
    return false;
}

/* NULL at the end, and where reading breaks off. */
static const struct dirent *
next_entry (IbMaildir *self, DIR *directory)
{
    errno = 0;
    const struct dirent *entry = readdir (directory);
    if (entry == NULL && errno != 0)
        note_trouble (self, errno);
    return entry;
}

/* Whether an entry may be a folder, before it is opened. */
static bool
is_level (const struct dirent *entry, IbLayout layout)
{
    if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
        return false;
    if (layout == IB_LAYOUT_MAILDIRPP)
        return entry->d_name[0] == '.' && strcmp (entry->d_name, ".") != 0
               && strcmp (entry->d_name, "..") != 0;
    return entry->d_name[0] != '.' && strcmp (entry->d_name, "cur") != 0 && strcmp (entry->d_name, "new") != 0
           && strcmp (entry->d_name, "tmp") != 0;
}

/* What a file system keeps for itself where the Maildir is the top of a disk, and for root alone. */
static bool
is_file_systems_own (const char *name, int number)
{
    return number == EACCES && strcmp (name, "lost+found") == 0;
}

/* Adds the paths below the Maildir of all folders in @parent to @found. */
static void
find_folders (IbMaildir *self, int parent, const char *prefix, guint level, GPtrArray *found)
{
    g_autoptr (DIR) directory = open_folder (parent, ".");
    const struct dirent *entry;
    if (directory == NULL)
        note_trouble (self, errno);
    while (directory != NULL && (entry = next_entry (self, directory)) != NULL) {
        if (!is_level (entry, self->layout))
            continue;
        int folder = ib_maildir_open_level (parent, entry->d_name);
        if (folder < 0) {
            if (!is_file_systems_own (entry->d_name, errno))
                note_trouble (self, errno);
            continue;
        }
        g_autofree char *path = g_strconcat (prefix, entry->d_name, NULL);
        g_autofree char *below = g_strconcat (path, "/", NULL);
        if (has_mail (self, folder))
            g_ptr_array_add (found, g_steal_pointer (&path));
        if (self->layout == IB_LAYOUT_FS && level < DEEPEST_LEVEL)
            find_folders (self, folder, below, level + 1, found);
        (void) close (folder);
    }
}

GPtrArray *
ib_maildir_directories (IbMaildir *self)
{
    self->trouble = 0;
    GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (found, g_strdup (""));
    find_folders (self, self->root, "", 1, found);
    return found;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
    return strcmp (*(char *const *) a, *(char *const *) b);
}

char **
ib_maildir_list (IbMaildir *self)
{
    g_autoptr (GPtrArray) directories = ib_maildir_directories (self);
    g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 1; i < directories->len; i++) {
        char *name = ib_folder_from_directory (g_ptr_array_index (directories, i), self->layout);
        if (name != NULL)
            g_ptr_array_add (names, name);
    }
    g_ptr_array_sort (names, compare_names);
    g_ptr_array_insert (names, 0, g_strdup ("INBOX"));
    g_ptr_array_add (names, NULL);
    return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

/* What the journal remembers may be from before layout= was changed; only maildir++ has directories that begin with a dot. */
char *
ib_maildir_folder_of (const char *directory)
{
    bool is_maildirpp = *directory == '.';
    char *name = ib_folder_from_directory (directory, is_maildirpp ? IB_LAYOUT_MAILDIRPP : IB_LAYOUT_FS);
    return name != NULL ? name : g_utf8_make_valid (directory + (is_maildirpp ? 1 : 0), -1);
}

bool
ib_maildir_read_part (IbMaildir *self, const char *directory, IbMaildirPart part, IbMaildirEachEntry each,
                      gpointer user_data)
{
    int parent = ib_maildir_open_below (self, directory);
    if (parent < 0) {
        note_trouble (self, errno);
        return true;
    }
    g_autoptr (DIR) folder = open_folder (parent, ib_maildir_parts[part]);
    if (folder == NULL)
        note_trouble (self, errno);
    (void) close (parent);

    const struct dirent *entry;
    while (folder != NULL && (entry = next_entry (self, folder)) != NULL)
        if (entry->d_name[0] != '.' && !each (self, directory, part, entry->d_name, user_data))
            return false;
    return true;
}

/* new/ before cur/, since that is the way in which clients move files. */
static void
read_all (IbMaildir *self, IbMaildirEachEntry each, gpointer user_data)
{
    g_autoptr (GPtrArray) directories = ib_maildir_directories (self);
    for (guint i = 0; i < directories->len; i++)
        for (IbMaildirPart part = IB_MAILDIR_NEW; part < IB_MAILDIR_PARTS; part++)
            if (!ib_maildir_read_part (self, g_ptr_array_index (directories, i), part, each, user_data))
                return;
}

typedef struct {
    const char *name;
    char *path, *folder;
} Search;

static bool
is_wanted (IbMaildir *self, const char *directory, IbMaildirPart part, const char *name, gpointer user_data)
{
    Search *search = user_data;
    if (!ib_maildir_is_same_file (name, search->name))
        return true;
    search->path = ib_maildir_path_in (self, directory, part, name);
    search->folder = ib_maildir_folder_of (directory);
    return false;
}

char *
ib_maildir_find (IbMaildir *self, const char *name, char **out_folder, GError **error)
{
    Search search = { .name = name };
    read_all (self, is_wanted, &search);
    if (search.path == NULL)
        read_all (self, is_wanted, &search); /* moved behind our back into what was read already, perhaps */
    if (search.path == NULL && self->trouble != 0)
        ib_maildir_fail (self->trouble, error, _ ("Cannot read the Maildir %s"), self->path);
    if (search.path != NULL && out_folder != NULL)
        *out_folder = g_steal_pointer (&search.folder);
    g_free (search.folder);
    return search.path;
}

typedef struct {
    IbMaildirEach each;
    gpointer user_data;
} Scan;

static bool
tell_file (IbMaildir *self, const char *directory, IbMaildirPart part, const char *name, gpointer user_data)
{
    const Scan *scan = user_data;
    char id[IB_ID_LENGTH + 1];
    if (!ib_maildir_read_name (name, id, NULL))
        return true;
    g_autofree char *folder = ib_maildir_folder_of (directory);
    g_autofree char *path = ib_maildir_path_in (self, directory, part, name);
    g_autofree char *base = g_strndup (name, strcspn (name, ":"));
    scan->each (folder, path, base, id, scan->user_data);
    return true;
}

bool
ib_maildir_scan (IbMaildir *self, IbMaildirEach each, gpointer user_data, GError **error)
{
    Scan scan = { each, user_data };
    struct stat status;
    int number = fstat (self->root, &status) != 0 ? errno : status.st_nlink == 0 ? ENOENT : 0;
    if (number != 0)
        return ib_maildir_fail (number, error, _ ("Cannot read the Maildir %s"), self->path);
    read_all (self, tell_file, &scan);
    return self->trouble == 0
           || ib_maildir_fail (self->trouble, error, _ ("Cannot read the Maildir %s"), self->path);
}
