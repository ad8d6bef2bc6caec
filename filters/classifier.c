/* classifier.c - from features and a model to a verdict, with its reasons */
#include "classifier.h"
#include "address.h"

#include <math.h>
#include <string.h>

/* Words named in a group's evidence. */
#define WORDS_NAMED 5
/* Weights below it are not worth a row. */
#define LEAST_WEIGHT 0.005
/* The number of lessons after which the weights set by hand are half of what they were. */
#define HALF_FADED 50.0

/* What speaks against a message beside its words (evidence.h), in log-odds towards spam. One alone is never enough for
 * the usual threshold. */
static const struct {
    const char *feature;
    double weight;
} by_hand[] = {
    { "provider-mark", 1.3 },   { "display-address", 1.2 }, { "lookalike-domain", 1.2 },
    { "executable", 1.2 },      { "unproven-sender", 1.0 }, { "forged-results", 1.0 },
    { "namesake", 1.0 },        { "beside-mx", 0.8 },       { "several-authors", 0.7 },
    { "reply-elsewhere", 0.3 }, { "via-relay", 0.3 },       { "clocks", 0.1 },
};

static const char *const group_names[IB_FEATURE_GROUPS] = {
    [IB_GROUP_FROM] = "from",
    [IB_GROUP_SUBJECT] = "subject",
    [IB_GROUP_HEADER] = "header",
    [IB_GROUP_TEXT] = "text",
    [IB_GROUP_LINKS] = "links",
    [IB_GROUP_ROUTE] = "route",
    [IB_GROUP_AUTHENTICATION] = "authentication",
    [IB_GROUP_STRUCTURE] = "structure",
};

typedef struct {
    const char *word;
    double share;
} Named;

typedef struct {
    double sum;
    Named heaviest[WORDS_NAMED];
    guint n_named;
} Group;

/* Keeps the heaviest, in order. */
static void
name_word (Group *group, const char *word, double share)
{
    guint at = group->n_named;
    while (at > 0 && fabs (group->heaviest[at - 1].share) < fabs (share))
        at--;
    if (at == WORDS_NAMED)
        return;
    group->n_named = MIN (group->n_named + 1, WORDS_NAMED);
    memmove (&group->heaviest[at + 1], &group->heaviest[at], (group->n_named - at - 1) * sizeof (Named));
    group->heaviest[at] = (Named){ .word = word, .share = share };
}

static void
sum_table (Group *groups, const void *model, const IbFeatures *features, IbFeatureTable table)
{
    gsize count;
    (void) ib_features_slots (features, table, &count);
    g_autofree double *shares = g_new (double, MAX (count, 1));
    ib_model_shares (model, features, table, shares);
    for (gsize i = 0; i < count; i++) {
        IbFeatureGroup group;
        const char *word = ib_features_name (features, table, i, &group);
        groups[group].sum += shares[i];
        if (*word != '\0' && fabs (shares[i]) >= LEAST_WEIGHT)
            name_word (&groups[group], word, shares[i]);
    }
}

static void
add_group (IbVerdict *verdict, const char *name, const Group *group)
{
    IbEvidence *evidence = ib_verdict_add (verdict, name, group->sum, NULL);
    for (guint i = 0; i < group->n_named; i++)
        ib_verdict_add_detail (evidence, group->heaviest[i].word, group->heaviest[i].share);
}

static double
add_learned (IbVerdict *verdict, const void *model, const IbFeatures *features)
{
    Group groups[IB_FEATURE_GROUPS] = { 0 };
    double sum = 0;
    for (IbFeatureTable table = 0; table < IB_TABLES; table++)
        sum_table (groups, model, features, table);
    for (IbFeatureGroup group = 0; group < IB_FEATURE_GROUPS; group++) {
        sum += groups[group].sum;
        if (groups[group].sum != 0)
            add_group (verdict, group_names[group], &groups[group]);
    }
    return sum;
}

static double
weight_by_hand (const char *feature)
{
    for (gsize i = 0; i < G_N_ELEMENTS (by_hand); i++)
        if (strcmp (by_hand[i].feature, feature) == 0)
            return by_hand[i].weight;
    return 0;
}

static double
weigh_by_hand (IbVerdict *verdict, const void *model)
{
    double known = (double) (ib_model_n_ham (model) + ib_model_n_spam (model));
    double sum = 0;
    for (guint i = 0; i < verdict->evidence->len; i++) {
        IbEvidence *evidence = verdict->evidence->pdata[i];
        evidence->weight = weight_by_hand (evidence->feature) * HALF_FADED * HALF_FADED
                           / (HALF_FADED * HALF_FADED + known * known);
        sum += evidence->weight;
    }
    return sum;
}

static bool
is_from_somebody_known (const IbOrigin *origin, const IbCorrespondents *known)
{
    if (origin == NULL || known == NULL || origin->authors == NULL || origin->authors->len != 1)
        return false;
    const IbAddress *author = origin->authors->pdata[0];
    return ib_authentication_is_proven (origin->authentication)
           && ib_correspondents_knows (known, author->address);
}

static IbVerdictKind
kind_of (double probability, double threshold)
{
    if (probability >= threshold)
        return IB_VERDICT_SPAM;
    return probability < IB_UNSURE_FROM ? IB_VERDICT_HAM : IB_VERDICT_UNSURE;
}

static int
compare_weights (const void *one, const void *other)
{
    double a = fabs ((*(const IbEvidence *const *) one)->weight);
    double b = fabs ((*(const IbEvidence *const *) other)->weight);
    return (a < b) - (a > b);
}

static double
probability_of (double log_odds)
{
    return 1 / (1 + exp (-log_odds));
}

/* Before enough is known: what was learned does not count, and what does only ever speaks for spam. */
static void
judge_by_hand (IbVerdict *verdict, double by_hand_alone, double threshold)
{
    bool would_be_sure = kind_of (probability_of (verdict->score), threshold) != IB_VERDICT_UNSURE;
    if (kind_of (probability_of (by_hand_alone), threshold) == IB_VERDICT_SPAM)
        verdict->kind = IB_VERDICT_SPAM;
    else if (would_be_sure)
        ib_verdict_add (verdict, "too-early", 0, NULL);
}

void
ib_classifier_judge (IbVerdict *verdict, const void *model, const IbFeatures *features, const IbFacts *facts,
                     const IbOrigin *origin, const IbCorrespondents *known)
{
    double by_hand_alone = weigh_by_hand (verdict, model);
    if (features != NULL && ib_model_n_ham (model) + ib_model_n_spam (model) > 0)
        verdict->score = by_hand_alone + add_learned (verdict, model, features);
    g_ptr_array_sort (verdict->evidence, compare_weights);

    if (MIN (ib_model_n_ham (model), ib_model_n_spam (model)) >= IB_KNOWN_ENOUGH) {
        verdict->probability = probability_of (verdict->score);
        verdict->kind = kind_of (verdict->probability, facts->spam_threshold);
    } else {
        judge_by_hand (verdict, by_hand_alone, facts->spam_threshold);
    }
    if (verdict->kind == IB_VERDICT_SPAM && is_from_somebody_known (origin, known)) {
        verdict->kind = IB_VERDICT_UNSURE;
        ib_verdict_add (verdict, "known-sender", 0, NULL);
    }
}
