/* ticket.h - a TLS session that a later one may resume
 *
 * Whoever holds it can speak as this client did and be believed as that server was, so it is a secret, and is good only
 * for whom it was made: the same host under the same trust. A resumed session is not verified anew: so none outlives
 * the certificate that was verified, nor IB_LIMIT_TICKET_S. For trust.c. */
#pragma once

#include "crypto.h"
#include "secret.h"

struct ssl_session_st;

/* What a ticket is bound to, and since when its server counts as verified. */
typedef struct {
    guint8 trust[IB_SHA256_BYTES];
    gint64 verified_at_s; /* in a full handshake; clock time */
} IbTicketBinding;

/* NULL: it is nothing that could be resumed. Returns: (transfer full) (nullable) */
IbSecret *ib_ticket_seal (struct ssl_session_st *session, const IbTicketBinding *binding);
/* NULL: it is for somebody else, or too old at @now_s, or damaged. *out_verified_at_s comes out of it.
 * Returns: (transfer full) (nullable) */
struct ssl_session_st *ib_ticket_open (const IbSecret *ticket, const guint8 trust[IB_SHA256_BYTES], gint64 now_s,
                                       gint64 *out_verified_at_s);
