/* trust.h - whose certificates we believe
 *
 * Loaded before a worker locks itself in, and good for one handshake: once that is done, the authorities are dropped
 * again, since they are most of what an idle session would hold in memory. */
#pragma once

#include "secret.h"

#include <gio/gio.h>
#include <stdbool.h>

typedef struct _IbTrust IbTrust;

/* @ca_file (PEM) adds to the system's bundle; "" for none. @fingerprint pins the leaf (64 hex digits of SHA-256): then
 * chain and name are not looked at; "" for none. Also brings up all of OpenSSL that would open files later.
 * Returns: (transfer full) (nullable) */
IbTrust *ib_trust_new (const char *ca_file, const char *fingerprint, GError **error);
void ib_trust_free (IbTrust *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTrust, ib_trust_free)

/* What an earlier session left, so that the handshake may be a short one; @ticket is only looked at, and only used if it
 * is for the same host under the same trust. Before ib_trust_new_ssl (). */
void ib_trust_offer (IbTrust *self, const IbSecret *ticket);
/* What a later session may be offered, as the server has handed it out by now. Returns: (transfer full) (nullable) */
IbSecret *ib_trust_get_ticket (const IbTrust *self);

/* --- for tls.c ---------------------------------------------------------------------------------------------- */

/* An SSL that will accept what is trusted for @host (a name or an address) and nothing else. Keeps a pointer to @self.
 * NULL: no memory, or a host that no certificate can be for. */
struct ssl_st *ib_trust_new_ssl (IbTrust *self, const char *host);
/* After the handshake: the pin, if there is one. Drops the authorities. */
bool ib_trust_accepts (IbTrust *self, struct ssl_st *ssl);
/* Why a certificate was refused, and what to do about it; NULL if none was. */
const char *ib_trust_get_refusal (const IbTrust *self);
