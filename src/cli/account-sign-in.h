/* account-sign-in.h - signing in to an account in a browser, from the terminal */
#pragma once

#include "account-shared.h"
#include "secret.h"

/* Shows the link (or, @is_by_code, a code and where to type it), opens a browser where there is a desktop, and waits for the
 * answer, or for its address pasted on standard input. *out_token (transfer full) is the refresh token. What was learned of
 * the provider on the way, and must stand in the account for the token to be of use, is added to @keys: names and values by
 * turns. Whatever failed was said. */
IbExit ib_account_sign_in (const IbCli *cli, const IbAccount *account, bool is_by_code, GPtrArray *keys,
                           IbSecret **out_token);
