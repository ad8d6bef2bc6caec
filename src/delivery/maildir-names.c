/* maildir-names.c - what a file of the Maildir is called, and what its name tells */
#include "maildir-private.h"

#include <string.h>

const char *const ib_maildir_parts[IB_MAILDIR_PARTS] = { "tmp", "new", "cur" };

/* "/", ":" and "," have a meaning in names; anything else that is not plain would meet some reader's bug. */
char *
ib_maildir_host (void)
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

char *
ib_maildir_new_name (IbMaildir *self, const IbStory *story, const IbStoryFile *file)
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

gsize
ib_maildir_unique_length (const char *name)
{
    return strcspn (name, ":,");
}

bool
ib_maildir_is_same_file (const char *name, const char *other)
{
    gsize length = ib_maildir_unique_length (name);
    return length == ib_maildir_unique_length (other) && strncmp (name, other, length) == 0;
}

void
ib_maildir_set_size (IbStoryFile *file, guint64 size_on_disk)
{
    char *name = g_strdup_printf ("%.*s,S=%" G_GUINT64_FORMAT, (int) ib_maildir_unique_length (file->name),
                                  file->name, size_on_disk);
    g_free (file->name);
    file->name = name;
}

IbMaildirPart
ib_maildir_part_of (const IbStoryFile *file)
{
    return file->info == NULL || *file->info == '\0' ? IB_MAILDIR_NEW : IB_MAILDIR_CUR;
}

char *
ib_maildir_final_name (const IbStoryFile *file)
{
    return ib_maildir_part_of (file) == IB_MAILDIR_NEW ? g_strdup (file->name)
                                                       : g_strconcat (file->name, ":", file->info, NULL);
}

char *
ib_maildir_path_in (const IbMaildir *self, const char *directory, IbMaildirPart part, const char *name)
{
    return g_build_filename (self->path, directory, ib_maildir_parts[part], name, NULL);
}

char *
ib_maildir_path_of (const IbMaildir *self, const IbStoryFile *file)
{
    g_autofree char *directory = ib_folder_to_directory (file->folder, self->layout);
    g_autofree char *name = ib_maildir_final_name (file);
    return ib_maildir_path_in (self, directory, ib_maildir_part_of (file), name);
}
