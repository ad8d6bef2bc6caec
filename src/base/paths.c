/* paths.c - where everything of one home is */
#include "paths.h"

static IbPaths *
paths_below (char *config, char *state, char *cache, char *maildir)
{
    IbPaths *self = g_new0 (IbPaths, 1);
    self->config = config;
    self->config_file = g_build_filename (config, "inbasket.conf", NULL);
    self->accounts = g_build_filename (config, "accounts", NULL);
    self->filters = g_build_filename (config, "filters", NULL);
    self->providers = g_build_filename (config, "providers", NULL);
    self->oauth_clients = g_build_filename (config, "oauth-clients.d", NULL);
    self->state = state;
    self->journal = g_build_filename (state, "journal.db", NULL);
    self->held = g_build_filename (state, "held", NULL);
    self->model = g_build_filename (state, "model.ib", NULL);
    self->lock = g_build_filename (state, "lock", NULL);
    self->cache = cache;
    self->default_maildir = maildir;
    return self;
}

IbPaths *
ib_paths_new (const char *home)
{
    if (home == NULL)
        return paths_below (g_build_filename (g_get_user_config_dir (), "inbasket", NULL),
                            g_build_filename (g_get_user_state_dir (), "inbasket", NULL),
                            g_build_filename (g_get_user_cache_dir (), "inbasket", NULL),
                            g_build_filename (g_get_home_dir (), "Mail", NULL));

    g_autofree char *top = g_canonicalize_filename (home, NULL);
    IbPaths *self
        = paths_below (g_build_filename (top, "config", NULL), g_build_filename (top, "state", NULL),
                       g_build_filename (top, "cache", NULL), g_build_filename (top, "Mail", NULL));
    self->home = g_steal_pointer (&top);
    return self;
}

static const char *
environment_or (const char *variable, const char *installed)
{
    const char *set = g_getenv (variable);
    return set != NULL && *set != '\0' ? set : installed;
}

const char *
ib_paths_libexec (void)
{
    return environment_or ("INBASKET_LIBEXECDIR", IB_LIBEXECDIR);
}

const char *
ib_paths_programs (void)
{
    return environment_or ("INBASKET_BINDIR", IB_BINDIR);
}

const char *
ib_paths_shipped_filters (void)
{
    return environment_or ("INBASKET_FILTERDIR", IB_FILTERDIR);
}

const char *
ib_paths_shipped_providers (void)
{
    return environment_or ("INBASKET_PROVIDERDIR", IB_PROVIDERDIR);
}

const char *
ib_paths_shipped_oauth_clients (void)
{
    return environment_or ("INBASKET_OAUTHDIR", IB_OAUTHDIR);
}

const char *
ib_paths_translations (void)
{
    return environment_or ("INBASKET_LOCALEDIR", IB_LOCALEDIR);
}

const char *
ib_paths_service (void)
{
    return environment_or ("INBASKET_SERVICE", IB_BINDIR "/inbasketd");
}

void
ib_paths_free (IbPaths *self)
{
    if (self == NULL)
        return;
    g_free (self->home);
    g_free (self->config);
    g_free (self->config_file);
    g_free (self->accounts);
    g_free (self->filters);
    g_free (self->providers);
    g_free (self->oauth_clients);
    g_free (self->state);
    g_free (self->journal);
    g_free (self->held);
    g_free (self->model);
    g_free (self->lock);
    g_free (self->cache);
    g_free (self->default_maildir);
    g_free (self);
}
