/* ext-imap4flags.c - "imap4flags": setflag, addflag, removeflag, hasflag and :flags (RFC 5232)
 *
 * The internal variable begins with the flags that the message had on its server, since those are what it would be
 * stored with. */
#include "check.h"
#include "extensions.h"
#include "flags.h"
#include "match.h"
#include "matching.h"
#include "variables.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The names of variables may stand first, in scripts that have them. */
static bool
check_variables (IbCheck *check, IbNode *node, IbArgument *argument)
{
    bool ok = ib_check_has (check, "variables");
    if (!ok)
        return ib_check_error (check, argument->at,
                               _ ("\"%s\" with the name of a variable needs: require \"variables\";"),
                               node->row->name);
    for (const IbArgument *string = ib_tree_strings (argument); string != NULL;
         string = ib_tree_next (argument, string)) {
        if (string->dynamic == NULL && ib_variables_may_name (check, string->text))
            continue;
        g_autofree char *quoted = ib_diagnostic_quote (string->text);
        ok = ib_check_error (check, string->at, _ ("%s cannot be the name of a variable"), quoted);
    }
    return ok;
}

/* The flags that a command changes: those of the variable that it names, or those of the message. */
static const char *const *
read_target (IbVm *vm, const IbCall *call)
{
    const IbOperand *name = &call->positional[0];
    return name->is_given ? ib_flags_parse (vm, ib_variables_get (vm, name->texts->literal))
                          : ib_vm_flags (vm);
}

static void
write_target (IbVm *vm, const IbCall *call, const char *const *flags)
{
    const IbOperand *name = &call->positional[0];
    if (!name->is_given) {
        ib_vm_set_flags (vm, flags);
        return;
    }
    g_autofree char *joined = g_strjoinv (" ", (char **) flags);
    ib_variables_set (vm, name->texts->literal, (IbSpan){ joined, strlen (joined) });
}

static void
run_setflag (IbVm *vm, const IbCall *call)
{
    write_target (vm, call, ib_flags_read (vm, &call->positional[1]));
}

static void
run_addflag (IbVm *vm, const IbCall *call)
{
    const char *const *more = ib_flags_read (vm, &call->positional[1]);
    write_target (vm, call, ib_flags_united (vm, read_target (vm, call), more));
}

static void
run_removeflag (IbVm *vm, const IbCall *call)
{
    const char *const *less = ib_flags_read (vm, &call->positional[1]);
    write_target (vm, call, ib_flags_without (vm, read_target (vm, call), less));
}

static const IbPositional arguments[] = {
    { .name = N_ ("variable"), .type = IB_TYPE_STRING, .is_optional = true, .check = check_variables },
    { .name = N_ ("list of flags"), .type = IB_TYPE_STRINGS },
    { NULL },
};
static const IbCommand setflag_row = { .name = "setflag", .positional = arguments, .run = run_setflag };
static const IbCommand addflag_row = { .name = "addflag", .positional = arguments, .run = run_addflag };
static const IbCommand removeflag_row
    = { .name = "removeflag", .positional = arguments, .run = run_removeflag };

/* --- hasflag [MATCH-TYPE] [COMPARATOR] [<variable-list: string-list>] <list-of-flags: string-list> --- */

/* Keys are flags, so a text with blanks is several of them (RFC 5232, 2), and which ones only the run may know. */
static IbOperand
read_keys (IbVm *vm, const IbCall *call)
{
    const IbOperand *given = &call->positional[1];
    IbArena *arena = ib_vm_arena (vm);
    const char *const *flags = ib_flags_read_any (vm, given);
    IbOperand keys = { .is_given = true, .n_texts = g_strv_length ((char **) flags) };
    IbText *texts = ib_arena_new_array (arena, IbText, keys.n_texts);
    for (guint i = 0; i < keys.n_texts; i++) {
        texts[i].literal = (IbSpan){ flags[i], strlen (flags[i]) };
        texts[i].key = ib_match_prepare (&call->comparison, arena, texts[i].literal);
    }
    keys.texts = texts;
    return keys;
}

/* Returns true when no more are needed. */
static bool
match_flags (IbMatching *matching, const char *const *flags)
{
    for (; *flags != NULL; flags++) {
        IbValue value = { .text = { *flags, strlen (*flags) } };
        if (ib_matching_value (matching, &value))
            return true;
    }
    return false;
}

static bool
test_hasflag (IbVm *vm, const IbCall *call)
{
    const IbOperand *names = &call->positional[0];
    IbOperand keys = read_keys (vm, call);
    IbMatching matching = ib_matching_new (vm, call, &keys);
    if (!names->is_given)
        (void) match_flags (&matching, ib_vm_flags (vm));
    for (guint i = 0; i < names->n_texts; i++)
        if (match_flags (&matching, ib_flags_parse (vm, ib_variables_get (vm, names->texts[i].literal))))
            break;
    return ib_matching_finish (&matching);
}

static const IbPositional hasflag_arguments[] = {
    { .name = N_ ("list of variables"), .type = IB_TYPE_STRINGS, .is_optional = true, .check = check_variables },
    {
        .name = N_ ("list of flags"),
        .type = IB_TYPE_STRINGS,
    },
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
