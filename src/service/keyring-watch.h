/* keyring-watch.h - tells when the desktop's keyring was unlocked, or holds something else
 *
 * By what the Secret Service says on the session bus, whoever it is (org.freedesktop.secrets). It is never started, unlocked or
 * asked. */
#pragma once

#include <gio/gio.h>

typedef struct _IbKeyringWatch IbKeyringWatch;

/* @changed on the thread-default main context, several news within a moment as one. */
IbKeyringWatch *ib_keyring_watch_new (GDBusConnection *session, void (*changed) (gpointer user_data),
                                      gpointer user_data);
void ib_keyring_watch_free (IbKeyringWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbKeyringWatch, ib_keyring_watch_free)
