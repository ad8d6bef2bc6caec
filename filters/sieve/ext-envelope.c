/* ext-envelope.c - "envelope" (RFC 5228, 5.4)
 *
 * A message that was fetched has no envelope any more; what the last server wrote down of it stands in the header:
 * Return-Path, and Delivered-To or X-Original-To, and where those are missing the account's own address. Test scripts set
 * one, and may look at what else there is in the servers' eyes: "orig_to", before any alias, and "auth". */
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

/* An address of the envelope, once it was looked for. */
typedef struct {
    bool is_there;
    const char *address, *local_part, *domain;
} Party;

typedef struct {
    Party from, to, orig_to, auth;
} Envelope;

static const char *
copy (IbArena *arena, const char *text)
{
    return ib_arena_copy (arena, text, strlen (text));
}

static Party
parse_party (IbArena *arena, const char *text)
{
    g_autoptr (GPtrArray) addresses = ib_address_parse (text);
    if (addresses->len == 0)
        return (Party){ .is_there = false };
    const IbAddress *address = addresses->pdata[0];
    return (Party){ true, copy (arena, address->address), copy (arena, address->local_part),
                    copy (arena, address->domain) };
}

/* The null reverse-path of a bounce is "" in every part (RFC 5228, 5.4). */
static Party
find_from (IbVm *vm, IbArena *arena)
{
    g_autofree char *path = find_field (vm, from_fields);
    if (path == NULL)
        return (Party){ .is_there = false };
    if (strcmp (path, "<>") == 0 || strcmp (path, "") == 0)
        return (Party){ true, "", "", "" };
    return parse_party (arena, path);
}

static Party
find_to (IbVm *vm, IbArena *arena)
{
    g_autofree char *path = find_field (vm, to_fields);
    return parse_party (arena, path != NULL ? path : ib_vm_facts (vm)->account_address);
}

/* Of an envelope that was handed in: what is no address has no parts, but it is there. */
static Party
read_party (IbArena *arena, const char *text)
{
    if (text == NULL)
        return (Party){ .is_there = false };
    Party party = parse_party (arena, text);
    return party.is_there ? party : (Party){ true, copy (arena, text), "", "" };
}

static gpointer
state_new (IbVm *vm, IbArena *arena)
{
    const IbSieveEnvelope *known = ib_vm_context (vm)->envelope;
    Envelope *envelope = ib_arena_new_array (arena, Envelope, 1);
    if (known != NULL) {
        *envelope = (Envelope){ read_party (arena, known->from), read_party (arena, known->to),
                                read_party (arena, known->orig_to), read_party (arena, known->auth) };
    } else {
        envelope->from = find_from (vm, arena);
        envelope->to = find_to (vm, arena);
    }
    return envelope;
}

/* --- envelope [COMPARATOR] [ADDRESS-PART] [MATCH-TYPE] <envelope-part: string-list> <key-list: string-list> --- */

static const char *const part_names[] = { "from", "to", "orig_to", "auth", NULL };

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

static const Party *
find_party (const Envelope *envelope, IbSpan name)
{
    const Party *const parties[] = { &envelope->from, &envelope->to, &envelope->orig_to, &envelope->auth };
    for (gsize i = 0; i < G_N_ELEMENTS (parties); i++)
        if (ib_language_is (name, part_names[i]))
            return parties[i];
    return NULL;
}

static bool
match_part (IbMatching *matching, IbSpan name)
{
    const Party *party = find_party (ib_vm_state (matching->vm, &ib_ext_envelope), name);
    if (party == NULL || !party->is_there)
        return false;
    if (*party->address != '\0')
        return ib_address_part_value (matching, party->address, party->local_part, party->domain);
    IbValue null_path = { .text = IB_SPAN ("") };
    return ib_matching_value (matching, &null_path);
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
    { .name = N_ ("list of envelope parts"), .type = IB_TYPE_STRINGS, .check = check_parts },
    { .name = N_ ("list of keys"), .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS },
    { NULL },
};
static const IbCommand envelope_row = {
    .name = "envelope",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH | IB_TAKES_PART,
    .positional = arguments,
    .check = ib_address_part_check,
    .test = test_envelope,
};

static const IbCommand *const commands[] = { &envelope_row, NULL };
const IbExtension ib_ext_envelope = { .name = "envelope", .commands = commands, .state_new = state_new };
