/* check.h - a tree against the language: what is each name, and is it used rightly
 *
 * Tells everything that is wrong in one go and notes in the tree what the emitter needs. */
#pragma once

#include "tree.h"

/* Returns whether nothing was wrong. @out_required gets the IbExtension rows that the script required. */
bool ib_check_script (const IbLanguage *language, IbNode *commands, IbArena *arena,
                      IbDiagnosticList *diagnostics, GPtrArray *out_required);

/* --- for the rows --- */

/* Tells what is wrong. Returns: false */
bool ib_check_error (IbCheck *self, IbPosition at, const char *format, ...) G_GNUC_PRINTF (3, 4);
void ib_check_warn (IbCheck *self, IbPosition at, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* The same as an error, with the nearest of the NULL-terminated @candidates. @format has one %s for what was written
 * and one for the question. */
bool ib_check_unknown (IbCheck *self, IbPosition at, IbSpan written, const char *const *candidates,
                       const char *format);

IbArena *ib_check_arena (IbCheck *self);
/* From here on the script may use the extension that @string names. */
bool ib_check_require (IbCheck *self, const IbArgument *string);
bool ib_check_has (const IbCheck *self, const char *extension);

/* Which of @words the string of @argument is, in any letter case; -1 if none, which is told as a wrong @what. */
int ib_check_word (IbCheck *self, const IbArgument *argument, const char *const *words, const char *what);
/* Warns of a folder's name that cannot be one: it fails when the script runs (RFC 5228, 4.1). Returns: true */
bool ib_check_folder (IbCheck *self, IbNode *node, IbArgument *argument);
