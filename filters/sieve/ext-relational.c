/* ext-relational.c - "relational": match types :value and :count (RFC 5231) */
#include "check.h"
#include "extensions.h"
#include "match.h"

#include <glib/gi18n-lib.h>

static const char *const relations[] = { "gt", "ge", "lt", "le", "eq", "ne", NULL };

static bool
check_relation (IbCheck *check, IbNode *node, IbArgument *tag)
{
    int relation = ib_check_word (check, tag->parameter, relations, _ ("relation"));
    node->comparison.relation = (IbRelation) (IB_RELATION_GT + relation);
    return relation >= 0;
}

static bool
holds (IbRelation relation, int order)
{
    switch (relation) {
    case IB_RELATION_NONE:
        return false;
    case IB_RELATION_GT:
        return order > 0;
    case IB_RELATION_GE:
        return order >= 0;
    case IB_RELATION_LT:
        return order < 0;
    case IB_RELATION_LE:
        return order <= 0;
    case IB_RELATION_EQ:
        return order == 0;
    case IB_RELATION_NE:
        return order != 0;
    }
    g_assert_not_reached ();
}

static bool
matches_relation (const IbComparison *how, const IbKey *key, IbSpan value, IbSpan folded,
                  IbCaptures *captures, guint64 *looked_at)
{
    *looked_at += MIN (folded.length, key->folded.length);
    return holds (how->relation, ib_match_order (how->comparator, folded, key->folded));
}

static const IbMatchType match_value = { .name = "value", .matches = matches_relation };
static const IbMatchType match_count = { .name = "count", .counts = true, .matches = matches_relation };

static const IbTag tags[] = {
    { .name = "value",
      .of = IB_TAKES_MATCH,
      .slot = IB_SLOT_MATCH,
      .parameter = IB_TYPE_STRING,
      .match = &match_value,
      .check = check_relation },
    { .name = "count",
      .of = IB_TAKES_MATCH,
      .slot = IB_SLOT_MATCH,
      .parameter = IB_TYPE_STRING,
      .match = &match_count,
      .check = check_relation },
    { NULL },
};
const IbExtension ib_ext_relational = { .name = "relational", .tags = tags };
