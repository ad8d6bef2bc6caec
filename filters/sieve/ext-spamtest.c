/* ext-spamtest.c - "spamtest", "spamtestplus" and "virustest": the verdict as a number (RFC 5235)
 *
 * "0" is "not tested"; 1 is surely no spam, 10 is surely spam. Until a classifier knows enough, a mark that the
 * account's own provider left stands for its answer. */
#include "check.h"
#include "extensions.h"
#include "matching.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* Percent of spam; -1 if nobody tested. */
static int
percent_of (const IbVerdict *verdict)
{
    if (!isnan (verdict->probability))
        return (int) lround (CLAMP (verdict->probability, 0, 1) * 100);
    for (guint i = 0; i < verdict->evidence->len; i++) {
        const IbEvidence *evidence = verdict->evidence->pdata[i];
        if (strcmp (evidence->feature, "provider-mark") == 0)
            return 100;
    }
    return -1;
}

/* Ten steps of ten percent: from 80 % on it is 8 or more, as with :percent "80". */
static int
score_of (int percent)
{
    return percent < 0 ? 0 : CLAMP (percent / 10, 1, 10);
}

static IbSpan
decimal (IbVm *vm, int number)
{
    char *text = ib_arena_alloc (ib_vm_arena (vm), 16);
    return (IbSpan){ text, (gsize) g_snprintf (text, 16, "%d", number) };
}

/* spamtest [":percent"] [COMPARATOR] [MATCH-TYPE] <value: string>; :count is 0 of a message that nobody tested */
static bool
test_spamtest (IbVm *vm, const IbCall *call)
{
    int percent = percent_of (ib_vm_verdict (vm));
    bool wants_percent = ib_program_tag (call, IB_SLOT_OWN) != NULL;
    IbMatching matching = ib_matching_new (vm, call, &call->positional[0]);

    if (percent < 0 && call->comparison.type->counts)
        return ib_matching_finish (&matching);
    IbValue value = { .text = decimal (vm, wants_percent ? MAX (percent, 0) : score_of (percent)) };
    (void) ib_matching_value (&matching, &value);
    return ib_matching_finish (&matching);
}

/* One row does for both extensions; :percent came with the second. */
static bool
check_percent (IbCheck *check, IbNode *node, IbArgument *tag)
{
    return ib_check_has (check, "spamtestplus")
           || ib_check_error (check, tag->at, _ ("\":percent\" needs: require \"spamtestplus\";"));
}

static const IbTag own_tags[]
    = { { .name = "percent", .slot = IB_SLOT_OWN, .check = check_percent }, { NULL } };
static const IbPositional arguments[] = {
    { .name = "value", .type = IB_TYPE_STRING, .use = IB_USE_KEYS },
    { NULL },
};
static const IbCommand spamtest_row = {
    .name = "spamtest",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH,
    .tags = own_tags,
    .positional = arguments,
    .test = test_spamtest,
};

static const IbCommand *const commands[] = { &spamtest_row, NULL };
const IbExtension ib_ext_spamtest = { .name = "spamtest", .commands = commands };
const IbExtension ib_ext_spamtestplus = { .name = "spamtestplus", .implies = "spamtest" };

/* virustest [COMPARATOR] [MATCH-TYPE] <value: string>: "0", since nothing here looks for viruses */
static bool
test_virustest (IbVm *vm, const IbCall *call)
{
    return ib_matching_one (vm, call, &call->positional[0], IB_SPAN ("0"));
}

static const IbCommand virustest_row = {
    .name = "virustest",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH,
    .positional = arguments,
    .test = test_virustest,
};

static const IbCommand *const virus_commands[] = { &virustest_row, NULL };
const IbExtension ib_ext_virustest = { .name = "virustest", .commands = virus_commands };
