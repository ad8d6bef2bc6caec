/* check.h - a tree against the language: what is each name, and is it used rightly
 *
 * Tells everything that is wrong in one go and notes in the tree what the emitter needs. */
#pragma once

#include "compile.h"

/* Tells what is wrong with @script, and reads those that it includes. */
void ib_check_script (IbCompilation *compilation, IbScript *script);

/* --- for the rows --- */

/* Tells what is wrong. Returns: false */
bool ib_check_error (IbCheck *self, IbPosition at, const char *format, ...) G_GNUC_PRINTF (3, 4);
void ib_check_warn (IbCheck *self, IbPosition at, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* The same as an error, with the nearest of the NULL-terminated @candidates. @format has one %s for what was written
 * and one for the question. */
bool ib_check_unknown (IbCheck *self, IbPosition at, IbSpan written, const char *const *candidates,
                       const char *format);

IbArena *ib_check_arena (IbCheck *self);
/* Does what is checked stand in no block? */
bool ib_check_is_outermost (const IbCheck *self);
/* From here on the script may use the extension that @string names. */
bool ib_check_require (IbCheck *self, const IbArgument *string);
bool ib_check_has (const IbCheck *self, const char *extension);
/* Is there such an extension, required or not? */
bool ib_check_knows (const IbCheck *self, IbSpan extension);
/* The string at @at holds what a match took as @number. */
void ib_check_reference (IbCheck *self, IbPosition at, guint number);

/* The script that @node includes; its unit is noted in @node. A script that there is not is an error, unless
 * @is_optional; one that includes itself is none, if @is_once. */
bool ib_check_include (IbCheck *self, IbNode *node, const IbArgument *name, IbScriptPlace place, bool is_once,
                       bool is_optional);
/* Whose the variables of the script are, as far as it was checked. */
typedef enum { IB_SCOPE_UNKNOWN, IB_SCOPE_LOCAL, IB_SCOPE_GLOBAL } IbScope;
IbScope ib_check_variable (const IbCheck *self, IbSpan name);
/* The first word on a name holds. */
void ib_check_set_variable (IbCheck *self, IbSpan name, IbScope scope);
/* May the script use the variables of that name space? */
bool ib_check_has_name_space (const IbCheck *self, IbSpan name);
/* field-name = 1*ftext: printable, no colon (RFC 5322, 3.6.8) */
bool ib_check_is_field_name (IbSpan name);
/* Tells what is wrong with a field's name, as far as it is known. */
bool ib_check_field_name (IbCheck *self, const IbArgument *string);
const IbSieveSettings *ib_check_settings (const IbCheck *self);
/* See IbSieveOptions; NULL: unknown. */
const char *const *ib_check_folders (const IbCheck *self);

/* Which of @words the string of @argument is, in any letter case; -1 if none, which is told as a wrong @what. */
int ib_check_word (IbCheck *self, const IbArgument *argument, const char *const *words, const char *what);
/* Why no value can ever match the key @text of @node; NULL: one may. */
typedef const char *(*IbHopeless) (const IbNode *node, IbSpan text);
/* Warns of those of @keys that @is_hopeless knows to be in vain. Returns: true */
bool ib_check_hopeless_keys (IbCheck *self, IbNode *node, const IbArgument *keys, IbHopeless is_hopeless);
/* Warns of a folder's name that cannot be one: it fails when the script runs (RFC 5228, 4.1). Returns: true */
bool ib_check_folder (IbCheck *self, IbNode *node, IbArgument *argument);
