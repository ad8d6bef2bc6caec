/* ext-fileinto.c - "fileinto" (RFC 5228, 4.1) */
#include "check.h"
#include "extensions.h"
#include "vm.h"

#include <string.h>

static void
run_fileinto (IbVm *vm, const IbCall *call)
{
    const char *folder = ib_vm_folder (vm, call->positional[0].texts);
    if (folder == NULL)
        return;
    ib_vm_looks_at (vm, (IbSpan){ folder, strlen (folder) });
    ib_vm_act (vm, call, IB_ACTION_FILEINTO, folder);
    ib_vm_cancel_keep (vm, call);
}

static const IbPositional arguments[] = {
    { .name = "folder", .type = IB_TYPE_STRING, .check = ib_check_folder },
    { NULL },
};
static const IbCommand fileinto_row = {
    .name = "fileinto",
    .takes = IB_TAKES_COPY | IB_TAKES_FLAGS | IB_TAKES_FOLDER,
    .positional = arguments,
    .run = run_fileinto,
};

static const IbCommand *const commands[] = { &fileinto_row, NULL };
const IbExtension ib_ext_fileinto = { .name = "fileinto", .commands = commands };
