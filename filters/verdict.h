/* verdict.h - is it spam, how sure, and why */
#pragma once

#include <glib.h>

typedef enum { IB_VERDICT_UNSURE, IB_VERDICT_HAM, IB_VERDICT_SPAM } IbVerdictKind;

/* What a piece of evidence is about: a host, an address, a word of the message. */
typedef struct {
    char *text;   /* UTF-8, as hostile as the message */
    double share; /* of the weight; 0 where it has none of its own */
} IbEvidenceDetail;

/* Without a sentence: which details there are, and in which order, is said where a feature is (evidence.h, classifier.h,
 * judge.h), and whoever shows it to people has the words. */
typedef struct {
    char *feature;      /* "provider-mark", "subject" */
    double weight;      /* log-odds towards spam; 0 where none is known */
    GPtrArray *details; /* IbEvidenceDetail */
} IbEvidence;

typedef struct {
    IbVerdictKind kind;
    double probability;  /* of spam, 0 to 1; NAN until a classifier knows enough */
    double score;        /* log-odds of spam by what little was learned so far; 0: nothing */
    GPtrArray *evidence; /* IbEvidence, heaviest first */
} IbVerdict;

IbVerdict *ib_verdict_new (IbVerdictKind kind, double probability);
/* @detail: the first; NULL: it has none. Returns: (transfer none) */
IbEvidence *ib_verdict_add (IbVerdict *self, const char *feature, double weight, const char *detail);
void ib_verdict_add_detail (IbEvidence *evidence, const char *text, double share);
/* The score as a probability of spam, though it rests on little: 0.5 if nothing is known. */
double ib_verdict_likeness (const IbVerdict *self);
/* "spam", "ham", "unsure". */
const char *ib_verdict_name (IbVerdictKind kind);
/* The value of X-Inbasket-Verdict: "unsure; reasons=provider-mark" (RFC 5322 text, at most 900 bytes).
 * Returns: (transfer full) */
char *ib_verdict_field (const IbVerdict *self);
void ib_verdict_free (IbVerdict *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbVerdict, ib_verdict_free)
