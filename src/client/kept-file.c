/* kept-file.c - a file that we write and its owner may edit */
#include "kept-file.h"
#include "settings-file.h"

#include <string.h>

static void
file_free (gpointer data)
{
    IbKeptFile *file = data;
    g_free (file->path);
    g_free (file);
}

GPtrArray *
ib_kept_files_new (void)
{
    return g_ptr_array_new_with_free_func (file_free);
}

void
ib_kept_files_add (GPtrArray *self, const char *path, IbKept kept)
{
    IbKeptFile *file = g_new0 (IbKeptFile, 1);
    file->path = g_strdup (path);
    file->kept = kept;
    g_ptr_array_add (self, file);
}

static char *
first_line (const char *comment, const char *rest)
{
    g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, rest, -1);
    return g_strdup_printf ("%s inbasket client wrote this, and writes it anew while it is unchanged: %s\n",
                            comment, digest);
}

static bool
is_ours (const char *text, const char *comment)
{
    const char *end = strchr (text, '\n');
    if (end == NULL)
        return false;
    g_autofree char *line = first_line (comment, end + 1);
    return g_str_has_prefix (text, line);
}

bool
ib_kept_file_save (const char *path, const char *comment, const char *text, GPtrArray *files, GError **error)
{
    g_autofree char *line = first_line (comment, text);
    g_autofree char *whole = g_strconcat (line, text, NULL);
    g_autofree char *found = NULL;
    g_autoptr (GError) why = NULL;
    IbKept kept = IB_KEPT_WRITTEN;
    if (g_file_get_contents (path, &found, NULL, &why))
        kept = strcmp (found, whole) == 0 ? IB_KEPT_SAME
               : is_ours (found, comment) ? IB_KEPT_WRITTEN
                                          : IB_KEPT_EDITED;
    else if (!g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    if (kept == IB_KEPT_WRITTEN && !ib_settings_file_save (path, whole, strlen (whole), error))
        return false;
    ib_kept_files_add (files, path, kept);
    return true;
}

const char *
ib_kept_name (IbKept kept)
{
    switch (kept) {
    case IB_KEPT_WRITTEN:
        return "written";
    case IB_KEPT_SAME:
        return "unchanged";
    case IB_KEPT_EDITED:
        return "edited";
    }
    g_assert_not_reached ();
}
