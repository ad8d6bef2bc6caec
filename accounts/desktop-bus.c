/* desktop-bus.c - the session bus, on which secrets are asked for */
#include "desktop-bus.h"

static GMutex turn;
static GDBusConnection *shared; /* NULL: none was needed yet, or it has gone */

/* Returns: (transfer full) (nullable) */
static GDBusConnection *
take_open (void)
{
    g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&turn);
    if (shared != NULL && g_dbus_connection_is_closed (shared))
        g_clear_object (&shared);
    return shared != NULL ? g_object_ref (shared) : NULL;
}

/* Of several that were made at once the last stays; the others go with whoever made them. */
static void
share (GDBusConnection *connection)
{
    g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&turn);
    g_set_object (&shared, connection);
}

GDBusConnection *
ib_desktop_bus (GCancellable *cancellable, GError **error)
{
    GDBusConnection *connection = take_open ();
    if (connection != NULL)
        return connection;
    g_autofree char *address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, cancellable, error);
    if (address != NULL)
        connection = g_dbus_connection_new_for_address_sync (
            address,
            G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
            NULL, cancellable, error);
    if (connection != NULL)
        share (connection);
    return connection;
}
