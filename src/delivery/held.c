/* held.c - discarded mail and duplicates, kept for 30 days */
#include "held.h"

#include "fault.h"
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNFINISHED ".tmp"

struct _IbHeld {
    char *path;
    int folder;
    bool is_lasting; /* the folder's own name; whoever made it may have been killed before that was safe */
};

static bool
fail (const IbHeld *self, const char *name, int number, GError **error)
{
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), _ ("Cannot hold %s/%s: %s"), self->path,
                 name, g_strerror (number));
    return false;
}

/* Ids come from our own hashes, and from command lines: these must not lead out of the folder. */
static bool
is_id (const char *id)
{
    return strlen (id) == IB_ID_LENGTH && strspn (id, "0123456789abcdef") == IB_ID_LENGTH;
}

IbHeld *
ib_held_open (const char *path, GError **error)
{
    if (!ib_fs_make_folder (path, error))
        return NULL;

    g_autoptr (IbHeld) self = g_new0 (IbHeld, 1);
    self->path = g_strdup (path);
    self->folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->folder < 0 || fchmod (self->folder, 0700) != 0) {
        fail (self, "", errno, error);
        return NULL;
    }
    return g_steal_pointer (&self);
}

const char *
ib_held_path (const IbHeld *self)
{
    return self->path;
}

int
ib_held_create (IbHeld *self, const IbStory *story, IbStoryFile *file, GError **error)
{
    g_autofree char *name = g_strconcat (story->id, UNFINISHED, NULL);
    /* One that a crash left is not trusted, and begun anew. */
    (void) unlinkat (self->folder, name, 0);
    int fd = openat (self->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        fail (self, name, errno, error);
        return -1;
    }
    g_free (file->temporary);
    file->temporary = g_steal_pointer (&name);
    g_free (file->name);
    file->name = g_strdup (story->id);
    return fd;
}

void
ib_held_drop (IbHeld *self, IbStoryFile *file)
{
    if (file->temporary != NULL)
        (void) unlinkat (self->folder, file->temporary,
                         0); /* the sweep at the next start takes it otherwise */
    g_clear_pointer (&file->temporary, g_free);
}

bool
ib_held_rename (IbHeld *self, IbStoryFile *file, GError **error)
{
    if (file->temporary == NULL)
        return true;

    int number = ib_fault ("held.rename");
    if (number == 0)
        number = ib_fs_rename_new_at (self->folder, file->temporary, self->folder, file->name);
    if (number == EEXIST)
        /* A file is named by its message: this one is held already, from a step that is being repeated. */
        number = unlinkat (self->folder, file->temporary, 0) == 0 ? 0 : errno;
    if (number != 0)
        return fail (self, file->name, number, error);
    g_clear_pointer (&file->temporary, g_free);
    return true;
}

bool
ib_held_sync (IbHeld *self, GError **error)
{
    int number = ib_fault ("held.sync");
    if (number == 0)
        number = ib_fs_sync_folder_at (self->folder);
    if (number != 0)
        return fail (self, "", number, error);
    g_autofree char *parent = g_path_get_dirname (self->path);
    self->is_lasting = self->is_lasting || ib_fs_sync_folder (parent, error);
    return self->is_lasting;
}

char *
ib_held_find (IbHeld *self, const char *id, GError **error)
{
    struct stat status;
    if (!is_id (id))
        return NULL;
    if (fstatat (self->folder, id, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return S_ISREG (status.st_mode) ? g_build_filename (self->path, id, NULL) : NULL;
    if (errno != ENOENT)
        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("Cannot look at %s/%s: %s"),
                     self->path, id, g_strerror (errno));
    return NULL;
}

bool
ib_held_remove (IbHeld *self, const char *id, GError **error)
{
    if (!is_id (id))
        return fail (self, "", EINVAL, error);
    int number = ib_fault ("held.remove");
    if (number == 0 && unlinkat (self->folder, id, 0) != 0)
        number = errno;
    return number == 0 || number == ENOENT || fail (self, id, number, error);
}

/* A file gets its name once: that is when it last changed, or later if it was brought back from somewhere. */
bool
ib_held_scan (IbHeld *self, IbHeldEach each, gpointer user_data, GError **error)
{
    g_autoptr (GDir) folder = g_dir_open (self->path, 0, error);
    const char *name;
    if (folder == NULL)
        return false;
    while ((name = g_dir_read_name (folder)) != NULL) {
        struct stat status;
        bool is_id = strlen (name) == IB_ID_LENGTH && strspn (name, "0123456789abcdef") == IB_ID_LENGTH;
        if (is_id && fstatat (self->folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0
            && S_ISREG (status.st_mode))
            each (name, status.st_ctime, user_data);
    }
    return true;
}

bool
ib_held_sweep (IbHeld *self, GError **error)
{
    g_autoptr (GDir) folder = g_dir_open (self->path, 0, error);
    const char *name;
    if (folder == NULL)
        return false;
    while ((name = g_dir_read_name (folder)) != NULL)
        if (g_str_has_suffix (name, UNFINISHED) && unlinkat (self->folder, name, 0) != 0 && errno != ENOENT)
            return fail (self, name, errno, error);
    return true;
}

void
ib_held_close (IbHeld *self)
{
    if (self == NULL)
        return;
    if (self->folder >= 0)
        (void) close (self->folder);
    g_free (self->path);
    g_free (self);
}
