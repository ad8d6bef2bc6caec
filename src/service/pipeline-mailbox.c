/* pipeline-mailbox.c - the delivery thread's jobs about mailboxes, servers and polls */
#include "pipeline-private.h"
#include "alarm.h"

/* --- where a mailbox stands -------------------------------------------------------------------------------- */

typedef struct {
    IbJob job;
    char *account, *mailbox, *listing;
    guint32 uidvalidity;
    bool is_restarted;
    IbMailboxStand *stand;
    IbPipelineStand done;
} Enter;

static void
enter_free (IbJob *job)
{
    Enter *self = (Enter *) job;
    g_free (self->account);
    g_free (self->mailbox);
    g_free (self->listing);
    ib_mailbox_stand_free (self->stand);
    g_free (self);
}

static IbMailboxStand *
find_stand (IbPipeline *self, Enter *enter, GError **error)
{
    IbJournal *journal = self->home->journal;
    if (self->is_dry)
        return ib_journal_look (journal, enter->account, enter->mailbox, enter->uidvalidity, enter->listing,
                                enter->is_restarted, error);
    if (enter->is_restarted && !ib_journal_restarted (journal, enter->account, enter->mailbox, error))
        return NULL;
    return ib_journal_enter (journal, enter->account, enter->mailbox, enter->uidvalidity, enter->listing,
                             error);
}

/* What was found when the mailbox was entered before goes no more. */
static void
begin_visit (IbPipeline *self, gint64 mailbox_key, guint32 uidvalidity)
{
    g_hash_table_remove (self->renamed, &mailbox_key);
    g_hash_table_remove (self->waiting, &mailbox_key);
    ib_pipeline_begin_visit (self, mailbox_key, uidvalidity);
    if (self->formers_of == mailbox_key)
        g_clear_pointer (&self->formers, ib_files_free);
}

static void
enter_work (IbPipeline *self, IbJob *job)
{
    Enter *enter = (Enter *) job;
    ib_pipeline_commit (self);
    if (self->failure == NULL) {
        enter->stand = find_stand (self, enter, &job->error);
        if (enter->stand == NULL)
            ib_pipeline_stick (self, g_error_copy (job->error));
        else
            begin_visit (self, enter->stand->key, enter->uidvalidity);
    }
    ib_pipeline_reply (self, job);
}

static void
enter_reply (IbPipeline *self, IbJob *job)
{
    Enter *enter = (Enter *) job;
    enter->done (g_steal_pointer (&enter->stand), job->error, job->user_data);
}

void
ib_pipeline_enter (IbPipeline *self, const char *account, const char *mailbox, guint32 uidvalidity,
                   const char *listing, bool is_restarted, IbPipelineStand done, gpointer user_data)
{
    Enter *enter = g_new0 (Enter, 1);
    enter->job
        = (IbJob){ .work = enter_work, .reply = enter_reply, .free = enter_free, .user_data = user_data };
    enter->account = g_strdup (account);
    enter->mailbox = g_strdup (mailbox);
    enter->uidvalidity = uidvalidity;
    enter->listing = g_strdup (listing);
    enter->is_restarted = is_restarted;
    enter->done = done;
    ib_pipeline_submit (self, &enter->job);
}

/* --- what stays on the server ------------------------------------------------------------------------------ */

typedef struct {
    IbJob job;
    gint64 mailbox_key;
    guint32 uid;
    char *uidl, *server_text;
    guint64 size_bytes;
    gint64 date_s;
    bool is_open;
    IbOpenReason reason;
} Leave;

static void
leave_free (IbJob *job)
{
    Leave *self = (Leave *) job;
    g_free (self->uidl);
    g_free (self->server_text);
    g_free (self);
}

static void
leave_work (IbPipeline *self, IbJob *job)
{
    Leave *leave = (Leave *) job;
    IbJournal *journal = self->home != NULL ? self->home->journal : NULL;
    if (self->failure == NULL && !self->is_dry) {
        bool is_done = leave->is_open
                           ? ib_journal_open_message (journal, leave->mailbox_key, leave->uid, leave->uidl,
                                                      leave->size_bytes, leave->reason, leave->server_text,
                                                      &job->error)
                           : ib_journal_pass_over (journal, leave->mailbox_key, leave->uid, leave->uidl,
                                                   leave->date_s, &job->error);
        if (!is_done)
            ib_pipeline_stick (self, g_error_copy (job->error));
    }
    ib_pipeline_reply (self, job);
}

static Leave *
leave_new (gint64 mailbox_key, guint32 uid, const char *uidl)
{
    Leave *leave = g_new0 (Leave, 1);
    leave->job = (IbJob){ .work = leave_work, .free = leave_free };
    leave->mailbox_key = mailbox_key;
    leave->uid = uid;
    leave->uidl = g_strdup (uidl);
    return leave;
}

void
ib_pipeline_leave_open (IbPipeline *self, gint64 mailbox_key, guint32 uid, const char *uidl,
                        guint64 size_bytes, IbOpenReason reason, const char *server_text)
{
    Leave *leave = leave_new (mailbox_key, uid, uidl);
    leave->is_open = true;
    leave->size_bytes = size_bytes;
    leave->reason = reason;
    leave->server_text = g_strdup (server_text);
    ib_pipeline_submit (self, &leave->job);
}

void
ib_pipeline_pass_over (IbPipeline *self, gint64 mailbox_key, guint32 uid, const char *uidl, gint64 date_s)
{
    Leave *leave = leave_new (mailbox_key, uid, uidl);
    leave->date_s = date_s;
    ib_pipeline_submit (self, &leave->job);
}

static void
leave_waiting_work (IbPipeline *self, IbJob *job)
{
    const gint64 key = ((Leave *) job)->mailbox_key;
    g_hash_table_add (self->waiting, g_memdup2 (&key, sizeof key));
    ib_pipeline_reply (self, job);
}

void
ib_pipeline_leave_waiting (IbPipeline *self, gint64 mailbox_key)
{
    Leave *leave = leave_new (mailbox_key, 0, NULL);
    leave->job.work = leave_waiting_work;
    ib_pipeline_submit (self, &leave->job);
}

typedef struct {
    IbJob job;
    gint64 mailbox_key;
    GHashTable *uidls;
} LeftOnly;

static void
left_only_free (IbJob *job)
{
    LeftOnly *self = (LeftOnly *) job;
    g_hash_table_unref (self->uidls);
    g_free (self);
}

static void
left_only_work (IbPipeline *self, IbJob *job)
{
    const LeftOnly *left = (const LeftOnly *) job;
    if (self->failure == NULL && !self->is_dry
        && !ib_journal_drop_open (self->home->journal, left->mailbox_key, left->uidls, &job->error))
        ib_pipeline_stick (self, g_error_copy (job->error));
    ib_pipeline_reply (self, job);
}

void
ib_pipeline_left_open_only (IbPipeline *self, gint64 mailbox_key, GHashTable *uidls)
{
    LeftOnly *left = g_new0 (LeftOnly, 1);
    left->job = (IbJob){ .work = left_only_work, .free = left_only_free };
    left->mailbox_key = mailbox_key;
    left->uidls = uidls;
    ib_pipeline_submit (self, &left->job);
}

/* --- a mailbox's end, and the server ----------------------------------------------------------------------- */

typedef struct {
    IbJob job;
    gint64 mailbox_key;
    guint32 highest_uid;
    char *listing;
    gint64 since_s, now_s;
    bool is_whole; /* nothing waits there */
    GPtrArray *due;
    IbPipelineDue done;
} Taken;

static void
taken_free (IbJob *job)
{
    Taken *self = (Taken *) job;
    g_clear_pointer (&self->due, g_ptr_array_unref);
    g_free (self->listing);
    g_free (self);
}

static bool
note_taken (IbJournal *journal, IbJob *job, GError **error)
{
    const Taken *taken = (const Taken *) job;
    return !taken->is_whole
           || ib_journal_taken (journal, taken->mailbox_key, taken->highest_uid, taken->listing,
                                taken->since_s, error);
}

static void
conclude_taken (IbPipeline *self, IbJob *job)
{
    Taken *taken = (Taken *) job;
    if (self->is_dry) {
        taken->due = g_ptr_array_new ();
    } else if (self->failure == NULL) {
        gint64 now
            = ib_due_clock_earliest (&self->home->clock, taken->now_s * G_USEC_PER_SEC, ib_alarm_now ());
        taken->due
            = ib_journal_due (self->home->journal, taken->mailbox_key, now / G_USEC_PER_SEC, &job->error);
        if (taken->due == NULL)
            ib_pipeline_stick (self, g_error_copy (job->error));
    }
    ib_pipeline_reply (self, job);
}

static void
taken_work (IbPipeline *self, IbJob *job)
{
    Taken *taken = (Taken *) job;
    taken->is_whole = !g_hash_table_contains (self->waiting, &taken->mailbox_key);
    ib_pipeline_put_off (self, job, note_taken, conclude_taken);
}

static void
taken_reply (IbPipeline *self, IbJob *job)
{
    Taken *taken = (Taken *) job;
    taken->done (g_steal_pointer (&taken->due), job->error, job->user_data);
}

void
ib_pipeline_taken (IbPipeline *self, gint64 mailbox_key, guint32 highest_uid, const char *listing,
                   gint64 since_s, gint64 now_s, IbPipelineDue done, gpointer user_data)
{
    Taken *taken = g_new0 (Taken, 1);
    taken->job
        = (IbJob){ .work = taken_work, .reply = taken_reply, .free = taken_free, .user_data = user_data };
    taken->mailbox_key = mailbox_key;
    taken->highest_uid = highest_uid;
    taken->listing = g_strdup (listing);
    taken->since_s = since_s;
    taken->now_s = now_s;
    taken->done = done;
    ib_pipeline_submit (self, &taken->job);
}

/* What became of messages on the server. */
typedef enum { FATE_COPIED, FATE_GIVEN_UP, FATE_GONE, FATE_SETTLED, FATE_DOUBTED } Fate;

/* What is in doubt is looked at whole each time, and little will have changed. */
#define DOUBTED_S (24 * 3600)

typedef struct {
    IbJob job;
    Fate fate;
    gint64 mailbox_key;
    GArray *uids;
    GPtrArray *uidls; /* NULL-ended */
    gint64 due_at_s;  /* of what is in doubt */
    guint fresh;      /* the same */
    IbPipelineDone done;
    IbPipelineDoubted doubted; /* or this */
} Settled;

static void
settled_free (IbJob *job)
{
    Settled *self = (Settled *) job;
    g_array_unref (self->uids);
    g_ptr_array_unref (self->uidls);
    g_free (self);
}

static bool
note_fate (IbJournal *journal, Settled *settled, GError **error)
{
    const guint32 *uids = (const guint32 *) (gconstpointer) settled->uids->data;
    const char *const *uidls = (const char *const *) settled->uidls->pdata;
    guint count = settled->uids->len;
    switch (settled->fate) {
    case FATE_COPIED:
        return ib_journal_copied (journal, settled->mailbox_key, uids, count, error);
    case FATE_GIVEN_UP:
        return ib_journal_given_up (journal, settled->mailbox_key, uidls, error);
    case FATE_GONE:
        return ib_journal_gone (journal, settled->mailbox_key, uidls, error);
    case FATE_SETTLED:
        return ib_journal_settled (journal, settled->mailbox_key, uids, count, uidls, error);
    case FATE_DOUBTED:
        return ib_journal_doubted (journal, settled->mailbox_key, uids, count, uidls, settled->due_at_s,
                                   &settled->fresh, error);
    }
    g_assert_not_reached ();
}

static bool
note_settled (IbJournal *journal, Settled *settled, GError **error)
{
    return note_fate (journal, settled, error) && ib_journal_flush (journal, error);
}

static void
settled_work (IbPipeline *self, IbJob *job)
{
    Settled *settled = (Settled *) job;
    if (self->failure == NULL && !self->is_dry) {
        gint64 now = ib_due_clock_latest (&self->home->clock, g_get_real_time (), ib_alarm_now ());
        settled->due_at_s = now / G_USEC_PER_SEC + DOUBTED_S;
        if (!note_settled (self->home->journal, settled, &job->error))
            ib_pipeline_stick (self, g_error_copy (job->error));
    }
    ib_pipeline_reply (self, job);
}

static void
settled_reply (IbPipeline *self, IbJob *job)
{
    Settled *settled = (Settled *) job;
    if (settled->doubted != NULL)
        settled->doubted (settled->fresh, job->error, job->user_data);
    else
        settled->done (job->error, job->user_data);
}

/* @uids and @uidls may be NULL. (transfer full) */
static Settled *
settled_new (Fate fate, gint64 mailbox_key, const GArray *uids, const GPtrArray *uidls, gpointer user_data)
{
    Settled *settled = g_new0 (Settled, 1);
    settled->job = (IbJob){
        .work = settled_work, .reply = settled_reply, .free = settled_free, .user_data = user_data
    };
    settled->fate = fate;
    settled->mailbox_key = mailbox_key;
    settled->uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    if (uids != NULL)
        g_array_append_vals (settled->uids, uids->data, uids->len);
    settled->uidls = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; uidls != NULL && i < uidls->len; i++)
        g_ptr_array_add (settled->uidls, g_strdup (uidls->pdata[i]));
    g_ptr_array_add (settled->uidls, NULL);
    return settled;
}

static void
submit_settled (IbPipeline *self, Fate fate, gint64 mailbox_key, const GArray *uids, const GPtrArray *uidls,
                IbPipelineDone done, gpointer user_data)
{
    Settled *settled = settled_new (fate, mailbox_key, uids, uidls, user_data);
    settled->done = done;
    ib_pipeline_submit (self, &settled->job);
}

void
ib_pipeline_copied (IbPipeline *self, gint64 mailbox_key, GArray *uids, IbPipelineDone done,
                    gpointer user_data)
{
    submit_settled (self, FATE_COPIED, mailbox_key, uids, NULL, done, user_data);
}

void
ib_pipeline_given_up (IbPipeline *self, gint64 mailbox_key, GPtrArray *uidls, IbPipelineDone done,
                      gpointer user_data)
{
    submit_settled (self, FATE_GIVEN_UP, mailbox_key, NULL, uidls, done, user_data);
}

void
ib_pipeline_gone (IbPipeline *self, gint64 mailbox_key, GPtrArray *uidls, IbPipelineDone done,
                  gpointer user_data)
{
    submit_settled (self, FATE_GONE, mailbox_key, NULL, uidls, done, user_data);
}

void
ib_pipeline_settled (IbPipeline *self, gint64 mailbox_key, GArray *uids, GPtrArray *uidls,
                     IbPipelineDone done, gpointer user_data)
{
    submit_settled (self, FATE_SETTLED, mailbox_key, uids, uidls, done, user_data);
}

void
ib_pipeline_doubted (IbPipeline *self, gint64 mailbox_key, GArray *uids, GPtrArray *uidls,
                     IbPipelineDoubted done, gpointer user_data)
{
    Settled *settled = settled_new (FATE_DOUBTED, mailbox_key, uids, uidls, user_data);
    settled->doubted = done;
    ib_pipeline_submit (self, &settled->job);
}

/* --- a poll's end ------------------------------------------------------------------------------------------ */

typedef struct {
    IbJob job;
    char *account, *state, *text;
    gint64 at;
    bool watches;
    IbPipelineDone done;
} Note;

static void
note_free (IbJob *job)
{
    Note *self = (Note *) job;
    g_free (self->account);
    g_free (self->state);
    g_free (self->text);
    g_free (self);
}

/* The log is put in order before: then the note, for which nobody waits, begins it anew. */
static bool
note_poll (IbJournal *journal, IbJob *job, GError **error)
{
    const Note *note = (const Note *) job;
    return ib_journal_fold (journal, error)
           && (note->state == NULL
               || ib_history_note_poll (journal, note->account, note->at, note->state, note->text, error));
}

static void
conclude_note (IbPipeline *self, IbJob *job)
{
    if (((Note *) job)->watches && self->failure == NULL && !self->is_dry)
        ib_journal_make_room (self->home->journal);
    ib_pipeline_reply (self, job);
}

static void
note_work (IbPipeline *self, IbJob *job)
{
    ib_pipeline_put_off (self, job, note_poll, conclude_note);
}

static void
note_reply (IbPipeline *self, IbJob *job)
{
    ((Note *) job)->done (job->error, job->user_data);
}

void
ib_pipeline_note_poll (IbPipeline *self, const char *account, gint64 at, const char *state, const char *text,
                       bool watches, IbPipelineDone done, gpointer user_data)
{
    Note *note = g_new0 (Note, 1);
    note->job = (IbJob){ .work = note_work, .reply = note_reply, .free = note_free, .user_data = user_data };
    note->account = g_strdup (account);
    note->state = g_strdup (state);
    note->text = g_strdup (text);
    note->at = at;
    note->watches = watches;
    note->done = done;
    ib_pipeline_submit (self, &note->job);
}
