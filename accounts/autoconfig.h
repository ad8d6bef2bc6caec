/* autoconfig.h - a provider's settings file, as read (draft-ietf-mailmaint-autoconfig)
 *
 *     <clientConfig><emailProvider><incomingServer type="imap"><hostname>… ─▶ candidates
 *
 * Pure; the bytes are hostile. No DTD, no entity but XML's own five, nothing is loaded. What is unknown is passed over, and
 * a server that is broken, or takes no encryption or no way to sign in that we have, is left out: the others stand. */
#pragma once

#include "candidate.h"

typedef enum {
    IB_AUTOCONFIG_ERROR_INVALID, /* no such file, whatever it is */
} IbAutoconfigError;
#define IB_AUTOCONFIG_ERROR (ib_autoconfig_error_quark ())
GQuark ib_autoconfig_error_quark (void);

/* A settings file is a few kB. */
#define IB_AUTOCONFIG_BYTES (64 * 1024)

/* For @address, as @source says at @url. In the file's order, to be ranked. Returns: (transfer full) (nullable) */
GPtrArray *ib_autoconfig_parse (const char *text, gsize length, const char *address, IbCandidateSource source,
                                const char *url, GError **error);
