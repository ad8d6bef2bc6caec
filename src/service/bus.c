/* bus.c - the service on the session bus */
#include "bus-private.h"
#include "bus-questions.h"

#include <glib/gi18n-lib.h>

#define PATIENCE_MS 2000

/* --- the name ------------------------------------------------------------------------------------------------ */

static void
on_name_acquired (GDBusConnection *connection, const char *name, gpointer user_data)
{
    IbBus *self = user_data;
    self->named (NULL, self->user_data);
}

/* Another one's answer to whose home it works on. */
static void
on_other (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    g_autoptr (GVariant) value = NULL;
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    IbBus *self = user_data;
    if (reply != NULL)
        g_variant_get (reply, "(v)", &value);
    bool is_known = value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING);
    g_autofree char *words = g_strdup_printf (
        _ ("another Inbasket has the name on the session bus (it works on %s): nobody can talk to this "
           "one, which works all the same"),
        is_known ? g_variant_get_bytestring (value) : _ ("a home that it does not tell"));
    self->named (words, self->user_data);
}

static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer user_data)
{
    IbBus *self = user_data;
    if (connection == NULL || g_dbus_connection_is_closed (connection))
        return; /* told by itself */
    g_dbus_connection_call (connection, IB_BUS_NAME, IB_BUS_PATH, "org.freedesktop.DBus.Properties", "Get",
                            g_variant_new ("(ss)", IB_BUS_NAME, "StateFolder"), G_VARIANT_TYPE ("(v)"),
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, PATIENCE_MS, self->end, on_other, self);
}

/* GLib tells of the name before, of a bus that takes it along. */
static void
on_closed (GDBusConnection *connection, gboolean is_theirs, GError *error, gpointer user_data)
{
    IbBus *self = user_data;
    self->named (_ ("the session bus is gone: nobody can talk to this service until it is back"),
                 self->user_data);
}

/* --- coming and going ------------------------------------------------------------------------------------------ */

/* A loan is over: another process may have changed the journal. */
static void
on_returned (gpointer user_data)
{
    IbBus *self = user_data;
    ib_bus_accounts_count (self->accounts);
}

static void
on_changed (GDBusMethodInvocation *invocation, gpointer user_data)
{
    ib_bus_reload_answer (user_data, invocation);
}

static void
present (IbBus *self)
{
    const IbPaths *paths = ib_service_paths (self->service);
    g_autofree char *home = g_utf8_make_valid (paths->home != NULL ? paths->home : "", -1);

    self->manager = ib_dbus_manager_skeleton_new ();
    ib_dbus_manager_set_version (self->manager, IB_VERSION);
    ib_dbus_manager_set_home (self->manager, home);
    ib_dbus_manager_set_config_folder (self->manager, paths->config);
    ib_dbus_manager_set_state_folder (self->manager, paths->state);
    self->objects = g_dbus_object_manager_server_new (IB_BUS_PATH);
    self->reload = ib_bus_reload_new (self->service);
    self->filter_changes = ib_bus_filter_changes_new (paths, on_changed, self->reload);
    self->settings
        = ib_bus_settings_new (self->service, self->filter_changes, ib_bus_methods_answer_written, self);
    self->accounts = ib_bus_accounts_new (self->service, self->objects, &ib_bus_account_methods, self);
    self->checks = ib_bus_checks_new (self->service, ib_bus_methods_tell_checked, self);
    self->loans = ib_bus_loans_new (self->service, on_returned, self);
    self->asks = ib_bus_asks_new (paths);
    self->filters = ib_bus_filters_new (self->manager, self->service, self->asks, self->filter_changes);
    self->news = ib_bus_news_new (self->manager, self->service, self->accounts, self->checks);
    ib_bus_methods_connect (self);
    ib_bus_questions_connect (self->manager, self->asks);
    self->acts = ib_bus_acts_new (self->manager, self->service);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GDBusConnection) connection = g_dbus_connection_new_for_address_finish (result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    IbBus *self = user_data;
    if (connection != NULL) {
        present (self);
        /* All is there before the name is. */
        (void) g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->manager), connection,
                                                 IB_BUS_PATH, &error);
    }
    if (error != NULL) {
        g_autofree char *words = g_strdup_printf (
            _ ("there is no session bus: %s: nobody can talk to this service"), error->message);
        self->named (words, self->user_data);
        return;
    }
    g_dbus_object_manager_server_set_connection (self->objects, connection);
    self->connection = g_steal_pointer (&connection);
    g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
    self->own
        = g_bus_own_name_on_connection (self->connection, IB_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                        on_name_acquired, on_name_lost, self, NULL);
}

static gboolean
say_no_bus (gpointer user_data)
{
    IbBus *self = user_data;
    self->telling = 0;
    self->named (_ ("there is no session bus: nobody can talk to this service"), self->user_data);
    return G_SOURCE_REMOVE;
}

IbBus *
ib_bus_new (IbService *service, IbBusNamed named, gpointer user_data)
{
    IbBus *self = g_new0 (IbBus, 1);
    self->service = service;
    self->named = named;
    self->user_data = user_data;
    self->end = g_cancellable_new ();
    g_autofree char *address = ib_bus_names_session ();
    if (address == NULL)
        self->telling = g_idle_add (say_no_bus, self);
    else
        g_dbus_connection_new_for_address (address,
                                           G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                               | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                           NULL, self->end, on_connected, self);
    return self;
}

GDBusConnection *
ib_bus_connection (const IbBus *self)
{
    return self->connection != NULL && !g_dbus_connection_is_closed (self->connection) ? self->connection
                                                                                       : NULL;
}

void
ib_bus_free (IbBus *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->end);
    g_object_unref (self->end);
    if (self->telling != 0)
        g_source_remove (self->telling);
    if (self->manager != NULL) {
        ib_bus_news_free (self->news);
        g_signal_handlers_disconnect_by_data (self->manager, self);
        ib_bus_filters_free (self->filters);
        ib_bus_filter_changes_free (self->filter_changes); /* what was under way may be done by now: */
        ib_bus_settings_free (self->settings);
        ib_bus_reload_free (self->reload);
        ib_bus_questions_disconnect (self->manager, self->asks);
        ib_bus_acts_free (self->acts);
        ib_bus_loans_free (self->loans);
        ib_bus_checks_free (self->checks);
        ib_bus_asks_free (self->asks);
        ib_bus_accounts_free (self->accounts);
        g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->manager));
        g_object_unref (self->manager);
        g_object_unref (self->objects);
    }
    if (self->own != 0)
        g_bus_unown_name (self->own);
    if (self->connection != NULL) {
        g_signal_handlers_disconnect_by_data (self->connection, self);
        (void) g_dbus_connection_flush_sync (self->connection, NULL, NULL); /* answers that are due */
    }
    g_clear_object (&self->connection);
    g_free (self);
}
