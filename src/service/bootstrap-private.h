/* bootstrap-private.h - what the parts of a bootstrap share: bootstrap.c is the whole, -account visits a server, -folders the
 * mail that is here */
#pragma once

#include "bootstrap.h"
#include "config.h"
#include "home.h"
#include "judge.h"
#include "known.h"
#include "learned.h"
#include "tokens.h"

typedef struct {
    const IbConfig *config;
    IbKnown *known;
    IbHome *home;
    IbTokens *tokens;
    const IbBootstrapEvents *events;
    gpointer user_data;
    IbBootstrapOutcome *outcome;

    char **own;          /* the user's addresses, lower case */
    GHashTable *told;    /* why messages could not be looked at: texts */
    GPtrArray *folders;  /* IbBootstrapFolder */
    GPtrArray *examples; /* IbBootstrapExample */
    guint signals;       /* how often we were told to stop */
} IbBootstrap;

/* One more folder is looked into. Returns: (transfer none) */
IbBootstrapFolder *ib_bootstrap_open_folder (IbBootstrap *self, const char *source, const char *name, IbMailboxUse use);
/* A message of @folder, of @size_bytes, was looked at. @judgement NULL: it could not be, by @error, which is
 * said unless it was before. @order and @arrived_at_s as in IbBootstrapExample; @id "" if none. */
void ib_bootstrap_take (IbBootstrap *self, IbBootstrapFolder *folder, const IbJudgement *judgement, const GError *error,
                        const char *id, gint64 arrived_at_s, gint64 order, guint64 size_bytes);
G_GNUC_PRINTF (2, 3)
void ib_bootstrap_notice (const IbBootstrap *self, const char *format, ...);

/* False: not all of it could be looked at, with an error of IB_FETCH_ERROR. *out_was_signed_in in any case. */
bool ib_bootstrap_visit_account (IbBootstrap *self, const IbAccount *account, bool *out_was_signed_in, GError **error);
/* @word: a folder's path or name. @account: only what came through it; NULL: everything. */
bool ib_bootstrap_visit_folders (IbBootstrap *self, const char *source, const char *word, const char *account,
                                 GError **error);
