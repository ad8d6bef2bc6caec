/* keyring-lock.c - what is locked in a keyring, and opening it */
#include "keyring-lock.h"
#include "keyring-trouble.h"

#include <string.h>

bool
ib_keyring_lock_is_shut (GDBusProxy *object)
{
    g_autoptr (GVariant) locked = g_dbus_proxy_get_cached_property (object, "Locked");
    return locked == NULL || !g_variant_is_of_type (locked, G_VARIANT_TYPE_BOOLEAN)
           || g_variant_get_boolean (locked);
}

char *
ib_keyring_lock_path (SecretService *service, SecretItem *item, GCancellable *cancellable)
{
    if (item != NULL)
        return ib_keyring_lock_is_shut (G_DBUS_PROXY (item))
                   ? g_strdup (g_dbus_proxy_get_object_path (G_DBUS_PROXY (item)))
                   : NULL;
    g_autoptr (SecretCollection) collection = secret_collection_for_alias_sync (
        service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, cancellable, NULL);
    return collection != NULL && ib_keyring_lock_is_shut (G_DBUS_PROXY (collection))
               ? g_strdup (g_dbus_proxy_get_object_path (G_DBUS_PROXY (collection)))
               : NULL;
}

/* Whether the object of @interface at @path says that it is, or is not, locked by now. */
static bool
says_locked (GDBusProxy *proxy, const char *path, const char *interface, bool is_locked,
             GCancellable *cancellable)
{
    g_autoptr (GVariant) value = NULL;
    g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
        g_dbus_proxy_get_connection (proxy), g_dbus_proxy_get_name (proxy), path,
        "org.freedesktop.DBus.Properties", "Get", g_variant_new ("(ss)", interface, "Locked"),
        G_VARIANT_TYPE ("(v)"), G_DBUS_CALL_FLAGS_NONE, -1, cancellable, NULL);
    if (answer == NULL)
        return false;
    g_variant_get (answer, "(v)", &value);
    return g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) && g_variant_get_boolean (value) == is_locked;
}

/* An item's path begins with that of its keyring. One that is just being opened is asked first. */
bool
ib_keyring_lock_is_withheld (SecretItem *item, GCancellable *cancellable)
{
    GDBusProxy *proxy = G_DBUS_PROXY (item);
    const char *path = g_dbus_proxy_get_object_path (proxy);
    g_autofree char *keyring = g_path_get_dirname (path);
    return says_locked (proxy, keyring, "org.freedesktop.Secret.Collection", false, cancellable)
           && says_locked (proxy, path, "org.freedesktop.Secret.Item", true, cancellable);
}

/* A keyring with an empty password is locked, too, until somebody asks; then it opens by itself. Any other answers with a
 * prompt, which appears only if it is told to: it is dismissed instead. */
bool
ib_keyring_lock_open_quietly (SecretService *service, const char *path, GCancellable *cancellable)
{
    GDBusProxy *proxy = G_DBUS_PROXY (service);
    const char *const paths[] = { path, NULL };
    const char *prompt = NULL;
    g_autoptr (GVariant) opened = NULL;
    g_autoptr (GVariant) answer = g_dbus_proxy_call_sync (proxy, "Unlock", g_variant_new ("(^ao)", paths),
                                                          G_DBUS_CALL_FLAGS_NONE, -1, cancellable, NULL);
    if (answer == NULL || !g_variant_is_of_type (answer, G_VARIANT_TYPE ("(aoo)")))
        return false;
    g_variant_get (answer, "(@ao&o)", &opened, &prompt);
    if (strcmp (prompt, "/") == 0)
        return g_variant_n_children (opened) > 0;
    g_autoptr (GVariant) dismissed
        = g_dbus_connection_call_sync (g_dbus_proxy_get_connection (proxy), g_dbus_proxy_get_name (proxy),
                                       prompt, "org.freedesktop.Secret.Prompt", "Dismiss", NULL, NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, cancellable, NULL);
    return false; /* whether it is gone or not: nobody will see it */
}

bool
ib_keyring_lock_open (SecretService *service, GList *items, GCancellable *cancellable, GError **why)
{
    GError *trouble = NULL;
    if (secret_service_unlock_sync (service, items, cancellable, NULL, &trouble) > 0)
        return true;
    if (trouble == NULL)
        ib_keyring_trouble_set_locked (&trouble);
    g_propagate_error (why, trouble);
    return false;
}

bool
ib_keyring_lock_open_default (SecretService *service, GCancellable *cancellable, GError **why)
{
    g_autoptr (SecretCollection) collection = secret_collection_for_alias_sync (
        service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, cancellable, why);
    if (*why != NULL)
        return false;
    if (collection == NULL || !ib_keyring_lock_is_shut (G_DBUS_PROXY (collection)))
        return true;
    GList objects = { .data = collection };
    return ib_keyring_lock_open (service, &objects, cancellable, why);
}
