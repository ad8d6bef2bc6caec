/* sieve.c - the door to the Sieve engine: from text to program, and from message to actions */
#include "sieve.h"
#include "compile.h"
#include "diagnostic.h"
#include "emit.h"
#include "vm.h"

G_DEFINE_QUARK (ib-sieve-error-quark, ib_sieve_error)

static IbProgram *
compile (const char *name, const char *text, gsize length, const IbSieveOptions *options,
         IbDiagnosticList *diagnostics)
{
    g_autoptr (IbArena) arena = ib_arena_new ();
    g_autoptr (GPtrArray) scripts = g_ptr_array_new ();
    IbCompilation compilation = {
        .language = options != NULL && options->language != NULL ? options->language : ib_language_whole (),
        .settings = options != NULL && options->settings != NULL ? options->settings : &ib_sieve_settings,
        .options = options,
        .arena = arena,
        .diagnostics = diagnostics,
        .scripts = scripts,
    };
    ib_compilation_begin (&compilation, name, text, length);
    return ib_diagnostic_has_errors (diagnostics) ? NULL : ib_emit_program (&compilation);
}

static void
set_first_error (GError **error, const GPtrArray *diagnostics)
{
    for (guint i = 0; i < diagnostics->len; i++) {
        const IbDiagnostic *diagnostic = diagnostics->pdata[i];
        if (diagnostic->is_warning)
            continue;
        g_set_error (error, IB_SIEVE_ERROR, IB_SIEVE_ERROR_COMPILE, "%s:%u:%u: %s", diagnostic->file,
                     diagnostic->line, diagnostic->column, diagnostic->message);
        return;
    }
}

IbProgram *
ib_sieve_compile (const char *name, const char *text, gsize length, const IbSieveOptions *options,
                  GPtrArray **out_diagnostics, GError **error)
{
    g_autoptr (IbDiagnosticList) list = ib_diagnostic_list_new ();
    IbProgram *program = compile (name, text, length, options, list);
    g_autoptr (GPtrArray) diagnostics = ib_diagnostic_list_finish (list);

    if (program == NULL)
        set_first_error (error, diagnostics);
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
ib_sieve_run (const IbProgram *program, const IbMessage *message, const IbSieveContext *context, IbPlan *plan,
              IbSieveOutcome *out_outcome)
{
    ib_vm_run (program, message, context, plan, out_outcome);
}

void
ib_sieve_outcome_clear (IbSieveOutcome *self)
{
    g_clear_pointer (&self->error, g_free);
    g_clear_pointer (&self->keep_flags, g_strfreev);
    g_clear_pointer (&self->decided_in, g_free);
    g_clear_pointer (&self->marks, g_ptr_array_unref);
}
