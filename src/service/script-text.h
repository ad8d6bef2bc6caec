/* script-text.h - a Sieve script's text, under the name that it is known by
 *
 * Loaded once, compiled here to see what it may do, and handed to the filter workers, who open nothing. */
#pragma once

#include "filter-wire.h"
#include "sieve.h"

typedef struct {
    char *name;
    GBytes *text;      /* NULL: a script that is not there */
    IbScriptRole role; /* to be run, or only included by others: see inclusion.h */
} IbScriptText;

/* Copies; to be run. @text NULL: a script that is not there. */
IbScriptText *ib_script_text_new (const char *name, const char *text, gsize length);
/* Shares the text. Returns: (transfer full) */
IbScriptText *ib_script_text_copy (const IbScriptText *self);
/* Of a script that is there; never NULL, and not ended by a NUL. Returns: (transfer none) */
const char *ib_script_text_bytes (const IbScriptText *self, gsize *out_length);
void ib_script_text_free (IbScriptText *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbScriptText, ib_script_text_free)

/* What a script is there for that is included from @place. */
IbScriptRole ib_script_text_role (IbScriptPlace place);
/* The one of @texts (IbScriptText) that is called so, for that role. Returns: (transfer none) (nullable) */
const IbScriptText *ib_script_text_find (const GPtrArray *texts, IbScriptRole role, const char *name);
/* What an IbScriptSource answers with. NULL for NULL. Returns: (transfer full) (nullable) */
char *ib_script_text_answer (const IbScriptText *self, gsize *out_length);
