/* emit.c - a checked tree into a program */
#include "emit.h"
#include "match.h"

#include <string.h>

/* A loop that is being emitted, and the jumps out of it that are yet to land. */
typedef struct {
    const IbNode *node;
    GArray *leaves; /* guint */
} Loop;

struct _IbEmit {
    IbProgram *program;
    const IbScript *script;
    GHashTable *fields; /* lower-case name → its number + 1 */
    guint depth;        /* of the node that is emitted */
    GArray *loops;      /* Loop: the innermost is the last */
};

/* The number of a field's name, so that a run looks each up once. */
static guint
intern_field (IbEmit *self, IbSpan name)
{
    g_autofree char *lower = g_ascii_strdown (name.bytes, (gssize) name.length);
    guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->fields, lower));
    if (number > 0)
        return number - 1;

    IbSpan *kept = ib_arena_new_array (self->program->arena, IbSpan, 1);
    *kept = (IbSpan){ ib_arena_copy (self->program->arena, lower, name.length), name.length };
    g_ptr_array_add (self->program->fields, kept);
    number = self->program->fields->len;
    g_hash_table_insert (self->fields, g_steal_pointer (&lower), GUINT_TO_POINTER (number));
    return number - 1;
}

static void
read_text (IbEmit *self, const IbArgument *string, IbUse use, const IbComparison *how, IbText *text)
{
    IbArena *arena = self->program->arena;
    text->literal
        = (IbSpan){ ib_arena_copy (arena, string->text.bytes, string->text.length), string->text.length };
    if (string->dynamic != NULL) {
        text->template = string->dynamic->read_template (NULL, arena, string);
        return;
    }
    switch (use) {
    case IB_USE_PLAIN:
        break;
    case IB_USE_FIELDS:
        text->field = intern_field (self, text->literal);
        break;
    case IB_USE_KEYS:
        text->key = ib_match_prepare (how, arena, text->literal);
        break;
    }
}

static guint
count_strings (const IbArgument *argument)
{
    guint count = 0;
    if (argument->type == IB_TYPE_STRING)
        return 1;
    for (const IbArgument *string = argument->items; string != NULL; string = string->next)
        count++;
    return count;
}

static IbOperand
read_operand (IbEmit *self, const IbArgument *argument, IbUse use, const IbComparison *how)
{
    IbOperand operand = { .is_given = argument != NULL };
    if (argument == NULL)
        return operand;
    if (argument->type == IB_TYPE_NUMBER) {
        operand.number = argument->number;
        return operand;
    }
    operand.n_texts = count_strings (argument);
    IbText *texts = ib_arena_new_array (self->program->arena, IbText, operand.n_texts);
    const IbArgument *string = ib_tree_strings (argument);
    for (guint i = 0; i < operand.n_texts; i++, string = string->next) {
        read_text (self, string, use, how, &texts[i]);
        operand.is_dynamic |= texts[i].template != NULL;
    }
    operand.texts = texts;
    return operand;
}

static void
read_tags (IbEmit *self, const IbNode *node, IbCall *call)
{
    for (const IbArgument *argument = node->arguments; argument != NULL; argument = argument->next)
        call->n_tags += argument->tag != NULL;
    IbCallTag *tags = ib_arena_new_array (self->program->arena, IbCallTag, call->n_tags);
    guint i = 0;
    for (const IbArgument *argument = node->arguments; argument != NULL; argument = argument->next) {
        if (argument->tag == NULL)
            continue;
        tags[i].tag = argument->tag;
        tags[i++].parameter = read_operand (self, argument->parameter, IB_USE_PLAIN, NULL);
    }
    call->tags = tags;
}

static const IbCall *
read_call (IbEmit *self, const IbNode *node)
{
    IbCall *call = ib_arena_new_array (self->program->arena, IbCall, 1);
    call->row = node->row;
    call->line = node->at.line;
    call->depth = self->depth;
    call->comparison = node->comparison;
    call->unit = node->unit;
    read_tags (self, node, call);
    for (guint i = 0; i < IB_POSITIONAL_MAX; i++)
        if (node->positional[i] != NULL)
            call->positional[i]
                = read_operand (self, node->positional[i], node->row->positional[i].use, &call->comparison);
    return call;
}

void
ib_emit_call (IbEmit *self, const IbNode *node)
{
    IbInstruction instruction = { .op = IB_OP_CALL, .call = read_call (self, node) };
    g_array_append_val (self->program->code, instruction);
    bool sends = node->row->may_send != NULL ? node->row->may_send (node) : node->row->sends_mail;
    if (!sends || self->program->sends != NULL)
        return;
    self->program->sends = instruction.call;
    self->program->sends_in = g_array_index (self->program->units, IbUnit, self->script->number).name;
}

static void
emit_node (IbEmit *self, const IbNode *node)
{
    if (node->row->emit != NULL)
        node->row->emit (self, node);
    else
        ib_emit_call (self, node);
}

void
ib_emit_test (IbEmit *self, const IbNode *test)
{
    self->depth++;
    emit_node (self, test);
    self->depth--;
}

static void
emit_list (IbEmit *self, const IbNode *first)
{
    for (const IbNode *node = first; node != NULL; node = node->next)
        emit_node (self, node);
}

void
ib_emit_block (IbEmit *self, const IbNode *first)
{
    self->depth++;
    emit_list (self, first);
    self->depth--;
}

static guint
append (IbEmit *self, IbInstruction instruction)
{
    g_array_append_val (self->program->code, instruction);
    return self->program->code->len - 1;
}

guint
ib_emit_op (IbEmit *self, IbOp op, guint operand)
{
    return append (self, (IbInstruction){ .op = op, .operand = operand });
}

guint
ib_emit_shown (IbEmit *self, IbOp op, guint operand, const IbNode *node)
{
    IbShown *shown = ib_arena_new_array (self->program->arena, IbShown, 1);
    *shown = (IbShown){ node->row, node->at.line, self->depth };
    return append (self, (IbInstruction){ .op = op, .operand = operand, .shown = shown });
}

void
ib_emit_land (IbEmit *self, guint place)
{
    g_array_index (self->program->code, IbInstruction, place).operand = self->program->code->len;
}

void
ib_emit_loop (IbEmit *self, const IbNode *node)
{
    Loop loop = { .node = node, .leaves = g_array_new (FALSE, FALSE, sizeof (guint)) };
    IbInstruction begin = { .op = IB_OP_LOOP, .call = read_call (self, node) };
    g_array_append_val (self->program->code, begin);
    g_array_append_val (self->loops, loop);

    guint next = ib_emit_op (self, IB_OP_NEXT, 0);
    ib_emit_block (self, node->block);
    ib_emit_op (self, IB_OP_JUMP, next);
    ib_emit_land (self, next);
    for (guint i = 0; i < loop.leaves->len; i++)
        ib_emit_land (self, g_array_index (loop.leaves, guint, i));
    g_array_unref (loop.leaves);
    g_array_set_size (self->loops, self->loops->len - 1);
}

void
ib_emit_leave (IbEmit *self, const IbNode *node)
{
    guint depth = 1;
    const Loop *loop = &g_array_index (self->loops, Loop, self->loops->len - 1);
    for (; loop->node != node; loop--)
        depth++;
    ib_emit_op (self, IB_OP_LEAVE, depth);
    guint jump = ib_emit_op (self, IB_OP_JUMP, 0);
    g_array_append_val (loop->leaves, jump);
}

static void
add_unit (IbProgram *program, const IbScript *script)
{
    IbUnit unit = { .name = ib_arena_copy (program->arena, script->name, strlen (script->name)) };
    for (guint i = 0; i < program->language->count; i++) {
        const IbExtension *extension = program->language->extensions[i];
        if (!script->is_required[i])
            continue;
        if (unit.taker == NULL && extension->take != NULL)
            unit.taker = extension;
        if (!ib_program_requires (program, extension))
            g_ptr_array_add (program->required, (gpointer) extension);
    }
    g_array_append_val (program->units, unit);
}

static void
emit_unit (IbEmit *self, const IbScript *script)
{
    self->script = script;
    g_array_index (self->program->units, IbUnit, script->number).start = self->program->code->len;
    emit_list (self, script->commands);
    ib_emit_op (self, IB_OP_RETURN, 0);
}

IbProgram *
ib_emit_program (const IbCompilation *compilation)
{
    g_autoptr (GHashTable) fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GArray) loops = g_array_new (FALSE, FALSE, sizeof (Loop));
    IbProgram *program = g_new0 (IbProgram, 1);
    program->arena = ib_arena_new ();
    program->language = compilation->language;
    program->units = g_array_new (FALSE, TRUE, sizeof (IbUnit));
    program->required = g_ptr_array_new ();
    program->code = g_array_new (FALSE, TRUE, sizeof (IbInstruction));
    program->fields = g_ptr_array_new ();

    IbEmit self = { .program = program, .fields = fields, .loops = loops };
    for (guint i = 0; i < compilation->scripts->len; i++)
        add_unit (program, compilation->scripts->pdata[i]);
    for (guint i = 0; i < compilation->scripts->len; i++)
        emit_unit (&self, compilation->scripts->pdata[i]);
    return program;
}
