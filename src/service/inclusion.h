/* inclusion.h - the scripts that filters include (RFC 6609), from the two folders that they may be in
 *
 *     include "lists"           filters/lists.sieve
 *     include :global "lists"   the shipped filters' lists.sieve
 *
 * Filter workers open nothing: what a script includes is found when it is compiled here, and handed out with it. */
#pragma once

#include "script-text.h"

typedef struct _IbInclusions IbInclusions;

/* @filters: the user's own folder. */
IbInclusions *ib_inclusions_new (const char *filters);
void ib_inclusions_free (IbInclusions *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbInclusions, ib_inclusions_free)

/* As if the user's folder held @draft in place of what it has of that name, or nothing of that name if it has no text.
 * @draft must outlive @self; NULL: as it is. Before anything was asked for. */
void ib_inclusions_suppose (IbInclusions *self, const IbScriptText *draft);
/* An IbScriptSource; @inclusions: IbInclusions. What was asked for, and is there, is remembered. */
char *ib_inclusions_source (IbScriptPlace place, const char *name, gsize *out_length, gpointer inclusions);
/* All that was found: IbScriptText elements. Returns: (transfer none) */
GPtrArray *ib_inclusions_found (IbInclusions *self);
/* Where the found script called @name is, for messages, and its text; NULL: none is called so. */
const char *ib_inclusions_path (const IbInclusions *self, const char *name, GBytes **out_text);
/* Compiles @scripts (IbScriptText) and adds what they include behind them. */
void ib_inclusions_gather (IbInclusions *self, GPtrArray *scripts);
