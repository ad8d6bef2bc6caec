/* evidence-words.h - a piece of evidence, as a phrase
 *
 *     Subject: “invoice” +0.90, “hello” -0.10
 *     answers go to evil.example, but the sender is at bank.example
 *
 * The workers, who read the message, know features and details (evidence.h, classifier.h, judge.h), and no language. */
#pragma once

#include "verdict.h"

/* Of a feature that is not known here: its name and its details. Returns: (transfer full) */
char *ib_evidence_words (const IbEvidence *evidence);
