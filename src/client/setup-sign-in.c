/* setup-sign-in.c - the ways to sign in that there are for an account */
#include "account-file.h"
#include "setup-private.h"

#include <string.h>

/* By the server; before there is one, by the address's domain. */
const GPtrArray *
ib_setup_doors (const IbSetup *self)
{
    IbSetup *cache = (IbSetup *) self; /* what is asked for is kept, and not changed */
    if (self->doors != NULL)
        return self->doors;
    const char *host = ib_setup_get (self, "host"), *domain = ib_setup_unknown_domain (self);
    const IbCandidate *candidate = ib_setup_candidate (self);
    const char *const keys[] = {
        "account.address",
        ib_setup_get (self, "address"),
        "account.host",
        *host != '\0' ? host : domain != NULL ? domain : "imap.example.org",
        "account.protocol",
        ib_setup_get (self, "protocol"),
        "account.oauth2-client-id",
        candidate != NULL ? candidate->oauth2_client_id : "",
        "account.oauth2-auth-url",
        candidate != NULL ? candidate->oauth2_auth_url : "",
        "account.oauth2-token-url",
        candidate != NULL ? candidate->oauth2_token_url : "",
        "account.oauth2-scope",
        candidate != NULL ? candidate->oauth2_scope : "",
        NULL,
    };
    g_autoptr (IbAccount) account = NULL;
    g_autofree char *text = ib_account_file_edit ("/nonexistent/account.conf", keys, &account, NULL);
    cache->doors = text != NULL
                       ? ib_oauth2_clients_doors (self->home.clients, ib_setup_provider (self), account)
                       : g_ptr_array_new ();
    return self->doors;
}

const IbOAuth2Door *
ib_setup_find_door (const IbSetup *self, const char *way)
{
    const GPtrArray *doors = ib_setup_doors (self);
    for (guint i = 0; i < doors->len; i++) {
        const IbOAuth2Door *door = doors->pdata[i];
        if (strcmp (ib_sign_in_name (door->way), way) == 0)
            return door;
    }
    return NULL;
}

static const IbOAuth2Door *
find_open_door (const IbSetup *self)
{
    const GPtrArray *doors = ib_setup_doors (self);
    for (guint i = 0; i < doors->len; i++) {
        const IbOAuth2Door *door = doors->pdata[i];
        if (door->is_open)
            return door;
    }
    return NULL;
}

bool
ib_setup_has_open_door (const IbSetup *self)
{
    return find_open_door (self) != NULL;
}

void
ib_setup_suggest_sign_in (IbSetup *self)
{
    const IbOAuth2Door *chosen = ib_setup_find_door (self, ib_setup_get (self, "sign-in"));
    const IbOAuth2Door *best = find_open_door (self);
    if ((chosen == NULL || !chosen->is_open) && best != NULL)
        ib_setup_put (self, "sign-in", ib_sign_in_name (best->way));
}
