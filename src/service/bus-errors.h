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

/* @words for people, fit to be shown: a file's name or line may be in them, in whatever bytes, and whatever a caller has sent; the
 * bus ends the connection of who sends what is no UTF-8. Returns: (transfer full) */
char *ib_bus_words (const char *words);

/* Answers @invocation, and takes it. Always TRUE, as a handler returns. */
gboolean ib_bus_refuse (GDBusMethodInvocation *invocation, IbBusRefusal kind, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* The same with an error of ours. */
gboolean ib_bus_refuse_error (GDBusMethodInvocation *invocation, const GError *error);
