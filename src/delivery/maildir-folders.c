/* maildir-folders.c - the Maildir's folders: kept open, and made
 *
 * All is done relative to open directories, level by level, so that nothing that stands in the Maildir can lead a name
 * out of it. */
#include "maildir-private.h"

#include "fault.h"
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Open folders that are kept; three descriptors each. */
#define KEPT_PLACES 60

/* errno stays as it is. */
static void
close_folder (int fd)
{
    int number = errno;
    if (fd >= 0)
        (void) close (fd);
    errno = number;
}

bool
ib_maildir_fail_folder (const IbMaildir *self, const char *directory, int number, GError **error)
{
    if (number != ENOTDIR && number != ELOOP)
        return ib_maildir_fail (number, error, _ ("Cannot use the mail folder %s/%s"), self->path, directory);
    return ib_maildir_fail (
        number, error, _ ("Cannot use the mail folder %s/%s, which must be a folder and no symbolic link"),
        self->path, directory);
}

bool
ib_maildir_is_about_folder (const char *folder, const GError *why)
{
    return strcmp (folder, "INBOX") != 0
           && (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY)
               || g_error_matches (why, G_IO_ERROR, G_IO_ERROR_TOO_MANY_LINKS)
               || g_error_matches (why, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED)
               || g_error_matches (why, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG));
}

static void
place_free (gpointer pointer)
{
    IbMaildirPlace *self = pointer;
    for (IbMaildirPart part = IB_MAILDIR_TMP; part < IB_MAILDIR_PARTS; part++)
        close_folder (self->parts[part]);
    g_free (self);
}

int
ib_maildir_open_level (int parent, const char *name)
{
    return openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int
ib_maildir_open_below (const IbMaildir *self, const char *directory)
{
    g_auto (GStrv) levels = g_strsplit (directory, "/", -1);
    int fd = ib_maildir_open_level (self->root, ".");
    for (gsize i = 0; levels[i] != NULL && fd >= 0; i++) {
        int next = ib_maildir_open_level (fd, levels[i]);
        close_folder (fd);
        fd = next;
    }
    return fd;
}

/* NULL and errno if it, or a part of it, cannot be opened. */
static IbMaildirPlace *
place_open (const IbMaildir *self, const char *directory)
{
    int folder = ib_maildir_open_below (self, directory);
    if (folder < 0)
        return NULL;

    IbMaildirPlace *place = g_new (IbMaildirPlace, 1);
    int number = 0;
    for (IbMaildirPart part = IB_MAILDIR_TMP; part < IB_MAILDIR_PARTS; part++) {
        place->parts[part] = ib_maildir_open_level (folder, ib_maildir_parts[part]);
        if (place->parts[part] < 0)
            number = errno;
        bool is_usable = faccessat (place->parts[part], ".", W_OK | X_OK, AT_EACCESS) == 0;
        place->trouble[part] = is_usable ? 0 : errno;
    }
    close_folder (folder);
    if (number != 0)
        g_clear_pointer (&place, place_free);
    errno = number;
    return place;
}

/* *out_is_new (nullable) is left alone if the directory is there. False and errno. */
static bool
make_directory (int parent, const char *name, bool *out_is_new)
{
    bool is_new = mkdirat (parent, name, 0700) == 0;
    if (is_new && out_is_new != NULL)
        *out_is_new = true;
    return is_new || errno == EEXIST;
}

/* Maildir++ marks a sub-folder, so that a delivery program finds the Maildir it belongs to. */
static bool
make_mark (const IbMaildir *self, int folder)
{
    if (self->layout != IB_LAYOUT_MAILDIRPP)
        return true;
    int fd = openat (folder, "maildirfolder", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST;
    close_folder (fd); /* empty: nothing can be lost */
    return true;
}

/* errno stays as it is. */
static void
take_back (int parent, const char *name)
{
    int number = errno;
    (void) unlinkat (parent, name, AT_REMOVEDIR); /* if it is in use already, that cannot be helped */
    errno = number;
}

/* False and errno. */
static bool
sync_both (int folder, int parent)
{
    int number = ib_fs_sync_folder_at (folder);
    if (number == 0 && parent >= 0)
        number = ib_fs_sync_folder_at (parent);
    errno = number;
    return number == 0;
}

/* tmp/ comes last: it says that all else lasts, to whoever comes after a kill at any moment. */
bool
ib_maildir_make_parts (int folder, int parent)
{
    const char *tmp = ib_maildir_parts[IB_MAILDIR_TMP];
    bool is_new = faccessat (folder, tmp, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    if (!make_directory (folder, ib_maildir_parts[IB_MAILDIR_NEW], &is_new)
        || !make_directory (folder, ib_maildir_parts[IB_MAILDIR_CUR], &is_new))
        return false;
    if (!is_new
        || (sync_both (folder, parent) && make_directory (folder, tmp, NULL) && sync_both (folder, -1)))
        return true;
    take_back (folder, tmp);
    return false;
}

/* One directory within @parent, durably; @is_folder: with its parts; else it is none, but has some below it. False and errno. */
static bool
make_in (const IbMaildir *self, int parent, const char *name, bool is_folder)
{
    bool is_new = false;
    if (!make_directory (parent, name, &is_new))
        return false;
    int folder = ib_maildir_open_level (parent, name);
    if (folder < 0) {
        if (is_new)
            take_back (parent, name);
        return false;
    }

    bool is_made = is_folder ? make_mark (self, folder) && ib_maildir_make_parts (folder, parent)
                             : sync_both (folder, parent);
    close_folder (folder);
    return is_made;
}

/* As above, by the path below the root of a directory whose parent is there. */
static bool
make_below (const IbMaildir *self, const char *directory, bool is_folder, GError **error)
{
    int number = ib_fault ("maildir.make-folder");
    if (number != 0)
        return ib_maildir_fail_folder (self, directory, number, error);

    const char *slash = strrchr (directory, '/');
    g_autofree char *above
        = slash == NULL ? g_strdup ("") : g_strndup (directory, (gsize) (slash - directory));
    int parent = ib_maildir_open_below (self, above);
    bool is_made = parent >= 0 && make_in (self, parent, slash == NULL ? directory : slash + 1, is_folder);
    close_folder (parent);
    return is_made || ib_maildir_fail_folder (self, directory, errno, error);
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

GHashTable *
ib_maildir_new_places (void)
{
    return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, place_free);
}

void
ib_maildir_forget_place (IbMaildir *self, const char *folder)
{
    g_hash_table_remove (self->places, folder);
}

static void
fail_gone (const char *path, GError **error)
{
    g_autofree char *cur = g_build_filename (path, "cur", NULL);
    g_autofree char *quoted = g_shell_quote (cur);
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_FAILED,
        _ ("The Maildir %s was removed while it was in use, or its disk is not mounted any more. If an empty one "
           "is to take its place, make it: mkdir -p %s"),
        path, quoted);
}

/* What is open follows the Maildir into the trash, or stays below what was mounted over it. No error says more than that it
 * failed: it is about all folders, of which some are open. */
static bool
is_in_place (const IbMaildir *self, GError **error)
{
    struct stat ours, there;
    if (fstat (self->root, &ours) != 0)
        return ib_maildir_fail (errno, error, _ ("Cannot use the Maildir %s"), self->path);
    bool is_there = stat (self->path, &there) == 0;
    if (is_there && ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
        return true;
    if (is_there)
        g_set_error (error, IB_MAILDIR_ERROR, IB_MAILDIR_ERROR_CHANGED,
                     _ ("Another took the place of the Maildir %s while it was in use"), self->path);
    else if (errno != ENOENT)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("Cannot use the Maildir %s: %s"), self->path,
                     g_strerror (errno));
    else
        fail_gone (self->path, error);
    return false;
}

const IbMaildirPlace *
ib_maildir_place (IbMaildir *self, const char *folder, GError **error)
{
    IbMaildirPlace *place = g_hash_table_lookup (self->places, folder);
    if (place != NULL)
        return place;
    if (g_hash_table_size (self->places) >= KEPT_PLACES)
        g_hash_table_remove_all (self->places);
    if (!is_in_place (self, error))
        return NULL;

    g_autofree char *directory = ib_folder_to_directory (folder, self->layout);
    g_autofree char *back = ib_folder_from_directory (directory, self->layout);
    if (g_strcmp0 (back, folder) != 0) {
        ib_maildir_fail_folder (self, directory, EINVAL, error);
        return NULL;
    }
    place = place_open (self, directory);
    if (place == NULL && errno == ENOENT) {
        if (!ib_maildir_make_folder (self, folder, error))
            return NULL;
        place = place_open (self, directory);
    }
    if (place == NULL) {
        ib_maildir_fail_folder (self, directory, errno, error);
        return NULL;
    }
    g_hash_table_insert (self->places, g_strdup (folder), place);
    return place;
}
