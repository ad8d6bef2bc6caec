/* ext-extlists.c - "extlists": match type :list and valid_ext_list, over lists that stand outside the script (RFC 6134)
 *
 * Keys are the names of lists. A list that there is not holds nothing. */
#include "check.h"
#include "extensions.h"
#include "lists.h"
#include "matching.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The list's name in its own spelling; NULL: it can be none. */
static const void *
prepare (const IbComparison *how, IbArena *arena, IbSpan key, IbSpan folded)
{
    g_autofree char *written = g_strndup (key.bytes, key.length);
    g_autofree char *name = ib_lists_name (written);
    return name != NULL ? ib_arena_copy (arena, name, strlen (name)) : NULL;
}

static bool
check_key (IbCheck *check, const IbArgument *key)
{
    g_autofree char *written = g_strndup (key->text.bytes, key->text.length);
    g_autofree char *name = ib_lists_name (written);
    if (name != NULL)
        return true;
    g_autofree char *quoted = ib_diagnostic_quote (key->text);
    return ib_check_error (
        check, key->at,
        _ ("%s names no list: expected such as \"friends\", \"tag:example.org,2026:friends\" or "
           "\":addrbook:default\""),
        quoted);
}

/* Whole values are in a list or not; ${0} is the value (RFC 6134, 2.2). */
static bool
looks_up (IbVm *vm, const IbKey *key, IbSpan value, IbCaptures *captures)
{
    bool holds = key->pattern != NULL
                 && ib_lists_holds (ib_vm_facts (vm)->lists, key->pattern, value.bytes, value.length);
    (void) ib_vm_spend (vm, value.length);
    if (holds && captures != NULL) {
        captures->count = 1;
        captures->spans[0] = value;
    }
    return holds;
}

static const IbMatchType match_list = {
    .name = "list",
    .captures = true,
    .prepare = prepare,
    .check_key = check_key,
    .looks_up = looks_up,
};

/* --- valid_ext_list <ext-list-names: string-list>: all of them are there --- */

static bool
test_valid_ext_list (IbVm *vm, const IbCall *call)
{
    const IbOperand *names = &call->positional[0];
    for (guint i = 0; i < names->n_texts; i++) {
        g_autofree char *name = ib_lists_name (ib_vm_string (vm, &names->texts[i]));
        if (name == NULL || !ib_lists_has (ib_vm_facts (vm)->lists, name))
            return false;
    }
    return true;
}

static const IbPositional arguments[] = { { .name = N_ ("list of lists"), .type = IB_TYPE_STRINGS }, { NULL } };
static const IbCommand valid_ext_list_row = {
    .name = "valid_ext_list",
    .kind = IB_KIND_TEST,
    .positional = arguments,
    .test = test_valid_ext_list,
};

static const IbCommand *const commands[] = { &valid_ext_list_row, NULL };
static const IbTag tags[] = {
    { .name = "list", .of = IB_TAKES_MATCH, .slot = IB_SLOT_MATCH, .match = &match_list },
    { NULL },
};
const IbExtension ib_ext_extlists = { .name = "extlists", .commands = commands, .tags = tags };
