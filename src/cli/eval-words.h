/* eval-words.h - how well the classifier would have told mail apart, for people and as JSON */
#pragma once

#include "evaluation.h"

typedef struct {
    const GPtrArray *mail; /* IbEvaluated, as ib_evaluation_run () leaves it */
    gsize readable;        /* the first of them */
    double threshold;      /* NAN: called spam by the verdict */
    guint suspects;        /* to be shown */
} IbEvalWords;

void ib_eval_print (const IbEvalWords *self);
void ib_eval_print_json (const IbEvalWords *self);
/* What is done in @stage, in a word or two. */
const char *ib_eval_stage_words (IbEvaluationStage stage);
