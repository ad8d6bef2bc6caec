/* user-manager.c - speaks with the user's systemd */
#include "user-manager.h"
#include "session-bus.h"

#include <glib/gi18n-lib.h>
#include <stdbool.h>

#define BUS_NAME "org.freedesktop.systemd1"

/* It answers at once, or something is wrong with it. */
#define PATIENCE_MS (25 * 1000)
#define CONNECT_MS 2000
/* A manager that executes itself anew (`systemctl --user daemon-reexec`, an update) drops all connections; and now and then
 * one hears nothing of what comes through a connection to its socket, while it answers through the next. */
#define TRIES_US (5 * G_USEC_PER_SEC)
#define TRY_GAP_US (G_USEC_PER_SEC / 20)

/* Only what is there is asked, and nothing started. */
static GVariant *
call (GDBusConnection *connection, const char *path, const char *interface, const char *method,
      GVariant *parameters, GUnixFDList *fds, const GVariantType *reply, gint patience_ms, GError **error)
{
    GVariant *answer = g_dbus_connection_call_with_unix_fd_list_sync (
        connection, ib_user_manager_name (connection), path, interface, method, parameters, reply,
        G_DBUS_CALL_FLAGS_NO_AUTO_START, patience_ms, fds, NULL, NULL, error);
    if (answer == NULL && error != NULL)
        g_dbus_error_strip_remote_error (*error);
    return answer;
}

/* NULL: it does not say, or something else. */
static GVariant *
get (GDBusConnection *connection, const char *path, const char *interface, const char *property,
     const GVariantType *type, gint patience_ms)
{
    g_autoptr (GVariant) answer
        = call (connection, path, "org.freedesktop.DBus.Properties", "Get",
                g_variant_new ("(ss)", interface, property), NULL, G_VARIANT_TYPE ("(v)"), patience_ms, NULL);
    if (answer == NULL)
        return NULL;
    g_autoptr (GVariant) value = NULL;
    g_variant_get (answer, "(v)", &value);
    return g_variant_is_of_type (value, type) ? g_steal_pointer (&value) : NULL;
}

static char *
socket_path (void)
{
    return g_build_filename (g_get_user_runtime_dir (), "systemd", "private", NULL);
}

static GDBusConnection *
connect_to_socket (void)
{
    g_autofree char *path = socket_path ();
    g_autofree char *escaped = g_dbus_address_escape_value (path);
    g_autofree char *address = g_strconcat ("unix:path=", escaped, NULL);
    return ib_session_bus_reach (address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, CONNECT_MS, NULL);
}

/* NULL: nobody answers there. Returns: (transfer full) (nullable) */
static GDBusConnection *
connect_once (void)
{
    GDBusConnection *(*const ways[]) (void) = { ib_session_bus_connect, connect_to_socket };
    for (gsize i = 0; i < G_N_ELEMENTS (ways); i++) {
        g_autoptr (GDBusConnection) connection = ways[i]();
        g_autoptr (GVariant) version = connection != NULL
                                           ? get (connection, IB_USER_MANAGER_PATH, IB_USER_MANAGER_INTERFACE,
                                                  "Version", G_VARIANT_TYPE_STRING, CONNECT_MS)
                                           : NULL;
        if (version != NULL)
            return g_steal_pointer (&connection);
    }
    return NULL;
}

/* Whether one runs, though it may not listen in this moment. */
static bool
has_socket (void)
{
    g_autofree char *path = socket_path ();
    return g_file_test (path, G_FILE_TEST_EXISTS);
}

GDBusConnection *
ib_user_manager_connect (GError **error)
{
    gint64 until = g_get_monotonic_time () + TRIES_US;
    do {
        GDBusConnection *connection = connect_once ();
        if (connection != NULL)
            return connection;
        g_usleep (TRY_GAP_US);
    } while (has_socket () && g_get_monotonic_time () < until);
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                         _ ("There is no systemd that runs for this user"));
    return NULL;
}

const char *
ib_user_manager_name (GDBusConnection *connection)
{
    return g_dbus_connection_get_unique_name (connection) != NULL ? BUS_NAME : NULL;
}

GVariant *
ib_user_manager_call (GDBusConnection *connection, const char *method, GVariant *parameters, GUnixFDList *fds,
                      const GVariantType *reply, GError **error)
{
    return call (connection, IB_USER_MANAGER_PATH, IB_USER_MANAGER_INTERFACE, method, parameters, fds, reply,
                 PATIENCE_MS, error);
}

GVariant *
ib_user_manager_get (GDBusConnection *connection, const char *path, const char *interface,
                     const char *property, const GVariantType *type)
{
    return get (connection, path, interface, property, type, PATIENCE_MS);
}

/* Letters and digits stand for themselves, a digit in front excepted. */
char *
ib_user_manager_unit_path (const char *name)
{
    GString *path = g_string_new (IB_USER_MANAGER_PATH "/unit/");
    for (const char *c = name; *c != '\0'; c++) {
        if (g_ascii_isalpha (*c) || (c > name && g_ascii_isdigit (*c)))
            g_string_append_c (path, *c);
        else
            g_string_append_printf (path, "_%02x", (guchar) *c);
    }
    return g_string_free (path, FALSE);
}
