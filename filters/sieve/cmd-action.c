/* cmd-action.c - keep, discard, redirect (RFC 5228, 4) */
#include "check.h"
#include "extensions.h"
#include "sieve-address.h"
#include "vm.h"

#include <glib/gi18n-lib.h>

/* An explicit keep stands for the implicit one: where that one would put the message. */
static void
run_keep (IbVm *vm, const IbCall *call)
{
    ib_vm_act (vm, call, IB_ACTION_KEEP, ib_vm_facts (vm)->account_folder);
    ib_vm_cancel_keep (vm, call);
}

static const IbCommand keep_row = { .name = "keep", .takes = IB_TAKES_FLAGS, .run = run_keep };

static void
run_discard (IbVm *vm, const IbCall *call)
{
    ib_vm_act (vm, call, IB_ACTION_DISCARD, "");
    ib_vm_cancel_keep (vm, call);
}

static const IbCommand discard_row = { .name = "discard", .run = run_discard };

/* --- redirect [:copy] <address: string> --- */

static bool
check_redirect (IbCheck *check, IbNode *node, IbArgument *argument)
{
    g_autofree char *address = ib_sieve_address_parse (argument->text);
    if (argument->dynamic != NULL || address != NULL)
        return true;
    g_autofree char *quoted = ib_diagnostic_quote (argument->text);
    return ib_check_error (check, argument->at, _ ("%s is no mail address"), quoted);
}

static void
run_redirect (IbVm *vm, const IbCall *call)
{
    IbSpan written = ib_vm_text (vm, call->positional[0].texts);
    g_autofree char *address = ib_sieve_address_parse (written);
    if (address == NULL) {
        g_autofree char *quoted = ib_diagnostic_quote (written);
        ib_vm_fail (vm, _ ("%s is no mail address"), quoted);
        return;
    }
    ib_vm_act (vm, call, IB_ACTION_REDIRECT, address);
    ib_vm_cancel_keep (vm, call);
}

static const IbPositional redirect_arguments[] = {
    { .name = N_ ("address"), .type = IB_TYPE_STRING, .check = check_redirect },
    { NULL },
};
static const IbCommand redirect_row = {
    .name = "redirect",
    .takes = IB_TAKES_COPY,
    .positional = redirect_arguments,
    .sends_mail = true,
    .run = run_redirect,
};

static const IbCommand *const commands[] = { &keep_row, &discard_row, &redirect_row, NULL };
const IbExtension ib_cmd_action = { .commands = commands };
