/* evaluation.h - how well would the classifier have told this mail apart?
 *
 *     mail ─dated─▶ in the order in which it came ─▶ each message classified, then learned ─▶ its score, and the call
 *                                                                    └─ all learned ─▶ classified again: its score now
 *
 * What a user would have lived through who starts with a classifier that knows nothing, and says of each message at once
 * what it was. All is learned in a table of its own, and kept nowhere. */
#pragma once

#include "config.h"
#include "known.h"
#include "measures.h"

typedef struct {
    char *path;
    bool is_spam;
    gint64 arrived_s; /* by the newest Received field that tells; else the file's time */
    char *error;      /* why it could not be read; NULL: it was. Only then there is what follows */
    IbScored scored;  /* in log-odds, when it came */
    double score_now; /* in log-odds, once all was learned */
} IbEvaluated;

IbEvaluated *ib_evaluated_new (const char *path, bool is_spam);
void ib_evaluated_free (gpointer evaluated);
/* The score of now as a probability of spam. */
double ib_evaluated_likeness_now (const IbEvaluated *self);

typedef enum { IB_EVALUATION_DATES, IB_EVALUATION_LEARNS, IB_EVALUATION_LOOKS_AGAIN } IbEvaluationStage;

typedef struct {
    const IbPaths *paths;
    const IbConfig *config;
    const IbAccount *account; /* as if all had come through it; NULL: as the journal has it */
    double threshold; /* called spam from this probability on, whatever the verdict; NAN: by the verdict */
    /* After each message, in each stage. */
    void (*each) (IbEvaluationStage stage, const IbEvaluated *evaluated, gpointer user_data);
    gpointer user_data;
} IbEvaluation;

/* Fills in and sorts @mail (IbEvaluated, each path once), the oldest first, those that cannot be read last. Runs the default
 * main context. Returns: how many can be read; -1: there is no memory for the table. */
gssize ib_evaluation_run (const IbEvaluation *self, GPtrArray *mail, GError **error);

/* Of the first @count of @mail. Returns: (transfer full) */
IbScored *ib_evaluation_scores (const GPtrArray *mail, gsize count);
/* Those of the first @count whose label is what the classifier contradicts in the end, the flattest contradiction first:
 * probably misfiled. Elements belong to @mail. Returns: (transfer full) */
GPtrArray *ib_evaluation_suspects (const GPtrArray *mail, gsize count);
