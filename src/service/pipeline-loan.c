/* pipeline-loan.c - the home in other hands, between two batches
 *
 * The thread has written all that it had, says so, and stands still until the home is given back: what comes meanwhile
 * waits in its queue. */
#include "pipeline-private.h"

typedef struct {
    IbJob job;
    IbPipelineUse use;
    IbPipelineOpen open; /* NULL: the home stays open, and is borrowed as it is */
    IbPipelineDone ready;
} Loan;

static void
free_job (IbJob *job)
{
    g_free (job);
}

static void
tell_loan (IbPipeline *self, IbJob *job)
{
    Loan *loan = (Loan *) job;
    self->is_on_loan = job->error == NULL;
    if (loan->use != NULL)
        loan->use (self->is_on_loan ? self->home : NULL, job->error, job->user_data);
    else
        loan->ready (job->error, job->user_data);
}

/* The lock goes with the home, so that another may take it. */
static void
close_home (IbPipeline *self)
{
    g_clear_pointer (&self->delivery, ib_delivery_free);
    g_clear_pointer (&self->home, ib_home_close);
    g_clear_pointer (&self->sizes_without_key, g_hash_table_unref);
    g_clear_pointer (&self->adopted, ib_files_free);
    g_clear_pointer (&self->formers, ib_files_free);
    ib_pipeline_forget_ours (self);
}

static void
open_home (IbPipeline *self, const Loan *loan)
{
    GError *error = NULL;
    self->home = loan->open (loan->job.user_data, &error);
    if (self->home != NULL)
        self->delivery = ib_delivery_new (self->home->maildir, self->home->held);
    else
        ib_pipeline_stick (self, error);
}

static void
lend_work (IbPipeline *self, IbJob *job)
{
    const Loan loan = *(Loan *) job; /* the reply frees it */
    GError *error = NULL;

    ib_pipeline_commit (self);
    if (self->failure == NULL && !ib_journal_flush (self->home->journal, &error))
        ib_pipeline_stick (self, error);
    bool is_lent = self->failure == NULL;
    if (is_lent && loan.open != NULL)
        close_home (self);
    ib_pipeline_reply (self, job);
    if (!is_lent)
        return;
    (void) g_async_queue_pop (self->returns);
    if (loan.open != NULL)
        open_home (self, &loan);
}

static void
ask (IbPipeline *self, const Loan *wanted, gpointer user_data)
{
    Loan *loan = g_new (Loan, 1);
    *loan = *wanted;
    loan->job = (IbJob){ .work = lend_work, .reply = tell_loan, .free = free_job, .user_data = user_data };
    ib_pipeline_submit (self, &loan->job);
}

void
ib_pipeline_borrow (IbPipeline *self, IbPipelineUse use, gpointer user_data)
{
    ask (self, &(Loan){ .use = use }, user_data);
}

void
ib_pipeline_lend (IbPipeline *self, IbPipelineOpen open, IbPipelineDone ready, gpointer user_data)
{
    ask (self, &(Loan){ .open = open, .ready = ready }, user_data);
}

void
ib_pipeline_give_back (IbPipeline *self)
{
    if (!self->is_on_loan)
        return;
    self->is_on_loan = false;
    g_async_queue_push (self->returns, self); /* what is pushed only must not be NULL */
}

/* --- a sign of life ---------------------------------------------------------------------------------------- */

typedef struct {
    IbJob job;
    IbPipelineDone done;
} Ping;

static void
ping_work (IbPipeline *self, IbJob *job)
{
    ib_pipeline_reply (self, job);
}

static void
ping_reply (IbPipeline *self, IbJob *job)
{
    ((Ping *) job)->done (job->error, job->user_data);
}

void
ib_pipeline_ping (IbPipeline *self, IbPipelineDone done, gpointer user_data)
{
    Ping *ping = g_new (Ping, 1);
    ping->job = (IbJob){ .work = ping_work, .reply = ping_reply, .free = free_job, .user_data = user_data };
    ping->done = done;
    ib_pipeline_submit (self, &ping->job);
}
