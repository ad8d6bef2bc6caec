/* sieve.h - the door to the Sieve engine (RFC 5228)
 *
 *     text ─lexer─▶ tokens ─parser─▶ tree ─check─▶ tree, checked ─emit─▶ program ─vm─▶ actions
 *
 * The core names no command: a command, test or extension is a const row of the language table (language.h). Compiling
 * reports several errors in one go; running is pure and bounded in steps. */
#pragma once

#include "facts.h"
#include "message.h"
#include "plan.h"
#include "settings.h"
#include "signals.h"
#include "trace.h"
#include "verdict.h"

typedef enum { IB_SIEVE_ERROR_COMPILE } IbSieveError;
#define IB_SIEVE_ERROR (ib_sieve_error_quark ())
GQuark ib_sieve_error_quark (void);

typedef struct {
    guint line, column; /* from 1; the column counts characters */
    bool is_warning;
    char *message; /* what is wrong and what was expected */
    bool is_syntax; /* the text is no Sieve at that place, whatever its words may mean */
    const char *file; /* the name of the script that it is in: the compiled one, or one that it includes */
} IbDiagnostic;
void ib_diagnostic_free (IbDiagnostic *self);

/* Where an included script is looked for (RFC 6609, 3.2). */
typedef enum { IB_SCRIPT_PERSONAL, IB_SCRIPT_GLOBAL } IbScriptPlace;
/* "personal", "global". */
const char *ib_script_place_name (IbScriptPlace place);

/* The text of an included script. @name was checked: no "/", no control character, not "." at its beginning. NULL: there
 * is none. Returns: (transfer full) (nullable) */
typedef char *(*IbScriptSource) (IbScriptPlace place, const char *name, gsize *out_length, gpointer user_data);

/* What a script is compiled with; each may be left out. */
typedef struct {
    const struct _IbLanguage *language; /* NULL: ib_language_whole () */
    const IbSieveSettings *settings;    /* NULL: ib_sieve_settings; must outlive the program */
    IbScriptSource source;              /* NULL: no script can be included */
    gpointer source_data;
    const char *const *folders; /* that exist, for warnings of a name that is spelt otherwise; NULL: unknown */
} IbSieveOptions;

typedef struct _IbProgram IbProgram;

/* @options may be NULL. @out_diagnostics (nullable): (transfer full) IbDiagnostic elements, errors and warnings in the
 * order of the text, those of included scripts behind. The GError's message is the first error as
 * "NAME:LINE:COLUMN: message". Returns: (transfer full) (nullable) */
IbProgram *ib_sieve_compile (const char *name, const char *text, gsize length, const IbSieveOptions *options,
                             GPtrArray **out_diagnostics, GError **error);
void ib_program_free (IbProgram *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbProgram, ib_program_free)

/* "Inbasket sends no mail" and where, if the script holds a command that may be run dry only; NULL if it may be
 * activated. Returns: (transfer full) (nullable) */
char *ib_program_why_not_activatable (const IbProgram *self);

/* Whether it, or a script that it includes, may edit headers, or remembers what it saw. */
bool ib_program_edits_header (const IbProgram *self);
bool ib_program_remembers (const IbProgram *self);

/* Space-separated names of what `require` may ask for. */
const char *ib_sieve_extensions (void);

/* Addresses of an envelope; "" is the null reverse-path. */
typedef struct {
    char *from, *to;
    char *orig_to; /* before any alias */
    char *auth;    /* the user that sent it; NULL: nobody signed in */
} IbSieveEnvelope;

/* What a run is surrounded by: the same for all scripts that see a message. Nothing is taken over. */
typedef struct {
    const IbFacts *facts;
    const IbVerdict *verdict;
    const IbSignals *signals;        /* NULL: nothing was found */
    const IbSieveSettings *settings; /* NULL: ib_sieve_settings */
    const IbSieveEnvelope *envelope; /* NULL: what the header says of it */
    guint64 *steps;                  /* the budget left for this message; counted down */
    IbTrace *trace;                  /* NULL: nobody wants to know */
    IbHeader **header;               /* as earlier scripts edited it; replaced by what this one makes of it. NULL: as
                                      * the message came, and edits are told by the actions only */
    gpointer user_data;              /* of whoever added rows to the language: ib_vm_context () */
} IbSieveContext;

/* What one script left behind. */
typedef struct {
    bool keeps_implicitly; /* the implicit keep stands */
    guint decided_at;      /* line of the first action that cancelled it; 0 */
    char *decided_in;      /* the script that this line is in, the one that was run or an included one; NULL */
    char **keep_flags;     /* the flags that an implicit keep gives the message; never NULL */
    GPtrArray *marks;      /* IbMark: what `duplicate` wants to be remembered; never NULL */
    char *error;           /* run-time error as "NAME:LINE: what"; NULL. Then this script did nothing. */
} IbSieveOutcome;

/* Runs @program and appends its explicit actions and edits to @plan. */
void ib_sieve_run (const IbProgram *program, const IbMessage *message, const IbSieveContext *context, IbPlan *plan,
                   IbSieveOutcome *out_outcome);
void ib_sieve_outcome_clear (IbSieveOutcome *self);
