/* oauth2-clients.h - the client ids that this copy has, and the doors that they open
 *
 * A provider lets in programs that it knows by a client id. None comes with the sources: whoever builds a copy may put
 * ids into it (-Doauth2_clients=gmail:ID:SECRET), a distribution or a user adds files oauth-clients.d/NAME.conf:
 *
 *     [gmail]                                  a provider's name in the table, or its oauth2-issuer
 *     client-id=…
 *     client-secret=…                          if it hands out one
 *     redirect=http://127.0.0.1/               as it was registered
 *     issuer= auth-url= token-url= device-url= scope=     where the table does not say, or says other than you want
 *
 * A later file's group takes the place of an earlier one's; an account's own keys go before all. */
#pragma once

#include "account.h"
#include "oauth2.h"
#include "provider.h"

typedef struct _IbOAuth2Clients IbOAuth2Clients;

/* Reads the files *.conf of @folders (ends with NULL), in the order of their names. A folder that is not there holds none.
 * CLIENT: a file is wrong; the error names file and group. */
IbOAuth2Clients *ib_oauth2_clients_load (const char *const *folders, GError **error);
void ib_oauth2_clients_free (IbOAuth2Clients *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbOAuth2Clients, ib_oauth2_clients_free)

/* All that is known for @account with @provider (nullable): its keys, the files, what was built in, the table. What is not
 * known is ""; a client without an id may still be registered, if its issuer is known (consent.h). Returns:
 * (transfer full) */
IbOAuth2Client *ib_oauth2_clients_find (const IbOAuth2Clients *self, const IbProvider *provider,
                                        const IbAccount *account);

/* A way to sign in, and whether it is open with this copy. */
typedef struct {
    IbSignIn way;
    bool is_open;
    char *words; /* what it is, or why it is shut: a sentence for people */
} IbOAuth2Door;

/* The doors of @provider, the best first; with NULL those of a provider that is not in the table. Elements: IbOAuth2Door.
 * Returns: (transfer full) */
GPtrArray *ib_oauth2_clients_doors (const IbOAuth2Clients *self, const IbProvider *provider,
                                    const IbAccount *account);

/* CLIENT, unless @client can be used to renew tokens: it has an id and a place to go to. The error says which doors are
 * open instead. */
bool ib_oauth2_clients_check (const IbOAuth2Clients *self, const IbOAuth2Client *client,
                              const IbProvider *provider, const IbAccount *account, GError **error);
