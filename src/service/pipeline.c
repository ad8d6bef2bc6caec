/* pipeline.c - the delivery thread
 *
 * A job is a piece of work for the thread and a reply for the main loop. Replies are posted in order; those of a message
 * wait for its batch. */
#include "pipeline-private.h"
#include "rlimits.h"
#include "mail-limits.h"

#define BATCH_WAIT_US (50 * 1000)
#define BATCH_MESSAGES 256
/* Of the descriptors that may be open so many are for all else; of the others a batch takes a third, the one that gathers as many, and
 * what workers hand over the rest. */
#define OTHER_DESCRIPTORS 64
#define BATCH_SHARE 3

/* --- jobs and replies -------------------------------------------------------------------------------------- */

/* To the main loop. */
typedef struct {
    IbJob *job;
    void (*call) (IbPipeline *self, IbJob *job);
    bool is_last;
} Letter;

static void
open_letter (IbPipeline *self, Letter *letter)
{
    if (letter->job->error != NULL && self->told == NULL)
        self->told = g_error_copy (letter->job->error);
    if (letter->call != NULL)
        letter->call (self, letter->job);
    if (letter->is_last) {
        g_clear_error (&letter->job->error);
        letter->job->free (letter->job);
    }
    g_free (letter);
}

static gboolean
empty_letter_box (GSource *source, GSourceFunc callback, gpointer user_data)
{
    IbPipeline *self = user_data;
    g_source_set_ready_time (source, -1);
    for (Letter *letter = NULL; (letter = g_async_queue_try_pop (self->letters)) != NULL;)
        open_letter (self, letter);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs letter_box = { .dispatch = empty_letter_box };

/* Always through the one queue, so that order holds. The loop hears of it when it is woken. */
static void
post (IbPipeline *self, IbJob *job, void (*call) (IbPipeline *self, IbJob *job), bool is_last)
{
    Letter *letter = g_new (Letter, 1);
    *letter = (Letter){ job, call, is_last };
    g_async_queue_push (self->letters, letter);
    g_atomic_int_inc (&self->untold);
}

void
ib_pipeline_post (IbPipeline *self, IbJob *job, void (*call) (IbPipeline *self, IbJob *job))
{
    post (self, job, call, false);
}

void
ib_pipeline_wake_loop (IbPipeline *self)
{
    if (g_atomic_int_and ((guint *) &self->untold, 0) > 0)
        g_source_set_ready_time (self->letter_box, 0);
}

void
ib_pipeline_post_reply (IbPipeline *self, IbJob *job)
{
    if (self->failure != NULL && job->error == NULL)
        job->error = g_error_copy (self->failure);
    post (self, job, job->reply, true);
}

void
ib_pipeline_reply (IbPipeline *self, IbJob *job)
{
    ib_pipeline_post_reply (self, job);
    ib_pipeline_wake_loop (self);
}

void
ib_pipeline_submit (IbPipeline *self, IbJob *job)
{
    g_async_queue_push (self->jobs, job);
}

void
ib_pipeline_stick (IbPipeline *self, GError *error)
{
    if (self->failure == NULL)
        self->failure = error;
    else
        g_error_free (error);
}

/* --- the thread -------------------------------------------------------------------------------------------- */

/* The next job; NULL when the batch that gathers should be closed instead. One that is closed tells when it can go on. */
static IbJob *
next_job (IbPipeline *self)
{
    IbJob *job = g_async_queue_try_pop (self->jobs);
    bool is_gathering = self->batch->messages->len > 0;
    if (job != NULL)
        return job;
    if ((is_gathering || self->closed != NULL) && g_atomic_int_get (&self->expected) <= 0)
        return NULL;
    if (!is_gathering && self->closed == NULL)
        ib_pipeline_commit (self);
    else if (self->delivery != NULL)
        ib_delivery_write_rest (self->delivery);
    ib_pipeline_wake_loop (self);
    if (!is_gathering || self->closed != NULL)
        return g_async_queue_pop (self->jobs);
    gint64 left = self->batch->since + BATCH_WAIT_US - g_get_monotonic_time ();
    return left > 0 ? g_async_queue_timeout_pop (self->jobs, (guint64) left) : NULL;
}

static gpointer
run (gpointer data)
{
    IbPipeline *self = data;
    while (!self->is_closing) {
        IbJob *job = next_job (self);
        if (job != NULL)
            job->work (self, job);
        else if (self->batch->messages->len > 0 && g_atomic_int_get (&self->expected) > 0)
            ib_pipeline_close_batch (self);
        else
            ib_pipeline_commit (self);
    }
    return NULL;
}

static void
close_work (IbPipeline *self, IbJob *job)
{
    GError *error = NULL;
    ib_pipeline_commit (self);
    if (self->failure == NULL && !self->is_dry && !ib_journal_flush (self->home->journal, &error))
        ib_pipeline_stick (self, error);
    self->is_closing = true;
}

static void
twin_free (gpointer twin)
{
    ib_twin_clear (twin);
    g_free (twin);
}

static void
add_mark (const char *mark, gint64 expires_at_s, const char *id, gpointer user_data)
{
    ib_marks_add (user_data, mark, expires_at_s, id);
}

IbPipeline *
ib_pipeline_new (IbHome *home, bool deduplicates)
{
    IbPipeline *self = g_new0 (IbPipeline, 1);
    self->context = g_main_context_ref_thread_default ();
    self->jobs = g_async_queue_new ();
    self->returns = g_async_queue_new ();
    self->letters = g_async_queue_new ();
    self->letter_box = g_source_new (&letter_box, sizeof (GSource));
    g_source_set_callback (self->letter_box, NULL, self, NULL);
    g_source_attach (self->letter_box, self->context);
    self->deduplicates = deduplicates;
    self->home = home;
    self->is_dry = home->is_dry;
    self->delivery = home->is_dry ? NULL : ib_delivery_new (home->maildir, home->held);
    self->folders = home->maildir != NULL ? ib_maildir_list (home->maildir) : g_new0 (char *, 1);
    self->marks = ib_marks_new ();
    if (home->journal != NULL) /* without it, what was seen is forgotten: mail comes all the same */
        (void) ib_journal_marks (home->journal, g_get_real_time () / G_USEC_PER_SEC, IB_LIMIT_MARKS, add_mark,
                                 self->marks, NULL);
    self->batch = ib_batch_new ();
    guint descriptors = MAX (ib_rlimits_descriptors (), OTHER_DESCRIPTORS) - OTHER_DESCRIPTORS;
    self->batch_messages = CLAMP (descriptors / BATCH_SHARE, 1, BATCH_MESSAGES);
    self->dry_twins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, twin_free);
    self->dry_known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->dry_skipped = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->renamed = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
    self->waiting = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
    self->visits = ib_pipeline_new_visits ();
    self->thread = g_thread_new ("delivery", run, self);
    return self;
}

const char *const *
ib_pipeline_folders (const IbPipeline *self)
{
    return (const char *const *) self->folders;
}

IbMarks *
ib_pipeline_marks (const IbPipeline *self)
{
    return self->marks;
}

static void
fail_work (IbPipeline *self, IbJob *job)
{
    ib_pipeline_stick (self, g_error_copy (job->error));
    ib_pipeline_reply (self, job);
}

static void
fail_free (IbJob *job)
{
    g_free (job);
}

void
ib_pipeline_fail (IbPipeline *self, const GError *error)
{
    IbJob *job = g_new0 (IbJob, 1);
    *job = (IbJob){ .work = fail_work, .free = fail_free, .error = g_error_copy (error) };
    if (self->told == NULL)
        self->told = g_error_copy (error);
    ib_pipeline_submit (self, job);
}

const GError *
ib_pipeline_get_error (const IbPipeline *self)
{
    return self->told;
}

void
ib_pipeline_close (IbPipeline *self)
{
    if (self == NULL)
        return;
    IbJob closing = { .work = close_work };
    ib_pipeline_give_back (self);
    ib_pipeline_submit (self, &closing);
    g_thread_join (self->thread);
    while (g_main_context_iteration (self->context, FALSE))
        ; /* replies that are due */

    ib_delivery_free (self->delivery);
    ib_home_close (self->home);
    ib_batch_free (self->batch);
    g_hash_table_unref (self->dry_twins);
    g_hash_table_unref (self->dry_known);
    g_hash_table_unref (self->dry_skipped);
    g_hash_table_unref (self->renamed);
    g_hash_table_unref (self->waiting);
    g_clear_pointer (&self->sizes_without_key, g_hash_table_unref);
    ib_files_free (self->adopted);
    ib_files_free (self->formers);
    ib_pipeline_forget_ours (self);
    g_hash_table_unref (self->visits);
    g_async_queue_unref (self->jobs);
    g_async_queue_unref (self->returns);
    g_source_destroy (self->letter_box);
    g_source_unref (self->letter_box);
    g_async_queue_unref (self->letters);
    g_main_context_unref (self->context);
    g_strfreev (self->folders);
    ib_marks_unref (self->marks);
    g_clear_error (&self->failure);
    g_clear_error (&self->told);
    g_free (self);
}
