/* discovery.h - from an address to the servers that its mail may be fetched from
 *
 *     table by domain ─unknown─▶ MX, then table ┐
 *                                SRV            ├─nothing─▶ guesses ─▶ ranked candidates, each with its source
 *                                autoconfig     │
 *                                ISPDB if asked ┘
 *
 * All questions of a stage are asked at once, and no stage lasts longer than IB_DISCOVERY_STAGE_S. Who is in the table by
 * its domain causes no traffic at all. The address itself is told to the domain's own settings host only, the domain also
 * to DNS and, if it is asked, to the ISPDB. No password is ever sent. Asynchronous, on the caller's main context. */
#pragma once

#include "candidate.h"

#include <gio/gio.h>

#define IB_DISCOVERY_STAGE_S 12

typedef enum {
    IB_DISCOVERY_ERROR_ADDRESS, /* no address whose domain could be looked up */
} IbDiscoveryError;
#define IB_DISCOVERY_ERROR (ib_discovery_error_quark ())
GQuark ib_discovery_error_quark (void);

/* @providers must outlive the search. @asks_ispdb: a third party may learn the domain. */
void ib_discover (const char *address, const IbProviders *providers, bool asks_ispdb,
                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* Elements: IbCandidate, ranked; none is no error. Else ADDRESS, or G_IO_ERROR_CANCELLED. Returns: (transfer full)
 * (nullable) */
GPtrArray *ib_discover_finish (GAsyncResult *result, GError **error);
