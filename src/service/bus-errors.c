/* bus-errors.c - what callers on the bus hear when something cannot be done */
#include "bus-errors.h"
#include "escape.h"
#include "filter-files.h"
#include "find-message.h"
#include "said.h"
#include "service.h"
#include "settings-file.h"
#include "sieve.h"
#include "undo.h"

static const char *const names[] = {
    [IB_BUS_INVALID] = IB_BUS_ERROR ("Invalid"),      [IB_BUS_NO_ACCOUNT] = IB_BUS_ERROR ("NoAccount"),
    [IB_BUS_NO_MESSAGE] = IB_BUS_ERROR ("NoMessage"), [IB_BUS_CONFIG] = IB_BUS_ERROR ("Config"),
    [IB_BUS_STORE] = IB_BUS_ERROR ("Store"),          [IB_BUS_CHANGED] = IB_BUS_ERROR ("Changed"),
    [IB_BUS_FAILED] = IB_BUS_ERROR ("Failed"),
};

/* Longer is no sentence, but has the whole of somebody's nonsense in it. */
#define MOST_WORDS 1000

char *
ib_bus_words (const char *words)
{
    g_autofree char *said = ib_said_words (words);
    return ib_escape_text (said, -1, MOST_WORDS);
}

static void
answer (GDBusMethodInvocation *invocation, IbBusRefusal kind, const char *words)
{
    g_autofree char *safe = ib_bus_words (words);
    g_dbus_method_invocation_return_dbus_error (invocation, names[kind], safe);
}

gboolean
ib_bus_refuse (GDBusMethodInvocation *invocation, IbBusRefusal kind, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *words = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    answer (invocation, kind, words);
    return TRUE;
}

static IbBusRefusal
kind_of (const GError *error)
{
    if (g_error_matches (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_FILE)
        || g_error_matches (error, IB_FILTER_FILES_ERROR, IB_FILTER_FILES_ERROR_FILE))
        return IB_BUS_FAILED;
    if (g_error_matches (error, IB_FILTER_FILES_ERROR, IB_FILTER_FILES_ERROR_CHANGED))
        return IB_BUS_CHANGED;
    if (g_error_matches (error, IB_CONFIG_ERROR, IB_CONFIG_ERROR_SCRIPT)
        || g_error_matches (error, IB_CONFIG_ERROR, IB_CONFIG_ERROR_VALUE)
        || error->domain == IB_SETTINGS_ERROR || error->domain == IB_SIEVE_ERROR
        || error->domain == IB_FILTER_FILES_ERROR)
        return IB_BUS_INVALID;
    if (error->domain == IB_CONFIG_ERROR)
        return IB_BUS_CONFIG;
    if (g_error_matches (error, IB_SERVICE_ERROR, IB_SERVICE_ERROR_ACCOUNT))
        return IB_BUS_NO_ACCOUNT;
    if (g_error_matches (error, IB_UNDO_ERROR, IB_UNDO_ERROR_UNKNOWN)
        || g_error_matches (error, IB_FIND_ERROR, IB_FIND_ERROR_NOTHING))
        return IB_BUS_NO_MESSAGE;
    if (error->domain == IB_HOME_ERROR || error->domain == IB_UNDO_ERROR || error->domain == IB_FIND_ERROR
        || error->domain == IB_SERVICE_ERROR)
        return IB_BUS_STORE;
    return IB_BUS_FAILED;
}

gboolean
ib_bus_refuse_error (GDBusMethodInvocation *invocation, const GError *error)
{
    answer (invocation, kind_of (error), error->message);
    return TRUE;
}
