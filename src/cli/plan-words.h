/* plan-words.h - what is to be done with a message, in words and in JSON */
#pragma once

#include "plan.h"

#include <json-glib/json-glib.h>

/* "fileinto Lists \\Seen, keep INBOX"; safe to print. Returns: (transfer full) */
char *ib_plan_words (const IbPlan *plan);
/* The members "actions" and, if the header was edited, "edits". */
void ib_plan_json (JsonBuilder *builder, const IbPlan *plan);
