/* bus-filters.c - the filters, for who is on the bus */
#include "bus-filters.h"
#include "bus-errors.h"
#include "filter-files.h"
#include "mail-limits.h"
#include "settings-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _IbBusFilters {
    IbDbusManager *manager;
    IbService *service;
    IbBusAsks *asks;
    IbBusFilterChanges *changes;
};

/* --- questions -------------------------------------------------------------------------------------------------- */

static void
ask (IbBusFilters *self, const char *const *command, const char *input, GDBusMethodInvocation *invocation)
{
    const IbBusQuestion question = { command, input, IB_BUS_INVALID, NULL };
    ib_bus_asks_run (self->asks, &question, invocation);
}

static gboolean
on_filters (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    static const char *const command[] = { "filter", "list", NULL };
    ask (user_data, command, NULL, invocation);
    return TRUE;
}

/* False: @invocation was refused. */
static bool
is_draft (const char *name, const char *text, GDBusMethodInvocation *invocation)
{
    g_autofree char *why = ib_setting_why_no_script (name);
    if (why == NULL && strlen (text) <= IB_LIMIT_SCRIPT_BYTES)
        return true;
    (void) ib_bus_refuse (invocation, IB_BUS_INVALID, "%s",
                          why != NULL ? why : _ ("That is too large for a filter"));
    return false;
}

static gboolean
on_check_filter (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name,
                 const char *text, gpointer user_data)
{
    g_autofree char *draft = g_strconcat ("--draft=", name, NULL);
    const char *const command[] = { "filter", "check", draft, NULL };
    if (is_draft (name, text, invocation))
        ask (user_data, command, text, invocation);
    return TRUE;
}

/* To who asked only. */
static void
tell_replaying (GDBusMethodInvocation *invocation, guint64 looked, guint64 expected)
{
    const char *name;
    g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s&s)", &name, NULL);
    (void) g_dbus_connection_emit_signal (g_dbus_method_invocation_get_connection (invocation),
                                          g_dbus_method_invocation_get_sender (invocation), IB_BUS_PATH,
                                          IB_BUS_NAME, "Replaying",
                                          g_variant_new ("(stt)", name, looked, expected), NULL);
}

static gboolean
on_replay_filter (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name,
                  const char *text, gpointer user_data)
{
    IbBusFilters *self = user_data;
    const IbConfig *config = ib_service_config (self->service);
    g_autofree char *draft = g_strconcat ("--draft=", name, NULL);
    if (config == NULL)
        return ib_bus_refuse (invocation, IB_BUS_CONFIG, "%s", _ ("The configuration does not parse"));
    const char *const command[]
        = { "filter", "replay", IB_BUS_ASKS_TELLS, draft, "--", config->maildir, NULL };
    const IbBusQuestion question = { command, text, IB_BUS_INVALID, tell_replaying };
    if (is_draft (name, text, invocation))
        ib_bus_asks_run (self->asks, &question, invocation);
    return TRUE;
}

static gboolean
on_test_filter (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name,
                gpointer user_data)
{
    IbBusFilters *self = user_data;
    g_autofree char *test = ib_filter_files_test (ib_service_paths (self->service), name);
    if (test == NULL)
        return ib_bus_refuse (invocation, IB_BUS_INVALID, _ ("There is no test beside “%s”"), name);
    const char *const command[] = { "filter", "test", "--", test, NULL };
    ask (self, command, NULL, invocation);
    return TRUE;
}

static gboolean
on_read_filter (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name,
                gpointer user_data)
{
    IbBusFilters *self = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *text = ib_filter_files_read (ib_service_paths (self->service), name, &error);
    if (text == NULL)
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", error->message);
    ib_dbus_manager_complete_read_filter (manager, invocation, text);
    return TRUE;
}

/* --- changes ---------------------------------------------------------------------------------------------------- */

static gboolean
on_write_filter (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name,
                 const char *text, gpointer user_data)
{
    IbBusFilters *self = user_data;
    ib_bus_filter_changes_write (self->changes, invocation, name, text, NULL);
    return TRUE;
}

static gboolean
on_replace_filter (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name,
                   const char *text, const char *seen, gpointer user_data)
{
    IbBusFilters *self = user_data;
    ib_bus_filter_changes_write (self->changes, invocation, name, text, seen);
    return TRUE;
}

static gboolean
on_remove_filter (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name,
                  gpointer user_data)
{
    IbBusFilters *self = user_data;
    ib_bus_filter_changes_remove (self->changes, invocation, name, NULL);
    return TRUE;
}

static gboolean
on_withdraw_filter (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name,
                    const char *seen, gpointer user_data)
{
    IbBusFilters *self = user_data;
    ib_bus_filter_changes_remove (self->changes, invocation, name, seen);
    return TRUE;
}

static gboolean
on_activate_filters (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *names,
                     gpointer user_data)
{
    IbBusFilters *self = user_data;
    ib_bus_filter_changes_activate (self->changes, invocation, names);
    return TRUE;
}

/* --- the whole -------------------------------------------------------------------------------------------------- */

IbBusFilters *
ib_bus_filters_new (IbDbusManager *manager, IbService *service, IbBusAsks *asks, IbBusFilterChanges *changes)
{
    const struct {
        const char *signal;
        GCallback callback;
    } handlers[] = {
        { "handle-filters", G_CALLBACK (on_filters) },
        { "handle-read-filter", G_CALLBACK (on_read_filter) },
        { "handle-check-filter", G_CALLBACK (on_check_filter) },
        { "handle-replay-filter", G_CALLBACK (on_replay_filter) },
        { "handle-test-filter", G_CALLBACK (on_test_filter) },
        { "handle-write-filter", G_CALLBACK (on_write_filter) },
        { "handle-replace-filter", G_CALLBACK (on_replace_filter) },
        { "handle-remove-filter", G_CALLBACK (on_remove_filter) },
        { "handle-withdraw-filter", G_CALLBACK (on_withdraw_filter) },
        { "handle-activate-filters", G_CALLBACK (on_activate_filters) },
    };
    IbBusFilters *self = g_new (IbBusFilters, 1);
    *self = (IbBusFilters){
        .manager = g_object_ref (manager),
        .service = service,
        .asks = asks,
        .changes = changes,
    };
    for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
        g_signal_connect (manager, handlers[i].signal, handlers[i].callback, self);
    return self;
}

void
ib_bus_filters_free (IbBusFilters *self)
{
    if (self == NULL)
        return;
    g_signal_handlers_disconnect_by_data (self->manager, self);
    g_object_unref (self->manager);
    g_free (self);
}
