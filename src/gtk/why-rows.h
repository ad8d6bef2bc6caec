/* why-rows.h - the parts of an explanation as rows of a list
 *
 * Every text of a message is made safe to show. Each row: (transfer full), floating */
#pragma once

#include "explanation.h"

#include <adwaita.h>

/* @heaviest: the weight of the heaviest piece of evidence, whose bar is full. */
GtkWidget *ib_why_rows_evidence (const IbExplainedEvidence *evidence, double heaviest);
/* @is_entry: it took the message from a stranger. */
GtkWidget *ib_why_rows_hop (const IbExplainedHop *hop, bool is_entry);
GtkWidget *ib_why_rows_rule (const IbExplainedRule *rule);
/* @text: whatever it is, safe or not. NULL where @text is empty. */
GtkWidget *ib_why_rows_fact (const char *title, const char *text);
/* A way round filters that the message took. */
GtkWidget *ib_why_rows_cause (const char *cause);
