/* ext-reject.c - "reject" and "ereject": a message is refused with a reason (RFC 5429)
 *
 * The second wants the server to refuse before it takes the message. After a fetch neither can be done any more without
 * sending mail, so both work in dry runs only. */
#include "extensions.h"
#include "vm.h"

#include <glib/gi18n-lib.h>

static void
refuse (IbVm *vm, const IbCall *call, IbActionKind kind)
{
    IbAction *action = ib_vm_act (vm, call, kind, "");
    if (action == NULL)
        return;
    const char *reason = ib_vm_string (vm, call->positional[0].texts);
    ib_vm_looks_at (vm, ib_vm_text (vm, call->positional[0].texts));
    ib_action_add_detail (action, "reason", reason);
    ib_vm_cancel_keep (vm, call);
}

static void
run_reject (IbVm *vm, const IbCall *call)
{
    refuse (vm, call, IB_ACTION_REJECT);
}

static void
run_ereject (IbVm *vm, const IbCall *call)
{
    refuse (vm, call, IB_ACTION_EREJECT);
}

static const IbPositional arguments[] = { { .name = N_ ("reason"), .type = IB_TYPE_STRING }, { NULL } };
static const IbCommand reject_row
    = { .name = "reject", .positional = arguments, .sends_mail = true, .run = run_reject };
static const IbCommand ereject_row
    = { .name = "ereject", .positional = arguments, .sends_mail = true, .run = run_ereject };

static const IbCommand *const reject_commands[] = { &reject_row, NULL };
static const IbCommand *const ereject_commands[] = { &ereject_row, NULL };
const IbExtension ib_ext_reject = { .name = "reject", .commands = reject_commands };
const IbExtension ib_ext_ereject = { .name = "ereject", .commands = ereject_commands };
