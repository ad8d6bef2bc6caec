/* provider.h - the mail providers that are known: servers, ways to sign in, traps, and their hosts
 *
 * A table, read from files (GKeyFile syntax, a group a provider; data/providers/providers.conf says what the keys mean).
 * Nothing in it is secret, and nothing is asked over the network. */
#pragma once

#include "account.h"

#include <gio/gio.h>
#include <stdbool.h>

typedef enum { IB_PROVIDER_ERROR_INVALID, IB_PROVIDER_ERROR_FILE } IbProviderError;
#define IB_PROVIDER_ERROR (ib_provider_error_quark ())
GQuark ib_provider_error_quark (void);

/* Ways to sign in. */
typedef enum {
    IB_SIGN_IN_OAUTH2,
    IB_SIGN_IN_APP_PASSWORD,
    IB_SIGN_IN_PASSWORD,
    IB_SIGN_IN_CODE,   /* an authorization code that its webmail makes */
    IB_SIGN_IN_BRIDGE, /* the password that a bridge program on this machine shows */
    IB_SIGN_IN_NONE,   /* its mail cannot be fetched */
} IbSignIn;

typedef struct {
    char *host; /* NULL: the provider has none */
    guint16 port;
    IbSecurity security;
} IbProviderServer;

typedef struct {
    char *id, *name;
    char **domains; /* of its addresses, lower case; "yahoo.*" is any ending */
    char **mx;      /* ends of the names of its mail exchangers */
    IbProviderServer imap, pop3;
    bool user_is_local_part;
    IbSignIn *sign_in; /* the best first */
    guint n_sign_in;
    char *oauth2_issuer, *oauth2_auth_url, *oauth2_token_url, *oauth2_device_url; /* "" if none */
    char *oauth2_redirect; /* as programs must register it there; "" if any loopback address does */
    char *oauth2_scope_imap, *oauth2_scope_pop3;
    guint64 imap_bytes_per_day, pop3_bytes_per_day; /* more is refused; 0: no limit is known */
    gint64 pop3_interval_s; /* it wants to be asked no more often; 0: none is known */
    bool mx_decides;        /* moving house: the host that takes a domain's mail tells more than the domain */
    char *app_password_url; /* where its users make one; "" if not known */
    char **path;    /* its hosts in Received fields: ".example.org", "192.0.2.0/24" */
    char **traps;   /* sentences for people, translated */
    char **sources; /* where the facts come from */
    char *checked;  /* "2026-11-23" */
} IbProvider;

typedef struct _IbProviders IbProviders;

/* Reads the files *.conf of @folders (ends with NULL), in the order of their names; a group of a later one takes the place of
 * an earlier one's of that name. A folder that is not there holds none. An error names file and group. */
IbProviders *ib_providers_load (const char *const *folders, GError **error);
void ib_providers_free (IbProviders *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbProviders, ib_providers_free)

/* All of them, in the order of the files. Elements: IbProvider. Returns: (transfer none) */
const GPtrArray *ib_providers_all (const IbProviders *self);
/* Each returns NULL if there is none. Domains and hosts in any letter case. */
const IbProvider *ib_providers_find (const IbProviders *self, const char *id);
/* An exact domain goes before one with any ending. */
const IbProvider *ib_providers_by_domain (const IbProviders *self, const char *domain);
const IbProvider *ib_providers_by_mx (const IbProviders *self, const char *mx_host);
/* By the server that mail is fetched from. Never for this machine: a bridge program, a tunnel or a server of one's own may
 * listen there, and a provider's hosts are believed. */
const IbProvider *ib_providers_by_server (const IbProviders *self, const char *host);

/* "oauth2", "app-password" ... */
const char *ib_sign_in_name (IbSignIn way);
