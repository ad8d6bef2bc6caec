/* Whoever listens need not answer: then he is waited for as long as was said, and no longer. */
#include "session-bus.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#define PATIENCE_MS 200
#define LONG_US (10 * G_USEC_PER_SEC) /* under load */

/* Takes in all that is said, and says nothing: a connection waits in its queue. */
static GSocket *
listen_at (const char *path)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
    GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
    g_assert_no_error (error);
    g_assert_true (g_socket_bind (socket, address, TRUE, NULL));
    g_assert_true (g_socket_listen (socket, NULL));
    return socket;
}

static void
a_mute_one_is_left (gconstpointer flags)
{
    g_autofree char *folder = g_dir_make_tmp ("ib-bus-XXXXXX", NULL);
    g_autofree char *path = g_build_filename (folder, "bus", NULL);
    g_autofree char *address = g_strconcat ("unix:path=", path, NULL);
    g_autoptr (GSocket) mute = listen_at (path);
    g_autoptr (GError) error = NULL;

    gint64 begun = g_get_monotonic_time ();
    g_assert_null (ib_session_bus_reach (address, GPOINTER_TO_UINT (flags), PATIENCE_MS, &error));
    gint64 taken = g_get_monotonic_time () - begun;
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpint (taken, >=, PATIENCE_MS * 1000);
    g_assert_cmpint (taken, <, LONG_US);

    g_assert_cmpint (g_unlink (path), ==, 0);
    g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
nobody_is_not_waited_for (void)
{
    g_autoptr (GError) error = NULL;
    gint64 begun = g_get_monotonic_time ();
    g_assert_null (ib_session_bus_reach ("unix:path=/nonexistent/bus", G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                                         60 * 1000, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    g_assert_cmpint (g_get_monotonic_time () - begun, <, LONG_US);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/session-bus/mute-bus", GUINT_TO_POINTER (G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                                     G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
                          a_mute_one_is_left);
    g_test_add_data_func ("/session-bus/mute-peer", GUINT_TO_POINTER (G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT),
                          a_mute_one_is_left);
    g_test_add_func ("/session-bus/nobody", nobody_is_not_waited_for);
    return g_test_run ();
}
