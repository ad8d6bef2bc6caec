/* vm.h - a program's run over one message: pure, and bounded in steps
 *
 * Actions are gathered while it runs and handed over at its end; a run-time error voids them and lets the implicit keep
 * stand (RFC 5228, 2.10.6). */
#pragma once

#include "program.h"

void ib_vm_run (const IbProgram *program, const IbMessage *message, const IbFacts *facts,
                const IbVerdict *verdict, guint64 *steps, IbPlan *plan, IbTrace *trace,
                IbSieveOutcome *out_outcome);

/* --- for the rows --- */

/* Something that a test looks at. */
typedef struct {
    IbSpan text;
    IbSpan folded;                 /* by .folded_by; filled on demand */
    const IbComparator *folded_by; /* NULL: not yet */
} IbValue;

const IbMessage *ib_vm_message (const IbVm *self);
const IbFacts *ib_vm_facts (const IbVm *self);
const IbVerdict *ib_vm_verdict (const IbVm *self);
/* What is allocated here lives until the run is over. */
IbArena *ib_vm_arena (IbVm *self);
/* What @extension keeps during this run; made when first asked for. */
gpointer ib_vm_state (IbVm *self, const IbExtension *extension);

IbSpan ib_vm_text (IbVm *self, const IbText *text);
/* The same NUL-terminated, cut at an octet NUL. */
const char *ib_vm_string (IbVm *self, const IbText *text);
/* The folder that @text names; NULL after ib_vm_fail () if it names none. In the run's arena. */
const char *ib_vm_folder (IbVm *self, const IbText *text);

/* The fields called @name, decoded and trimmed, in the message's order. */
IbValue *ib_vm_fields (IbVm *self, const IbText *name, guint *out_count);
/* Their addresses: IbAddress elements of all of them. */
const GPtrArray *ib_vm_addresses (IbVm *self, const IbText *name);
bool ib_vm_has_field (IbVm *self, const IbText *name);

/* Where a match writes what it took; NULL if nobody wants to know. */
IbCaptures *ib_vm_captures (IbVm *self);
/* The match held: whoever wants what it took gets it. */
void ib_vm_take (IbVm *self);

/* Counts @octets looked at. Returns false if the budget is spent: the run has failed, and every loop should end. */
bool ib_vm_spend (IbVm *self, guint64 octets);
/* Ends the run with an error. */
void ib_vm_fail (IbVm *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
bool ib_vm_has_failed (const IbVm *self);
void ib_vm_stop (IbVm *self);
/* Whether what ib_vm_looks_at () is told will be shown to anybody. */
bool ib_vm_is_traced (const IbVm *self);
/* What the trace shows as a value that the test that runs looks at, or that the command works with. */
void ib_vm_looks_at (IbVm *self, IbSpan value);
/* The last value matched @key. */
void ib_vm_matched (IbVm *self, IbSpan key);

/* Adds an action of @call; @mailbox is never NULL. Flags are those of :flags, or else of the script so far. */
void ib_vm_act (IbVm *self, const IbCall *call, IbActionKind kind, const char *mailbox);
/* Unless :copy is there (RFC 3894). */
void ib_vm_cancel_keep (IbVm *self, const IbCall *call);

/* The flags that a message gets where none are named: NULL-terminated, in the run's arena; never NULL. */
const char *const *ib_vm_flags (const IbVm *self);
void ib_vm_set_flags (IbVm *self, const char *const *flags);
