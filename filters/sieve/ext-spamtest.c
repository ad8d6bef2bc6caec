/* ext-spamtest.c - "spamtest", "spamtestplus" and "virustest": a verdict as a number (RFC 5235)
 *
 * "0" is "not tested". spamtest: 1 is surely no spam, 10 is surely spam; virustest: 1 is surely clean, 5 surely not.
 *
 * Inbasket asks its own verdict, and where there is none yet, a mark that the account's own provider left stands for it;
 * nothing here looks for viruses. Settings may name a field of somebody else's filter instead. */
#include "check.h"
#include "extensions.h"
#include "matching.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define UNTESTED (-1.0)

/* How a scale from "surely not" to "surely" is written: in that many steps, of which the first is 1. */
#define SPAM_STEPS 9
#define VIRUS_STEPS 4
/* So that 0.3 * 10 is 3. */
#define EPSILON 0.001

/* --- a field of somebody else's filter --- */

/* The first field called @name, as tests see it. */
static bool
find_field (IbVm *vm, const char *name, IbSpan *out_value)
{
    guint count;
    const IbHeaderField *fields = ib_header_fields (ib_vm_header (vm), &count);
    for (guint i = 0; i < count; i++)
        if (ib_message_field_is (fields[i].message, fields[i].field, name)) {
            *out_value = ib_vm_decode (vm, &fields[i]);
            return true;
        }
    return false;
}

/* What the first group of @pattern takes of @value; all of it without a pattern. NULL: it does not match.
 * Returns: (transfer full) (nullable) */
static char *
take (IbVm *vm, IbSpan value, const char *pattern)
{
    g_autofree char *text = g_utf8_make_valid (value.bytes, (gssize) value.length);
    (void) ib_vm_spend (vm, 64 * value.length);
    if (pattern == NULL)
        return g_steal_pointer (&text);
    g_autofree char *limited = g_strconcat ("(*LIMIT_MATCH=50000)(*LIMIT_DEPTH=2000)", pattern, NULL);
    g_autoptr (GRegex) regex = g_regex_new (limited, G_REGEX_CASELESS, 0, NULL);
    g_autoptr (GMatchInfo) info = NULL;
    if (regex == NULL || !g_regex_match (regex, text, 0, &info))
        return NULL;
    return g_match_info_fetch (info, g_regex_get_capture_count (regex) > 0 ? 1 : 0);
}

/* The status that @pattern finds in the field called @name. Returns: (transfer full) (nullable) */
static char *
read_status (IbVm *vm, const char *name, const char *pattern)
{
    IbSpan value;
    return find_field (vm, name, &value) ? take (vm, value, pattern) : NULL;
}

/* The number at the beginning of @text, with its sign; what follows it may be anything. */
static bool
read_number (const char *text, double *out_number)
{
    char *end;
    while (g_ascii_isspace (*text))
        text++;
    *out_number = g_ascii_strtod (text, &end);
    return end != text && isfinite (*out_number);
}

static double
most_of (IbVm *vm, const IbScoreSource *source)
{
    double most = source->most;
    g_autofree char *status = most <= 0 && source->most_field != NULL
                                  ? read_status (vm, source->most_field, source->most_pattern)
                                  : NULL;
    return status != NULL && !read_number (status, &most) ? 0 : most;
}

/* The texts stand for "0", "1" ... up to the last step. */
static double
ratio_of_text (const IbScoreSource *source, const char *status, int steps)
{
    for (int i = 0; i <= steps + 1 && i < (int) G_N_ELEMENTS (source->texts); i++)
        if (source->texts[i] != NULL && strcmp (source->texts[i], status) == 0)
            return i == 0 ? UNTESTED : (i - 1) / (double) steps;
    return UNTESTED;
}

/* From 0, surely not, to 1; UNTESTED. */
static double
ratio_of_source (IbVm *vm, const IbScoreSource *source, int steps)
{
    g_autofree char *status = read_status (vm, source->field, source->pattern);
    double most = most_of (vm, source), number = 0;
    if (status == NULL)
        return UNTESTED;
    switch (source->kind) {
    case IB_SCORE_TEXT:
        return ratio_of_text (source, status, steps);
    case IB_SCORE_LENGTH:
        number = (double) g_utf8_strlen (status, -1);
        break;
    case IB_SCORE_NUMBER:
        if (!read_number (status, &number))
            return UNTESTED;
        break;
    }
    return most > 0 ? CLAMP (number / most, 0, 1) : UNTESTED;
}

/* --- our own verdict --- */

static double
ratio_of_verdict (const IbVerdict *verdict)
{
    if (!isnan (verdict->probability))
        return CLAMP (verdict->probability, 0, 1);
    for (guint i = 0; i < verdict->evidence->len; i++) {
        const IbEvidence *evidence = verdict->evidence->pdata[i];
        if (strcmp (evidence->feature, "provider-mark") == 0)
            return 1;
    }
    return UNTESTED;
}

/* Ten steps of ten percent: from 80 % on it is 8 or more, as with :percent "80". */
static int
score_of_verdict (double ratio)
{
    return CLAMP ((int) (lround (ratio * 100) / 10), 1, 10);
}

/* --- tests --- */

static IbSpan
decimal (IbVm *vm, int number)
{
    char *text = ib_arena_alloc (ib_vm_arena (vm), 16);
    return (IbSpan){ text, (gsize) g_snprintf (text, 16, "%d", number) };
}

/* :count is 0 of a message that nobody tested. */
static bool
match_number (IbVm *vm, const IbCall *call, bool is_tested, int number)
{
    IbMatching matching = ib_matching_new (vm, call, &call->positional[0]);
    IbValue value = { .text = decimal (vm, is_tested ? number : 0) };
    if (is_tested || !call->comparison.type->counts)
        (void) ib_matching_value (&matching, &value);
    return ib_matching_finish (&matching);
}

static int
on_scale (double ratio, int steps)
{
    return 1 + (int) (ratio * steps + EPSILON);
}

/* spamtest [":percent"] [COMPARATOR] [MATCH-TYPE] <value: string> */
static bool
test_spamtest (IbVm *vm, const IbCall *call)
{
    const IbScoreSource *source = ib_vm_settings (vm)->spam;
    double ratio
        = source != NULL ? ratio_of_source (vm, source, SPAM_STEPS) : ratio_of_verdict (ib_vm_verdict (vm));
    int number = source != NULL ? on_scale (ratio, SPAM_STEPS) : score_of_verdict (ratio);
    if (ib_program_tag (call, IB_SLOT_OWN) != NULL)
        number = source != NULL ? (int) (ratio * 100 + EPSILON) : (int) lround (ratio * 100);
    return match_number (vm, call, ratio >= 0, number);
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
    { .name = N_ ("value"), .type = IB_TYPE_STRING, .use = IB_USE_KEYS },
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

/* virustest [COMPARATOR] [MATCH-TYPE] <value: string> */
static bool
test_virustest (IbVm *vm, const IbCall *call)
{
    const IbScoreSource *source = ib_vm_settings (vm)->virus;
    double ratio = source != NULL ? ratio_of_source (vm, source, VIRUS_STEPS) : UNTESTED;
    return match_number (vm, call, ratio >= 0, on_scale (ratio, VIRUS_STEPS));
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
