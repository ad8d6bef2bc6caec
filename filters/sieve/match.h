/* match.h - comparators and match types of RFC 5228, and numbers as RFC 4790 has them: pure */
#pragma once

#include "language.h"

extern const IbComparator ib_match_octet, ib_match_casemap, ib_match_numeric;
extern const IbMatchType ib_match_is, ib_match_contains, ib_match_matches;

/* @text as @how's comparator folds it, in @arena or @text itself. */
IbSpan ib_match_fold (const IbComparator *comparator, IbArena *arena, IbSpan text);
/* Makes a key ready to be looked for. */
IbKey ib_match_prepare (const IbComparison *how, IbArena *arena, IbSpan key);
/* The octets that the character of @text at @at takes: one where the text is not UTF-8. */
gsize ib_match_character (IbSpan text, gsize at);
/* The order of two folded texts: negative, 0 or positive. */
int ib_match_order (const IbComparator *comparator, IbSpan a, IbSpan b);
