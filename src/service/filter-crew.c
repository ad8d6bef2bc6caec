/* filter-crew.c - one filter worker, and the messages that it was given */
#include "filter-crew.h"

#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

/* Of a frame, for so many messages. */
#define ASK_BYTES (IB_FRAME_BYTES / 2)

struct _IbFilterCrew {
    const IbFilterBrief *brief;
    const IbFilterCrewEvents *events;
    gpointer user_data;
    guint deadline_ms;
    IbWorker *worker;
    IbJudgementReader *reader;
    GQueue asked; /* IbFilterJob */
    guint told;   /* of the brief's accounts */
    bool is_ready;
    bool is_alone;
};

/* --- what it says ----------------------------------------------------------------------------------------------- */

/* NULL: it can be done as it stands. */
static const char *
unsound (const IbFilterCrew *self, const IbJudgement *judgement, const IbFilterJob *job)
{
    bool edits_headers = ib_filter_brief_edits_headers (self->brief);
    const char *wrong = ib_judgement_unsound (judgement, job->message.size_bytes, edits_headers);
    if (wrong == NULL && !ib_judgement_keeps_message (judgement, &job->message, edits_headers))
        wrong = "an edit that would take more out than it may";
    if (wrong == NULL && !ib_filter_brief_remembers (self->brief) && judgement->marks->len > 0)
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

/* NULL unless it was the last frame of a judgement that can be used; the first of .asked is what it is about. */
static IbJudgement *
read_judgement (IbFilterCrew *self, const IbFrame *frame)
{
    guint64 ticket = 0;
    g_autoptr (IbJudgement) judgement = NULL;
    const IbFilterJob *job = g_queue_peek_head (&self->asked);

    if (!ib_judgement_reader_add (self->reader, frame, &ticket, &judgement)) {
        ib_worker_end (self->worker, "a judgement that cannot be read");
        return NULL;
    }
    if (job == NULL || ticket != job->ticket) {
        ib_worker_end (self->worker, "an answer to what was not asked");
        return NULL;
    }
    const char *wrong = judgement != NULL ? unsound (self, judgement, job) : NULL;
    if (wrong != NULL) {
        ib_worker_end (self->worker, wrong);
        return NULL;
    }
    return g_steal_pointer (&judgement);
}

static void
on_frame (IbChannel *channel, IbFrame *frame, gpointer user_data)
{
    IbFilterCrew *self = user_data;
    if (frame->kind == IB_FILTER_WIRE_READY) {
        self->is_ready = true;
        self->events->ready (self->user_data);
        return;
    }
    IbJudgement *judgement = read_judgement (self, frame);
    if (judgement == NULL)
        return;
    IbFilterJob *job = g_queue_pop_head (&self->asked);
    self->is_alone = false;
    ib_worker_expect (self->worker, g_queue_is_empty (&self->asked) ? 0 : self->deadline_ms);
    self->events->judged (job, judgement, self->user_data);
}

static void
on_gone (IbWorker *worker, const GError *why, gpointer user_data)
{
    IbFilterCrew *self = user_data;
    self->events->gone (self, why != NULL ? why->message : _ ("the filter left"), self->user_data);
}

/* --- asking ----------------------------------------------------------------------------------------------------- */

/* A worker must not be able to change the message. */
static bool
is_reading_only (int fd)
{
    int seals = fcntl (fd, F_GET_SEALS);
    return (seals >= 0 && (seals & F_SEAL_WRITE) != 0) || (fcntl (fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
}

static bool
send_asks (IbFilterCrew *self, int from, const GByteArray *asks, GError **error)
{
    IbChannel *channel = ib_worker_channel (self->worker);
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
pack_ask (GByteArray *asks, const IbFilterJob *job)
{
    const IbFilterAsk ask = { .ticket = job->ticket,
                              .account = job->account,
                              .offset = job->message.offset,
                              .size_bytes = job->message.size_bytes,
                              .wants = job->wants };
    ib_filter_wire_pack_ask (asks, &ask, job->facts);
}

void
ib_filter_crew_ask (IbFilterCrew *self, GQueue *from, guint most)
{
    g_autoptr (GByteArray) asks = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    const IbFilterJob *first = g_queue_peek_head (from);
    int fd = first->message.fd;

    if (g_queue_is_empty (&self->asked))
        ib_worker_expect (self->worker, self->deadline_ms);
    self->is_alone = first->deaths > 0;
    for (guint i = 0; i < most && asks->len < ASK_BYTES; i++) {
        IbFilterJob *job = g_queue_peek_head (from);
        if (job == NULL || job->message.fd != fd)
            break;
        g_queue_push_tail (&self->asked, g_queue_pop_head (from));
        pack_ask (asks, job);
    }
    bool is_sent
        = ib_filter_brief_tell_accounts (self->brief, &self->told, ib_worker_channel (self->worker), &error)
          && send_asks (self, fd, asks, &error);
    if (!is_sent && !g_error_matches (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED))
        ib_worker_end (self->worker, error->message);
}

void
ib_filter_crew_tell_marks (IbFilterCrew *self, const GPtrArray *marks)
{
    /* One that cannot be told is gone, and the one after it is told of all. */
    (void) ib_filter_wire_send_marks (ib_worker_channel (self->worker), marks, NULL);
}

/* --- beginning and end ------------------------------------------------------------------------------------------ */

IbFilterCrew *
ib_filter_crew_start (const IbFilterBrief *brief, guint deadline_ms, const IbFilterCrewEvents *events,
                      gpointer user_data, GError **error)
{
    static const IbWorkerEvents worker_events = { on_frame, on_gone };
    g_autoptr (IbFilterCrew) self = g_new0 (IbFilterCrew, 1);
    self->brief = brief;
    self->events = events;
    self->user_data = user_data;
    self->deadline_ms = deadline_ms;
    self->reader = ib_judgement_reader_new ();

    self->worker
        = ib_worker_start ("inbasket-filter", ib_filter_wire_to_service, &worker_events, self, error);
    if (self->worker == NULL || !ib_filter_brief_tell (brief, ib_worker_channel (self->worker), error))
        return NULL;
    return g_steal_pointer (&self);
}

bool
ib_filter_crew_is_ready (const IbFilterCrew *self)
{
    return self->is_ready;
}

bool
ib_filter_crew_is_alone (const IbFilterCrew *self)
{
    return self->is_alone;
}

GQueue *
ib_filter_crew_asked (IbFilterCrew *self)
{
    return &self->asked;
}

void
ib_filter_crew_free (IbFilterCrew *self)
{
    if (self == NULL)
        return;
    ib_worker_free (self->worker);
    ib_judgement_reader_free (self->reader);
    g_queue_clear_full (&self->asked, g_free);
    g_free (self);
}
