/* plan-words.c - what is to be done with a message, in words and in JSON */
#include "plan-words.h"
#include "print.h"

#include <string.h>

static const char *
mailbox_key (IbActionKind kind)
{
    switch (kind) {
    case IB_ACTION_REDIRECT:
        return "address";
    case IB_ACTION_NOTIFY:
        return "method";
    case IB_ACTION_KEEP:
    case IB_ACTION_FILEINTO:
    case IB_ACTION_DISCARD:
    case IB_ACTION_REJECT:
    case IB_ACTION_EREJECT:
    case IB_ACTION_VACATION:
        break;
    }
    return "mailbox";
}

/* How a script edited the header; no member where none did. */
static void
edits_json (JsonBuilder *builder, const IbPlan *plan)
{
    if (plan->edits->len == 0)
        return;
    json_builder_set_member_name (builder, "edits");
    json_builder_begin_array (builder);
    for (guint i = 0; i < plan->edits->len; i++) {
        const IbEdit *edit = plan->edits->pdata[i];
        json_builder_begin_object (builder);
        ib_json_text (builder, "edit", edit->adds ? "addheader" : "deleteheader");
        ib_json_text (builder, "field", edit->field);
        ib_json_text (builder, "value", edit->value);
        json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
}

static void
action_json (JsonBuilder *builder, const IbAction *action)
{
    bool has_flags = *action->flags != NULL;
    json_builder_begin_object (builder);
    ib_json_text (builder, "action", ib_action_name (action->kind));
    if (*action->mailbox != '\0')
        ib_json_text (builder, mailbox_key (action->kind), action->mailbox);
    for (guint i = 0; i + 1 < action->details->len; i += 2)
        ib_json_text (builder, action->details->pdata[i], action->details->pdata[i + 1]);
    if (has_flags) {
        json_builder_set_member_name (builder, "flags");
        json_builder_begin_array (builder);
        for (gsize i = 0; action->flags[i] != NULL; i++)
            json_builder_add_string_value (builder, action->flags[i]);
        json_builder_end_array (builder);
    }
    json_builder_end_object (builder);
}

void
ib_plan_json (JsonBuilder *builder, const IbPlan *plan)
{
    json_builder_set_member_name (builder, "actions");
    json_builder_begin_array (builder);
    for (guint i = 0; i < plan->actions->len; i++)
        action_json (builder, plan->actions->pdata[i]);
    json_builder_end_array (builder);
    edits_json (builder, plan);
}

/* "fileinto Lists \Seen" */
static char *
action_words (const IbAction *action)
{
    g_autofree char *flags = g_strjoinv (" ", action->flags);
    const char *where = action->mailbox != NULL ? action->mailbox : "";
    g_autofree char *words = g_strjoin (" ", ib_action_name (action->kind), where, flags, NULL);
    g_autofree char *safe = ib_print_safe (g_strstrip (words), 0);
    return g_steal_pointer (&safe);
}

char *
ib_plan_words (const IbPlan *plan)
{
    GString *all = g_string_new (NULL);
    for (guint i = 0; i < plan->actions->len; i++) {
        g_autofree char *words = action_words (plan->actions->pdata[i]);
        g_string_append_printf (all, "%s%s", i > 0 ? ", " : "", words);
    }
    return g_string_free (all, FALSE);
}
