/* sasl.h - signing in, whatever the protocol around it
 *
 * A mechanism is a row: its name, what kind of secret it takes, and what it answers. Texts go in and out as base64, as
 * IMAP and POP3 carry them. Everything that holds the secret is an IbSecret. */
#pragma once

#include "account.h"
#include "secret.h"

typedef struct _IbSasl IbSasl;

/* Whether the server offers @mechanism ("PLAIN"). */
typedef bool (*IbSaslOffered) (const char *mechanism, gpointer user_data);

/* The best mechanism that we have and the server offers for this kind of secret; NULL if there is none. */
const char *ib_sasl_choose (IbAuth auth, IbSaslOffered is_offered, gpointer user_data);

/* @mechanism as ib_sasl_choose () gave it; @host and @port as the account has them. */
IbSasl *ib_sasl_new (const char *mechanism, const char *user, const IbSecret *secret, const char *host, guint16 port);
const char *ib_sasl_get_name (const IbSasl *self);

/* The first word, which is ours in all mechanisms here: base64, "" if it is empty. Returns: (transfer full) */
IbSecret *ib_sasl_begin (IbSasl *self, GError **error);
/* What to answer @challenge (base64, without the "+ "). G_IO_ERROR_INVALID_DATA: the server broke the mechanism's rules:
 * break off. Returns: (transfer full) (nullable) */
IbSecret *ib_sasl_answer (IbSasl *self, const char *challenge, GError **error);
/* Whether the server's OK may be believed: false if it still owes a proof. */
bool ib_sasl_is_proven (const IbSasl *self);
/* What a refused server said in its challenge (XOAUTH2's JSON), escaped; "" if nothing. */
const char *ib_sasl_get_refusal (const IbSasl *self);

void ib_sasl_free (IbSasl *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbSasl, ib_sasl_free)
