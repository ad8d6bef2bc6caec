/* coverage.h - which of the user's addresses a filter here protects, and which not
 *
 * The user's addresses are those of the accounts, and those that mail was sent to which came through them: that is what
 * servers say that are believed, never what a sender wrote. Pure: configuration and figures in, facts out. */
#pragma once

#include "config.h"
#include "history.h"

typedef enum {
    IB_COVER_FULL,
    IB_COVER_NO_ACCOUNT, /* mail that is sent there comes here, but no account has the address */
    IB_COVER_FILTER_OFF, /* nothing judges its account's mail */
    IB_COVER_PAUSED,     /* its account is not fetched */
    IB_COVER_FAILING,    /* its account cannot be fetched */
} IbCover;

typedef struct {
    char *address;
    /* That has it; of IB_COVER_NO_ACCOUNT the one through which its mail came last; NULL: that one is gone. */
    const char *account;
    IbCover cover;
    /* PAUSED: the last poll; FAILING: the first one that failed; microseconds, 0: not known. */
    gint64 since;
    guint64 messages; /* that were sent to it, of those that the journal remembers */
    gint64 last_at;   /* microseconds; 0: none */
} IbCoveredAddress;

typedef struct _IbCoverage IbCoverage;

/* @config must outlive it. */
IbCoverage *ib_coverage_new (const IbConfig *config);
/* How the polls of an account ended. */
void ib_coverage_add_figures (IbCoverage *self, const char *account, const IbAccountFigures *figures);
/* "anna+shop@example.org" counts as anna@example.org's. While the file of an account does not parse, no address is called one
 * without an account. Addresses over IB_COVERAGE_MOST are passed over. */
#define IB_COVERAGE_MOST 1000
void ib_coverage_add_recipient (IbCoverage *self, const IbHistoryRecipient *recipient);
/* IbCoveredAddress elements: those of the accounts in their order, then those of no account, the most used first.
 * Returns: (transfer none), as long as nothing is added */
const GPtrArray *ib_coverage_addresses (IbCoverage *self);
/* "no-account", "filter-off", "paused", "failing"; NULL for IB_COVER_FULL. */
const char *ib_cover_name (IbCover cover);
void ib_coverage_free (IbCoverage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbCoverage, ib_coverage_free)
