/* compile.h - a script and all that it includes, read and checked
 *
 * Every script is read once, however often it is included; its number is that of its unit in the program. */
#pragma once

#include "sieve.h"
#include "tree.h"

typedef struct _IbScript IbScript;
struct _IbScript {
    guint number;
    const char *name;
    IbScriptPlace place;
    IbNode *commands;
    bool *is_required;        /* by the index of the extension in the language */
    const IbScript *includer; /* while it is being checked, the one whose turn it was; NULL: none */
    bool is_open;             /* it is being checked */
    guint depth;              /* of inclusion: 0 is the script itself */
};

typedef struct {
    const IbLanguage *language;
    const IbSieveSettings *settings;
    const IbSieveOptions *options;
    IbArena *arena;
    IbDiagnosticList *diagnostics;
    GPtrArray *scripts; /* IbScript, by number; the first is the script itself */
    guint inclusions;
} IbCompilation;

/* Reads and checks the script itself; what is wrong is told to the diagnostics. */
void ib_compilation_begin (IbCompilation *self, const char *name, const char *text, gsize length);

typedef enum { IB_INCLUDED, IB_INCLUDED_NOTHING, IB_INCLUDED_WRONGLY } IbIncluded;
/* Reads and checks the script that @from includes at @at. NOTHING: there is none of that name. WRONGLY: that was told.
 * With @is_once a script may include itself, which does nothing then (RFC 6609, 3.2). */
IbIncluded ib_compilation_include (IbCompilation *self, const IbScript *from, IbPosition at, IbScriptPlace place,
                                   IbSpan name, bool is_once, const IbScript **out_script);
