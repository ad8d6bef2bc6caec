/* testsuite-script.c - test_script_compile, test_script_run, test_multiscript, test_binary_…, test_error */
#include "check.h"
#include "mail-limits.h"
#include "testsuite-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

void
ib_testsuite_add_error (IbTestsuite *self, const char *what)
{
    g_ptr_array_add (self->errors, g_strdup (what));
}

/* --- compiling --- */

/* An absolute path is taken as it is, and so is one that begins with ${tst.path}. */
static bool
stands_elsewhere (const IbTestsuite *self, const char *name)
{
    gsize length = strlen (self->folder);
    return g_path_is_absolute (name) || (strncmp (name, self->folder, length) == 0 && name[length] == '/');
}

char *
ib_testsuite_read (const IbTestsuite *self, const char *name, gsize *out_length, GError **error)
{
    if (self->options->read == NULL) {
        g_set_error_literal (error, IB_SIEVE_ERROR, IB_SIEVE_ERROR_COMPILE, _ ("there is no such file"));
        return NULL;
    }
    g_autofree char *path
        = stands_elsewhere (self, name) ? g_strdup (name) : g_build_filename (self->folder, name, NULL);
    return self->options->read (path, out_length, self->options->user_data, error);
}

/* RFC 6609, 3.2: "personal" scripts are the user's, "global" ones the administrator's. */
static char *
read_included (IbScriptPlace place, const char *name, gsize *out_length, gpointer user_data)
{
    const char *folder = place == IB_SCRIPT_PERSONAL ? "included" : "included-global";
    const char *ending = g_str_has_suffix (name, ".sieve") ? "" : ".sieve";
    g_autofree char *path = g_strdup_printf ("%s/%s%s", folder, name, ending);
    return ib_testsuite_read (user_data, path, out_length, NULL);
}

IbProgram *
ib_testsuite_compile (IbTestsuite *self, const char *name, const char *text, gsize length,
                      const IbLanguage *language, GPtrArray **out_diagnostics)
{
    IbSieveOptions options = {
        .language = language,
        .settings = &self->settings,
        .source = read_included,
        .source_data = self,
    };
    IbProgram *program = ib_sieve_compile (name, text, length, &options, out_diagnostics, NULL);
    if (program != NULL)
        g_ptr_array_add (self->programs, program);
    return program;
}

static bool
has_syntax_errors (const GPtrArray *diagnostics)
{
    for (guint i = 0; i < diagnostics->len; i++) {
        const IbDiagnostic *diagnostic = diagnostics->pdata[i];
        if (diagnostic->is_syntax && !diagnostic->is_warning)
            return true;
    }
    return false;
}

/* Where the grammar is broken, what else is wrong hangs on how the rest was read: it is no error to be counted on. */
static void
take_diagnostics (IbTestsuite *self, const GPtrArray *diagnostics)
{
    bool only_syntax = has_syntax_errors (diagnostics);
    for (guint i = 0; i < diagnostics->len; i++) {
        const IbDiagnostic *diagnostic = diagnostics->pdata[i];
        if (!diagnostic->is_warning && (diagnostic->is_syntax || !only_syntax))
            ib_testsuite_add_error (self, diagnostic->message);
    }
}

/* A script is named by where it stands beside the test file. NULL: it has errors, which are kept. */
static IbProgram *
compile_file (IbTestsuite *self, const char *name)
{
    g_autoptr (GError) error = NULL;
    gsize length;
    g_autofree char *text = ib_testsuite_read (self, name, &length, &error);
    if (text == NULL) {
        ib_testsuite_add_error (self, error->message);
        return NULL;
    }
    g_autoptr (GPtrArray) diagnostics = NULL;
    IbProgram *program = ib_testsuite_compile (self, name, text, length, NULL, &diagnostics);
    if (program != NULL)
        return program;
    take_diagnostics (self, diagnostics);
    ib_testsuite_add_error (self, _ ("the script does not compile"));
    return NULL;
}

/* --- test_script_compile <script: string> --- */

static bool
test_script_compile (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    const char *name = ib_vm_string (vm, call->positional[0].texts);
    g_ptr_array_set_size (suite->errors, 0);
    suite->program = compile_file (suite, name);
    return suite->program != NULL;
}

static const IbPositional script_arguments[] = { { .name = N_ ("script"), .type = IB_TYPE_STRING }, { NULL } };
static const IbCommand test_script_compile_row = {
    .name = "test_script_compile",
    .kind = IB_KIND_TEST,
    .positional = script_arguments,
    .test = test_script_compile,
};

/* --- test_script_run [:append_result] --- */

/* Runs it over the message as it stands now; what it asks for goes behind what is in the result. */
static bool
run_program (IbTestsuite *self, IbVm *vm, const IbProgram *program)
{
    guint64 steps = IB_LIMIT_STEPS;
    g_autoptr (IbHeader) header = ib_header_ref (ib_vm_header (vm));
    IbSieveContext context = *ib_vm_context (vm);
    context.steps = &steps;
    context.header = &header;
    context.user_data = NULL;

    IbSieveOutcome outcome = { 0 };
    ib_sieve_run (program, self->message, &context, self->result.plan, &outcome);
    bool ok = outcome.error == NULL;
    self->result.keeps &= outcome.keeps_implicitly;
    g_strfreev (self->result.keep_flags);
    self->result.keep_flags = g_strdupv (outcome.keep_flags);
    g_ptr_array_extend_and_steal (self->result.marks, g_steal_pointer (&outcome.marks));
    ib_vm_set_header (vm, g_steal_pointer (&header));
    if (!ok)
        ib_testsuite_add_error (self, ib_testsuite_split_error (outcome.error, NULL));
    ib_sieve_outcome_clear (&outcome);
    return ok;
}

static bool
test_script_run (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    g_ptr_array_set_size (suite->errors, 0);
    if (suite->program == NULL) {
        ib_vm_fail (vm, _ ("no script has been compiled"));
        return false;
    }
    if (ib_program_tag (call, IB_SLOT_OWN) == NULL)
        ib_testsuite_result_reset (suite, vm);
    else
        ib_testsuite_result_gather (suite, vm);
    return run_program (suite, vm, suite->program);
}

static const IbTag run_tags[] = { { .name = "append_result", .slot = IB_SLOT_OWN }, { NULL } };
static const IbCommand test_script_run_row = {
    .name = "test_script_run",
    .kind = IB_KIND_TEST,
    .tags = run_tags,
    .test = test_script_run,
};

/* --- test_multiscript <scripts: string-list>: one after the other while a keep is in effect, then carried out --- */

/* A script that is not the last one and keeps, be it in so many words, hands the message on with the flags that it gave. */
static bool
hand_on (IbTestsuite *self, IbVm *vm)
{
    GPtrArray *actions = self->result.plan->actions;
    for (guint i = actions->len; i > 0; i--) {
        IbAction *action = actions->pdata[i - 1];
        if (action->kind != IB_ACTION_KEEP)
            continue;
        self->result.keeps = true;
        g_strfreev (self->result.keep_flags);
        self->result.keep_flags = g_strdupv (action->flags);
        g_ptr_array_remove_index (actions, i - 1);
    }
    if (!self->result.keeps)
        return false;
    ib_testsuite_set_flags (self, vm, (const char *const *) self->result.keep_flags);
    return true;
}

static bool
run_scripts (IbTestsuite *self, IbVm *vm, const IbOperand *names)
{
    for (guint i = 0; i < names->n_texts; i++) {
        if (i > 0 && !hand_on (self, vm))
            break;
        const IbProgram *program = compile_file (self, ib_vm_string (vm, &names->texts[i]));
        if (program == NULL || !run_program (self, vm, program))
            return false;
    }
    return true;
}

static bool
test_multiscript (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    g_auto (GStrv) flags = g_strdupv (suite->facts->flags);
    g_ptr_array_set_size (suite->errors, 0);
    ib_testsuite_result_reset (suite, vm);
    bool ok = run_scripts (suite, vm, &call->positional[0]);
    ib_testsuite_set_flags (suite, vm, (const char *const *) flags);
    ib_testsuite_result_execute (suite, vm);
    return ok;
}

static const IbPositional scripts_arguments[]
    = { { .name = N_ ("list of scripts"), .type = IB_TYPE_STRINGS }, { NULL } };
static const IbCommand test_multiscript_row = {
    .name = "test_multiscript",
    .kind = IB_KIND_TEST,
    .positional = scripts_arguments,
    .test = test_multiscript,
};

/* --- test_binary_save <name: string>, test_binary_load <name: string>
 *
 * A program of Inbasket never leaves memory, and so it is kept and given back as it is. --- */

static void
run_test_binary_save (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    if (suite->program == NULL)
        ib_vm_fail (vm, _ ("no script has been compiled"));
    else
        g_hash_table_replace (suite->binaries, g_strdup (ib_vm_string (vm, call->positional[0].texts)),
                              suite->program);
}

static void
run_test_binary_load (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    const char *name = ib_vm_string (vm, call->positional[0].texts);
    IbProgram *program = g_hash_table_lookup (suite->binaries, name);
    if (program == NULL)
        ib_vm_fail (vm, _ ("nothing has been saved as \"%s\""), name);
    else
        suite->program = program;
}

static const IbPositional binary_arguments[] = { { .name = N_ ("name"), .type = IB_TYPE_STRING }, { NULL } };
static const IbCommand test_binary_save_row
    = { .name = "test_binary_save", .positional = binary_arguments, .run = run_test_binary_save };
static const IbCommand test_binary_load_row
    = { .name = "test_binary_load", .positional = binary_arguments, .run = run_test_binary_load };

/* --- test_error [MATCH-TYPE] [COMPARATOR] [:index <number>] <keys: string-list> --- */

static bool
test_error (IbVm *vm, const IbCall *call)
{
    const GPtrArray *errors = ib_testsuite_of (vm)->errors;
    return ib_testsuite_match (vm, call, (const char *const *) errors->pdata, errors->len);
}

static const IbCommand test_error_row = {
    .name = "test_error",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH,
    .tags = ib_testsuite_index_tags,
    .positional = ib_testsuite_keys,
    .test = test_error,
};

const IbCommand *const ib_testsuite_script_rows[] = {
    &test_script_compile_row,
    &test_script_run_row,
    &test_multiscript_row,
    &test_binary_save_row,
    &test_binary_load_row,
    &test_error_row,
    NULL,
};
