/* explanation.h - the document of `inbasket why`, as values again
 *
 * What is not there is "" or NULL; what is there and of another kind than it should be is passed over: the service may be
 * older or newer. All text of it that came with mail is as hostile as it was: whoever shows it makes it safe. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A host that handed the message on; the nearest to the user first. */
typedef struct {
    char *from, *by, *ip, *with, *date; /* .date: ISO 8601 */
    bool is_trusted, is_encrypted;
} IbExplainedHop;

typedef struct {
    char *feature, *text;
    double weight; /* log-odds towards spam; 0: it has none */
} IbExplainedEvidence;

/* An action that a rule took, or a test that it made. */
typedef struct {
    char *script, *kind, *what, *value; /* .kind: "action", "test" */
    gint64 line;
    bool result; /* of a test */
} IbExplainedRule;

typedef struct {
    char *id, *account, *subject, *from, *message_id, *kind, *recipient;
    char *verdict;      /* "spam", "ham", "unsure"; "" */
    double probability; /* NAN: not known */
    GPtrArray *hops;    /* IbExplainedHop */
    char *entry_host, *entry_ip, *relay;
    char *spf, *dkim, *dmarc, *arc, *authserv_id, *from_domain;
    bool is_proven;             /* the sender is who it says */
    char **causes;              /* the ways round filters that it came, words for programs */
    GPtrArray *evidence;        /* IbExplainedEvidence, the heaviest first */
    GPtrArray *rules;           /* IbExplainedRule */
    char *target, *folder;      /* where it was delivered; where it is now */
    char *action, *rule;        /* "deliver", "discard", "duplicate"; "junk.sieve:15", which decided */
    char *learned, *learned_by; /* "spam", "ham": the classifier was told; and by what */
} IbExplanation;

/* Returns: (transfer full) (nullable) */
IbExplanation *ib_explanation_read (const char *document, GError **error);
void ib_explanation_free (IbExplanation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbExplanation, ib_explanation_free)
