/* poll.c - one poll of one account */
#include "poll.h"
#include "compose.h"
#include "escape.h"
#include "mailbox-use.h"
#include "served-facts.h"
#include "session.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Sessions begun again after broken ones: enough to get past a few bad messages, bounded against a server that breaks
 * every one. */
#define RESTARTS 8

typedef enum {
    PHASE_RUNNING,    /* a session is open, and does something */
    PHASE_RESTARTING, /* it broke: another is begun once nothing of this one is on its way any more */
    PHASE_RESTING,    /* it has nothing to do but to listen; messages may still be on their way */
    PHASE_WATCHING,   /* that is noted, and told */
    PHASE_ENDING,     /* the last one is over; messages may still be on their way */
    PHASE_NOTING,     /* all is delivered; the journal notes the poll */
} Phase;

struct _IbPoll {
    const IbPollContext *context;
    const IbAccount *account;
    const IbPollEvents *events;
    gpointer user_data;
    char *only_mailbox; /* the task's; NULL for all */
    bool watches;
    char *watched;   /* the mailbox that the session listens to */
    bool is_looking; /* a look was asked for since that was told last */

    IbSession *session; /* NULL between sessions, and at the end */
    Phase phase;
    bool is_cautious;
    bool ran_ahead; /* this session was told what the server offered before */
    guint restarts;
    guint account_number; /* by which the filter pool knows it */
    gint64 since_s, started_us;
    guint64 most_bytes; /* of its task */

    /* The mailbox we are in. */
    char *mailbox, *display_name, *special_use, *listing;
    guint32 uidvalidity;
    gint64 mailbox_key;
    bool was_revalidated;  /* its UIDVALIDITY changed */
    bool was_taken;        /* the session said so, and waits for orders */
    guint32 highest_known; /* of its UIDs: by UIDNEXT, or a message that came or was skipped */
    guint32 highest_uid;
    bool is_empty;

    guint64 to_come; /* of the messages that were found: a batch waits (a while) for the next */
    guint busy;      /* questions and messages that pool or pipeline still have */
    guint judging;
    IbPollResult result;
    GError *error;
};

/* One message between session and delivery. */
typedef struct {
    IbPoll *poll;
    IbStory *story;
    IbFacts *facts;
    IbBag *bag;
    guint64 offset;
    bool is_rematched;
    bool is_from_junk; /* the server's */
    char *folder;      /* the server's, UTF-8 */
} Item;

static void poll_settle (IbPoll *self);
static void stop_for_store (IbPoll *self, const GError *error);
static void start_session (IbPoll *self);
static void ask_for_due (IbPoll *self);

static void
item_free (Item *item)
{
    ib_story_free (item->story);
    ib_facts_free (item->facts);
    ib_bag_unref (item->bag);
    g_free (item->folder);
    g_free (item);
}

G_GNUC_PRINTF (2, 3)
static void
notice (IbPoll *self, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    self->result.refused++;
    self->events->notice (self, text, self->user_data);
}

/* Something that was asked of the pipeline came back. @error: the store failed, and nothing more can be taken. */
static void
came_back (IbPoll *self, const GError *error)
{
    self->busy--;
    if (error != NULL)
        stop_for_store (self, error);
    poll_settle (self);
}

/* --- entering a mailbox ------------------------------------------------------------------------------------ */

/* Takes the UIDLs out of @stand: there may be a hundred thousand. */
static IbCursor *
cursor_from (IbMailboxStand *stand)
{
    IbCursor *cursor = ib_cursor_new ();
    cursor->is_first_poll = stand->is_new;
    cursor->is_unchanged = stand->is_unchanged;
    cursor->low_water = stand->low_water;
    g_array_append_vals (cursor->done, stand->done->data, stand->done->len);
    g_array_append_vals (cursor->retry, stand->open->data, stand->open->len);
    g_hash_table_unref (cursor->known_uidls);
    cursor->known_uidls = g_steal_pointer (&stand->uidls);
    return cursor;
}

static void
on_stand (IbMailboxStand *stand, const GError *error, gpointer user_data)
{
    IbPoll *self = user_data;
    if (error == NULL && self->session != NULL) {
        g_autoptr (IbCursor) cursor = cursor_from (stand);
        self->mailbox_key = stand->key;
        self->was_revalidated = stand->was_revalidated;
        ib_session_answer_cursor (self->session, cursor);
        if (cursor->is_first_poll && !self->is_empty)
            ib_filter_pool_prepare (self->context->pool); /* starts while the server is asked for the rest */
    }
    ib_mailbox_stand_free (stand);
    came_back (self, error);
}

/* Something has come, or a look was asked for. */
static void
begin_round (IbPoll *self)
{
    if (self->phase == PHASE_WATCHING)
        self->started_us = g_get_monotonic_time ();
    tzset (); /* the zone may have changed since the last time */
    self->phase = PHASE_RUNNING;
}

static void
on_enter (const IbMailboxState *state, gpointer user_data)
{
    IbPoll *self = user_data;
    bool is_news = self->phase == PHASE_WATCHING && !self->is_looking;
    g_free (self->mailbox);
    g_free (self->display_name);
    g_free (self->special_use);
    self->mailbox = g_strdup (state->name);
    self->display_name = g_utf8_make_valid (state->display_name, -1);
    self->special_use = g_strdup (state->special_use);
    self->uidvalidity = state->uidvalidity;
    self->highest_known = state->uidnext > 0 ? state->uidnext - 1 : 0;
    self->is_empty = state->exists == 0;
    self->was_taken = false;
    self->result.was_signed_in = true;
    begin_round (self);
    if (self->events->entered != NULL)
        self->events->entered (self, self->mailbox, self->display_name, self->user_data);
    self->busy++;
    ib_pipeline_enter (self->context->pipeline, self->account->name, self->mailbox, self->uidvalidity,
                       state->listing, on_stand, self);
    if (is_news)
        ib_filter_pool_prepare (self->context->pool); /* starts while the message is fetched */
}

static void
on_mailbox_failed (const char *mailbox, const char *server_text, gpointer user_data)
{
    IbPoll *self = user_data;
    g_autofree char *name = ib_escape_server_text (mailbox, -1);
    g_autofree char *words = ib_escape_server_text (server_text, -1);
    notice (self, _ ("%s: the server does not open “%s”: %s"), self->account->name, name, words);
}

/* So that mail which comes one by one is not made durable one by one. The last one does not wait. */
static void
expect (IbPoll *self, guint64 messages)
{
    if (messages > 0 && self->to_come == 0)
        ib_pipeline_expect (self->context->pipeline);
    else if (messages == 0 && self->to_come > 0)
        ib_pipeline_unexpect (self->context->pipeline);
    self->to_come = messages;
}

static void
expect_one_less (IbPoll *self)
{
    if (self->to_come > 0)
        expect (self, self->to_come - 1);
}

static void
on_found (guint64 messages, guint64 bytes, gpointer user_data)
{
    IbPoll *self = user_data;
    expect (self, messages);
    if (messages > 0)
        ib_filter_pool_prepare (self->context->pool);
    self->events->found (self, messages, bytes, self->user_data);
}

/* Its Junk is a mailbox like others, unless we keep it in step with ours. */
static bool
is_server_junk (const IbPoll *self)
{
    return self->account->server_junk == IB_SERVER_JUNK_MOVE
           && ib_mailbox_use_of_attribute (self->special_use) == IB_USE_JUNK;
}

/* --- a message's way --------------------------------------------------------------------------------------- */

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
            notice (self, _ ("%s: message %s: %s"), self->account->name, story->id, story->note);
    }
    item->story = NULL; /* the pipeline's */
    item_free (item);
    came_back (self, error);
}

static void
on_recognized (const IbStory *story, gpointer user_data)
{
    Item *item = user_data;
    IbPoll *self = item->poll;
    item->story = NULL; /* the pipeline's */
    item_free (item);
    came_back (self, NULL);
}

static void
deliver (Item *item, IbPlan *plan)
{
    static const IbPipelineEvents events = { on_written, on_delivered, on_recognized };
    const IbAccount *account = item->poll->account;
    const IbDeliveryPolicy policy = {
        .is_rematched = item->is_rematched,
        .rule = { .after = account->after,
                  .delay_s = account->after_delay_s,
                  .moves_junk = account->server_junk == IB_SERVER_JUNK_MOVE,
                  .is_from_junk = item->is_from_junk },
        .folder = account->after_folder,
        .learns = item->poll->context->config->learns_from_moves,
    };
    if (item->is_from_junk)
        ib_compose_from_junk (item->story);
    ib_pipeline_deliver (item->poll->context->pipeline, item->story, plan, g_steal_pointer (&item->bag),
                         item->offset, &policy, &events, item);
}

/* We are stopping and nobody judged it: the message stays on its server, and its mailbox was not taken. */
static void
leave_for_later (Item *item)
{
    IbPoll *self = item->poll;
    ib_pipeline_unexpect (self->context->pipeline);
    item_free (item);
    came_back (self, NULL);
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
        deliver (item, g_steal_pointer (&judgement->plan));
        ib_judgement_free (judgement);
    } else if (self->phase == PHASE_RUNNING) {
        /* Mail that cannot be filtered is mail all the same. */
        deliver (item,
                 ib_compose_unfiltered (item->story, item->facts, item->story->size_bytes, error->message));
    } else {
        leave_for_later (item);
        return;
    }
    if (self->judging == 0 && self->was_taken)
        ask_for_due (self);
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

static void
on_message (const IbRemoteMessage *message, IbBag *bag, guint64 offset, gpointer user_data)
{
    IbPoll *self = user_data;
    Item *item = g_new0 (Item, 1);
    item->poll = self;
    item->bag = ib_bag_ref (bag);
    item->offset = offset;
    item->folder = g_strdup (self->display_name);
    item->is_rematched = self->was_revalidated;
    item->is_from_junk = is_server_junk (self);
    item->story = story_new (self, message);
    item->facts = facts_for (self, message, item->story->id);

    self->highest_known = MAX (self->highest_known, message->uid);
    self->result.fetched++;
    self->result.bytes += message->size_bytes;
    self->events->fetched (self, message->size_bytes, self->user_data);
    self->busy++;
    self->judging++;
    ib_pipeline_expect (self->context->pipeline);
    expect_one_less (self);
    const IbPiece piece = { ib_bag_fd (bag), offset, message->size_bytes };
    ib_filter_pool_judge (self->context->pool, self->account_number, &piece, item->facts, false, on_judged,
                          item);
}

/* --- what stays on the server ------------------------------------------------------------------------------ */

/* As it is wished: nothing went wrong. */
static void
tell_too_large (IbPoll *self, const char *which, guint64 size_bytes)
{
    g_autofree char *size = g_format_size (size_bytes);
    bool is_allowed = self->account->max_size_bytes == 0 || size_bytes <= self->account->max_size_bytes;
    g_autofree char *text = g_strdup_printf (
        self->most_bytes > 0 && is_allowed
            ? _ ("%s: message %s waits on the server, since this network is metered: it has %s")
        : self->account->max_size_bytes > 0
            ? _ ("%s: message %s stays on the server: its %s are more than max-size= allows")
            : _ ("%s: message %s stays on the server: its %s are more than Inbasket can take"),
        self->account->name, which, size);
    self->events->notice (self, text, self->user_data);
}

static void
on_skip (const IbRemoteMessage *message, IbSkip reason, const char *server_text, gpointer user_data)
{
    IbPoll *self = user_data;
    IbPipeline *pipeline = self->context->pipeline;
    g_autofree char *words = ib_escape_server_text (server_text, -1);
    g_autofree char *which = message->uidl != NULL
                                 ? ib_escape_server_text (message->uidl, -1)
                                 : g_strdup_printf ("%s %u", self->display_name, message->uid);
    expect_one_less (self);
    self->highest_known = MAX (self->highest_known, message->uid);
    switch (reason) {
    case IB_SKIP_TOO_LARGE:
        self->result.skipped++;
        ib_pipeline_leave_open (pipeline, self->mailbox_key, message->uid, message->uidl,
                                message->size_served, IB_OPEN_TOO_LARGE, words);
        tell_too_large (self, which, message->size_served);
        return;
    case IB_SKIP_REFUSED:
        self->result.skipped++;
        ib_pipeline_leave_open (pipeline, self->mailbox_key, message->uid, message->uidl,
                                message->size_served, IB_OPEN_REFUSED, words);
        notice (self, _ ("%s: message %s stays on the server, which cannot give it: %s"), self->account->name,
                which, words);
        return;
    case IB_SKIP_OLD:
    case IB_SKIP_GONE:
        ib_pipeline_pass_over (pipeline, self->mailbox_key, message->uid, message->uidl);
        return;
    }
}

/* --- work on the server ------------------------------------------------------------------------------------ */

/* The settings may have changed since it was noted. */
static bool
is_wanted (const IbPoll *self, const IbPending *pending)
{
    switch (pending->verb) {
    case IB_PENDING_DELETE:
        return self->account->after == IB_AFTER_DELETE;
    case IB_PENDING_MOVE:
        return self->account->after == IB_AFTER_MOVE;
    case IB_PENDING_JUNK:
        return self->account->server_junk == IB_SERVER_JUNK_MOVE;
    case IB_PENDING_RESCUE:
        return true;
    }
    g_assert_not_reached ();
}

static IbSettleOrder *
order_for (GPtrArray *orders, const IbPending *pending)
{
    IbSettleVerb verb = pending->verb == IB_PENDING_DELETE ? IB_SETTLE_DELETE : IB_SETTLE_MOVE;
    for (guint i = 0; i < orders->len; i++) {
        IbSettleOrder *order = orders->pdata[i];
        if (order->verb == verb && g_strcmp0 (order->folder, pending->folder) == 0)
            return order;
    }
    IbSettleOrder *order = ib_settle_order_new (verb, pending->folder);
    g_ptr_array_add (orders, order);
    return order;
}

static void
on_due (GPtrArray *due, const GError *error, gpointer user_data)
{
    IbPoll *self = user_data;
    if (error == NULL && self->session != NULL) {
        g_autoptr (GPtrArray) orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
        for (guint i = 0; i < due->len; i++) {
            const IbPending *pending = due->pdata[i];
            if (!is_wanted (self, pending))
                continue;
            IbSettleOrder *order = order_for (orders, pending);
            if (pending->uidl != NULL)
                g_ptr_array_add (order->uidls, g_strdup (pending->uidl));
            else
                g_array_append_val (order->uids, pending->uid);
            if (pending->is_copied)
                g_array_append_val (order->copied, pending->uid);
        }
        ib_session_answer_orders (self->session, orders);
    }
    g_clear_pointer (&due, g_ptr_array_unref);
    came_back (self, error);
}

/* All that was handed over has gone into the pipeline, which answers when it is delivered. */
static void
ask_for_due (IbPoll *self)
{
    self->was_taken = false;
    self->busy++;
    ib_pipeline_taken (self->context->pipeline, self->mailbox_key, self->highest_uid, self->listing,
                       g_get_real_time () / G_USEC_PER_SEC, on_due, self);
}

static void
on_taken (guint32 highest_uid, const char *listing, gpointer user_data)
{
    IbPoll *self = user_data;
    g_free (self->listing);
    self->listing = g_strdup (listing);
    /* No further than what came, or what the server said on entering: no number alone makes later mail seem taken. */
    self->highest_uid = MIN (highest_uid, self->highest_known);
    expect (self, 0);
    self->was_taken = true;
    if (self->judging == 0)
        ask_for_due (self);
}

static void
on_copied_noted (const GError *error, gpointer user_data)
{
    IbPoll *self = user_data;
    if (error == NULL && self->session != NULL)
        ib_session_go_on (self->session);
    came_back (self, error);
}

static void
on_copied (const IbSettleOrder *order, gpointer user_data)
{
    IbPoll *self = user_data;
    self->busy++;
    ib_pipeline_copied (self->context->pipeline, self->mailbox_key, order->uids, on_copied_noted, self);
}

static void
on_noted (const GError *error, gpointer user_data)
{
    came_back (user_data, error);
}

static void
on_settled (const IbSettleOrder *order, bool is_done, const char *server_text, gpointer user_data)
{
    IbPoll *self = user_data;
    g_autofree char *words = ib_escape_server_text (server_text, -1);
    if (!is_done) {
        notice (self,
                _ ("%s: the server did not %s %u messages; they are safe here, and it is tried again: %s"),
                self->account->name, order->verb == IB_SETTLE_MOVE ? _ ("move") : _ ("delete"),
                order->uids->len + order->uidls->len, words);
        return;
    }
    if (words[0] != '\0')
        self->events->notice (self, words, self->user_data);
    self->busy++;
    ib_pipeline_settled (self->context->pipeline, self->mailbox_key, order->uids, order->uidls, on_noted,
                         self);
}

static void
on_moved (const char *mailbox, guint32 uidvalidity, const GArray *uids, const GArray *new_uids,
          gpointer user_data)
{
    IbPoll *self = user_data;
    ib_pipeline_moved (self->context->pipeline, self->mailbox_key, mailbox, uidvalidity, uids, new_uids);
}

/* --- the end ----------------------------------------------------------------------------------------------- */

static void
on_store_failed (const GError *error, gpointer user_data)
{
    ib_pipeline_fail (((IbPoll *) user_data)->context->pipeline, error);
    stop_for_store (user_data, error);
}

static void
on_offered (const char *offers, gpointer user_data)
{
    IbPoll *self = user_data;
    ib_servers_note_offers (self->context->servers, self->account, offers);
}

static void
on_terms (const IbServerTerms *terms, gpointer user_data)
{
    IbPoll *self = user_data;
    self->result.can_push = terms->can_push;
    self->result.login_delay_s = terms->login_delay_s;
}

static void
on_backoff (gint64 seconds, gpointer user_data)
{
    IbPoll *self = user_data;
    self->result.retry_after_s = seconds;
}

static void
on_ticket (IbSecret *ticket, gpointer user_data)
{
    IbPoll *self = user_data;
    ib_servers_note_ticket (self->context->servers, self->account, ticket);
}

static void
on_step (const char *step, const char *text, gpointer user_data)
{
    /* Only `account test` tells them. */
}

/* Whether a session broke because it ran ahead, by what the server is known for: then another that asks first may not.
 * What was known is forgotten. */
static bool
may_ask_first (IbPoll *self, const GError *error)
{
    if (error == NULL || self->result.was_signed_in)
        return false;
    ib_servers_forget (self->context->servers, self->account);
    return self->ran_ahead
           && (g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE)
               || g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER));
}

/* Whether a broken session is worth another: replies to what was asked after signing in broke it, and not too often. */
static bool
may_restart (IbPoll *self, const GError *error, guint32 attempted_uid)
{
    if (!g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER) || !self->result.was_signed_in
        || self->phase != PHASE_RUNNING || self->restarts == RESTARTS
        || ib_pipeline_get_error (self->context->pipeline) != NULL)
        return false;
    return !self->is_cautious || attempted_uid != 0;
}

static void
on_ended (const GError *error, guint32 attempted_uid, gpointer user_data)
{
    IbPoll *self = user_data;
    g_clear_pointer (&self->session, ib_session_free);
    expect (self, 0);
    self->was_taken = false;

    if (may_ask_first (self, error)) {
        self->phase = PHASE_RESTARTING;
    } else if (may_restart (self, error, attempted_uid)) {
        if (self->is_cautious) {
            ib_pipeline_leave_open (self->context->pipeline, self->mailbox_key, attempted_uid, NULL, 0,
                                    IB_OPEN_REFUSED, error->message);
            self->result.skipped++;
            notice (self, _ ("%s: message %s %u stays on the server: it breaks the session: %s"),
                    self->account->name, self->display_name, attempted_uid, error->message);
        }
        self->is_cautious = true;
        self->restarts++;
        self->phase = PHASE_RESTARTING;
    } else {
        if (error != NULL && self->error == NULL)
            self->error = g_error_copy (error);
        self->phase = PHASE_ENDING;
    }
    poll_settle (self);
}

const char *
ib_poll_state_name (const GError *error)
{
    if (error == NULL)
        return "ok";
    switch ((IbFetchError) error->code) {
    case IB_FETCH_ERROR_OFFLINE:
        return "waiting-for-network";
    case IB_FETCH_ERROR_BUSY:
        return "throttled";
    case IB_FETCH_ERROR_SIGN_IN:
        return "sign-in-needed";
    case IB_FETCH_ERROR_UNSAFE:
        return "unsafe";
    case IB_FETCH_ERROR_KEYRING:
        return "waiting-for-keyring";
    case IB_FETCH_ERROR_MESSAGE:
    case IB_FETCH_ERROR_SERVER:
    case IB_FETCH_ERROR_STOPPED:
        return "error";
    }
    return "error";
}

bool
ib_poll_is_unreachable (const GError *error)
{
    return g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE)
           || g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_BUSY)
           || g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN)
           || g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_UNSAFE)
           || g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_KEYRING);
}

static void
tell_result (IbPoll *self)
{
    self->result.account = self->account->name;
    self->result.error = self->error;
    self->result.state = ib_poll_state_name (self->error);
    self->result.seconds = (double) (g_get_monotonic_time () - self->started_us) / G_USEC_PER_SEC;
}

/* What is counted from here on is the next round's. */
static void
forget_counts (IbPoll *self)
{
    self->result = (IbPollResult){
        .was_signed_in = self->result.was_signed_in,
        .can_push = self->result.can_push,
        .login_delay_s = self->result.login_delay_s,
    };
}

/* Where something came meanwhile, or it is over, that is told in its turn. */
static void
on_rest_noted (const GError *error, gpointer user_data)
{
    IbPoll *self = user_data;
    bool is_resting = error == NULL && self->phase == PHASE_WATCHING;
    came_back (self, error);
    if (!is_resting)
        return;
    tell_result (self);
    IbPollResult so_far = self->result;
    forget_counts (self);
    self->events->watching (self, self->watched, &so_far, self->user_data); /* may stop us */
}

/* How the account stands, as far as this poll can tell. One that was stopped, and one of a single mailbox beside another that
 * has them all, say nothing: NULL. */
static const char *
state_of_account (const IbPoll *self)
{
    bool was_stopped = g_error_matches (self->error, IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED);
    return was_stopped || self->only_mailbox != NULL ? NULL : ib_poll_state_name (self->error);
}

static void
note_rest (IbPoll *self)
{
    self->phase = PHASE_WATCHING;
    self->busy++;
    ib_pipeline_note_poll (self->context->pipeline, self->account->name, g_get_real_time (),
                           state_of_account (self), "", on_rest_noted, self);
}

static void
on_watching (const char *mailbox, gpointer user_data)
{
    IbPoll *self = user_data;
    g_free (self->watched);
    self->watched = g_strdup (mailbox);
    self->is_looking = false;
    self->phase = PHASE_RESTING;
    poll_settle (self);
}

static void
on_poll_noted (const GError *error, gpointer user_data)
{
    IbPoll *self = user_data;
    const GError *store = ib_pipeline_get_error (self->context->pipeline);
    if (store != NULL && self->error == NULL)
        self->error = g_error_new (IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, "%s", store->message);
    tell_result (self);
    self->events->ended (self, &self->result, self->user_data); /* may free us */
}

static void
note_poll (IbPoll *self)
{
    self->phase = PHASE_NOTING;
    ib_pipeline_note_poll (self->context->pipeline, self->account->name, g_get_real_time (),
                           state_of_account (self), self->error != NULL ? self->error->message : "",
                           on_poll_noted, self);
}

/* Once the session is over, or rests, and nothing is on its way any more, the next one begins, or the poll is noted.
 * A session that began earlier would be told by the journal that messages are missing which are only not delivered yet. */
static void
poll_settle (IbPoll *self)
{
    if (self->busy > 0)
        return;
    switch (self->phase) {
    case PHASE_RESTARTING:
        self->phase = PHASE_RUNNING;
        start_session (self);
        return;
    case PHASE_RESTING:
        note_rest (self);
        return;
    case PHASE_ENDING:
        note_poll (self);
        return;
    case PHASE_RUNNING:
    case PHASE_WATCHING:
    case PHASE_NOTING:
        return;
    }
}

/* --- the beginning ----------------------------------------------------------------------------------------- */

static void
start_session (IbPoll *self)
{
    static const IbSessionEvents events = {
        .step = on_step,
        .offered = on_offered,
        .terms = on_terms,
        .backoff = on_backoff,
        .watching = on_watching,
        .ticket = on_ticket,
        .enter = on_enter,
        .mailbox_failed = on_mailbox_failed,
        .found = on_found,
        .message = on_message,
        .skip = on_skip,
        .taken = on_taken,
        .copied = on_copied,
        .settled = on_settled,
        .moved = on_moved,
        .store_failed = on_store_failed,
        .ended = on_ended,
    };
    IbAccount account = *self->account;
    if (self->most_bytes > 0 && (account.max_size_bytes == 0 || account.max_size_bytes > self->most_bytes))
        account.max_size_bytes = self->most_bytes;
    const IbFetchRequest request = {
        .account = &account,
        .since_s = self->since_s,
        .is_cautious = self->is_cautious,
        .watches = self->watches,
        .mailbox = self->only_mailbox,
        .offers = ib_servers_offers (self->context->servers, self->account),
        .ticket = ib_servers_ticket (self->context->servers, self->account),
    };
    self->ran_ahead = request.offers != NULL;
    g_autofree char *spool = self->context->is_dry
                                 ? g_strdup (g_get_tmp_dir ())
                                 : g_build_filename (self->context->config->maildir, "tmp", NULL);
    self->session = ib_session_start (&request, self->context->tokens, spool, &events, self);
}

static IbFacts *
account_facts (const IbPollContext *context, const IbAccount *account)
{
    const char *const *folders = (const char *const *) ib_pipeline_folders (context->pipeline);
    IbFacts *facts = ib_known_facts (context->known, folders);
    ib_known_add_account (context->known, account, facts);
    if (account->is_filtered) {
        g_strfreev (facts->scripts);
        facts->scripts = g_strdupv ((char **) ib_config_scripts (context->config, account));
    }
    return facts;
}

static void
use_context (IbPoll *self, const IbPollContext *context, const IbAccount *account)
{
    g_autoptr (IbFacts) facts = account_facts (context, account);
    self->context = context;
    self->account = account;
    self->account_number = ib_filter_pool_add_account (context->pool, facts);
}

bool
ib_poll_adopt (IbPoll *self, const IbPollContext *context, const IbAccount *account)
{
    if (self->busy > 0 || self->judging > 0)
        return false;
    use_context (self, context, account);
    return true;
}

IbPoll *
ib_poll_start (const IbPollContext *context, const IbAccount *account, const IbPollTask *task,
               const IbPollEvents *events, gpointer user_data)
{
    IbPoll *self = g_new0 (IbPoll, 1);
    self->events = events;
    self->user_data = user_data;
    self->only_mailbox = g_strdup (task->mailbox);
    self->most_bytes = task->most_bytes;
    self->watches = task->watches;
    use_context (self, context, account);
    self->since_s = ib_account_since (account, g_get_real_time () / G_USEC_PER_SEC);
    self->started_us = g_get_monotonic_time ();
    start_session (self);
    return self;
}

const char *
ib_poll_account (const IbPoll *self)
{
    return self->account->name;
}

static void
stop_for_store (IbPoll *self, const GError *error)
{
    if (self->error == NULL)
        self->error = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, error->message);
    ib_poll_stop (self);
}

/* Without a session one is about to begin, which looks anyway. */
void
ib_poll_look (IbPoll *self)
{
    self->is_looking = true;
    if (self->session != NULL)
        ib_session_look (self->session);
}

void
ib_poll_renew (IbPoll *self)
{
    if (self->session != NULL)
        ib_session_renew (self->session);
}

void
ib_poll_stop (IbPoll *self)
{
    if (self->phase == PHASE_ENDING || self->phase == PHASE_NOTING)
        return;
    if (self->error == NULL)
        self->error = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, _ ("stopped"));
    g_clear_pointer (&self->session, ib_session_free);
    expect (self, 0);
    self->was_taken = false;
    self->phase = PHASE_ENDING;
    poll_settle (self);
}

void
ib_poll_free (IbPoll *self)
{
    if (self == NULL)
        return;
    ib_session_free (self->session);
    g_free (self->only_mailbox);
    g_free (self->watched);
    g_free (self->mailbox);
    g_free (self->display_name);
    g_free (self->special_use);
    g_free (self->listing);
    g_clear_error (&self->error);
    g_free (self);
}
