/* verdict-words.h - a verdict, for people and as JSON */
#pragma once

#include "print.h"
#include "verdict.h"

/* Members "spam", "verdict" and "evidence"; @verdict NULL: none was reached. */
void ib_verdict_json (JsonBuilder *builder, const IbVerdict *verdict);
/* "text +2.31, from -0.20": the @most pieces of evidence that weigh most, in log-odds towards spam. Returns: (transfer full) */
char *ib_verdict_short_words (const IbVerdict *verdict, guint most);
/* Calls @each with the evidence in groups, "For spam" and so on, the heaviest first, and with how heavy it is in words; NULL
 * for what has no weight. No more than @most. */
typedef void (*IbVerdictEach) (const char *group, const char *weight, const char *text, gpointer user_data);
void ib_verdict_each_evidence (const IbVerdict *verdict, guint most, IbVerdictEach each, gpointer user_data);
