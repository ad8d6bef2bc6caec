/* session-bus.h - a connection of one's own to the session bus */
#pragma once

#include <gio/gio.h>

/* Its signals come on the thread's default main context. NULL: there is no bus; looking for one never starts it. Blocks.
 * Returns: (transfer full) (nullable) */
GDBusConnection *ib_session_bus_connect (void);
