/* rule-proposal.h - what "Always to …" would write for a message
 *
 *     message ─a filter worker reads it─▶ which kinds of rule fit ─kind, folder─▶ rule ─▶ always.sieve with it in
 *                                                                                          │
 *                        the message is judged by that alone: does it go where it should? ◀┘
 *
 * Nothing is changed. What is proposed compiles, and decides about its own message. */
#pragma once

#include "always-rule.h"
#include "config.h"
#include "find-message.h"

/* Of one kind of rule. */
typedef struct {
    IbAlwaysRule rule; /* .value "": the message has none */
    char *words;       /* "Mail of the list choir.example.org" */
    char *refused;     /* why there is no such rule for this message; NULL: there is */
} IbRuleOption;

typedef struct {
    IbRuleOption options[IB_ALWAYS_KINDS]; /* by IbAlwaysKind */
    bool is_refuted; /* servers that are believed found that it is not from whom it says */

    /* Of the rule that was asked for; NULL before. */
    char *folder; /* normalized */
    char *rule;
    char *decides;  /* its place in that filter: "always.sieve:12" */
    char *text;     /* of the filter as it would be */
    char *before;   /* as it is; NULL: there is none of the user's own */
    char **scripts; /* the active filters as they would be */
    char *note;     /* why it would not do for the account of this message; NULL */

    const IbPaths *paths;
    const IbConfig *config;
    const IbFoundMessage *message;
    const IbAccount *account;
} IbRuleProposal;

typedef enum {
    IB_RULE_PROPOSAL_ERROR_IMPOSSIBLE, /* no such rule for this message, or into that folder */
    IB_RULE_PROPOSAL_ERROR_MESSAGE,    /* it cannot be read */
} IbRuleProposalError;
#define IB_RULE_PROPOSAL_ERROR (ib_rule_proposal_error_quark ())
GQuark ib_rule_proposal_error_quark (void);

/* Which kinds there are for @message, which has a path. All must outlive it. Runs the default main context.
 * Returns: (transfer full) (nullable) */
IbRuleProposal *ib_rule_proposal_new (const IbPaths *paths, const IbConfig *config,
                                      const IbFoundMessage *message, GError **error);
/* Makes the rule. Once. Runs the default main context. */
bool ib_rule_proposal_make (IbRuleProposal *self, IbAlwaysKind kind, const char *folder, gint64 now_us,
                            GError **error);
void ib_rule_proposal_free (IbRuleProposal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbRuleProposal, ib_rule_proposal_free)
