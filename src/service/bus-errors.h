/* bus-errors.h - what callers on the bus hear when something cannot be done
 *
 * The names are those of data/dbus/io.github.inbasket.Inbasket1.xml; the words are for people. */
#pragma once

#include "bus-names.h"

#include <gio/gio.h>
#include <stdbool.h>

typedef enum {
    IB_BUS_INVALID,
    IB_BUS_NO_ACCOUNT,
    IB_BUS_NO_MESSAGE,
    IB_BUS_CONFIG,
    IB_BUS_STORE,
    IB_BUS_CHANGED,
    IB_BUS_FAILED,
} IbBusRefusal;

/* Answers @invocation, and takes it. Always TRUE, as a handler returns. */
gboolean ib_bus_refuse (GDBusMethodInvocation *invocation, IbBusRefusal kind, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* The same with an error of ours. */
gboolean ib_bus_refuse_error (GDBusMethodInvocation *invocation, const GError *error);
