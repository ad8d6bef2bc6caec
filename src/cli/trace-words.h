/* trace-words.h - a trace, for people
 *
 *     junk.sieve
 *        12  yes  if
 *        12  yes    anyof
 *        12  no       header :is "Precedence" "bulk"  « list »
 *        13  yes      header :matches "List-Id" "*<*.example.org>"  « Choir <choir.example.org> »; ${1} is "Choir "
 *        14  →      fileinto "Lists.choir"
 *            ·    the end of the script; it decided
 *
 * As the script reads: a branch and an operator stand above what they asked for, though they were known after it. */
#pragma once

#include "trace.h"

/* Lines with "\n" at their ends, each indented by @indent and no more than @columns wide (0: whole), everything that a
 * message had a hand in made safe. Colours as ib_print_colour () has them. Returns: (transfer full) */
char *ib_trace_words (const IbTrace *trace, guint indent, guint columns);
