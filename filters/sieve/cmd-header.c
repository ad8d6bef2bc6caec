/* cmd-header.c - exists, header, size (RFC 5228, 5.5, 5.7, 5.9) */
#include "check.h"
#include "extensions.h"
#include "match.h"
#include "matching.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- exists <header-names: string-list>: every one of them --- */

static bool
test_exists (IbVm *vm, const IbCall *call)
{
    const IbOperand *names = &call->positional[0];
    for (guint i = 0; i < names->n_texts; i++)
        if (!ib_vm_has_field (vm, call, &names->texts[i]))
            return false;
    return true;
}

static const IbPositional exists_arguments[] = {
    { .name = N_ ("list of header fields"), .type = IB_TYPE_STRINGS, .use = IB_USE_FIELDS },
    { NULL },
};
static const IbCommand exists_row = {
    .name = "exists",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_HEADER,
    .positional = exists_arguments,
    .test = test_exists,
};

/* --- header [COMPARATOR] [MATCH-TYPE] <header-names: string-list> <key-list: string-list> --- */

static bool
match_fields (IbMatching *matching, IbVm *vm, const IbText *name)
{
    guint count;
    IbValue *values = ib_vm_fields (vm, matching->call, name, &count);
    for (guint i = 0; i < count; i++)
        if (ib_matching_value (matching, &values[i]))
            return true;
    return false;
}

static bool
test_header (IbVm *vm, const IbCall *call)
{
    const IbOperand *names = &call->positional[0];
    IbMatching matching = ib_matching_new (vm, call, &call->positional[1]);
    for (guint i = 0; i < names->n_texts; i++)
        if (match_fields (&matching, vm, &names->texts[i]))
            break;
    return ib_matching_finish (&matching);
}

static bool
is_blank (char c)
{
    return c == ' ' || c == '\t';
}

/* Tests look at values in one line, without blanks around them. */
static const char *
why_hopeless (const IbNode *node, IbSpan text)
{
    const IbComparison *how = &node->comparison;
    bool is_whole = how->type == &ib_match_is && how->comparator != &ib_match_numeric;
    bool is_searched = how->type == &ib_match_contains || how->type == &ib_match_matches;
    if (text.length == 0 || !(is_whole || is_searched))
        return NULL;
    if (memchr (text.bytes, '\n', text.length) != NULL || memchr (text.bytes, '\r', text.length) != NULL)
        return _ ("fields are looked at in one line");
    if (is_whole && (is_blank (text.bytes[0]) || is_blank (text.bytes[text.length - 1])))
        return _ ("fields are looked at without the blanks around them");
    return NULL;
}

static bool
check_header (IbCheck *check, IbNode *node)
{
    return ib_check_hopeless_keys (check, node, node->positional[1], why_hopeless);
}

static const IbPositional header_arguments[] = {
    { .name = N_ ("list of header fields"), .type = IB_TYPE_STRINGS, .use = IB_USE_FIELDS },
    { .name = N_ ("list of keys"), .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS },
    { NULL },
};
static const IbCommand header_row = {
    .name = "header",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH | IB_TAKES_HEADER | IB_TAKES_INDEX | IB_TAKES_VALUE,
    .positional = header_arguments,
    .check = check_header,
    .test = test_header,
};

/* --- size <":over" / ":under"> <limit: number>: neither at equality --- */

enum { SIZE_OVER, SIZE_UNDER };

static void
show_size (IbVm *vm, guint64 size)
{
    char *text = ib_arena_alloc (ib_vm_arena (vm), 24);
    ib_vm_looks_at (vm, (IbSpan){ text, (gsize) g_snprintf (text, 24, "%" G_GUINT64_FORMAT, size) });
}

static bool
test_size (IbVm *vm, const IbCall *call)
{
    const IbCallTag *tag = ib_program_tag (call, IB_SLOT_OWN);
    gsize length;
    (void) ib_message_bytes (ib_vm_message (vm), &length);
    guint64 size = MAX (length, ib_vm_facts (vm)->total_size_bytes);
    if (ib_vm_is_traced (vm))
        show_size (vm, size);
    return tag->tag->value == SIZE_OVER ? size > tag->parameter.number : size < tag->parameter.number;
}

static bool
check_size (IbCheck *check, IbNode *node)
{
    return ib_tree_tag (node, IB_SLOT_OWN) != NULL
           || ib_check_error (check, node->at, _ ("\"size\" lacks \":over\" or \":under\""));
}

static const IbTag size_tags[] = {
    { .name = "over", .slot = IB_SLOT_OWN, .parameter = IB_TYPE_NUMBER, .value = SIZE_OVER },
    { .name = "under", .slot = IB_SLOT_OWN, .parameter = IB_TYPE_NUMBER, .value = SIZE_UNDER },
    { NULL },
};
static const IbCommand size_row = {
    .name = "size",
    .kind = IB_KIND_TEST,
    .tags = size_tags,
    .check = check_size,
    .test = test_size,
};

static const IbCommand *const commands[] = { &exists_row, &header_row, &size_row, NULL };
const IbExtension ib_cmd_header = { .commands = commands };
