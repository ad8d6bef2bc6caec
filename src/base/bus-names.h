/* bus-names.h - what things are called on the session bus
 *
 * data/dbus/io.github.inbasket.Inbasket1.xml says what they are. */
#pragma once

#include <gio/gio.h>

#define IB_BUS_NAME "io.github.inbasket.Inbasket1"
#define IB_BUS_PATH "/io/github/inbasket/Inbasket1"
#define IB_BUS_ACCOUNT_INTERFACE IB_BUS_NAME ".Account"
#define IB_BUS_ERROR(name) IB_BUS_NAME ".Error." name

/* The session's bus, if there is one: never one that would have to be started for it. Returns: (transfer full) (nullable) */
char *ib_bus_names_session (void);
/* The object of the account @name, which may be any text. Returns: (transfer full) */
char *ib_bus_names_account_path (const char *name);
/* The account whose object @path is; NULL: it is none, or not written as above. Returns: (transfer full) (nullable) */
char *ib_bus_names_read_account (const char *path);
