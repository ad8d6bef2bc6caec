/* pipeline-batch.c - a batch's way to durability
 *
 *     gathers ─closed─▶ its data are synced, while the next one gathers ─▶ intended, renamed, delivered ─▶ what comes behind it
 *         └───────── nothing follows: both side by side ──────────────────────────▲ */
#include "pipeline-private.h"
#include "alarm.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What is left of a job. */
typedef struct {
    IbJob *job;
    bool (*note) (IbJournal *journal, IbJob *job, GError **error);
    void (*conclude) (IbPipeline *self, IbJob *job);
} PutOff;

IbBatch *
ib_batch_new (void)
{
    IbBatch *self = g_new0 (IbBatch, 1);
    self->messages = g_ptr_array_new ();
    self->twins = g_hash_table_new (g_str_hash, g_str_equal);
    self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->put_off = g_array_new (FALSE, FALSE, sizeof (PutOff));
    return self;
}

void
ib_batch_free (IbBatch *self)
{
    g_ptr_array_unref (self->messages);
    g_hash_table_unref (self->twins);
    g_hash_table_unref (self->ids);
    g_array_unref (self->put_off);
    g_free (self);
}

/* --- its messages --------------------------------------------------------------------------------------- */

/* The one that moved is told where it is, if it was not told of yet. */
static void
tell_batch_of_move (const IbBatch *batch, const char *id, const char *folder)
{
    for (guint i = 0; i < batch->messages->len; i++) {
        const IbIncoming *message = batch->messages->pdata[i];
        if (strcmp (message->story->id, id) != 0 || message->story->action != IB_STORY_DELIVER)
            continue;
        IbStoryFile *file = message->story->files->pdata[0];
        g_free (file->folder);
        file->folder = g_strdup (folder);
    }
}

/* Where the folder cannot be used it stays where it is, and @message tells. */
static bool
lead_twin (IbPipeline *self, const IbBatch *batch, IbIncoming *message, const char *path, const char *folder,
           GError **error)
{
    IbMaildir *maildir = self->home->maildir;
    IbStory *story = message->story;
    g_autoptr (GError) why = NULL;
    g_autofree char *moved = ib_maildir_make_folder (maildir, message->lead_folder, &why)
                                 ? ib_maildir_move (maildir, path, message->lead_folder, &why)
                                 : NULL;
    if (moved == NULL && ib_maildir_is_about_folder (message->lead_folder, why)) {
        g_free (story->note);
        story->note = g_strdup_printf (_ ("its twin stays where it is: %s"), why->message);
        return true;
    }
    if (moved == NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    if (!ib_journal_moved (self->home->journal, message->twin.id, folder, message->twin.name,
                           message->lead_folder, "twin", error))
        return false;
    tell_batch_of_move (batch, message->twin.id, message->lead_folder);
    return true;
}

/* A twin with a better verdict came later: the one that is here moves where this one would have gone, unless its owner
 * has seen or moved it. */
static bool
follow_twin (IbPipeline *self, const IbBatch *batch, IbIncoming *message, GError **error)
{
    if (!message->leads_twin || message->lead_folder == NULL
        || strcmp (message->twin.folder, message->lead_folder) == 0)
        return true;

    g_autoptr (GError) why = NULL;
    g_autofree char *folder = NULL;
    g_autofree char *path = ib_maildir_find (self->home->maildir, message->twin.name, &folder, &why);
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    g_autofree char *parent = path != NULL ? g_path_get_dirname (path) : NULL;
    if (path == NULL || strcmp (folder, message->twin.folder) != 0 || !g_str_has_suffix (parent, "/new"))
        return true;
    return lead_twin (self, batch, message, path, folder, error);
}

static const char *
twin_folder (const IbIncoming *message)
{
    if (message->story->action != IB_STORY_DUPLICATE)
        return NULL;
    return message->leads_twin && message->lead_folder != NULL ? message->lead_folder : message->twin.folder;
}

/* Part of the intent: recovery completes it, too. */
static void
plan_server_work (IbPipeline *self, IbIncoming *message)
{
    IbStory *story = message->story;
    const IbServerRule *rule = &message->policy.rule;
    bool is_spam = rule->moves_junk && ib_server_work_is_spam (story, twin_folder (message));
    story->after = ib_server_work (rule, is_spam);
    bool is_junked = story->after == IB_STORY_JUNK;
    g_free (story->after_folder);
    story->after_folder = g_strdup (is_junked ? IB_SERVER_JUNK_FOLDER : message->after_folder);
    /* "At once" is no moment: the clock may turn a second between this commit and the question what is due. */
    gint64 delay_s = is_junked ? 0 : rule->delay_s;
    gint64 now = ib_due_clock_latest (&self->home->clock, story->delivered_at, ib_alarm_now ());
    story->after_due_s = delay_s == 0 ? 0 : now / G_USEC_PER_SEC + delay_s;
}

/* What the journal held already needs no delivery, but the mailbox's row must know that it was seen. What it knew from a file
 * name only has its place there from now on. */
static bool
note_known (IbPipeline *self, IbIncoming *message, GError **error)
{
    const IbStory *story = message->story;
    IbJournal *journal = self->home->journal;
    if (message->is_renumbered)
        return true;
    return ib_journal_pass_over (journal, story->mailbox_key, story->uid, story->uidl, 0, error)
           && ib_journal_place_adopted (journal, story->id, story, error);
}

/* A batch becomes durable in this order and no other; every line may be repeated. That the data are safe before the intents
 * are does not matter, if only both are before the first file has its name: so they are brought there side by side, or
 * the data while the next batch gathers. */
static bool
deliver_stories (IbPipeline *self, GPtrArray *stories, GError **error)
{
    if (self->closed == NULL)
        (void) ib_delivery_begin_sync (self->delivery, NULL, NULL);
    return ib_journal_intend (self->home->journal, stories, error)
           && ib_delivery_sync (self->delivery, stories, error)
           && ib_delivery_rename (self->delivery, stories, error)
           && ib_delivery_sync_folders (self->delivery, stories, error)
           && ib_journal_delivered (self->home->journal, stories, error);
}

/* That it need not be fetched again before there is a filter. */
static bool
note_waiting (IbPipeline *self, const IbIncoming *message, GError **error)
{
    const IbStory *story = message->story;
    return ib_journal_open_message (self->home->journal, story->mailbox_key, story->uid, story->uidl,
                                    story->size_bytes, IB_OPEN_WAITS, "", error);
}

static bool
deliver_messages (IbPipeline *self, const IbBatch *batch, GPtrArray *stories, GError **error)
{
    if (stories->len > 0 && !deliver_stories (self, stories, error))
        return false;
    if (stories->len > 0)
        ib_pipeline_forget_ours (self);
    for (guint i = 0; i < batch->messages->len; i++) {
        IbIncoming *message = batch->messages->pdata[i];
        bool is_done = message->waits      ? note_waiting (self, message, error)
                       : message->is_known ? note_known (self, message, error)
                                           : follow_twin (self, batch, message, error);
        if (!is_done)
            return false;
    }
    return true;
}

static void
set_paths (IbPipeline *self, IbIncoming *message)
{
    const IbStory *story = message->story;
    if (story->action != IB_STORY_DELIVER || message->is_known || message->waits || self->is_dry
        || self->failure != NULL)
        return;
    message->paths = g_new0 (char *, story->files->len + 1);
    for (guint i = 0; i < story->files->len; i++)
        message->paths[i] = ib_maildir_path_of (self->home->maildir, story->files->pdata[i]);
}

static void
deliver_batch (IbPipeline *self, const IbBatch *batch)
{
    GError *error = NULL;
    g_autoptr (GPtrArray) stories = g_ptr_array_new ();
    gint64 now = g_get_real_time ();

    /* This takes a while; for one alone the loop would only stand in its way. */
    if (batch->messages->len > 1)
        ib_pipeline_wake_loop (self);
    for (guint i = 0; i < batch->messages->len; i++) {
        IbIncoming *message = batch->messages->pdata[i];
        message->story->delivered_at = now;
        if (self->failure == NULL) /* else there may be no home */
            plan_server_work (self, message);
        if (!message->is_known && !message->waits)
            g_ptr_array_add (stories, message->story);
    }
    if (self->is_dry)
        ib_pipeline_remember_dry_twins (self, batch);
    else if (self->failure == NULL && !deliver_messages (self, batch, stories, &error))
        ib_pipeline_stick (self, error);
    /* Also when an earlier step failed: what was written before it would keep a full disk full. */
    if (self->failure != NULL && self->delivery != NULL)
        ib_delivery_abandon (self->delivery, stories);
    for (guint i = 0; i < batch->messages->len; i++) {
        IbIncoming *message = batch->messages->pdata[i];
        set_paths (self, message);
        ib_pipeline_post_reply (self, &message->job);
    }
    ib_pipeline_wake_loop (self);
}

/* --- what comes behind them ----------------------------------------------------------------------------- */

void
ib_pipeline_put_off (IbPipeline *self, IbJob *job,
                     bool (*note) (IbJournal *journal, IbJob *job, GError **error),
                     void (*conclude) (IbPipeline *self, IbJob *job))
{
    const PutOff put_off = { job, note, conclude };
    IbBatch *last = self->closed != NULL && self->batch->messages->len == 0 ? self->closed : self->batch;
    g_array_append_val (last->put_off, put_off);
}

static bool
note_put_off (IbPipeline *self, const GArray *all, GError **error)
{
    for (guint i = 0; i < all->len; i++) {
        const PutOff *put_off = &g_array_index (all, PutOff, i);
        if (!put_off->note (self->home->journal, put_off->job, error))
            return false;
    }
    return ib_journal_flush (self->home->journal, error);
}

static void
conclude_put_off (IbPipeline *self, GArray *all)
{
    GError *error = NULL;
    if (all->len == 0)
        return;
    if (self->failure == NULL && !self->is_dry && !note_put_off (self, all, &error))
        ib_pipeline_stick (self, error);
    for (guint i = 0; i < all->len; i++) {
        const PutOff *put_off = &g_array_index (all, PutOff, i);
        put_off->conclude (self, put_off->job);
    }
    g_array_set_size (all, 0);
}

/* --- one after another ---------------------------------------------------------------------------------- */

/* Takes @batch: with all that comes behind it. */
static void
finish_batch (IbPipeline *self, IbBatch *batch)
{
    deliver_batch (self, batch);
    conclude_put_off (self, batch->put_off);
    ib_batch_free (batch);
}

static void
deliver_closed (IbPipeline *self)
{
    if (self->closed == NULL)
        return;
    finish_batch (self, self->closed);
    self->closed = NULL;
    (void) g_async_queue_remove (self->jobs, &self->all_synced); /* said meanwhile */
}

static void
all_synced_work (IbPipeline *self, IbJob *job)
{
    deliver_closed (self);
}

/* On whichever thread was the last to sync. Before all else that waits: what comes next needs it as well. */
static void
on_all_synced (gpointer user_data)
{
    IbPipeline *self = user_data;
    g_async_queue_push_front (self->jobs, &self->all_synced);
}

/* The next one gathers while its data are brought to stable storage. */
void
ib_pipeline_close_batch (IbPipeline *self)
{
    deliver_closed (self);
    self->closed = g_steal_pointer (&self->batch);
    self->batch = ib_batch_new ();
    self->all_synced = (IbJob){ .work = all_synced_work };
    if (self->failure != NULL || self->is_dry
        || !ib_delivery_begin_sync (self->delivery, on_all_synced, self))
        deliver_closed (self);
}

void
ib_pipeline_gather (IbPipeline *self, IbIncoming *message)
{
    IbBatch *batch = self->batch;
    if (batch->messages->len == 0)
        batch->since = g_get_monotonic_time ();
    g_ptr_array_add (batch->messages, message);
    if (batch->messages->len >= self->batch_messages)
        ib_pipeline_close_batch (self);
}

void
ib_pipeline_commit (IbPipeline *self)
{
    deliver_closed (self);
    if (self->batch->messages->len == 0) {
        conclude_put_off (self, self->batch->put_off);
        return;
    }
    finish_batch (self, self->batch);
    self->batch = ib_batch_new ();
}
