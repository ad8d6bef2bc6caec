/* at-login-entry.c - the service in the desktop's autostart folder */
#include "at-login-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define ENTRY "inbasketd.desktop"

static char *
entry_path (void)
{
    return g_build_filename (g_get_user_config_dir (), "autostart", ENTRY, NULL);
}

/* A word of a desktop file's Exec=, which is quoted, and in which `%` begins a field. The key file doubles backslashes once
 * more. */
static char *
quote_word (const char *word)
{
    GString *quoted = g_string_new ("\"");
    for (const char *c = word; *c != '\0'; c++) {
        if (strchr ("\"`$\\", *c) != NULL)
            g_string_append_c (quoted, '\\');
        if (*c == '%')
            g_string_append_c (quoted, '%');
        g_string_append_c (quoted, *c);
    }
    g_string_append_c (quoted, '"');
    return g_string_free (quoted, FALSE);
}

bool
ib_at_login_entry_write (GError **error)
{
    g_autoptr (GKeyFile) entry = g_key_file_new ();
    g_autofree char *path = entry_path ();
    g_autofree char *folder = g_path_get_dirname (path);
    g_autofree char *program = quote_word (ib_paths_service ());
    const struct {
        const char *key, *value;
    } lines[] = {
        { G_KEY_FILE_DESKTOP_KEY_TYPE, G_KEY_FILE_DESKTOP_TYPE_APPLICATION },
        { G_KEY_FILE_DESKTOP_KEY_NAME, "Inbasket" },
        { G_KEY_FILE_DESKTOP_KEY_COMMENT, _ ("Fetches, filters and delivers mail") },
        { G_KEY_FILE_DESKTOP_KEY_EXEC, program },
        { G_KEY_FILE_DESKTOP_KEY_NO_DISPLAY, "true" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
        g_key_file_set_string (entry, G_KEY_FILE_DESKTOP_GROUP, lines[i].key, lines[i].value);

    if (g_mkdir_with_parents (folder, 0700) != 0) {
        g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (errno), _ ("%s cannot be made: %s"),
                     folder, g_strerror (errno));
        return false;
    }
    return g_key_file_save_to_file (entry, path, error);
}

bool
ib_at_login_entry_remove (GError **error)
{
    g_autofree char *path = entry_path ();
    if (g_unlink (path) == 0 || errno == ENOENT || errno == ENOTDIR)
        return true;
    g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (errno), _ ("%s cannot be removed: %s"), path,
                 g_strerror (errno));
    return false;
}

/* A desktop's own settings switch an entry off by hiding it, or in words of their own. */
static bool
is_off (GKeyFile *entry)
{
    return g_key_file_get_boolean (entry, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_HIDDEN, NULL)
           || (g_key_file_has_key (entry, G_KEY_FILE_DESKTOP_GROUP, "X-GNOME-Autostart-enabled", NULL)
               && !g_key_file_get_boolean (entry, G_KEY_FILE_DESKTOP_GROUP, "X-GNOME-Autostart-enabled",
                                           NULL));
}

void
ib_at_login_entry_look (IbAtLogin *out_now)
{
    g_autoptr (GKeyFile) entry = g_key_file_new ();
    out_now->file = entry_path ();
    out_now->is_enabled
        = g_key_file_load_from_file (entry, out_now->file, G_KEY_FILE_NONE, NULL) && !is_off (entry);
}
