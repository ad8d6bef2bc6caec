/* cmd-control.c - require, if, elsif, else, stop (RFC 5228, 3) */
#include "check.h"
#include "emit.h"
#include "extensions.h"
#include "vm.h"

#include <glib/gi18n-lib.h>

/* --- require <capabilities: string-list> --- */

static bool
check_require (IbCheck *check, IbNode *node)
{
    const IbArgument *names = node->positional[0];
    bool ok = true;

    for (const IbArgument *string = ib_tree_strings (names); string != NULL;
         string = ib_tree_next (names, string))
        ok &= ib_check_require (check, string);
    return ok;
}

static void
emit_nothing (IbEmit *emit, const IbNode *node)
{
}

static const IbPositional require_arguments[]
    = { { .name = N_ ("list of extensions"), .type = IB_TYPE_STRINGS }, { NULL } };
static const IbCommand require_row = {
    .name = "require",
    .positional = require_arguments,
    .is_prologue = true,
    .check = check_require,
    .emit = emit_nothing,
};

/* --- if <test> <block>, elsif <test> <block>, else <block> --- */

static bool check_follows_if (IbCheck *check, IbNode *node);
static void emit_if (IbEmit *emit, const IbNode *node);

static const IbCommand if_row = {
    .name = "if",
    .tests = IB_TESTS_ONE,
    .has_block = true,
    .emit = emit_if,
};

/* Emitted by the "if" that they belong to. */
static const IbCommand elsif_row = {
    .name = "elsif",
    .tests = IB_TESTS_ONE,
    .has_block = true,
    .continues = true,
    .check = check_follows_if,
    .emit = emit_nothing,
};
static const IbCommand else_row = {
    .name = "else",
    .has_block = true,
    .continues = true,
    .check = check_follows_if,
    .emit = emit_nothing,
};

static bool
check_follows_if (IbCheck *check, IbNode *node)
{
    const IbNode *before = node->previous;
    bool follows = before != NULL && (before->row == &if_row || before->row == &elsif_row);
    /* What stands before may be a broken "if". */
    if (follows || (before != NULL && (before->is_broken || before->row == NULL)))
        return true;
    return ib_check_error (check, node->at, _ ("\"%s\" must follow an \"if\" or \"elsif\""), node->row->name);
}

static bool
continues (const IbNode *node)
{
    return node != NULL && (node->row == &elsif_row || node->row == &else_row);
}

/* One branch; returns the jump to the end of all of them, which is yet to land. */
static guint
emit_branch (IbEmit *emit, const IbNode *node)
{
    if (node->row == &else_row) {
        ib_emit_shown (emit, IB_OP_SET, true, node);
        ib_emit_block (emit, node->block);
        return ib_emit_op (emit, IB_OP_JUMP, 0);
    }
    ib_emit_test (emit, node->tests);
    guint over = ib_emit_shown (emit, IB_OP_JUMP_UNLESS, 0, node);
    ib_emit_block (emit, node->block);
    guint to_end = ib_emit_op (emit, IB_OP_JUMP, 0);
    ib_emit_land (emit, over);
    return to_end;
}

static void
emit_if (IbEmit *emit, const IbNode *node)
{
    g_autoptr (GArray) to_end = g_array_new (FALSE, FALSE, sizeof (guint));
    do {
        guint jump = emit_branch (emit, node);
        g_array_append_val (to_end, jump);
        node = node->next;
    } while (continues (node));

    for (guint i = 0; i < to_end->len; i++)
        ib_emit_land (emit, g_array_index (to_end, guint, i));
}

/* --- stop --- */

static void
run_stop (IbVm *vm, const IbCall *call)
{
    ib_vm_stop (vm);
}

static const IbCommand stop_row = { .name = "stop", .ends_block = true, .run = run_stop };

static const IbCommand *const commands[] = { &require_row, &if_row, &elsif_row, &else_row, &stop_row, NULL };
const IbExtension ib_cmd_control = { .commands = commands };
