/* model-private.h - the inside of model.c and learner.c */
#pragma once

#include "model.h"

typedef struct {
    float weight;
    float squares; /* sum of the squares of its gradients: the larger, the smaller its next step */
} IbWeight;

typedef struct {
    char magic[8];
    guint32 version;
    guint32 slots;
    guint64 n_ham, n_spam, lesson;
    IbWeight weights[IB_TABLES][IB_FEATURE_SLOTS];
} IbModel;

/* The log-odds by one table alone. */
double ib_model_table_score (const IbModel *self, const IbFeatures *features, IbFeatureTable table);
