/* filter-pool.h - messages go in, judgements come out
 *
 * As many filter workers as cores, at most four, started when needed. A worker that dies, hangs over its deadline or
 * speaks nonsense is replaced with a growing pause, and what waited on it is given to another; the message that brought
 * one down twice comes back with an error and is delivered unfiltered. */
#pragma once

#include "judge.h"

#include <gio/gio.h>

typedef struct _IbFilterPool IbFilterPool;

typedef struct {
    char *name;
    GBytes *text;
} IbScriptText;

/* @scripts: IbScriptText elements. @settings: what all messages share. Copies both. */
IbFilterPool *ib_filter_pool_new (GPtrArray *scripts, const IbFacts *settings);

/* @judgement (transfer full) or @error. In the order of being finished, not of being asked. */
typedef void (*IbFilterDone) (IbJudgement *judgement, const GError *error, gpointer user_data);
/* @fd stays the caller's, who keeps it open until @done was called. @facts is copied. */
void ib_filter_pool_judge (IbFilterPool *self, int fd, guint64 size_bytes, const IbFacts *facts, bool wants_trace,
                           IbFilterDone done, gpointer user_data);
/* Waiting and being judged. */
guint ib_filter_pool_busy (const IbFilterPool *self);
/* Ends the workers; callbacks that are due are not called any more. */
void ib_filter_pool_free (IbFilterPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFilterPool, ib_filter_pool_free)
