/* keyring-watch.c - tells when the desktop's keyring was unlocked, or holds something else */
#include "keyring-watch.h"

#include <string.h>

#define SECRETS "org.freedesktop.secrets"
#define COLLECTION "org.freedesktop.Secret.Collection"
/* An unlocked keyring tells of itself and of each of its items. */
#define MOMENT_MS 200

struct _IbKeyringWatch {
    GDBusConnection *session;
    guint properties, items, owner; /* subscriptions */
    guint moment;                   /* the timer; 0: nothing was heard */
    void (*changed) (gpointer user_data);
    gpointer user_data;
};

static gboolean
on_moment_over (gpointer user_data)
{
    IbKeyringWatch *self = user_data;
    self->moment = 0;
    self->changed (self->user_data);
    return G_SOURCE_REMOVE;
}

static void
note (IbKeyringWatch *self)
{
    if (self->moment == 0)
        self->moment = g_timeout_add (MOMENT_MS, on_moment_over, self);
}

/* Locking is no news for anybody who waits. */
static void
on_properties (GDBusConnection *session, const char *sender, const char *path, const char *interface,
               const char *signal, GVariant *parameters, gpointer user_data)
{
    gboolean is_locked = TRUE;
    if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
        return;
    g_autoptr (GVariant) values = g_variant_get_child_value (parameters, 1);
    if (g_variant_lookup (values, "Locked", "b", &is_locked) && !is_locked)
        note (user_data);
}

static void
on_items (GDBusConnection *session, const char *sender, const char *path, const char *interface,
          const char *signal, GVariant *parameters, gpointer user_data)
{
    if (strcmp (signal, "ItemCreated") == 0 || strcmp (signal, "ItemChanged") == 0)
        note (user_data);
}

/* One came that was not there. */
static void
on_owner (GDBusConnection *session, const char *sender, const char *path, const char *interface,
          const char *signal, GVariant *parameters, gpointer user_data)
{
    const char *owner = NULL;
    if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sss)")))
        return;
    g_variant_get_child (parameters, 2, "&s", &owner);
    if (*owner != '\0')
        note (user_data);
}

IbKeyringWatch *
ib_keyring_watch_new (GDBusConnection *session, void (*changed) (gpointer user_data), gpointer user_data)
{
    IbKeyringWatch *self = g_new0 (IbKeyringWatch, 1);
    self->session = g_object_ref (session);
    self->changed = changed;
    self->user_data = user_data;
    self->properties = g_dbus_connection_signal_subscribe (
        session, SECRETS, "org.freedesktop.DBus.Properties", "PropertiesChanged", NULL, COLLECTION,
        G_DBUS_SIGNAL_FLAGS_NONE, on_properties, self, NULL);
    self->items = g_dbus_connection_signal_subscribe (session, SECRETS, COLLECTION, NULL, NULL, NULL,
                                                      G_DBUS_SIGNAL_FLAGS_NONE, on_items, self, NULL);
    self->owner = g_dbus_connection_signal_subscribe (session, "org.freedesktop.DBus", "org.freedesktop.DBus",
                                                      "NameOwnerChanged", "/org/freedesktop/DBus", SECRETS,
                                                      G_DBUS_SIGNAL_FLAGS_NONE, on_owner, self, NULL);
    return self;
}

void
ib_keyring_watch_free (IbKeyringWatch *self)
{
    if (self == NULL)
        return;
    g_dbus_connection_signal_unsubscribe (self->session, self->properties);
    g_dbus_connection_signal_unsubscribe (self->session, self->items);
    g_dbus_connection_signal_unsubscribe (self->session, self->owner);
    if (self->moment != 0)
        g_source_remove (self->moment);
    g_object_unref (self->session);
    g_free (self);
}
