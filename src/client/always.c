/* always.c - a proposed rule is written down, and taken out again */
#include "always.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* One call after the other, until one fails. */
typedef struct {
    const char *method;
    GVariant *arguments;
} Step;

typedef struct {
    GQueue steps;         /* Step */
    const char *expected; /* that the first one must answer; NULL: whatever it answers */
} Chain;

static void
step_free (gpointer pointer)
{
    Step *step = pointer;
    g_variant_unref (step->arguments);
    g_free (step);
}

static void
chain_free (gpointer pointer)
{
    Chain *chain = pointer;
    g_queue_clear_full (&chain->steps, step_free);
    g_free (chain);
}

/* @arguments: floating */
static void
add (Chain *chain, const char *method, GVariant *arguments)
{
    Step *step = g_new (Step, 1);
    *step = (Step){ method, g_variant_ref_sink (arguments) };
    g_queue_push_tail (&chain->steps, step);
}

static void go_on (GTask *task);

static bool
is_expected (Chain *chain, GVariant *answer)
{
    const char *expected = g_steal_pointer (&chain->expected), *text = NULL;
    if (expected == NULL)
        return true;
    g_variant_get (answer, "(&s)", &text);
    return strcmp (text, expected) == 0;
}

static void
on_step (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    GError *error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    if (answer != NULL && is_expected (g_task_get_task_data (task), answer)) {
        go_on (task);
        return;
    }
    if (answer != NULL)
        error = g_error_new_literal (
            G_IO_ERROR, G_IO_ERROR_FAILED,
            _ ("The filter always.sieve was changed since: the rule can be taken out of it by hand"));
    g_task_return_error (task, error);
    g_object_unref (task);
}

/* Takes @task. */
static void
go_on (GTask *task)
{
    Chain *chain = g_task_get_task_data (task);
    Step *step = g_queue_pop_head (&chain->steps);
    if (step == NULL) {
        g_task_return_boolean (task, TRUE);
        g_object_unref (task);
        return;
    }
    ib_link_ask (g_task_get_source_object (task), step->method, step->arguments,
                 chain->expected != NULL ? "(s)" : "()", on_step, task);
    step_free (step);
}

static void
run (IbLink *link, Chain *chain, GAsyncReadyCallback done, gpointer user_data)
{
    GTask *task = g_task_new (link, NULL, done, user_data);
    g_task_set_task_data (task, chain, chain_free);
    go_on (task);
}

static bool
runs_already (const IbHeardRule *rule)
{
    return g_strv_equal ((const char *const *) rule->active, (const char *const *) rule->scripts);
}

void
ib_always_save (IbLink *link, const IbHeardRule *rule, GAsyncReadyCallback done, gpointer user_data)
{
    Chain *chain = g_new0 (Chain, 1);
    add (chain, "WriteFilter", g_variant_new ("(ss)", rule->name, rule->text));
    if (!runs_already (rule))
        add (chain, "ActivateFilters", g_variant_new ("(^as)", rule->scripts));
    run (link, chain, done, user_data);
}

void
ib_always_undo (IbLink *link, const IbHeardRule *rule, GAsyncReadyCallback done, gpointer user_data)
{
    Chain *chain = g_new0 (Chain, 1);
    chain->expected = rule->text;
    add (chain, "ReadFilter", g_variant_new ("(s)", rule->name));
    /* What is active cannot be removed. */
    if (!runs_already (rule))
        add (chain, "ActivateFilters", g_variant_new ("(^as)", rule->active));
    if (rule->is_new)
        add (chain, "RemoveFilter", g_variant_new ("(s)", rule->name));
    else
        add (chain, "WriteFilter", g_variant_new ("(ss)", rule->name, rule->before));
    run (link, chain, done, user_data);
}

bool
ib_always_finish (IbLink *link, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (g_task_is_valid (result, link), false);
    return g_task_propagate_boolean (G_TASK (result), error);
}
