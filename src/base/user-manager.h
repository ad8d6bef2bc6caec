/* user-manager.h - speaks with the user's systemd
 *
 * On the session bus if it is there, else on the socket that it keeps for its own tools: a session may have another bus, or
 * none. */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#define IB_USER_MANAGER_PATH "/org/freedesktop/systemd1"
#define IB_USER_MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define IB_USER_MANAGER_UNIT "org.freedesktop.systemd1.Unit"
#define IB_USER_MANAGER_SERVICE "org.freedesktop.systemd1.Service"

/* A connection of the caller's own, whose signals come on the thread's default main context. G_IO_ERROR_NOT_FOUND: this user
 * has no systemd. Blocks. Returns: (transfer full) (nullable) */
GDBusConnection *ib_user_manager_connect (GError **error);
/* What its messages are sent to and come from: NULL where nobody is in between. */
const char *ib_user_manager_name (GDBusConnection *connection);

/* A method of the manager itself. @reply: the type that the answer must have. Blocks. Returns: (transfer full) (nullable) */
GVariant *ib_user_manager_call (GDBusConnection *connection, const char *method, GVariant *parameters,
                                GUnixFDList *fds, const GVariantType *reply, GError **error);
/* A property of the unit at @path; NULL: the unit or the property is not there. Blocks. Returns: (transfer full) (nullable) */
GVariant *ib_user_manager_get (GDBusConnection *connection, const char *path, const char *interface,
                               const char *property, const GVariantType *type);
/* Where the unit called @name stands. Returns: (transfer full) */
char *ib_user_manager_unit_path (const char *name);
