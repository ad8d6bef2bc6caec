/* maildir.c - the Maildir: opened, and each file taken to its place */
#include "maildir-private.h"

#include "fault.h"
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK (ib-maildir-error-quark, ib_maildir_error)

/* Our own names collide only if a clock is set back, and then once. */
#define MOST_TRIES 100
/* A client that renames a file again and again while we move it. */
#define MOST_MOVES 5

bool
ib_maildir_fail (int number, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *what = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "%s: %s", what, g_strerror (number));
    return false;
}

/* --- opening -------------------------------------------------------------------------------------------- */

/* Behind it; so that what is below it begins with it and one. */
static char *
without_slashes (const char *path)
{
    gsize length = strlen (path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return g_strndup (path, length);
}

/* False and errno. */
static bool
make_root (int root)
{
    int parent = ib_maildir_open_level (root, ".."); /* whoever may not read there, can sync it at no time */
    bool is_made = ib_maildir_make_parts (root, parent);
    int number = errno;
    if (parent >= 0)
        (void) close (parent);
    errno = number;
    return is_made;
}

IbMaildir *
ib_maildir_open (const char *path, IbLayout layout, GError **error)
{
    if (!ib_fs_make_folder (path, error))
        return NULL;

    g_autoptr (IbMaildir) self = g_new0 (IbMaildir, 1);
    self->path = without_slashes (path);
    self->layout = layout;
    self->host = ib_maildir_host ();
    self->places = ib_maildir_new_places ();
    self->root = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (self->root < 0 || !make_root (self->root)) {
        ib_maildir_fail (errno, error, _ ("Cannot use the Maildir %s"), path);
        return NULL;
    }
    return ib_maildir_place (self, "INBOX", error) == NULL ? NULL : g_steal_pointer (&self);
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

/* --- delivering ----------------------------------------------------------------------------------------- */

static void
set_temporary (IbStoryFile *file, const char *directory, const char *name)
{
    g_free (file->temporary);
    file->temporary = g_build_filename (directory, ib_maildir_parts[IB_MAILDIR_TMP], name, NULL);
}

/* In the tmp/ of @place; -1 and errno. Not if it could not be renamed from there: then it is too late for another folder. */
static int
create_in (IbMaildir *self, const IbMaildirPlace *place, const IbStory *story, const IbStoryFile *file,
           char **out_name)
{
    int fd = -1;
    errno = place->trouble[ib_maildir_part_of (file)];
    if (errno != 0)
        return -1;
    for (guint i = 0; i < MOST_TRIES && fd < 0; i++) {
        g_autofree char *name = ib_maildir_new_name (self, story, file);
        fd = openat (place->parts[IB_MAILDIR_TMP], name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     0600);
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
    const IbMaildirPlace *place = ib_maildir_place (self, file->folder, error);
    int fd = place == NULL ? -1 : create_in (self, place, story, file, &name);
    if (place != NULL && fd < 0 && errno == ENOENT) {
        /* A client removed the folder that we hold open: begin with a new one. */
        ib_maildir_forget_place (self, file->folder);
        place = ib_maildir_place (self, file->folder, error);
        fd = place == NULL ? -1 : create_in (self, place, story, file, &name);
    }
    if (place == NULL)
        return -1;

    g_autofree char *directory = ib_folder_to_directory (file->folder, self->layout);
    if (fd < 0) {
        ib_maildir_fail (errno, error, _ ("Cannot write into the mail folder %s/%s"), self->path, directory);
        return -1;
    }
    set_temporary (file, directory, name);
    g_free (file->name);
    file->name = g_steal_pointer (&name);
    return fd;
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
    const char *slash = strrchr (file->temporary, '/');
    return slash == NULL ? file->temporary : slash + 1;
}

void
ib_maildir_drop (IbMaildir *self, IbStoryFile *file)
{
    const IbMaildirPlace *place
        = file->temporary == NULL ? NULL : ib_maildir_place (self, file->folder, NULL);
    if (place != NULL)
        (void) unlinkat (place->parts[IB_MAILDIR_TMP], temporary_name (file), 0); /* or the sweep takes it */
    g_clear_pointer (&file->temporary, g_free);
}

bool
ib_maildir_resume (IbMaildir *self, IbStoryFile *file, GError **error)
{
    struct stat status;
    g_autofree char *name = g_strndup (file->name, ib_maildir_unique_length (file->name));
    const IbMaildirPlace *place = ib_maildir_place (self, file->folder, error);
    if (place == NULL)
        return false;
    g_autofree char *directory = ib_folder_to_directory (file->folder, self->layout);
    if (fstatat (place->parts[IB_MAILDIR_TMP], name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno != ENOENT && ib_maildir_fail_folder (self, directory, errno, error);

    set_temporary (file, directory, name);
    return true;
}

/* 0 or errno. What stands under the name already is this message: the name carries its id and is used once. */
static int
rename_in (const IbMaildirPlace *place, const char *temporary, IbMaildirPart part, const char *name)
{
    int number = ib_fs_rename_new_at (place->parts[IB_MAILDIR_TMP], temporary, place->parts[part], name);
    if (number != EEXIST)
        return number;
    return unlinkat (place->parts[IB_MAILDIR_TMP], temporary, 0) == 0 ? 0 : errno;
}

/* What has become of a folder since the file was made in it, is known before the file is made once more. */
static bool
fail_rename (const IbMaildir *self, const IbStoryFile *file, int number, GError **error)
{
    g_autoptr (GError) why = NULL;
    if (number == EINVAL && ib_maildir_part_of (file) == IB_MAILDIR_CUR) {
        g_set_error (
            error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME,
            _ ("Cannot deliver %s/%s: its file system takes no \":\" in names, as each Maildir has it (FAT, exFAT and "
               "NTFS do not). Set maildir= to a place on another one"),
            self->path, file->temporary);
        return false;
    }
    (void) ib_maildir_fail (number, &why, _ ("Cannot deliver %s/%s"), self->path, file->temporary);
    if (ib_maildir_is_about_folder (file->folder, why))
        g_set_error_literal (error, IB_MAILDIR_ERROR, IB_MAILDIR_ERROR_CHANGED, why->message);
    else
        g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

bool
ib_maildir_rename (IbMaildir *self, IbStoryFile *file, GError **error)
{
    if (file->temporary == NULL)
        return true;
    const IbMaildirPlace *place = ib_maildir_place (self, file->folder, error);
    if (place == NULL)
        return false;

    IbMaildirPart part = ib_maildir_part_of (file);
    g_autofree char *name = ib_maildir_final_name (file);
    int number = ib_fault ("delivery.rename");
    if (number == 0)
        number = rename_in (place, temporary_name (file), part, name);
    if (number == ENOENT) {
        g_autofree char *path = ib_maildir_find (self, file->name, NULL, NULL);
        number = path == NULL ? ENOENT : 0;
    }
    if (number != 0) {
        ib_maildir_forget_place (self, file->folder);
        return fail_rename (self, file, number, error);
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
    return number == 0 || ib_maildir_fail_folder (self, directory, number, error);
}

static bool
sync_parts (IbMaildir *self, GPtrArray *files, bool is_waiting, GError **error)
{
    g_autoptr (GHashTable) synced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < files->len; i++) {
        const IbStoryFile *file = g_ptr_array_index (files, i);
        IbMaildirPart part = is_waiting ? IB_MAILDIR_TMP : ib_maildir_part_of (file);
        if (!g_hash_table_add (synced, g_strconcat (ib_maildir_parts[part], "/", file->folder, NULL)))
            continue;
        const IbMaildirPlace *place = ib_maildir_place (self, file->folder, error);
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

/* The open directory that the file at @path stands in; -1 and errno. */
static int
open_directory_of (const IbMaildir *self, const char *path)
{
    gsize length = strlen (self->path);
    if (strncmp (path, self->path, length) != 0 || path[length] != '/') {
        errno = EXDEV;
        return -1;
    }
    g_autofree char *directory = g_path_get_dirname (path + length + 1);
    return ib_maildir_open_below (self, directory);
}

/* 0 or errno. *out_path: where it is then. */
static int
move_once (IbMaildir *self, const char *path, const IbMaildirPlace *place, const char *directory,
           char **out_path)
{
    g_autofree char *name = g_path_get_basename (path);
    g_autofree char *from = g_path_get_dirname (path);
    g_autofree char *from_part = g_path_get_basename (from);
    IbMaildirPart part
        = strcmp (from_part, ib_maildir_parts[IB_MAILDIR_NEW]) == 0 ? IB_MAILDIR_NEW : IB_MAILDIR_CUR;

    int number = ib_fault ("maildir.move");
    int stands_in = number == 0 ? open_directory_of (self, path) : -1;
    if (number == 0)
        number = stands_in < 0 ? errno : ib_fs_rename_new_at (stands_in, name, place->parts[part], name);
    if (number == 0) {
        *out_path = ib_maildir_path_in (self, directory, part, name);
        number = ib_fs_sync_folder_at (place->parts[part]);
    }
    if (number == 0)
        (void) ib_fs_sync_folder_at (stands_in); /* both names after a power cut: one too many, yet no loss */
    if (stands_in >= 0)
        (void) close (stands_in);
    return number;
}

char *
ib_maildir_move (IbMaildir *self, const char *path, const char *folder, GError **error)
{
    g_autofree char *now = g_strdup (path);
    g_autofree char *base = g_path_get_basename (path);
    g_autofree char *directory = ib_folder_to_directory (folder, self->layout);
    const IbMaildirPlace *place = ib_maildir_place (self, folder, error);
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
    ib_maildir_fail (number, error, _ ("Cannot move %s to the mail folder %s"), path, folder);
    return NULL;
}

bool
ib_maildir_give_name (IbMaildir *self, const char *path, const char *new_path, GError **error)
{
    g_autofree char *name = g_path_get_basename (path), *new_name = g_path_get_basename (new_path);
    int from = open_directory_of (self, path);
    int to = from >= 0 ? open_directory_of (self, new_path) : -1;
    int number = to < 0 ? errno : ib_fs_rename_new_at (from, name, to, new_name);
    if (from >= 0)
        (void) close (from);
    if (to >= 0)
        (void) close (to);
    return number == 0 || ib_maildir_fail (number, error, _ ("Cannot rename %s to %s"), path, new_path);
}

/* In a folder that was shut since it stays: another time will do. */
static bool
sweep_file (IbMaildir *self, const char *directory, IbMaildirPart part, const char *name, gpointer user_data)
{
    char id[IB_ID_LENGTH + 1];
    g_autofree char *path = ib_maildir_path_in (self, directory, part, name);
    if (!ib_maildir_read_name (name, id, NULL) || unlink (path) == 0 || errno == ENOENT
        || (errno == EACCES && *directory != '\0'))
        return true;
    return ib_maildir_fail (errno, user_data, _ ("Cannot remove the unfinished %s"), path);
}

bool
ib_maildir_sweep (IbMaildir *self, GError **error)
{
    GError *failure = NULL;
    g_autoptr (GPtrArray) directories = ib_maildir_directories (self);
    for (guint i = 0; i < directories->len && failure == NULL; i++)
        ib_maildir_read_part (self, g_ptr_array_index (directories, i), IB_MAILDIR_TMP, sweep_file, &failure);
    if (failure != NULL)
        g_propagate_error (error, failure);
    return failure == NULL;
}
