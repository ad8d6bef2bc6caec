/* filter-crew.h - one filter worker, and the messages that it was given
 *
 * It is asked for many at once, and answers in their order. What it says is checked against what it was asked; one that
 * says anything else is ended, and then gone like one that died. Which message goes to which crew, and what becomes of those
 * that a lost one leaves behind, is the pool's matter. */
#pragma once

#include "filter-brief.h"

/* One message; see ib_filter_pool_judge (). */
typedef struct {
    guint64 ticket;
    guint account;
    IbPiece message;
    const IbFacts *facts;
    IbJudgeWants wants;
    IbFilterDone done;
    gpointer user_data;
    guint deaths;    /* of workers that were at it */
    gint64 asked_at; /* monotonic */
} IbFilterJob;

typedef struct _IbFilterCrew IbFilterCrew;

/* Each may free the crew. */
typedef struct {
    /* It has locked itself in, and listens. */
    void (*ready) (gpointer user_data);
    /* @job and @judgement: (transfer full) */
    void (*judged) (IbFilterJob *job, IbJudgement *judgement, gpointer user_data);
    /* Once, and nothing more is said. Free it, when what it was asked has been taken back. */
    void (*gone) (IbFilterCrew *self, const char *why, gpointer user_data);
} IbFilterCrewEvents;

/* @brief must outlive it. It is gone when it has been silent for @deadline_ms with something left to do. */
IbFilterCrew *ib_filter_crew_start (const IbFilterBrief *brief, guint deadline_ms, const IbFilterCrewEvents *events,
                                    gpointer user_data, GError **error);
bool ib_filter_crew_is_ready (const IbFilterCrew *self);
/* With a message that a worker died of: it gets nothing else. */
bool ib_filter_crew_is_alone (const IbFilterCrew *self);
/* IbFilterJob, not answered yet, in the order of being asked; owned by whoever takes them out. */
GQueue *ib_filter_crew_asked (IbFilterCrew *self);

/* Takes at most @most of the first of @from (IbFilterJob; not empty), as many as lie in one descriptor. What cannot be
 * sent ends the worker, if it has not just ended by itself, and is taken back like anything else. */
void ib_filter_crew_ask (IbFilterCrew *self, GQueue *from, guint most);
/* New @marks (IbMark), for later messages. */
void ib_filter_crew_tell_marks (IbFilterCrew *self, const GPtrArray *marks);
/* Ends the worker; it is not told to be gone. */
void ib_filter_crew_free (IbFilterCrew *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFilterCrew, ib_filter_crew_free)
