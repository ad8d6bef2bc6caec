/* worker.h - a worker process: started, watched, ended
 *
 * Executes inbasket-fetch or inbasket-filter with one end of a socket pair as descriptor 3, an empty environment but for
 * locale, time zone and test faults, and nothing else open. Its last words on standard error are kept for the error
 * text. It has a deadline for silence; a worker that crashes, hangs or speaks nonsense is killed and said to be gone.
 * A worker that locked itself in ends with the thread that started it, so that none outlives a killed service. */
#pragma once

#include "frame.h"

typedef struct _IbWorker IbWorker;

typedef struct {
    IbChannelFrame on_frame;    /* user_data is the one given */
    /* Once: the worker is gone. @why NULL: it left by itself with status 0. The text says how it ended ("killed by
     * signal 11", "silent for 60 s", "spoke nonsense: …"). May free the worker. */
    void (*on_gone) (IbWorker *worker, const GError *why, gpointer user_data);
} IbWorkerEvents;

/* From now on the workers of @program begin as copies of one that is kept loaded (nursery.h), as long as that can be had:
 * for a process that starts many of them, or keeps them for long, on the thread that calls this. NULL: no more. */
void ib_worker_keep_loaded (const char *program);
/* Starts one of @program now, for the next ib_worker_start (): by then it may be loaded. On the thread that calls that. */
void ib_worker_prepare (const char *program);
/* Ends those that nobody wanted. */
void ib_worker_drop_prepared (void);
/* @program "inbasket-fetch". Runs on the thread-default main context. */
IbWorker *ib_worker_start (const char *program, const IbFrameKind *incoming, const IbWorkerEvents *events,
                           gpointer user_data, GError **error);
IbChannel *ib_worker_channel (IbWorker *self);
/* No frame for this long while something is awaited is a hang; 0: nothing is awaited. */
void ib_worker_expect (IbWorker *self, guint silence_ms);
/* Nothing is, for long: not even the timer is left to run out. */
void ib_worker_let_rest (IbWorker *self);
/* What it said is of the right type and yet cannot be: kills it; on_gone follows, no frame any more. */
void ib_worker_end (IbWorker *self, const char *why);
/* Ends it now; on_gone is not called. NULL is welcome. Reaps it without blocking. */
void ib_worker_free (IbWorker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbWorker, ib_worker_free)
