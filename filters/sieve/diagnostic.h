/* diagnostic.h - what is wrong with a script, told in one go */
#pragma once

#include "arena.h"
#include "sieve.h"

/* A place in a script, both from 1; the column counts characters. */
typedef struct {
    guint line, column;
} IbPosition;

typedef struct _IbDiagnosticList IbDiagnosticList;

IbDiagnosticList *ib_diagnostic_list_new (void);
/* From here on it is about the script @file; returns what ib_diagnostic_list_leave () takes to go back to the one
 * before. Those of a script entered later stand behind. */
guint ib_diagnostic_list_enter (IbDiagnosticList *self, const char *file);
void ib_diagnostic_list_leave (IbDiagnosticList *self, guint before);
/* Whether what is told from here on is wrong with the grammar, or with what the words mean. */
void ib_diagnostic_list_syntax (IbDiagnosticList *self, bool is_syntax);
/* From IB_LIMIT_DIAGNOSTICS on they are only counted. */
void ib_diagnostic_error (IbDiagnosticList *self, IbPosition at, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void ib_diagnostic_warn (IbDiagnosticList *self, IbPosition at, const char *format, ...) G_GNUC_PRINTF (3, 4);
bool ib_diagnostic_has_errors (const IbDiagnosticList *self);
/* No more will be kept: looking for good words is a waste. */
bool ib_diagnostic_is_full (const IbDiagnosticList *self);
/* In the order of the text, with a last line that counts what was not kept. Returns: (transfer full) */
GPtrArray *ib_diagnostic_list_finish (IbDiagnosticList *self);
void ib_diagnostic_list_free (IbDiagnosticList *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbDiagnosticList, ib_diagnostic_list_free)

/* @text in quotation marks, cut to a readable length, with control characters escaped. Returns: (transfer full) */
char *ib_diagnostic_quote (IbSpan text);

/* The candidate that is spelt most like @word: offer them all, then read .best, NULL if none is near. */
typedef struct {
    const char *word;
    const char *best;
    guint distance;
} IbNearest;
void ib_nearest_offer (IbNearest *self, const char *candidate);
/* " (did you mean "best"?)", or "". Returns: (transfer full) */
char *ib_nearest_question (const IbNearest *self);
