/* known.h - what is known beside the messages: the facts that all mail of a home has in common, and those of an account */
#pragma once

#include "config.h"
#include "facts.h"
#include "paths.h"

typedef struct _IbKnown IbKnown;

/* Reads the tables of providers and what DNS said of the user's domains. Both must outlive it. @out_notice (nullable): why
 * a table of providers was not taken, one line; NULL if all is well. */
IbKnown *ib_known_new (const IbPaths *paths, const IbConfig *config, char **out_notice);
/* Brings up to date what DNS says of the user's domains, in the background of the default main context, as long as @self
 * lives; ib_known_facts () says it from then on. */
void ib_known_refresh (IbKnown *self);
/* What all mail has in common. @folders: that exist. Returns: (transfer full) */
IbFacts *ib_known_facts (const IbKnown *self, const char *const *folders);
/* Adds what is known of @account to @facts: its address, its server, its provider's hosts, where ordinary mail of its INBOX
 * goes. Its scripts are left to the caller. */
void ib_known_add_account (const IbKnown *self, const IbAccount *account, IbFacts *facts);
void ib_known_free (IbKnown *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbKnown, ib_known_free)
