/* sasl.h - signing in, whatever the protocol around it
 *
 * A mechanism is a row: its name, what kind of secret it takes, and what it answers. Texts go in and out as base64, as
 * IMAP and POP3 carry them. Everything that holds the secret is an IbSecret.
 *
 * A way may be left for the next one only if the server turned out not to have it: never once it has asked anything,
 * and never after an error from here. */
#pragma once

#include "account.h"
#include "secret.h"

/* Why to break off, and to speak no more on this connection. */
typedef enum {
    IB_SASL_ERROR_BROKEN,   /* the server broke the mechanism's rules */
    IB_SASL_ERROR_UNPROVEN, /* it should have shown that it knows the password, and has not */
} IbSaslError;
#define IB_SASL_ERROR (ib_sasl_error_quark ())
GQuark ib_sasl_error_quark (void);

typedef struct _IbSasl IbSasl;

/* Whether the server offers @mechanism ("PLAIN"). */
typedef bool (*IbSaslOffered) (const char *mechanism, gpointer user_data);

/* The mechanisms that we have and the server offers for this kind of secret, best first. Returns: (transfer container) */
GPtrArray *ib_sasl_list (IbAuth auth, IbSaslOffered is_offered, gpointer user_data);

/* @mechanism as ib_sasl_list () gave it; @host and @port as the account has them. */
IbSasl *ib_sasl_new (const char *mechanism, const char *user, const IbSecret *secret, const char *host, guint16 port);
const char *ib_sasl_get_name (const IbSasl *self);

/* Whether the first word waits for the server's prompt (LOGIN), and never goes inside the command. */
bool ib_sasl_is_prompted (const IbSasl *self);
/* Whether it is all said with the first word: a question behind it breaks the rules. */
bool ib_sasl_is_one_word (const IbSasl *self);
/* Our first word: base64, "" if it is empty. Returns: (transfer full) */
IbSecret *ib_sasl_begin (IbSasl *self, GError **error);
/* What to answer @challenge (base64, without the "+ "). Returns: (transfer full) (nullable) */
IbSecret *ib_sasl_answer (IbSasl *self, const char *challenge, GError **error);

/* Whether the server knows the mechanism, as a question of its own has shown. */
bool ib_sasl_was_asked (const IbSasl *self);
/* Whether the mechanism has the server prove something. */
bool ib_sasl_wants_proof (const IbSasl *self);
/* Whether the server's OK may be believed: false if it still owes a proof. */
bool ib_sasl_is_proven (const IbSasl *self);
/* Why a server refused, as its challenge has it: XOAUTH2's status, SCRAM's error; escaped; "" if it did not say. */
const char *ib_sasl_get_refusal (const IbSasl *self);

void ib_sasl_free (IbSasl *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbSasl, ib_sasl_free)
