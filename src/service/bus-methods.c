/* bus-methods.c - what can be asked of the service and of its accounts: looks, pauses, settings, loans */
#include "bus-errors.h"
#include "bus-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What one call may ask for. */
#define MOST_ACCOUNTS 1000
#define LONGEST_PAUSE_S (366 * 24 * 3600)

/* --- checks -------------------------------------------------------------------------------------------------- */

void
ib_bus_methods_tell_checked (const char *asker, guint32 ticket, const char *account, GVariant *result,
                             gpointer user_data)
{
    IbBus *self = user_data;
    (void) g_dbus_connection_emit_signal (self->connection, asker, IB_BUS_PATH, IB_BUS_NAME, "Checked",
                                          g_variant_new ("(us@a{sv})", ticket, account, result), NULL);
}

static void
check (GDBusMethodInvocation *invocation, const char *const *accounts, gpointer user_data)
{
    IbBus *self = user_data;
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) checked = NULL;
    guint32 ticket;
    if (ib_bus_checks_ask (self->checks, g_dbus_method_invocation_get_sender (invocation), accounts, &ticket,
                           &checked, &error))
        g_dbus_method_invocation_return_value (invocation, g_variant_new ("(u^as)", ticket, checked));
    else
        (void) ib_bus_refuse_error (invocation, error);
}

static gboolean
on_check (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *accounts,
          gpointer user_data)
{
    IbBus *self = user_data;
    if (g_strv_length ((char **) accounts) > MOST_ACCOUNTS)
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is more than there can be"));
    ib_bus_reload_then (self->reload, invocation, accounts, check, self);
    return TRUE;
}

static void
check_one (GDBusMethodInvocation *invocation, const char *const *accounts, gpointer user_data)
{
    IbBus *self = user_data;
    g_autoptr (GError) error = NULL;
    g_auto (GStrv) checked = NULL;
    guint32 ticket;
    if (ib_bus_checks_ask (self->checks, g_dbus_method_invocation_get_sender (invocation), accounts, &ticket,
                           &checked, &error))
        g_dbus_method_invocation_return_value (invocation, g_variant_new ("(u)", ticket));
    else
        (void) ib_bus_refuse_error (invocation, error);
}

static void
check_account (const char *account, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    const char *const accounts[] = { account, NULL };
    ib_bus_reload_then (self->reload, invocation, accounts, check_one, self);
}

/* --- accounts ------------------------------------------------------------------------------------------------ */

static gboolean
on_list_accounts (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    ib_dbus_manager_complete_list_accounts (manager, invocation, ib_bus_accounts_list (self->accounts));
    return TRUE;
}

static void
pause_account (const char *account, guint32 seconds, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    g_autoptr (GError) error = NULL;
    if (seconds > LONGEST_PAUSE_S)
        (void) ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("A pause is a year at most"));
    else if (!ib_service_pause (self->service, account, seconds, &error))
        (void) ib_bus_refuse_error (invocation, error);
    else
        g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
resume_account (const char *account, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    g_autoptr (GError) error = NULL;
    if (!ib_service_resume (self->service, account, &error))
        (void) ib_bus_refuse_error (invocation, error);
    else
        g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
answer_path (GDBusMethodInvocation *invocation, const char *const *words, gpointer user_data)
{
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", words[0]));
}

/* AddAccount tells the object, Change and ChangeSettings nothing. */
void
ib_bus_methods_answer_written (GDBusMethodInvocation *invocation, const char *account, gpointer user_data)
{
    IbBus *self = user_data;
    if (strcmp (g_dbus_method_invocation_get_method_name (invocation), "AddAccount") != 0) {
        ib_bus_reload_answer (self->reload, invocation);
        return;
    }
    g_autofree char *object = ib_bus_names_account_path (account);
    const char *const words[] = { object, NULL };
    ib_bus_reload_after (self->reload, invocation, words, answer_path, self);
}

static gboolean
on_add_account (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name, GVariant *keys,
                gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_settings_add_account (self->settings, name, keys, invocation);
    return TRUE;
}

static void
change_account (const char *account, GVariant *keys, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_settings_change_account (self->settings, account, keys, invocation);
}

static void
tell_account (const char *account, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_settings_tell_account (self->service, account, invocation);
}

static gboolean
on_remove_account (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *name,
                   gpointer user_data)
{
    IbBus *self = user_data;
    if (ib_bus_settings_remove_account (self->service, name, invocation))
        ib_bus_reload_answer (self->reload, invocation);
    return TRUE;
}

/* --- the configuration ---------------------------------------------------------------------------------------- */

static gboolean
on_settings (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_settings_tell (self->service, invocation);
    return TRUE;
}

static gboolean
on_change_settings (IbDbusManager *manager, GDBusMethodInvocation *invocation, GVariant *keys,
                    gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_settings_change (self->settings, keys, invocation);
    return TRUE;
}

static void
answer_read (GDBusMethodInvocation *invocation, const char *const *words, gpointer user_data)
{
    g_dbus_method_invocation_return_value (invocation, NULL);
}

static gboolean
on_reload (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    static const char *const nothing[] = { NULL };
    ib_bus_reload_then (self->reload, invocation, nothing, answer_read, NULL);
    return TRUE;
}

/* --- loans --------------------------------------------------------------------------------------------------- */

static gboolean
on_lend (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_loans_lend (self->loans, invocation);
    return TRUE;
}

static gboolean
on_return (IbDbusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
    IbBus *self = user_data;
    if (!ib_bus_loans_give_back (self->loans, g_dbus_method_invocation_get_sender (invocation)))
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("There is nothing to return"));
    ib_dbus_manager_complete_return (manager, invocation);
    return TRUE;
}

/* --- the whole ----------------------------------------------------------------------------------------------- */

const IbBusAccountMethods ib_bus_account_methods
    = { check_account, pause_account, resume_account, change_account, tell_account };

void
ib_bus_methods_connect (IbBus *self)
{
    const struct {
        const char *signal;
        GCallback callback;
    } handlers[] = {
        { "handle-list-accounts", G_CALLBACK (on_list_accounts) },
        { "handle-add-account", G_CALLBACK (on_add_account) },
        { "handle-remove-account", G_CALLBACK (on_remove_account) },
        { "handle-settings", G_CALLBACK (on_settings) },
        { "handle-change-settings", G_CALLBACK (on_change_settings) },
        { "handle-check", G_CALLBACK (on_check) },
        { "handle-lend", G_CALLBACK (on_lend) },
        { "handle-return", G_CALLBACK (on_return) },
        { "handle-reload", G_CALLBACK (on_reload) },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
        g_signal_connect (self->manager, handlers[i].signal, handlers[i].callback, self);
}
