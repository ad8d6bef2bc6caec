/* measures.c - how good a classifier is, by its scores for mail of which it is known what it is */
#include "measures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double
per_cent (double part, double whole)
{
    return whole > 0 ? 100 * part / whole : NAN;
}

static void
count (IbMeasures *self, const IbScored *scored, gsize count)
{
    for (gsize i = 0; i < count; i++) {
        if (scored[i].is_spam) {
            self->spam++;
            self->spam_missed += !scored[i].is_called;
        } else {
            self->ham++;
            self->ham_lost += scored[i].is_called;
        }
    }
    self->ham_lost_share = per_cent ((double) self->ham_lost, (double) self->ham);
    self->spam_missed_share = per_cent ((double) self->spam_missed, (double) self->spam);
}

/* Smoothed, so that a filter without an error has finite odds. */
static double
log_odds_of_error (guint64 errors, guint64 messages)
{
    double share = ((double) errors + 0.5) / ((double) messages + 1);
    return log (share / (1 - share));
}

static double
logistic_average (const IbMeasures *self)
{
    double mean
        = (log_odds_of_error (self->ham_lost, self->ham) + log_odds_of_error (self->spam_missed, self->spam))
          / 2;
    return 100 / (1 + exp (-mean));
}

/* --- by score, from the least like spam on --------------------------------------------------------------------- */

static int
compare_scores (const void *one, const void *other)
{
    double a = ((const IbScored *) one)->score, b = ((const IbScored *) other)->score;
    return (a > b) - (a < b);
}

/* Pairs of a good message and spam in which the good one scores higher; a tie is half a pair. */
static double
pairs_in_wrong_order (const IbScored *sorted, gsize count)
{
    double pairs = 0, spam_below = 0;
    for (gsize from = 0, to = 0; from < count; from = to) {
        double ham = 0, spam = 0;
        for (to = from; to < count && sorted[to].score == sorted[from].score; to++) {
            if (sorted[to].is_spam)
                spam++;
            else
                ham++;
        }
        pairs += ham * (spam_below + spam / 2);
        spam_below += spam;
    }
    return pairs;
}

/* The cut lies just above the good message that must not be lost any more: spam that scores no higher is missed. */
static double
missed_with (const IbScored *sorted, gsize count, guint64 may_be_lost)
{
    guint64 missed = 0, spam = 0;
    gsize at = count;
    for (guint64 lost = 0; at > 0; at--)
        if (!sorted[at - 1].is_spam && lost++ == may_be_lost)
            break;
    for (gsize i = 0; i < count; i++) {
        spam += sorted[i].is_spam;
        missed += sorted[i].is_spam && at > 0 && sorted[i].score <= sorted[at - 1].score;
    }
    return per_cent ((double) missed, (double) spam);
}

IbMeasures
ib_measures_of (const IbScored *scored, gsize n)
{
    IbMeasures self = { .lam = NAN, .area = NAN };
    count (&self, scored, n);
    for (gsize i = 0; i < IB_MEASURED_LOSSES; i++)
        self.missed_at[i] = NAN;
    if (self.ham == 0 || self.spam == 0)
        return self;

    g_autofree IbScored *sorted = g_memdup2 (scored, n * sizeof *scored);
    qsort (sorted, n, sizeof *sorted, compare_scores);
    self.lam = logistic_average (&self);
    self.area = per_cent (pairs_in_wrong_order (sorted, n), (double) self.ham * (double) self.spam);
    for (gsize i = 0; i < IB_MEASURED_LOSSES; i++)
        self.missed_at[i] = missed_with (sorted, n, i);
    return self;
}
