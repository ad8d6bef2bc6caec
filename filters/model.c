/* model.c - what the classifier has learned
 *
 * Two logistic regressions. Features are there or not, and a message's are scaled to length one, so that long messages
 * do not shout.
 *
 * A sum of weights alone does not tell whether it rests on what was learned often or once. So each table's sum is divided
 * by what it may be off by, as a logistic regression that knows the variance of its weights does (MacKay, The evidence
 * framework applied to classification networks, 1992): log-odds / sqrt (1 + pi / 8 variance). The squared gradients that
 * a weight has seen are the precision that it has won. */
#include "model-private.h"

#include <math.h>
#include <string.h>

#define MAGIC "inbasket"
#define VERSION 1
/* The squares at which half of a weight's first variance is gone. */
#define HALF_SURE 0.01
/* pi / 8 of the variance of the log-odds of a message of which nothing was ever learned: they may be off by 2.8. */
#define FIRST_VARIANCE 3.0
/* What is left of it in usual mail, after some thousand lessons: there a score is just the sum of its weights. */
#define USUAL_VARIANCE 2.0
/* No honest weight comes near. */
#define MOST_WEIGHT 1e6f

gsize
ib_model_size (void)
{
    return sizeof (IbModel);
}

void
ib_model_init (void *memory)
{
    IbModel *self = memory;
    memcpy (self->magic, MAGIC, sizeof self->magic);
    self->version = VERSION;
    self->slots = IB_FEATURE_SLOTS;
}

/* Neither is true of what is no number. */
static bool
is_sound (const IbModelTable *table)
{
    for (gsize i = 0; i < IB_FEATURE_SLOTS; i++)
        if (!(fabsf (table->weights[i]) <= MOST_WEIGHT && table->squares[i] >= 0
              && table->squares[i] <= MOST_WEIGHT))
            return false;
    return true;
}

bool
ib_model_is_one (const void *memory, gsize size)
{
    const IbModel *self = memory;
    return size == sizeof *self && memcmp (self->magic, MAGIC, sizeof self->magic) == 0
           && self->version == VERSION && self->slots == IB_FEATURE_SLOTS;
}

bool
ib_model_is_sound (const void *memory, gsize size)
{
    const IbModel *self = memory;
    return ib_model_is_one (memory, size) && is_sound (&self->tables[IB_TABLE_WORDS])
           && is_sound (&self->tables[IB_TABLE_GRAMS]);
}

double
ib_model_table_score (const IbModelTable *self, const guint32 *slots, gsize count)
{
    double sum = 0;
    for (gsize i = 0; i < count; i++)
        sum += self->weights[slots[i]];
    return count > 0 ? sum / sqrt ((double) count) : 0;
}

/* What the sum of the weights of @count slots is multiplied with: the less, the less of them was learned. */
static double
sureness (const IbModelTable *self, const guint32 *slots, gsize count)
{
    double variance = 0;
    for (gsize i = 0; i < count; i++)
        variance += HALF_SURE / (HALF_SURE + (double) self->squares[slots[i]]);
    variance *= FIRST_VARIANCE / (double) MAX (count, 1);
    return sqrt ((1 + USUAL_VARIANCE) / (1 + variance));
}

double
ib_model_score (const void *memory, const IbFeatures *features)
{
    const IbModel *self = memory;
    double sum = 0;
    for (IbFeatureTable table = 0; table < IB_TABLES; table++) {
        gsize count;
        const guint32 *slots = ib_features_slots (features, table, &count);
        sum += ib_model_table_score (&self->tables[table], slots, count)
               * sureness (&self->tables[table], slots, count);
    }
    return sum / IB_TABLES;
}

void
ib_model_shares (const void *memory, const IbFeatures *features, IbFeatureTable table, double *out_shares)
{
    const IbModelTable *self = &((const IbModel *) memory)->tables[table];
    gsize count;
    const guint32 *slots = ib_features_slots (features, table, &count);
    double scale = sureness (self, slots, count) / sqrt ((double) MAX (count, 1)) / IB_TABLES;
    for (gsize i = 0; i < count; i++)
        out_shares[i] = self->weights[slots[i]] * scale;
}

guint64
ib_model_n_ham (const void *memory)
{
    return ((const IbModel *) memory)->n_ham;
}

guint64
ib_model_n_spam (const void *memory)
{
    return ((const IbModel *) memory)->n_spam;
}

guint64
ib_model_lesson (const void *memory)
{
    return ((const IbModel *) memory)->lesson;
}

void
ib_model_set_lesson (void *memory, guint64 lesson)
{
    ((IbModel *) memory)->lesson = lesson;
}
