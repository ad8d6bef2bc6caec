/* vm.c - a program's run over one message */
#include "address.h"
#include "folder-name.h"
#include "mail-limits.h"
#include "vm-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define OCTETS_A_STEP 64

const IbMessage *
ib_vm_message (const IbVm *self)
{
    return self->message;
}

const IbFacts *
ib_vm_facts (const IbVm *self)
{
    return self->context->facts;
}

const IbVerdict *
ib_vm_verdict (const IbVm *self)
{
    return self->context->verdict;
}

const IbSignals *
ib_vm_signals (const IbVm *self)
{
    return self->context->signals;
}

const IbSieveSettings *
ib_vm_settings (const IbVm *self)
{
    return self->context->settings != NULL ? self->context->settings : &ib_sieve_settings;
}

const IbSieveContext *
ib_vm_context (const IbVm *self)
{
    return self->context;
}

const IbLanguage *
ib_vm_language (const IbVm *self)
{
    return self->program->language;
}

IbArena *
ib_vm_arena (IbVm *self)
{
    return self->arena;
}

/* --- scripts that run ---------------------------------------------------------------------------------------------- */

static IbVmFrame *
frame (const IbVm *self)
{
    return &g_array_index (self->frames, IbVmFrame, self->frames->len - 1);
}

static const IbUnit *
unit (const IbVm *self)
{
    return &g_array_index (self->program->units, IbUnit, frame (self)->unit);
}

const char *
ib_vm_script (const IbVm *self)
{
    return unit (self)->name;
}

void
ib_vm_enter (IbVm *self, guint number, bool once)
{
    if (once && self->is_entered[number])
        return;
    IbVmFrame entered = { .unit = number, .return_to = self->next, .loops = self->loops->len };
    self->is_entered[number] = true;
    g_array_append_val (self->frames, entered);
    self->next = unit (self)->start;
}

static void
leave_loops (IbVm *self, guint count)
{
    g_array_set_size (self->loops, self->loops->len - MIN (count, self->loops->len));
}

void
ib_vm_return (IbVm *self)
{
    if (self->frames->len == 1) {
        self->is_stopped = true;
        return;
    }
    self->next = frame (self)->return_to;
    leave_loops (self, self->loops->len - frame (self)->loops);
    g_array_set_size (self->frames, self->frames->len - 1);
}

gpointer
ib_vm_loop (const IbVm *self, const IbCommand *row)
{
    for (guint i = self->loops->len; i > 0; i--) {
        const IbVmLoop *loop = &g_array_index (self->loops, IbVmLoop, i - 1);
        if (loop->call->row == row)
            return loop->state;
    }
    return NULL;
}

/* --- what extensions keep ------------------------------------------------------------------------------------------ */

static gpointer *
local_states (IbVm *self)
{
    IbVmFrame *innermost = frame (self);
    if (innermost->states == NULL)
        innermost->states = ib_arena_new_array (self->arena, gpointer, self->program->language->count);
    return innermost->states;
}

gpointer
ib_vm_state (IbVm *self, const IbExtension *extension)
{
    guint i = 0;
    while (self->program->language->extensions[i] != extension)
        i++;
    gpointer *states = extension->is_local ? local_states (self) : self->states;
    if (states[i] == NULL)
        states[i] = extension->state_new (self, self->arena);
    return states[i];
}

void
ib_vm_forget (IbVm *self)
{
    const IbLanguage *language = self->program->language;
    for (guint i = 0; i < language->count; i++) {
        if (language->extensions[i]->is_about_script)
            continue;
        self->states[i] = NULL;
        for (guint f = 0; f < self->frames->len; f++) {
            const IbVmFrame *one = &g_array_index (self->frames, IbVmFrame, f);
            if (one->states != NULL)
                one->states[i] = NULL;
        }
    }
}

/* --- the end of a run ---------------------------------------------------------------------------------------------- */

void
ib_vm_fail (IbVm *self, const char *format, ...)
{
    if (self->error != NULL)
        return;
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *what = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    guint line = self->call != NULL ? self->call->line : 0;
    self->error = g_strdup_printf ("%s:%u: %s", ib_vm_script (self), line, what);
    if (self->context->trace != NULL)
        ib_trace_add (self->context->trace,
                      ib_trace_step_new (IB_TRACE_ERROR, ib_vm_script (self), line, 0, what));
}

static bool
spend_step (IbVm *self)
{
    guint64 *steps = self->context->steps;
    if (*steps == 0) {
        ib_vm_fail (self, _ ("the script takes more than the %d steps that it has for a message"),
                    IB_LIMIT_STEPS);
        return false;
    }
    (*steps)--;
    return true;
}

bool
ib_vm_spend (IbVm *self, guint64 octets)
{
    octets += self->octets;
    guint64 steps = MIN (octets / OCTETS_A_STEP, *self->context->steps);
    *self->context->steps -= steps;
    self->octets = (guint) (octets % OCTETS_A_STEP);
    return octets / OCTETS_A_STEP == steps || spend_step (self);
}

bool
ib_vm_has_failed (const IbVm *self)
{
    return self->error != NULL;
}

void
ib_vm_stop (IbVm *self)
{
    self->is_stopped = true;
    self->ends_at = self->call->line;
}

char *
ib_vm_take_error (IbVm *self)
{
    return g_steal_pointer (&self->caught);
}

/* --- strings ------------------------------------------------------------------------------------------------------- */

IbSpan
ib_vm_text (IbVm *self, const IbText *text)
{
    if (text->template == NULL)
        return text->literal;
    IbSpan expanded = text->template->expand (self, text->template);
    if (self->step != NULL && self->step->kind == IB_TRACE_ACTION)
        ib_vm_looks_at (self, expanded);
    return expanded;
}

const char *
ib_vm_string (IbVm *self, const IbText *text)
{
    IbSpan span = ib_vm_text (self, text);
    return ib_arena_copy (self->arena, span.bytes, span.length);
}

const char *
ib_vm_folder (IbVm *self, const IbText *text)
{
    g_autofree char *why = NULL;
    g_autofree char *name = ib_folder_name_parse (ib_vm_text (self, text), &why);
    if (name == NULL) {
        ib_vm_fail (self, "%s", why);
        return NULL;
    }
    return ib_arena_copy (self->arena, name, strlen (name));
}

/* --- captures ------------------------------------------------------------------------------------------------------ */

IbCaptures *
ib_vm_captures (IbVm *self)
{
    return unit (self)->taker != NULL ? &self->captures : NULL;
}

void
ib_vm_take (IbVm *self)
{
    unit (self)->taker->take (self, &self->captures);
    for (guint i = 0; self->step != NULL && i < self->captures.count; i++)
        ib_trace_step_add_capture (self->step, self->captures.spans[i].bytes, self->captures.spans[i].length);
}

/* --- running ------------------------------------------------------------------------------------------------------- */

bool
ib_vm_is_traced (const IbVm *self)
{
    return self->step != NULL;
}

void
ib_vm_looks_at (IbVm *self, IbSpan value)
{
    if (self->step != NULL)
        ib_trace_step_add_value (self->step, value.bytes, value.length);
}

void
ib_vm_matched (IbVm *self, IbSpan key)
{
    if (self->step != NULL)
        ib_trace_step_set_key (self->step, key.bytes, key.length);
}

static IbTraceStep *
step_of (const IbVm *self, IbTraceKind kind, const IbCall *call)
{
    g_autofree char *phrase = ib_program_phrase (call);
    return ib_trace_step_new (kind, ib_vm_script (self), call->line, call->depth, phrase);
}

/* An operator or branch that has come to what the register says. */
static void
note (const IbVm *self, const IbShown *shown)
{
    if (self->context->trace == NULL || shown == NULL)
        return;
    IbTraceKind kind = shown->row->kind != IB_KIND_TEST     ? IB_TRACE_BRANCH
                       : shown->row->tests == IB_TESTS_NONE ? IB_TRACE_TEST
                                                            : IB_TRACE_OPERATOR;
    IbTraceStep *step
        = ib_trace_step_new (kind, ib_vm_script (self), shown->line, shown->depth, shown->row->name);
    step->result = self->holds;
    ib_trace_add (self->context->trace, step);
}

static void
run_call (IbVm *self, const IbCall *call)
{
    bool is_test = call->row->kind == IB_KIND_TEST;
    self->call = call;
    if (self->context->trace != NULL)
        self->step = step_of (self, is_test ? IB_TRACE_TEST : IB_TRACE_ACTION, call);
    if (is_test)
        self->holds = call->row->test (self, call);
    else
        call->row->run (self, call);
    if (self->step != NULL) {
        self->step->result = is_test ? self->holds : self->error == NULL;
        ib_trace_add (self->context->trace, g_steal_pointer (&self->step));
    }
}

static void
begin_loop (IbVm *self, const IbCall *call)
{
    IbVmLoop loop = { .call = call };
    g_array_append_val (self->loops, loop);
}

/* The loop of @row around the innermost one. */
static gpointer
outer_state (const IbVm *self, const IbCommand *row)
{
    for (guint i = self->loops->len - 1; i > 0; i--) {
        const IbVmLoop *loop = &g_array_index (self->loops, IbVmLoop, i - 1);
        if (loop->call->row == row)
            return loop->state;
    }
    return NULL;
}

static void
next_round (IbVm *self, const IbInstruction *instruction)
{
    IbVmLoop *loop = &g_array_index (self->loops, IbVmLoop, self->loops->len - 1);
    const IbCommand *row = loop->call->row;
    self->call = loop->call;
    if (self->context->trace != NULL)
        self->step = step_of (self, IB_TRACE_BRANCH, loop->call);
    bool goes_on = row->next (self, loop->call, &loop->state, outer_state (self, row));
    if (self->step != NULL) {
        self->step->result = goes_on;
        ib_trace_add (self->context->trace, g_steal_pointer (&self->step));
    }
    if (goes_on)
        return;
    leave_loops (self, 1);
    self->next = instruction->operand;
}

/* Does one instruction. */
static void
step (IbVm *self)
{
    const IbInstruction *instruction = &g_array_index (self->program->code, IbInstruction, self->next++);
    switch (instruction->op) {
    case IB_OP_CALL:
        run_call (self, instruction->call);
        break;
    case IB_OP_SET:
        self->holds = instruction->operand != 0;
        note (self, instruction->shown);
        break;
    case IB_OP_NOT:
        self->holds = !self->holds;
        note (self, instruction->shown);
        break;
    case IB_OP_NOTE:
        note (self, instruction->shown);
        break;
    case IB_OP_JUMP:
        self->next = instruction->operand;
        break;
    case IB_OP_JUMP_IF:
        self->next = self->holds ? instruction->operand : self->next;
        break;
    case IB_OP_JUMP_UNLESS:
        note (self, instruction->shown);
        self->next = self->holds ? self->next : instruction->operand;
        break;
    case IB_OP_LOOP:
        begin_loop (self, instruction->call);
        break;
    case IB_OP_NEXT:
        next_round (self, instruction);
        break;
    case IB_OP_LEAVE:
        leave_loops (self, instruction->operand);
        break;
    case IB_OP_RETURN:
        ib_vm_return (self);
        break;
    case IB_OP_GUARD:
        self->guard = instruction->operand;
        break;
    }
}

/* After an error, or a stop, that a guard holds up: the guard stands in the script itself, outside of loops. */
static void
go_on_behind_guard (IbVm *self)
{
    self->is_stopped = false;
    g_free (self->caught);
    self->caught = g_steal_pointer (&self->error);
    self->next = self->guard;
    self->guard = 0;
    g_array_set_size (self->frames, 1);
    g_array_set_size (self->loops, 0);
}

static void
run (IbVm *self)
{
    while (!self->is_stopped && self->error == NULL && spend_step (self)) {
        step (self);
        if ((self->error != NULL || self->is_stopped) && self->guard > 0)
            go_on_behind_guard (self);
    }
}

static void
note_end (const IbVm *self)
{
    if (self->context->trace == NULL || self->error != NULL)
        return;
    IbTraceStep *end = ib_trace_step_new (IB_TRACE_END, ib_vm_script (self), self->ends_at, 0,
                                          self->ends_at > 0 ? "stop" : "end");
    end->result = self->keeps_implicitly;
    ib_trace_add (self->context->trace, end);
}

static void
hand_over (IbVm *self, IbPlan *plan, IbSieveOutcome *out_outcome)
{
    bool failed = self->error != NULL;
    const char *const *flags = failed ? (const char *const *) ib_vm_facts (self)->flags : self->flags;
    if (!failed)
        ib_plan_take (plan, self->plan);
    if (failed)
        g_ptr_array_set_size (self->marks, 0);
    if (!failed && self->context->header != NULL) {
        ib_header_unref (*self->context->header);
        *self->context->header = ib_header_ref (self->header);
    }
    *out_outcome = (IbSieveOutcome){
        .keeps_implicitly = failed || self->keeps_implicitly,
        .decided_at = failed ? 0 : self->decided_at,
        .decided_in = failed ? NULL : g_strdup (self->decided_in),
        .keep_flags = g_strdupv ((char **) flags),
        .marks = g_steal_pointer (&self->marks),
        .error = g_steal_pointer (&self->error),
    };
}

static void
give_back (IbVm *self)
{
    ib_vm_forget_fields (self);
    ib_plan_free (self->plan);
    ib_header_unref (self->header);
    g_array_unref (self->frames);
    g_array_unref (self->loops);
    g_free (self->caught);
    ib_arena_free (self->arena);
}

static IbHeader *
first_header (const IbMessage *message, const IbSieveContext *context)
{
    return context->header != NULL && *context->header != NULL ? ib_header_ref (*context->header)
                                                               : ib_header_new (message);
}

void
ib_vm_run (const IbProgram *program, const IbMessage *message, const IbSieveContext *context, IbPlan *plan,
           IbSieveOutcome *out_outcome)
{
    IbVm self = {
        .program = program,
        .message = message,
        .context = context,
        .arena = ib_arena_new (),
        .header = first_header (message, context),
        .frames = g_array_new (FALSE, TRUE, sizeof (IbVmFrame)),
        .loops = g_array_new (FALSE, TRUE, sizeof (IbVmLoop)),
        .plan = ib_plan_new (),
        .earlier = plan,
        .marks = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_mark_free),
        .keeps_implicitly = true,
        .flags = (const char *const *) context->facts->flags,
    };
    IbVmFrame outermost = { .unit = 0 };
    g_array_append_val (self.frames, outermost);
    self.fields = ib_arena_new_array (self.arena, IbVmFields, program->fields->len);
    self.states = ib_arena_new_array (self.arena, gpointer, program->language->count);
    self.is_entered = ib_arena_new_array (self.arena, bool, program->units->len);
    self.is_entered[0] = true;

    run (&self);
    note_end (&self);
    hand_over (&self, plan, out_outcome);
    give_back (&self);
}
