/* checkup-private.h - what the checks share */
#pragma once

#include "checkup.h"
#include "provider.h"

typedef struct {
    const IbCheckupWishes *wishes;
    const IbPaths *paths;
    IbConfig *config; /* NULL: it does not parse */
    IbProviders *providers;
    gint64 now;        /* microseconds */
    GError *silence;   /* of a keyring that did not answer: it is asked no more; NULL */
    const char *check; /* the row that is at work */
    IbFindingLevel worst;
    IbCheckupEach each;
    gpointer user_data;
} IbCheckup;

/* @remedy: NULL if nothing is to be done. */
void ib_checkup_say (IbCheckup *self, IbFindingLevel level, const char *subject, const char *remedy,
                     const char *format, ...) G_GNUC_PRINTF (5, 6);

/* Rows: each looks and says. Only those of the first line may be called without a configuration. */
void ib_checkup_home_configuration (IbCheckup *self);
void ib_checkup_home_permissions (IbCheckup *self);
void ib_checkup_store_journal (IbCheckup *self);
void ib_checkup_store_classifier (IbCheckup *self);
void ib_checkup_parts_sandbox (IbCheckup *self);
void ib_checkup_parts_service (IbCheckup *self);

void ib_checkup_accounts_keyring (IbCheckup *self);
void ib_checkup_accounts_sign_in (IbCheckup *self);
void ib_checkup_accounts_servers (IbCheckup *self);
void ib_checkup_store_maildir (IbCheckup *self);
void ib_checkup_parts_filters (IbCheckup *self);
void ib_checkup_trust_relays (IbCheckup *self);
void ib_checkup_trust_coverage (IbCheckup *self);
void ib_checkup_trust_mx (IbCheckup *self);
