/* classifier.h - from features and a model to a verdict, with its reasons
 *
 *     probability   0 ···· IB_UNSURE_FROM ···· facts' spam_threshold ···· 1
 *     verdict         ham         unsure                  spam
 *
 * What speaks against a message beside its words (evidence.h) has weights set by hand, which fade as lessons come in.
 * Before IB_KNOWN_ENOUGH ham and as much spam were learned they count alone: several of them together make it spam, and
 * anything else is unsure; there is no probability yet. Never is it spam if somebody whom the user knows, and who is proven
 * to be the sender, wrote it: unsure at most. */
#pragma once

#include "evidence.h"
#include "model.h"

#define IB_UNSURE_FROM 0.3
#define IB_KNOWN_ENOUGH 30

/* Sets kind, score and probability of @verdict, and adds evidence whose weights add up to the score: a row for each group
 * of features, "from", "subject", "header", "text", "links", "route", "authentication", "structure", that says anything;
 * the weights set by hand stand with the evidence that @verdict holds already (ib_evidence_note ()). @features are those of
 * the message, and details of named ones are the words that weighed most, each with its share; NULL: nothing was learned
 * yet. "too-early": it would be sure, were more learned. "known-sender": it would be spam, had not somebody known sent it. */
void ib_classifier_judge (IbVerdict *verdict, const void *model, const IbFeatures *features,
                          const IbFacts *facts, const IbOrigin *origin, const IbCorrespondents *known);
