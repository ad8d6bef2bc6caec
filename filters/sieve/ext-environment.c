/* ext-environment.c - "environment": what is known beside the message (RFC 5183)
 *
 * Items without a value, and those that we do not know, hold no test. */
#include "check.h"
#include "extensions.h"
#include "matching.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Offers the values of an item, until one matches. */
typedef void (*Offer) (IbVm *vm, IbMatching *matching);

/* An item with an empty value is not there. */
static bool
offer (IbMatching *matching, const char *text)
{
    IbValue value = { .text = { text, strlen (text) } };
    return *text != '\0' && ib_matching_value (matching, &value);
}

static void
offer_name (IbVm *vm, IbMatching *matching)
{
    offer (matching, "Inbasket");
}

static void
offer_version (IbVm *vm, IbMatching *matching)
{
    offer (matching, IB_VERSION);
}

/* Mail is filtered where it is read. */
static void
offer_location (IbVm *vm, IbMatching *matching)
{
    offer (matching, "MUA");
}

/* After the server delivered it. */
static void
offer_phase (IbVm *vm, IbMatching *matching)
{
    offer (matching, "post");
}

static void
offer_account (IbVm *vm, IbMatching *matching)
{
    offer (matching, ib_vm_facts (vm)->account);
}

static void
offer_server_folder (IbVm *vm, IbMatching *matching)
{
    offer (matching, ib_vm_facts (vm)->server_folder);
}

static void
offer_own_addresses (IbVm *vm, IbMatching *matching)
{
    for (char **address = ib_vm_facts (vm)->own_addresses; *address != NULL; address++)
        if (offer (matching, *address))
            return;
}

/* Of what was found before the script ran, if anybody looked. */
#define OFFER_SIGNAL(name)                                                                                   \
    static void offer_##name (IbVm *vm, IbMatching *matching)                                                \
    {                                                                                                        \
        if (ib_vm_signals (vm) != NULL)                                                                      \
            offer (matching, ib_vm_signals (vm)->name);                                                      \
    }
OFFER_SIGNAL (entry_host)
OFFER_SIGNAL (entry_ip)
OFFER_SIGNAL (relay)
OFFER_SIGNAL (mx)
OFFER_SIGNAL (recipient)
OFFER_SIGNAL (server_filter)
OFFER_SIGNAL (sender)
OFFER_SIGNAL (kind)

static void
offer_authentication (IbVm *vm, IbMatching *matching)
{
    const IbSignals *signals = ib_vm_signals (vm);
    for (char **result = signals != NULL ? signals->authentication : NULL; result != NULL && *result != NULL;
         result++)
        if (offer (matching, *result))
            return;
}

static void
offer_verdict (IbVm *vm, IbMatching *matching)
{
    offer (matching, ib_verdict_name (ib_vm_verdict (vm)->kind));
}

static void
offer_evidence (IbVm *vm, IbMatching *matching)
{
    const GPtrArray *evidence = ib_vm_verdict (vm)->evidence;
    for (guint i = 0; i < evidence->len; i++)
        if (offer (matching, ((const IbEvidence *) evidence->pdata[i])->feature))
            return;
}

static const struct {
    const char *name;
    Offer offer; /* NULL: known to RFC 5183, 4.1, and without a value here */
} items[] = {
    { "name", offer_name },
    { "version", offer_version },
    { "location", offer_location },
    { "phase", offer_phase },
    { "domain", NULL },
    { "host", NULL },
    /* Nobody connects to Inbasket; whoever handed the message over to a server of the user's did so there. */
    { "remote-host", offer_entry_host },
    { "remote-ip", offer_entry_ip },
    { "vnd.inbasket.account", offer_account },
    { "vnd.inbasket.server-folder", offer_server_folder },
    { "vnd.inbasket.own-addresses", offer_own_addresses },
    { "vnd.inbasket.entry-host", offer_entry_host },
    { "vnd.inbasket.entry-ip", offer_entry_ip },
    { "vnd.inbasket.relay", offer_relay },
    { "vnd.inbasket.mx", offer_mx },
    { "vnd.inbasket.recipient", offer_recipient },
    { "vnd.inbasket.server-filter", offer_server_filter },
    { "vnd.inbasket.sender", offer_sender },
    { "vnd.inbasket.kind", offer_kind },
    { "vnd.inbasket.authentication", offer_authentication },
    { "vnd.inbasket.verdict", offer_verdict },
    { "vnd.inbasket.evidence", offer_evidence },
};

static int
find_item (IbSpan name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (items); i++)
        if (ib_language_is (name, items[i].name))
            return (int) i;
    return -1;
}

/* Scripts may ask for items that others have: that is no error (RFC 5183, 4), but most often a slip. */
static bool
check_item (IbCheck *check, IbNode *node, IbArgument *argument)
{
    if (argument->dynamic != NULL || find_item (argument->text) >= 0)
        return true;
    g_autofree char *quoted = ib_diagnostic_quote (argument->text);
    ib_check_warn (check, argument->at, _ ("Inbasket does not know the item %s, so this test never holds"),
                   quoted);
    return true;
}

/* environment [COMPARATOR] [MATCH-TYPE] <name: string> <key-list: string-list> */
static bool
test_environment (IbVm *vm, const IbCall *call)
{
    int item = find_item (ib_vm_text (vm, call->positional[0].texts));
    if (item < 0 || items[item].offer == NULL)
        return false;
    IbMatching matching = ib_matching_new (vm, call, &call->positional[1]);
    items[item].offer (vm, &matching);
    return ib_matching_finish (&matching);
}

static const IbPositional arguments[] = {
    { .name = N_ ("item"), .type = IB_TYPE_STRING, .check = check_item },
    { .name = N_ ("list of keys"), .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS },
    { NULL },
};
static const IbCommand environment_row = {
    .name = "environment",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH,
    .positional = arguments,
    .test = test_environment,
};

static const IbCommand *const commands[] = { &environment_row, NULL };
const IbExtension ib_ext_environment = { .name = "environment", .commands = commands };
