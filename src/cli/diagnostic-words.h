/* diagnostic-words.h - what is wrong with a filter, for people and for editors
 *
 *     lists.sieve:3:11: unknown test "heder" (did you mean "header"?)
 *         if anyof (heder :is "List-Id" "choir") {
 *                   ^
 *
 * The first line is the same everywhere, so that editors and other programs find the place; the two below it are for a
 * terminal. */
#pragma once

#include "sieve.h"

typedef enum {
    IB_DIAGNOSTIC_LINE,     /* one line and no more */
    IB_DIAGNOSTIC_CARET,    /* with the line of the filter, and a mark at the place */
    IB_DIAGNOSTIC_COLOURED, /* that, in colour */
} IbDiagnosticStyle;

/* Lines with "\n" at their ends. Control characters of the filter are escaped, its tabs stay. Returns: (transfer full) */
char *ib_diagnostic_words (const char *path, const char *text, gsize length, const IbDiagnostic *diagnostic,
                           IbDiagnosticStyle style);
