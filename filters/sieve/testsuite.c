/* testsuite.c - the door to the language of test scripts: from a file to a report */
#include "lexer.h"
#include "mail-limits.h"
#include "parser.h"
#include "testsuite-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

/* What is looked at before a file sets something: nobody's empty message. */
#define FIRST_MESSAGE "From: sender@example.com\nTo: recipient@example.com\nSubject: Frop!\n\nFriep!\n"

void
ib_testsuite_report_free (IbTestsuiteReport *self)
{
    if (self == NULL)
        return;
    g_free (self->skipped_for);
    g_ptr_array_unref (self->cases);
    g_ptr_array_unref (self->remarks);
    g_free (self);
}

guint
ib_testsuite_report_failures (const IbTestsuiteReport *self)
{
    guint failures = 0;
    for (guint i = 0; i < self->cases->len; i++)
        failures += !((const IbTestsuiteCase *) self->cases->pdata[i])->has_passed;
    return failures;
}

static IbTestsuite *
suite_new (const char *path, const IbTestsuiteOptions *options)
{
    IbTestsuite *self = g_new0 (IbTestsuite, 1);
    self->path = g_strdup (path);
    self->folder = g_path_get_dirname (path);
    self->options = options;
    self->report = g_new0 (IbTestsuiteReport, 1);
    self->report->cases = g_ptr_array_new ();
    self->report->remarks = g_ptr_array_new_with_free_func (g_free);
    self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_message_free);
    self->held = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
    self->facts = ib_facts_new ();
    self->facts->now = options->now;
    self->facts->utc_offset_s = options->utc_offset_s;
    self->facts->marks = ib_marks_new ();
    self->verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    self->steps = IB_LIMIT_STEPS;
    self->wishes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->config = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->arena = ib_arena_new ();
    self->programs = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_program_free);
    self->binaries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->errors = g_ptr_array_new_with_free_func (g_free);
    self->store = ib_testsuite_store_new ();
    self->answered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    ib_testsuite_result_init (&self->result);
    ib_testsuite_config_reload (self);
    ib_testsuite_set_party (&self->envelope.auth, "");
    g_autoptr (GBytes) first = g_bytes_new_static (FIRST_MESSAGE, sizeof FIRST_MESSAGE - 1);
    ib_testsuite_set_message (self, NULL, first, NULL);
    ib_testsuite_take_folders (self);
    return self;
}

/* All but the report. */
static void
suite_free (IbTestsuite *self)
{
    ib_testsuite_result_clear (&self->result);
    g_hash_table_unref (self->answered);
    ib_testsuite_store_free (self->store);
    g_ptr_array_unref (self->errors);
    g_hash_table_unref (self->binaries);
    g_ptr_array_unref (self->programs);
    ib_arena_free (self->arena);
    g_hash_table_unref (self->config);
    g_hash_table_unref (self->wishes);
    ib_verdict_free (self->verdict);
    ib_facts_free (self->facts);
    g_free (self->envelope.from);
    g_free (self->envelope.to);
    g_free (self->envelope.orig_to);
    g_free (self->envelope.auth);
    g_ptr_array_unref (self->messages);
    g_ptr_array_unref (self->held);
    g_free (self->failure);
    g_free (self->folder);
    g_free (self->path);
    g_free (self);
}

/* --- what a file asks for --- */

static char *
find_unknown (const IbNode *require)
{
    if (require->arguments == NULL || require->arguments->type == IB_TYPE_NUMBER
        || require->arguments->type == IB_TYPE_TAG)
        return NULL;
    for (const IbArgument *string = ib_tree_strings (require->arguments); string != NULL;
         string = ib_tree_next (require->arguments, string))
        if (ib_language_extension (ib_testsuite_language (), string->text) == NULL)
            return g_strndup (string->text.bytes, string->text.length);
    return NULL;
}

/* The first extension that the file requires and that there is not here; NULL: it can be read. */
static char *
find_missing_extension (const char *text, gsize length)
{
    g_autoptr (IbArena) arena = ib_arena_new ();
    g_autoptr (IbDiagnosticList) diagnostics = ib_diagnostic_list_new ();
    if (!ib_lexer_accepts (text, length, IB_LIMIT_SCRIPT_BYTES, diagnostics))
        return NULL;
    const IbNode *node = ib_parser_parse (text, length, arena, diagnostics);
    char *missing = NULL;
    for (; node != NULL && missing == NULL && ib_language_is (node->name, "require"); node = node->next)
        missing = find_unknown (node);
    return missing;
}

/* --- running it --- */

static void
fail_to_compile (IbTestsuite *self, const GPtrArray *diagnostics)
{
    IbTestsuiteCase *failed = ib_testsuite_case_begin (self, _ ("the test file itself"), 0);
    GString *reasons = g_string_new (NULL);
    char *where = NULL;
    for (guint i = 0; i < diagnostics->len; i++) {
        const IbDiagnostic *diagnostic = diagnostics->pdata[i];
        if (diagnostic->is_warning)
            continue;
        if (where == NULL)
            where = g_strdup_printf ("%s:%u", self->path, diagnostic->line);
        g_string_append_printf (reasons, "%s%s:%u:%u: %s", reasons->len > 0 ? "\n" : "", self->path,
                                diagnostic->line, diagnostic->column, diagnostic->message);
    }
    ib_testsuite_case_fail (failed, where != NULL ? where : g_strdup (self->path),
                            g_string_free (reasons, FALSE));
}

/* An error outside of all cases. */
static void
fail_outside (IbTestsuite *self, const char *error)
{
    char *where;
    const char *what = ib_testsuite_split_error (error, &where);
    ib_testsuite_case_fail (ib_testsuite_case_begin (self, _ ("the test file itself"), 0), where,
                            g_strdup (what));
}

/* An error that no guard could hold up: the case had no steps left. */
static void
fail_running (IbTestsuite *self, const char *error)
{
    char *where;
    const char *what = ib_testsuite_split_error (error, &where);
    ib_testsuite_case_fail (self->running, where, g_strdup (what));
}

/* What the file itself asks for outside of scripts goes into a plan of its own: the result is replaced while it runs. */
static void
run_program (IbTestsuite *self, const IbProgram *program)
{
    g_autoptr (IbPlan) plan = ib_plan_new ();
    g_autoptr (IbHeader) header = ib_header_new (self->message);
    IbSieveContext context = {
        .facts = self->facts,
        .verdict = self->verdict,
        .settings = &self->settings,
        .envelope = &self->envelope,
        .steps = &self->steps,
        .header = &header,
        .user_data = self,
    };
    IbSieveOutcome outcome = { 0 };
    ib_sieve_run (program, self->message, &context, plan, &outcome);
    if (outcome.error != NULL && self->running != NULL)
        fail_running (self, outcome.error);
    else if (outcome.error != NULL)
        fail_outside (self, outcome.error);
    ib_sieve_outcome_clear (&outcome);
}

IbTestsuiteReport *
ib_testsuite_run (const char *path, const char *text, gsize length, const IbTestsuiteOptions *options)
{
    IbTestsuite *self = suite_new (path, options);
    self->report->skipped_for = find_missing_extension (text, length);
    if (self->report->skipped_for == NULL) {
        g_autoptr (GPtrArray) diagnostics = NULL;
        const IbProgram *program
            = ib_testsuite_compile (self, path, text, length, ib_testsuite_language (), &diagnostics);
        if (program != NULL)
            run_program (self, program);
        else
            fail_to_compile (self, diagnostics);
    }
    IbTestsuiteReport *report = self->report;
    suite_free (self);
    return report;
}
