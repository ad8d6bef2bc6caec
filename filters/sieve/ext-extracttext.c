/* ext-extracttext.c - "extracttext": the text of a part in a variable (RFC 5703, 7) */
#include "check.h"
#include "extensions.h"
#include "foreverypart.h"
#include "variables.h"

#include <glib/gi18n-lib.h>

/* --- extracttext [MODIFIER] [":first" <number>] <varname: string> --- */

/* The first @count characters of @text. */
static IbSpan
cut (IbSpan text, guint64 count)
{
    gsize end = 0;
    for (; end < text.length; end++)
        if (((guchar) text.bytes[end] & 0xC0) != 0x80 && count-- == 0)
            break;
    return (IbSpan){ text.bytes, end };
}

/* What is no text, or not what it says, has none: the RFC wants an empty string for an encoding or charset that is
 * unknown, or known and broken. */
static IbSpan
read_text (IbVm *vm, const IbCall *call)
{
    const IbPart *part = ib_foreverypart_current (vm);
    const IbCallTag *first = ib_program_tag (call, IB_SLOT_OWN);
    IbSpan text = { "", 0 };
    if (part == NULL || !part->is_text || !ib_part_is_readable (part))
        return text;
    text.bytes = ib_part_text (part, &text.length);
    if (first != NULL)
        text = cut (text, first->parameter.number);
    (void) ib_vm_spend (vm, text.length);
    return text;
}

static void
run_extracttext (IbVm *vm, const IbCall *call)
{
    IbSpan text = ib_variables_modify (vm, call, read_text (vm, call));
    ib_vm_looks_at (vm, text);
    ib_variables_set (vm, ib_vm_text (vm, call->positional[0].texts), text);
}

static bool
check_extracttext (IbCheck *check, IbNode *node)
{
    if (!ib_check_has (check, "variables"))
        return ib_check_error (check, node->at, _ ("\"extracttext\" needs: require \"variables\";"));
    return ib_foreverypart_around (node) != NULL
           || ib_check_error (check, node->at, _ ("\"extracttext\" stands in no \"foreverypart\""));
}

static const IbTag first_tag[] = {
    { .name = "first", .slot = IB_SLOT_OWN, .parameter = IB_TYPE_NUMBER },
    { NULL },
};
static const IbPositional arguments[] = {
    { .name = N_ ("name"), .type = IB_TYPE_STRING, .check = ib_variables_check_name },
    { NULL },
};
static const IbCommand extracttext_row = {
    .name = "extracttext",
    .takes = IB_TAKES_MODIFIER,
    .tags = first_tag,
    .positional = arguments,
    .check = check_extracttext,
    .run = run_extracttext,
};

static const IbCommand *const commands[] = { &extracttext_row, NULL };
const IbExtension ib_ext_extracttext = { .name = "extracttext", .commands = commands };
