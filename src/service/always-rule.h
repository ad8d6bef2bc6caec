/* always-rule.h - "such mail always goes to that folder", as a rule in Sieve that a person can read
 *
 *     # Mail of the list choir.example.org (26 Nov 2026)
 *     if header :contains "List-Id" "<choir.example.org>" {
 *         fileinto "Lists.choir";
 *         stop;
 *     }
 *
 * The rules stand in the user's own filter IB_ALWAYS_FILTER, which may have been edited by hand: a rule is found again by its
 * test. Pure. What a rule tests came with mail: what cannot be written, and read by a person, as it is becomes no rule. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#define IB_ALWAYS_FILTER "always.sieve"

typedef enum {
    IB_ALWAYS_LIST,      /* of the mailing list that it names */
    IB_ALWAYS_SENDER,    /* from this address */
    IB_ALWAYS_DOMAIN,    /* from anybody there */
    IB_ALWAYS_RECIPIENT, /* sent to this address */
} IbAlwaysKind;
#define IB_ALWAYS_KINDS 4

/* "list", "sender", "domain", "recipient". */
const char *ib_always_kind_name (IbAlwaysKind kind);
bool ib_always_kind_find (const char *name, IbAlwaysKind *out_kind);

typedef struct {
    IbAlwaysKind kind;
    char *value; /* the list's id, an address, a domain */
    /* LIST: the field has nothing but the id, and no brackets. RECIPIENT: no field names it, servers that are believed do. */
    bool is_indirect;
} IbAlwaysRule;

/* "Mail of the list choir.example.org". @value is shown as it is. Returns: (transfer full) */
char *ib_always_rule_words (const IbAlwaysRule *self);
/* Why no rule can be made of it; NULL: one can. */
const char *ib_always_rule_fault (const IbAlwaysRule *self);
/* A normalized folder (folder.h) that a rule can name. */
bool ib_always_rule_takes_folder (const char *folder);
/* Whether mail that only claims to come from there takes the way of all other mail: it must not evade the filters behind. */
bool ib_always_rule_wants_proof (const IbAlwaysRule *self, const char *folder);

/* The rule, with a comment before it. Neither @self nor @folder may have a fault. @now_us: microseconds since 1970.
 * Returns: (transfer full) */
char *ib_always_rule_write (const IbAlwaysRule *self, const char *folder, gint64 now_us);
/* The whole filter: @text (NULL: there is none yet) with @rule, as it was written, in the place of an earlier one with the same
 * test, if nobody has changed what that one does; a new one goes to the top, or, if it takes all mail of a domain or to an address, to the end. Returns: (transfer full) */
char *ib_always_rule_place (const IbAlwaysRule *self, const char *rule, const char *text);

void ib_always_rule_clear (IbAlwaysRule *self);
