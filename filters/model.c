/* model.c - what the classifier has learned
 *
 * Two logistic regressions. Features are there or not, and a message's are scaled to length one, so that long messages
 * do not shout. */
#include "model-private.h"

#include <math.h>
#include <string.h>

#define MAGIC "inbasket"
#define VERSION 1
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
    memset (self, 0, sizeof *self);
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
ib_model_is_sound (const void *memory, gsize size)
{
    const IbModel *self = memory;
    return size == sizeof *self && memcmp (self->magic, MAGIC, sizeof self->magic) == 0
           && self->version == VERSION && self->slots == IB_FEATURE_SLOTS
           && is_sound (&self->tables[IB_TABLE_WORDS]) && is_sound (&self->tables[IB_TABLE_GRAMS]);
}

double
ib_model_table_score (const IbModelTable *self, const guint32 *slots, gsize count)
{
    double sum = 0;
    for (gsize i = 0; i < count; i++)
        sum += self->weights[slots[i]];
    return count > 0 ? sum / sqrt ((double) count) : 0;
}

double
ib_model_score (const void *memory, const IbFeatures *features)
{
    const IbModel *self = memory;
    double sum = 0;
    for (IbFeatureTable table = 0; table < IB_TABLES; table++) {
        gsize count;
        const guint32 *slots = ib_features_slots (features, table, &count);
        sum += ib_model_table_score (&self->tables[table], slots, count);
    }
    return sum / IB_TABLES;
}

void
ib_model_shares (const void *memory, const IbFeatures *features, IbFeatureTable table, double *out_shares)
{
    const float *weights = ((const IbModel *) memory)->tables[table].weights;
    gsize count;
    const guint32 *slots = ib_features_slots (features, table, &count);
    double scale = 1 / sqrt ((double) MAX (count, 1)) / IB_TABLES;
    for (gsize i = 0; i < count; i++)
        out_shares[i] = weights[slots[i]] * scale;
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
