/* filter-pool.h - messages go in, judgements come out
 *
 * Filter workers, at most as many as cores or four, started when needed and ended when idle. A worker that dies, hangs over
 * its deadline or speaks nonsense is replaced with a growing pause, and what waited on it is given to another; the
 * message that it was at is tried once more, alone. All on the thread-default main context of the one who made it. */
#pragma once

#include "bag.h"
#include "script-text.h"

typedef struct _IbFilterPool IbFilterPool;

typedef enum {
    IB_FILTER_ERROR_MESSAGE,    /* this message brought the filter down twice: deliver it unfiltered */
    IB_FILTER_ERROR_NO_FILTER,  /* no worker can be started, or whatever it is given brings it down */
} IbFilterError;
#define IB_FILTER_ERROR (ib_filter_error_quark ())
GQuark ib_filter_error_quark (void);

/* @scripts: IbScriptText elements. @settings: what all messages share. Copies both. Where a script remembers what it saw
 * (`duplicate`), one message is judged at a time, and the next one when ib_filter_pool_remember () could be called. */
IbFilterPool *ib_filter_pool_new (GPtrArray *scripts, const IbFacts *settings);

/* @judgement (transfer full) or @error. In the order of being finished, not of being asked; never before
 * ib_filter_pool_judge () has returned. A judgement was checked: it can be done as it stands. */
typedef void (*IbFilterDone) (IbJudgement *judgement, const GError *error, gpointer user_data);
/* What all messages of an account share, for as long as the pool lives. Returns: its number, the same for the same. */
guint ib_filter_pool_add_account (IbFilterPool *self, const IbFacts *account);
/* Messages are on their way here: a worker is started, to be ready for them. */
void ib_filter_pool_prepare (IbFilterPool *self);
/* What @message and @facts point to stays the caller's, who keeps it as it is until @done was called. Of @facts only what
 * the account's messages do not share is looked at. */
void ib_filter_pool_judge (IbFilterPool *self, guint account, const IbPiece *message, const IbFacts *facts,
                           IbJudgeWants wants, IbFilterDone done, gpointer user_data);
/* What a judgement wants to be remembered, of a message that is really delivered; @marks: IbMark elements, @by the
 * message's id. Messages that are judged later see it. */
void ib_filter_pool_remember (IbFilterPool *self, const GPtrArray *marks, const char *by);
/* What was learned: @model is asked for it when a worker is started. It says a descriptor that is open for reading only
 * and sealed against shrinking, and stays @model's; its first *out_length bytes are mapped, and may be written on meanwhile.
 * -1: nothing. */
typedef int (*IbFilterModel) (gsize *out_length, gpointer user_data);
void ib_filter_pool_set_model (IbFilterPool *self, IbFilterModel model, gpointer user_data);
/* Whom the user writes with (facts.h), for workers that are started from now on. */
void ib_filter_pool_set_people (IbFilterPool *self, GBytes *people);
/* How long one message may take, with workers that are started from now on; 10 s unless set. */
void ib_filter_pool_set_deadline (IbFilterPool *self, guint deadline_ms);
/* Ends the workers at once: everybody who waits hears NO_FILTER, with @why, before this returns. */
void ib_filter_pool_stop (IbFilterPool *self, const char *why);
/* Waiting and being judged. */
guint ib_filter_pool_busy (const IbFilterPool *self);
/* Ends the workers, also from inside a callback; callbacks that are due are not called any more. */
void ib_filter_pool_free (IbFilterPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFilterPool, ib_filter_pool_free)
