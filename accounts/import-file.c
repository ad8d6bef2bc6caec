/* import-file.c - where another program's files are, and their text */
#include "import-file.h"
#include "account-file.h"
#include "secret.h"
#include "server-limits.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- paths --------------------------------------------------------------------------------------------------- */

char *
ib_import_path (const char *home, const char *folder, const char *path)
{
    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
        return g_build_filename (home, path + 1, NULL);
    return g_path_is_absolute (path) ? g_strdup (path) : g_build_filename (folder, path, NULL);
}

char *
ib_import_expand_place (const char *home, const char *place)
{
    static const char xdg[] = "$XDG_CONFIG_HOME/";
    if (!g_str_has_prefix (place, xdg))
        return g_build_filename (home, place, NULL);
    const char *config = g_getenv ("XDG_CONFIG_HOME");
    return config != NULL && g_path_is_absolute (config)
               ? g_build_filename (config, place + strlen (xdg), NULL)
               : g_build_filename (home, ".config", place + strlen (xdg), NULL);
}

/* --- text ---------------------------------------------------------------------------------------------------- */

static bool
refuse_file (GError **error, const char *path, const char *why, bool is_missing)
{
    g_set_error (error, IB_SETTINGS_ERROR, is_missing ? IB_SETTINGS_ERROR_MISSING : IB_SETTINGS_ERROR_FILE,
                 "%s: %s", path, why);
    return false;
}

static bool
read_whole (int fd, const char *path, GString *text, GError **error)
{
    struct stat st;
    if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode))
        return refuse_file (error, path, _ ("no file"), false);
    if (st.st_size > IB_LIMIT_IMPORT_BYTES)
        return refuse_file (error, path, _ ("too large to be what it should be"), false);
    /* Large enough at once: what is outgrown is not wiped. */
    g_string_set_size (text, (gsize) st.st_size);
    gsize have = 0;
    for (;;) {
        gssize length = read (fd, text->str + have, text->len - have);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return refuse_file (error, path, g_strerror (errno), false);
        if (length == 0)
            break;
        have += (gsize) length;
    }
    g_string_truncate (text, have);
    return true;
}

char *
ib_import_load (const char *path, gsize *out_length, GError **error)
{
    int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        refuse_file (error, path, g_strerror (errno), errno == ENOENT);
        return NULL;
    }
    GString *text = g_string_new (NULL);
    bool is_read = read_whole (fd, path, text, error);
    close (fd);
    if (!is_read) {
        g_string_free (text, TRUE);
        return NULL;
    }
    *out_length = text->len;
    return g_string_free (text, FALSE);
}

void
ib_import_wipe (char *text)
{
    if (text != NULL)
        ib_secret_wipe (text, strlen (text));
    g_free (text);
}
