/* filter-pool.c - messages go in, judgements come out
 *
 *     waiting ──▶ asked of a worker ──▶ judged
 *        ▲               │ the worker is gone
 *        │  behind it    ▼
 *        └────────── the first of its messages ──▶ suspect ──asked alone──▶ judged, or given up */
#include "filter-pool.h"

#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

G_DEFINE_QUARK (ib-filter-error-quark, ib_filter_error)

#define MOST_WORKERS 4
/* Starting a worker costs as much as a hundred short messages: another is begun when one has waited for so long. */
#define PATIENCE_US (20 * 1000)
/* A worker that has no more than this left to do is asked again, so that it never waits for us; and for so many. */
#define ASKED_AGAIN 6
#define ASKED_AT_ONCE 16
/* Of a frame, for so many. */
#define ASK_BYTES (IB_FRAME_BYTES / 2)
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

/* One message. */
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
} Job;

/* One worker and what it was asked, in order. */
typedef struct {
    IbFilterPool *pool;
    IbWorker *worker;
    IbJudgementReader *reader;
    GQueue asked;   /* Job */
    guint accounts; /* of the pool's, that it was told of */
    bool is_ready;
    bool is_alone; /* with a suspect: gets nothing else */
} Crew;

struct _IbFilterPool {
    GMainContext *context;
    GPtrArray *scripts; /* IbScriptText */
    IbFacts *settings;
    GPtrArray *accounts; /* GVariant, as packed, by number */
    IbFilterModel model; /* NULL: nothing was learned */
    gpointer model_data;
    guint deadline_ms;
    guint most_workers, asked_at_once, asked_again;
    bool edits_headers; /* one of the scripts may: then workers may give other fields than ours */
    bool remembers;     /* one of them may: then workers may leave marks */

    GPtrArray *crews; /* Crew */
    GQueue waiting;   /* Job */
    GQueue suspects;  /* Job */
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
crew_free (gpointer pointer)
{
    Crew *crew = pointer;
    ib_worker_free (crew->worker);
    ib_judgement_reader_free (crew->reader);
    g_queue_clear_full (&crew->asked, g_free);
    g_free (crew);
}

static void
drop_source (GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy (*source);
    g_clear_pointer (source, g_source_unref);
}

static void
start_timer (IbFilterPool *self, GSource **timer, guint after_ms, GSourceFunc callback)
{
    drop_source (timer);
    *timer = g_timeout_source_new (after_ms);
    g_source_set_callback (*timer, callback, self, NULL);
    g_source_attach (*timer, self->context);
}

/* --- answers --------------------------------------------------------------------------------------------------- */

static gboolean
on_idle (gpointer user_data)
{
    IbFilterPool *self = user_data;
    drop_source (&self->idle);
    g_ptr_array_set_size (self->crews, 0);
    return G_SOURCE_REMOVE;
}

/* The pool may be freed when this returns; whoever calls holds a reference. */
static void
answer (IbFilterPool *self, Job *job, IbJudgement *judgement, const GError *error)
{
    self->busy--;
    if (self->busy == 0)
        start_timer (self, &self->idle, IDLE_MS, on_idle);
    job->done (judgement, error, job->user_data);
    g_free (job);
}

static void
give_up (IbFilterPool *self, Job *job, IbFilterError code, const char *why)
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

    Job *job = NULL;
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
    drop_source (&self->pause);
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
take_back (IbFilterPool *self, Crew *crew)
{
    Job *job = NULL;
    while ((job = g_queue_pop_tail (&crew->asked)) != NULL)
        g_queue_push_head (job->deaths > 0 ? &self->suspects : &self->waiting, job);
}

static void
on_gone (IbWorker *worker, const GError *why, gpointer user_data)
{
    Crew *crew = user_data;
    IbFilterPool *self = g_rc_box_acquire (crew->pool);
    g_autofree char *words = g_strdup (why != NULL ? why->message : _ ("the filter left"));

    Job *first = crew->is_ready ? g_queue_peek_head (&crew->asked) : NULL;
    if (first != NULL)
        first->deaths++;
    bool is_given_up = first != NULL && first->deaths > 1;
    if (is_given_up)
        g_queue_pop_head (&crew->asked);

    take_back (self, crew);
    note_failure (self, crew->is_ready, words);
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

/* --- what workers say ------------------------------------------------------------------------------------------ */

static const char *
unsound (const IbFilterPool *self, const IbJudgement *judgement, const Job *job)
{
    const char *wrong = ib_judgement_unsound (judgement, job->message.size_bytes, self->edits_headers);
    if (wrong == NULL && !ib_judgement_keeps_message (judgement, &job->message, self->edits_headers))
        wrong = "an edit that would take more out than it may";
    if (wrong == NULL && !self->remembers && judgement->marks->len > 0)
        wrong = "a mark that no script leaves";
    if (wrong == NULL && !ib_judgement_forgets (judgement, job->facts->now / G_USEC_PER_SEC))
        wrong = "a mark that is kept for too long";
    if (wrong == NULL && (job->wants & IB_JUDGE_TRACE) != 0
        && (judgement->trace == NULL || judgement->origin == NULL))
        wrong = "no trace, though one was asked for";
    if (wrong == NULL && (job->wants & IB_JUDGE_EXAMPLE) != 0 && judgement->example == NULL)
        wrong = "no example, though one was asked for";
    return wrong;
}

/* NULL unless it was the last frame of a judgement that can be used; the first of @crew->asked is what it is about. */
static IbJudgement *
read_judgement (Crew *crew, const IbFrame *frame)
{
    guint64 ticket = 0;
    g_autoptr (IbJudgement) judgement = NULL;
    const Job *job = g_queue_peek_head (&crew->asked);

    if (!ib_judgement_reader_add (crew->reader, frame, &ticket, &judgement)) {
        ib_worker_end (crew->worker, "a judgement that cannot be read");
        return NULL;
    }
    if (job == NULL || ticket != job->ticket) {
        ib_worker_end (crew->worker, "an answer to what was not asked");
        return NULL;
    }
    const char *wrong = judgement != NULL ? unsound (crew->pool, judgement, job) : NULL;
    if (wrong != NULL) {
        ib_worker_end (crew->worker, wrong);
        return NULL;
    }
    return g_steal_pointer (&judgement);
}

static void
on_judgement (Crew *crew, IbJudgement *judgement)
{
    IbFilterPool *self = g_rc_box_acquire (crew->pool);
    Job *job = g_queue_pop_head (&crew->asked);

    self->failures = self->unready = self->given_up = 0;
    crew->is_alone = false;
    ib_worker_expect (crew->worker, g_queue_is_empty (&crew->asked) ? 0 : self->deadline_ms);
    answer (self, job, judgement, NULL);
    if (!self->is_freed)
        hand_out (self);
    g_rc_box_release (self);
}

static void
on_frame (IbChannel *channel, IbFrame *frame, gpointer user_data)
{
    Crew *crew = user_data;
    if (frame->kind == IB_FILTER_WIRE_READY) {
        crew->is_ready = true;
        crew->pool->ready_at = g_get_monotonic_time ();
        g_source_set_ready_time (crew->pool->handing, 0);
        return;
    }
    IbJudgement *judgement = read_judgement (crew, frame);
    if (judgement != NULL)
        on_judgement (crew, judgement);
}

/* --- asking ---------------------------------------------------------------------------------------------------- */

static bool
send_lists (const IbLists *lists, IbChannel *channel, GError **error)
{
    g_autofree const char **names = lists != NULL ? ib_lists_names (lists) : NULL;
    for (gsize i = 0; names != NULL && names[i] != NULL; i++)
        if (!ib_filter_wire_send_list (channel, names[i], ib_lists_text (lists, names[i]), error))
            return false;
    return true;
}

/* Those that are only included, or the others. */
static bool
send_scripts (const IbFilterPool *self, bool are_run, IbChannel *channel, GError **error)
{
    for (guint i = 0; i < self->scripts->len; i++) {
        const IbScriptText *script = self->scripts->pdata[i];
        if ((script->role == IB_SCRIPT_TO_RUN) == are_run
            && !ib_filter_wire_send_script (channel, script->role, script->name, script->text, error))
            return false;
    }
    return true;
}

static bool
send_model (const IbFilterPool *self, IbChannel *channel, GError **error)
{
    gsize length = 0;
    int fd = self->model != NULL ? self->model (&length, self->model_data) : -1;
    return fd < 0 || ib_filter_wire_send_model (channel, fd, length, error);
}

static bool
introduce (const IbFilterPool *self, IbChannel *channel, GError **error)
{
    g_autoptr (GPtrArray) marks = ib_marks_list (self->settings->marks);
    const IbFacts *settings = self->settings;
    return send_scripts (self, false, channel, error) && send_scripts (self, true, channel, error)
           && ib_filter_wire_send_settings (channel, self->settings, error)
           && send_lists (self->settings->lists, channel, error)
           && (settings->people == NULL || ib_filter_wire_send_people (channel, settings->people, error))
           && send_model (self, channel, error)
           && (marks->len == 0 || ib_filter_wire_send_marks (channel, marks, error));
}

/* NULL: it cannot be started, and that was noted. */
static Crew *
start_crew (IbFilterPool *self)
{
    static const IbWorkerEvents events = { on_frame, on_gone };
    g_autoptr (GError) error = NULL;
    Crew *crew = g_new0 (Crew, 1);
    crew->pool = self;
    crew->reader = ib_judgement_reader_new ();

    crew->worker = ib_worker_start ("inbasket-filter", ib_filter_wire_to_service, &events, crew, &error);
    if (crew->worker == NULL || !introduce (self, ib_worker_channel (crew->worker), &error)) {
        note_failure (self, false, error->message);
        crew_free (crew);
        return NULL;
    }
    g_ptr_array_add (self->crews, crew);
    return crew;
}

static bool
introduce_accounts (Crew *crew, GError **error)
{
    const GPtrArray *accounts = crew->pool->accounts;
    for (; crew->accounts < accounts->len; crew->accounts++)
        if (!ib_channel_send (ib_worker_channel (crew->worker), IB_FILTER_WIRE_ACCOUNT,
                              accounts->pdata[crew->accounts], -1, error))
            return false;
    return true;
}

/* A worker must not be able to change the message. */
static bool
is_reading_only (int fd)
{
    int seals = fcntl (fd, F_GET_SEALS);
    return (seals >= 0 && (seals & F_SEAL_WRITE) != 0) || (fcntl (fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
}

static bool
send_asks (Crew *crew, int from, const GByteArray *asks, GError **error)
{
    IbChannel *channel = ib_worker_channel (crew->worker);
    if (is_reading_only (from))
        return ib_channel_send_packed (channel, IB_FILTER_WIRE_JUDGE, asks, from, error);

    g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", from);
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (errno),
                     _ ("cannot hand a message over: %s"), g_strerror (errno));
        return false;
    }
    bool is_sent = ib_channel_send_packed (channel, IB_FILTER_WIRE_JUDGE, asks, fd, error);
    close (fd);
    return is_sent;
}

static void
pack_ask (GByteArray *asks, const Job *job)
{
    const IbFilterAsk ask = { .ticket = job->ticket,
                              .account = job->account,
                              .offset = job->message.offset,
                              .size_bytes = job->message.size_bytes,
                              .wants = job->wants };
    ib_filter_wire_pack_ask (asks, &ask, job->facts);
}

/* At most @most of the first of @from, as many as lie in one descriptor. What cannot be sent ends the worker, if it has
 * not just ended by itself, and comes back like anything else. */
static void
ask_crew (Crew *crew, GQueue *from, guint most)
{
    g_autoptr (GByteArray) asks = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    const Job *first = g_queue_peek_head (from);
    int fd = first->message.fd;

    if (g_queue_is_empty (&crew->asked))
        ib_worker_expect (crew->worker, crew->pool->deadline_ms);
    crew->is_alone = first->deaths > 0;
    for (guint i = 0; i < most && asks->len < ASK_BYTES; i++) {
        Job *job = g_queue_peek_head (from);
        if (job == NULL || job->message.fd != fd)
            break;
        g_queue_push_tail (&crew->asked, g_queue_pop_head (from));
        pack_ask (asks, job);
    }
    bool is_sent = introduce_accounts (crew, &error) && send_asks (crew, fd, asks, &error);
    if (!is_sent && !g_error_matches (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED))
        ib_worker_end (crew->worker, error->message);
}

static Crew *
least_busy (const IbFilterPool *self)
{
    Crew *best = NULL;
    for (guint i = 0; i < self->crews->len; i++) {
        Crew *crew = self->crews->pdata[i];
        if (!crew->is_alone && crew->asked.length <= self->asked_again
            && (best == NULL || crew->asked.length < best->asked.length))
            best = crew;
    }
    return best;
}

/* A fresh worker, if there may be one now. */
static Crew *
fresh (IbFilterPool *self)
{
    return self->pause == NULL && self->crews->len < self->most_workers ? start_crew (self) : NULL;
}

static bool
is_anyone_starting (const IbFilterPool *self)
{
    for (guint i = 0; i < self->crews->len; i++)
        if (!((const Crew *) self->crews->pdata[i])->is_ready)
            return true;
    return false;
}

/* For what waits: the first at once, another one when those that are here have shown that they are too few. What came
 * while the last one was starting says nothing about that. */
static Crew *
fresh_if_needed (IbFilterPool *self)
{
    if (self->crews->len == 0)
        return fresh (self);
    if (self->crews->len == self->most_workers || is_anyone_starting (self))
        return NULL;
    gint64 since = ((const Job *) g_queue_peek_head (&self->waiting))->asked_at;
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
        Crew *crew = fresh (self);
        if (crew == NULL)
            break;
        ask_crew (crew, &self->suspects, 1);
    }
    while (!g_queue_is_empty (&self->waiting)) {
        Crew *crew = least_busy (self);
        if (crew == NULL)
            crew = fresh_if_needed (self);
        if (crew == NULL)
            break;
        ask_crew (crew, &self->waiting, share (self));
    }
}

/* One that has nothing to do. */
static Crew *
idle_crew (const IbFilterPool *self)
{
    for (guint i = 0; i < self->crews->len; i++) {
        Crew *crew = self->crews->pdata[i];
        if (crew->is_ready && g_queue_is_empty (&crew->asked))
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

static char *
read_included (IbScriptPlace place, const char *name, gsize *out_length, gpointer user_data)
{
    const IbFilterPool *self = user_data;
    return ib_script_text_answer (ib_script_text_find (self->scripts, ib_script_text_role (place), name),
                                  out_length);
}

/* What may workers do that run these scripts? The user's own are compiled in this process, too. */
static void
look_at_scripts (IbFilterPool *self)
{
    const IbSieveOptions options = { .source = read_included, .source_data = self };
    for (guint i = 0; i < self->scripts->len; i++) {
        const IbScriptText *script = self->scripts->pdata[i];
        gsize length = 0;
        const char *text = ib_script_text_bytes (script, &length);
        g_autoptr (IbProgram) program
            = script->role == IB_SCRIPT_TO_RUN
                  ? ib_sieve_compile (script->name, text, length, &options, NULL, NULL)
                  : NULL;
        self->edits_headers |= program != NULL && ib_program_edits_header (program);
        self->remembers |= program != NULL && ib_program_remembers (program);
    }
    if (!self->remembers)
        return;
    self->most_workers = self->asked_at_once = 1;
    self->asked_again = 0;
}

IbFilterPool *
ib_filter_pool_new (GPtrArray *scripts, const IbFacts *settings)
{
    IbFilterPool *self = g_rc_box_new0 (IbFilterPool);
    self->context = g_main_context_ref_thread_default ();
    self->settings = ib_facts_copy (settings);
    self->deadline_ms = DEADLINE_MS;
    self->accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
    self->handing = g_source_new (&handing, sizeof (GSource));
    g_source_set_callback (self->handing, NULL, self, NULL);
    g_source_attach (self->handing, self->context);
    self->most_workers = MIN (g_get_num_processors (), MOST_WORKERS);
    self->asked_at_once = ASKED_AT_ONCE;
    self->asked_again = ASKED_AGAIN;
    self->crews = g_ptr_array_new_with_free_func (crew_free);
    self->scripts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_script_text_free);
    for (guint i = 0; i < scripts->len; i++)
        g_ptr_array_add (self->scripts, ib_script_text_copy (scripts->pdata[i]));
    look_at_scripts (self);
    return self;
}

void
ib_filter_pool_remember (IbFilterPool *self, const GPtrArray *marks, const char *by)
{
    if (marks->len == 0)
        return;
    if (self->settings->marks == NULL)
        self->settings->marks = ib_marks_new ();
    g_autoptr (GPtrArray) ours = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_mark_free);
    for (guint i = 0; i < marks->len; i++) {
        const IbMark *mark = marks->pdata[i];
        ib_marks_add (self->settings->marks, mark->mark, mark->expires_at_s, by);
        g_ptr_array_add (ours, ib_mark_new (mark->mark, mark->expires_at_s, by));
    }
    for (guint i = 0; i < self->crews->len; i++) {
        const Crew *crew = self->crews->pdata[i];
        /* Who cannot be told is gone, and the one after it is told of all. */
        (void) ib_filter_wire_send_marks (ib_worker_channel (crew->worker), ours, NULL);
    }
}

guint
ib_filter_pool_add_account (IbFilterPool *self, const IbFacts *account)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        g_autoptr (GVariant) same
            = g_variant_ref_sink (ib_filter_wire_pack_account (i, account, self->settings));
        if (g_variant_equal (same, self->accounts->pdata[i]))
            return i;
    }
    GVariant *packed = ib_filter_wire_pack_account (self->accounts->len, account, self->settings);
    g_ptr_array_add (self->accounts, g_variant_ref_sink (packed));
    return self->accounts->len - 1;
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
    Job *job = g_new0 (Job, 1);
    job->ticket = ++self->last_ticket;
    job->account = account;
    job->message = *message;
    job->facts = facts;
    job->wants = wants;
    job->done = done;
    job->user_data = user_data;
    job->asked_at = g_get_monotonic_time ();

    self->busy++;
    drop_source (&self->idle);
    g_queue_push_tail (&self->waiting, job);
    Crew *idle = self->waiting.length == 1 && g_queue_is_empty (&self->suspects) ? idle_crew (self) : NULL;
    if (idle != NULL)
        ask_crew (idle, &self->waiting, 1);
    else
        g_source_set_ready_time (self->handing, 0);
}

void
ib_filter_pool_set_model (IbFilterPool *self, IbFilterModel model, gpointer user_data)
{
    self->model = model;
    self->model_data = user_data;
}

void
ib_filter_pool_set_people (IbFilterPool *self, GBytes *people)
{
    g_clear_pointer (&self->settings->people, g_bytes_unref);
    self->settings->people = people != NULL ? g_bytes_ref (people) : NULL;
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
    drop_source (&self->pause);
    drop_source (&self->idle);
    drop_source (&self->handing);
    g_clear_pointer (&self->crews, g_ptr_array_unref);
    g_queue_clear_full (&self->waiting, g_free);
    g_queue_clear_full (&self->suspects, g_free);
    g_clear_pointer (&self->scripts, g_ptr_array_unref);
    g_clear_pointer (&self->settings, ib_facts_free);
    g_clear_pointer (&self->accounts, g_ptr_array_unref);
    g_clear_pointer (&self->last_words, g_free);
    g_clear_pointer (&self->context, g_main_context_unref);
    g_rc_box_release (self);
}
