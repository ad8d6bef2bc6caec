/* testsuite-result.c - test_result_…: what scripts made of a message, and carrying it out in memory */
#include "check.h"
#include "testsuite-mail.h"
#include "testsuite-private.h"

#include <string.h>

void
ib_testsuite_result_init (IbTestsuiteResult *self)
{
    *self = (IbTestsuiteResult){
        .plan = ib_plan_new (),
        .keeps = true,
        .marks = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_mark_free),
        .notified = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    };
}

void
ib_testsuite_result_clear (IbTestsuiteResult *self)
{
    g_clear_pointer (&self->plan, ib_plan_free);
    g_clear_pointer (&self->keep_flags, g_strfreev);
    g_clear_pointer (&self->marks, g_ptr_array_unref);
    g_clear_pointer (&self->notified, g_hash_table_unref);
}

void
ib_testsuite_result_gather (IbTestsuite *self, IbVm *vm)
{
    self->result.keeps &= ib_vm_give (vm, self->result.plan, self->result.marks);
}

void
ib_testsuite_result_reset (IbTestsuite *self, IbVm *vm)
{
    IbTestsuiteResult *result = &self->result;
    ib_testsuite_result_gather (self, vm);
    g_ptr_array_set_size (result->plan->actions, 0);
    g_ptr_array_set_size (result->plan->edits, 0);
    g_ptr_array_set_size (result->marks, 0);
    g_hash_table_remove_all (result->notified);
    g_clear_pointer (&result->keep_flags, g_strfreev);
    result->n_done = 0;
    result->keeps = true;
    result->is_keep_done = false;
    ib_vm_set_header (vm, ib_header_new (self->message));
}

/* --- carrying it out --- */

/* One copy a folder, whoever asked for it. */
static bool
is_stored_already (const IbTestsuiteResult *self, const char *folder, guint before)
{
    for (guint i = 0; i < before; i++) {
        const IbAction *action = self->plan->actions->pdata[i];
        if (ib_action_stores (action) && strcmp (action->mailbox, folder) == 0)
            return true;
    }
    return false;
}

static void
store (IbTestsuite *self, const char *folder, const IbHeader *header, const char *const *flags)
{
    const IbMessage *message = header != NULL ? ib_header_message (header) : self->message;
    g_autoptr (GBytes) bytes = ib_testsuite_mail_edited (message, header);
    ib_testsuite_store_add (self->store, folder, bytes, flags);
}

static void
carry_out (IbTestsuite *self, guint index)
{
    const IbAction *action = self->result.plan->actions->pdata[index];
    switch (action->kind) {
    case IB_ACTION_KEEP:
    case IB_ACTION_FILEINTO:
        if (!is_stored_already (&self->result, action->mailbox, index))
            store (self, action->mailbox, action->header, (const char *const *) action->flags);
        break;
    case IB_ACTION_DISCARD:
        break;
    case IB_ACTION_REDIRECT:
    case IB_ACTION_REJECT:
    case IB_ACTION_EREJECT:
    case IB_ACTION_VACATION:
    case IB_ACTION_NOTIFY:
        ib_testsuite_mail_send (self, action);
        break;
    }
}

static void
keep_implicitly (IbTestsuite *self, IbVm *vm)
{
    IbTestsuiteResult *result = &self->result;
    const char *folder = self->facts->account_folder;
    if (!result->keeps || result->is_keep_done)
        return;
    result->is_keep_done = true;
    const char *const *flags
        = result->keep_flags != NULL ? (const char *const *) result->keep_flags : ib_vm_flags (vm);
    if (!is_stored_already (result, folder, result->plan->actions->len))
        store (self, folder, ib_vm_header (vm), flags);
}

/* What `duplicate` saw counts from when the message was dealt with (RFC 7352, 3). */
static void
remember_marks (IbTestsuite *self)
{
    for (guint i = 0; i < self->result.marks->len; i++) {
        const IbMark *mark = self->result.marks->pdata[i];
        ib_marks_add (self->facts->marks, mark->mark, mark->expires_at_s, "");
    }
    g_ptr_array_set_size (self->result.marks, 0);
}

void
ib_testsuite_take_folders (IbTestsuite *self)
{
    g_strfreev (self->facts->folders);
    self->facts->folders = ib_testsuite_store_folders (self->store);
}

void
ib_testsuite_result_execute (IbTestsuite *self, IbVm *vm)
{
    IbTestsuiteResult *result = &self->result;
    ib_testsuite_result_gather (self, vm);
    for (; result->n_done < result->plan->actions->len; result->n_done++)
        carry_out (self, result->n_done);
    keep_implicitly (self, vm);
    remember_marks (self);
    ib_testsuite_take_folders (self);
}

/* --- test_result_execute --- */

static bool
test_result_execute (IbVm *vm, const IbCall *call)
{
    ib_testsuite_result_execute (ib_testsuite_of (vm), vm);
    return true;
}

static const IbCommand test_result_execute_row
    = { .name = "test_result_execute", .kind = IB_KIND_TEST, .test = test_result_execute };

/* --- test_result_reset: nothing was decided, the header is as it came, nothing was sent, nobody answered --- */

static void
run_test_result_reset (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    ib_testsuite_result_reset (suite, vm);
    ib_testsuite_store_empty_outbox (suite->store);
    g_hash_table_remove_all (suite->answered);
}

static const IbCommand test_result_reset_row = { .name = "test_result_reset", .run = run_test_result_reset };

/* --- test_result_action [MATCH-TYPE] [COMPARATOR] [:index <number>] <keys: string-list>
 *
 * Explicit actions have names and numbers, and are counted. What else is in a result, edits of the header and the
 * implicit keep, stands behind them by its name and is not counted. --- */

static const char *
name_of (const IbAction *action)
{
    switch (action->kind) {
    case IB_ACTION_FILEINTO:
        return "store";
    case IB_ACTION_EREJECT:
        return "reject";
    case IB_ACTION_KEEP:
    case IB_ACTION_DISCARD:
    case IB_ACTION_REDIRECT:
    case IB_ACTION_REJECT:
    case IB_ACTION_VACATION:
    case IB_ACTION_NOTIFY:
        return ib_action_name (action->kind);
    }
    g_assert_not_reached ();
}

/* Names of all that is in it, the actions first. */
static GPtrArray *
list_names (const IbTestsuiteResult *self)
{
    GPtrArray *names = g_ptr_array_new ();
    for (guint i = 0; i < self->plan->actions->len; i++)
        g_ptr_array_add (names, (gpointer) name_of (self->plan->actions->pdata[i]));
    for (guint i = 0; i < self->plan->edits->len; i++) {
        const IbEdit *edit = self->plan->edits->pdata[i];
        g_ptr_array_add (names, (gpointer) (edit->adds ? "addheader" : "deleteheader"));
    }
    if (self->keeps)
        g_ptr_array_add (names, (gpointer) "keep");
    return names;
}

static bool
test_result_action (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    ib_testsuite_result_gather (suite, vm);
    g_autoptr (GPtrArray) names = list_names (&suite->result);
    guint count = call->comparison.type->counts ? suite->result.plan->actions->len : names->len;
    return ib_testsuite_match (vm, call, (const char *const *) names->pdata, count);
}

static const IbCommand test_result_action_row = {
    .name = "test_result_action",
    .kind = IB_KIND_TEST,
    .takes = IB_TAKES_MATCH,
    .tags = ib_testsuite_index_tags,
    .positional = ib_testsuite_keys,
    .test = test_result_action,
};

/* --- test_result_print --- */

static void
print_action (GPtrArray *notes, const IbAction *action)
{
    g_autofree char *flags = g_strjoinv (" ", action->flags);
    g_ptr_array_add (notes,
                     g_strdup_printf ("%s%s%s%s%s", name_of (action), *action->mailbox != '\0' ? " " : "",
                                      action->mailbox, *flags != '\0' ? " " : "", flags));
}

static void
run_test_result_print (IbVm *vm, const IbCall *call)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    ib_testsuite_result_gather (suite, vm);
    if (suite->running == NULL)
        return;
    GPtrArray *notes = suite->running->notes;
    for (guint i = 0; i < suite->result.plan->actions->len; i++)
        print_action (notes, suite->result.plan->actions->pdata[i]);
    for (guint i = 0; i < suite->result.plan->edits->len; i++) {
        const IbEdit *edit = suite->result.plan->edits->pdata[i];
        g_ptr_array_add (notes, g_strdup_printf ("%s %s%s%s", edit->adds ? "addheader" : "deleteheader",
                                                 edit->field, edit->adds ? " " : "", edit->value));
    }
    if (suite->result.keeps)
        g_ptr_array_add (notes, g_strdup ("keep"));
}

static const IbCommand test_result_print_row = { .name = "test_result_print", .run = run_test_result_print };

const IbCommand *const ib_testsuite_result_rows[] = {
    &test_result_execute_row, &test_result_reset_row, &test_result_action_row, &test_result_print_row, NULL,
};
