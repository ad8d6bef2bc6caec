/* tokens.h - what an account signs in with, fresh
 *
 *     password, or a command's token ─────────────────────────────────────────────────▶ as it is
 *     refresh token ─▶ still good? ─no─▶ lock ─▶ refresh ─▶ new refresh token kept ─▶ access token
 *
 * An access token stays in memory, and is renewed before it expires: by how long it was said to last, on a clock that runs
 * on in sleep and that nobody sets. A new refresh token is kept where the old one was before the access token is handed
 * out, since the old one may be void by now, and using it again may end the whole grant; while it cannot be kept (a locked
 * keyring) it is held in memory, kept as soon as that works, and nothing is refreshed before. One process at a time renews
 * an account's tokens. A refresh token that the provider refused is not shown to it again; a provider that is out of order
 * is left in peace for a while. */
#pragma once

#include "account.h"
#include "oauth2.h"
#include "paths.h"
#include "secret.h"

typedef struct _IbTokens IbTokens;

/* @paths must outlive it. */
IbTokens *ib_tokens_new (const IbPaths *paths);
/* The same with another clock: microseconds since whenever. */
IbTokens *ib_tokens_new_with_clock (const IbPaths *paths, gint64 (*now_us) (void));

/* For @account, which is copied: a secret to show to its mail server. Errors are IB_FETCH_ERROR's (SIGN_IN, BUSY, OFFLINE,
 * KEYRING, UNSAFE), and about to be told to the user; or G_IO_ERROR_CANCELLED. A renewal that has begun goes on after
 * cancelling. */
void ib_tokens_obtain (IbTokens *self, const IbAccount *account, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) (nullable) */
IbSecret *ib_tokens_obtain_finish (GAsyncResult *result, GError **error);
/* The mail server refused what @account showed. Whether another try may do: the next one to obtain gets a new token. */
bool ib_tokens_refused (IbTokens *self, const IbAccount *account);

/* Keeps what the user gave, a password or the refresh token of a new consent, where @account's secret= says, which may ask
 * for the keyring to be unlocked; not while another process renews the token before it. Blocks. Errors are
 * IB_CREDENTIAL_ERROR's, or IB_FETCH_ERROR's. */
bool ib_tokens_keep (const IbPaths *paths, const IbAccount *account, const IbSecret *secret, GError **error);
/* The same with another limit: so long the other process is waited for. */
bool ib_tokens_keep_within (const IbPaths *paths, const IbAccount *account, const IbSecret *secret,
                            guint limit_ms, GError **error);

/* The client as which Inbasket comes for @account's tokens, by what this home and this copy know. @needs_id: an error of
 * IB_OAUTH2_ERROR names the ways that are open if it has no id, or no place to go to. Returns: (transfer full)
 * (nullable) */
IbOAuth2Client *ib_tokens_find_client (const IbPaths *paths, const IbAccount *account, bool needs_id,
                                       GError **error);

/* Waits for renewals that have begun: a token that comes back to nobody is a grant lost. */
void ib_tokens_free (IbTokens *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTokens, ib_tokens_free)
