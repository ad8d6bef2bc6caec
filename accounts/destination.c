/* destination.c - where an account's secret goes, and how safely */
#include "destination.h"
#include "account-file.h"
#include "dns-name.h"

#include <string.h>

static const char *const keys[] = {
    "account.protocol",
    "account.security",
    "account.allow-plaintext",
    "account.ca-file",
    "account.fingerprint",
    "account.auth",
    "account.provider",
    "account.oauth2-client-id",
    "account.oauth2-client-secret",
    "account.oauth2-auth-url",
    "account.oauth2-token-url",
    "account.oauth2-device-url",
    "account.oauth2-scope",
};

static bool
is_same (const char *key, const IbAccount *now, const IbAccount *then)
{
    g_autofree char *before = ib_account_get_text (now, key);
    g_autofree char *after = ib_account_get_text (then, key);
    return strcmp (before, after) == 0;
}

const char *
ib_destination_changed_key (const IbAccount *now, const IbAccount *then)
{
    g_autofree char *before = ib_destination_server (now);
    g_autofree char *after = ib_destination_server (then);
    if (strcmp (before, after) != 0)
        return "account.host";
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
        if (!is_same (keys[i], now, then))
            return keys[i];
    /* Last: without a number it follows from the others. */
    return ib_account_port (now) != ib_account_port (then) ? "account.port" : NULL;
}

char *
ib_destination_server (const IbAccount *account)
{
    char *server = ib_dns_name (account->host);
    if (server == NULL) /* nor will anybody find it */
        server = g_ascii_strdown (account->host, -1);
    if (g_str_has_suffix (server, "."))
        server[strlen (server) - 1] = '\0';
    return server;
}
