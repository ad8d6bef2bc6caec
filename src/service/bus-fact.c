/* bus-fact.c - a yes or no that a service on D-Bus keeps telling */
#include "bus-fact.h"

#define PROPERTIES "org.freedesktop.DBus.Properties"

struct _IbBusFact {
    GDBusConnection *bus;
    char *name, *path, *interface, *property;
    GCancellable *cancellable;
    guint watch, subscription;
    bool is_true, is_known;
    void (*changed) (gpointer user_data);
    gpointer user_data;
};

static void
set (IbBusFact *self, bool is_known, bool is_true)
{
    if (is_known == self->is_known && is_true == self->is_true)
        return;
    self->is_known = is_known;
    self->is_true = is_true;
    self->changed (self->user_data);
}

/* A property that changed without saying to what, or a service that has just come. */
static void ask (IbBusFact *self);

/* (sa{sv}as): the interface is the match rule's */
static void
on_properties (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
               const char *signal, GVariant *parameters, gpointer data)
{
    IbBusFact *self = data;
    if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
        return;
    g_autoptr (GVariant) changed = g_variant_get_child_value (parameters, 1);
    g_autoptr (GVariant) invalidated = g_variant_get_child_value (parameters, 2);
    g_autofree const char **names = g_variant_get_strv (invalidated, NULL);
    gboolean is_true;
    if (g_variant_lookup (changed, self->property, "b", &is_true))
        set (self, true, is_true);
    else if (g_strv_contains (names, self->property))
        ask (self);
}

static void
on_active (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
           const char *signal, GVariant *parameters, gpointer data)
{
    if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
        return;
    gboolean is_true;
    g_variant_get (parameters, "(b)", &is_true);
    set (data, true, is_true);
}

/* "(v)" or "(b)". One that does not know says nothing. */
static void
on_answered (GObject *bus, GAsyncResult *result, gpointer data)
{
    IbBusFact *self = data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) /* it is gone */
        return;
    g_autoptr (GVariant) value = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
    g_autoptr (GVariant) inner
        = self->property != NULL && value != NULL ? g_variant_get_variant (value) : NULL;
    GVariant *fact = self->property != NULL ? inner : value;
    set (self, true,
         fact != NULL && g_variant_is_of_type (fact, G_VARIANT_TYPE_BOOLEAN) && g_variant_get_boolean (fact));
}

static void
ask (IbBusFact *self)
{
    if (self->property != NULL)
        g_dbus_connection_call (self->bus, self->name, self->path, PROPERTIES, "Get",
                                g_variant_new ("(ss)", self->interface, self->property),
                                G_VARIANT_TYPE ("(v)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                                self->cancellable, on_answered, self);
    else
        g_dbus_connection_call (self->bus, self->name, self->path, self->interface, "GetActive", NULL,
                                G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                                self->cancellable, on_answered, self);
    set (self, false, self->is_true);
}

static void
on_came (GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
    ask (data);
}

static void
on_went (GDBusConnection *bus, const char *name, gpointer data)
{
    set (data, true, false);
}

IbBusFact *
ib_bus_fact_new (GDBusConnection *bus, const IbBusFactSource *source, void (*changed) (gpointer user_data),
                 gpointer user_data)
{
    IbBusFact *self = g_new0 (IbBusFact, 1);
    *self = (IbBusFact){ .bus = g_object_ref (bus),
                         .name = g_strdup (source->name),
                         .path = g_strdup (source->path),
                         .interface = g_strdup (source->interface),
                         .property = g_strdup (source->property),
                         .cancellable = g_cancellable_new (),
                         .changed = changed,
                         .user_data = user_data };
    bool has_property = source->property != NULL;
    self->subscription = g_dbus_connection_signal_subscribe (
        bus, self->name, has_property ? PROPERTIES : self->interface,
        has_property ? "PropertiesChanged" : "ActiveChanged", self->path,
        has_property ? self->interface : NULL, G_DBUS_SIGNAL_FLAGS_NONE,
        has_property ? on_properties : on_active, self, NULL);
    self->watch = g_bus_watch_name_on_connection (bus, self->name, G_BUS_NAME_WATCHER_FLAGS_NONE, on_came,
                                                  on_went, self, NULL);
    return self;
}

bool
ib_bus_fact_is_true (const IbBusFact *self)
{
    return self->is_true;
}

bool
ib_bus_fact_is_known (const IbBusFact *self)
{
    return self->is_known;
}

void
ib_bus_fact_free (IbBusFact *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->cancellable);
    g_bus_unwatch_name (self->watch);
    g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
    g_object_unref (self->cancellable);
    g_object_unref (self->bus);
    g_free (self->name);
    g_free (self->path);
    g_free (self->interface);
    g_free (self->property);
    g_free (self);
}
