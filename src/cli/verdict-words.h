/* verdict-words.h - a verdict, for people and as JSON */
#pragma once

#include "print.h"
#include "verdict.h"

/* Members "spam", "verdict" and "evidence"; @verdict NULL: none was reached. */
void ib_verdict_json (JsonBuilder *builder, const IbVerdict *verdict);
/* "text +2.31, from -0.20": the @most pieces of evidence that weigh most, in log-odds towards spam. Returns: (transfer full) */
char *ib_verdict_short_words (const IbVerdict *verdict, guint most);
/* Log-odds in words: " (speaks for spam)"; "" for none. */
const char *ib_verdict_weight_words (double weight);
