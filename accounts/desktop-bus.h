/* desktop-bus.h - the session bus, on which secrets are asked for
 *
 * One connection for all threads, and our own: the one that GLib shares stays shut once its bus has gone, as long as anybody in the
 * process holds it. */
#pragma once

#include <gio/gio.h>

/* That which is open, or a new one to wherever the session's bus is now. Its signals come on the main context. Returns: (transfer full)
 * (nullable) */
GDBusConnection *ib_desktop_bus (GCancellable *cancellable, GError **error);
