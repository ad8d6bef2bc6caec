/* pipeline-message.c - a message's way in: whether it is known or has a twin, and into tmp/ with it */
#include "pipeline-private.h"
#include "compose.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define DIGEST_CHUNK_BYTES (256 * 1024)
/* That messages are written is told of so many at a time, or when there is nothing else to do: waking the loop for each
 * costs more than writing a short one. */
#define TOLD_TOGETHER 16

static void
message_free (IbJob *job)
{
    IbIncoming *self = (IbIncoming *) job;
    ib_story_free (self->story);
    ib_plan_free (self->plan);
    ib_twin_clear (&self->twin);
    ib_bag_unref (self->bag);
    g_clear_pointer (&self->stretches, g_ptr_array_unref);
    g_free (self->editions);
    g_free (self->after_folder);
    g_strfreev (self->paths);
    g_free (self->trouble);
    g_free (self->lead_folder);
    g_free (self);
}

static void
tell_written (IbPipeline *self, IbJob *job)
{
    IbIncoming *message = (IbIncoming *) job;
    message->events->written (message->story, job->user_data);
}

static void
tell_delivered (IbPipeline *self, IbJob *job)
{
    IbIncoming *message = (IbIncoming *) job;
    if (message->waits && job->error == NULL)
        message->events->waits (message->story, job->user_data);
    else if (message->is_known && job->error == NULL)
        message->events->recognized (message->story, message->trouble, job->user_data);
    else
        message->events->delivered (message->story, (const char *const *) message->paths, job->error,
                                    job->user_data);
}

/* --- its twin ------------------------------------------------------------------------------------------- */

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
knows_better (const IbIncoming *message)
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
become_duplicate (IbIncoming *message)
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

/* A dry run keeps in mind what the journal of a real one would. */
void
ib_pipeline_remember_dry_twins (IbPipeline *self, const IbBatch *batch)
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

/* What has no key: the same one in another mailbox of its server, moved or under a second label. */
static bool
look_for_copy (IbPipeline *self, IbIncoming *message, GError **error)
{
    const IbStory *story = message->story;
    IbJournal *journal = self->home->journal;
    g_autoptr (GError) why = NULL;
    if (journal == NULL || story->uid == 0 || story->internal_date_s == 0)
        return true;
    if (ib_journal_find_copy (journal, story, &message->twin, &why))
        become_duplicate (message);
    if (why == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

/* Is a twin of it here, or on its way? */
static bool
look_for_twin (IbPipeline *self, IbIncoming *message, GError **error)
{
    IbStory *story = message->story;
    IbJournal *journal = self->home->journal;
    g_autoptr (GError) why = NULL;
    if (!self->deduplicates || story->action != IB_STORY_DELIVER)
        return true;
    if (story->twin_key == NULL)
        return look_for_copy (self, message, error);

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

/* --- whether it is known -------------------------------------------------------------------------------- */

static bool
is_on_its_way (const IbPipeline *self, const char *id)
{
    return g_hash_table_contains (self->batch->ids, id)
           || (self->closed != NULL && g_hash_table_contains (self->closed->ids, id));
}

char *
ib_pipeline_digest (int fd, guint64 offset, guint64 length)
{
    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
    g_autofree guchar *buffer = g_malloc (DIGEST_CHUNK_BYTES);
    guint64 at = 0;
    while (at < length) {
        gsize most = MIN (length - at, DIGEST_CHUNK_BYTES);
        gssize n = pread (fd, buffer, most, (off_t) (offset + at));
        if (n <= 0)
            break;
        g_checksum_update (sum, buffer, n);
        at += (guint64) n;
    }
    return g_strdup (g_checksum_get_string (sum));
}

static char *
digest_bytes (const IbIncoming *message)
{
    return ib_pipeline_digest (ib_bag_fd (message->bag), message->offset, message->story->size_bytes);
}

/* It has a key. One that came while no filter worked has none, and may be this one: it gets the key that it would have had,
 * and both are known by that from here on. *out_digest: a dry run gives no key; then it is the one of the bytes. */
static bool
recall_unfiltered (IbPipeline *self, const IbIncoming *message, char **out_digest, GError **error)
{
    const IbStory *story = message->story;
    IbJournal *journal = self->home->journal;
    const gint64 size = (gint64) story->size_bytes;
    g_autoptr (GError) why = NULL;
    if (!g_hash_table_contains (self->sizes_without_key, &size))
        return true;

    g_autofree char *digest = digest_bytes (message);
    if (!ib_journal_has_bytes (journal, digest, story->size_bytes, &why)) {
        if (why == NULL)
            return true;
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    if (!self->is_dry)
        return ib_journal_give_key (journal, digest, story->size_bytes, story->twin_key, error);
    g_free (*out_digest);
    *out_digest = g_steal_pointer (&digest);
    return true;
}

/* What a message is known by after its numbers changed: its twin key, or without one its bytes. */
static bool
find_digest (IbPipeline *self, IbIncoming *message, GError **error)
{
    IbStory *story = message->story;
    const gint64 size = (gint64) story->size_bytes;
    story->content_digest = story->twin_key != NULL ? g_strdup (story->twin_key) : digest_bytes (message);
    if (self->home->journal == NULL)
        return true;
    if (self->sizes_without_key == NULL)
        self->sizes_without_key = ib_journal_sizes_without_key (self->home->journal, error);
    if (self->sizes_without_key == NULL)
        return false;
    if (story->twin_key != NULL)
        return recall_unfiltered (self, message, &story->content_digest, error);
    g_hash_table_add (self->sizes_without_key, g_memdup2 (&size, sizeof size));
    return true;
}

/* None of the UIDLs that were known is there, and it is not certain yet whether they are new. */
static bool
may_be_renamed (const IbPipeline *self, const IbIncoming *message)
{
    return message->policy.renamed_until > 0
           && !g_hash_table_contains (self->renamed, &message->story->mailbox_key);
}

/* It is certain once one is found: all that came before is known by its content from now on. Where that was wrong, and it is there
 * under its former name again, it is recognized then. */
static bool
rename_all (IbPipeline *self, const IbIncoming *message, GError **error)
{
    gint64 key = message->story->mailbox_key;
    if (self->is_dry)
        return true;
    g_hash_table_add (self->renamed, g_memdup2 (&key, sizeof key));
    return ib_journal_rename_all (self->home->journal, key, message->policy.renamed_until, error);
}

/* Of several, not the first @skipped. */
static bool
find_content (IbPipeline *self, const IbIncoming *message, bool is_renamed, guint skipped, IbTwin *out_former,
              GError **error)
{
    const IbStory *story = message->story;
    IbJournal *journal = self->home->journal;
    return is_renamed ? ib_journal_find_renamed (journal, story->mailbox_key, message->policy.renamed_until,
                                                 story->content_digest, story->size_bytes, skipped,
                                                 out_former, error)
                      : ib_journal_find_content (journal, story->mailbox_key, story->content_digest,
                                                 story->size_bytes, skipped, out_former, error);
}

/* In a dry run what was recognized keeps its former number, and would be found again for each that is equal. */
static bool
find_next_content (IbPipeline *self, const IbIncoming *message, bool is_renamed, IbTwin *out_former,
                   GError **error)
{
    const IbStory *story = message->story;
    g_autofree char *key = g_strdup_printf ("%d %" G_GINT64_FORMAT " %s %" G_GUINT64_FORMAT, is_renamed,
                                            story->mailbox_key, story->content_digest, story->size_bytes);
    guint skipped = GPOINTER_TO_UINT (g_hash_table_lookup (self->dry_skipped, key));
    bool is_found = find_content (self, message, is_renamed, skipped, out_former, error);
    while (is_found && g_hash_table_contains (self->dry_known, out_former->id)) {
        ib_twin_clear (out_former);
        is_found = find_content (self, message, is_renamed, ++skipped, out_former, error);
    }
    if (is_found && self->is_dry) {
        g_hash_table_add (self->dry_known, g_strdup (out_former->id));
        g_hash_table_replace (self->dry_skipped, g_steal_pointer (&key), GUINT_TO_POINTER (skipped + 1));
    }
    return is_found;
}

/* Under a number that the server gave before? */
static bool
find_former (IbPipeline *self, const IbIncoming *message, IbTwin *out_former, GError **error)
{
    bool is_doubtful = may_be_renamed (self, message);
    g_autoptr (GError) why = NULL;

    bool is_found
        = find_next_content (self, message, false, out_former, &why)
          || (is_doubtful && why == NULL && find_next_content (self, message, true, out_former, &why));
    if (is_found && is_doubtful)
        is_found = rename_all (self, message, &why);
    if (why != NULL)
        g_propagate_error (error, g_steal_pointer (&why));
    return is_found;
}

/* Is it here already, under a number that the server gave it before? At once, so that of two that are equal the second is
 * not taken for the first. */
static bool
recognize_renumbered (IbPipeline *self, IbIncoming *message, GError **error)
{
    const IbStory *story = message->story;
    IbJournal *journal = self->home->journal;
    g_autoptr (GError) why = NULL;
    IbTwin former = { 0 };

    message->is_known = find_former (self, message, &former, &why);
    if (message->is_known)
        ib_pipeline_forget_file (self, former.id);
    ib_twin_clear (&former);
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    message->is_renumbered = message->is_known && !self->is_dry;
    return !message->is_renumbered
           || ib_journal_renumbered (journal, former.id, story->mailbox_key, story->uid, story->uidl,
                                     story->internal_date_s, error);
}

/* It has the number again that it came under, after it had another one meanwhile. If all are new, that goes for this one too,
 * and it has its own once more after that. */
static bool
take_back (IbPipeline *self, IbIncoming *message, const char *former_id, GError **error)
{
    IbJournal *journal = self->home->journal;
    if (!ib_journal_returned (journal, former_id, message->story, &message->is_renumbered, error))
        return false;
    return !message->is_renumbered || !may_be_renamed (self, message)
           || (rename_all (self, message, error)
               && ib_journal_returned (journal, former_id, message->story, &message->is_renumbered, error));
}

/* Is it here already, as what came under its number before? Old UIDLs may return at any time, and be given to other mail. */
static bool
recognize_returned (IbPipeline *self, IbIncoming *message, GError **error)
{
    g_autoptr (GError) why = NULL;
    char former_id[IB_ID_LENGTH + 1];
    message->is_known = ib_journal_find_namesake (self->home->journal, message->policy.former_id,
                                                  message->story, former_id, &why);
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    if (message->is_known && self->is_dry)
        g_hash_table_add (self->dry_known, g_strdup (former_id));
    return !message->is_known || self->is_dry || take_back (self, message, former_id, error);
}

/* The journal was lost, and it has had another number before: its file is here. */
static bool
recognize_adopted (IbPipeline *self, IbIncoming *message, GError **error)
{
    char id[IB_ID_LENGTH + 1];
    if (!ib_pipeline_find_adopted (self, message, id, error))
        return false;
    message->is_known = *id != '\0';
    message->is_renumbered = message->is_known && !self->is_dry;
    if (!message->is_known)
        return true;
    ib_pipeline_forget_file (self, id);
    return self->is_dry || ib_journal_place_adopted (self->home->journal, id, message->story, error);
}

/* Is it one that somebody moved on the server? */
static bool
recognize_moved (IbPipeline *self, IbIncoming *message, GError **error)
{
    IbServerFinding finding;
    if (!ib_pipeline_find_moved (self, message->story, &message->policy, &finding, &message->trouble, error))
        return false;
    if (finding == IB_FOUND_MISSED)
        ib_compose_wanted (message->story);
    message->is_known = finding != IB_FOUND_COPY && finding != IB_FOUND_MISSED;
    message->is_renumbered = message->is_known && finding != IB_FOUND_PUT && !self->is_dry;
    return true;
}

/* What came under its number before may have been deleted on the server, which was restored since or did not do it after all. */
static bool
look_for_namesake (IbPipeline *self, const IbIncoming *message, bool *in_out_is_certain, GError **error)
{
    const char *former_id = message->policy.former_id;
    g_autoptr (GError) why = NULL;
    if (former_id != NULL
        && ib_journal_may_have_namesake (self->home->journal, former_id, message->story, &why))
        *in_out_is_certain = false;
    if (why == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

/* What may be shown at any time does not make all that comes wait. */
static bool
may_wait (const IbDeliveryPolicy *policy)
{
    return !policy->is_hopeless
           && (policy->is_rematched || policy->renamed_until > 0 || policy->former_id != NULL);
}

/* It was to be recognized, and no filter could read it: its bytes may tell. Where the file is missing that they would be
 * compared with, or it may be what had its number, it waits; and what comes later is to be recognized as this one is, though its
 * name will be known by then. */
static bool
recognize_unread (IbPipeline *self, IbIncoming *message, GError **error)
{
    const IbStory *story = message->story;
    const gint64 key = story->mailbox_key;
    char id[IB_ID_LENGTH + 1];
    bool is_certain = false;
    const IbDeliveryPolicy *policy = &message->policy;
    bool is_anew = policy->is_rematched || policy->may_be_unmet || policy->renamed_until > 0;
    if (!ib_pipeline_find_former (self, message, id, &is_certain, error)
        || !look_for_namesake (self, message, &is_certain, error))
        return false;
    message->is_known = *id != '\0' && is_anew;
    message->waits = !message->is_known && may_wait (policy) && (*id != '\0' || !is_certain);
    if (message->waits)
        g_hash_table_add (self->waiting, g_memdup2 (&key, sizeof key));
    if (!message->is_known)
        return !message->waits || !may_be_renamed (self, message) || rename_all (self, message, error);
    ib_pipeline_forget_file (self, id);
    message->is_renumbered = !self->is_dry;
    return self->is_dry
           || ((!may_be_renamed (self, message) || rename_all (self, message, error))
               && ib_journal_renumbered (self->home->journal, id, key, story->uid, story->uidl,
                                         story->internal_date_s, error));
}

/* Is it here already? A server may also give one message twice before the first has reached the journal. */
static bool
recognize (IbPipeline *self, IbIncoming *message, GError **error)
{
    IbStory *story = message->story;

    if (!find_digest (self, message, error))
        return false;
    if (self->home->journal == NULL)
        return true;
    g_autoptr (GError) why = NULL;
    message->is_known
        = is_on_its_way (self, story->id) || ib_journal_has (self->home->journal, story->id, &why);
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    if (message->is_known)
        ib_pipeline_forget_file (self, story->id);
    if (!message->is_known && !ib_pipeline_find_ours (self, message, &message->is_known, error))
        return false;
    const IbDeliveryPolicy *policy = &message->policy;
    bool is_rematched = policy->is_rematched || policy->may_be_unmet || policy->renamed_until > 0
                        || policy->former_id != NULL;
    if (!message->is_known && policy->former_id != NULL && !recognize_returned (self, message, error))
        return false;
    if (!message->is_known && is_rematched && !recognize_renumbered (self, message, error))
        return false;
    if (!message->is_known && !recognize_adopted (self, message, error))
        return false;
    if (!message->is_known && is_rematched && policy->is_unread && !recognize_unread (self, message, error))
        return false;
    return message->is_known || message->waits || recognize_moved (self, message, error);
}

/* --- the way in ----------------------------------------------------------------------------------------- */

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
    IbIncoming *message = user_data;
    IbPipeline *self = message->pipeline;
    g_clear_pointer (&message->bag, ib_bag_unref);
    ib_pipeline_post (self, &message->job, tell_written);
    bool is_waiting = g_async_queue_length (self->jobs) <= 0 && g_atomic_int_get (&self->expected) > 0;
    if (is_waiting || g_atomic_int_get (&self->untold) >= TOLD_TOGETHER)
        ib_pipeline_wake_loop (self);
}

/* The common edition, then one for each action that has its own: see ib_compose_story (). */
static void
compose_editions (IbIncoming *message)
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
write_message (IbPipeline *self, IbIncoming *message, GError **error)
{
    const IbPiece source = { ib_bag_fd (message->bag), message->offset, message->story->size_bytes };
    compose_editions (message);
    return ib_delivery_begin_write (self->delivery, message->story, &source, message->editions,
                                    message->plan->actions->len + 1, on_written, message, error);
}

/* *out_writes: the bytes are on their way into a file, or were on it; else nobody needs them any more. */
static bool
take_in (IbPipeline *self, IbIncoming *message, bool *out_writes, GError **error)
{
    *out_writes = false;
    if (!recognize (self, message, error))
        return false;
    if (message->is_known || message->waits)
        return true;
    if (!look_for_twin (self, message, error))
        return false;
    *out_writes = !self->is_dry;
    return self->is_dry || write_message (self, message, error);
}

static void
take_message (IbPipeline *self, IbJob *job)
{
    IbIncoming *message = (IbIncoming *) job;
    GError *error = NULL;
    bool writes = false;

    g_atomic_int_add (&self->expected, -1);
    if (self->failure == NULL && !take_in (self, message, &writes, &error))
        ib_pipeline_stick (self, error);
    if (!message->is_known && !message->waits)
        g_hash_table_add (self->batch->ids, g_strdup (message->story->id));
    if (!writes)
        on_written (message);
    ib_pipeline_gather (self, message);
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

void
ib_pipeline_deliver (IbPipeline *self, IbStory *story, IbPlan *plan, IbBag *bag, guint64 offset,
                     const IbDeliveryPolicy *policy, const IbPipelineEvents *events, gpointer user_data)
{
    IbIncoming *message = g_new0 (IbIncoming, 1);
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
