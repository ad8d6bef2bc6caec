/* matching.c - a test's keys against its values */
#include "matching.h"
#include "match.h"

IbMatching
ib_matching_new (IbVm *vm, const IbCall *call, const IbOperand *keys)
{
    return (IbMatching){ .vm = vm, .call = call, .keys = keys };
}

static bool
fold (IbVm *vm, const IbComparator *comparator, IbValue *value)
{
    if (value->folded_by == comparator)
        return true;
    value->folded = ib_match_fold (comparator, ib_vm_arena (vm), value->text);
    value->folded_by = comparator;
    return ib_vm_spend (vm, value->text.length);
}

static bool
matches_any_key (IbMatching *self, IbValue *value)
{
    const IbComparison *how = &self->call->comparison;

    ib_vm_looks_at (self->vm, value->text);
    if (!fold (self->vm, how->comparator, value))
        return false;
    for (guint i = 0; i < self->keys->n_texts; i++) {
        guint64 looked_at = 0;
        bool matches = how->type->matches (how, &self->keys->texts[i].key, value->text, value->folded, NULL,
                                           &looked_at);
        if (!ib_vm_spend (self->vm, looked_at))
            return false;
        if (matches)
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
    return self->holds;
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
