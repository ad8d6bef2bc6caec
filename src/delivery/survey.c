/* survey.c - which directories of the Maildir changed, and what is in them */
#include "survey.h"
#include "maildir-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, closedir)

/* --- directories ------------------------------------------------------------------------------------------------ */

static void
part_free (gpointer pointer)
{
    IbSurveyPart *self = pointer;
    g_free (self->path);
    g_free (self->folder);
    g_free (self);
}

static gint64
changed_at (const struct stat *st)
{
    return (gint64) st->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + st->st_mtim.tv_nsec;
}

static bool
look (int folder, const char *part, struct stat *st)
{
    return fstatat (folder, part, st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (st->st_mode);
}

static void
add_parts (IbMaildir *maildir, const char *directory, GPtrArray *parts)
{
    static const char *const names[] = { "new", "cur" };
    struct stat st[G_N_ELEMENTS (names)];
    int folder = ib_maildir_open_below (maildir, directory);
    bool is_whole = folder >= 0;
    for (gsize i = 0; i < G_N_ELEMENTS (names) && is_whole; i++)
        is_whole = look (folder, names[i], &st[i]);
    if (folder >= 0)
        (void) close (folder);

    for (gsize i = 0; i < G_N_ELEMENTS (names) && is_whole; i++) {
        IbSurveyPart *part = g_new (IbSurveyPart, 1);
        part->path = g_build_filename (directory, names[i], NULL);
        part->folder = ib_maildir_folder_of (directory);
        part->inode = st[i].st_ino;
        part->cur_inode = st[1].st_ino;
        part->changed_at = changed_at (&st[i]);
        g_ptr_array_add (parts, part);
    }
}

GPtrArray *
ib_survey (IbMaildir *maildir)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func (part_free);
    g_autoptr (GPtrArray) directories = ib_maildir_directories (maildir);
    for (guint i = 0; i < directories->len; i++)
        add_parts (maildir, directories->pdata[i], parts);
    return parts;
}

/* A link leads elsewhere. */
bool
ib_survey_is_gone (const IbMaildir *maildir, const char *path)
{
    int fd = ib_maildir_open_below (maildir, path);
    if (fd >= 0)
        (void) close (fd);
    return fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP);
}

char *
ib_survey_folder_of (const char *path)
{
    g_autofree char *directory = g_path_get_dirname (path);
    return ib_maildir_folder_of (strcmp (directory, ".") == 0 ? "" : directory);
}

/* --- what is in them -------------------------------------------------------------------------------------------- */

bool
ib_survey_read (const IbMaildir *maildir, const char *path, IbSurveyEach each, gpointer user_data)
{
    int fd = ib_maildir_open_below (maildir, path);
    g_autoptr (DIR) directory = fd >= 0 ? fdopendir (fd) : NULL;
    if (directory == NULL) {
        if (fd >= 0)
            (void) close (fd);
        return false;
    }
    const struct dirent *entry;
    errno = 0;
    while ((entry = readdir (directory)) != NULL) {
        if (entry->d_name[0] != '.')
            each (entry->d_name, user_data);
        errno = 0;
    }
    return errno == 0;
}

static int
open_parent (const IbMaildir *maildir, const char *place)
{
    g_autofree char *directory = g_path_get_dirname (place);
    return ib_maildir_open_below (maildir, directory);
}

static const char *
name_in (const char *place)
{
    const char *slash = strrchr (place, '/');
    return slash != NULL ? slash + 1 : place;
}

gssize
ib_survey_read_top (const IbMaildir *maildir, const char *place, char *buffer, gsize length)
{
    struct stat st;
    gssize count = -1;
    int parent = open_parent (maildir, place);
    if (parent < 0)
        return -1;
    int fd = openat (parent, name_in (place), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    (void) close (parent);
    if (fd < 0)
        return -1;
    if (fstat (fd, &st) == 0 && S_ISREG (st.st_mode))
        count = pread (fd, buffer, length, 0);
    (void) close (fd);
    return count;
}

bool
ib_survey_has (const IbMaildir *maildir, const char *place)
{
    struct stat st;
    int parent = open_parent (maildir, place);
    bool has = parent >= 0 && fstatat (parent, name_in (place), &st, AT_SYMLINK_NOFOLLOW) == 0
               && S_ISREG (st.st_mode);
    if (parent >= 0)
        (void) close (parent);
    return has;
}
