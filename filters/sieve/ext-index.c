/* ext-index.c - "index": :index and :last, one field of several (RFC 5260, 6) */
#include "check.h"
#include "extensions.h"
#include "index.h"

#include <glib/gi18n-lib.h>

bool
ib_index_check_number (IbCheck *check, IbNode *node, IbArgument *tag)
{
    return tag->parameter->number > 0
           || ib_check_error (check, tag->parameter->at, _ ("fields are counted from 1"));
}

/* It may stand before :index as well as behind it. */
static bool
has_index (const IbNode *node)
{
    for (const IbArgument *argument = node->arguments; argument != NULL; argument = argument->next)
        if (argument->type == IB_TYPE_TAG && ib_language_is (argument->text, "index"))
            return true;
    return false;
}

bool
ib_index_check_last (IbCheck *check, IbNode *node, IbArgument *tag)
{
    return has_index (node)
           || ib_check_error (check, tag->at,
                              _ ("\":last\" counts from the end: expected \":index\" beside it"));
}

static const IbTag tags[] = {
    { .name = "index",
      .of = IB_TAKES_INDEX,
      .slot = IB_SLOT_INDEX,
      .parameter = IB_TYPE_NUMBER,
      .check = ib_index_check_number },
    { .name = "last", .of = IB_TAKES_INDEX, .slot = IB_SLOT_LAST, .check = ib_index_check_last },
    { NULL },
};
const IbExtension ib_ext_index = { .name = "index", .tags = tags };
