/* ext-include.c - "include": include, return, global, and variables called "global.NAME" (RFC 6609)
 *
 * A script is found, read and checked when the one that includes it is compiled; at run time an inclusion is a jump
 * there and back. Each inclusion has variables of its own, but for those that the scripts declared to be global. */
#include "check.h"
#include "extensions.h"
#include "variables.h"

#include <glib/gi18n-lib.h>

/* --- include [":personal" / ":global"] [":once"] [":optional"] <value: string> --- */

#define SLOT_PLACE IB_SLOT_OWN
#define SLOT_ONCE ((IbSlot) (IB_SLOT_OWN + 1))
#define SLOT_OPTIONAL ((IbSlot) (IB_SLOT_OWN + 2))

static IbScriptPlace
place_of (const IbNode *node)
{
    const IbArgument *tag = ib_tree_tag (node, SLOT_PLACE);
    return tag != NULL ? (IbScriptPlace) tag->tag->value : IB_SCRIPT_PERSONAL;
}

static bool
check_include (IbCheck *check, IbNode *node)
{
    const IbArgument *name = node->positional[0];
    if (name->dynamic != NULL)
        return ib_check_error (check, name->at, _ ("the name of a script may not hold variables"));
    return ib_check_include (check, node, name, place_of (node), ib_tree_tag (node, SLOT_ONCE) != NULL,
                             ib_tree_tag (node, SLOT_OPTIONAL) != NULL);
}

/* A call without a unit is an optional script that there is not. */
static void
run_include (IbVm *vm, const IbCall *call)
{
    if (call->unit > 0)
        ib_vm_enter (vm, call->unit, ib_program_tag (call, SLOT_ONCE) != NULL);
}

static const IbTag include_tags[] = {
    { .name = "personal", .slot = SLOT_PLACE, .value = IB_SCRIPT_PERSONAL },
    { .name = "global", .slot = SLOT_PLACE, .value = IB_SCRIPT_GLOBAL },
    { .name = "once", .slot = SLOT_ONCE },
    { .name = "optional", .slot = SLOT_OPTIONAL },
    { NULL },
};
static const IbPositional include_arguments[]
    = { { .name = N_ ("name of a script"), .type = IB_TYPE_STRING }, { NULL } };
static const IbCommand include_row = {
    .name = "include",
    .tags = include_tags,
    .positional = include_arguments,
    .check = check_include,
    .run = run_include,
};

/* --- return --- */

static void
run_return (IbVm *vm, const IbCall *call)
{
    ib_vm_return (vm);
}

static const IbCommand return_row = { .name = "return", .ends_block = true, .run = run_return };

/* --- global <value: string-list> --- */

static bool
check_name (IbCheck *check, const IbArgument *name)
{
    g_autofree char *quoted = ib_diagnostic_quote (name->text);
    if (name->dynamic != NULL || !ib_variables_is_name (name->text))
        return ib_check_error (check, name->at, _ ("%s cannot be the name of a variable"), quoted);
    if (ib_check_variable (check, name->text) == IB_SCOPE_LOCAL)
        return ib_check_error (check, name->at,
                               _ ("the variable %s was set before it is declared to be global"), quoted);
    ib_check_set_variable (check, name->text, IB_SCOPE_GLOBAL);
    return true;
}

static bool
check_global (IbCheck *check, IbNode *node)
{
    const IbArgument *names = node->positional[0];
    bool ok = ib_check_has (check, "variables")
              || ib_check_error (check, node->at, _ ("\"global\" needs: require \"variables\";"));
    for (const IbArgument *name = ib_tree_strings (names); name != NULL; name = ib_tree_next (names, name))
        ok &= check_name (check, name);
    return ok;
}

static void
run_global (IbVm *vm, const IbCall *call)
{
    IbVariables *all = ib_vm_state (vm, &ib_ext_include);
    for (guint i = 0; i < call->positional[0].n_texts; i++)
        ib_variables_share (vm, all, call->positional[0].texts[i].literal);
}

static const IbPositional global_arguments[]
    = { { .name = N_ ("list of variables"), .type = IB_TYPE_STRINGS }, { NULL } };
static const IbCommand global_row = {
    .name = "global",
    .positional = global_arguments,
    .check = check_global,
    .run = run_global,
};

static gpointer
state_new (IbVm *vm, IbArena *arena)
{
    return ib_variables_new (vm);
}

static IbVariables *
global_variables (IbVm *vm)
{
    return ib_vm_state (vm, &ib_ext_include);
}

static const IbCommand *const commands[] = { &include_row, &return_row, &global_row, NULL };
const IbExtension ib_ext_include = {
    .name = "include",
    .commands = commands,
    .state_new = state_new,
    .is_about_script = true,
    .name_space = "global",
    .variables = global_variables,
};
