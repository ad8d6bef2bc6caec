/* testsuite-case.c - test, test_fail */
#include "check.h"
#include "emit.h"
#include "mail-limits.h"
#include "testsuite-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
case_free (gpointer pointer)
{
    IbTestsuiteCase *self = pointer;
    g_free (self->name);
    g_free (self->where);
    g_free (self->reason);
    g_ptr_array_unref (self->notes);
    g_free (self);
}

IbTestsuiteCase *
ib_testsuite_case_begin (IbTestsuite *self, const char *name, guint line)
{
    IbTestsuiteCase *new_case = g_new0 (IbTestsuiteCase, 1);
    new_case->name = g_strdup (name);
    new_case->line = line;
    new_case->has_passed = true;
    new_case->notes = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_set_free_func (self->report->cases, case_free);
    g_ptr_array_add (self->report->cases, new_case);
    return new_case;
}

void
ib_testsuite_case_fail (IbTestsuiteCase *self, char *where, char *reason)
{
    self->has_passed = false;
    g_free (self->where);
    g_free (self->reason);
    self->where = where;
    self->reason = reason;
}

const char *
ib_testsuite_split_error (const char *error, char **out_where)
{
    const char *what = error;
    for (const char *at = strstr (error, ": "); at != NULL && what == error; at = strstr (at + 2, ": "))
        if (at > error && g_ascii_isdigit (at[-1]))
            what = at + 2;
    if (out_where != NULL)
        *out_where = what > error ? g_strndup (error, (gsize) (what - error) - 2) : g_strdup ("");
    return what;
}

/* --- test <name: string> { … }
 *
 *     call: the case begins
 *     guard ─ an error, test_fail or stop goes on at "end"
 *     … the block …
 *     end: guard off; call: the case is over
 *
 * So the same call stands at both ends, and which one it is the case that runs tells. --- */

static void
emit_test (IbEmit *emit, const IbNode *node)
{
    ib_emit_call (emit, node);
    guint guard = ib_emit_op (emit, IB_OP_GUARD, 0);
    ib_emit_block (emit, node->block);
    ib_emit_land (emit, guard);
    (void) ib_emit_op (emit, IB_OP_GUARD, 0);
    ib_emit_call (emit, node);
}

static void
finish (IbTestsuite *suite, IbVm *vm)
{
    g_autofree char *error = ib_vm_take_error (vm);
    if (suite->failure != NULL) {
        ib_testsuite_case_fail (suite->running, g_strdup_printf ("%s:%u", suite->path, suite->failed_at),
                                g_steal_pointer (&suite->failure));
    } else if (error != NULL) {
        char *where;
        const char *what = ib_testsuite_split_error (error, &where);
        ib_testsuite_case_fail (suite->running, where, g_strdup (what));
    }
    suite->running = NULL;
}

static void
run_test (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    if (suite->running != NULL) {
        finish (suite, vm);
        return;
    }
    suite->steps = IB_LIMIT_STEPS;
    suite->running
        = ib_testsuite_case_begin (suite, ib_vm_string (vm, call->positional[0].texts), call->line);
}

/* A case in a case would be over with the inner one. */
static bool
check_test (IbCheck *check, IbNode *node)
{
    return ib_check_is_outermost (check)
           || ib_check_error (check, node->at, _ ("\"test\" may not stand in a block"));
}

static const IbPositional test_arguments[]
    = { { .name = N_ ("name of the case"), .type = IB_TYPE_STRING }, { NULL } };
static const IbCommand test_row = {
    .name = "test",
    .positional = test_arguments,
    .has_block = true,
    .check = check_test,
    .emit = emit_test,
    .run = run_test,
};

/* --- test_fail <reason: string> --- */

static void
run_test_fail (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    const char *reason = ib_vm_string (vm, call->positional[0].texts);
    if (ib_vm_has_failed (vm))
        return;
    if (suite->running != NULL) {
        suite->failure = g_strdup (reason);
        suite->failed_at = call->line;
    }
    ib_vm_fail (vm, "%s", reason);
}

static const IbPositional fail_arguments[] = { { .name = N_ ("reason"), .type = IB_TYPE_STRING }, { NULL } };
static const IbCommand test_fail_row = {
    .name = "test_fail",
    .positional = fail_arguments,
    .ends_block = true,
    .run = run_test_fail,
};

const IbCommand *const ib_testsuite_case_rows[] = { &test_row, &test_fail_row, NULL };
