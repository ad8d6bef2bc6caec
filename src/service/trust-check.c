/* trust-check.c - is it wise to believe this one? */
#include "trust-check.h"

#include <string.h>

/* Prefix lengths below which a network is everybody's, and below which it is too wide for one person's servers. */
#define IPV4_EVERYBODY 8
#define IPV4_WIDE 20
#define IPV6_EVERYBODY 16
#define IPV6_WIDE 48

/* Of one family and no route to the Internet: a home's or a company's own. */
static bool
is_private (GInetAddress *address, guint length)
{
    const guint8 *bytes = g_inet_address_to_bytes (address);
    if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
        return length >= IPV4_EVERYBODY
               && (g_inet_address_get_is_site_local (address) || g_inet_address_get_is_loopback (address)
                   || g_inet_address_get_is_link_local (address));
    return (length >= 7 && (bytes[0] & 0xfe) == 0xfc)
           || (length >= 10 && g_inet_address_get_is_link_local (address));
}

static IbRelayFault
fault_of_network (GInetAddressMask *network)
{
    GInetAddress *address = g_inet_address_mask_get_address (network);
    guint length = g_inet_address_mask_get_length (network);
    bool is_ipv4 = g_inet_address_mask_get_family (network) == G_SOCKET_FAMILY_IPV4;
    if (is_private (address, length))
        return IB_RELAY_SOUND;
    if (length < (is_ipv4 ? IPV4_EVERYBODY : IPV6_EVERYBODY))
        return IB_RELAY_EVERYBODY;
    return length < (is_ipv4 ? IPV4_WIDE : IPV6_WIDE) ? IB_RELAY_WIDE : IB_RELAY_SOUND;
}

static bool
do_overlap (GInetAddressMask *one, GInetAddressMask *other)
{
    if (g_inet_address_mask_get_family (one) != g_inet_address_mask_get_family (other))
        return false;
    return g_inet_address_mask_matches (one, g_inet_address_mask_get_address (other))
           || g_inet_address_mask_matches (other, g_inet_address_mask_get_address (one));
}

/* "relay.example.org" is ".example.org"'s, as is "example.org"; ".org" holds it. */
static bool
are_akin (const char *relay, const char *host)
{
    if (*host != '.' || *relay == '\0')
        return g_ascii_strcasecmp (relay, host) == 0;
    gsize relay_length = strlen (relay), host_length = strlen (host);
    if (relay_length >= host_length)
        return g_ascii_strcasecmp (relay + relay_length - host_length, host) == 0;
    return g_ascii_strcasecmp (relay, host + 1) == 0
           || (*relay == '.' && g_ascii_strcasecmp (host + host_length - relay_length, relay) == 0);
}

/* @network: @relay as one; NULL if it is a name. */
static bool
is_of (const IbProvider *provider, const char *relay, GInetAddressMask *network)
{
    for (gsize i = 0; provider->path != NULL && provider->path[i] != NULL; i++) {
        g_autoptr (GInetAddressMask) hosts = g_inet_address_mask_new_from_string (provider->path[i], NULL);
        if (hosts != NULL && network != NULL
                ? do_overlap (hosts, network)
                : hosts == NULL && network == NULL && are_akin (relay, provider->path[i]))
            return true;
    }
    return false;
}

IbRelayFault
ib_trust_check_relay (const char *relay, const IbProviders *providers, const IbProvider **out_provider)
{
    g_autoptr (GInetAddressMask) network = g_inet_address_mask_new_from_string (relay, NULL);
    IbRelayFault fault = network != NULL ? fault_of_network (network) : IB_RELAY_SOUND;
    if (network == NULL && *relay == '.' && strchr (relay + 1, '.') == NULL)
        fault = IB_RELAY_EVERYBODY; /* ".org" */
    if (fault != IB_RELAY_SOUND)
        return fault;
    const GPtrArray *all = ib_providers_all (providers);
    for (guint i = 0; i < all->len; i++) {
        if (!is_of (all->pdata[i], relay, network))
            continue;
        if (out_provider != NULL)
            *out_provider = all->pdata[i];
        return IB_RELAY_PROVIDER;
    }
    return IB_RELAY_SOUND;
}

bool
ib_trust_check_is_host (const char *authserv_id)
{
    const char *dot = strchr (authserv_id, '.');
    return dot != NULL && dot != authserv_id && dot[1] != '\0' && !g_hostname_is_ip_address (authserv_id);
}
