/* why-remedies.h - the ways round filters that a message took, and how to change what happened to it */
#pragma once

#include "why-words.h"

#include <json-glib/json-glib.h>

/* Each way in a sentence: for what is not known to be good. */
void ib_why_print_causes (const IbWhy *why, const IbJudgement *judgement);
/* The commands, and the lines of the configuration, that would have made a difference. */
void ib_why_print_remedies (const IbWhy *why, const IbJudgement *judgement);
/* The member "causes". */
void ib_why_causes_json (const IbWhy *why, const IbJudgement *judgement, JsonBuilder *builder);
