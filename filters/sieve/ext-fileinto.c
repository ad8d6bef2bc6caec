/* ext-fileinto.c - "fileinto" (RFC 5228, 4.1) */
#include "check.h"
#include "extensions.h"
#include "special-use.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The folder that serves the special use, if there is one; else the one that is named (RFC 8579, 4). */
static const char *
choose_folder (IbVm *vm, const IbCall *call)
{
    const IbCallTag *tag = ib_program_tag (call, IB_SLOT_SPECIAL_USE);
    const char *named = ib_vm_folder (vm, call->positional[0].texts);
    const char *special
        = tag != NULL ? ib_special_use_folder (vm, ib_vm_text (vm, tag->parameter.texts)) : NULL;
    return named != NULL && special != NULL ? special : named;
}

static void
run_fileinto (IbVm *vm, const IbCall *call)
{
    const char *folder = choose_folder (vm, call);
    if (folder == NULL)
        return;
    ib_vm_looks_at (vm, (IbSpan){ folder, strlen (folder) });
    ib_vm_act (vm, call, IB_ACTION_FILEINTO, folder);
    ib_vm_cancel_keep (vm, call);
}

static const IbPositional arguments[] = {
    { .name = N_ ("folder"), .type = IB_TYPE_STRING, .check = ib_check_folder },
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
