/* keyring-interface.c - what a Secret Service answers with */
#include "keyring-interface.h"

#define IN(type) "<arg type='" type "' direction='in'/>"
#define OUT(type) "<arg type='" type "' direction='out'/>"

/* clang-format off */
static const char xml[] =
    "<node>"
    "<interface name='org.freedesktop.Secret.Service'>"
    "<method name='OpenSession'>" IN ("s") IN ("v") OUT ("v") OUT ("o") "</method>"
    "<method name='CreateCollection'>" IN ("a{sv}") IN ("s") OUT ("o") OUT ("o") "</method>"
    "<method name='SearchItems'>" IN ("a{ss}") OUT ("ao") OUT ("ao") "</method>"
    "<method name='Unlock'>" IN ("ao") OUT ("ao") OUT ("o") "</method>"
    "<method name='ReadAlias'>" IN ("s") OUT ("o") "</method>"
    "</interface>"
    "<interface name='org.freedesktop.Secret.Item'>"
    "<method name='GetSecret'>" IN ("o") OUT ("(oayays)") "</method>"
    "<method name='SetSecret'>" IN ("(oayays)") "</method>"
    "</interface>"
    "</node>";
/* clang-format on */

GDBusInterfaceInfo *
ib_keyring_interface (const char *name)
{
    static GDBusNodeInfo *known;
    if (g_once_init_enter (&known)) {
        g_autoptr (GError) error = NULL;
        GDBusNodeInfo *read = g_dbus_node_info_new_for_xml (xml, &error);
        g_assert_no_error (error);
        g_once_init_leave (&known, read);
    }
    return g_dbus_node_info_lookup_interface (known, name);
}
