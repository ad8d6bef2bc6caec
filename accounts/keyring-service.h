/* keyring-service.h - the desktop's Secret Service, as long as it is the same one
 *
 * In place of secret_service_get_sync (), which keeps to the bus that there was at first. */
#pragma once

#include <libsecret/secret.h>

/* That which is there, started if there is none; asked again after it, or its bus, was replaced by another. @flags: NONE, or OPEN_SESSION.
 * Returns: (transfer full) (nullable) */
SecretService *ib_keyring_service (SecretServiceFlags flags, GCancellable *cancellable, GError **why);
/* It does not know what it had told: whoever asks next begins anew with it. */
void ib_keyring_service_forget (void);
