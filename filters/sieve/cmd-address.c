/* cmd-address.c - address, and the parts of an address (RFC 5228, 2.7.4 and 5.1) */
#include "address-part.h"
#include "address.h"
#include "check.h"
#include "extensions.h"
#include "match.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static bool
part_all (IbVm *vm, const char *address, const char *local_part, const char *domain, IbSpan *out_part)
{
    *out_part = (IbSpan){ address, strlen (address) };
    return true;
}

static bool
part_localpart (IbVm *vm, const char *address, const char *local_part, const char *domain, IbSpan *out_part)
{
    *out_part = (IbSpan){ local_part, strlen (local_part) };
    return true;
}

static bool
part_domain (IbVm *vm, const char *address, const char *local_part, const char *domain, IbSpan *out_part)
{
    *out_part = (IbSpan){ domain, strlen (domain) };
    return true;
}

bool
ib_address_part_value (IbMatching *matching, const char *address, const char *local_part, const char *domain)
{
    const IbCallTag *tag = ib_program_tag (matching->call, IB_SLOT_PART);
    IbAddressPart part = tag != NULL ? tag->tag->part : part_all;
    IbValue value = { .folded_by = NULL };
    return part (matching->vm, address, local_part, domain, &value.text)
           && ib_matching_value (matching, &value);
}

/* Parts of an address as they are asked for most. */
static const char *
why_hopeless (const IbNode *node, IbSpan text)
{
    const IbMatchType *type = node->comparison.type;
    const IbArgument *tag = ib_tree_tag (node, IB_SLOT_PART);
    bool is_domain = tag != NULL && tag->tag->part == part_domain;
    if (type != &ib_match_is && type != &ib_match_contains)
        return NULL;
    if (is_domain && memchr (text.bytes, '@', text.length) != NULL)
        return _ ("a domain holds no \"@\"");
    if (memchr (text.bytes, '<', text.length) != NULL && memchr (text.bytes, '>', text.length) != NULL)
        return _ ("addresses are looked at without the names beside them");
    return NULL;
}

bool
ib_address_part_check (IbCheck *check, IbNode *node)
{
    return ib_check_hopeless_keys (check, node, node->positional[1], why_hopeless);
}

/* Fields that hold addresses (RFC 5322, 3.6, and what is common beside it): on others the test is a mistake. */
static const char *const address_fields[] = {
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "reply-to",
    "resent-from",
    "resent-to",
    "resent-cc",
    "resent-bcc",
    "resent-sender",
    "resent-reply-to",
    "delivered-to",
    "envelope-to",
    "x-original-to",
    "x-envelope-to",
    "errors-to",
    "return-path",
    "mail-followup-to",
    "mail-reply-to",
    "disposition-notification-to",
    "return-receipt-to",
    "apparently-to",
    "x-forwarded-to",
    "x-forwarded-for",
    "x-delivered-to",
    "approved",
    "for-approval",
    "list-post",
    NULL,
};

static bool
check_field (IbCheck *check, const IbArgument *string)
{
    if (string->dynamic != NULL)
        return true;
    for (gsize i = 0; address_fields[i] != NULL; i++)
        if (ib_language_is (string->text, address_fields[i]))
            return true;
    return ib_check_unknown (check, string->at, string->text, address_fields,
                             _ ("the field %s holds no addresses: \"header\" can test it%s"));
}

static bool
check_fields (IbCheck *check, IbNode *node, IbArgument *argument)
{
    bool ok = true;
    for (const IbArgument *string = ib_tree_strings (argument); string != NULL;
         string = ib_tree_next (argument, string))
        ok &= check_field (check, string);
    return ok;
}

/* --- address [COMPARATOR] [ADDRESS-PART] [MATCH-TYPE] <header-list: string-list> <key-list: string-list> --- */

static bool
match_addresses (IbMatching *matching, IbVm *vm, const IbText *name)
{
    const GPtrArray *addresses = ib_vm_addresses (vm, matching->call, name);
    for (guint i = 0; i < addresses->len; i++) {
        const IbAddress *address = addresses->pdata[i];
        if (ib_address_part_value (matching, address->address, address->local_part, address->domain))
            return true;
    }
    return false;
}

static bool
test_address (IbVm *vm, const IbCall *call)
{
    const IbOperand *names = &call->positional[0];
    IbMatching matching = ib_matching_new (vm, call, &call->positional[1]);
    for (guint i = 0; i < names->n_texts; i++)
        if (match_addresses (&matching, vm, &names->texts[i]))
            break;
    return ib_matching_finish (&matching);
}

static const IbPositional address_arguments[] = {
    { .name = N_ ("list of header fields"), .type = IB_TYPE_STRINGS, .use = IB_USE_FIELDS, .check = check_fields },
    { .name = N_ ("list of keys"), .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS },
    { NULL },
};
static const IbCommand address_row = {
    .name = "address",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH | IB_TAKES_PART | IB_TAKES_HEADER | IB_TAKES_INDEX,
    .positional = address_arguments,
    .check = ib_address_part_check,
    .test = test_address,
};

static const IbCommand *const commands[] = { &address_row, NULL };
static const IbTag tags[] = {
    { .name = "all", .of = IB_TAKES_PART, .slot = IB_SLOT_PART, .part = part_all },
    { .name = "localpart", .of = IB_TAKES_PART, .slot = IB_SLOT_PART, .part = part_localpart },
    { .name = "domain", .of = IB_TAKES_PART, .slot = IB_SLOT_PART, .part = part_domain },
    { NULL },
};
const IbExtension ib_cmd_address = { .commands = commands, .tags = tags };
