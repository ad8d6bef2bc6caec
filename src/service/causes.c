/* causes.c - the ways round a server's filter that a message took */
#include "causes.h"

#include <string.h>

bool
ib_causes_is_foreign (const IbConfig *config, const char *address)
{
    g_auto (GStrv) own = ib_config_own_addresses (config);
    g_autofree char *bare = ib_config_without_detail (address);
    const char *const *known = (const char *const *) own;
    return *address != '\0' && !g_strv_contains (known, address) && !g_strv_contains (known, bare);
}

guint
ib_causes_of (const IbConfig *config, const IbAccount *account, const char *recipient, const char *relay,
              const char *mx, const char *server_filter)
{
    guint causes = 0;
    if ((account != NULL && !ib_config_is_protected (config, account))
        || ib_causes_is_foreign (config, recipient))
        causes |= IB_CAUSE_UNPROTECTED;
    if (account != NULL && *server_filter == '\0')
        causes |= IB_CAUSE_REMOTE;
    if (*relay != '\0')
        causes |= IB_CAUSE_RELAY;
    if (strcmp (mx, "beside") == 0)
        causes |= IB_CAUSE_BESIDE_MX;
    return causes;
}

guint
ib_causes_find (const IbConfig *config, const IbAccount *account, const IbSignals *signals)
{
    return ib_causes_of (config, account, signals->recipient, signals->relay, signals->mx,
                         signals->server_filter);
}

const char *
ib_cause_name (IbCause cause)
{
    switch (cause) {
    case IB_CAUSE_UNPROTECTED:
        return "unprotected";
    case IB_CAUSE_REMOTE:
        return "no-server-filter";
    case IB_CAUSE_RELAY:
        return "relay";
    case IB_CAUSE_BESIDE_MX:
        return "beside-mx";
    }
    g_assert_not_reached ();
}
