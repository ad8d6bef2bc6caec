/* heard-rule.h - the documents of `inbasket filter always` and `filter replay`, as values again
 *
 * What is not there is "", 0 or empty. Values, folders and subjects came with mail: whoever shows them makes them safe. */
#pragma once

#include "heard-filters.h"

/* A kind of rule, for one message. */
typedef struct {
    char *kind;    /* "list", "sender", "domain", "recipient" */
    char *words;   /* "Mail of the list choir.example.org" */
    char *refused; /* why there is none; "": there is */
} IbHeardRuleKind;

typedef struct {
    GPtrArray *kinds; /* IbHeardRuleKind */
    char **folders;   /* that there are */
    char *refused;    /* why the rule that was asked for cannot be; "" */

    /* Of the rule, if there is one: .decides is not "". */
    char *folder, *rule, *decides; /* .decides: "always.sieve:12" */
    char *name, *text;             /* of the filter that it stands in */
    bool is_new;                   /* … which is not there yet */
    char *before;                  /* else: what it holds now */
    char **active, **scripts;      /* the filters that run now, and then */
    char *note;                    /* why it would not do for this message's account; "" */
} IbHeardRule;

/* Returns: (transfer full) (nullable) */
IbHeardRule *ib_heard_rule_read (const char *document, GError **error);
void ib_heard_rule_free (IbHeardRule *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHeardRule, ib_heard_rule_free)

/* What one rule would have done with the mail that is here. */
typedef struct {
    guint64 decided, moved; /* so many messages; of these so many stand elsewhere */
    GPtrArray *examples;    /* IbHeardTried, a few of the latter */
} IbHeardReplay;

/* @rule: "always.sieve:12". Returns: (transfer full) (nullable) */
IbHeardReplay *ib_heard_replay_read (const char *document, const char *rule, GError **error);
void ib_heard_replay_free (IbHeardReplay *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHeardReplay, ib_heard_replay_free)
