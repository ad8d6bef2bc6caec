/* scram.h - SCRAM-SHA-256 (RFC 5802, RFC 7677), the client's part, without channel binding
 *
 *     first ─▶ server-first ─▶ final, with our proof ─▶ server-final, with the server's ─▶ proven
 *
 * Neither side learns the other's secret: the server sees that we know the password, and we that it knows what was made
 * of it. Messages are in plain; whoever carries them makes base64 of them. */
#pragma once

#include "secret.h"

/* Too few rounds and what we send could be used to guess the password (RFC 7677, 4: at least 4096); more than these
 * keep a processor busy for longer than a sign-in is worth. */
#define IB_SCRAM_FEWEST_ROUNDS 4096
#define IB_SCRAM_MOST_ROUNDS 1000000

typedef struct _IbScram IbScram;

/* @nonce NULL: a fresh one. NULL if there are no random numbers to be had. Returns: (transfer full) (nullable) */
IbScram *ib_scram_new (const char *user, const IbSecret *password, const char *nonce);

/* Client-first; the same each time. Returns: (transfer full) */
char *ib_scram_begin (const IbScram *self);
/* Client-final for a server-first; "" for a server-final that proves or refuses. IB_SASL_ERROR_UNPROVEN for anything
 * else. Returns: (transfer full) (nullable) */
char *ib_scram_answer (IbScram *self, const char *challenge, GError **error);
/* Whether the server has shown that it knows the password. */
bool ib_scram_is_proven (const IbScram *self);
/* The reason in a server-final that refuses, "invalid-proof"; "" if none came. */
const char *ib_scram_get_refusal (const IbScram *self);

void ib_scram_free (IbScram *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbScram, ib_scram_free)
