/* vm.c - a program's run over one message */
#include "vm.h"
#include "address.h"
#include "flags.h"
#include "folder-name.h"
#include "mail-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define OCTETS_A_STEP 64
/* What a glance at the name of a field costs. */
#define OCTETS_A_FIELD 4

/* The fields of one name, looked up when first asked for. */
typedef struct {
    bool is_found, is_decoded;
    guint count;
    const IbField **fields;
    IbValue *values;
    GPtrArray *addresses;
} Fields;

struct _IbVm {
    const IbProgram *program;
    const IbMessage *message;
    const IbFacts *facts;
    const IbVerdict *verdict;
    IbArena *arena;
    guint64 *steps; /* the budget that is left */
    guint octets;   /* looked at since the last full step */
    Fields *fields;
    GHashTable *other_fields; /* lower-case name → Fields: names that are put together at run time */
    IbCaptures captures;      /* of the match that is being tried */
    const IbExtension *taker; /* of captures; NULL: nobody */
    gpointer *states;         /* by the index of the extension */

    const IbCall *call; /* the one that runs */
    bool holds;         /* the register */
    bool is_stopped;
    char *error;

    IbPlan *plan; /* this script's own actions */
    guint n_redirects;
    bool keeps_implicitly;
    guint decided_at;
    const char *const *flags;

    IbTrace *trace;
    IbTraceStep *step; /* of the call that runs; NULL: nobody wants to know */
};

const IbMessage *
ib_vm_message (const IbVm *self)
{
    return self->message;
}

const IbFacts *
ib_vm_facts (const IbVm *self)
{
    return self->facts;
}

const IbVerdict *
ib_vm_verdict (const IbVm *self)
{
    return self->verdict;
}

IbArena *
ib_vm_arena (IbVm *self)
{
    return self->arena;
}

gpointer
ib_vm_state (IbVm *self, const IbExtension *extension)
{
    guint i = 0;
    while (self->program->language->extensions[i] != extension)
        i++;
    if (self->states[i] == NULL)
        self->states[i] = extension->state_new (self, self->arena);
    return self->states[i];
}

/* --- the end of a run --- */

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
    self->error = g_strdup_printf ("%s:%u: %s", self->program->name, line, what);
    if (self->trace != NULL)
        ib_trace_add (self->trace, ib_trace_step_new (IB_TRACE_ERROR, self->program->name, line, 0, what));
}

static bool
spend_step (IbVm *self)
{
    if (*self->steps == 0) {
        ib_vm_fail (self, _ ("the script takes more than the %d steps that it has for a message"),
                    IB_LIMIT_STEPS);
        return false;
    }
    (*self->steps)--;
    return true;
}

bool
ib_vm_spend (IbVm *self, guint64 octets)
{
    octets += self->octets;
    guint64 steps = MIN (octets / OCTETS_A_STEP, *self->steps);
    *self->steps -= steps;
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
}

/* --- strings --- */

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

/* --- fields --- */

static bool
is_called (const char *bytes, const IbField *field, const IbSpan *name)
{
    if (field->name_length != name->length)
        return false;
    const char *own = bytes + field->offset;
    for (gsize i = 0; i < name->length; i++)
        if (g_ascii_tolower (own[i]) != name->bytes[i])
            return false;
    return true;
}

/* Only we write X-Inbasket-*: what a message brings of them is forged and goes before it is delivered, and so it is not
 * there for scripts either. */
static bool
is_ours (const IbSpan *lower_name)
{
    static const char ours[] = "x-inbasket-";
    return lower_name->length >= sizeof ours - 1 && memcmp (lower_name->bytes, ours, sizeof ours - 1) == 0;
}

static void
find (IbVm *self, const IbSpan *name, Fields *found)
{
    gsize count, length;
    const IbField *fields = ib_message_fields (self->message, &count);
    const char *bytes = ib_message_bytes (self->message, &length);
    found->is_found = true;
    if (is_ours (name) || !ib_vm_spend (self, count * OCTETS_A_FIELD))
        return;
    for (gsize i = 0; i < count; i++) {
        if (!is_called (bytes, &fields[i], name))
            continue;
        if (found->fields == NULL)
            found->fields = ib_arena_new_array (self->arena, const IbField *, count - i);
        found->fields[found->count++] = &fields[i];
    }
}

static void
fields_clear (Fields *self)
{
    g_clear_pointer (&self->addresses, g_ptr_array_unref);
}

static void
other_fields_clear (gpointer fields)
{
    fields_clear (fields);
}

/* The fields of a name that only the run knows. */
static Fields *
find_other (IbVm *self, IbSpan name)
{
    if (self->other_fields == NULL)
        self->other_fields = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, other_fields_clear);
    char *lower = ib_arena_copy (self->arena, name.bytes, name.length);
    for (gsize i = 0; i < name.length; i++)
        lower[i] = g_ascii_tolower (lower[i]);
    Fields *fields = g_hash_table_lookup (self->other_fields, lower);
    if (fields != NULL)
        return fields;

    fields = ib_arena_new_array (self->arena, Fields, 1);
    IbSpan key = { lower, strlen (lower) };
    find (self, &key, fields);
    g_hash_table_insert (self->other_fields, lower, fields);
    return fields;
}

static Fields *
find_fields (IbVm *self, const IbText *name)
{
    if (name->template != NULL)
        return find_other (self, ib_vm_text (self, name));
    Fields *fields = &self->fields[name->field];
    if (!fields->is_found)
        find (self, self->program->fields->pdata[name->field], fields);
    return fields;
}

static bool
is_blank (char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static IbSpan
trim (IbSpan text)
{
    while (text.length > 0 && is_blank (text.bytes[text.length - 1]))
        text.length--;
    while (text.length > 0 && is_blank (text.bytes[0])) {
        text.bytes++;
        text.length--;
    }
    return text;
}

/* Most fields are one line of ASCII without encoded words: those are read where they stand. */
static bool
is_plain (IbSpan text)
{
    for (gsize i = 0; i < text.length; i++) {
        guchar c = (guchar) text.bytes[i];
        if ((c < ' ' && c != '\t') || c >= 0x7F
            || (c == '=' && i + 1 < text.length && text.bytes[i + 1] == '?'))
            return false;
    }
    return true;
}

static IbSpan
decode (IbVm *self, const IbField *field)
{
    gsize length;
    const char *bytes = ib_message_bytes (self->message, &length);
    IbSpan as_it_stands
        = trim ((IbSpan){ bytes + field->value_offset, field->offset + field->length - field->value_offset });
    as_it_stands.length = MIN (as_it_stands.length, IB_LIMIT_FIELD_BYTES);
    (void) ib_vm_spend (self, as_it_stands.length);
    if (is_plain (as_it_stands))
        return as_it_stands;
    g_autofree char *text = ib_message_field_text (self->message, field);
    gsize text_length = strlen (text);
    return trim ((IbSpan){ ib_arena_copy (self->arena, text, text_length), text_length });
}

IbValue *
ib_vm_fields (IbVm *self, const IbText *name, guint *out_count)
{
    Fields *found = find_fields (self, name);
    if (!found->is_decoded) {
        found->values = ib_arena_new_array (self->arena, IbValue, found->count);
        for (guint i = 0; i < found->count; i++)
            found->values[i].text = decode (self, found->fields[i]);
        found->is_decoded = true;
    }
    *out_count = found->count;
    return found->values;
}

bool
ib_vm_has_field (IbVm *self, const IbText *name)
{
    return find_fields (self, name)->count > 0;
}

const GPtrArray *
ib_vm_addresses (IbVm *self, const IbText *name)
{
    Fields *found = find_fields (self, name);
    if (found->addresses != NULL)
        return found->addresses;

    found->addresses = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_address_free);
    for (guint i = 0; i < found->count && found->addresses->len < IB_LIMIT_ADDRESSES; i++) {
        g_autofree char *raw = ib_message_field_raw (self->message, found->fields[i]);
        GPtrArray *addresses = ib_address_parse (raw);
        (void) ib_vm_spend (self, strlen (raw));
        g_ptr_array_extend_and_steal (found->addresses, addresses);
    }
    return found->addresses;
}

/* --- captures --- */

static const IbExtension *
find_taker (const IbProgram *program)
{
    for (guint i = 0; i < program->required->len; i++) {
        const IbExtension *extension = program->required->pdata[i];
        if (extension->take != NULL)
            return extension;
    }
    return NULL;
}

IbCaptures *
ib_vm_captures (IbVm *self)
{
    return self->taker != NULL ? &self->captures : NULL;
}

void
ib_vm_take (IbVm *self)
{
    self->taker->take (self, &self->captures);
    for (guint i = 0; self->step != NULL && i < self->captures.count; i++)
        ib_trace_step_add_capture (self->step, self->captures.spans[i].bytes, self->captures.spans[i].length);
}

/* --- actions --- */

const char *const *
ib_vm_flags (const IbVm *self)
{
    return self->flags;
}

void
ib_vm_set_flags (IbVm *self, const char *const *flags)
{
    self->flags = flags;
}

static const char *const *
flags_of (IbVm *self, const IbCall *call)
{
    const IbCallTag *tag = ib_program_tag (call, IB_SLOT_FLAGS);
    return tag != NULL ? ib_flags_read (self, &tag->parameter) : self->flags;
}

static bool
has_action (const IbPlan *plan, IbActionKind kind, const char *mailbox)
{
    for (guint i = 0; i < plan->actions->len; i++) {
        const IbAction *action = plan->actions->pdata[i];
        if (action->kind == kind && strcmp (action->mailbox, mailbox) == 0)
            return true;
    }
    return false;
}

static void
add_action (IbVm *self, const IbCall *call, IbActionKind kind, const char *mailbox)
{
    switch (kind) {
    case IB_ACTION_KEEP:
    case IB_ACTION_FILEINTO:
        ib_plan_store (self->plan, kind, mailbox, flags_of (self, call));
        break;
    case IB_ACTION_REDIRECT:
        if (has_action (self->plan, kind, mailbox))
            break;
        self->n_redirects++;
        ib_plan_add (self->plan, kind, mailbox, NULL);
        break;
    case IB_ACTION_DISCARD:
        if (!has_action (self->plan, kind, mailbox))
            ib_plan_add (self->plan, kind, mailbox, NULL);
        break;
    }
}

void
ib_vm_act (IbVm *self, const IbCall *call, IbActionKind kind, const char *mailbox)
{
    add_action (self, call, kind, mailbox);
    if (self->plan->actions->len > IB_LIMIT_ACTIONS)
        ib_vm_fail (self, _ ("more than %d actions for one message"), IB_LIMIT_ACTIONS);
    if (self->n_redirects > IB_LIMIT_REDIRECTS)
        ib_vm_fail (self, _ ("more than %d redirects for one message"), IB_LIMIT_REDIRECTS);
}

void
ib_vm_cancel_keep (IbVm *self, const IbCall *call)
{
    if (ib_program_tag (call, IB_SLOT_COPY) != NULL)
        return;
    self->keeps_implicitly = false;
    if (self->decided_at == 0)
        self->decided_at = call->line;
}

/* --- running --- */

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
    return ib_trace_step_new (kind, self->program->name, call->line, call->depth, phrase);
}

/* An operator or branch that has come to what the register says. */
static void
note (const IbVm *self, const IbCall *call)
{
    if (self->trace == NULL || call == NULL)
        return;
    IbTraceKind kind = call->row->kind != IB_KIND_TEST     ? IB_TRACE_BRANCH
                       : call->row->tests == IB_TESTS_NONE ? IB_TRACE_TEST
                                                           : IB_TRACE_OPERATOR;
    IbTraceStep *step = step_of (self, kind, call);
    step->result = self->holds;
    ib_trace_add (self->trace, step);
}

static void
run_call (IbVm *self, const IbCall *call)
{
    bool is_test = call->row->kind == IB_KIND_TEST;
    self->call = call;
    if (self->trace != NULL)
        self->step = step_of (self, is_test ? IB_TRACE_TEST : IB_TRACE_ACTION, call);
    if (is_test)
        self->holds = call->row->test (self, call);
    else
        call->row->run (self, call);
    if (self->step != NULL) {
        self->step->result = is_test ? self->holds : self->error == NULL;
        ib_trace_add (self->trace, g_steal_pointer (&self->step));
    }
}

/* Does one instruction; returns the place of the next. */
static guint
step (IbVm *self, guint at)
{
    const IbInstruction *instruction = &g_array_index (self->program->code, IbInstruction, at);
    switch (instruction->op) {
    case IB_OP_CALL:
        run_call (self, instruction->call);
        break;
    case IB_OP_SET:
        self->holds = instruction->operand != 0;
        note (self, instruction->call);
        break;
    case IB_OP_NOT:
        self->holds = !self->holds;
        note (self, instruction->call);
        break;
    case IB_OP_NOTE:
        note (self, instruction->call);
        break;
    case IB_OP_JUMP:
        return instruction->operand;
    case IB_OP_JUMP_IF:
        return self->holds ? instruction->operand : at + 1;
    case IB_OP_JUMP_UNLESS:
        note (self, instruction->call);
        return self->holds ? at + 1 : instruction->operand;
    }
    return at + 1;
}

static void
run (IbVm *self)
{
    guint at = 0;
    while (at < self->program->code->len && !self->is_stopped && self->error == NULL && spend_step (self))
        at = step (self, at);
}

static void
note_end (const IbVm *self)
{
    if (self->trace == NULL || self->error != NULL)
        return;
    IbTraceStep *end = ib_trace_step_new (IB_TRACE_END, self->program->name,
                                          self->is_stopped && self->call != NULL ? self->call->line : 0, 0,
                                          self->is_stopped ? "stop" : "end");
    end->result = self->keeps_implicitly;
    ib_trace_add (self->trace, end);
}

static void
hand_over (IbVm *self, IbPlan *plan, IbSieveOutcome *out_outcome)
{
    bool failed = self->error != NULL;
    for (guint i = 0; i < self->plan->actions->len && !failed; i++) {
        const IbAction *action = self->plan->actions->pdata[i];
        ib_plan_add (plan, action->kind, action->mailbox, (const char *const *) action->flags);
    }
    const char *const *flags = failed ? (const char *const *) self->facts->flags : self->flags;
    *out_outcome = (IbSieveOutcome){
        .keeps_implicitly = failed || self->keeps_implicitly,
        .decided_at = failed ? 0 : self->decided_at,
        .keep_flags = g_strdupv ((char **) flags),
        .error = g_steal_pointer (&self->error),
    };
}

static void
give_back (IbVm *self)
{
    for (guint i = 0; i < self->program->fields->len; i++)
        fields_clear (&self->fields[i]);
    g_clear_pointer (&self->other_fields, g_hash_table_unref);
    ib_plan_free (self->plan);
    ib_arena_free (self->arena);
}

void
ib_vm_run (const IbProgram *program, const IbMessage *message, const IbFacts *facts, const IbVerdict *verdict,
           guint64 *steps, IbPlan *plan, IbTrace *trace, IbSieveOutcome *out_outcome)
{
    IbVm self = {
        .program = program,
        .message = message,
        .facts = facts,
        .verdict = verdict,
        .arena = ib_arena_new (),
        .steps = steps,
        .plan = ib_plan_new (),
        .keeps_implicitly = true,
        .flags = (const char *const *) facts->flags,
        .trace = trace,
        .taker = find_taker (program),
    };
    self.fields = ib_arena_new_array (self.arena, Fields, program->fields->len);
    self.states = ib_arena_new_array (self.arena, gpointer, program->language->count);

    run (&self);
    note_end (&self);
    hand_over (&self, plan, out_outcome);
    give_back (&self);
}
