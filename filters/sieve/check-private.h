/* check-private.h - the inside that the check's files share
 *
 * check.c goes through the commands and tests, check-arguments.c through the arguments of each; check-rows.c is what the
 * rows of the language see of it. */
#pragma once

#include "check.h"

struct _IbCheck {
    IbCompilation *compilation;
    IbScript *script;
    const IbLanguage *language;
    IbArena *arena;
    IbDiagnosticList *diagnostics;
    GHashTable *variables; /* lower-case name → IbScope */
    bool is_past_prologue;
    guint depth;           /* of blocks */
    int most_captures;     /* that any pattern takes; -1: there is none */
    bool has_open_pattern; /* that only the run knows */
    GArray *references;    /* IbCheckReference */
};

/* "${number}" in a string. */
typedef struct {
    IbPosition at;
    guint number;
} IbCheckReference;

/* Nobody reads guesses about what is not told any more. */
IbNearest ib_check_nearest_to (const IbCheck *self, const char *word);
/* Tells that @written is unknown, with the nearest. @format is ours or a translation of ours, with one %s for what was
 * written and one for the question. Returns: false */
bool ib_check_tell_unknown (IbCheck *self, IbPosition at, IbSpan written, const IbNearest *nearest, const char *format);
/* May the script use @extension? */
bool ib_check_is_open (const IbCheck *self, const IbExtension *extension);
/* Where a tag is wrong, what follows it may be its parameter or not: positional arguments are not looked at. */
bool ib_check_arguments (IbCheck *self, IbNode *node);
