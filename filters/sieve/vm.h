/* vm.h - a program's run over one message: pure, and bounded in steps
 *
 * Actions are gathered while it runs and handed over at its end; a run-time error voids them and lets the implicit keep
 * stand (RFC 5228, 2.10.6). */
#pragma once

#include "program.h"

void ib_vm_run (const IbProgram *program, const IbMessage *message, const IbSieveContext *context, IbPlan *plan,
                IbSieveOutcome *out_outcome);

/* --- for the rows --- */

/* Something that a test looks at. */
struct _IbValue {
    IbSpan text;
    IbSpan folded;                 /* by .folded_by; filled on demand */
    const IbComparator *folded_by; /* NULL: not yet */
};

const IbMessage *ib_vm_message (const IbVm *self);
const IbFacts *ib_vm_facts (const IbVm *self);
const IbVerdict *ib_vm_verdict (const IbVm *self);
/* NULL: nothing was found. */
const IbSignals *ib_vm_signals (const IbVm *self);
const IbSieveSettings *ib_vm_settings (const IbVm *self);
const IbSieveContext *ib_vm_context (const IbVm *self);
/* For the language of test scripts: from here on @message is what is looked at. It must outlive the run. */
void ib_vm_set_message (IbVm *self, const IbMessage *message);
/* For the same: what extensions made of the message, its envelope and the settings is made anew when asked for. */
void ib_vm_forget (IbVm *self);
/* For the same: moves what this script asked for so far into @plan and @marks, and begins anew. Returns whether the
 * implicit keep stood. */
bool ib_vm_give (IbVm *self, IbPlan *plan, GPtrArray *marks);
/* What is allocated here lives until the run is over. */
IbArena *ib_vm_arena (IbVm *self);
/* What @extension keeps during this run; made when first asked for. */
gpointer ib_vm_state (IbVm *self, const IbExtension *extension);

IbSpan ib_vm_text (IbVm *self, const IbText *text);
/* The same NUL-terminated, cut at an octet NUL. */
const char *ib_vm_string (IbVm *self, const IbText *text);
/* The folder that @text names; NULL after ib_vm_fail () if it names none. In the run's arena. */
const char *ib_vm_folder (IbVm *self, const IbText *text);

/* The fields called @name, decoded and trimmed, in order, as the test @call looks at them. That is
 *
 *     the message's header, edits so far included ─▶ or the headers that a tag in IB_SLOT_HEADER names
 *         ─▶ fields of that name ─▶ the one that IB_SLOT_INDEX and IB_SLOT_LAST pick, if they are there
 *         ─▶ their texts ─▶ or what the tag in IB_SLOT_VALUE makes of them
 *
 * so a test that takes the families IB_TAKES_HEADER, _INDEX and _VALUE need not know the extensions behind them. */
IbValue *ib_vm_fields (IbVm *self, const IbCall *call, const IbText *name, guint *out_count);
/* Their addresses: IbAddress elements of all of them. */
const GPtrArray *ib_vm_addresses (IbVm *self, const IbCall *call, const IbText *name);
bool ib_vm_has_field (IbVm *self, const IbCall *call, const IbText *name);
/* The same of the message's header, whatever the script calls for, by a name in any letter case. */
IbValue *ib_vm_fields_called (IbVm *self, IbSpan name, guint *out_count);
bool ib_vm_field_is (const IbHeaderField *field, IbSpan name);
/* The message's header as edited so far. */
IbHeader *ib_vm_header (IbVm *self);
/* Replaces it; @header (transfer full). */
void ib_vm_set_header (IbVm *self, IbHeader *header);
/* What tests see of a field: decoded and trimmed. */
IbSpan ib_vm_decode (IbVm *self, const IbHeaderField *field);
/* No script sees the fields that only Inbasket writes: what a message brings of them is forged. */
bool ib_vm_hides_field (const char *name, gsize length);

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
const IbLanguage *ib_vm_language (const IbVm *self);
/* The script that @unit is runs now, then the one that runs; unless it did already, if @once. */
void ib_vm_enter (IbVm *self, guint unit, bool once);
/* Ends the script that runs, and no other. */
void ib_vm_return (IbVm *self);
/* The state of the innermost loop of @row that runs, this script's or one's that included it; NULL: none runs. */
gpointer ib_vm_loop (const IbVm *self, const IbCommand *row);
/* What went wrong since the last IB_OP_GUARD, as "NAME:LINE: what"; NULL: nothing. Returns: (transfer full) */
char *ib_vm_take_error (IbVm *self);
/* Whether what ib_vm_looks_at () is told will be shown to anybody. */
bool ib_vm_is_traced (const IbVm *self);
/* What the trace shows as a value that the test that runs looks at, or that the command works with. */
void ib_vm_looks_at (IbVm *self, IbSpan value);
/* The last value matched @key. */
void ib_vm_matched (IbVm *self, IbSpan key);

/* Adds an action of @call; @mailbox is never NULL. What KEEP and FILEINTO store gets the flags of :flags, or else those
 * of the script so far. Returns: (transfer none): the action, for its details; NULL: there was the same already, or one
 * that it may not stand beside, or too many, and then the run has failed. */
IbAction *ib_vm_act (IbVm *self, const IbCall *call, IbActionKind kind, const char *mailbox);
/* Notes what editheader did, to be shown. */
void ib_vm_note_edit (IbVm *self, bool adds, const char *field, const char *value);
/* What `duplicate` wants to be remembered if this run ends well. @mark: IB_MARK_BYTES hexadecimal digits. */
void ib_vm_remember (IbVm *self, const char *mark, gint64 expires_at_s);
/* Unless :copy is there (RFC 3894). */
void ib_vm_cancel_keep (IbVm *self, const IbCall *call);

/* The flags that a message gets where none are named: NULL-terminated, in the run's arena; never NULL. */
const char *const *ib_vm_flags (const IbVm *self);
void ib_vm_set_flags (IbVm *self, const char *const *flags);
