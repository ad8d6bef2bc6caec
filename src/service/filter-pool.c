/* filter-pool.c - messages go in, judgements come out
 *
 *     waiting ──▶ asked of a worker ──▶ judged
 *        ▲               │ the worker is gone
 *        │  behind it    ▼
 *        └────────── the first of its messages ──▶ suspect ──asked alone──▶ judged, or given up */
#include "filter-crew.h"
#include "loop.h"

#include <glib/gi18n-lib.h>

G_DEFINE_QUARK (ib-filter-error-quark, ib_filter_error)

#define MOST_WORKERS 4
/* Another worker costs as much as a few hundred short messages, and four megabytes, and helps little where the others are slow
 * because the cores are busy: it is begun when a message has waited for so long, which is as long as one may judge a huge one. */
#define PATIENCE_US (100 * 1000)
/* A worker that has no more than this left to do is asked again, so that it never waits for us; and for so many. */
#define ASKED_AGAIN 6
#define ASKED_AT_ONCE 16
/* A sanitizer's build takes its time. */
#define DEADLINE_MS (IB_SANITIZED ? 60000 : 10000)
/* Deaths without a judgement between them: from the second on there is a pause, doubled each time. */
#define FIRST_PAUSE_MS 100
#define LONGEST_PAUSE_MS 3000
/* Workers in a row that were gone before they were ready: it is not the mail, then. */
#define UNREADY_TRIES 3
/* Messages in a row that brought it down twice: from then on none waits behind them. */
#define GIVEN_UP_TRIES 3
#define IDLE_MS 30000

struct _IbFilterPool {
    GMainContext *context;
    IbFilterBrief *brief;
    guint deadline_ms;
    guint most_workers, asked_at_once, asked_again;

    GPtrArray *crews; /* IbFilterCrew */
    GQueue waiting;   /* IbFilterJob */
    GQueue suspects;  /* IbFilterJob */
    guint64 last_ticket;
    guint busy;
    gint64 ready_at; /* monotonic: when the last worker was */

    guint failures, unready, given_up; /* in a row */
    char *last_words;
    GSource *pause, *idle;
    GSource *handing; /* what comes while all are busy is handed out together, once in a turn of the loop */
    bool is_freed;    /* in a callback: its memory goes with the last reference */
};

static void hand_out (IbFilterPool *self);

static void
start_timer (IbFilterPool *self, GSource **timer, guint after_ms, GSourceFunc callback)
{
    ib_loop_drop (timer);
    *timer = g_timeout_source_new (after_ms);
    g_source_set_callback (*timer, callback, self, NULL);
    g_source_attach (*timer, self->context);
}

/* --- answers --------------------------------------------------------------------------------------------------- */

static gboolean
on_idle (gpointer user_data)
{
    IbFilterPool *self = user_data;
    ib_loop_drop (&self->idle);
    g_ptr_array_set_size (self->crews, 0);
    return G_SOURCE_REMOVE;
}

/* The pool may be freed when this returns; whoever calls holds a reference. */
static void
answer (IbFilterPool *self, IbFilterJob *job, IbJudgement *judgement, const GError *error)
{
    self->busy--;
    if (self->busy == 0)
        start_timer (self, &self->idle, IDLE_MS, on_idle);
    job->done (judgement, error, job->user_data);
    g_free (job);
}

static void
give_up (IbFilterPool *self, IbFilterJob *job, IbFilterError code, const char *why)
{
    g_autoptr (GError) error
        = g_error_new (IB_FILTER_ERROR, (int) code, _ ("could not be filtered: %s"), why);
    answer (self, job, NULL, error);
}

static void
give_up_all (IbFilterPool *self, GQueue *jobs)
{
    g_autofree char *why = g_strdup (self->last_words);
    GQueue taken = *jobs;
    g_queue_init (jobs);

    IbFilterJob *job = NULL;
    while ((job = g_queue_pop_head (&taken)) != NULL) {
        if (self->is_freed)
            g_free (job);
        else
            give_up (self, job, IB_FILTER_ERROR_NO_FILTER, why);
    }
}

static void
give_up_everything (IbFilterPool *self)
{
    give_up_all (self, &self->suspects);
    if (!self->is_freed)
        give_up_all (self, &self->waiting);
}

/* --- failures -------------------------------------------------------------------------------------------------- */

static gboolean
on_pause_over (gpointer user_data)
{
    IbFilterPool *self = g_rc_box_acquire (user_data);
    ib_loop_drop (&self->pause);
    if (self->unready >= UNREADY_TRIES) {
        self->unready = 0;
        give_up_everything (self);
    }
    if (!self->is_freed)
        hand_out (self);
    g_rc_box_release (self);
    return G_SOURCE_REMOVE;
}

/* The first death may be anything; from then on patience grows. */
static void
note_failure (IbFilterPool *self, bool was_ready, const char *why)
{
    self->failures++;
    self->unready = was_ready ? 0 : self->unready + 1;
    g_free (self->last_words);
    self->last_words = g_strdup (why);

    guint doublings = MIN (self->failures - 1, 16);
    guint pause_ms = self->failures > 1 ? MIN (FIRST_PAUSE_MS << (doublings - 1), LONGEST_PAUSE_MS) : 0;
    start_timer (self, &self->pause, pause_ms, on_pause_over);
}

/* Back to where they came from, in their order. */
static void
take_back (IbFilterPool *self, IbFilterCrew *crew)
{
    IbFilterJob *job = NULL;
    while ((job = g_queue_pop_tail (ib_filter_crew_asked (crew))) != NULL)
        g_queue_push_head (job->deaths > 0 ? &self->suspects : &self->waiting, job);
}

static void
on_gone (IbFilterCrew *crew, const char *why, gpointer user_data)
{
    IbFilterPool *self = g_rc_box_acquire (user_data);
    g_autofree char *words = g_strdup (why);

    GQueue *asked = ib_filter_crew_asked (crew);
    bool was_ready = ib_filter_crew_is_ready (crew);
    IbFilterJob *first = was_ready ? g_queue_peek_head (asked) : NULL;
    if (first != NULL)
        first->deaths++;
    bool is_given_up = first != NULL && first->deaths > 1;
    if (is_given_up)
        g_queue_pop_head (asked);

    take_back (self, crew);
    note_failure (self, was_ready, words);
    g_ptr_array_remove_fast (self->crews, crew);
    if (is_given_up) {
        self->given_up++;
        give_up (self, first, IB_FILTER_ERROR_MESSAGE, words);
    }
    /* It is not this message or that one: a mailbox full of them would wait for hours. */
    if (!self->is_freed && is_given_up && self->given_up >= GIVEN_UP_TRIES)
        give_up_everything (self);
    g_rc_box_release (self);
}

static void
on_ready (gpointer user_data)
{
    IbFilterPool *self = user_data;
    self->ready_at = g_get_monotonic_time ();
    g_source_set_ready_time (self->handing, 0);
}

static void
on_judged (IbFilterJob *job, IbJudgement *judgement, gpointer user_data)
{
    IbFilterPool *self = g_rc_box_acquire (user_data);
    self->failures = self->unready = self->given_up = 0;
    answer (self, job, judgement, NULL);
    if (!self->is_freed)
        hand_out (self);
    g_rc_box_release (self);
}

/* --- handing out ------------------------------------------------------------------------------------------------ */

/* NULL: it cannot be started, and that was noted. */
static IbFilterCrew *
start_crew (IbFilterPool *self)
{
    static const IbFilterCrewEvents events = { on_ready, on_judged, on_gone };
    g_autoptr (GError) error = NULL;
    IbFilterCrew *crew = ib_filter_crew_start (self->brief, self->deadline_ms, &events, self, &error);
    if (crew != NULL)
        g_ptr_array_add (self->crews, crew);
    else
        note_failure (self, false, error->message);
    return crew;
}

static IbFilterCrew *
least_busy (const IbFilterPool *self)
{
    IbFilterCrew *best = NULL;
    guint least = 0;
    for (guint i = 0; i < self->crews->len; i++) {
        IbFilterCrew *crew = self->crews->pdata[i];
        guint load = ib_filter_crew_asked (crew)->length;
        if (ib_filter_crew_is_alone (crew) || load > self->asked_again || (best != NULL && load >= least))
            continue;
        best = crew;
        least = load;
    }
    return best;
}

/* A fresh worker, if there may be one now. */
static IbFilterCrew *
fresh (IbFilterPool *self)
{
    return self->pause == NULL && self->crews->len < self->most_workers ? start_crew (self) : NULL;
}

static bool
is_anyone_starting (const IbFilterPool *self)
{
    for (guint i = 0; i < self->crews->len; i++)
        if (!ib_filter_crew_is_ready (self->crews->pdata[i]))
            return true;
    return false;
}

/* For what waits: the first at once, another one when those that are here have shown that they are too few. What came
 * while the last one was starting says nothing about that. */
static IbFilterCrew *
fresh_if_needed (IbFilterPool *self)
{
    if (self->crews->len == 0)
        return fresh (self);
    if (self->crews->len == self->most_workers || is_anyone_starting (self))
        return NULL;
    gint64 since = ((const IbFilterJob *) g_queue_peek_head (&self->waiting))->asked_at;
    gint64 due = MAX (since, self->ready_at) + PATIENCE_US;
    if (g_get_monotonic_time () >= due)
        return fresh (self);
    g_source_set_ready_time (self->handing, due);
    return NULL;
}

/* Of what waits, so that all have something to do. */
static guint
share (const IbFilterPool *self)
{
    guint crews = MAX (self->crews->len, 1);
    guint part = (self->waiting.length + crews - 1) / crews;
    return MIN (part, self->asked_at_once);
}

static void
hand_out (IbFilterPool *self)
{
    while (!g_queue_is_empty (&self->suspects)) {
        IbFilterCrew *crew = fresh (self);
        if (crew == NULL)
            break;
        ib_filter_crew_ask (crew, &self->suspects, 1);
    }
    while (!g_queue_is_empty (&self->waiting)) {
        IbFilterCrew *crew = least_busy (self);
        if (crew == NULL)
            crew = fresh_if_needed (self);
        if (crew == NULL)
            break;
        ib_filter_crew_ask (crew, &self->waiting, share (self));
    }
}

/* One that has nothing to do. */
static IbFilterCrew *
idle_crew (const IbFilterPool *self)
{
    for (guint i = 0; i < self->crews->len; i++) {
        IbFilterCrew *crew = self->crews->pdata[i];
        if (ib_filter_crew_is_ready (crew) && g_queue_is_empty (ib_filter_crew_asked (crew)))
            return crew;
    }
    return NULL;
}

static gboolean
hand_out_now (GSource *source, GSourceFunc callback, gpointer user_data)
{
    IbFilterPool *self = g_rc_box_acquire (user_data);
    g_source_set_ready_time (source, -1);
    hand_out (self);
    g_rc_box_release (self);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs handing = { .dispatch = hand_out_now };

/* --- the contract ---------------------------------------------------------------------------------------------- */

IbFilterPool *
ib_filter_pool_new (GPtrArray *scripts, const IbFacts *settings)
{
    IbFilterPool *self = g_rc_box_new0 (IbFilterPool);
    self->context = g_main_context_ref_thread_default ();
    self->brief = ib_filter_brief_new (scripts, settings);
    self->deadline_ms = DEADLINE_MS;
    self->handing = g_source_new (&handing, sizeof (GSource));
    g_source_set_callback (self->handing, NULL, self, NULL);
    g_source_attach (self->handing, self->context);
    self->crews = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_filter_crew_free);

    bool is_one_by_one = ib_filter_brief_remembers (self->brief);
    self->most_workers = is_one_by_one ? 1 : MIN (g_get_num_processors (), MOST_WORKERS);
    self->asked_at_once = is_one_by_one ? 1 : ASKED_AT_ONCE;
    self->asked_again = is_one_by_one ? 0 : ASKED_AGAIN;
    return self;
}

void
ib_filter_pool_remember (IbFilterPool *self, const GPtrArray *marks, const char *by)
{
    if (marks->len == 0)
        return;
    g_autoptr (GPtrArray) ours = ib_filter_brief_remember (self->brief, marks, by);
    for (guint i = 0; i < self->crews->len; i++)
        ib_filter_crew_tell_marks (self->crews->pdata[i], ours);
}

guint
ib_filter_pool_add_account (IbFilterPool *self, const IbFacts *account)
{
    return ib_filter_brief_add_account (self->brief, account);
}

void
ib_filter_pool_prepare (IbFilterPool *self)
{
    if (self->crews->len > 0 || self->busy > 0 || fresh (self) == NULL)
        return;
    start_timer (self, &self->idle, IDLE_MS, on_idle);
}

void
ib_filter_pool_judge (IbFilterPool *self, guint account, const IbPiece *message, const IbFacts *facts,
                      IbJudgeWants wants, IbFilterDone done, gpointer user_data)
{
    IbFilterJob *job = g_new0 (IbFilterJob, 1);
    job->ticket = ++self->last_ticket;
    job->account = account;
    job->message = *message;
    job->facts = facts;
    job->wants = wants;
    job->done = done;
    job->user_data = user_data;
    job->asked_at = g_get_monotonic_time ();

    self->busy++;
    ib_loop_drop (&self->idle);
    g_queue_push_tail (&self->waiting, job);
    IbFilterCrew *idle
        = self->waiting.length == 1 && g_queue_is_empty (&self->suspects) ? idle_crew (self) : NULL;
    if (idle != NULL)
        ib_filter_crew_ask (idle, &self->waiting, 1);
    else
        g_source_set_ready_time (self->handing, 0);
}

void
ib_filter_pool_set_model (IbFilterPool *self, IbFilterModel model, gpointer user_data)
{
    ib_filter_brief_set_model (self->brief, model, user_data);
}

void
ib_filter_pool_set_people (IbFilterPool *self, GBytes *people)
{
    ib_filter_brief_set_people (self->brief, people);
}

void
ib_filter_pool_set_deadline (IbFilterPool *self, guint deadline_ms)
{
    self->deadline_ms = deadline_ms;
}

void
ib_filter_pool_stop (IbFilterPool *self, const char *why)
{
    (void) g_rc_box_acquire (self);
    for (guint i = 0; i < self->crews->len; i++)
        take_back (self, self->crews->pdata[i]);
    g_ptr_array_set_size (self->crews, 0);
    g_free (self->last_words);
    self->last_words = g_strdup (why);
    give_up_everything (self);
    g_rc_box_release (self);
}

guint
ib_filter_pool_busy (const IbFilterPool *self)
{
    return self->busy;
}

void
ib_filter_pool_free (IbFilterPool *self)
{
    if (self == NULL)
        return;
    self->is_freed = true;
    ib_loop_drop (&self->pause);
    ib_loop_drop (&self->idle);
    ib_loop_drop (&self->handing);
    g_clear_pointer (&self->crews, g_ptr_array_unref);
    g_queue_clear_full (&self->waiting, g_free);
    g_queue_clear_full (&self->suspects, g_free);
    g_clear_pointer (&self->brief, ib_filter_brief_free);
    g_clear_pointer (&self->last_words, g_free);
    g_clear_pointer (&self->context, g_main_context_unref);
    g_rc_box_release (self);
}
