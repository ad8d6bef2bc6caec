/* poll-message.c - a message's way through a poll: from the session to the filter pool, to the pipeline, and delivered */
#include "compose.h"
#include "mailbox-use.h"
#include "poll-private.h"
#include "served-facts.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* One message between session and delivery. */
typedef struct {
    IbPoll *poll;
    IbStory *story;
    IbFacts *facts;
    IbBag *bag;
    guint64 offset;
    bool is_renumbered, is_rematched, may_be_unmet, has_waited;
    gint64 renamed_until;
    char *former_id;
    bool is_from_junk; /* the server's */
    bool is_target;    /* from where after=move puts mail */
    char *folder;      /* the server's, UTF-8 */
} Item;

static void
item_free (Item *item)
{
    ib_story_free (item->story);
    ib_facts_free (item->facts);
    ib_bag_unref (item->bag);
    g_free (item->former_id);
    g_free (item->folder);
    g_free (item);
}

/* --- delivered --------------------------------------------------------------------------------------------- */

static void
on_written (const IbStory *story, gpointer user_data)
{
    Item *item = user_data;
    if (item->poll->session != NULL)
        ib_session_credit (item->poll->session, story->size_bytes);
}

static bool
is_junk (const IbStory *story)
{
    return story->files->len > 0
           && strcmp (((const IbStoryFile *) story->files->pdata[0])->folder, "Junk") == 0;
}

static void
count (IbPoll *self, const IbStory *story)
{
    switch (story->action) {
    case IB_STORY_DELIVER:
        self->result.delivered++;
        self->result.junk += is_junk (story) ? 1 : 0;
        break;
    case IB_STORY_DISCARD:
        self->result.discarded++;
        break;
    case IB_STORY_DUPLICATE:
        self->result.duplicates++;
        break;
    }
}

static void
on_delivered (const IbStory *story, const char *const *paths, const GError *error, gpointer user_data)
{
    Item *item = user_data;
    IbPoll *self = item->poll;
    if (error == NULL) {
        count (self, story);
        self->events->delivered (self, story, item->folder, paths, self->user_data);
        if (story->note[0] != '\0')
            ib_poll_notice (self, _ ("%s: message %s: %s"), self->account->name, story->id, story->note);
    }
    item->story = NULL; /* the pipeline's */
    item_free (item);
    ib_poll_came_back (self, error);
}

static void
on_recognized (const IbStory *story, const char *trouble, gpointer user_data)
{
    Item *item = user_data;
    IbPoll *self = item->poll;
    if (trouble != NULL)
        ib_poll_notice (self, "%s: %s", self->account->name, trouble);
    item->story = NULL; /* the pipeline's */
    item_free (item);
    ib_poll_came_back (self, NULL);
}

static void
on_waits (const IbStory *story, gpointer user_data)
{
    Item *item = user_data;
    IbPoll *self = item->poll;
    self->result.skipped++;
    ib_poll_notice (
        self,
        _ ("%s: message %s stays on its server until a filter can tell whether it is here already, "
           "under a number that it had before: %s"),
        self->account->name, story->id, story->note);
    item->story = NULL; /* the pipeline's */
    item_free (item);
    ib_poll_came_back (self, NULL);
}

/* @why: no filter could read it; NULL: one did. That a filter works was seen before what had waited was asked for. */
static void
deliver (Item *item, IbPlan *plan, const GError *why)
{
    static const IbPipelineEvents events = { on_written, on_delivered, on_recognized, on_waits };
    const IbAccount *account = item->poll->account;
    const IbDeliveryPolicy policy = {
        .is_renumbered = item->is_renumbered,
        .is_rematched = item->is_rematched,
        .may_be_unmet = item->may_be_unmet,
        .renamed_until = item->renamed_until,
        .former_id = item->former_id,
        .rule = { .after = account->after,
                  .delay_s = account->after_delay_s,
                  .moves_junk = account->server_junk == IB_SERVER_JUNK_MOVE,
                  .is_from_junk = item->is_from_junk },
        .folder = account->after_folder,
        .is_target = item->is_target,
        .learns = item->poll->context->config->learns_from_moves,
        .is_unread = why != NULL,
        .is_hopeless = item->has_waited && g_error_matches (why, IB_FILTER_ERROR, IB_FILTER_ERROR_MESSAGE),
    };
    if (item->is_from_junk)
        ib_compose_from_junk (item->story);
    ib_pipeline_deliver (item->poll->context->pipeline, item->story, plan, g_steal_pointer (&item->bag),
                         item->offset, &policy, &events, item);
}

/* --- judged ------------------------------------------------------------------------------------------------ */

/* We are stopping and nobody judged it: the message stays on its server, and its mailbox was not taken. */
static void
leave_for_later (Item *item)
{
    IbPoll *self = item->poll;
    ib_pipeline_unexpect (self->context->pipeline);
    item_free (item);
    ib_poll_came_back (self, NULL);
}

static void
on_judged (IbJudgement *judgement, const GError *error, gpointer user_data)
{
    Item *item = user_data;
    IbPoll *self = item->poll;
    self->judging--;
    if (judgement != NULL) {
        ib_compose_story (item->story, judgement, item->facts);
        if (!self->context->is_dry)
            ib_filter_pool_remember (self->context->pool, judgement->marks, item->story->id);
        deliver (item, g_steal_pointer (&judgement->plan), NULL);
        ib_judgement_free (judgement);
    } else if (self->phase == IB_POLL_RUNNING) {
        /* Mail that cannot be filtered is mail all the same. */
        deliver (item,
                 ib_compose_unfiltered (item->story, item->facts, item->story->size_bytes, error->message),
                 error);
    } else {
        leave_for_later (item);
        return;
    }
    if (self->judging == 0 && self->was_taken)
        ib_poll_ask_for_due (self);
}

/* --- fetched ----------------------------------------------------------------------------------------------- */

/* Its Junk is a mailbox like others, unless we keep it in step with ours. */
static bool
is_server_junk (const IbPoll *self)
{
    return self->account->server_junk == IB_SERVER_JUNK_MOVE
           && ib_mailbox_use_of_attribute (self->special_use) == IB_USE_JUNK;
}

static bool
is_target (const IbPoll *self)
{
    return self->account->after == IB_AFTER_MOVE
           && ib_server_work_goes_to (self->account->after_folder, self->display_name, self->special_use);
}

static IbStory *
story_new (IbPoll *self, const IbRemoteMessage *message)
{
    IbStory *story = ib_story_new ();
    story->account = g_strdup (self->account->name);
    story->mailbox = g_strdup (self->mailbox);
    story->mailbox_key = self->mailbox_key;
    story->uid = message->uid;
    story->uidl = g_strdup (message->uidl);
    story->size_bytes = message->size_bytes;
    story->internal_date_s = message->internal_date_s;
    if (message->uidl != NULL)
        ib_story_pop3_id (self->account->name, message->uidl, story->id);
    else
        ib_story_imap_id (self->account->name, self->mailbox, self->uidvalidity, message->uid, story->id);
    return story;
}

/* One of these numbers may have been another message's, which is here and keeps the id that they gave it. Returns: that id, or
 * NULL */
static char *
part_from_former (IbPoll *self, IbStory *story)
{
    if (self->former_ids == NULL || !g_hash_table_contains (self->former_ids, story->id))
        return NULL;
    char *former_id = g_strdup (story->id);
    ib_story_later_id (former_id, self->newest_known, story->id);
    return former_id;
}

/* Of the message; the pool knows its account's. */
static IbFacts *
facts_for (IbPoll *self, const IbRemoteMessage *message, const char *id)
{
    IbFacts *facts
        = ib_served_facts (self->account, self->display_name, self->special_use, message, g_get_real_time ());
    ib_facts_set_text (&facts->id, g_strdup (id));
    facts->annotates = self->context->config->annotates;
    return facts;
}

static bool
is_among (const IbRemoteMessage *message, GArray *uids, GHashTable *uidls)
{
    if (message->uidl != NULL)
        return uidls != NULL && g_hash_table_contains (uidls, message->uidl);
    return uids != NULL && g_array_binary_search (uids, &message->uid, ib_poll_compare_uids, NULL);
}

/* What could not be had when its mailbox was numbered anew is still to be recognized. It stays open until it is here: it may have
 * to wait. */
static bool
was_left_open (IbPoll *self, const IbRemoteMessage *message)
{
    bool was_open = is_among (message, self->open, self->open_uidls);
    if (was_open && message->uidl != NULL && self->left != NULL)
        g_hash_table_add (self->left, g_strdup (message->uidl));
    return was_open;
}

void
ib_poll_on_message (const IbRemoteMessage *message, IbBag *bag, guint64 offset, gpointer user_data)
{
    IbPoll *self = user_data;
    Item *item = g_new0 (Item, 1);
    item->poll = self;
    item->bag = ib_bag_ref (bag);
    item->offset = offset;
    item->folder = g_strdup (self->display_name);
    item->is_renumbered = self->was_revalidated;
    item->is_rematched = was_left_open (self, message) || self->was_revalidated;
    item->may_be_unmet = self->has_unmet;
    item->has_waited = is_among (message, self->waiting, self->waiting_uidls);
    item->renamed_until = self->was_renamed ? self->newest_known : 0;
    item->is_from_junk = is_server_junk (self);
    item->is_target = is_target (self);
    item->story = story_new (self, message);
    item->former_id = part_from_former (self, item->story);
    item->facts = facts_for (self, message, item->story->id);

    self->highest_known = MAX (self->highest_known, message->uid);
    self->result.fetched++;
    self->result.bytes += message->size_bytes;
    self->events->fetched (self, message->size_bytes, self->user_data);
    self->busy++;
    self->judging++;
    ib_pipeline_expect (self->context->pipeline);
    ib_poll_expect_one_less (self);
    const IbPiece piece = { ib_bag_fd (bag), offset, message->size_bytes };
    ib_filter_pool_judge (self->context->pool, self->account_number, &piece, item->facts, false, on_judged,
                          item);
}
