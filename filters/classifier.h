/* classifier.h - from features and a model to a verdict, with its reasons
 *
 *     probability   0 ···· IB_UNSURE_FROM ···· facts' spam_threshold ···· 1
 *     verdict         ham         unsure                  spam
 *
 * But unsure, and without a probability, before IB_KNOWN_ENOUGH ham and as much spam were learned; and never spam if somebody whom the user knows, and who
 * is proven to be the sender, wrote it: unsure at most. What speaks against a message beside its words has weights set
 * by hand, which fade as lessons come in. */
#pragma once

#include "evidence.h"
#include "model.h"

#define IB_UNSURE_FROM 0.3
#define IB_KNOWN_ENOUGH 30

/* Sets kind, score and probability of @verdict, and adds evidence whose weights add up to the log-odds: a row for each group of
 * features, "from", "subject", "header", "text", "links", "route", "authentication", "structure", that says anything;
 * the weights set by hand stand with the evidence that @verdict holds already (ib_evidence_note ()). @features are those
 * of the message; named ones name the words that weighed most. A model without a lesson changes nothing. */
void ib_classifier_judge (IbVerdict *verdict, const void *model, const IbFeatures *features,
                          const IbFacts *facts, const IbOrigin *origin, const IbCorrespondents *known);
