/* learner.c - the one writer of a model
 *
 *     lesson ─▶ ring of the newest examples
 *        │            │ a few of them, each about as often
 *        ▼            ▼
 *     step if the model is not sure already ─▶ weights
 *
 * A step moves each weight of the message against the gradient of the logistic loss, the less the more that weight was
 * moved before (AdaGrad; Duchi, Hazan, Singer 2011): rare words learn fast, common ones slowly. What the model now
 * contradicts flatly is not gone over again, since its label is likely wrong. */
#include "learner.h"
#include "features-private.h"
#include "model-private.h"

#include <math.h>
#include <string.h>

/* The model is left alone where it is this near to the label: at first, and when much is known; and the number of lessons
 * after which it is half-way between. With few examples nobody can be as sure as with many. */
#define NEAR_ENOUGH_FIRST 0.04
#define NEAR_ENOUGH_LAST 0.01
#define NEARER_AFTER 500.0
/* No error counts for more: a label that surprises the model as much as that may be wrong. */
#define MOST_ERROR 0.6
/* Examples that are gone over after a lesson that changed something, and after one that did not; and the error from which
 * they are not believed, once so many lessons are known. */
#define REPLAYED 30
#define REPLAYED_UNCHANGED 3
#define NOT_BELIEVED 0.4
#define DOUBTED_FROM 60
#define REPEATED_AT_MOST 20
/* Keeps the first step from being one over nothing. */
#define FIRST_SQUARES 0.001f

/* The first steps are large; after some thousand lessons, gentler ones forgive wrong labels. */
static const struct {
    float first, settled;
} rates[IB_TABLES] = {
    [IB_TABLE_WORDS] = { 0.7f, 0.4f },
    [IB_TABLE_GRAMS] = { 0.4f, 0.3f },
};
#define SETTLED_AFTER 10000.0

typedef struct {
    char *key;
    guint8 *packed;
    gsize length;
    bool is_spam;
} Example;

struct _IbLearner {
    IbModel *model;
    GPtrArray *ring;    /* Example, the oldest first */
    GHashTable *by_key; /* of the examples → the example */
    gsize ring_bytes;
    IbFeatures *lesson, *replayed; /* unpacked, over and over */
};

static void
example_free (gpointer pointer)
{
    Example *self = pointer;
    g_free (self->key);
    g_free (self->packed);
    g_free (self);
}

IbLearner *
ib_learner_new (void *memory)
{
    IbLearner *self = g_new0 (IbLearner, 1);
    self->model = memory;
    self->lesson = ib_features_new_empty ();
    self->replayed = ib_features_new_empty ();
    self->ring = g_ptr_array_new_with_free_func (example_free);
    self->by_key = g_hash_table_new (g_str_hash, g_str_equal);
    return self;
}

void
ib_learner_free (IbLearner *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->by_key);
    g_ptr_array_unref (self->ring);
    ib_features_free (self->lesson);
    ib_features_free (self->replayed);
    g_free (self);
}

/* --- the ring --- */

static gsize
size_of (const Example *example)
{
    return sizeof *example + strlen (example->key) + example->length;
}

static void
drop (IbLearner *self, guint index)
{
    Example *example = self->ring->pdata[index];
    self->ring_bytes -= size_of (example);
    g_hash_table_remove (self->by_key, example->key);
    g_ptr_array_remove_index (self->ring, index);
}

/* Whether there was one, and what it was called. */
static bool
drop_key (IbLearner *self, const char *key, bool *out_was_spam)
{
    Example *example = g_hash_table_lookup (self->by_key, key);
    guint index;
    if (example == NULL || !g_ptr_array_find (self->ring, example, &index))
        return false;
    *out_was_spam = example->is_spam;
    drop (self, index);
    return true;
}

static void
keep (IbLearner *self, const char *key, bool is_spam, const guint8 *packed, gsize length)
{
    Example *example = g_new (Example, 1);
    *example = (Example){
        .key = g_strdup (key),
        .packed = g_memdup2 (packed, length),
        .length = length,
        .is_spam = is_spam,
    };
    g_ptr_array_add (self->ring, example);
    g_hash_table_insert (self->by_key, example->key, example);
    self->ring_bytes += size_of (example);
    while (self->ring->len > IB_LIMIT_EXAMPLES || self->ring_bytes > IB_LIMIT_EXAMPLE_BYTES)
        drop (self, 0);
}

bool
ib_learner_remember (IbLearner *self, const char *key, bool is_spam, const guint8 *packed, gsize length)
{
    bool was_spam;
    if (!ib_features_unpack_again (self->lesson, packed, length))
        return false;
    (void) drop_key (self, key, &was_spam);
    keep (self, key, is_spam, packed, length);
    return true;
}

/* --- steps --- */

static double
probability (double log_odds)
{
    return 1 / (1 + exp (-log_odds));
}

static double
near_enough (const IbModel *model)
{
    double known = (double) (model->n_ham + model->n_spam);
    return NEAR_ENOUGH_LAST + (NEAR_ENOUGH_FIRST - NEAR_ENOUGH_LAST) * NEARER_AFTER / (NEARER_AFTER + known);
}

static float
rate_of (const IbModel *model, IbFeatureTable table)
{
    double known = (double) (model->n_ham + model->n_spam);
    float settled = (float) MIN (known / SETTLED_AFTER, 1);
    return rates[table].first + settled * (rates[table].settled - rates[table].first);
}

static void
move_weights (IbModelTable *table, const guint32 *slots, gsize count, float gradient, float rate)
{
    for (gsize i = 0; i < count; i++) {
        float *squares = &table->squares[slots[i]];
        *squares += gradient * gradient;
        table->weights[slots[i]] += rate * gradient / (FIRST_SQUARES + sqrtf (*squares));
    }
}

/* Each table learns by its own error; one that is further from the label than @believed does not. Returns: whether any
 * did */
static bool
step (IbModel *model, const IbFeatures *features, bool is_spam, double believed)
{
    bool has_moved = false;
    for (IbFeatureTable table = 0; table < IB_TABLES; table++) {
        gsize count;
        const guint32 *slots = ib_features_slots (features, table, &count);
        double error = is_spam - probability (ib_model_table_score (&model->tables[table], slots, count));
        if (count == 0 || fabs (error) < near_enough (model) || fabs (error) > believed)
            continue;
        double gradient = CLAMP (error, -MOST_ERROR, MOST_ERROR) / sqrt ((double) count);
        move_weights (&model->tables[table], slots, count, (float) gradient, rate_of (model, table));
        has_moved = true;
    }
    return has_moved;
}

/* The example that is gone over at @turn: multiples of the golden section, which leave no part of the ring out for long
 * and hang on nothing but the number of lessons (Weyl 1916). */
static const Example *
example_at (const IbLearner *self, guint64 turn)
{
    guint64 section = turn * 0x9e3779b97f4a7c15u >> 32;
    return self->ring->pdata[section * self->ring->len >> 32];
}

/* As long as little is known, nothing that was taught is doubted. */
static double
believed_of (const IbModel *model)
{
    return model->n_ham + model->n_spam < DOUBTED_FROM ? 1 : NOT_BELIEVED;
}

static void
replay (IbLearner *self, guint n_examples)
{
    double believed = believed_of (self->model);
    guint64 turn = (self->model->n_ham + self->model->n_spam) * REPLAYED;
    for (guint i = 0; i < n_examples; i++) {
        const Example *example = example_at (self, turn + i);
        if (ib_features_unpack_again (self->replayed, example->packed, example->length))
            step (self->model, self->replayed, example->is_spam, believed);
    }
}

static bool
agrees (const IbModel *model, const IbFeatures *features, bool is_spam)
{
    double score = ib_model_score (model, features);
    return is_spam ? score > 0 : score < 0;
}

static void
count (IbModel *model, bool is_spam)
{
    if (is_spam)
        model->n_spam++;
    else
        model->n_ham++;
}

static void
take_back (IbModel *model, bool was_spam)
{
    if (was_spam)
        model->n_spam -= model->n_spam > 0;
    else
        model->n_ham -= model->n_ham > 0;
}

/* Until the user sees that he was understood. */
static void
insist (IbModel *model, const IbFeatures *features, bool is_spam)
{
    for (guint i = 0; i < REPEATED_AT_MOST && !agrees (model, features, is_spam); i++)
        step (model, features, is_spam, 1);
}

bool
ib_learner_learn (IbLearner *self, const char *key, bool is_spam, const guint8 *packed, gsize length,
                  IbLessonKind kind)
{
    bool was_spam;
    if (!ib_features_unpack_again (self->lesson, packed, length))
        return false;
    if (drop_key (self, key, &was_spam))
        take_back (self->model, was_spam);

    bool has_moved = step (self->model, self->lesson, is_spam, 1);
    count (self->model, is_spam);
    keep (self, key, is_spam, packed, length);
    replay (self, has_moved ? REPLAYED : REPLAYED_UNCHANGED);
    if (kind == IB_LESSON_CORRECTION)
        insist (self->model, self->lesson, is_spam);
    return true;
}
