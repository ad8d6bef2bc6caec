/* vm-action.c - what a run gathers: actions, flags, edits, marks */
#include "flags.h"
#include "mail-limits.h"
#include "vm-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

const char *const *
ib_vm_flags (const IbVm *self)
{
    return self->flags;
}

void
ib_vm_set_flags (IbVm *self, const char *const *flags)
{
    self->flags = flags;
}

static const char *const *
flags_of (IbVm *self, const IbCall *call)
{
    const IbCallTag *tag = ib_program_tag (call, IB_SLOT_FLAGS);
    return tag != NULL ? ib_flags_read (self, &tag->parameter) : self->flags;
}

static bool
has_action (const IbPlan *plan, IbActionKind kind, const char *mailbox)
{
    for (guint i = 0; i < plan->actions->len; i++) {
        const IbAction *action = plan->actions->pdata[i];
        if (action->kind == kind && strcmp (action->mailbox, mailbox) == 0)
            return true;
    }
    return false;
}

/* NULL: it was there already. */
static IbAction *
add_action (IbVm *self, const IbCall *call, IbActionKind kind, const char *mailbox)
{
    guint before = self->plan->actions->len;
    IbAction *action = NULL;
    switch (kind) {
    case IB_ACTION_KEEP:
    case IB_ACTION_FILEINTO:
        action = ib_plan_store (self->plan, kind, mailbox, flags_of (self, call));
        break;
    case IB_ACTION_REDIRECT:
    case IB_ACTION_DISCARD:
        if (has_action (self->plan, kind, mailbox))
            return NULL;
        action = ib_plan_add (self->plan, kind, mailbox, NULL);
        break;
    case IB_ACTION_REJECT:
    case IB_ACTION_EREJECT:
    case IB_ACTION_VACATION:
    case IB_ACTION_NOTIFY:
        action = ib_plan_add (self->plan, kind, mailbox, NULL);
        break;
    }
    return self->plan->actions->len > before ? action : NULL;
}

static bool
fail_on_conflict (IbVm *self, IbActionKind kind)
{
    const IbAction *other = ib_plan_conflict (self->plan, kind);
    if (other == NULL)
        other = ib_plan_conflict (self->earlier, kind);
    if (other == NULL)
        return false;
    if (other->kind == kind)
        ib_vm_fail (self, _ ("\"%s\" may be done only once to a message"), ib_action_name (kind));
    else
        ib_vm_fail (self, _ ("\"%s\" may not be done to a message to which \"%s\" is done"),
                    ib_action_name (kind), ib_action_name (other->kind));
    return true;
}

static bool
fail_on_limit (IbVm *self)
{
    const IbSieveSettings *settings = ib_vm_settings (self);
    if (settings->most_actions > 0 && self->plan->actions->len > settings->most_actions)
        ib_vm_fail (self,
                    g_dngettext (GETTEXT_PACKAGE, "more than %u action for one message",
                                 "more than %u actions for one message", settings->most_actions),
                    settings->most_actions);
    else if (self->n_redirects > settings->most_redirects)
        ib_vm_fail (self,
                    g_dngettext (GETTEXT_PACKAGE, "more than %u redirect for one message",
                                 "more than %u redirects for one message", settings->most_redirects),
                    settings->most_redirects);
    return ib_vm_has_failed (self);
}

IbAction *
ib_vm_act (IbVm *self, const IbCall *call, IbActionKind kind, const char *mailbox)
{
    if (fail_on_conflict (self, kind))
        return NULL;
    IbAction *action = add_action (self, call, kind, mailbox);
    if (action == NULL)
        return NULL;
    self->n_redirects += kind == IB_ACTION_REDIRECT;
    if (ib_header_is_edited (self->header))
        action->header = ib_header_ref (self->header);
    return fail_on_limit (self) ? NULL : action;
}

void
ib_vm_cancel_keep (IbVm *self, const IbCall *call)
{
    if (ib_program_tag (call, IB_SLOT_COPY) != NULL)
        return;
    self->keeps_implicitly = false;
    if (self->decided_at > 0)
        return;
    self->decided_at = call->line;
    self->decided_in = ib_vm_script (self);
}

void
ib_vm_note_edit (IbVm *self, bool adds, const char *field, const char *value)
{
    if (self->plan->edits->len >= IB_LIMIT_EDITS)
        ib_vm_fail (self, _ ("more than %d edits of the header of one message"), IB_LIMIT_EDITS);
    else
        ib_plan_note_edit (self->plan, adds, field, value);
}

void
ib_vm_remember (IbVm *self, const char *mark, gint64 expires_at_s)
{
    if (self->marks->len >= IB_LIMIT_NEW_MARKS)
        ib_vm_fail (self, _ ("more than %d times \"duplicate\" for one message"), IB_LIMIT_NEW_MARKS);
    else
        g_ptr_array_add (self->marks, ib_mark_new (mark, expires_at_s, ib_vm_facts (self)->id));
}

bool
ib_vm_give (IbVm *self, IbPlan *plan, GPtrArray *marks)
{
    bool kept = self->keeps_implicitly;
    ib_plan_take (plan, self->plan);
    g_ptr_array_extend_and_steal (marks, g_steal_pointer (&self->marks));
    self->marks = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_mark_free);
    self->n_redirects = 0;
    self->keeps_implicitly = true;
    self->decided_at = 0;
    self->decided_in = NULL;
    return kept;
}
