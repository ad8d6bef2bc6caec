/* cmd-action.c - keep, discard, redirect (RFC 5228, 4) */
#include "check.h"
#include "extensions.h"
#include "vm.h"

#include <glib/gi18n-lib.h>
#include <string.h>

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
is_address (IbSpan text)
{
    const char *at = memrchr (text.bytes, '@', text.length);
    if (at == NULL || at == text.bytes || at + 1 == text.bytes + text.length)
        return false;
    for (gsize i = 0; i < text.length; i++)
        if ((guchar) text.bytes[i] <= ' ' || text.bytes[i] == 0x7F)
            return false;
    return true;
}

static bool
check_redirect (IbCheck *check, IbNode *node, IbArgument *argument)
{
    if (argument->dynamic != NULL || is_address (argument->text))
        return true;
    g_autofree char *quoted = ib_diagnostic_quote (argument->text);
    return ib_check_error (check, argument->at, _ ("%s is no mail address"), quoted);
}

static void
run_redirect (IbVm *vm, const IbCall *call)
{
    IbSpan address = ib_vm_text (vm, call->positional[0].texts);
    if (!is_address (address)) {
        g_autofree char *quoted = ib_diagnostic_quote (address);
        ib_vm_fail (vm, _ ("%s is no mail address"), quoted);
        return;
    }
    ib_vm_act (vm, call, IB_ACTION_REDIRECT, ib_vm_string (vm, call->positional[0].texts));
    ib_vm_cancel_keep (vm, call);
}

static const IbPositional redirect_arguments[] = {
    { .name = "address", .type = IB_TYPE_STRING, .check = check_redirect },
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
