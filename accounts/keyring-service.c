/* keyring-service.c - the desktop's Secret Service, as long as it is the same one */
#include "keyring-service.h"
#include "desktop-bus.h"
#include "keyring-interface.h"

#include <stdbool.h>

/* SecretService's constructor has every one on the bus that GLib shares, even if it is given another: it is passed over. */
typedef struct {
    SecretService parent;
} OwnService;
typedef struct {
    SecretServiceClass parent;
} OwnServiceClass;
static GType own_service_get_type (void);
G_DEFINE_TYPE (OwnService, own_service, SECRET_TYPE_SERVICE)

static void
own_service_class_init (OwnServiceClass *class)
{
    const GObjectClass *proxy = g_type_class_peek (G_TYPE_DBUS_PROXY);
    G_OBJECT_CLASS (class)->constructor = proxy->constructor;
}

static void
own_service_init (OwnService *self)
{
}

static GMutex turn;
static SecretService *known; /* NULL: none was needed yet */
static char *known_as;       /* its name among the bus's connections */

/* A session with one is none with its successor. Under the lock. */
static bool
is_same_as_ever (void)
{
    GDBusProxy *proxy = G_DBUS_PROXY (known);
    g_autofree char *owner = g_dbus_proxy_get_name_owner (proxy);
    return g_strcmp0 (owner, known_as) == 0
           && !g_dbus_connection_is_closed (g_dbus_proxy_get_connection (proxy));
}

/* Returns: (transfer full) (nullable) */
static SecretService *
take_known (void)
{
    g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&turn);
    if (known != NULL && !is_same_as_ever ())
        g_clear_object (&known);
    return known != NULL ? g_object_ref (known) : NULL;
}

static void
keep (SecretService *service)
{
    g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&turn);
    g_set_object (&known, service);
    g_free (known_as);
    known_as = g_dbus_proxy_get_name_owner (G_DBUS_PROXY (service));
}

static SecretService *
ask_for (SecretServiceFlags flags, GCancellable *cancellable, GError **why)
{
    g_autoptr (GDBusConnection) bus = ib_desktop_bus (cancellable, why);
    if (bus == NULL)
        return NULL;
    SecretService *service = g_initable_new (
        own_service_get_type (), cancellable, why, "g-connection", bus, "g-flags", G_DBUS_PROXY_FLAGS_NONE,
        "g-interface-info", ib_keyring_interface ("org.freedesktop.Secret.Service"), "g-name",
        "org.freedesktop.secrets", "g-object-path", "/org/freedesktop/secrets", "g-interface-name",
        "org.freedesktop.Secret.Service", "flags", flags, NULL);
    if (service != NULL)
        keep (service);
    return service;
}

SecretService *
ib_keyring_service (SecretServiceFlags flags, GCancellable *cancellable, GError **why)
{
    g_autoptr (SecretService) service = take_known ();
    if (service == NULL)
        return ask_for (flags, cancellable, why);
    if ((flags & SECRET_SERVICE_OPEN_SESSION) != 0
        && !secret_service_ensure_session_sync (service, cancellable, why))
        return NULL;
    return g_steal_pointer (&service);
}

void
ib_keyring_service_forget (void)
{
    g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&turn);
    g_clear_object (&known);
}
