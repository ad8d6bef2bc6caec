/* bus-names.c - what things are called on the session bus */
#include "bus-names.h"

#include <string.h>
#include <sys/stat.h>

#define ACCOUNTS IB_BUS_PATH "/account/"

char *
ib_bus_names_session (void)
{
    const char *set = g_getenv ("DBUS_SESSION_BUS_ADDRESS");
    const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
    struct stat st;
    if (set != NULL && *set != '\0')
        return strstr (set, "autolaunch:") == NULL ? g_strdup (set) : NULL;
    if (runtime == NULL || *runtime != '/')
        return NULL;
    g_autofree char *socket = g_build_filename (runtime, "bus", NULL);
    if (stat (socket, &st) != 0 || !S_ISSOCK (st.st_mode))
        return NULL;
    g_autofree char *escaped = g_dbus_address_escape_value (socket);
    return g_strconcat ("unix:path=", escaped, NULL);
}

/* A path's elements are letters, digits and "_", and never empty: all else is "_" and two hexadecimal digits, as is "_". */
char *
ib_bus_names_account_path (const char *name)
{
    GString *path = g_string_new (ACCOUNTS);
    for (const guchar *byte = (const guchar *) name; *byte != '\0'; byte++) {
        if (g_ascii_isalnum (*byte))
            g_string_append_c (path, (char) *byte);
        else
            g_string_append_printf (path, "_%02x", *byte);
    }
    if (*name == '\0')
        g_string_append_c (path, '_');
    return g_string_free (path, FALSE);
}

char *
ib_bus_names_read_account (const char *path)
{
    if (!g_str_has_prefix (path, ACCOUNTS))
        return NULL;
    const char *escaped = path + strlen (ACCOUNTS);
    g_autoptr (GString) name = g_string_new (NULL);
    for (const char *at = escaped; *at != '\0'; at++) {
        if (*at != '_') {
            g_string_append_c (name, *at);
        } else if (g_ascii_isxdigit (at[1]) && g_ascii_isxdigit (at[2])) {
            g_string_append_c (name,
                               (char) (g_ascii_xdigit_value (at[1]) << 4 | g_ascii_xdigit_value (at[2])));
            at += 2;
        }
    }
    /* One name has one path: whatever else reads as it is none. */
    g_autofree char *again = ib_bus_names_account_path (name->str);
    return strcmp (again, path) == 0 ? g_strdup (name->str) : NULL;
}
