/* cmd-logic.c - true, false, not, allof, anyof (RFC 5228, 5.2, 5.3, 5.6, 5.8, 5.10)
 *
 * No calls, but jumps: of several tests only those run that are needed. */
#include "emit.h"
#include "extensions.h"

static void
emit_true (IbEmit *emit, const IbNode *node)
{
    ib_emit_shown (emit, IB_OP_SET, true, node);
}

static void
emit_false (IbEmit *emit, const IbNode *node)
{
    ib_emit_shown (emit, IB_OP_SET, false, node);
}

static bool
check_not (IbCheck *check, IbNode *node)
{
    static const IbKnown opposites[] = { IB_KNOWN_NOT, IB_KNOWN_FALSE, IB_KNOWN_TRUE };
    node->known = opposites[node->tests->known];
    return true;
}

static void
emit_not (IbEmit *emit, const IbNode *node)
{
    ib_emit_test (emit, node->tests);
    ib_emit_shown (emit, IB_OP_NOT, 0, node);
}

/* Test after test, leaving by @decided as soon as the answer stands. */
static void
emit_list (IbEmit *emit, const IbNode *node, IbOp decided)
{
    g_autoptr (GArray) to_end = g_array_new (FALSE, FALSE, sizeof (guint));
    for (const IbNode *test = node->tests; test != NULL; test = test->next) {
        ib_emit_test (emit, test);
        if (test->next == NULL)
            break;
        guint jump = ib_emit_op (emit, decided, 0);
        g_array_append_val (to_end, jump);
    }
    for (guint i = 0; i < to_end->len; i++)
        ib_emit_land (emit, g_array_index (to_end, guint, i));
    ib_emit_shown (emit, IB_OP_NOTE, 0, node);
}

static void
emit_allof (IbEmit *emit, const IbNode *node)
{
    emit_list (emit, node, IB_OP_JUMP_UNLESS);
}

static void
emit_anyof (IbEmit *emit, const IbNode *node)
{
    emit_list (emit, node, IB_OP_JUMP_IF);
}

static const IbCommand true_row = { .name = "true", .kind = IB_KIND_TEST, .emit = emit_true };
static const IbCommand false_row = { .name = "false", .kind = IB_KIND_TEST, .emit = emit_false };
static const IbCommand not_row = {
    .name = "not",
    .kind = IB_KIND_TEST,
    .tests = IB_TESTS_ONE,
    .check = check_not,
    .emit = emit_not,
};
static const IbCommand allof_row = {
    .name = "allof",
    .kind = IB_KIND_TEST,
    .tests = IB_TESTS_LIST,
    .decided_by = IB_KNOWN_FALSE,
    .emit = emit_allof,
};
static const IbCommand anyof_row = {
    .name = "anyof",
    .kind = IB_KIND_TEST,
    .tests = IB_TESTS_LIST,
    .decided_by = IB_KNOWN_TRUE,
    .emit = emit_anyof,
};

static const IbCommand *const commands[] = { &true_row, &false_row, &not_row, &allof_row, &anyof_row, NULL };
const IbExtension ib_cmd_logic = { .commands = commands };
