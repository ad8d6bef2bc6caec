/* ext-envelope.c - "envelope" (RFC 5228, 5.4)
 *
 * A message that was fetched has no envelope any more; what the last server wrote down of it stands in the header:
 * Return-Path, and Delivered-To or X-Original-To, and where those are missing the account's own address. */
#include "address-part.h"
#include "address.h"
#include "check.h"
#include "extensions.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const from_fields[] = { "Return-Path", NULL };
static const char *const to_fields[] = { "Delivered-To", "X-Original-To", "Envelope-To", NULL };

/* The topmost field is the one of the last server. NULL if there is none. */
static char *
find_field (IbVm *vm, const char *const *names)
{
    const IbMessage *message = ib_vm_message (vm);
    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    for (; *names != NULL; names++)
        for (gsize i = 0; i < count; i++)
            if (ib_message_field_is (message, &fields[i], *names))
                return ib_message_field_raw (message, &fields[i]);
    return NULL;
}

static bool
match_address (IbMatching *matching, const char *text)
{
    g_autoptr (GPtrArray) addresses = ib_address_parse (text);
    if (addresses->len == 0)
        return false;
    const IbAddress *address = addresses->pdata[0];
    IbArena *arena = ib_vm_arena (matching->vm);
    return ib_address_part_value (matching,
                                  ib_arena_copy (arena, address->address, strlen (address->address)),
                                  ib_arena_copy (arena, address->local_part, strlen (address->local_part)),
                                  ib_arena_copy (arena, address->domain, strlen (address->domain)));
}

/* The null reverse-path of a bounce is "" in every part (RFC 5228, 5.4). */
static bool
match_from (IbMatching *matching)
{
    g_autofree char *path = find_field (matching->vm, from_fields);
    if (path == NULL)
        return false;
    if (strcmp (path, "<>") == 0 || strcmp (path, "") == 0)
        return ib_address_part_value (matching, "", "", "");
    return match_address (matching, path);
}

static bool
match_to (IbMatching *matching)
{
    g_autofree char *path = find_field (matching->vm, to_fields);
    return match_address (matching, path != NULL ? path : ib_vm_facts (matching->vm)->account_address);
}

static const struct {
    const char *name;
    bool (*match) (IbMatching *matching);
} parts[] = { { "from", match_from }, { "to", match_to } };
static const char *const part_names[] = { "from", "to", NULL };

static bool
check_parts (IbCheck *check, IbNode *node, IbArgument *argument)
{
    bool ok = true;
    for (const IbArgument *string = ib_tree_strings (argument); string != NULL;
         string = ib_tree_next (argument, string))
        ok &= string->dynamic != NULL
              || ib_check_word (check, string, part_names, _ ("part of an envelope")) >= 0;
    return ok;
}

static bool
match_part (IbMatching *matching, IbSpan name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
        if (ib_language_is (name, parts[i].name))
            return parts[i].match (matching);
    return false;
}

static bool
test_envelope (IbVm *vm, const IbCall *call)
{
    const IbOperand *names = &call->positional[0];
    IbMatching matching = ib_matching_new (vm, call, &call->positional[1]);
    for (guint i = 0; i < names->n_texts; i++)
        if (match_part (&matching, ib_vm_text (vm, &names->texts[i])))
            break;
    return ib_matching_finish (&matching);
}

static const IbPositional arguments[] = {
    { .name = "list of envelope parts", .type = IB_TYPE_STRINGS, .check = check_parts },
    { .name = "list of keys", .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS },
    { NULL },
};
static const IbCommand envelope_row = {
    .name = "envelope",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH | IB_TAKES_PART,
    .positional = arguments,
    .test = test_envelope,
};

static const IbCommand *const commands[] = { &envelope_row, NULL };
const IbExtension ib_ext_envelope = { .name = "envelope", .commands = commands };
