/* cmd-match.c - :is, :contains, :matches and :comparator, for every test that compares (RFC 5228, 2.7) */
#include "extensions.h"
#include "match.h"

static const IbTag tags[] = {
    { .name = "is", .of = IB_TAKES_MATCH, .slot = IB_SLOT_MATCH, .match = &ib_match_is },
    { .name = "contains", .of = IB_TAKES_MATCH, .slot = IB_SLOT_MATCH, .match = &ib_match_contains },
    { .name = "matches", .of = IB_TAKES_MATCH, .slot = IB_SLOT_MATCH, .match = &ib_match_matches },
    { .name = "comparator", .of = IB_TAKES_MATCH, .slot = IB_SLOT_COMPARATOR, .parameter = IB_TYPE_STRING },
    { NULL },
};

static const IbComparator *const comparators[]
    = { &ib_match_octet, &ib_match_casemap, &ib_match_numeric, NULL };
const IbExtension ib_cmd_match = { .tags = tags, .comparators = comparators };

/* The first two are always there, and require may name them all the same (RFC 5228, 2.7.3). */
const IbExtension ib_ext_comparator_octet = { .name = "comparator-i;octet" };
const IbExtension ib_ext_comparator_ascii_casemap = { .name = "comparator-i;ascii-casemap" };
const IbExtension ib_ext_comparator_ascii_numeric = { .name = "comparator-i;ascii-numeric" };
