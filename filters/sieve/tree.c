/* tree.c - a script as its grammar has it */
#include "tree.h"

const IbArgument *
ib_tree_strings (const IbArgument *argument)
{
    return argument->type == IB_TYPE_STRINGS ? argument->items : argument;
}

const IbArgument *
ib_tree_next (const IbArgument *argument, const IbArgument *string)
{
    return argument->type == IB_TYPE_STRINGS ? string->next : NULL;
}

IbArgument *
ib_tree_tag (const IbNode *node, IbSlot slot)
{
    for (IbArgument *argument = node->arguments; argument != NULL; argument = argument->next)
        if (argument->tag != NULL && argument->tag->slot == slot)
            return argument;
    return NULL;
}
