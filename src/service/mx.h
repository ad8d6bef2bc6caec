/* mx.h - the mail exchangers of the user's own domains
 *
 *     own addresses ─▶ domains ─┬─ of a known provider ─▶ its hosts, without asking anybody
 *                               └─ else ─▶ DNS, at most once a day a domain ─▶ state/mx
 *
 * DNS is asked for the domain alone, never with anything out of a message, and not at all with dns-lookups=none. Names that
 * are kept for documents and tests are nobody's. */
#pragma once

#include "config.h"
#include "paths.h"
#include "provider.h"

typedef struct _IbMx IbMx;

/* What was found before is read from the state; a file that cannot be read is as none. All must outlive it. */
IbMx *ib_mx_new (const IbPaths *paths, const IbConfig *config, const IbProviders *providers);
/* A row a domain, as IbFacts.mx has them: "example.org mx.example.org 192.0.2.1 .provider.example". Domains of which
 * nothing is known have none. Returns: (transfer full) */
char **ib_mx_rows (const IbMx *self);
/* Asks for what is not known or older than a day, in the background of the default main context; once told, @done is
 * called, at once if there is nothing to ask; NULL: nobody waits. What is found is kept in the state. */
void ib_mx_refresh (IbMx *self, void (*done) (gpointer user_data), gpointer user_data);
/* Gives up what is being asked for; @done is not called any more. */
void ib_mx_free (IbMx *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbMx, ib_mx_free)
