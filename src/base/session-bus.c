/* session-bus.c - a connection of one's own to the session bus */
#include "session-bus.h"
#include "bus-names.h"

GDBusConnection *
ib_session_bus_connect (void)
{
    g_autofree char *address = ib_bus_names_session ();
    if (address == NULL)
        return NULL;
    return g_dbus_connection_new_for_address_sync (address,
                                                   G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                       | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                   NULL, NULL, NULL);
}
