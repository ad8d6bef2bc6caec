/* always.c - a proposed rule is written down, and taken out again */
#include "always.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What a call must answer. */
typedef enum {
    IS_DONE,   /* nothing */
    IS_TEXT,   /* .expected: of the filter */
    IS_ABSENT, /* an error: there is no such filter */
    IS_LIST,   /* the settings, with the active filters, which .scripts is made of */
} Answer;

typedef struct {
    const char *method;
    GVariant *arguments; /* NULL: .scripts */
    Answer answer;
} Step;

/* One call after the other, until one fails. */
typedef struct {
    const char *name, *expected; /* the filter, and its text as it should be */
    bool adds;                   /* it to the active ones; or takes it from them */
    char **scripts;              /* the active filters as they shall be */
    GQueue steps;                /* Step */
} Chain;

static void
step_free (gpointer pointer)
{
    Step *step = pointer;
    g_clear_pointer (&step->arguments, g_variant_unref);
    g_free (step);
}

static void
chain_free (gpointer pointer)
{
    Chain *chain = pointer;
    g_queue_clear_full (&chain->steps, step_free);
    g_strfreev (chain->scripts);
    g_free (chain);
}

/* @arguments: floating */
static void
add (Chain *chain, const char *method, GVariant *arguments, Answer answer)
{
    Step *step = g_new (Step, 1);
    *step = (Step){ method, arguments != NULL ? g_variant_ref_sink (arguments) : NULL, answer };
    g_queue_push_tail (&chain->steps, step);
}

/* Of the filters that are active now, whatever was changed since the rule was proposed. */
static bool
take_list (Chain *chain, GVariant *answer)
{
    g_autoptr (GVariant) settings = g_variant_get_child_value (answer, 0);
    g_autoptr (GStrvBuilder) scripts = g_strv_builder_new ();
    const char *list;
    if (!g_variant_lookup (settings, "filter.scripts", "&s", &list))
        return false;
    g_auto (GStrv) active = g_strsplit (list, ";", -1); /* a name has no ";" in it */
    bool is_active = g_strv_contains ((const char *const *) active, chain->name);
    if (chain->adds && !is_active)
        g_strv_builder_add (scripts, chain->name);
    for (char **name = active; *name != NULL; name++)
        if (**name != '\0' && (chain->adds || strcmp (*name, chain->name) != 0))
            g_strv_builder_add (scripts, *name);
    chain->scripts = g_strv_builder_end (scripts);
    return true;
}

/* @answer: NULL: an error */
static bool
is_as_it_should_be (Chain *chain, Answer expected, GVariant *answer)
{
    const char *text;
    switch (expected) {
    case IS_DONE:
        return answer != NULL;
    case IS_TEXT:
        if (answer == NULL)
            return false;
        g_variant_get (answer, "(&s)", &text);
        return strcmp (text, chain->expected) == 0;
    case IS_ABSENT:
        return answer == NULL;
    case IS_LIST:
        return answer != NULL && take_list (chain, answer);
    }
    g_assert_not_reached ();
}

static void go_on (GTask *task);

static void
on_step (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = user_data;
    Chain *chain = g_task_get_task_data (task);
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    Step *step = g_queue_pop_head (&chain->steps);
    bool goes_on = is_as_it_should_be (chain, step->answer, answer);
    step_free (step);
    if (goes_on) {
        go_on (task);
        return;
    }
    if (answer == NULL)
        g_task_return_error (task, g_steal_pointer (&error));
    else
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "%s",
                                 chain->adds
                                     ? _ ("The filter always.sieve was changed since: try again")
                                     : _ ("The filter always.sieve was changed since: the rule can be "
                                          "taken out of it by hand"));
    g_object_unref (task);
}

/* Takes @task. */
static void
go_on (GTask *task)
{
    static const char *const replies[]
        = { [IS_DONE] = "()", [IS_TEXT] = "(s)", [IS_ABSENT] = "(s)", [IS_LIST] = "(a{ss})" };
    Chain *chain = g_task_get_task_data (task);
    const Step *step = g_queue_peek_head (&chain->steps);
    if (step == NULL) {
        g_task_return_boolean (task, TRUE);
        g_object_unref (task);
        return;
    }
    GVariant *arguments = step->arguments != NULL ? step->arguments : g_variant_new ("(^as)", chain->scripts);
    ib_link_ask (g_task_get_source_object (task), step->method, arguments, replies[step->answer], on_step,
                 task);
}

static void
run (IbLink *link, Chain *chain, GAsyncReadyCallback done, gpointer user_data)
{
    GTask *task = g_task_new (link, NULL, done, user_data);
    g_task_set_task_data (task, chain, chain_free);
    go_on (task);
}

static Chain *
chain_new (const IbHeardRule *rule, bool adds)
{
    Chain *chain = g_new0 (Chain, 1);
    chain->name = rule->name;
    chain->expected = adds ? rule->before : rule->text;
    chain->adds = adds;
    add (chain, "ReadFilter", g_variant_new ("(s)", rule->name), adds && rule->is_new ? IS_ABSENT : IS_TEXT);
    return chain;
}

/* Unless it ran before. */
static void
add_activation (Chain *chain, const IbHeardRule *rule)
{
    if (g_strv_contains ((const char *const *) rule->active, rule->name))
        return;
    add (chain, "Settings", g_variant_new ("()"), IS_LIST);
    add (chain, "ActivateFilters", NULL, IS_DONE);
}

void
ib_always_save (IbLink *link, const IbHeardRule *rule, GAsyncReadyCallback done, gpointer user_data)
{
    Chain *chain = chain_new (rule, true);
    g_autofree char *seen = ib_heard_filters_seen (rule->is_new ? NULL : rule->before);
    add (chain, "ReplaceFilter", g_variant_new ("(sss)", rule->name, rule->text, seen), IS_DONE);
    add_activation (chain, rule);
    run (link, chain, done, user_data);
}

void
ib_always_undo (IbLink *link, const IbHeardRule *rule, GAsyncReadyCallback done, gpointer user_data)
{
    Chain *chain = chain_new (rule, false);
    g_autofree char *seen = ib_heard_filters_seen (rule->text);
    add_activation (chain, rule); /* what is active cannot be removed */
    if (rule->is_new)
        add (chain, "WithdrawFilter", g_variant_new ("(ss)", rule->name, seen), IS_DONE);
    else
        add (chain, "ReplaceFilter", g_variant_new ("(sss)", rule->name, rule->before, seen), IS_DONE);
    run (link, chain, done, user_data);
}

bool
ib_always_finish (IbLink *link, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (g_task_is_valid (result, link), false);
    return g_task_propagate_boolean (G_TASK (result), error);
}
