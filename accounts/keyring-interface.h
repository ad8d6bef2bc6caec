/* keyring-interface.h - what a Secret Service answers with
 *
 * libsecret takes its answers apart unseen. Who is given these looks at them first: any other answer is an error. For
 * credential-keyring.c's parts. */
#pragma once

#include <gio/gio.h>

/* Those of its methods that are called: of "org.freedesktop.Secret.Service", "org.freedesktop.Secret.Item". */
GDBusInterfaceInfo *ib_keyring_interface (const char *name);
