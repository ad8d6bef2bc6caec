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
#include "trace.h"
#include "verdict.h"

typedef enum { IB_SIEVE_ERROR_COMPILE } IbSieveError;
#define IB_SIEVE_ERROR (ib_sieve_error_quark ())
GQuark ib_sieve_error_quark (void);

typedef struct {
    guint line, column; /* from 1; the column counts characters */
    bool is_warning;
    char *message; /* what is wrong and what was expected */
} IbDiagnostic;
void ib_diagnostic_free (IbDiagnostic *self);

typedef struct _IbProgram IbProgram;

/* @out_diagnostics (nullable): (transfer full) IbDiagnostic elements, errors and warnings in the order of the text.
 * The GError's message is the first error as "NAME:LINE:COLUMN: message". Returns: (transfer full) (nullable) */
IbProgram *ib_sieve_compile (const char *name, const char *text, gsize length, GPtrArray **out_diagnostics,
                             GError **error);
void ib_program_free (IbProgram *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbProgram, ib_program_free)

/* "Inbasket sends no mail" and where, if the script holds a command that may be run dry only; NULL if it may be
 * activated. Returns: (transfer full) (nullable) */
char *ib_program_why_not_activatable (const IbProgram *self);

/* Space-separated names of what `require` may ask for. */
const char *ib_sieve_extensions (void);

/* What one script left behind. */
typedef struct {
    bool keeps_implicitly; /* the implicit keep stands */
    guint decided_at;      /* line of the first action that cancelled it; 0 */
    char **keep_flags;     /* the flags that an implicit keep gives the message; never NULL */
    char *error; /* run-time error as "NAME:LINE: what"; NULL. Then actions of this script are void. */
} IbSieveOutcome;

/* Runs @program and appends its explicit actions to @plan. @steps is the budget left for this message and is counted
 * down. @trace may be NULL. */
void ib_sieve_run (const IbProgram *program, const IbMessage *message, const IbFacts *facts,
                   const IbVerdict *verdict, guint64 *steps, IbPlan *plan, IbTrace *trace,
                   IbSieveOutcome *out_outcome);
void ib_sieve_outcome_clear (IbSieveOutcome *self);
