/* client.c - the service of this home, if one runs */
#include "client.h"
#include "bus-code.h"
#include "bus-names.h"
#include "same-folder.h"
#include "session-bus.h"

#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK (ib-client-error-quark, ib_client_error)

/* For what is answered at once by whoever is awake. */
#define PATIENCE_MS 2000
/* For reading a configuration anew. */
#define LONG_PATIENCE_MS 20000
/* Whether it is awake at all is asked where it may be silent for long. */
#define PULSE_S 10

struct _IbClient {
    GDBusConnection *connection;
    char *owner; /* the service's unique name: who takes its place later is another */
    char *trouble;
    IbDbusManager *manager;
    bool has_home; /* on loan */

    const IbClientEvents *events; /* NULL: nobody listens */
    gpointer user_data;
    guint watch, pulse;
    guint32 ticket;
    guint unchecked; /* accounts whose end is waited for: only then its pulse is felt, since that wakes it */
    GCancellable *pulse_end;
};

/* --- errors -------------------------------------------------------------------------------------------------- */

static IbClientError
code_of (const GError *error)
{
    static const struct {
        const char *name;
        IbClientError code;
    } codes[] = {
        { IB_BUS_ERROR ("Config"), IB_CLIENT_ERROR_CONFIG },
        { IB_BUS_ERROR ("NoAccount"), IB_CLIENT_ERROR_NO_ACCOUNT },
        { IB_BUS_ERROR ("Store"), IB_CLIENT_ERROR_STORE },
    };
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
        || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY)
        || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT))
        return IB_CLIENT_ERROR_SILENT;
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED)
        || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
        || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
        || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED))
        return IB_CLIENT_ERROR_GONE;
    g_autofree char *remote = g_dbus_error_get_remote_error (error);
    for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
        if (g_strcmp0 (remote, codes[i].name) == 0)
            return codes[i].code;
    return IB_CLIENT_ERROR_REFUSED;
}

/* Takes @why, and says it in words. Always false. */
static bool
fail (GError *why, GError **error)
{
    IbClientError code = code_of (why);
    (void) g_dbus_error_strip_remote_error (why);
    switch (code) {
    case IB_CLIENT_ERROR_SILENT:
        g_set_error_literal (error, IB_CLIENT_ERROR, code, _ ("The Inbasket service does not answer"));
        break;
    case IB_CLIENT_ERROR_GONE:
        g_set_error_literal (error, IB_CLIENT_ERROR, code, _ ("The Inbasket service has ended meanwhile"));
        break;
    case IB_CLIENT_ERROR_CONFIG:
    case IB_CLIENT_ERROR_NO_ACCOUNT:
    case IB_CLIENT_ERROR_STORE:
    case IB_CLIENT_ERROR_REFUSED:
        g_set_error_literal (error, IB_CLIENT_ERROR, code, why->message);
        break;
    }
    g_error_free (why);
    return false;
}

/* --- whose service it is ------------------------------------------------------------------------------------- */

static char *
owner_of_name (GDBusConnection *connection, GError **error)
{
    char *owner = NULL;
    g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
        connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner",
        g_variant_new ("(s)", IB_BUS_NAME), G_VARIANT_TYPE ("(s)"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
        PATIENCE_MS, NULL, error);
    if (reply != NULL)
        g_variant_get (reply, "(s)", &owner);
    return owner;
}

static bool
is_folder (GVariant *properties, const char *key, const char *folder)
{
    const char *said = NULL;
    return g_variant_lookup (properties, key, "^&ay", &said) && ib_same_folder (said, folder);
}

/* One home is one configuration and one journal: whoever shares only one of them with us does not do our work. */
static bool
is_of_home (IbClient *self, const IbPaths *paths, GError **error)
{
    g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
        self->connection, self->owner, IB_BUS_PATH, "org.freedesktop.DBus.Properties", "GetAll",
        g_variant_new ("(s)", IB_BUS_NAME), G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
        PATIENCE_MS, NULL, error);
    if (reply == NULL)
        return false;
    g_autoptr (GVariant) properties = g_variant_get_child_value (reply, 0);
    if (!g_variant_lookup (properties, "Trouble", "s", &self->trouble))
        self->trouble = g_strdup ("");
    return is_folder (properties, "StateFolder", paths->state)
           && is_folder (properties, "ConfigFolder", paths->config);
}

static IbClient *
client_new (GDBusConnection *connection, char *owner)
{
    IbClient *self = g_new0 (IbClient, 1);
    self->connection = connection;
    self->owner = owner;
    return self;
}

IbClient *
ib_client_find (const IbPaths *paths, GError **error)
{
    GError *why = NULL;
    /* One of our own: the one that is shared ends the process with the bus. */
    GDBusConnection *connection = ib_session_bus_connect ();
    if (connection == NULL)
        return NULL;
    char *owner = owner_of_name (connection, NULL);
    g_autoptr (IbClient) self = client_new (connection, owner);
    if (owner == NULL || (!is_of_home (self, paths, &why) && why == NULL))
        return NULL;
    if (why == NULL)
        return g_steal_pointer (&self);
    if (code_of (why) == IB_CLIENT_ERROR_SILENT)
        (void) fail (why, error);
    else
        g_error_free (why); /* it left just now, or is none of ours */
    return NULL;
}

void
ib_client_free (IbClient *self)
{
    if (self == NULL)
        return;
    ib_client_give_back (self);
    if (self->watch != 0)
        g_bus_unwatch_name (self->watch);
    if (self->pulse != 0)
        g_source_remove (self->pulse);
    if (self->pulse_end != NULL)
        g_cancellable_cancel (self->pulse_end);
    if (self->manager != NULL)
        g_signal_handlers_disconnect_by_data (self->manager, self);
    g_clear_object (&self->pulse_end);
    g_clear_object (&self->manager);
    (void) g_dbus_connection_close_sync (self->connection, NULL,
                                         NULL); /* what it says by it is all the same to us */
    g_object_unref (self->connection);
    g_free (self->owner);
    g_free (self->trouble);
    g_free (self);
}

/* --- questions ------------------------------------------------------------------------------------------------- */

/* Returns: (transfer full) (nullable) */
static GVariant *
ask (IbClient *self, const char *path, const char *interface, const char *method, GVariant *arguments,
     const char *reply_type, int patience_ms, GError **error)
{
    GError *why = NULL;
    GVariant *reply = g_dbus_connection_call_sync (self->connection, self->owner, path, interface, method,
                                                   arguments, G_VARIANT_TYPE (reply_type),
                                                   G_DBUS_CALL_FLAGS_NO_AUTO_START, patience_ms, NULL, &why);
    if (reply == NULL)
        (void) fail (why, error);
    return reply;
}

const char *
ib_client_trouble (const IbClient *self)
{
    return self->trouble;
}

char *
ib_client_version (IbClient *self)
{
    g_autoptr (GVariant) reply
        = ask (self, IB_BUS_PATH, "org.freedesktop.DBus.Properties", "Get",
               g_variant_new ("(ss)", IB_BUS_NAME, "Version"), "(v)", PATIENCE_MS, NULL);
    if (reply == NULL)
        return NULL;
    g_autoptr (GVariant) boxed = g_variant_get_child_value (reply, 0);
    g_autoptr (GVariant) version = g_variant_get_variant (boxed);
    return g_variant_is_of_type (version, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (version, NULL)
                                                                 : NULL;
}

GPtrArray *
ib_client_accounts (IbClient *self, GError **error)
{
    g_autoptr (GVariant) reply = ask (self, IB_BUS_PATH, "org.freedesktop.DBus.ObjectManager",
                                      "GetManagedObjects", NULL, "(a{oa{sa{sv}}})", PATIENCE_MS, error);
    if (reply == NULL)
        return NULL;
    GPtrArray *accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_heard_account_free);
    g_autoptr (GVariant) objects = g_variant_get_child_value (reply, 0);
    GVariantIter each;
    GVariant *interfaces;
    g_variant_iter_init (&each, objects);
    while (g_variant_iter_next (&each, "{&o@a{sa{sv}}}", NULL, &interfaces)) {
        g_autoptr (GVariant) properties
            = g_variant_lookup_value (interfaces, IB_BUS_ACCOUNT_INTERFACE, G_VARIANT_TYPE_VARDICT);
        if (properties != NULL)
            g_ptr_array_add (accounts, ib_heard_account_read (properties));
        g_variant_unref (interfaces);
    }
    return accounts;
}

static bool
is_awake (IbClient *self)
{
    g_autoptr (GVariant) reply
        = ask (self, IB_BUS_PATH, "org.freedesktop.DBus.Peer", "Ping", NULL, "()", PATIENCE_MS, NULL);
    return reply != NULL;
}

/* Others may have the home before us, for as long as they want. Who asks again keeps his place. */
bool
ib_client_borrow (IbClient *self, GError **error)
{
    g_autoptr (GError) why = NULL;
    for (bool is_alive = true; is_alive && !self->has_home;) {
        g_clear_error (&why);
        g_autoptr (GVariant) reply
            = ask (self, IB_BUS_PATH, IB_BUS_NAME, "Lend", NULL, "()", PULSE_S * 1000, &why);
        self->has_home = reply != NULL;
        is_alive = g_error_matches (why, IB_CLIENT_ERROR, IB_CLIENT_ERROR_SILENT) && is_awake (self);
    }
    if (why != NULL)
        g_propagate_error (error, g_steal_pointer (&why));
    return self->has_home;
}

void
ib_client_give_back (IbClient *self)
{
    if (!self->has_home)
        return;
    self->has_home = false;
    /* Who does not answer has noticed, or has ended. */
    g_autoptr (GVariant) reply
        = ask (self, IB_BUS_PATH, IB_BUS_NAME, "Return", NULL, "()", PATIENCE_MS, NULL);
}

static bool
ask_account (IbClient *self, const char *account, const char *method, GVariant *arguments, GError **error)
{
    g_autofree char *path = ib_bus_names_account_path (account);
    g_autoptr (GVariant) reply
        = ask (self, path, IB_BUS_ACCOUNT_INTERFACE, method, arguments, "()", LONG_PATIENCE_MS, error);
    return reply != NULL;
}

bool
ib_client_pause (IbClient *self, const char *account, guint seconds, GError **error)
{
    return ask_account (self, account, "Pause", g_variant_new ("(u)", seconds), error);
}

bool
ib_client_resume (IbClient *self, const char *account, GError **error)
{
    return ask_account (self, account, "Resume", NULL, error);
}

/* --- listening ---------------------------------------------------------------------------------------------------- */

static void
tell_gone (IbClient *self, IbClientError code)
{
    const IbClientEvents *events = g_steal_pointer (&self->events);
    g_autoptr (GError) error = g_error_new_literal (IB_CLIENT_ERROR, (gint) code,
                                                    code == IB_CLIENT_ERROR_SILENT
                                                        ? _ ("The Inbasket service does not answer any more")
                                                        : _ ("The Inbasket service has ended meanwhile"));
    if (events != NULL && events->gone != NULL)
        events->gone (error, self->user_data);
}

static void
on_progress (IbDbusManager *manager, const char *account, guint64 messages, guint64 bytes, guint64 fetched,
             guint64 fetched_bytes, gpointer user_data)
{
    IbClient *self = user_data;
    if (self->events != NULL && self->events->progress != NULL)
        self->events->progress (account, messages, bytes, fetched, fetched_bytes, self->user_data);
}

static void
on_delivered (IbDbusManager *manager, GVariant *said, gpointer user_data)
{
    IbClient *self = user_data;
    if (self->events == NULL || self->events->delivered == NULL)
        return;
    g_autoptr (IbHeardMessage) message = ib_heard_message_read (said);
    self->events->delivered (message, self->user_data);
}

static void
on_notice (IbDbusManager *manager, const char *account, const char *words, gpointer user_data)
{
    IbClient *self = user_data;
    if (self->events != NULL && self->events->notice != NULL)
        self->events->notice (account, words, self->user_data);
}

static void
on_polled (IbDbusManager *manager, GVariant *said, gpointer user_data)
{
    IbClient *self = user_data;
    if (self->events == NULL || self->events->polled == NULL)
        return;
    g_autoptr (IbHeardResult) result = ib_heard_result_read (said);
    self->events->polled (result, self->user_data);
}

static void
on_checked (IbDbusManager *manager, guint32 ticket, const char *account, GVariant *said, gpointer user_data)
{
    IbClient *self = user_data;
    if (ticket != self->ticket)
        return;
    if (--self->unchecked == 0)
        g_clear_handle_id (&self->pulse, g_source_remove);
    if (self->events == NULL || self->events->checked == NULL)
        return;
    g_autoptr (IbHeardResult) result = ib_heard_result_read (said);
    self->events->checked (result, self->user_data);
}

static void
on_account_changed (IbDbusManager *manager, const char *account, gpointer user_data)
{
    IbClient *self = user_data;
    if (self->events != NULL && self->events->account_changed != NULL)
        self->events->account_changed (account, self->user_data);
}

static void
on_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
    tell_gone (user_data, IB_CLIENT_ERROR_GONE);
}

static void
on_pulse (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    if (reply == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        tell_gone (user_data,
                   code_of (error) == IB_CLIENT_ERROR_SILENT ? IB_CLIENT_ERROR_SILENT : IB_CLIENT_ERROR_GONE);
}

static gboolean
feel_pulse (gpointer user_data)
{
    IbClient *self = user_data;
    g_dbus_connection_call (self->connection, self->owner, IB_BUS_PATH, "org.freedesktop.DBus.Peer", "Ping",
                            NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, PULSE_S * 1000, self->pulse_end,
                            on_pulse, self);
    return G_SOURCE_CONTINUE;
}

bool
ib_client_listen (IbClient *self, const IbClientEvents *events, gpointer user_data, GError **error)
{
    const struct {
        const char *signal;
        GCallback callback;
    } signals[] = {
        { "progress", G_CALLBACK (on_progress) },
        { "delivered", G_CALLBACK (on_delivered) },
        { "notice-for-terminal", G_CALLBACK (on_notice) },
        { "polled", G_CALLBACK (on_polled) },
        { "checked", G_CALLBACK (on_checked) },
        { "account-changed", G_CALLBACK (on_account_changed) },
    };
    GError *why = NULL;
    g_return_val_if_fail (self->manager == NULL, false);
    self->manager = ib_dbus_manager_proxy_new_sync (
        self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES | G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START,
        self->owner, IB_BUS_PATH, NULL, &why);
    if (self->manager == NULL)
        return fail (why, error);
    self->events = events;
    self->user_data = user_data;
    for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
        g_signal_connect (self->manager, signals[i].signal, signals[i].callback, self);
    self->watch = g_bus_watch_name_on_connection (
        self->connection, self->owner, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_vanished, self, NULL);
    self->pulse_end = g_cancellable_new ();
    return true;
}

bool
ib_client_check (IbClient *self, const char *const *accounts, char ***out_checked, GError **error)
{
    static const char *const all[] = { NULL };
    g_autoptr (GVariant) reply
        = ask (self, IB_BUS_PATH, IB_BUS_NAME, "Check",
               g_variant_new ("(^as)", accounts != NULL ? accounts : all), "(uas)", LONG_PATIENCE_MS, error);
    if (reply == NULL)
        return false;
    g_variant_get (reply, "(u^as)", &self->ticket, out_checked);
    self->unchecked = g_strv_length (*out_checked);
    if (self->unchecked > 0 && self->pulse == 0)
        self->pulse = g_timeout_add_seconds (PULSE_S, feel_pulse, self);
    return true;
}
