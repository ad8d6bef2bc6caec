/* ext-imap4flags.c - "imap4flags": setflag, addflag, removeflag, hasflag and :flags (RFC 5232)
 *
 * The internal variable begins with the flags that the message had on its server, since those are what it would be
 * stored with. */
#include "check.h"
#include "extensions.h"
#include "flags.h"
#include "matching.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A variable's name may stand first, in scripts that have variables. */
static bool
check_variable (IbCheck *check, IbNode *node, IbArgument *argument)
{
    return ib_check_error (
        check, argument->at,
        _ ("\"%s\" takes the name of a variable only with \"variables\", which Inbasket does not know"),
        node->row->name);
}

static void
run_setflag (IbVm *vm, const IbCall *call)
{
    ib_vm_set_flags (vm, ib_flags_read (vm, &call->positional[1]));
}

static void
run_addflag (IbVm *vm, const IbCall *call)
{
    ib_vm_set_flags (vm, ib_flags_united (vm, ib_vm_flags (vm), ib_flags_read (vm, &call->positional[1])));
}

static void
run_removeflag (IbVm *vm, const IbCall *call)
{
    ib_vm_set_flags (vm, ib_flags_without (vm, ib_vm_flags (vm), ib_flags_read (vm, &call->positional[1])));
}

static const IbPositional arguments[] = {
    { .name = "variable", .type = IB_TYPE_STRING, .is_optional = true, .check = check_variable },
    { .name = "list of flags", .type = IB_TYPE_STRINGS },
    { NULL },
};
static const IbCommand setflag_row = { .name = "setflag", .positional = arguments, .run = run_setflag };
static const IbCommand addflag_row = { .name = "addflag", .positional = arguments, .run = run_addflag };
static const IbCommand removeflag_row
    = { .name = "removeflag", .positional = arguments, .run = run_removeflag };

/* hasflag [MATCH-TYPE] [COMPARATOR] [<variable-list: string-list>] <list-of-flags: string-list> */
static bool
test_hasflag (IbVm *vm, const IbCall *call)
{
    IbMatching matching = ib_matching_new (vm, call, &call->positional[1]);
    for (const char *const *flag = ib_vm_flags (vm); *flag != NULL; flag++) {
        IbValue value = { .text = { *flag, strlen (*flag) } };
        if (ib_matching_value (&matching, &value))
            break;
    }
    return ib_matching_finish (&matching);
}

/* Keys are flags, so a string with blanks is several of them (RFC 5232, 2). */
static bool
split_keys (IbCheck *check, IbNode *node, IbArgument *argument)
{
    IbArena *arena = ib_check_arena (check);
    IbArgument *first = NULL, **tail = &first;

    for (const IbArgument *string = ib_tree_strings (argument); string != NULL;
         string = argument->type == IB_TYPE_STRINGS ? string->next : NULL) {
        char *words = ib_arena_copy (arena, string->text.bytes, string->text.length), *rest = NULL;
        for (char *word = strtok_r (words, " \t\r\n", &rest); word != NULL;
             word = strtok_r (NULL, " \t\r\n", &rest)) {
            *tail = ib_arena_new_array (arena, IbArgument, 1);
            **tail
                = (IbArgument){ .type = IB_TYPE_STRING, .at = string->at, .text = { word, strlen (word) } };
            tail = &(*tail)->next;
        }
    }
    argument->type = IB_TYPE_STRINGS;
    argument->items = first;
    return true;
}

static const IbPositional hasflag_arguments[] = {
    { .name = "list of variables", .type = IB_TYPE_STRINGS, .is_optional = true, .check = check_variable },
    { .name = "list of flags", .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS, .check = split_keys },
    { NULL },
};
static const IbCommand hasflag_row = {
    .name = "hasflag",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH,
    .positional = hasflag_arguments,
    .test = test_hasflag,
};

static const IbCommand *const commands[]
    = { &setflag_row, &addflag_row, &removeflag_row, &hasflag_row, NULL };
static const IbTag tags[] = {
    { .name = "flags", .of = IB_TAKES_FLAGS, .slot = IB_SLOT_FLAGS, .parameter = IB_TYPE_STRINGS },
    { NULL },
};
const IbExtension ib_ext_imap4flags = { .name = "imap4flags", .commands = commands, .tags = tags };
