/* plan.c - what is to be done with a message */
#include "plan.h"

#include <string.h>

static void
action_free (gpointer pointer)
{
    IbAction *self = pointer;
    g_free (self->mailbox);
    g_strfreev (self->flags);
    g_free (self);
}

static void
segment_clear (gpointer pointer)
{
    IbSegment *self = pointer;
    g_clear_pointer (&self->literal, g_bytes_unref);
}

IbPlan *
ib_plan_new (void)
{
    IbPlan *self = g_new0 (IbPlan, 1);
    self->actions = g_ptr_array_new_with_free_func (action_free);
    self->segments = g_array_new (FALSE, TRUE, sizeof (IbSegment));
    g_array_set_clear_func (self->segments, segment_clear);
    return self;
}

IbAction *
ib_plan_add (IbPlan *self, IbActionKind kind, const char *mailbox, const char *const *flags)
{
    IbAction *action = g_new0 (IbAction, 1);
    action->kind = kind;
    action->mailbox = g_strdup (mailbox != NULL ? mailbox : "");
    action->flags = flags != NULL ? g_strdupv ((char **) flags) : g_new0 (char *, 1);
    g_ptr_array_add (self->actions, action);
    return action;
}

static IbAction *
find_store (IbPlan *self, const char *mailbox)
{
    for (guint i = 0; i < self->actions->len; i++) {
        IbAction *action = self->actions->pdata[i];
        bool stores = action->kind == IB_ACTION_KEEP || action->kind == IB_ACTION_FILEINTO;
        if (stores && strcmp (action->mailbox, mailbox) == 0)
            return action;
    }
    return NULL;
}

/* Flags and keywords are the same in any letter case (RFC 3501, 2.3.2). */
static bool
has_flag (char **flags, const char *flag)
{
    for (; *flags != NULL; flags++)
        if (g_ascii_strcasecmp (*flags, flag) == 0)
            return true;
    return false;
}

static void
unite_flags (IbAction *action, const char *const *flags)
{
    g_autoptr (GStrvBuilder) united = g_strv_builder_new ();
    g_strv_builder_addv (united, (const char **) action->flags);
    for (; flags != NULL && *flags != NULL; flags++)
        if (!has_flag (action->flags, *flags))
            g_strv_builder_add (united, *flags);
    g_strfreev (action->flags);
    action->flags = g_strv_builder_end (united);
}

IbAction *
ib_plan_store (IbPlan *self, IbActionKind kind, const char *mailbox, const char *const *flags)
{
    IbAction *action = find_store (self, mailbox);
    if (action == NULL)
        return ib_plan_add (self, kind, mailbox, flags);
    unite_flags (action, flags);
    return action;
}

void
ib_plan_append_literal (IbPlan *self, const char *text)
{
    IbSegment segment = { .literal = g_bytes_new (text, strlen (text)), .length = strlen (text) };
    g_array_append_val (self->segments, segment);
}

void
ib_plan_append_range (IbPlan *self, guint64 offset, guint64 length)
{
    if (length == 0)
        return;
    if (self->segments->len > 0) {
        IbSegment *last = &g_array_index (self->segments, IbSegment, self->segments->len - 1);
        if (last->literal == NULL && last->offset + last->length == offset) {
            last->length += length;
            return;
        }
    }
    IbSegment segment = { .offset = offset, .length = length };
    g_array_append_val (self->segments, segment);
}

const char *
ib_action_name (IbActionKind kind)
{
    switch (kind) {
    case IB_ACTION_KEEP:
        return "keep";
    case IB_ACTION_FILEINTO:
        return "fileinto";
    case IB_ACTION_DISCARD:
        return "discard";
    case IB_ACTION_REDIRECT:
        return "redirect";
    }
    g_assert_not_reached ();
}

void
ib_plan_free (IbPlan *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->actions);
    g_array_unref (self->segments);
    g_free (self);
}
