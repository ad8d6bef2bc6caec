/* A model learns what it is told, the same way each time, and forgives. */
#include "features-private.h"
#include "learner.h"
#include "message.h"
#include "mail-limits.h"
#include "model-private.h"

#include <math.h>
#include <string.h>

static void *
model_new (void)
{
    void *model = g_malloc0 (ib_model_size ());
    ib_model_init (model);
    return model;
}

static IbFeatures *
features_of (const char *subject)
{
    g_autofree char *text = g_strdup_printf ("From: a@example.org\nSubject: %s\n\n%s\n", subject, subject);
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_autoptr (IbMessage) message = ib_message_new (text, strlen (text));
    return ib_features_new (message, facts, NULL, IB_FEATURES_PLAIN);
}

static double
score (const void *model, const char *subject)
{
    g_autoptr (IbFeatures) features = features_of (subject);
    return ib_model_score (model, features);
}

static void
learn (IbLearner *learner, const char *key, const char *subject, bool is_spam, IbLessonKind kind)
{
    g_autoptr (IbFeatures) features = features_of (subject);
    g_autoptr (GByteArray) packed = g_byte_array_new ();
    ib_features_pack (features, packed);
    g_assert_true (ib_learner_learn (learner, key, is_spam, packed->data, packed->len, kind));
}

/* @n lessons each of two kinds of mail. */
static void
teach (IbLearner *learner, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *ham = g_strdup_printf ("lunch on day %u with anna", i);
        g_autofree char *spam = g_strdup_printf ("cheap pills number %u today", i);
        g_autofree char *ham_key = g_strdup_printf ("h%u", i), *spam_key = g_strdup_printf ("s%u", i);
        learn (learner, ham_key, ham, false, IB_LESSON_CONFIRMATION);
        learn (learner, spam_key, spam, true, IB_LESSON_CONFIRMATION);
    }
}

static void
knows_nothing_at_first (void)
{
    g_autofree void *model = model_new ();
    g_assert_true (ib_model_is_sound (model, ib_model_size ()));
    g_assert_cmpfloat (score (model, "anything"), ==, 0);
    g_assert_cmpuint (ib_model_n_ham (model) + ib_model_n_spam (model) + ib_model_lesson (model), ==, 0);
}

static void
learns (void)
{
    g_autofree void *model = model_new ();
    g_autoptr (IbLearner) learner = ib_learner_new (model);
    teach (learner, 20);
    g_assert_cmpfloat (score (model, "lunch on monday with anna"), <, -1);
    g_assert_cmpfloat (score (model, "cheap pills for you today"), >, 1);
    g_assert_cmpuint (ib_model_n_ham (model), ==, 20);
    g_assert_cmpuint (ib_model_n_spam (model), ==, 20);
    g_assert_true (ib_model_is_sound (model, ib_model_size ()));
}

static void
correction_flips (void)
{
    g_autofree void *model = model_new ();
    g_autoptr (IbLearner) learner = ib_learner_new (model);
    teach (learner, 20);
    learn (learner, "x", "cheap pills number 77 today", false, IB_LESSON_CORRECTION);
    g_assert_cmpfloat (score (model, "cheap pills number 77 today"), <, 0);
    g_assert_cmpfloat (score (model, "lunch on monday with anna"), <, 0);
}

static void
moved_back_is_one_message (void)
{
    g_autofree void *model = model_new ();
    g_autoptr (IbLearner) learner = ib_learner_new (model);
    learn (learner, "x", "cheap pills", true, IB_LESSON_CORRECTION);
    g_assert_cmpfloat (score (model, "cheap pills"), >, 0);
    learn (learner, "x", "cheap pills", false, IB_LESSON_CORRECTION);
    g_assert_cmpfloat (score (model, "cheap pills"), <, 0);
    g_assert_cmpuint (ib_model_n_ham (model), ==, 1);
    g_assert_cmpuint (ib_model_n_spam (model), ==, 0);
}

static void
same_lessons_make_the_same_model (void)
{
    g_autofree void *one = model_new (), *other = model_new ();
    g_autoptr (IbLearner) first = ib_learner_new (one), second = ib_learner_new (other);
    teach (first, 30);
    teach (second, 30);
    g_assert_cmpmem (one, ib_model_size (), other, ib_model_size ());
}

/* What a message is called by is no reason to judge another one differently. */
static void
keys_do_not_matter (void)
{
    g_autofree void *one = model_new (), *other = model_new ();
    g_autoptr (IbLearner) first = ib_learner_new (one), second = ib_learner_new (other);
    for (guint i = 0; i < 60; i++) {
        g_autofree char *short_key = g_strdup_printf ("%u", i),
                        *long_key = g_strdup_printf ("id-%u@b", i * 7);
        g_autofree char *text = g_strdup_printf ("text %u of %u", i, i % 7);
        learn (first, short_key, text, i % 3 == 0, IB_LESSON_CORRECTION);
        learn (second, long_key, text, i % 3 == 0, IB_LESSON_CORRECTION);
    }
    g_assert_cmpmem (one, ib_model_size (), other, ib_model_size ());
}

/* Stopped half-way: the model was kept, and the ring comes from the journal. */
static void
goes_on_where_it_stopped (void)
{
    g_autofree void *whole = model_new (), *half = model_new ();
    g_autoptr (IbLearner) through = ib_learner_new (whole);
    IbLearner *before = ib_learner_new (half);
    for (guint i = 0; i < 40; i++) {
        g_autofree char *key = g_strdup_printf ("k%u", i), *text = g_strdup_printf ("text %u", i);
        learn (through, key, text, i % 3 == 0, IB_LESSON_CONFIRMATION);
        learn (before, key, text, i % 3 == 0, IB_LESSON_CONFIRMATION);
    }
    ib_learner_free (before);
    g_autoptr (IbLearner) after = ib_learner_new (half);
    for (guint i = 0; i < 40; i++) {
        g_autofree char *key = g_strdup_printf ("k%u", i), *text = g_strdup_printf ("text %u", i);
        g_autoptr (IbFeatures) features = features_of (text);
        g_autoptr (GByteArray) packed = g_byte_array_new ();
        ib_features_pack (features, packed);
        g_assert_true (ib_learner_remember (after, key, i % 3 == 0, packed->data, packed->len));
    }
    learn (through, "last", "one more text", true, IB_LESSON_CORRECTION);
    learn (after, "last", "one more text", true, IB_LESSON_CORRECTION);
    g_assert_cmpmem (whole, ib_model_size (), half, ib_model_size ());
}

static void
nonsense_teaches_nothing (void)
{
    g_autofree void *model = model_new (), *before = model_new ();
    g_autoptr (IbLearner) learner = ib_learner_new (model);
    g_assert_false (ib_learner_learn (learner, "x", true, (const guint8 *) "\xff", 1, IB_LESSON_CORRECTION));
    g_assert_false (ib_learner_remember (learner, "x", true, (const guint8 *) "", 0));
    g_assert_cmpmem (model, ib_model_size (), before, ib_model_size ());
}

static void
shares_add_up (void)
{
    g_autofree void *model = model_new ();
    g_autoptr (IbLearner) learner = ib_learner_new (model);
    teach (learner, 10);
    g_autoptr (IbFeatures) features = features_of ("cheap lunch with anna");
    double sum = 0;
    for (IbFeatureTable table = 0; table < IB_TABLES; table++) {
        gsize count;
        (void) ib_features_slots (features, table, &count);
        g_autofree double *shares = g_new (double, count);
        ib_model_shares (model, features, table, shares);
        for (gsize i = 0; i < count; i++)
            sum += shares[i];
    }
    g_assert_cmpfloat_with_epsilon (sum, ib_model_score (model, features), 1e-9);
}

/* A model in which each weight is @weight, and has seen @squares of gradients. */
static void *
model_of (float weight, float squares)
{
    IbModel *model = model_new ();
    for (gsize i = 0; i < IB_FEATURE_SLOTS; i++)
        for (IbFeatureTable table = 0; table < IB_TABLES; table++) {
            model->tables[table].weights[i] = weight;
            model->tables[table].squares[i] = squares;
        }
    return model;
}

/* The same weights, learned from ever more: further and further from 0, and always on their side. */
static void
is_surer_of_what_it_learned_often (gconstpointer data)
{
    float weight = *(const float *) data;
    double last = 0;
    for (float squares = 0; squares <= 1; squares = squares * 4 + 0.001f) {
        g_autofree void *model = model_of (weight, squares);
        double size = score (model, "cheap pills") / (double) weight;
        g_assert_cmpfloat (size, >, last);
        last = size;
    }
}

/* The same weights are worth about half as much where nothing stands behind them. */
static void
doubts_what_it_never_learned (void)
{
    g_autofree void *fresh = model_of (0.1f, 0), *settled = model_of (0.1f, 1);
    double doubtful = score (fresh, "cheap pills"), sure = score (settled, "cheap pills");
    g_assert_cmpfloat (doubtful, >, 0);
    g_assert_cmpfloat (doubtful, <, sure * 0.55);
}

/* Whatever a sound table says, a score is a number, and that of nothing is none of either. */
static void
scores_are_numbers (void)
{
    for (guint i = 0; i < 4; i++) {
        g_autofree void *model = model_of (i % 2 == 0 ? 1e6f : -1e6f, i / 2 == 0 ? 0 : 1e6f);
        g_assert_true (ib_model_is_sound (model, ib_model_size ()));
        g_assert_true (isfinite (score (model, "cheap pills, and more of them")));
        g_autoptr (IbFeatures) none = ib_features_new_empty ();
        g_assert_cmpfloat (ib_model_score (model, none), ==, 0);
    }
}

static const struct {
    const char *name;
    gsize offset;
    guint8 byte;
} broken[] = {
    { "magic", 0, 'x' },
    { "version", 8, 99 },
    { "no-number", 4096 + 3, 0xff },
};

static void
broken_model_is_not_sound (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree guint8 *model = model_new ();
    memset (model + broken[i].offset, broken[i].byte, i == 2 ? 4 : 1);
    g_assert_false (ib_model_is_sound (model, ib_model_size ()));
}

static void
other_size_is_not_sound (void)
{
    g_autofree guint8 *model = model_new ();
    g_assert_false (ib_model_is_sound (model, ib_model_size () - 1));
    g_assert_false (ib_model_is_sound (model, 0));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/learner/knows-nothing-at-first", knows_nothing_at_first);
    g_test_add_func ("/learner/learns", learns);
    g_test_add_func ("/learner/correction-flips", correction_flips);
    g_test_add_func ("/learner/moved-back-is-one-message", moved_back_is_one_message);
    g_test_add_func ("/learner/same-lessons-make-the-same-model", same_lessons_make_the_same_model);
    g_test_add_func ("/learner/keys-do-not-matter", keys_do_not_matter);
    g_test_add_func ("/learner/goes-on-where-it-stopped", goes_on_where_it_stopped);
    g_test_add_func ("/learner/nonsense-teaches-nothing", nonsense_teaches_nothing);
    g_test_add_func ("/learner/shares-add-up", shares_add_up);
    static const float towards_spam = 0.1f, towards_ham = -0.1f;
    g_test_add_data_func ("/model/surer-of-what-it-learned-often/spam", &towards_spam,
                          is_surer_of_what_it_learned_often);
    g_test_add_data_func ("/model/surer-of-what-it-learned-often/ham", &towards_ham,
                          is_surer_of_what_it_learned_often);
    g_test_add_func ("/model/doubts-what-it-never-learned", doubts_what_it_never_learned);
    g_test_add_func ("/model/scores-are-numbers", scores_are_numbers);
    for (gsize i = 0; i < G_N_ELEMENTS (broken); i++) {
        g_autofree char *path = g_strconcat ("/model/broken/", broken[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), broken_model_is_not_sound);
    }
    g_test_add_func ("/model/other-size", other_size_is_not_sound);
    return g_test_run ();
}
