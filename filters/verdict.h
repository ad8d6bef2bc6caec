/* verdict.h - is it spam, how sure, and why */
#pragma once

#include <glib.h>

typedef enum { IB_VERDICT_UNSURE, IB_VERDICT_HAM, IB_VERDICT_SPAM } IbVerdictKind;

typedef struct {
    char *feature;   /* "provider-mark", later the classifier's features */
    double weight;   /* log-odds towards spam; 0 where none is known */
    char *text;      /* a phrase for people, UTF-8 */
} IbEvidence;

typedef struct {
    IbVerdictKind kind;
    double probability;    /* of spam, 0 to 1; NAN until a classifier knows enough */
    double score;          /* log-odds of spam by what little was learned so far; 0: nothing */
    GPtrArray *evidence;   /* IbEvidence, heaviest first */
} IbVerdict;

IbVerdict *ib_verdict_new (IbVerdictKind kind, double probability);
void ib_verdict_add (IbVerdict *self, const char *feature, double weight, const char *text);
/* The score as a probability of spam, though it rests on little: 0.5 if nothing is known. */
double ib_verdict_likeness (const IbVerdict *self);
/* "spam", "ham", "unsure". */
const char *ib_verdict_name (IbVerdictKind kind);
/* The value of X-Inbasket-Verdict: "unsure; reasons=provider-mark" (RFC 5322 text, at most 900 bytes).
 * Returns: (transfer full) */
char *ib_verdict_field (const IbVerdict *self);
void ib_verdict_free (IbVerdict *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbVerdict, ib_verdict_free)
