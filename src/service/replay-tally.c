/* replay-tally.c - judgements on mail that is here, counted against where it stands */
#include "replay-tally.h"
#include "compose.h"

#include <string.h>

#define FAILURES_KEPT 20

/* What became of one message; lives until the end only if other copies of it matter. */
typedef struct {
    const char *from; /* interned */
    GPtrArray *to;    /* folders, interned */
    const char *instead;
    char added[8], removed[8];
    char *rule, *twin_key;
    IbReplayExample *example;
} Result;

struct _IbReplayTally {
    IbReplay *replay;
    guint examples;
    GHashTable *changes;  /* key → IbReplayChange of .replay */
    GHashTable *rules;    /* rule → IbReplayRule of .replay */
    GHashTable *standing; /* "<twin key> <folder>" of all messages */
    GPtrArray *waiting;   /* Result: they stand in one of several places */
};

/* --- values ------------------------------------------------------------------------------------------------------------ */

static void
example_free (gpointer data)
{
    IbReplayExample *self = data;
    if (self == NULL)
        return;
    g_free (self->path);
    g_free (self->from);
    g_free (self->subject);
    g_free (self);
}

static void
result_free (gpointer data)
{
    Result *self = data;
    g_ptr_array_unref (self->to);
    g_free (self->rule);
    g_free (self->twin_key);
    example_free (self->example);
    g_free (self);
}

static void
change_free (gpointer data)
{
    IbReplayChange *self = data;
    g_free (self->from);
    g_strfreev (self->to);
    g_free (self->instead);
    g_free (self->rule);
    g_ptr_array_unref (self->examples);
    g_free (self);
}

static void
rule_free (gpointer data)
{
    IbReplayRule *self = data;
    g_free (self->rule);
    g_free (self);
}

static void
failure_free (gpointer data)
{
    IbReplayFailure *self = data;
    g_free (self->path);
    g_free (self->why);
    g_free (self);
}

void
ib_replay_free (IbReplay *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->changes);
    g_ptr_array_unref (self->rules);
    g_ptr_array_unref (self->failures);
    g_free (self);
}

IbReplayTally *
ib_replay_tally_new (guint examples)
{
    IbReplayTally *self = g_new0 (IbReplayTally, 1);
    self->replay = g_new0 (IbReplay, 1);
    self->replay->changes = g_ptr_array_new_with_free_func (change_free);
    self->replay->rules = g_ptr_array_new_with_free_func (rule_free);
    self->replay->failures = g_ptr_array_new_with_free_func (failure_free);
    self->examples = examples;
    self->changes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->rules = g_hash_table_new (g_str_hash, g_str_equal);
    self->standing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->waiting = g_ptr_array_new_with_free_func (result_free);
    return self;
}

/* --- one judgement ----------------------------------------------------------------------------------------------------- */

/* The letters of @a that are not in @b. */
static void
letters_without (const char *a, const char *b, char *out_letters)
{
    for (; *a != '\0'; a++)
        if (strchr (b, *a) == NULL)
            *out_letters++ = *a;
    *out_letters = '\0';
}

/* Delivery would keep these letters of @flags. */
static void
compare_flags (Result *result, const char *now, char **flags)
{
    g_autofree char *info = ib_compose_info ((const char *const *) flags);
    const char *then = *info != '\0' ? info + strlen ("2,") : "";
    letters_without (then, now, result->added);
    letters_without (now, then, result->removed);
}

static bool
stores (const IbAction *action)
{
    return action->kind == IB_ACTION_KEEP || action->kind == IB_ACTION_FILEINTO;
}

/* Whether the message goes nowhere else by @action. */
static bool
ends (const IbAction *action)
{
    return !stores (action) && action->kind != IB_ACTION_NOTIFY && action->kind != IB_ACTION_VACATION;
}

/* The flags are compared in the folder where the message stands, else in the first that it would go to. */
static void
read_actions (Result *result, const IbPlan *plan, const char *flags)
{
    const IbAction *place = NULL;
    result->instead = "";
    for (guint i = 0; i < plan->actions->len; i++) {
        const IbAction *action = plan->actions->pdata[i];
        if (ends (action))
            result->instead = ib_action_name (action->kind);
        if (!stores (action))
            continue;
        const char *folder = g_intern_string (action->mailbox);
        g_ptr_array_add (result->to, (gpointer) folder);
        if (place == NULL || folder == result->from)
            place = action;
    }
    if (place != NULL) {
        result->instead = "";
        compare_flags (result, flags, place->flags);
    }
}

static IbReplayExample *
example_new (const IbStanding *standing, gint64 arrived_s, const IbJudgement *judgement)
{
    IbReplayExample *example = g_new0 (IbReplayExample, 1);
    example->path = g_strdup (standing->path);
    example->arrived_s = arrived_s;
    example->from = g_strdup (judgement->from);
    example->subject = g_strdup (judgement->subject);
    return example;
}

/* --- counting ---------------------------------------------------------------------------------------------------------- */

static char *
key_of (const Result *result)
{
    g_autoptr (GString) key = g_string_new (result->from);
    for (guint i = 0; i < result->to->len; i++)
        g_string_append_printf (key, "\n%s", (const char *) result->to->pdata[i]);
    g_string_append_printf (key, "\n\n%s\n%s\n%s\n%s", result->instead, result->added, result->removed,
                            result->rule);
    return g_string_free (g_steal_pointer (&key), FALSE);
}

static IbReplayChange *
change_new (const Result *result)
{
    IbReplayChange *change = g_new0 (IbReplayChange, 1);
    g_autoptr (GStrvBuilder) to = g_strv_builder_new ();
    for (guint i = 0; i < result->to->len; i++)
        g_strv_builder_add (to, result->to->pdata[i]);
    change->from = g_strdup (result->from);
    change->to = g_strv_builder_end (to);
    change->instead = g_strdup (result->instead);
    memcpy (change->added, result->added, sizeof change->added);
    memcpy (change->removed, result->removed, sizeof change->removed);
    change->rule = g_strdup (result->rule);
    change->examples = g_ptr_array_new_with_free_func (example_free);
    return change;
}

static IbReplayRule *
rule_of (IbReplayTally *self, const char *name)
{
    IbReplayRule *rule = g_hash_table_lookup (self->rules, name);
    if (rule != NULL)
        return rule;
    rule = g_new0 (IbReplayRule, 1);
    rule->rule = g_strdup (name);
    g_ptr_array_add (self->replay->rules, rule);
    g_hash_table_insert (self->rules, rule->rule, rule);
    return rule;
}

static void
count_change (IbReplayTally *self, Result *result)
{
    g_autofree char *key = key_of (result);
    IbReplayChange *change = g_hash_table_lookup (self->changes, key);
    if (change == NULL) {
        change = change_new (result);
        g_ptr_array_add (self->replay->changes, change);
        g_hash_table_insert (self->changes, g_steal_pointer (&key), change);
    }
    change->count++;
    self->replay->changed++;
    rule_of (self, result->rule)->changed++;
    if (change->examples->len < self->examples)
        g_ptr_array_add (change->examples, g_steal_pointer (&result->example));
}

static bool
stays (const Result *result)
{
    return g_ptr_array_find (result->to, result->from, NULL) && *result->added == '\0'
           && *result->removed == '\0';
}

static char *
copy_key (const char *twin_key, const char *folder)
{
    return g_strconcat (twin_key, " ", folder, NULL);
}

/* Whether all other places have their copy already. */
static bool
has_copies (const IbReplayTally *self, const Result *result)
{
    for (guint i = 0; i < result->to->len; i++) {
        g_autofree char *key = copy_key (result->twin_key, result->to->pdata[i]);
        if (result->to->pdata[i] != result->from && !g_hash_table_contains (self->standing, key))
            return false;
    }
    return true;
}

/* --- the contract ------------------------------------------------------------------------------------------------------ */

void
ib_replay_tally_add (IbReplayTally *self, const IbStanding *standing, gint64 arrived_s,
                     const IbJudgement *judgement)
{
    if (judgement->error != NULL) {
        ib_replay_tally_fail (self, standing, judgement->error);
        return;
    }
    Result *result = g_new0 (Result, 1);
    result->from = standing->folder;
    result->to = g_ptr_array_new ();
    result->rule = g_strdup (judgement->rule);
    result->twin_key = g_strdup (judgement->twin_key);
    result->example = example_new (standing, arrived_s, judgement);
    read_actions (result, judgement->plan, standing->flags);

    self->replay->messages++;
    rule_of (self, judgement->rule)->count++;
    if (result->twin_key != NULL)
        g_hash_table_add (self->standing, copy_key (result->twin_key, result->from));
    if (stays (result) && result->to->len > 1 && result->twin_key != NULL) {
        g_ptr_array_add (self->waiting, result);
        return;
    }
    if (!stays (result) || result->to->len > 1)
        count_change (self, result);
    result_free (result);
}

void
ib_replay_tally_fail (IbReplayTally *self, const IbStanding *standing, const char *why)
{
    self->replay->messages++;
    self->replay->failed++;
    if (self->replay->failures->len == FAILURES_KEPT)
        return;
    IbReplayFailure *failure = g_new0 (IbReplayFailure, 1);
    failure->path = g_strdup (standing->path);
    failure->why = g_strdup (why);
    g_ptr_array_add (self->replay->failures, failure);
}

void
ib_replay_tally_gone (IbReplayTally *self)
{
    self->replay->gone++;
}

static int
compare_changes (gconstpointer a, gconstpointer b)
{
    const IbReplayChange *one = *(IbReplayChange *const *) a, *other = *(IbReplayChange *const *) b;
    bool has_rule = *one->rule != '\0';
    if (has_rule != (*other->rule != '\0'))
        return has_rule ? -1 : 1;
    if (one->count != other->count)
        return one->count > other->count ? -1 : 1;
    int order = strcmp (one->from, other->from);
    return order != 0 ? order : strcmp (one->rule, other->rule);
}

static int
compare_rules (gconstpointer a, gconstpointer b)
{
    const IbReplayRule *one = *(IbReplayRule *const *) a, *other = *(IbReplayRule *const *) b;
    if (one->count != other->count)
        return one->count > other->count ? -1 : 1;
    return strcmp (one->rule, other->rule);
}

IbReplay *
ib_replay_tally_finish (IbReplayTally *self)
{
    for (guint i = 0; i < self->waiting->len; i++)
        if (!has_copies (self, self->waiting->pdata[i]))
            count_change (self, self->waiting->pdata[i]);

    IbReplay *replay = self->replay;
    g_ptr_array_sort (replay->changes, compare_changes);
    g_ptr_array_sort (replay->rules, compare_rules);
    g_hash_table_unref (self->changes);
    g_hash_table_unref (self->rules);
    g_hash_table_unref (self->standing);
    g_ptr_array_unref (self->waiting);
    g_free (self);
    return replay;
}
