/* plan.c - what is to be done with a message */
#include "plan.h"

#include <string.h>

void
ib_action_free (gpointer pointer)
{
    IbAction *self = pointer;
    g_free (self->mailbox);
    g_strfreev (self->flags);
    g_ptr_array_unref (self->details);
    ib_header_unref (self->header);
    g_clear_pointer (&self->segments, g_array_unref);
    g_free (self);
}

static void
edit_free (gpointer pointer)
{
    IbEdit *self = pointer;
    g_free (self->field);
    g_free (self->value);
    g_free (self);
}

static void
segment_clear (gpointer pointer)
{
    IbSegment *self = pointer;
    g_clear_pointer (&self->literal, g_bytes_unref);
}

GArray *
ib_segments_new (void)
{
    GArray *self = g_array_new (FALSE, TRUE, sizeof (IbSegment));
    g_array_set_clear_func (self, segment_clear);
    return self;
}

IbPlan *
ib_plan_new (void)
{
    IbPlan *self = g_new0 (IbPlan, 1);
    self->actions = g_ptr_array_new_with_free_func (ib_action_free);
    self->segments = ib_segments_new ();
    self->edits = g_ptr_array_new_with_free_func (edit_free);
    return self;
}

IbAction *
ib_plan_add (IbPlan *self, IbActionKind kind, const char *mailbox, const char *const *flags)
{
    IbAction *action = g_new0 (IbAction, 1);
    action->kind = kind;
    action->mailbox = g_strdup (mailbox != NULL ? mailbox : "");
    action->flags = flags != NULL ? g_strdupv ((char **) flags) : g_new0 (char *, 1);
    action->details = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (self->actions, action);
    return action;
}

static IbAction *
find_store (IbPlan *self, const char *mailbox)
{
    for (guint i = 0; i < self->actions->len; i++) {
        IbAction *action = self->actions->pdata[i];
        if (ib_action_stores (action) && strcmp (action->mailbox, mailbox) == 0)
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
ib_plan_add_store (IbPlan *self, IbAction *action)
{
    IbAction *there = find_store (self, action->mailbox);
    if (there == NULL) {
        g_ptr_array_add (self->actions, action);
        return;
    }
    unite_flags (there, (const char *const *) action->flags);
    ib_action_free (action);
}

/* Which kinds each kind may not stand beside, as bits. */
#define BIT(kind) (1u << IB_ACTION_##kind)
#define DELIVERS (BIT (KEEP) | BIT (FILEINTO) | BIT (REDIRECT))
#define REFUSES (BIT (REJECT) | BIT (EREJECT))
static const guint conflicts[] = {
    [IB_ACTION_KEEP] = REFUSES,
    [IB_ACTION_FILEINTO] = REFUSES,
    [IB_ACTION_DISCARD] = 0,
    [IB_ACTION_REDIRECT] = REFUSES,
    [IB_ACTION_REJECT] = REFUSES | DELIVERS | BIT (VACATION),
    [IB_ACTION_EREJECT] = REFUSES | DELIVERS | BIT (VACATION),
    [IB_ACTION_VACATION] = REFUSES | BIT (VACATION),
    [IB_ACTION_NOTIFY] = 0,
};

const IbAction *
ib_plan_conflict (const IbPlan *self, IbActionKind kind)
{
    for (guint i = 0; i < self->actions->len; i++) {
        const IbAction *action = self->actions->pdata[i];
        if ((conflicts[kind] & (1u << action->kind)) != 0)
            return action;
    }
    return NULL;
}

void
ib_plan_take (IbPlan *self, IbPlan *more)
{
    g_ptr_array_extend_and_steal (self->actions, g_steal_pointer (&more->actions));
    g_ptr_array_extend_and_steal (self->edits, g_steal_pointer (&more->edits));
    more->actions = g_ptr_array_new_with_free_func (ib_action_free);
    more->edits = g_ptr_array_new_with_free_func (edit_free);
}

void
ib_plan_note_edit (IbPlan *self, bool adds, const char *field, const char *value)
{
    IbEdit *edit = g_new (IbEdit, 1);
    *edit = (IbEdit){ adds, g_strdup (field), g_strdup (value) };
    g_ptr_array_add (self->edits, edit);
}

void
ib_action_add_detail (IbAction *self, const char *name, const char *value)
{
    g_ptr_array_add (self->details, g_strdup (name));
    g_ptr_array_add (self->details, g_strdup (value));
}

const char *
ib_action_detail (const IbAction *self, const char *name)
{
    for (guint i = 0; i + 1 < self->details->len; i += 2)
        if (strcmp (self->details->pdata[i], name) == 0)
            return self->details->pdata[i + 1];
    return NULL;
}

bool
ib_action_stores (const IbAction *self)
{
    return self->kind == IB_ACTION_KEEP || self->kind == IB_ACTION_FILEINTO;
}

void
ib_segments_append_literal (GArray *self, const char *text)
{
    IbSegment segment = { .literal = g_bytes_new (text, strlen (text)), .length = strlen (text) };
    g_array_append_val (self, segment);
}

void
ib_segments_append_range (GArray *self, guint64 offset, guint64 length)
{
    if (length == 0)
        return;
    if (self->len > 0) {
        IbSegment *last = &g_array_index (self, IbSegment, self->len - 1);
        if (last->literal == NULL && last->offset + last->length == offset) {
            last->length += length;
            return;
        }
    }
    IbSegment segment = { .offset = offset, .length = length };
    g_array_append_val (self, segment);
}

void
ib_plan_append_literal (IbPlan *self, const char *text)
{
    ib_segments_append_literal (self->segments, text);
}

void
ib_plan_append_range (IbPlan *self, guint64 offset, guint64 length)
{
    ib_segments_append_range (self->segments, offset, length);
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
    case IB_ACTION_REJECT:
        return "reject";
    case IB_ACTION_EREJECT:
        return "ereject";
    case IB_ACTION_VACATION:
        return "vacation";
    case IB_ACTION_NOTIFY:
        return "notify";
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
    g_ptr_array_unref (self->edits);
    g_free (self);
}
