/* known.c - what is known beside the messages */
#include "known.h"
#include "list-files.h"
#include "mx.h"
#include "provider.h"

#include <string.h>

struct _IbKnown {
    const IbConfig *config;
    IbProviders *providers;
    IbMx *mx;
};

/* A broken file of the user's own must not cost the shipped table. */
static IbProviders *
load_providers (const IbPaths *paths, char **out_notice)
{
    const char *const folders[] = { ib_paths_shipped_providers (), paths->providers, NULL };
    const char *const shipped[] = { ib_paths_shipped_providers (), NULL };
    const char *const none[] = { NULL };
    g_autoptr (GError) error = NULL;
    IbProviders *providers = ib_providers_load (folders, &error);
    if (out_notice != NULL)
        *out_notice = error != NULL ? g_strdup (error->message) : NULL;
    if (providers == NULL)
        providers = ib_providers_load (shipped, NULL);
    return providers != NULL ? providers : ib_providers_load (none, NULL);
}

IbKnown *
ib_known_new (const IbPaths *paths, const IbConfig *config, char **out_notice)
{
    IbKnown *self = g_new0 (IbKnown, 1);
    self->config = config;
    self->providers = load_providers (paths, out_notice);
    self->mx = ib_mx_new (paths, config, self->providers);
    return self;
}

void
ib_known_free (IbKnown *self)
{
    if (self == NULL)
        return;
    ib_mx_free (self->mx);
    ib_providers_free (self->providers);
    g_free (self);
}

void
ib_known_refresh (IbKnown *self)
{
    ib_mx_refresh (self->mx, NULL, NULL);
}

IbFacts *
ib_known_facts (const IbKnown *self, const char *const *folders)
{
    IbFacts *facts = ib_facts_new ();
    ib_facts_set_list (&facts->own_addresses, ib_config_own_addresses (self->config));
    ib_facts_set_list (&facts->relays, g_strdupv (self->config->relays));
    ib_facts_set_list (&facts->authserv_ids, g_strdupv (self->config->authserv_ids));
    ib_facts_set_list (&facts->mx, ib_mx_rows (self->mx));
    ib_facts_set_list (&facts->folders, g_strdupv ((char **) folders));
    facts->annotates = self->config->annotates;
    facts->spam_threshold = self->config->spam_threshold;
    facts->lists = ib_list_files_read (self->config->lists);
    return facts;
}

/* By the name that the user gave it, or by the server. */
static const IbProvider *
provider_of (const IbKnown *self, const IbAccount *account)
{
    const IbProvider *named = ib_providers_find (self->providers, account->provider);
    return named != NULL ? named : ib_providers_by_server (self->providers, account->host);
}

void
ib_known_add_account (const IbKnown *self, const IbAccount *account, IbFacts *facts)
{
    const IbProvider *provider = provider_of (self, account);
    ib_facts_set_text (&facts->account, g_strdup (account->name));
    ib_facts_set_text (&facts->account_address, g_utf8_strdown (account->address, -1));
    ib_facts_set_text (&facts->account_folder, ib_account_expand_folder (account, "INBOX"));
    ib_facts_set_text (&facts->server_folder, g_strdup ("INBOX"));
    ib_facts_set_text (&facts->server_host, g_ascii_strdown (account->host, -1));
    if (provider != NULL)
        ib_facts_set_list (&facts->provider_hosts, g_strdupv (provider->path));
}
