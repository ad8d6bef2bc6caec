/* keyring-items.h - which items of a keyring are an account's, and for which server
 *
 * Known by their attributes: account, kind of secret, and the server that it is for. One that was kept before servers were noted
 * has none, and is for the first that it is used with, until somebody claims it for one. Nothing here prompts. For
 * credential-keyring.c and its parts. */
#pragma once

#include "account.h"

#include <libsecret/secret.h>
#include <stdbool.h>

/* Worst first. HIDDEN: it is locked, and does not say; gnome-keyring's are, before that was ever opened. */
typedef enum {
    IB_KEYRING_FOR_ANOTHER,
    IB_KEYRING_HIDDEN,
    IB_KEYRING_FOR_ANY,
    IB_KEYRING_FOR_THIS
} IbKeyringFitness;

/* All of @account's, for whatever server, unlocked ones first. @out_missed (nullable): why there is one more, of which nothing can be
 * told; @why: why there are none. Returns: (transfer full) (nullable): a list of SecretItem */
GList *ib_keyring_items_search (SecretService *service, const IbAccount *account, GCancellable *cancellable,
                                GError **out_missed, GError **why);
/* All of the account @name, of whatever kind. Returns: (transfer full) (nullable): a list of SecretItem */
GList *ib_keyring_items_search_name (SecretService *service, const char *name, GError **why);
/* The one that fits best, unlocked rather than locked. Returns: (nullable) */
SecretItem *ib_keyring_items_best (GList *items, const IbAccount *account);
/* The best of all; NULL without an error if there is none. Returns: (transfer full) (nullable) */
SecretItem *ib_keyring_items_find (SecretService *service, const IbAccount *account,
                                   GCancellable *cancellable, GError **out_missed, GError **why);

/* What kind of secret @account's are: "password", "refresh-token". */
const char *ib_keyring_items_kind (const IbAccount *account);
/* The server that it is for; NULL: none yet, or it does not say. Returns: (transfer full) (nullable) */
char *ib_keyring_items_server (SecretItem *item);
IbKeyringFitness ib_keyring_items_fitness (SecretItem *item, const IbAccount *account);
/* For another server than @best, which is newer: who has it has moved. */
bool ib_keyring_items_is_leftover (SecretItem *item, SecretItem *best, const IbAccount *account);

/* From now on it is for @account's server. A keyring that is only read stays as it always was. */
void ib_keyring_items_bind (SecretItem *item, const IbAccount *account, GCancellable *cancellable);
/* … or for @former's; NULL: for none that can be named. */
bool ib_keyring_items_claim (SecretItem *item, const IbAccount *account, const IbAccount *former,
                             GError **why);
/* A new one, for @account's server, in the default keyring. */
void ib_keyring_items_store (SecretService *service, const IbAccount *account, SecretValue *value,
                             GCancellable *cancellable, GError **why);
/* Takes out those of @account that are open: all, or those for its server. Whether there were some. */
bool ib_keyring_items_clear (SecretService *service, const IbAccount *account, bool is_for_all_servers,
                             GCancellable *cancellable, GError **why);
