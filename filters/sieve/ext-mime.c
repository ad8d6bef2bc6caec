/* ext-mime.c - "mime": the fields of parts, and what structured ones of them say (RFC 5703, 4)
 *
 * :mime and :anychild say whose header a test looks at, :type and its like what it looks at of each field. */
#include "check.h"
#include "extensions.h"
#include "foreverypart.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- whose header --- */

/* The headers of the parts so far asked for, by index. */
typedef struct {
    const IbMessage *message;
    IbHeader **headers;
} State;

static gpointer
state_new (IbVm *vm, IbArena *arena)
{
    return ib_arena_alloc (arena, sizeof (State));
}

static IbHeader *
header_of (IbVm *vm, const IbPart *part)
{
    IbHeader *header = ib_header_of_part (ib_vm_message (vm), part->fields, part->n_fields);
    ib_arena_own (ib_vm_arena (vm), header, (GDestroyNotify) ib_header_unref);
    return header;
}

/* The part that the loop is at, or else the message; with :anychild those within it, too. */
static IbHeader *const *
find_headers (IbVm *vm, const IbCall *call, guint *out_count)
{
    const IbMessage *message = ib_vm_message (vm);
    const GPtrArray *parts = ib_message_parts (message);
    const IbPart *part = ib_foreverypart_current (vm);
    State *state = ib_vm_state (vm, &ib_ext_mime);
    if (state->message != message)
        *state = (State){ message, ib_arena_new_array (ib_vm_arena (vm), IbHeader *, parts->len) };
    if (part == NULL)
        part = parts->pdata[0];

    *out_count = ib_program_tag (call, IB_SLOT_HEADER_DEPTH) != NULL ? part->n_within + 1 : 1;
    state->headers[0] = ib_vm_header (vm); /* with its edits so far */
    for (guint i = part->index; i < part->index + *out_count; i++)
        if (state->headers[i] == NULL)
            state->headers[i] = header_of (vm, parts->pdata[i]);
    return state->headers + part->index;
}

/* --- what of a field --- */

enum { MIME_TYPE, MIME_SUBTYPE, MIME_CONTENTTYPE, MIME_PARAM };

static IbSpan
copy (IbVm *vm, const char *text)
{
    gsize length = strlen (text);
    return (IbSpan){ ib_arena_copy (ib_vm_arena (vm), text, length), length };
}

/* Of Content-Type and Content-Disposition, the word or a half of it; NULL if it cannot be read. Blank in other fields. */
static const char *
read_word (const IbCallTag *tag, const IbHeaderField *field, const IbMimeValue *value)
{
    if (ib_message_field_is (field->message, field->field, "Content-Disposition"))
        return value == NULL ? NULL : tag->tag->value == MIME_SUBTYPE ? "" : value->word;
    if (!ib_message_field_is (field->message, field->field, "Content-Type"))
        return "";
    if (value == NULL || value->type == NULL)
        return NULL;
    return tag->tag->value == MIME_TYPE      ? value->type
           : tag->tag->value == MIME_SUBTYPE ? value->subtype
                                             : value->word;
}

static IbMimeValue *
parse (IbVm *vm, const IbHeaderField *field)
{
    g_autofree char *raw = ib_message_field_raw (field->message, field->field);
    (void) ib_vm_spend (vm, strlen (raw));
    return ib_mime_value_parse (raw);
}

static IbValue *
derive_word (IbVm *vm, const IbCallTag *tag, const IbHeaderField *field, guint *out_count)
{
    g_autoptr (IbMimeValue) value = parse (vm, field);
    const char *word = read_word (tag, field, value);
    IbValue *values = ib_arena_new_array (ib_vm_arena (vm), IbValue, 1);
    *out_count = word != NULL;
    if (word != NULL)
        values->text = copy (vm, word);
    return values;
}

static const IbParameter *
find_parameter (const IbMimeValue *value, IbSpan name)
{
    g_autofree char *wanted = g_strndup (name.bytes, name.length);
    return ib_mime_value_parameter (value, wanted);
}

static IbValue *
derive_parameters (IbVm *vm, const IbCallTag *tag, const IbHeaderField *field, guint *out_count)
{
    g_autoptr (IbMimeValue) value = parse (vm, field);
    const IbOperand *names = &tag->parameter;
    IbValue *values = ib_arena_new_array (ib_vm_arena (vm), IbValue, names->n_texts);
    *out_count = 0;
    for (guint i = 0; i < names->n_texts && value != NULL; i++) {
        const IbParameter *parameter = find_parameter (value, ib_vm_text (vm, &names->texts[i]));
        if (parameter != NULL)
            values[(*out_count)++].text = copy (vm, parameter->text);
    }
    return values;
}

/* --- the tags --- */

/* It may stand before the tag as well as behind it. */
static bool
check_is_mime (IbCheck *check, IbNode *node, IbArgument *tag)
{
    for (const IbArgument *argument = node->arguments; argument != NULL; argument = argument->next)
        if (argument->type == IB_TYPE_TAG && ib_language_is (argument->text, "mime"))
            return true;
    return ib_check_error (check, tag->at, _ ("\":%s\" is about parts: expected \":mime\" beside it"),
                           tag->tag->name);
}

#define VALUE_TAG(tag_name, tag_value, tag_parameter, function)                                              \
    {                                                                                                        \
        .name = tag_name, .of = IB_TAKES_VALUE, .slot = IB_SLOT_VALUE, .parameter = tag_parameter,           \
        .value = tag_value, .derive = function, .check = check_is_mime                                       \
    }

static const IbTag tags[] = {
    { .name = "mime", .of = IB_TAKES_HEADER, .slot = IB_SLOT_HEADER, .headers = find_headers },
    { .name = "anychild", .of = IB_TAKES_HEADER, .slot = IB_SLOT_HEADER_DEPTH, .check = check_is_mime },
    VALUE_TAG ("type", MIME_TYPE, IB_TYPE_NONE, derive_word),
    VALUE_TAG ("subtype", MIME_SUBTYPE, IB_TYPE_NONE, derive_word),
    VALUE_TAG ("contenttype", MIME_CONTENTTYPE, IB_TYPE_NONE, derive_word),
    VALUE_TAG ("param", MIME_PARAM, IB_TYPE_STRINGS, derive_parameters),
    { NULL },
};
const IbExtension ib_ext_mime = { .name = "mime", .tags = tags, .state_new = state_new };
