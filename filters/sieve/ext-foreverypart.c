/* ext-foreverypart.c - "foreverypart": foreverypart and break (RFC 5703, 3) */
#include "check.h"
#include "emit.h"
#include "extensions.h"
#include "foreverypart.h"
#include "mail-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- foreverypart [":name" <name: string>] <block>: every part of the message, or of the part that the loop around this
 * one is at, in the order of the message --- */

typedef struct {
    const IbPart *current;
    guint next, end; /* indices among the parts of the message */
} Loop;

static bool
next_part (IbVm *vm, const IbCall *call, gpointer *state, gpointer outer)
{
    const GPtrArray *parts = ib_message_parts (ib_vm_message (vm));
    Loop *loop = *state;
    if (loop == NULL) {
        const Loop *around = outer;
        loop = *state = ib_arena_new_array (ib_vm_arena (vm), Loop, 1);
        loop->next = around != NULL ? around->current->index + 1 : 0;
        loop->end = around != NULL ? loop->next + around->current->n_within : parts->len;
    }
    if (loop->next >= loop->end)
        return false;
    loop->current = parts->pdata[loop->next++];
    const char *type = loop->current->type->word;
    ib_vm_looks_at (vm, (IbSpan){ type, strlen (type) });
    return true;
}

static bool check_loop (IbCheck *check, IbNode *node);
static bool check_name (IbCheck *check, IbNode *node, IbArgument *tag);

static const IbTag name_tags[] = {
    { .name = "name", .slot = IB_SLOT_OWN, .parameter = IB_TYPE_STRING, .check = check_name },
    { NULL },
};
static const IbCommand foreverypart_row = {
    .name = "foreverypart",
    .tags = name_tags,
    .has_block = true,
    .check = check_loop,
    .emit = ib_emit_loop,
    .next = next_part,
};

const IbPart *
ib_foreverypart_current (const IbVm *vm)
{
    const Loop *loop = ib_vm_loop (vm, &foreverypart_row);
    return loop != NULL ? loop->current : NULL;
}

const IbNode *
ib_foreverypart_around (const IbNode *node)
{
    do
        node = node->parent;
    while (node != NULL && node->row != &foreverypart_row);
    return node;
}

static bool
check_name (IbCheck *check, IbNode *node, IbArgument *tag)
{
    return tag->parameter->dynamic == NULL
           || ib_check_error (check, tag->parameter->at, _ ("the name of a loop cannot hold variables"));
}

static bool
check_loop (IbCheck *check, IbNode *node)
{
    guint depth = 1;
    for (const IbNode *around = node; (around = ib_foreverypart_around (around)) != NULL;)
        depth++;
    return depth <= IB_LIMIT_LOOP_NESTING
           || ib_check_error (check, node->at, _ ("loops may be nested %d deep at most"),
                              IB_LIMIT_LOOP_NESTING);
}

/* --- break [":name" <name: string>]: ends the innermost loop, or the innermost of that name --- */

static bool
is_called (const IbNode *loop, const IbArgument *name)
{
    const IbArgument *tag = ib_tree_tag (loop, IB_SLOT_OWN);
    return tag != NULL && tag->parameter != NULL && tag->parameter->text.length == name->text.length
           && memcmp (tag->parameter->text.bytes, name->text.bytes, name->text.length) == 0;
}

static const IbNode *
find_loop (const IbNode *node)
{
    const IbArgument *tag = ib_tree_tag (node, IB_SLOT_OWN);
    const IbNode *loop = ib_foreverypart_around (node);
    while (tag != NULL && loop != NULL && !is_called (loop, tag->parameter))
        loop = ib_foreverypart_around (loop);
    return loop;
}

static bool
check_break (IbCheck *check, IbNode *node)
{
    const IbArgument *tag = ib_tree_tag (node, IB_SLOT_OWN);
    if (find_loop (node) != NULL)
        return true;
    if (tag == NULL || ib_foreverypart_around (node) == NULL)
        return ib_check_error (check, node->at, _ ("\"break\" stands in no \"foreverypart\""));
    g_autofree char *quoted = ib_diagnostic_quote (tag->parameter->text);
    return ib_check_error (check, tag->parameter->at, _ ("no loop around this \"break\" has the name %s"),
                           quoted);
}

static void
emit_break (IbEmit *emit, const IbNode *node)
{
    ib_emit_leave (emit, find_loop (node));
}

static const IbCommand break_row = {
    .name = "break",
    .tags = name_tags,
    .ends_block = true,
    .check = check_break,
    .emit = emit_break,
};

static const IbCommand *const commands[] = { &foreverypart_row, &break_row, NULL };
const IbExtension ib_ext_foreverypart = { .name = "foreverypart", .commands = commands };
