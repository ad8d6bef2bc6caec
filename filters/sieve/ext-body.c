/* ext-body.c - "body": the text of a message (RFC 5173) */
#include "check.h"
#include "extensions.h"
#include "matching.h"
#include "part.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum { BODY_TEXT, BODY_RAW, BODY_CONTENT };

/* What was looked at of a part, and so is decoded and folded once. */
typedef struct {
    bool has_text, has_content;
    IbValue text;     /* what a reader sees */
    IbValue content;  /* of a multipart: what stands before its parts; of a message: its header */
    IbValue epilogue; /* of a multipart: what stands behind its parts */
} Looked;

typedef struct {
    const IbMessage *message;
    bool has_raw;
    IbValue raw;
    Looked *parts;
} State;

static gpointer
state_new (IbVm *vm, IbArena *arena)
{
    return ib_arena_alloc (arena, sizeof (State));
}

static State *
get_state (IbVm *vm)
{
    State *state = ib_vm_state (vm, &ib_ext_body);
    if (state->message != ib_vm_message (vm))
        *state = (State){ .message = ib_vm_message (vm) };
    return state;
}

static Looked *
looked_at (IbVm *vm, const IbPart *part)
{
    State *state = get_state (vm);
    if (state->parts == NULL)
        state->parts = ib_arena_new_array (ib_vm_arena (vm), Looked, ib_message_parts (state->message)->len);
    return &state->parts[part->index];
}

/* A range of the message, with the line ends that strings of a script have. */
static IbValue
lines (IbVm *vm, gsize start, gsize end)
{
    gsize length;
    const char *bytes = ib_message_bytes (ib_vm_message (vm), &length);
    char *text = ib_part_lines (bytes + start, end - start, &length);
    ib_arena_own (ib_vm_arena (vm), text, g_free);
    (void) ib_vm_spend (vm, length);
    return (IbValue){ .text = { text, length } };
}

/* --- :raw: the whole, undecoded --- */

static void
match_raw (IbMatching *matching)
{
    State *state = get_state (matching->vm);
    gsize length;
    (void) ib_message_bytes (state->message, &length);
    if (!state->has_raw)
        state->raw = lines (matching->vm, ib_message_body_offset (state->message), length);
    state->has_raw = true;
    (void) ib_matching_value (matching, &state->raw);
}

/* --- :text: what a reader sees of each text --- */

static bool
match_text_of (IbMatching *matching, const IbPart *part)
{
    Looked *looked = looked_at (matching->vm, part);
    if (!looked->has_text) {
        looked->text.text.bytes = ib_part_plain_text (part, &looked->text.text.length);
        (void) ib_vm_spend (matching->vm, part->end - part->body);
    }
    looked->has_text = true;
    return ib_matching_value (matching, &looked->text);
}

static void
match_text (IbMatching *matching)
{
    const GPtrArray *parts = ib_message_parts (ib_vm_message (matching->vm));
    for (guint i = 0; i < parts->len; i++) {
        const IbPart *part = parts->pdata[i];
        if (part->is_text && match_text_of (matching, part))
            return;
    }
}

/* --- :content <content-types: string-list>: each part of these types, decoded --- */

/* "" is any type, "text" every subtype of it, "text/html" that one; anything else is none (RFC 5173, 5.2). */
static bool
is_of_type (const IbPart *part, IbSpan type)
{
    const char *slash = type.length > 0 ? memchr (type.bytes, '/', type.length) : NULL;
    if (type.length == 0)
        return true;
    if (slash == NULL)
        return ib_language_is (type, part->type->type);
    return ib_language_is (type, part->type->word);
}

static bool
is_of_any_type (IbVm *vm, const IbPart *part, const IbOperand *types)
{
    for (guint i = 0; i < types->n_texts; i++)
        if (is_of_type (part, ib_vm_text (vm, &types->texts[i])))
            return true;
    return false;
}

/* Of a message in the message, only the header is its own (RFC 5173, 5.2); without the empty line. */
static IbValue
read_inner_header (IbVm *vm, const IbPart *part)
{
    gsize length;
    const char *bytes = ib_message_bytes (ib_vm_message (vm), &length);
    const IbPart *inner = ib_message_parts (ib_vm_message (vm))->pdata[part->index + 1];
    gsize end = inner->body;
    if (end - inner->header >= 2 && bytes[end - 1] == '\n') {
        gsize line = end - 1 - (bytes[end - 2] == '\r');
        end = line > inner->header && bytes[line - 1] == '\n' ? line : end;
    }
    return lines (vm, inner->header, end);
}

static void
read_content (IbVm *vm, const IbPart *part, Looked *looked)
{
    looked->has_content = true;
    if (part->is_multipart) {
        looked->content = lines (vm, part->body, part->prologue_end);
        looked->epilogue = lines (vm, part->epilogue, part->end);
    } else if (part->is_message) {
        looked->content = read_inner_header (vm, part);
    } else if (part->is_text) {
        looked->content.text.bytes = ib_part_text (part, &looked->content.text.length);
        (void) ib_vm_spend (vm, part->end - part->body);
    } else {
        looked->content.text.bytes = ib_part_content (part, &looked->content.text.length);
        (void) ib_vm_spend (vm, part->end - part->body);
    }
}

static bool
match_content_of (IbMatching *matching, const IbPart *part)
{
    Looked *looked = looked_at (matching->vm, part);
    if (!looked->has_content)
        read_content (matching->vm, part, looked);
    return ib_matching_value (matching, &looked->content)
           || (part->is_multipart && ib_matching_value (matching, &looked->epilogue));
}

static void
match_content (IbMatching *matching, const IbOperand *types)
{
    const GPtrArray *parts = ib_message_parts (ib_vm_message (matching->vm));
    for (guint i = 0; i < parts->len; i++) {
        const IbPart *part = parts->pdata[i];
        if (is_of_any_type (matching->vm, part, types) && match_content_of (matching, part))
            return;
    }
}

/* --- body [COMPARATOR] [MATCH-TYPE] [BODY-TRANSFORM] <key-list: string-list> --- */

static bool
test_body (IbVm *vm, const IbCall *call)
{
    const IbCallTag *tag = ib_program_tag (call, IB_SLOT_OWN);
    IbMatching matching = ib_matching_new (vm, call, &call->positional[0]);
    matching.takes_nothing = true; /* RFC 5173, 6: it neither sets nor clears match variables */
    switch (tag != NULL ? tag->tag->value : BODY_TEXT) {
    case BODY_TEXT:
        match_text (&matching);
        break;
    case BODY_RAW:
        match_raw (&matching);
        break;
    case BODY_CONTENT:
        match_content (&matching, &tag->parameter);
        break;
    }
    return ib_matching_finish (&matching);
}

static const IbTag transforms[] = {
    { .name = "raw", .slot = IB_SLOT_OWN, .value = BODY_RAW },
    { .name = "content", .slot = IB_SLOT_OWN, .value = BODY_CONTENT, .parameter = IB_TYPE_STRINGS },
    { .name = "text", .slot = IB_SLOT_OWN, .value = BODY_TEXT },
    { NULL },
};
static const IbPositional arguments[] = {
    { .name = N_ ("list of keys"), .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS },
    { NULL },
};
static const IbCommand body_row = {
    .name = "body",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH,
    .tags = transforms,
    .positional = arguments,
    .test = test_body,
};

static const IbCommand *const commands[] = { &body_row, NULL };
const IbExtension ib_ext_body = { .name = "body", .commands = commands, .state_new = state_new };
