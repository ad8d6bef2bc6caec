/* variables.c - the variables of a run */
#include "variables.h"
#include "check.h"
#include "extensions.h"
#include "mail-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    IbSpan name;
    IbSpan value;
} Variable;

struct _IbVariables {
    guint count;
    Variable **items; /* as many as there may be */
};

/* Of one script. */
typedef struct {
    IbCaptures captures;
    IbVariables variables;
} State;

bool
ib_variables_is_name (IbSpan text)
{
    if (text.length == 0 || g_ascii_isdigit (text.bytes[0]))
        return false;
    for (gsize i = 0; i < text.length; i++)
        if (!g_ascii_isalnum (text.bytes[i]) && text.bytes[i] != '_')
            return false;
    return true;
}

/* namespace "." variable-name; false: there is no dot, or what is around it is no name. */
static bool
split (IbSpan text, IbSpan *out_space, IbSpan *out_name)
{
    const char *dot = memchr (text.bytes, '.', text.length);
    if (dot == NULL)
        return false;
    *out_space = (IbSpan){ text.bytes, (gsize) (dot - text.bytes) };
    *out_name = (IbSpan){ dot + 1, text.length - out_space->length - 1 };
    return ib_variables_is_name (*out_space) && ib_variables_is_name (*out_name);
}

bool
ib_variables_may_name (const IbCheck *check, IbSpan text)
{
    IbSpan space, name;
    if (ib_variables_is_name (text))
        return true;
    return split (text, &space, &name) && ib_check_has_name_space (check, space);
}

bool
ib_variables_check_name (IbCheck *check, IbNode *node, IbArgument *argument)
{
    if (argument->dynamic == NULL && ib_variables_may_name (check, argument->text)) {
        ib_check_set_variable (check, argument->text, IB_SCOPE_LOCAL);
        return true;
    }
    g_autofree char *quoted = ib_diagnostic_quote (argument->text);
    return ib_check_error (check, argument->at, _ ("%s cannot be the name of a variable"), quoted);
}

IbSpan
ib_variables_modify (IbVm *vm, const IbCall *call, IbSpan value)
{
    static const IbSlot order[] = { IB_SLOT_MODIFIER_CASE, IB_SLOT_MODIFIER_FIRST, IB_SLOT_MODIFIER_QUOTE,
                                    IB_SLOT_MODIFIER_ENCODE, IB_SLOT_MODIFIER_LENGTH };
    for (gsize i = 0; i < G_N_ELEMENTS (order); i++) {
        const IbCallTag *tag = ib_program_tag (call, order[i]);
        if (tag != NULL)
            value = tag->tag->modify (vm, value);
    }
    return value;
}

static void
init (IbVm *vm, IbVariables *self)
{
    self->items = ib_arena_new_array (ib_vm_arena (vm), Variable *, ib_vm_settings (vm)->most_variables);
}

gpointer
ib_variables_state_new (IbVm *vm, IbArena *arena)
{
    State *state = ib_arena_alloc (arena, sizeof (State));
    init (vm, &state->variables);
    return state;
}

IbVariables *
ib_variables_new (IbVm *vm)
{
    IbVariables *self = ib_arena_new_array (ib_vm_arena (vm), IbVariables, 1);
    init (vm, self);
    return self;
}

static guint
find (const IbVariables *self, IbSpan name)
{
    guint i = 0;
    for (; i < self->count; i++) {
        const Variable *item = self->items[i];
        if (item->name.length == name.length
            && g_ascii_strncasecmp (item->name.bytes, name.bytes, name.length) == 0)
            break;
    }
    return i;
}

/* Where the variable stands, or its place if it is new; NULL after ib_vm_fail (). */
static Variable **
place (IbVm *vm, IbVariables *self, IbSpan name)
{
    guint most = ib_vm_settings (vm)->most_variables, i = find (self, name);
    if (i < self->count)
        return &self->items[i];
    if (self->count == most) {
        ib_vm_fail (
            vm, g_dngettext (GETTEXT_PACKAGE, "more than %u variable", "more than %u variables", most), most);
        return NULL;
    }
    return &self->items[self->count++];
}

/* The variable of @self, made if it is not there; NULL after ib_vm_fail (). */
static Variable *
have (IbVm *vm, IbVariables *self, IbSpan name)
{
    Variable **at = place (vm, self, name);
    if (at == NULL)
        return NULL;
    if (*at == NULL) {
        *at = ib_arena_new_array (ib_vm_arena (vm), Variable, 1);
        (*at)->name = name;
    }
    return *at;
}

/* Whose variable @name is; *name becomes its name there. */
static IbVariables *
owner (IbVm *vm, IbSpan *name)
{
    IbSpan space, rest;
    State *own = ib_vm_state (vm, &ib_ext_variables);
    if (!split (*name, &space, &rest))
        return &own->variables;
    const IbExtension *extension = ib_language_name_space (ib_vm_language (vm), space);
    if (extension == NULL)
        return &own->variables;
    *name = rest;
    return extension->variables (vm);
}

IbSpan
ib_variables_get (IbVm *vm, IbSpan name)
{
    const IbVariables *variables = owner (vm, &name);
    guint i = find (variables, name);
    return i < variables->count ? variables->items[i]->value : IB_SPAN ("");
}

void
ib_variables_share (IbVm *vm, IbVariables *all, IbSpan name)
{
    State *own = ib_vm_state (vm, &ib_ext_variables);
    Variable *shared = have (vm, all, name);
    Variable **at = shared != NULL ? place (vm, &own->variables, name) : NULL;
    if (at != NULL)
        *at = shared;
}

static IbSpan
cut (IbVm *vm, IbSpan value)
{
    gsize length = ib_vm_settings (vm)->most_variable_bytes;
    if (value.length <= length)
        return value;
    while (length > 0 && ((guchar) value.bytes[length] & 0xC0) == 0x80)
        length--;
    return (IbSpan){ value.bytes, length };
}

static IbSpan
copy (IbVm *vm, IbSpan text)
{
    return (IbSpan){ ib_arena_copy (ib_vm_arena (vm), text.bytes, text.length), text.length };
}

void
ib_variables_set (IbVm *vm, IbSpan name, IbSpan value)
{
    IbVariables *variables = owner (vm, &name);
    Variable *variable = have (vm, variables, name);
    if (variable == NULL)
        return;
    variable->value = copy (vm, cut (vm, value));
    (void) ib_vm_spend (vm, variable->value.length);
}

IbSpan
ib_variables_capture (IbVm *vm, guint number)
{
    const State *state = ib_vm_state (vm, &ib_ext_variables);
    return number < state->captures.count ? cut (vm, state->captures.spans[number]) : IB_SPAN ("");
}

/* They outlive what was looked at, which may be gone before the run is. */
void
ib_variables_take (IbVm *vm, const IbCaptures *captures)
{
    State *state = ib_vm_state (vm, &ib_ext_variables);
    state->captures.count = captures->count;
    for (guint i = 0; i < captures->count; i++) {
        state->captures.spans[i] = copy (vm, captures->spans[i]);
        (void) ib_vm_spend (vm, captures->spans[i].length);
    }
}

/* --- ${name} and ${1} in strings --- */

typedef struct {
    IbSpan text; /* literal; or the name of a variable */
    bool is_name;
    bool is_number;
    guint number;
} Part;

typedef struct {
    IbTemplate template;
    guint count;
    Part *parts;
} Template;

static IbSpan
part_text (IbVm *vm, const Part *part)
{
    if (part->is_number)
        return ib_variables_capture (vm, part->number);
    return part->is_name ? ib_variables_get (vm, part->text) : part->text;
}

/* Text that is put together costs eight times as much as text that is looked at: it takes memory. */
static IbSpan
expand (IbVm *vm, const IbTemplate *template)
{
    const Template *self = (const Template *) template;
    gsize length = 0;
    for (guint i = 0; i < self->count; i++)
        length += part_text (vm, &self->parts[i]).length;
    if (length > IB_LIMIT_STRING_BYTES) {
        ib_vm_fail (vm, _ ("a text grows beyond %d kB"), IB_LIMIT_STRING_BYTES / 1024);
        return IB_SPAN ("");
    }
    if (!ib_vm_spend (vm, 8 * (length + self->count)))
        return IB_SPAN ("");

    char *text = ib_arena_alloc (ib_vm_arena (vm), length + 1);
    gsize at = 0;
    for (guint i = 0; i < self->count; i++) {
        IbSpan piece = part_text (vm, &self->parts[i]);
        /* A variable that is shared and was not set yet has no bytes at all. */
        if (piece.length > 0)
            memcpy (text + at, piece.bytes, piece.length);
        at += piece.length;
    }
    return (IbSpan){ text, length };
}

/* variable-ref = "${" [namespace] variable-name "}": where the one at @at ends; 0 if there is none. */
static gsize
reference_end (IbSpan text, gsize at)
{
    if (text.length - at < 4 || text.bytes[at] != '$' || text.bytes[at + 1] != '{')
        return 0;
    gsize end = at + 2;
    while (end < text.length
           && (g_ascii_isalnum (text.bytes[end]) || text.bytes[end] == '_' || text.bytes[end] == '.'))
        end++;
    return end > at + 2 && end < text.length && text.bytes[end] == '}' ? end + 1 : 0;
}

/* A number, however many zeros it begins with; beyond those that a match can take they are all too large. */
static bool
read_number (IbSpan name, guint *out_number)
{
    guint number = 0;
    for (gsize i = 0; i < name.length; i++) {
        if (!g_ascii_isdigit (name.bytes[i]))
            return false;
        number = MIN (number * 10 + (guint) (name.bytes[i] - '0'), 1000);
    }
    *out_number = number;
    return true;
}

static void
tell (IbCheck *check, const IbArgument *string, IbSpan name, const char *what)
{
    g_autofree char *cut_name = g_strndup (name.bytes, MIN (name.length, 40));
    if (check != NULL)
        ib_check_error (check, string->at, "${%s} %s", cut_name, what);
}

/* Reads the reference whose inside is @name; false: it is none and stays text. */
static bool
read_reference (IbCheck *check, const IbArgument *string, IbSpan name, Part *part)
{
    part->text = name;
    part->is_number = read_number (name, &part->number);
    if (part->is_number && part->number >= IB_CAPTURES_MAX)
        tell (check, string, name, _ ("is more than a match can take: the last is ${32}"));
    else if (part->is_number && check != NULL)
        ib_check_reference (check, string->at, part->number);
    if (part->is_number)
        return true;
    IbSpan space, rest;
    bool is_split = split (name, &space, &rest);
    part->is_name = is_split || ib_variables_is_name (name);
    if (is_split && check != NULL && !ib_check_has_name_space (check, space))
        tell (check, string, name, _ ("is in a namespace that no extension brings"));
    return part->is_name;
}

static guint
count_dollars (IbSpan text)
{
    guint count = 0;
    for (gsize i = 0; i < text.length; i++)
        count += text.bytes[i] == '$';
    return count;
}

static void
add_literal (Template *self, IbSpan text, gsize from, gsize to)
{
    if (to > from)
        self->parts[self->count++] = (Part){ .text = { text.bytes + from, to - from } };
}

const IbTemplate *
ib_variables_read_template (IbCheck *check, IbArena *arena, const IbArgument *string)
{
    guint dollars = count_dollars (string->text);
    if (dollars == 0)
        return NULL;

    IbSpan text = { ib_arena_copy (arena, string->text.bytes, string->text.length), string->text.length };
    Template *self = ib_arena_new_array (arena, Template, 1);
    self->template.expand = expand;
    self->parts = ib_arena_new_array (arena, Part, 2 * dollars + 1);
    gsize literal = 0;
    bool has_references = false;
    for (gsize at = 0, end; at < text.length; at = end) {
        Part part = { .is_name = false };
        end = reference_end (text, at);
        if (end == 0
            || !read_reference (check, string, (IbSpan){ text.bytes + at + 2, end - at - 3 }, &part)) {
            end = at + 1;
            continue;
        }
        add_literal (self, text, literal, at);
        self->parts[self->count++] = part;
        literal = end;
        has_references = true;
    }
    add_literal (self, text, literal, text.length);
    return has_references ? &self->template : NULL;
}
