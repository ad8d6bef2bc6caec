/* trust-check.h - is it wise to believe this one? Pure */
#pragma once

#include "provider.h"

typedef enum {
    IB_RELAY_SOUND,
    IB_RELAY_EVERYBODY, /* a good part of the Internet */
    IB_RELAY_WIDE,      /* more hosts than anybody has mail servers */
    IB_RELAY_PROVIDER,  /* a provider's, which takes mail from everybody */
} IbRelayFault;

/* @relay: an entry of relays=. *out_provider (nullable): for PROVIDER, whose it is. */
IbRelayFault ib_trust_check_relay (const char *relay, const IbProviders *providers,
                                   const IbProvider **out_provider);
/* Whether an entry of authserv-ids= is the name of a host, as a server would call itself among all others. */
bool ib_trust_check_is_host (const char *authserv_id);
