/* measures.h - how good a classifier is, by its scores for mail of which it is known what it is: pure
 *
 * The figures are those by which spam filters are compared: what a user sees (good mail lost, spam missed), and what does
 * not hang on a threshold (the ROC curve, the strict corner of it). */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One message. */
typedef struct {
    double score;   /* the more, the more like spam; never NAN */
    bool is_spam;   /* what it is */
    bool is_called; /* what it was called: spam */
} IbScored;

/* How many good messages may be lost, in the strict corner. */
#define IB_MEASURED_LOSSES 2

typedef struct {
    guint64 ham, spam;   /* that there were */
    guint64 ham_lost;    /* called spam */
    guint64 spam_missed; /* not called spam */
    /* Per cent. NAN where there is no message of a kind that it needs. */
    double ham_lost_share, spam_missed_share;
    double lam; /* logistic average of both shares, each smoothed to (errors + 1/2) / (messages + 1) */
    double
        area; /* above the ROC curve: how often, of a good message and spam, the good one scores higher; ties half */
    double missed_at
        [IB_MEASURED_LOSSES]; /* spam missed with the best cut that loses no more than so many good ones */
} IbMeasures;

/* The order of @scored does not matter. */
IbMeasures ib_measures_of (const IbScored *scored, gsize count);
