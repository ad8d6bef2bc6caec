/* plan.h - what is to be done with a message: actions and edits
 *
 * The judge only says it; the service does it. Edits never copy the message: the delivered file is a list of segments,
 * literal bytes and ranges of the original. */
#pragma once

#include "header.h"

typedef enum {
    IB_ACTION_KEEP,     /* into the account's folder; implicit keep is this too */
    IB_ACTION_FILEINTO, /* into .mailbox */
    IB_ACTION_DISCARD,  /* nowhere visible; held for undo */
    /* In dry runs only, since Inbasket sends no mail; but NOTIFY by desktop: is carried out. */
    IB_ACTION_REDIRECT, /* .mailbox is the address */
    IB_ACTION_REJECT,   /* details: reason */
    IB_ACTION_EREJECT,  /* details: reason */
    IB_ACTION_VACATION, /* details: reason, and those of its tags that were given */
    IB_ACTION_NOTIFY,   /* .mailbox is the method ("desktop:"); details: message, importance, from, options */
} IbActionKind;
#define IB_ACTION_LAST IB_ACTION_NOTIFY

typedef struct {
    IbActionKind kind;
    char *mailbox;      /* folder name, "." between levels ("Lists.foo"); REDIRECT, NOTIFY: see there; else "" */
    char **flags;       /* "\\Seen", keywords; never NULL */
    bool is_implicit;   /* the implicit keep */
    GPtrArray *details; /* char *: name, value, name, value … as JSON shows them; may be empty */
    IbHeader *header;   /* the message's header at the time of the action; NULL: as it came. Stays in the worker */
    GArray *segments;   /* IbSegment: of this action's own copy; NULL: those of the plan */
} IbAction;

/* An edit of the header that a script made, to be shown. */
typedef struct {
    bool adds;
    char *field, *value; /* value: "" of one that takes away */
} IbEdit;

typedef struct {
    GBytes *literal;       /* NULL: a range of the original */
    guint64 offset, length;
} IbSegment;

typedef struct {
    GPtrArray *actions;    /* IbAction, in the order that the script gave; never empty after judging */
    GArray *segments;      /* IbSegment; empty: the original as it is */
    GPtrArray *edits;      /* IbEdit, in their order */
} IbPlan;

IbPlan *ib_plan_new (void);
IbAction *ib_plan_add (IbPlan *self, IbActionKind kind, const char *mailbox, const char *const *flags);
/* The same for KEEP and FILEINTO, but a folder that a keep or fileinto of the plan stores in already gets no second copy:
 * its flags become the union of both. Returns: (transfer none): the action that now stands for it. */
IbAction *ib_plan_store (IbPlan *self, IbActionKind kind, const char *mailbox, const char *const *flags);
/* The same with a whole action (transfer full): it is freed where one stands for it already. */
void ib_plan_add_store (IbPlan *self, IbAction *action);
/* Whether @self holds anything beside which an action of @kind may not stand: a refused message is not delivered
 * (RFC 5429, 2.4), and one message gets one answer (RFC 5230, 4.7). The rule for all kinds. The other; or NULL. */
const IbAction *ib_plan_conflict (const IbPlan *self, IbActionKind kind);
/* Moves what @more holds behind what is in @self already. */
void ib_plan_take (IbPlan *self, IbPlan *more);
void ib_plan_note_edit (IbPlan *self, bool adds, const char *field, const char *value);

void ib_action_add_detail (IbAction *self, const char *name, const char *value);
/* NULL if there is none of that name. */
const char *ib_action_detail (const IbAction *self, const char *name);
void ib_action_free (gpointer self);
/* A copy in the Maildir comes of it. */
bool ib_action_stores (const IbAction *self);

/* Lists of IbSegment. */
GArray *ib_segments_new (void);
void ib_segments_append_literal (GArray *self, const char *text);
void ib_segments_append_range (GArray *self, guint64 offset, guint64 length);

/* Appends @text as bytes. */
void ib_plan_append_literal (IbPlan *self, const char *text);
/* Appends a range; one that follows the last range directly is joined with it. An empty one is left out. */
void ib_plan_append_range (IbPlan *self, guint64 offset, guint64 length);
/* "keep", "fileinto", "discard", "redirect", "reject", "ereject", "vacation", "notify". */
const char *ib_action_name (IbActionKind kind);
void ib_plan_free (IbPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPlan, ib_plan_free)
