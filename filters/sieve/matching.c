/* matching.c - a test's keys against its values */
#include "matching.h"
#include "match.h"

/* What trying a key costs, even if a glance at its length is enough. */
#define OCTETS_A_KEY 4

static guint64
fold_cost (const IbComparator *comparator, IbSpan text)
{
    return (guint64) text.length * MAX (1, comparator->fold_cost);
}

/* Keys that only the run knows, made ready. */
static const IbOperand *
read_keys (IbVm *vm, const IbCall *call, const IbOperand *keys)
{
    IbArena *arena = ib_vm_arena (vm);
    IbOperand *ready = ib_arena_new_array (arena, IbOperand, 1);
    IbText *texts = ib_arena_new_array (arena, IbText, keys->n_texts);
    for (guint i = 0; i < keys->n_texts; i++) {
        texts[i] = keys->texts[i];
        if (texts[i].template == NULL)
            continue;
        texts[i].literal = ib_vm_text (vm, &keys->texts[i]);
        texts[i].key = ib_match_prepare (&call->comparison, arena, texts[i].literal);
        (void) ib_vm_spend (vm, fold_cost (call->comparison.comparator, texts[i].literal));
    }
    *ready = *keys;
    ready->texts = texts;
    (void) ib_vm_spend (vm, keys->n_texts * sizeof (IbText));
    return ready;
}

IbMatching
ib_matching_new (IbVm *vm, const IbCall *call, const IbOperand *keys)
{
    return (
        IbMatching){ .vm = vm, .call = call, .keys = keys->is_dynamic ? read_keys (vm, call, keys) : keys };
}

/* What is folded is kept, for one comparator; as it is it costs nothing. */
static IbSpan
fold (IbVm *vm, const IbComparator *comparator, IbValue *value)
{
    if (comparator->fold == NULL)
        return value->text;
    if (value->folded_by != comparator) {
        value->folded = ib_match_fold (comparator, ib_vm_arena (vm), value->text);
        value->folded_by = comparator;
        (void) ib_vm_spend (vm, fold_cost (comparator, value->text));
    }
    return value->folded;
}

static bool
matches_key (IbMatching *self, const IbKey *key, IbSpan value, IbSpan folded)
{
    const IbComparison *how = &self->call->comparison;
    IbCaptures *captures = how->type->captures && !self->takes_nothing ? ib_vm_captures (self->vm) : NULL;
    guint64 looked_at = 0;
    bool matches = how->type->looks_up != NULL
                       ? how->type->looks_up (self->vm, key, value, captures)
                       : how->type->matches (how, key, value, folded, captures, &looked_at);

    (void) ib_vm_spend (self->vm, looked_at + OCTETS_A_KEY);
    if (matches && captures != NULL)
        ib_vm_take (self->vm);
    return matches;
}

static bool
matches_any_key (IbMatching *self, IbValue *value)
{
    ib_vm_looks_at (self->vm, value->text);
    IbSpan folded = fold (self->vm, self->call->comparison.comparator, value);
    for (guint i = 0; i < self->keys->n_texts && !ib_vm_has_failed (self->vm); i++)
        if (matches_key (self, &self->keys->texts[i].key, value->text, folded)) {
            ib_vm_matched (self->vm, self->keys->texts[i].literal);
            return true;
        }
    return false;
}

bool
ib_matching_value (IbMatching *self, IbValue *value)
{
    self->count++;
    if (self->call->comparison.type->counts)
        return false;
    self->holds = matches_any_key (self, value);
    return self->holds || ib_vm_has_failed (self->vm);
}

bool
ib_matching_finish (IbMatching *self)
{
    if (self->call->comparison.type->counts) {
        IbArena *arena = ib_vm_arena (self->vm);
        char *number = ib_arena_alloc (arena, 24);
        IbValue count
            = { .text = { number, (gsize) g_snprintf (number, 24, "%" G_GUINT64_FORMAT, self->count) } };
        self->holds = matches_any_key (self, &count);
    }
    return self->holds;
}

bool
ib_matching_one (IbVm *vm, const IbCall *call, const IbOperand *keys, IbSpan value)
{
    IbMatching matching = ib_matching_new (vm, call, keys);
    IbValue only = { .text = value };
    (void) ib_matching_value (&matching, &only);
    return ib_matching_finish (&matching);
}
