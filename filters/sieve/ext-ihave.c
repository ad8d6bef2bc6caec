/* ext-ihave.c - "ihave" and error: what a script may use if it is there (RFC 5463)
 *
 * What ihave says is known when a script is compiled: from a test that holds on, its extensions may be used as if they
 * were required; what stands behind one that does not is never looked at. */
#include "check.h"
#include "emit.h"
#include "extensions.h"
#include "vm.h"

#include <glib/gi18n-lib.h>

/* --- ihave <capabilities: string-list> --- */

static bool
check_ihave (IbCheck *check, IbNode *node)
{
    bool ok = true, has_all = true;
    const IbArgument *names = node->positional[0];
    for (const IbArgument *string = ib_tree_strings (names); string != NULL;
         string = ib_tree_next (names, string)) {
        if (string->dynamic != NULL)
            ok = ib_check_error (check, string->at, _ ("the name of an extension may hold no variables"));
        has_all &= ib_check_knows (check, string->text);
    }
    node->known = has_all ? IB_KNOWN_TRUE : IB_KNOWN_FALSE;
    for (const IbArgument *string = ib_tree_strings (names); string != NULL && has_all;
         string = ib_tree_next (names, string))
        (void) ib_check_require (check, string);
    return ok;
}

static void
emit_ihave (IbEmit *emit, const IbNode *node)
{
    ib_emit_shown (emit, IB_OP_SET, node->known == IB_KNOWN_TRUE, node);
}

static const IbPositional ihave_arguments[]
    = { { .name = N_ ("list of extensions"), .type = IB_TYPE_STRINGS }, { NULL } };
static const IbCommand ihave_row = {
    .name = "ihave",
    .kind = IB_KIND_TEST,
    .positional = ihave_arguments,
    .check = check_ihave,
    .emit = emit_ihave,
};

/* --- error <message: string>: the script ends as if it had failed --- */

static void
run_error (IbVm *vm, const IbCall *call)
{
    ib_vm_fail (vm, "%s", ib_vm_string (vm, call->positional[0].texts));
}

static const IbPositional error_arguments[] = { { .name = N_ ("message"), .type = IB_TYPE_STRING }, { NULL } };
static const IbCommand error_row
    = { .name = "error", .positional = error_arguments, .ends_block = true, .run = run_error };

static const IbCommand *const commands[] = { &ihave_row, &error_row, NULL };
const IbExtension ib_ext_ihave = { .name = "ihave", .commands = commands };
