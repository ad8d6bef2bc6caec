/* session-bus.h - a connection of one's own to the session bus */
#pragma once

#include <gio/gio.h>

/* Connects to the bus, or the peer, at @address, within @patience_ms: one may listen and never answer. Blocks, and has nothing
 * else happen meanwhile. Its signals come on the thread's default main context. Returns: (transfer full) (nullable) */
GDBusConnection *ib_session_bus_reach (const char *address, GDBusConnectionFlags flags, guint patience_ms, GError **error);

/* To the session bus, within a few seconds. NULL: there is none; looking for one never starts it.
 * Returns: (transfer full) (nullable) */
GDBusConnection *ib_session_bus_connect (void);
