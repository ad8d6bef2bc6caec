/* ext-mailbox.c - "mailbox": :create and mailboxexists (RFC 5490, 3)
 *
 * Folders are made when the first message comes into them anyway, so :create asks for what is done. */
#include "check.h"
#include "extensions.h"
#include "folder-name.h"
#include "vm.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static bool
exists (IbVm *vm, IbSpan wanted)
{
    g_autofree char *why = NULL;
    g_autofree char *name = ib_folder_name_parse (wanted, &why);
    if (name == NULL || !ib_vm_spend (vm, 16 * g_strv_length (ib_vm_facts (vm)->folders)))
        return false;
    return strcmp (name, "INBOX") == 0
           || g_strv_contains ((const char *const *) ib_vm_facts (vm)->folders, name);
}

/* mailboxexists <mailbox-names: string-list>: all of them */
static bool
test_mailboxexists (IbVm *vm, const IbCall *call)
{
    const IbOperand *names = &call->positional[0];
    for (guint i = 0; i < names->n_texts; i++)
        if (!exists (vm, ib_vm_text (vm, &names->texts[i])))
            return false;
    return true;
}

static const IbPositional arguments[] = { { .name = N_ ("list of folders"), .type = IB_TYPE_STRINGS }, { NULL } };
static const IbCommand mailboxexists_row = {
    .name = "mailboxexists",
    .kind = IB_KIND_TEST,
    .positional = arguments,
    .test = test_mailboxexists,
};

static const IbCommand *const commands[] = { &mailboxexists_row, NULL };
static const IbTag tags[] = { { .name = "create", .of = IB_TAKES_FOLDER, .slot = IB_SLOT_CREATE }, { NULL } };
const IbExtension ib_ext_mailbox = { .name = "mailbox", .commands = commands, .tags = tags };
