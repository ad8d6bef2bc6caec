/* maildir.c - the one Maildir
 *
 * All is done relative to open directories, level by level, so that nothing that stands in the Maildir can lead a name
 * out of it. */
#include "maildir-private.h"

#include "fault.h"
#include "fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Open folders that are kept; three descriptors each. */
#define KEPT_PLACES 60
/* Levels of folders that are read: more than a name of the longest kind can have. */
#define DEEPEST_LEVEL 100
/* Our own names collide only if a clock is set back, and then once. */
#define MOST_TRIES 100
/* A client that renames a file again and again while we move it. */
#define MOST_MOVES 5

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, closedir)

typedef enum { TMP, NEW, CUR, N_PARTS } Part;
/* cur/ last: a folder is one for others once that is there. */
static const char *const part_names[N_PARTS] = { "tmp", "new", "cur" };

/* A folder's open directories. */
typedef struct {
    int parts[N_PARTS];
} Place;

struct _IbMaildir {
    char *path;
    IbLayout layout;
    int root;
    char *host;
    guint counter;
    GHashTable *places; /* folder name → Place */
    int trouble;        /* the first errno of the last reading, but for what is merely gone or no folder */
};

static bool G_GNUC_PRINTF (4, 5)
    fail (const IbMaildir *self, int number, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *what = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s: %s", what, g_strerror (number));
    return false;
}

static bool
fail_folder (const IbMaildir *self, const char *directory, int number, GError **error)
{
    return fail (self, number, error, _ ("Cannot use the mail folder %s/%s"), self->path, directory);
}

/* --- places --------------------------------------------------------------------------------------------- */

static void
place_free (gpointer pointer)
{
    Place *self = pointer;
    for (Part part = TMP; part < N_PARTS; part++)
        if (self->parts[part] >= 0)
            (void) close (self->parts[part]);
    g_free (self);
}

static int
open_level (int parent, const char *name)
{
    return openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int
ib_maildir_open_below (const IbMaildir *self, const char *directory)
{
    g_auto (GStrv) levels = g_strsplit (directory, "/", -1);
    int fd = open_level (self->root, ".");
    for (gsize i = 0; levels[i] != NULL && fd >= 0; i++) {
        int next = open_level (fd, levels[i]);
        int number = errno;
        (void) close (fd);
        errno = number;
        fd = next;
    }
    return fd;
}

/* -1 and errno if a part is missing. */
static Place *
place_open (const IbMaildir *self, const char *directory)
{
    int folder = ib_maildir_open_below (self, directory);
    if (folder < 0)
        return NULL;

    Place *place = g_new (Place, 1);
    bool is_whole = true;
    int number = 0;
    for (Part part = TMP; part < N_PARTS; part++) {
        place->parts[part] = open_level (folder, part_names[part]);
        if (place->parts[part] < 0) {
            number = errno;
            is_whole = false;
        }
    }
    (void) close (folder);
    if (!is_whole)
        g_clear_pointer (&place, place_free);
    errno = number;
    return place;
}

/* *out_is_new is left alone if the directory is there. */
static bool
make_directory (int parent, const char *name, bool *out_is_new)
{
    if (mkdirat (parent, name, 0700) == 0)
        *out_is_new = true;
    else if (errno != EEXIST)
        return false;
    return true;
}

/* Maildir++ marks a sub-folder, so that a delivery program finds the Maildir it belongs to. */
static bool
make_mark (const IbMaildir *self, int folder, bool *out_is_new)
{
    if (self->layout != IB_LAYOUT_MAILDIRPP)
        return true;
    int fd = openat (folder, "maildirfolder", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST;
    (void) close (fd); /* empty: nothing can be lost */
    *out_is_new = true;
    return true;
}

static bool
make_parts (int folder, bool *out_is_new)
{
    for (Part part = TMP; part < N_PARTS; part++)
        if (!make_directory (folder, part_names[part], out_is_new))
            return false;
    return true;
}

/* One directory within @parent, durably; errno. @is_folder: with its parts. */
static bool
make_in (const IbMaildir *self, int parent, const char *name, bool is_folder)
{
    bool is_new = false;
    if (!make_directory (parent, name, &is_new))
        return false;
    int folder = open_level (parent, name);
    if (folder < 0)
        return false;

    bool is_made = !is_folder || (make_mark (self, folder, &is_new) && make_parts (folder, &is_new));
    is_made
        = is_made && (!is_new || (ib_fs_sync_folder_at (folder) == 0 && ib_fs_sync_folder_at (parent) == 0));
    int number = errno;
    (void) close (folder);
    errno = number;
    return is_made;
}

/* As above, by the path below the root of a directory whose parent is there. */
static bool
make_below (IbMaildir *self, const char *directory, bool is_folder, GError **error)
{
    int number = ib_fault ("maildir.make-folder");
    if (number != 0)
        return fail_folder (self, directory, number, error);

    const char *slash = strrchr (directory, '/');
    g_autofree char *above
        = slash == NULL ? g_strdup ("") : g_strndup (directory, (gsize) (slash - directory));
    int parent = ib_maildir_open_below (self, above);
    bool is_made = parent >= 0 && make_in (self, parent, slash == NULL ? directory : slash + 1, is_folder);
    number = errno;
    if (parent >= 0)
        (void) close (parent);
    return is_made || fail_folder (self, directory, number, error);
}

/* Parents first: clients show a folder below one that is none in strange places. The level "INBOX" of "INBOX.foo" is
 * no folder beside the one INBOX. */
bool
ib_maildir_make_folder (IbMaildir *self, const char *folder, GError **error)
{
    g_autofree char *directory = ib_folder_to_directory (folder, self->layout);
    char border = self->layout == IB_LAYOUT_FS ? '/' : '.';
    if (*directory == '\0')
        return true;

    for (char *at = strchr (directory + 1, border); at != NULL; at = strchr (at + 1, border)) {
        *at = '\0';
        bool is_folder = strcmp (directory + (border == '.' ? 1 : 0), "INBOX") != 0;
        bool is_made = (border == '.' && !is_folder) || make_below (self, directory, is_folder, error);
        *at = border;
        if (!is_made)
            return false;
    }
    return make_below (self, directory, true, error);
}

/* Made if missing. Valid until the next call. */
static Place *
get_place (IbMaildir *self, const char *folder, GError **error)
{
    Place *place = g_hash_table_lookup (self->places, folder);
    if (place != NULL)
        return place;
    if (g_hash_table_size (self->places) >= KEPT_PLACES)
        g_hash_table_remove_all (self->places);

    g_autofree char *directory = ib_folder_to_directory (folder, self->layout);
    g_autofree char *back = ib_folder_from_directory (directory, self->layout);
    if (g_strcmp0 (back, folder) != 0) {
        fail_folder (self, directory, EINVAL, error);
        return NULL;
    }
    place = place_open (self, directory);
    if (place == NULL && errno == ENOENT) {
        if (!ib_maildir_make_folder (self, folder, error))
            return NULL;
        place = place_open (self, directory);
    }
    if (place == NULL) {
        fail_folder (self, directory, errno, error);
        return NULL;
    }
    g_hash_table_insert (self->places, g_strdup (folder), place);
    return place;
}

/* --- names ---------------------------------------------------------------------------------------------- */

/* "/", ":" and "," have a meaning in names; anything else that is not plain would meet some reader's bug. */
static char *
host_name (void)
{
    g_autofree char *host = g_strndup (g_get_host_name (), 64);
    for (char *at = host; *at != '\0'; at++)
        if (!g_ascii_isalnum (*at) && *at != '-' && *at != '.')
            *at = '_';
    return *host == '\0' || *host == '.' ? g_strconcat ("localhost", host, NULL) : g_steal_pointer (&host);
}

static guint
copy_number (const IbStory *story, const IbStoryFile *file)
{
    guint number = 0;
    bool is_found = g_ptr_array_find (story->files, file, &number);
    g_assert (is_found);
    return number;
}

static char *
make_name (IbMaildir *self, const IbStory *story, const IbStoryFile *file)
{
    gint64 now = story->delivered_at != 0 ? story->delivered_at : g_get_real_time ();
    return g_strdup_printf ("%" G_GINT64_FORMAT ".M%d_%u.%s-%u.%s", now / G_USEC_PER_SEC,
                            (int) (now % G_USEC_PER_SEC), ++self->counter, story->id,
                            copy_number (story, file), self->host);
}

static const char *
skip_digits (const char *at)
{
    return at + strspn (at, "0123456789");
}

/* SECONDS.M<microseconds>_<n>.<id>-<copy>. and more. */
bool
ib_maildir_read_name (const char *name, char *out_id, guint *out_number)
{
    const char *at = skip_digits (name);
    if (at == name || !g_str_has_prefix (at, ".M"))
        return false;
    const char *number = skip_digits (at + 2);
    if (*number != '_')
        return false;
    at = skip_digits (number + 1);
    if (*at != '.' || strspn (at + 1, "0123456789abcdef") != IB_ID_LENGTH)
        return false;
    const char *copy = at + 1 + IB_ID_LENGTH;
    const char *end = *copy == '-' ? skip_digits (copy + 1) : copy;
    if (end <= copy + 1 || *end != '.')
        return false;

    memcpy (out_id, at + 1, IB_ID_LENGTH);
    out_id[IB_ID_LENGTH] = '\0';
    if (out_number != NULL)
        *out_number = (guint) g_ascii_strtoull (copy + 1, NULL, 10);
    return true;
}

/* The part of a name that no client changes. */
static gsize
unique_length (const char *name)
{
    return strcspn (name, ":,");
}

static bool
is_same_message (const char *name, const char *other)
{
    gsize length = unique_length (name);
    return length == unique_length (other) && strncmp (name, other, length) == 0;
}

/* --- opening -------------------------------------------------------------------------------------------- */

IbMaildir *
ib_maildir_open (const char *path, IbLayout layout, GError **error)
{
    if (!ib_fs_make_folder (path, error))
        return NULL;

    g_autoptr (IbMaildir) self = g_new0 (IbMaildir, 1);
    self->path = g_strdup (path);
    self->layout = layout;
    self->host = host_name ();
    self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, place_free);
    self->root = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    bool is_new = false;
    if (self->root < 0 || !make_parts (self->root, &is_new)
        || (is_new && ib_fs_sync_folder_at (self->root) != 0)) {
        fail (self, errno, error, _ ("Cannot use the Maildir %s"), path);
        return NULL;
    }
    return get_place (self, "INBOX", error) == NULL ? NULL : g_steal_pointer (&self);
}

const char *
ib_maildir_path (const IbMaildir *self)
{
    return self->path;
}

void
ib_maildir_close (IbMaildir *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->places);
    if (self->root >= 0)
        (void) close (self->root);
    g_free (self->host);
    g_free (self->path);
    g_free (self);
}

/* --- reading -------------------------------------------------------------------------------------------- */

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
    int fd = open_level (parent, name);
    DIR *folder = fd < 0 ? NULL : fdopendir (fd);
    if (folder == NULL && fd >= 0)
        (void) close (fd);
    return folder;
}

static bool
has_mail (IbMaildir *self, int folder)
{
    struct stat status;
    if (fstatat (folder, "cur", &status, AT_SYMLINK_NOFOLLOW) == 0)
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
        int folder = open_level (parent, entry->d_name);
        if (folder < 0) {
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
ib_maildir_list (IbMaildir *self, GError **error)
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

char *
ib_maildir_folder_of (const IbMaildir *self, const char *directory)
{
    char *name = ib_folder_from_directory (directory, self->layout);
    if (name != NULL)
        return name;
    return g_utf8_make_valid (directory + (self->layout == IB_LAYOUT_MAILDIRPP ? 1 : 0), -1);
}

/* One mail file, as it stands now. Returning false ends the reading. */
typedef bool (*EachFile) (IbMaildir *self, const char *directory, Part part, const char *name,
                          gpointer user_data);

static bool
read_part (IbMaildir *self, const char *directory, Part part, EachFile each, gpointer user_data)
{
    int parent = ib_maildir_open_below (self, directory);
    if (parent < 0) {
        note_trouble (self, errno);
        return true;
    }
    g_autoptr (DIR) folder = open_folder (parent, part_names[part]);
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
read_all (IbMaildir *self, EachFile each, gpointer user_data)
{
    g_autoptr (GPtrArray) directories = ib_maildir_directories (self);
    for (guint i = 0; i < directories->len; i++)
        for (Part part = NEW; part < N_PARTS; part++)
            if (!read_part (self, g_ptr_array_index (directories, i), part, each, user_data))
                return;
}

static Part
part_of (const IbStoryFile *file)
{
    return file->info == NULL || *file->info == '\0' ? NEW : CUR;
}

/* As it stands in new/ or cur/. */
static char *
final_name (const IbStoryFile *file)
{
    return part_of (file) == NEW ? g_strdup (file->name) : g_strconcat (file->name, ":", file->info, NULL);
}

static char *
path_of (const IbMaildir *self, const char *directory, Part part, const char *name)
{
    return g_build_filename (self->path, directory, part_names[part], name, NULL);
}

typedef struct {
    const char *name;
    char *path, *folder;
} Search;

static bool
is_wanted (IbMaildir *self, const char *directory, Part part, const char *name, gpointer user_data)
{
    Search *search = user_data;
    if (!is_same_message (name, search->name))
        return true;
    search->path = path_of (self, directory, part, name);
    search->folder = ib_maildir_folder_of (self, directory);
    return false;
}

char *
ib_maildir_path_of (const IbMaildir *self, const IbStoryFile *file)
{
    g_autofree char *directory = ib_folder_to_directory (file->folder, self->layout);
    g_autofree char *name = final_name (file);
    return path_of (self, directory, part_of (file), name);
}

char *
ib_maildir_find (IbMaildir *self, const char *name, char **out_folder, GError **error)
{
    Search search = { .name = name };
    read_all (self, is_wanted, &search);
    if (search.path == NULL)
        read_all (self, is_wanted, &search); /* moved behind our back into what was read already, perhaps */
    if (search.path == NULL && self->trouble != 0)
        fail (self, self->trouble, error, _ ("Cannot read the Maildir %s"), self->path);
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
tell_file (IbMaildir *self, const char *directory, Part part, const char *name, gpointer user_data)
{
    const Scan *scan = user_data;
    char id[IB_ID_LENGTH + 1];
    if (!ib_maildir_read_name (name, id, NULL))
        return true;
    g_autofree char *folder = ib_maildir_folder_of (self, directory);
    g_autofree char *path = path_of (self, directory, part, name);
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
        return fail (self, number, error, _ ("Cannot read the Maildir %s"), self->path);
    read_all (self, tell_file, &scan);
    return self->trouble == 0
           || fail (self, self->trouble, error, _ ("Cannot read the Maildir %s"), self->path);
}

/* --- delivering ----------------------------------------------------------------------------------------- */

/* In the tmp/ of @place; -1 and errno. */
static int
create_in (IbMaildir *self, const Place *place, const IbStory *story, const IbStoryFile *file,
           char **out_name)
{
    int fd = -1;
    for (guint i = 0; i < MOST_TRIES && fd < 0; i++) {
        g_autofree char *name = make_name (self, story, file);
        fd = openat (place->parts[TMP], name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0)
            *out_name = g_steal_pointer (&name);
        else if (errno != EEXIST)
            return -1;
    }
    return fd;
}

int
ib_maildir_create (IbMaildir *self, const IbStory *story, IbStoryFile *file, GError **error)
{
    g_autofree char *name = NULL;
    const Place *place = get_place (self, file->folder, error);
    int fd = place == NULL ? -1 : create_in (self, place, story, file, &name);
    if (place != NULL && fd < 0 && errno == ENOENT) {
        /* A client removed the folder that we hold open: begin with a new one. */
        g_hash_table_remove (self->places, file->folder);
        place = get_place (self, file->folder, error);
        fd = place == NULL ? -1 : create_in (self, place, story, file, &name);
    }
    if (place == NULL)
        return -1;

    g_autofree char *directory = ib_folder_to_directory (file->folder, self->layout);
    if (fd < 0) {
        fail (self, errno, error, _ ("Cannot write into the mail folder %s/%s"), self->path, directory);
        return -1;
    }
    g_free (file->temporary);
    file->temporary = g_build_filename (directory, part_names[TMP], name, NULL);
    g_free (file->name);
    file->name = g_steal_pointer (&name);
    return fd;
}

void
ib_maildir_set_size (IbStoryFile *file, guint64 size_on_disk)
{
    char *name = g_strdup_printf ("%.*s,S=%" G_GUINT64_FORMAT, (int) unique_length (file->name), file->name,
                                  size_on_disk);
    g_free (file->name);
    file->name = name;
}

bool
ib_maildir_finish (IbMaildir *self, const IbStory *story, IbStoryFile *file, int fd, guint64 size_on_disk,
                   GError **error)
{
    g_autofree char *path = g_build_filename (self->path, file->temporary, NULL);
    if (!ib_fs_set_time (fd, story->internal_date_s, path, error))
        return false;

    ib_maildir_set_size (file, size_on_disk);
    return true;
}

static const char *
temporary_name (const IbStoryFile *file)
{
    return strrchr (file->temporary, '/') == NULL ? file->temporary : strrchr (file->temporary, '/') + 1;
}

void
ib_maildir_drop (IbMaildir *self, IbStoryFile *file)
{
    const Place *place = file->temporary == NULL ? NULL : get_place (self, file->folder, NULL);
    if (place != NULL)
        (void) unlinkat (place->parts[TMP], temporary_name (file), 0); /* the sweep takes it otherwise */
    g_clear_pointer (&file->temporary, g_free);
}

bool
ib_maildir_resume (IbMaildir *self, IbStoryFile *file, GError **error)
{
    struct stat status;
    g_autofree char *name = g_strndup (file->name, unique_length (file->name));
    const Place *place = get_place (self, file->folder, error);
    if (place == NULL)
        return false;
    g_autofree char *directory = ib_folder_to_directory (file->folder, self->layout);
    if (fstatat (place->parts[TMP], name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno != ENOENT && fail_folder (self, directory, errno, error);

    g_free (file->temporary);
    file->temporary = g_build_filename (directory, part_names[TMP], name, NULL);
    return true;
}

/* 0 or errno. What stands under the name already is this message: the name carries its id and is used once. */
static int
rename_in (const Place *place, const char *temporary, Part part, const char *name)
{
    int number = ib_fs_rename_new_at (place->parts[TMP], temporary, place->parts[part], name);
    if (number != EEXIST)
        return number;
    return unlinkat (place->parts[TMP], temporary, 0) == 0 ? 0 : errno;
}

bool
ib_maildir_rename (IbMaildir *self, IbStoryFile *file, GError **error)
{
    if (file->temporary == NULL)
        return true;
    const Place *place = get_place (self, file->folder, error);
    if (place == NULL)
        return false;

    Part part = part_of (file);
    g_autofree char *name = final_name (file);
    int number = ib_fault ("delivery.rename");
    if (number == 0)
        number = rename_in (place, temporary_name (file), part, name);
    if (number == ENOENT) {
        g_autofree char *path = ib_maildir_find (self, file->name, NULL, NULL);
        number = path == NULL ? ENOENT : 0;
    }
    if (number != 0) {
        g_hash_table_remove (self->places, file->folder);
        return fail (self, number, error, _ ("Cannot deliver %s/%s"), self->path, file->temporary);
    }
    g_clear_pointer (&file->temporary, g_free);
    return true;
}

static bool
sync_part (IbMaildir *self, const char *folder, int fd, GError **error)
{
    int number = ib_fault ("delivery.sync-folder");
    if (number == 0)
        number = ib_fs_sync_folder_at (fd);
    g_autofree char *directory = ib_folder_to_directory (folder, self->layout);
    return number == 0 || fail_folder (self, directory, number, error);
}

static bool
sync_parts (IbMaildir *self, GPtrArray *files, bool is_waiting, GError **error)
{
    g_autoptr (GHashTable) synced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < files->len; i++) {
        const IbStoryFile *file = g_ptr_array_index (files, i);
        Part part = is_waiting ? TMP : part_of (file);
        if (!g_hash_table_add (synced, g_strconcat (part_names[part], "/", file->folder, NULL)))
            continue;
        const Place *place = get_place (self, file->folder, error);
        if (place == NULL || !sync_part (self, file->folder, place->parts[part], error))
            return false;
    }
    return true;
}

bool
ib_maildir_sync_waiting (IbMaildir *self, GPtrArray *files, GError **error)
{
    return sync_parts (self, files, true, error);
}

bool
ib_maildir_sync_folders (IbMaildir *self, GPtrArray *files, GError **error)
{
    if (!sync_parts (self, files, false, error))
        return false;
    /* A client may give a folder another name: what is open follows it, so the next batch looks again. */
    g_hash_table_remove_all (self->places);
    return true;
}

/* --- moving, sweeping ----------------------------------------------------------------------------------- */

/* 0 or errno. *out_path: where it is then. */
static int
move_once (IbMaildir *self, const char *path, const Place *place, const char *directory, char **out_path)
{
    g_autofree char *name = g_path_get_basename (path);
    g_autofree char *from = g_path_get_dirname (path);
    g_autofree char *from_part = g_path_get_basename (from);
    Part part = strcmp (from_part, part_names[NEW]) == 0 ? NEW : CUR;

    int number = ib_fault ("maildir.move");
    if (number == 0)
        number = ib_fs_rename_new_at (AT_FDCWD, path, place->parts[part], name);
    if (number != 0)
        return number;

    *out_path = path_of (self, directory, part, name);
    number = ib_fs_sync_folder_at (place->parts[part]);
    if (number != 0)
        return number;
    g_autoptr (GError) ignored = NULL;
    (void) ib_fs_sync_folder (from,
                              &ignored); /* both names after a power cut are one too many, yet no loss */
    return 0;
}

char *
ib_maildir_move (IbMaildir *self, const char *path, const char *folder, GError **error)
{
    g_autofree char *now = g_strdup (path);
    g_autofree char *base = g_path_get_basename (path);
    g_autofree char *directory = ib_folder_to_directory (folder, self->layout);
    const Place *place = get_place (self, folder, error);
    if (place == NULL)
        return NULL;

    int number = ENOENT;
    for (guint i = 0; i < MOST_MOVES && now != NULL; i++) {
        g_autofree char *moved = NULL;
        number = move_once (self, now, place, directory, &moved);
        if (number == 0)
            return g_steal_pointer (&moved);
        if (number != ENOENT)
            break;
        g_free (now);
        now = ib_maildir_find (self, base, NULL, NULL); /* a client gave it other flags meanwhile */
    }
    fail (self, number, error, _ ("Cannot move %s to the mail folder %s"), path, folder);
    return NULL;
}

static bool
sweep_file (IbMaildir *self, const char *directory, Part part, const char *name, gpointer user_data)
{
    char id[IB_ID_LENGTH + 1];
    g_autofree char *path = path_of (self, directory, part, name);
    if (!ib_maildir_read_name (name, id, NULL) || unlink (path) == 0 || errno == ENOENT)
        return true;
    return fail (self, errno, user_data, _ ("Cannot remove the unfinished %s"), path);
}

bool
ib_maildir_sweep (IbMaildir *self, GError **error)
{
    GError *failure = NULL;
    g_autoptr (GPtrArray) directories = ib_maildir_directories (self);
    for (guint i = 0; i < directories->len && failure == NULL; i++)
        read_part (self, g_ptr_array_index (directories, i), TMP, sweep_file, &failure);
    if (failure != NULL)
        g_propagate_error (error, failure);
    return failure == NULL;
}
