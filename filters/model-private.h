/* model-private.h - the inside of model.c and learner.c */
#pragma once

#include "model.h"

/* One logistic regression. */
typedef struct {
    float weights[IB_FEATURE_SLOTS];
    float squares
        [IB_FEATURE_SLOTS]; /* of each one's gradients, summed: the larger, the smaller its next step */
} IbModelTable;

typedef struct {
    char magic[8];
    guint32 version;
    guint32 slots;
    guint64 n_ham, n_spam, lesson;
    IbModelTable tables[IB_TABLES];
} IbModel;

/* The log-odds by one table alone of @count slots, which it learns by: however sure of them it may be. */
double ib_model_table_score (const IbModelTable *self, const guint32 *slots, gsize count);
