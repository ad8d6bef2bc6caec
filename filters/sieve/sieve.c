/* sieve.c - the door to the Sieve engine: from text to program, and from message to actions */
#include "sieve.h"
#include "check.h"
#include "emit.h"
#include "lexer.h"
#include "parser.h"
#include "vm.h"

G_DEFINE_QUARK (ib-sieve-error-quark, ib_sieve_error)

static IbProgram *
compile (const char *name, const char *text, gsize length, IbDiagnosticList *diagnostics)
{
    g_autoptr (IbArena) arena = ib_arena_new ();
    const IbLanguage *language = ib_language_whole ();

    if (!ib_lexer_accepts (text, length, diagnostics))
        return NULL;
    IbNode *commands = ib_parser_parse (text, length, arena, diagnostics);
    g_autoptr (GPtrArray) required = g_ptr_array_new ();
    (void) ib_check_script (language, commands, arena, diagnostics, required);
    if (ib_diagnostic_has_errors (diagnostics))
        return NULL;
    return ib_emit_program (name, language, required, commands);
}

static void
set_first_error (GError **error, const char *name, const GPtrArray *diagnostics)
{
    for (guint i = 0; i < diagnostics->len; i++) {
        const IbDiagnostic *diagnostic = diagnostics->pdata[i];
        if (diagnostic->is_warning)
            continue;
        g_set_error (error, IB_SIEVE_ERROR, IB_SIEVE_ERROR_COMPILE, "%s:%u:%u: %s", name, diagnostic->line,
                     diagnostic->column, diagnostic->message);
        return;
    }
}

IbProgram *
ib_sieve_compile (const char *name, const char *text, gsize length, GPtrArray **out_diagnostics,
                  GError **error)
{
    g_autoptr (IbDiagnosticList) list = ib_diagnostic_list_new ();
    IbProgram *program = compile (name, text, length, list);
    g_autoptr (GPtrArray) diagnostics = ib_diagnostic_list_finish (list);

    if (program == NULL)
        set_first_error (error, name, diagnostics);
    if (out_diagnostics != NULL)
        *out_diagnostics = g_steal_pointer (&diagnostics);
    return program;
}

const char *
ib_sieve_extensions (void)
{
    return ib_language_names ();
}

void
ib_sieve_run (const IbProgram *program, const IbMessage *message, const IbFacts *facts,
              const IbVerdict *verdict, guint64 *steps, IbPlan *plan, IbTrace *trace,
              IbSieveOutcome *out_outcome)
{
    ib_vm_run (program, message, facts, verdict, steps, plan, trace, out_outcome);
}

void
ib_sieve_outcome_clear (IbSieveOutcome *self)
{
    g_clear_pointer (&self->error, g_free);
    g_clear_pointer (&self->keep_flags, g_strfreev);
}
