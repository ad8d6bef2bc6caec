/* ext-date.c - "date": the date of a field, or today's, part by part (RFC 5260, 4 and 5) */
#include "check.h"
#include "date.h"
#include "extensions.h"
#include "matching.h"

#include <glib/gi18n-lib.h>

/* In the order of IbDatePart. */
static const char *const part_names[] = {
    "year",   "month", "day",     "date",  "julian", "hour",    "minute",
    "second", "time",  "iso8601", "std11", "zone",   "weekday", NULL,
};

static bool
check_part (IbCheck *check, IbNode *node, IbArgument *argument)
{
    return argument->dynamic != NULL
           || ib_check_word (check, argument, part_names, _ ("part of a date")) >= 0;
}

/* Which part @name is; -1 if it is none. */
static int
find_part (IbSpan name)
{
    for (int i = 0; part_names[i] != NULL; i++)
        if (ib_language_is (name, part_names[i]))
            return i;
    return -1;
}

/* --- [":zone" <time-zone: string>] / [":originalzone"] --- */

enum { GIVEN_ZONE, ORIGINAL_ZONE };

static bool
tell_no_zone (IbCheck *check, IbPosition at, IbSpan text)
{
    g_autofree char *quoted = ib_diagnostic_quote (text);
    return ib_check_error (check, at, _ ("%s is no time zone: expected one such as \"+0100\" or \"-0530\""),
                           quoted);
}

static bool
check_zone (IbCheck *check, IbNode *node, IbArgument *tag)
{
    gint32 zone_s;
    const IbArgument *zone = tag->parameter;
    return zone->dynamic != NULL || ib_date_parse_zone (zone->text.bytes, zone->text.length, &zone_s)
           || tell_no_zone (check, zone->at, zone->text);
}

/* The zone in which @call wants to see @date; without a word it is the user's own. */
static gint32
zone_of (IbVm *vm, const IbCall *call, const IbDate *date)
{
    const IbCallTag *tag = ib_program_tag (call, IB_SLOT_OWN);
    gint32 zone_s = 0;
    if (tag == NULL)
        return ib_vm_facts (vm)->utc_offset_s;
    if (tag->tag->value == ORIGINAL_ZONE)
        return date->zone_s;

    IbSpan text = ib_vm_text (vm, tag->parameter.texts);
    if (!ib_date_parse_zone (text.bytes, text.length, &zone_s)) {
        g_autofree char *quoted = ib_diagnostic_quote (text);
        ib_vm_fail (vm, _ ("%s is no time zone"), quoted);
    }
    return zone_s;
}

static void
match_date (IbMatching *matching, const IbDate *date, int part)
{
    IbVm *vm = matching->vm;
    char *text = ib_arena_alloc (ib_vm_arena (vm), IB_DATE_PART_BYTES);
    gint32 zone_s = zone_of (vm, matching->call, date);
    IbValue value = { .text = { text, ib_date_part (date, zone_s, (IbDatePart) part, text) } };
    if (!ib_vm_has_failed (vm) && value.text.length > 0)
        (void) ib_matching_value (matching, &value);
}

/* --- date [:zone / :originalzone] [COMPARATOR] [MATCH-TYPE] <header-name: string> <date-part: string>
 * <key-list: string-list>
 *
 * Of several fields only the first is looked at (:index and :last find it before); one that holds no date matches
 * nothing. --- */

static bool
test_date (IbVm *vm, const IbCall *call)
{
    int part = find_part (ib_vm_text (vm, call->positional[1].texts));
    guint count;
    const IbValue *fields = ib_vm_fields (vm, call, call->positional[0].texts, &count);
    IbMatching matching = ib_matching_new (vm, call, &call->positional[2]);

    IbDate date;
    if (count > 0 && part >= 0 && ib_date_parse (fields[0].text.bytes, fields[0].text.length, &date))
        match_date (&matching, &date, part);
    return ib_matching_finish (&matching);
}

static const IbTag date_tags[] = {
    { .name = "zone",
      .slot = IB_SLOT_OWN,
      .parameter = IB_TYPE_STRING,
      .value = GIVEN_ZONE,
      .check = check_zone },
    { .name = "originalzone", .slot = IB_SLOT_OWN, .value = ORIGINAL_ZONE },
    { NULL },
};
static const IbPositional date_arguments[] = {
    { .name = N_ ("header field"), .type = IB_TYPE_STRING, .use = IB_USE_FIELDS },
    { .name = N_ ("part of the date"), .type = IB_TYPE_STRING, .check = check_part },
    { .name = N_ ("list of keys"), .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS },
    { NULL },
};
static const IbCommand date_row = {
    .name = "date",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH | IB_TAKES_HEADER | IB_TAKES_INDEX,
    .tags = date_tags,
    .positional = date_arguments,
    .test = test_date,
};

/* --- currentdate [":zone" <time-zone: string>] [COMPARATOR] [MATCH-TYPE] <date-part: string>
 * <key-list: string-list> --- */

static bool
test_currentdate (IbVm *vm, const IbCall *call)
{
    IbDate now = { .seconds = ib_vm_facts (vm)->now / G_USEC_PER_SEC };
    int part = find_part (ib_vm_text (vm, call->positional[0].texts));
    IbMatching matching = ib_matching_new (vm, call, &call->positional[1]);
    if (part >= 0)
        match_date (&matching, &now, part);
    return ib_matching_finish (&matching);
}

static const IbTag currentdate_tags[] = {
    { .name = "zone",
      .slot = IB_SLOT_OWN,
      .parameter = IB_TYPE_STRING,
      .value = GIVEN_ZONE,
      .check = check_zone },
    { NULL },
};
static const IbPositional currentdate_arguments[] = {
    { .name = N_ ("part of the date"), .type = IB_TYPE_STRING, .check = check_part },
    { .name = N_ ("list of keys"), .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS },
    { NULL },
};
static const IbCommand currentdate_row = {
    .name = "currentdate",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH,
    .tags = currentdate_tags,
    .positional = currentdate_arguments,
    .test = test_currentdate,
};

static const IbCommand *const commands[] = { &date_row, &currentdate_row, NULL };
const IbExtension ib_ext_date = { .name = "date", .commands = commands };
