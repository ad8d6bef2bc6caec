/* settings-url.h - a provider's settings file, as fetched
 *
 * Over https only, from whoever the certificate names; at most IB_AUTOCONFIG_BYTES; a few redirects, none of which leaves
 * https. Asynchronous, on the caller's main context. */
#pragma once

#include <gio/gio.h>

/* What every question of one search shares: no cookies, no signing in, nothing stored. */
typedef struct _SoupSession IbSettingsClient;
IbSettingsClient *ib_settings_client_new (void);

void ib_settings_url_fetch (IbSettingsClient *client, const char *url, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
/* G_IO_ERROR_NOT_FOUND: the server has no such file. *out_url: where it was found in the end. Returns: (transfer full)
 * (nullable) */
GBytes *ib_settings_url_fetch_finish (GAsyncResult *result, char **out_url, GError **error);
