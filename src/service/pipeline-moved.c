/* pipeline-moved.c - the delivery thread finds a message that was moved on its server
 *
 * In this order: the file follows, durably, then the journal is told, in one go, where both stand and what that teaches. After
 * a crash in between the message is found again, the file is where it should be, and is taken for moved by the user,
 * who has said the same.
 *
 * What the user takes out of Junk there, and is gone here, is mail that is missed: only one that is here may be cleared away. */
#include "pipeline-private.h"
#include "alarm.h"
#include "dues.h"
#include "folder-role.h"
#include "server-side.h"
#include "survey.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The file of the message that is here: the message's own, or of which it is a copy. NULL without error: there is none. */
static IbPlacedFile *
find_file (IbPipeline *self, const IbStory *story, const IbServerSide *side, GError **error)
{
    IbJournal *journal = self->home->journal;
    g_autoptr (GError) why = NULL;
    IbTwin twin = { 0 };
    bool has_twin = story->twin_key != NULL && ib_journal_find_twin (journal, story->twin_key, &twin, &why);
    IbPlacedFile *file
        = why == NULL ? ib_places_find (journal, has_twin ? twin.id : side->id, 0, &why) : NULL;
    ib_twin_clear (&twin);
    if (why != NULL)
        g_propagate_error (error, g_steal_pointer (&why));
    return file;
}

/* Where the folder cannot be used it stays, and holds up no mail. *out_trouble tells, then; it is left alone otherwise. */
static bool
move (IbHome *home, const IbPlacedFile *file, const char *path, const char *folder, const char *target,
      char **out_trouble, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autofree char *moved = ib_maildir_make_folder (home->maildir, target, &why)
                                 ? ib_maildir_move (home->maildir, path, target, &why)
                                 : NULL;
    if (moved != NULL)
        return ib_journal_moved (home->journal, file->id, folder, file->name, target, "server", error);
    if (ib_maildir_is_about_folder (target, why)) {
        *out_trouble = g_strdup_printf (
            _ ("message %s was moved on the server, and stays where it is here: %s"), file->id, why->message);
        return true;
    }
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

/* Unless the user has put it somewhere else here, or it is on that side already. */
static bool
follow (IbPipeline *self, const IbPlacedFile *file, const char *path, const char *folder, bool is_junked,
        char **out_trouble, GError **error)
{
    bool is_in_junk = ib_folder_role (folder) == IB_ROLE_JUNK;
    return strcmp (folder, file->folder) != 0 || is_in_junk == is_junked
           || move (self->home, file, path, folder, is_junked ? "Junk" : "INBOX", out_trouble, error);
}

/* Where it was seen last, or put; else wherever it is. NULL without error: it is gone. */
static char *
locate (IbMaildir *maildir, const IbPlacedFile *file, char **out_folder, GError **error)
{
    const IbStoryFile put = { .folder = file->folder, .name = file->name, .info = file->info };
    g_autofree char *path = file->place != NULL
                                ? g_build_filename (ib_maildir_path (maildir), file->place, NULL)
                                : ib_maildir_path_of (maildir, &put);
    const char *place = path + strlen (ib_maildir_path (maildir));
    while (*place == '/')
        place++;
    if (!ib_survey_has (maildir, place))
        return ib_maildir_find (maildir, file->name, out_folder, error);
    g_autofree char *directory = g_path_get_dirname (place);
    *out_folder = ib_survey_folder_of (directory);
    return g_steal_pointer (&path);
}

/* *out_is_missed: there is no file of it any more, and what it was is forgotten, so that it comes as new mail. */
static bool
look_whether_missed (IbPipeline *self, const IbStory *story, const IbServerSide *side, bool *out_is_missed,
                     GError **error)
{
    IbJournal *journal = self->home->journal;
    g_autoptr (GError) why = NULL;
    g_autoptr (IbPlacedFile) file = find_file (self, story, side, &why);
    g_autofree char *folder = NULL;
    g_autofree char *path = file != NULL ? locate (self->home->maildir, file, &folder, &why) : NULL;
    *out_is_missed = path == NULL && why == NULL;
    if (*out_is_missed && !self->is_dry && ib_server_side_forget (journal, side->id, &why) && file != NULL)
        (void) ib_server_side_forget (journal, file->id, &why);
    if (why == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

/* What is gone here teaches nothing. */
static bool
take_to_heart (IbPipeline *self, const IbPlacedFile *file, bool is_junked, char **out_trouble, GError **error)
{
    IbHome *home = self->home;
    IbDueKind kind = is_junked ? IB_DUE_CORRECT_SPAM : IB_DUE_CORRECT_HAM;
    g_autoptr (GError) why = NULL;
    g_autofree char *folder = NULL;
    g_autofree char *path = locate (home->maildir, file, &folder, &why);
    if (path == NULL && why == NULL)
        return true;
    if (path != NULL && follow (self, file, path, folder, is_junked, out_trouble, &why)
        && ib_dues_set (home->journal, file, kind, "moved-on-server", g_get_real_time (), &why))
        return true;
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

static bool
hear_user (IbPipeline *self, const IbStory *story, const IbServerSide *side, bool is_junked,
           char **out_trouble, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbPlacedFile) file = find_file (self, story, side, &why);
    if (why == NULL)
        return file == NULL || take_to_heart (self, file, is_junked, out_trouble, error);
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

/* What is done on the server with mail that is safe here goes for this one, too. */
static bool
plan_work (IbPipeline *self, const IbServerSide *side, const IbServerRule *rule, const char *folder,
           GError **error)
{
    gint64 now = ib_due_clock_latest (&self->home->clock, g_get_real_time (), ib_alarm_now ());
    gint64 due_at_s = rule->delay_s == 0 ? 0 : now / G_USEC_PER_SEC + rule->delay_s;
    switch (ib_server_work (rule, false)) {
    case IB_STORY_DELETE:
        return ib_journal_plan_pending (self->home->journal, side->id, IB_PENDING_DELETE, NULL, due_at_s,
                                        error);
    case IB_STORY_MOVE:
        return ib_journal_plan_pending (self->home->journal, side->id, IB_PENDING_MOVE, folder, due_at_s,
                                        error);
    case IB_STORY_LEAVE:
    case IB_STORY_JUNK:
    case IB_STORY_RESCUE:
        break;
    }
    return true;
}

static bool
note (IbPipeline *self, const IbStory *story, const IbServerSide *side, IbServerFinding finding,
      const IbServerRule *rule, const char *folder, char **out_trouble, GError **error)
{
    bool is_junked = finding == IB_FOUND_JUNKED;
    return (finding == IB_FOUND_KNOWN || hear_user (self, story, side, is_junked, out_trouble, error))
           && ib_server_side_note_moved (self->home->journal, side->id, story->mailbox_key, story->uid,
                                         story->internal_date_s, error)
           && plan_work (self, side, rule, folder, error);
}

static bool
interpret (IbPipeline *self, const IbStory *story, const IbServerSide *side,
           const IbServerPlacement *placement, IbServerFinding *out_finding, GError **error)
{
    bool is_missed = false;
    *out_finding = ib_server_placement_means (placement);
    if (ib_server_placement_may_be_missed (placement, *out_finding)
        && !look_whether_missed (self, story, side, &is_missed, error))
        return false;
    if (is_missed)
        *out_finding = IB_FOUND_MISSED;
    return true;
}

/* Where after=move puts mail is no news what was put there, whether it was said under which number or not. */
static bool
look_whether_put (IbPipeline *self, const IbStory *story, IbServerFinding *out_finding, GError **error)
{
    g_autoptr (GError) why = NULL;
    bool was_put = ib_server_side_was_put (self->home->journal, story->account, story->content_digest,
                                           story->internal_date_s, story->mailbox_key, &why);
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    *out_finding = was_put ? IB_FOUND_PUT : IB_FOUND_COPY;
    return true;
}

/* With the server's Junk in step with ours. */
static bool
look_whether_moved (IbPipeline *self, const IbStory *story, const IbDeliveryPolicy *policy,
                    IbServerFinding *out_finding, char **out_trouble, GError **error)
{
    const IbServerRule *rule = &policy->rule;
    g_autoptr (GError) why = NULL;
    IbServerSide side;
    if (rule->is_from_junk && !self->is_dry
        && !ib_server_side_note_junk (self->home->journal, story->mailbox_key, error))
        return false;
    if (!ib_server_side_find (self->home->journal, story->account, story->content_digest, rule->is_from_junk,
                              &side, &why)) {
        if (why == NULL)
            return true;
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    const IbServerPlacement placement = {
        .was_in_junk = side.is_in_junk,
        .is_in_junk = rule->is_from_junk,
        .work = side.work,
        .is_done = side.is_done,
        .is_renumbered = policy->is_renumbered,
        .has_same_date = side.internal_date_s != 0 && side.internal_date_s == story->internal_date_s,
        .learns = policy->learns,
    };
    return interpret (self, story, &side, &placement, out_finding, error)
           && (*out_finding == IB_FOUND_COPY || *out_finding == IB_FOUND_MISSED || self->is_dry
               || note (self, story, &side, *out_finding, rule, policy->folder, out_trouble, error));
}

bool
ib_pipeline_find_moved (IbPipeline *self, const IbStory *story, const IbDeliveryPolicy *policy,
                        IbServerFinding *out_finding, char **out_trouble, GError **error)
{
    *out_finding = IB_FOUND_COPY;
    if (story->uid == 0)
        return true;
    if (policy->is_target && !look_whether_put (self, story, out_finding, error))
        return false;
    return *out_finding == IB_FOUND_PUT || !policy->rule.moves_junk
           || look_whether_moved (self, story, policy, out_finding, out_trouble, error);
}

/* --- by its new number ------------------------------------------------------------------------------------------ */

typedef struct {
    IbJob job;
    gint64 mailbox_key;
    char *mailbox;
    guint32 uidvalidity;
    GArray *uids, *new_uids;
} Moved;

static void
moved_free (IbJob *job)
{
    Moved *self = (Moved *) job;
    g_free (self->mailbox);
    g_array_unref (self->uids);
    g_array_unref (self->new_uids);
    g_free (self);
}

static bool
note_numbers (IbJournal *journal, const Moved *moved, GError **error)
{
    for (guint i = 0; i < moved->uids->len; i++) {
        guint32 uid = g_array_index (moved->uids, guint32, i);
        guint32 new_uid = g_array_index (moved->new_uids, guint32, i);
        if (new_uid != 0
            && !ib_server_side_note_put (journal, moved->mailbox_key, uid, moved->mailbox, moved->uidvalidity,
                                         new_uid, error))
            return false;
    }
    return ib_journal_flush (journal, error);
}

static void
moved_work (IbPipeline *self, IbJob *job)
{
    if (self->failure == NULL && !self->is_dry
        && !note_numbers (self->home->journal, (Moved *) job, &job->error))
        ib_pipeline_stick (self, g_error_copy (job->error));
    ib_pipeline_reply (self, job);
}

void
ib_pipeline_moved (IbPipeline *self, gint64 mailbox_key, const char *mailbox, guint32 uidvalidity,
                   const GArray *uids, const GArray *new_uids)
{
    Moved *moved = g_new0 (Moved, 1);
    moved->job = (IbJob){ .work = moved_work, .free = moved_free };
    moved->mailbox_key = mailbox_key;
    moved->mailbox = g_strdup (mailbox);
    moved->uidvalidity = uidvalidity;
    moved->uids = g_array_copy ((GArray *) uids);
    moved->new_uids = g_array_copy ((GArray *) new_uids);
    ib_pipeline_submit (self, &moved->job);
}
