/* pipeline.c - the delivery thread
 *
 * A job is a piece of work for the thread and a reply for the main loop. Replies are posted in order; those of a message
 * wait for its batch. */
#include "pipeline-private.h"
#include "compose.h"
#include "mail-limits.h"
#include "story.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define BATCH_MESSAGES 256
#define BATCH_WAIT_US (50 * 1000)
#define DIGEST_CHUNK_BYTES (256 * 1024)
/* That messages are written is told of so many at a time, or when there is nothing else to do: waking the loop for each
 * costs more than writing a short one. */
#define TOLD_TOGETHER 16

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

static void
wake_loop (IbPipeline *self)
{
    if (g_atomic_int_and ((guint *) &self->untold, 0) > 0)
        g_source_set_ready_time (self->letter_box, 0);
}

static void
post_reply (IbPipeline *self, IbJob *job)
{
    if (self->failure != NULL && job->error == NULL)
        job->error = g_error_copy (self->failure);
    post (self, job, job->reply, true);
}

void
ib_pipeline_reply (IbPipeline *self, IbJob *job)
{
    post_reply (self, job);
    wake_loop (self);
}

void
ib_pipeline_submit (IbPipeline *self, IbJob *job)
{
    g_async_queue_push (self->jobs, job);
}

/* What is left of a job. */
typedef struct {
    IbJob *job;
    bool (*note) (IbJournal *journal, IbJob *job, GError **error);
    void (*conclude) (IbPipeline *self, IbJob *job);
} PutOff;

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

void
ib_pipeline_stick (IbPipeline *self, GError *error)
{
    if (self->failure == NULL)
        self->failure = error;
    else
        g_error_free (error);
}

/* --- a message --------------------------------------------------------------------------------------------- */

typedef struct {
    IbJob job;
    IbPipeline *pipeline;
    IbStory *story;
    IbPlan *plan;
    IbBag *bag;           /* NULL: written */
    guint64 offset;       /* in it */
    GPtrArray *stretches; /* IbStretch arrays, of the editions: NULL as long as none is to be written */
    IbEdition *editions;
    IbDeliveryPolicy policy;
    char *after_folder; /* the policy's */
    const IbPipelineEvents *events;
    char **paths;
    IbTwin twin;
    bool leads_twin; /* a better verdict than the twin that is here: it decides where that one stands */
    char *lead_folder;
    bool is_known;      /* the journal has it: nothing to deliver */
    bool is_renumbered; /* known under another number, and the journal has the new one */
} Message;

static void
message_free (IbJob *job)
{
    Message *self = (Message *) job;
    ib_story_free (self->story);
    ib_plan_free (self->plan);
    ib_twin_clear (&self->twin);
    ib_bag_unref (self->bag);
    g_clear_pointer (&self->stretches, g_ptr_array_unref);
    g_free (self->editions);
    g_free (self->after_folder);
    g_strfreev (self->paths);
    g_free (self->lead_folder);
    g_free (self);
}

static void
tell_written (IbPipeline *self, IbJob *job)
{
    Message *message = (Message *) job;
    message->events->written (message->story, job->user_data);
}

static void
tell_delivered (IbPipeline *self, IbJob *job)
{
    Message *message = (Message *) job;
    if (message->is_known && job->error == NULL)
        message->events->recognized (message->story, job->user_data);
    else
        message->events->delivered (message->story, (const char *const *) message->paths, job->error,
                                    job->user_data);
}

/* How much a verdict knows: of twins the better informed one decides where the message stands. A provider's mark knows
 * more than no mark, a probability more than a mark, and the surer one more than the less sure. */
static double
knowledge (const char *verdict, double probability, bool has_reasons)
{
    if (!isnan (probability))
        return 2.0 + fabs (probability - 0.5);
    return g_strcmp0 (verdict, "unsure") != 0 ? 2.0 : has_reasons ? 1.0 : 0.0;
}

/* Whether this one decides where message->twin, which is here, stands. That a server called its copy junk says less than
 * anything that was made of another copy. */
static bool
knows_better (const Message *message)
{
    const IbStory *story = message->story;
    const IbTwin *twin = &message->twin;
    bool is_from_junk = ib_compose_is_from_junk (story->reasons);
    if (is_from_junk != ib_compose_is_from_junk (twin->reasons))
        return !is_from_junk;
    return knowledge (story->verdict, story->probability, story->reasons[0] != '\0')
           > knowledge (twin->verdict, twin->probability, twin->reasons[0] != '\0');
}

/* Of message->twin, which is here. */
static void
become_duplicate (Message *message)
{
    IbStory *story = message->story;
    IbStoryFile *first = story->files->len > 0 ? story->files->pdata[0] : NULL;

    message->leads_twin = knows_better (message);
    message->lead_folder = first != NULL ? g_strdup (first->folder) : NULL;
    story->action = IB_STORY_DUPLICATE;
    g_free (story->twin_of);
    story->twin_of = g_strdup (message->twin.id);
    g_ptr_array_set_size (story->files, 0);
    (void) ib_story_add_file (story, "", "");
}

/* As the journal would tell of it. */
static void
take_twin_from_batch (const IbStory *waiting, IbTwin *out_twin)
{
    const IbStoryFile *first = waiting->files->len > 0 ? waiting->files->pdata[0] : NULL;
    memcpy (out_twin->id, waiting->id, sizeof out_twin->id);
    out_twin->folder = g_strdup (first != NULL ? first->folder : "");
    out_twin->name = g_strdup (first != NULL && first->name != NULL ? first->name : "");
    out_twin->verdict = g_strdup (waiting->verdict);
    out_twin->probability = waiting->probability;
    out_twin->reasons = g_strdup (waiting->reasons);
}

static void
twin_free (gpointer twin)
{
    ib_twin_clear (twin);
    g_free (twin);
}

/* A dry run keeps in mind what the journal of a real one would. */
static void
remember_dry_twins (IbPipeline *self, const IbBatch *batch)
{
    GHashTableIter iter;
    gpointer key, story;
    g_hash_table_iter_init (&iter, batch->twins);
    while (g_hash_table_iter_next (&iter, &key, &story)) {
        IbTwin *twin = g_new0 (IbTwin, 1);
        take_twin_from_batch (story, twin);
        g_hash_table_replace (self->dry_twins, g_strdup (key), twin);
    }
}

static bool
find_dry_twin (IbPipeline *self, const char *twin_key, IbTwin *out_twin)
{
    const IbTwin *twin = g_hash_table_lookup (self->dry_twins, twin_key);
    if (twin == NULL)
        return false;
    *out_twin = *twin;
    out_twin->folder = g_strdup (twin->folder);
    out_twin->name = g_strdup (twin->name);
    out_twin->verdict = g_strdup (twin->verdict);
    out_twin->reasons = g_strdup (twin->reasons);
    return true;
}

/* The journal does not know them yet. */
static const IbStory *
find_twin_on_its_way (const IbPipeline *self, const char *twin_key)
{
    const IbStory *waiting = g_hash_table_lookup (self->batch->twins, twin_key);
    if (waiting == NULL && self->closed != NULL)
        waiting = g_hash_table_lookup (self->closed->twins, twin_key);
    return waiting;
}

static bool
is_on_its_way (const IbPipeline *self, const char *id)
{
    return g_hash_table_contains (self->batch->ids, id)
           || (self->closed != NULL && g_hash_table_contains (self->closed->ids, id));
}

/* Is a twin of it here, or on its way? */
static bool
look_for_twin (IbPipeline *self, Message *message, GError **error)
{
    IbStory *story = message->story;
    IbJournal *journal = self->home->journal;
    g_autoptr (GError) why = NULL;
    if (!self->deduplicates || story->twin_key == NULL || story->action != IB_STORY_DELIVER)
        return true;

    const IbStory *waiting = find_twin_on_its_way (self, story->twin_key);
    if (waiting != NULL) {
        take_twin_from_batch (waiting, &message->twin);
        become_duplicate (message);
    } else if (find_dry_twin (self, story->twin_key, &message->twin)
               || (journal != NULL
                   && ib_journal_find_twin (journal, story->twin_key, &message->twin, &why))) {
        become_duplicate (message);
    } else if (why == NULL) {
        g_hash_table_insert (self->batch->twins, story->twin_key, story);
    }
    if (why == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

/* What a message is known by after its numbers changed: its twin key, or without one its bytes. */
static char *
digest_content (const Message *message)
{
    const IbStory *story = message->story;
    if (story->twin_key != NULL)
        return g_strdup (story->twin_key);

    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
    g_autofree guchar *buffer = g_malloc (DIGEST_CHUNK_BYTES);
    int fd = ib_bag_fd (message->bag);
    guint64 at = 0;
    while (at < story->size_bytes) {
        gsize most = MIN (story->size_bytes - at, DIGEST_CHUNK_BYTES);
        gssize n = pread (fd, buffer, most, (off_t) (message->offset + at));
        if (n <= 0)
            break;
        g_checksum_update (sum, buffer, n);
        at += (guint64) n;
    }
    return g_strdup (g_checksum_get_string (sum));
}

/* Is it here already, under a number that the server gave it before? At once, so that of two that are equal the second is
 * not taken for the first. */
static bool
recognize_renumbered (IbPipeline *self, Message *message, GError **error)
{
    const IbStory *story = message->story;
    IbJournal *journal = self->home->journal;
    g_autoptr (GError) why = NULL;
    IbTwin former = { 0 };

    message->is_known = ib_journal_find_content (journal, story->mailbox_key, story->content_digest,
                                                 story->size_bytes, &former, &why);
    ib_twin_clear (&former);
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    message->is_renumbered = message->is_known && !self->is_dry;
    return !message->is_renumbered
           || ib_journal_renumbered (journal, former.id, story->mailbox_key, story->uid, error);
}

/* Is it one that somebody moved on the server? */
static bool
recognize_moved (IbPipeline *self, Message *message, GError **error)
{
    IbServerFinding finding;
    if (!ib_pipeline_find_moved (self, message->story, &message->policy, &finding, error))
        return false;
    if (finding == IB_FOUND_MISSED)
        ib_compose_wanted (message->story);
    message->is_known = finding != IB_FOUND_COPY && finding != IB_FOUND_MISSED;
    message->is_renumbered = message->is_known && !self->is_dry;
    return true;
}

/* Is it here already? A server may also give one message twice before the first has reached the journal. */
static bool
recognize (IbPipeline *self, Message *message, GError **error)
{
    IbStory *story = message->story;

    story->content_digest = digest_content (message);
    if (self->home->journal == NULL)
        return true;
    g_autoptr (GError) why = NULL;
    message->is_known
        = is_on_its_way (self, story->id) || ib_journal_has (self->home->journal, story->id, &why);
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    if (!message->is_known && message->policy.is_rematched && !recognize_renumbered (self, message, error))
        return false;
    return message->is_known || recognize_moved (self, message, error);
}

static IbStretch *
read_stretches (const GArray *segments)
{
    IbStretch *stretches = g_new0 (IbStretch, MAX (segments->len, 1));
    for (guint i = 0; i < segments->len; i++) {
        const IbSegment *segment = &g_array_index (segments, IbSegment, i);
        stretches[i] = (IbStretch){ segment->literal, segment->offset, segment->length };
    }
    return stretches;
}

/* On whichever thread was the last to need the bytes. The loop is woken for a few, or when the next ones may be waited for;
 * for the last it would only stand in the way. */
static void
on_written (gpointer user_data)
{
    Message *message = user_data;
    IbPipeline *self = message->pipeline;
    g_clear_pointer (&message->bag, ib_bag_unref);
    post (self, &message->job, tell_written, false);
    bool is_waiting = g_async_queue_length (self->jobs) <= 0 && g_atomic_int_get (&self->expected) > 0;
    if (is_waiting || g_atomic_int_get (&self->untold) >= TOLD_TOGETHER)
        wake_loop (self);
}

/* The common edition, then one for each action that has its own: see ib_compose_story (). */
static void
compose_editions (Message *message)
{
    const IbPlan *plan = message->plan;
    message->stretches = g_ptr_array_new_with_free_func (g_free);
    message->editions = g_new0 (IbEdition, plan->actions->len + 1);
    for (guint i = 0; i <= plan->actions->len; i++) {
        const GArray *own = i > 0 ? ((const IbAction *) plan->actions->pdata[i - 1])->segments : NULL;
        const GArray *segments = own != NULL ? own : plan->segments;
        IbStretch *ready = read_stretches (segments);
        g_ptr_array_add (message->stretches, ready);
        message->editions[i] = (IbEdition){ ready, segments->len };
    }
}

/* Goes on beside what comes next. */
static bool
write_message (IbPipeline *self, Message *message, GError **error)
{
    const IbPiece source = { ib_bag_fd (message->bag), message->offset, message->story->size_bytes };
    compose_editions (message);
    return ib_delivery_begin_write (self->delivery, message->story, &source, message->editions,
                                    message->plan->actions->len + 1, on_written, message, error);
}

/* *out_writes: the bytes are on their way into a file, or were on it; else nobody needs them any more. */
static bool
take_in (IbPipeline *self, Message *message, bool *out_writes, GError **error)
{
    *out_writes = false;
    if (!recognize (self, message, error))
        return false;
    if (message->is_known)
        return true;
    if (!look_for_twin (self, message, error))
        return false;
    *out_writes = !self->is_dry;
    return self->is_dry || write_message (self, message, error);
}

void
ib_pipeline_expect (IbPipeline *self)
{
    g_atomic_int_inc (&self->expected);
}

void
ib_pipeline_unexpect (IbPipeline *self)
{
    g_atomic_int_add (&self->expected, -1);
}

/* --- a batch ----------------------------------------------------------------------------------------------- */

/* The one that moved is told where it is, if it was not told of yet. */
static void
tell_batch_of_move (const IbBatch *batch, const char *id, const char *folder)
{
    for (guint i = 0; i < batch->messages->len; i++) {
        const Message *message = batch->messages->pdata[i];
        if (strcmp (message->story->id, id) != 0 || message->story->action != IB_STORY_DELIVER)
            continue;
        IbStoryFile *file = message->story->files->pdata[0];
        g_free (file->folder);
        file->folder = g_strdup (folder);
    }
}

/* A twin with a better verdict came later: the one that is here moves where this one would have gone, unless its owner
 * has seen or moved it. */
static bool
follow_twin (IbPipeline *self, const IbBatch *batch, Message *message, GError **error)
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

    if (!ib_maildir_make_folder (self->home->maildir, message->lead_folder, error))
        return false;
    g_autofree char *moved = ib_maildir_move (self->home->maildir, path, message->lead_folder, error);
    if (moved == NULL
        || !ib_journal_moved (self->home->journal, message->twin.id, folder, message->twin.name,
                              message->lead_folder, "twin", error))
        return false;
    tell_batch_of_move (batch, message->twin.id, message->lead_folder);
    return true;
}

static const char *
twin_folder (const Message *message)
{
    if (message->story->action != IB_STORY_DUPLICATE)
        return NULL;
    return message->leads_twin && message->lead_folder != NULL ? message->lead_folder : message->twin.folder;
}

/* Part of the intent: recovery completes it, too. */
static void
plan_server_work (Message *message)
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
    story->after_due_s = delay_s == 0 ? 0 : story->delivered_at / G_USEC_PER_SEC + delay_s;
}

/* What the journal held already needs no delivery, but the mailbox's row must know that it was seen. */
static bool
note_known (IbPipeline *self, Message *message, GError **error)
{
    const IbStory *story = message->story;
    if (message->is_renumbered)
        return true;
    return ib_journal_pass_over (self->home->journal, story->mailbox_key, story->uid, story->uidl, error);
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

static bool
deliver_messages (IbPipeline *self, const IbBatch *batch, GPtrArray *stories, GError **error)
{
    if (stories->len > 0 && !deliver_stories (self, stories, error))
        return false;
    for (guint i = 0; i < batch->messages->len; i++) {
        Message *message = batch->messages->pdata[i];
        if (message->is_known ? !note_known (self, message, error)
                              : !follow_twin (self, batch, message, error))
            return false;
    }
    return true;
}

static void
set_paths (IbPipeline *self, Message *message)
{
    const IbStory *story = message->story;
    if (story->action != IB_STORY_DELIVER || message->is_known || self->is_dry || self->failure != NULL)
        return;
    message->paths = g_new0 (char *, story->files->len + 1);
    for (guint i = 0; i < story->files->len; i++)
        message->paths[i] = ib_maildir_path_of (self->home->maildir, story->files->pdata[i]);
}

static IbBatch *
batch_new (void)
{
    IbBatch *self = g_new0 (IbBatch, 1);
    self->messages = g_ptr_array_new ();
    self->twins = g_hash_table_new (g_str_hash, g_str_equal);
    self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->put_off = g_array_new (FALSE, FALSE, sizeof (PutOff));
    return self;
}

static void
batch_free (IbBatch *self)
{
    g_ptr_array_unref (self->messages);
    g_hash_table_unref (self->twins);
    g_hash_table_unref (self->ids);
    g_array_unref (self->put_off);
    g_free (self);
}

static void
deliver_batch (IbPipeline *self, const IbBatch *batch)
{
    GError *error = NULL;
    g_autoptr (GPtrArray) stories = g_ptr_array_new ();
    gint64 now = g_get_real_time ();

    if (batch->messages->len > 1)
        wake_loop (self); /* this takes a while; for one alone the loop would only stand in its way */
    for (guint i = 0; i < batch->messages->len; i++) {
        Message *message = batch->messages->pdata[i];
        message->story->delivered_at = now;
        plan_server_work (message);
        if (!message->is_known)
            g_ptr_array_add (stories, message->story);
    }
    if (self->is_dry)
        remember_dry_twins (self, batch);
    else if (self->failure == NULL && !deliver_messages (self, batch, stories, &error))
        ib_pipeline_stick (self, error);
    /* Also when an earlier step failed: what was written before it would keep a full disk full. */
    if (self->failure != NULL && self->delivery != NULL)
        ib_delivery_abandon (self->delivery, stories);
    for (guint i = 0; i < batch->messages->len; i++) {
        Message *message = batch->messages->pdata[i];
        set_paths (self, message);
        post_reply (self, &message->job);
    }
    wake_loop (self);
}

/* Takes @batch: with all that comes behind it. */
static void
finish_batch (IbPipeline *self, IbBatch *batch)
{
    if (batch->messages->len > 0)
        deliver_batch (self, batch);
    conclude_put_off (self, batch->put_off);
    batch_free (batch);
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
static void
close_batch (IbPipeline *self)
{
    deliver_closed (self);
    self->closed = g_steal_pointer (&self->batch);
    self->batch = batch_new ();
    if (self->failure != NULL || self->is_dry
        || !ib_delivery_begin_sync (self->delivery, on_all_synced, self))
        deliver_closed (self);
}

void
ib_pipeline_commit (IbPipeline *self)
{
    deliver_closed (self);
    finish_batch (self, self->batch);
    self->batch = batch_new ();
}

/* --- the way in ---------------------------------------------------------------------------------------------- */

static void
take_message (IbPipeline *self, IbJob *job)
{
    Message *message = (Message *) job;
    GError *error = NULL;
    bool writes = false;

    g_atomic_int_add (&self->expected, -1);
    if (self->failure == NULL && !take_in (self, message, &writes, &error))
        ib_pipeline_stick (self, error);
    if (!message->is_known)
        g_hash_table_add (self->batch->ids, g_strdup (message->story->id));
    if (!writes)
        on_written (message);

    if (self->batch->messages->len == 0)
        self->batch->since = g_get_monotonic_time ();
    g_ptr_array_add (self->batch->messages, message);
    if (self->batch->messages->len >= BATCH_MESSAGES)
        close_batch (self);
}

void
ib_pipeline_deliver (IbPipeline *self, IbStory *story, IbPlan *plan, IbBag *bag, guint64 offset,
                     const IbDeliveryPolicy *policy, const IbPipelineEvents *events, gpointer user_data)
{
    Message *message = g_new0 (Message, 1);
    message->job = (IbJob){
        .work = take_message, .reply = tell_delivered, .free = message_free, .user_data = user_data
    };
    message->pipeline = self;
    message->story = story;
    message->plan = plan;
    message->bag = bag;
    message->offset = offset;
    message->policy = *policy;
    message->policy.folder = message->after_folder = g_strdup (policy->folder);
    message->events = events;
    ib_pipeline_submit (self, &message->job);
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
        conclude_put_off (self, self->batch->put_off);
    else if (self->delivery != NULL)
        ib_delivery_write_rest (self->delivery);
    wake_loop (self);
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
            close_batch (self);
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
    self->folders = home->maildir != NULL ? ib_maildir_list (home->maildir, NULL) : NULL;
    if (self->folders == NULL)
        self->folders = g_new0 (char *, 1);
    self->marks = ib_marks_new ();
    if (home->journal != NULL) /* without it, what was seen is forgotten: mail comes all the same */
        (void) ib_journal_marks (home->journal, g_get_real_time () / G_USEC_PER_SEC, IB_LIMIT_MARKS, add_mark,
                                 self->marks, NULL);
    self->batch = batch_new ();
    self->all_synced = (IbJob){ .work = all_synced_work };
    self->dry_twins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, twin_free);
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
    batch_free (self->batch);
    g_hash_table_unref (self->dry_twins);
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
