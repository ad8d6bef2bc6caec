/* plan.h - what is to be done with a message: actions and edits
 *
 * The judge only says it; the service does it. Edits never copy the message: the delivered file is a list of segments,
 * literal bytes and ranges of the original. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    IB_ACTION_KEEP,       /* into the account's folder; implicit keep is this too */
    IB_ACTION_FILEINTO,   /* into .mailbox */
    IB_ACTION_DISCARD,    /* nowhere visible; held for undo */
    IB_ACTION_REDIRECT,   /* in dry runs only: Inbasket sends no mail */
} IbActionKind;

typedef struct {
    IbActionKind kind;
    char *mailbox;      /* FILEINTO and KEEP: folder name, "." between levels ("Lists.foo"); REDIRECT: the address */
    char **flags;       /* "\\Seen", keywords; never NULL */
    bool is_implicit;   /* the implicit keep */
} IbAction;

typedef struct {
    GBytes *literal;       /* NULL: a range of the original */
    guint64 offset, length;
} IbSegment;

typedef struct {
    GPtrArray *actions;    /* IbAction, in the order that the script gave; never empty after judging */
    GArray *segments;      /* IbSegment; empty: the original as it is */
} IbPlan;

IbPlan *ib_plan_new (void);
IbAction *ib_plan_add (IbPlan *self, IbActionKind kind, const char *mailbox, const char *const *flags);
/* The same for KEEP and FILEINTO, but a folder that a keep or fileinto of the plan stores in already gets no second copy:
 * its flags become the union of both. Returns: (transfer none): the action that now stands for it. */
IbAction *ib_plan_store (IbPlan *self, IbActionKind kind, const char *mailbox, const char *const *flags);
/* Appends @text as bytes. */
void ib_plan_append_literal (IbPlan *self, const char *text);
/* Appends a range; one that follows the last range directly is joined with it. An empty one is left out. */
void ib_plan_append_range (IbPlan *self, guint64 offset, guint64 length);
/* "keep", "fileinto", "discard", "redirect". */
const char *ib_action_name (IbActionKind kind);
void ib_plan_free (IbPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPlan, ib_plan_free)
