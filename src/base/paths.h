/* paths.h - where everything of one home is
 *
 * XDG base directories, or with --home DIR: DIR/config, DIR/state, DIR/cache, DIR/Mail. Pure: makes nothing. */
#pragma once

#include <glib.h>

typedef struct {
    char *home;             /* DIR of --home, absolute; NULL for the user's own */
    char *config;           /* $XDG_CONFIG_HOME/inbasket */
    char *config_file;      /* config/inbasket.conf */
    char *accounts;         /* config/accounts */
    char *filters;          /* config/filters */
    char *providers;        /* config/providers */
    char *oauth_clients;    /* config/oauth-clients.d */
    char *state;            /* $XDG_STATE_HOME/inbasket */
    char *journal;          /* state/journal.db */
    char *held;             /* state/held */
    char *model;            /* state/model.ib */
    char *lock;             /* state/lock */
    char *cache;
    char *default_maildir;  /* ~/Mail, or DIR/Mail */
} IbPaths;

/* @home NULL: the user's own. */
IbPaths *ib_paths_new (const char *home);
/* Where the workers are: $INBASKET_LIBEXECDIR, else as installed. */
const char *ib_paths_libexec (void);
/* Where the user's programs are: $INBASKET_BINDIR, else as installed. */
const char *ib_paths_programs (void);
/* Where the shipped filters are: $INBASKET_FILTERDIR, else as installed. */
const char *ib_paths_shipped_filters (void);
/* Where the shipped table of providers is: $INBASKET_PROVIDERDIR, else as installed. */
const char *ib_paths_shipped_providers (void);
/* Where a distribution puts client ids for OAuth2: $INBASKET_OAUTHDIR, else as installed. */
const char *ib_paths_shipped_oauth_clients (void);
/* Where the translations are: $INBASKET_LOCALEDIR, else as installed. */
const char *ib_paths_translations (void);
/* The service's program: $INBASKET_SERVICE, else as installed. */
const char *ib_paths_service (void);
void ib_paths_free (IbPaths *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPaths, ib_paths_free)
