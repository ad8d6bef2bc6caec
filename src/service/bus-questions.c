/* bus-questions.c - Status, Report, History, Why and ProposeRule */
#include "bus-questions.h"
#include "always-rule.h"
#include "bus-message.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What one call may ask for. */
#define LONGEST_WORD 4096

static gboolean
on_status (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    static const char *const command[] = { "status", NULL };
    const IbBusQuestion question = { command, NULL, IB_BUS_FAILED, NULL };
    ib_bus_asks_run (user_data, &question, invocation);
    return TRUE;
}

static gboolean
on_report (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *from_when,
           gpointer user_data)
{
    if (strlen (from_when) > LONGEST_WORD)
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is no time"));
    /* In one word with its option, it cannot be another option. */
    g_autofree char *option = g_strdup_printf ("--since=%s", *from_when != '\0' ? from_when : "7d");
    const char *const command[] = { "report", option, NULL };
    const IbBusQuestion question = { command, NULL, IB_BUS_INVALID, NULL };
    ib_bus_asks_run (user_data, &question, invocation);
    return TRUE;
}

static gboolean
on_history (IbDbusManager *manager, GDBusMethodInvocation *invocation, GVariant *query, gpointer user_data)
{
    ib_bus_asks_history (user_data, query, invocation);
    return TRUE;
}

static gboolean
on_why (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *message, gpointer user_data)
{
    if (!ib_bus_message_is_one (message))
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is no message"));
    g_autofree char *word = ib_bus_message_word (message);
    const char *const command[] = { "why", "--", word, NULL };
    const IbBusQuestion question = { command, NULL, IB_BUS_NO_MESSAGE, NULL };
    ib_bus_asks_run (user_data, &question, invocation);
    return TRUE;
}

static gboolean
on_propose_rule (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *message,
                 const char *kind, const char *folder, gpointer user_data)
{
    IbAlwaysKind known;
    if (!ib_bus_message_is_one (message))
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is no message"));
    if (*kind != '\0' && !ib_always_kind_find (kind, &known))
        return ib_bus_refuse (invocation, IB_BUS_INVALID, _ ("There is no kind of rule “%s”"), kind);
    if (strlen (folder) > LONGEST_WORD)
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is no folder"));
    g_autofree char *word = ib_bus_message_word (message);
    g_autofree char *by = g_strconcat ("--by=", kind, NULL), *to = g_strconcat ("--to=", folder, NULL);
    const char *const ask_kinds[] = { "filter", "always", "--", word, NULL };
    const char *const ask_rule[] = { "filter", "always", by, to, "--", word, NULL };
    const IbBusQuestion question = { *kind != '\0' ? ask_rule : ask_kinds, NULL, IB_BUS_NO_MESSAGE, NULL };
    ib_bus_asks_run (user_data, &question, invocation);
    return TRUE;
}

void
ib_bus_questions_connect (IbDbusManager *manager, IbBusAsks *asks)
{
    const struct {
        const char *signal;
        GCallback callback;
    } handlers[] = {
        { "handle-status", G_CALLBACK (on_status) },
        { "handle-report", G_CALLBACK (on_report) },
        { "handle-history", G_CALLBACK (on_history) },
        { "handle-why", G_CALLBACK (on_why) },
        { "handle-propose-rule", G_CALLBACK (on_propose_rule) },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
        g_signal_connect (manager, handlers[i].signal, handlers[i].callback, asks);
}

void
ib_bus_questions_disconnect (IbDbusManager *manager, IbBusAsks *asks)
{
    g_signal_handlers_disconnect_by_data (manager, asks);
}
