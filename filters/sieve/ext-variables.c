/* ext-variables.c - "variables": set, its modifiers, and string (RFC 5229) */
#include "check.h"
#include "extensions.h"
#include "matching.h"
#include "variables.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- set [MODIFIER] <name: string> <value: string> --- */

static void
run_set (IbVm *vm, const IbCall *call)
{
    IbSpan value = ib_variables_modify (vm, call, ib_vm_text (vm, call->positional[1].texts));
    ib_vm_looks_at (vm, value);
    ib_variables_set (vm, ib_vm_text (vm, call->positional[0].texts), value);
}

static const IbPositional set_arguments[] = {
    { .name = N_ ("name"), .type = IB_TYPE_STRING, .check = ib_variables_check_name },
    { .name = N_ ("value"), .type = IB_TYPE_STRING },
    { NULL },
};
static const IbCommand set_row = {
    .name = "set",
    .takes = IB_TAKES_MODIFIER,
    .positional = set_arguments,
    .run = run_set,
};

/* --- modifiers; letters are those of ASCII --- */

static IbSpan
copy (IbVm *vm, IbSpan text, gsize room)
{
    char *bytes = ib_arena_alloc (ib_vm_arena (vm), text.length + room + 1);
    memcpy (bytes, text.bytes, text.length);
    (void) ib_vm_spend (vm, text.length);
    return (IbSpan){ bytes, text.length };
}

/* The first @count octets of @text by @convert. */
static IbSpan
convert (IbVm *vm, IbSpan text, gsize count, char (*letter) (char))
{
    IbSpan converted = copy (vm, text, 0);
    char *bytes = (char *) converted.bytes;
    for (gsize i = 0; i < text.length && i < count; i++)
        bytes[i] = letter (bytes[i]);
    return converted;
}

static IbSpan
modify_lower (IbVm *vm, IbSpan text)
{
    return convert (vm, text, text.length, g_ascii_tolower);
}

static IbSpan
modify_upper (IbVm *vm, IbSpan text)
{
    return convert (vm, text, text.length, g_ascii_toupper);
}

static IbSpan
modify_lowerfirst (IbVm *vm, IbSpan text)
{
    return convert (vm, text, 1, g_ascii_tolower);
}

static IbSpan
modify_upperfirst (IbVm *vm, IbSpan text)
{
    return convert (vm, text, 1, g_ascii_toupper);
}

/* "*", "?" and "\" so that :matches takes them as they are */
static IbSpan
modify_quotewildcard (IbVm *vm, IbSpan text)
{
    char *bytes = (char *) copy (vm, text, text.length).bytes;
    gsize length = 0;
    for (gsize i = 0; i < text.length; i++) {
        if (memchr ("*?\\", text.bytes[i], 3) != NULL)
            bytes[length++] = '\\';
        bytes[length++] = text.bytes[i];
    }
    return (IbSpan){ bytes, length };
}

/* In characters, not octets. */
static IbSpan
modify_length (IbVm *vm, IbSpan text)
{
    gsize characters = 0;
    for (gsize i = 0; i < text.length; i++)
        characters += ((guchar) text.bytes[i] & 0xC0) != 0x80;
    char *number = ib_arena_alloc (ib_vm_arena (vm), 24);
    return (IbSpan){ number, (gsize) g_snprintf (number, 24, "%zu", characters) };
}

#define MODIFIER(tag_name, tag_slot, function)                                                               \
    {                                                                                                        \
        .name = tag_name, .of = IB_TAKES_MODIFIER, .slot = IB_SLOT_MODIFIER_##tag_slot, .modify = function   \
    }

static const IbTag tags[] = {
    MODIFIER ("lower", CASE, modify_lower),
    MODIFIER ("upper", CASE, modify_upper),
    MODIFIER ("lowerfirst", FIRST, modify_lowerfirst),
    MODIFIER ("upperfirst", FIRST, modify_upperfirst),
    MODIFIER ("quotewildcard", QUOTE, modify_quotewildcard),
    MODIFIER ("length", LENGTH, modify_length),
    { NULL },
};

/* --- string [MATCH-TYPE] [COMPARATOR] <source: string-list> <key-list: string-list>; :count is of those that are not
 * empty --- */

static bool
test_string (IbVm *vm, const IbCall *call)
{
    const IbOperand *sources = &call->positional[0];
    IbMatching matching = ib_matching_new (vm, call, &call->positional[1]);
    for (guint i = 0; i < sources->n_texts; i++) {
        IbValue value = { .text = ib_vm_text (vm, &sources->texts[i]) };
        if (value.text.length == 0 && call->comparison.type->counts)
            continue;
        if (ib_matching_value (&matching, &value))
            break;
    }
    return ib_matching_finish (&matching);
}

static const IbPositional string_arguments[] = {
    { .name = N_ ("list of texts"), .type = IB_TYPE_STRINGS },
    { .name = N_ ("list of keys"), .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS },
    { NULL },
};
static const IbCommand string_row = {
    .name = "string",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH,
    .positional = string_arguments,
    .test = test_string,
};

static const IbCommand *const commands[] = { &set_row, &string_row, NULL };
const IbExtension ib_ext_variables = {
    .name = "variables",
    .commands = commands,
    .tags = tags,
    .read_template = ib_variables_read_template,
    .take = ib_variables_take,
    .state_new = ib_variables_state_new,
    .is_local = true,
    .is_about_script = true,
};
