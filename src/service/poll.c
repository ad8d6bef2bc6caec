/* poll.c - one poll of one account: its sessions, one after another, and its end */
#include "escape.h"
#include "face.h"
#include "imap-name.h"
#include "poll-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Sessions begun again after broken ones: enough to get past a few bad messages, bounded against a server that breaks
 * every one. */
#define RESTARTS 8

static void move_on (IbPoll *self);
static void stop_for_store (IbPoll *self, const GError *error);
static void start_session (IbPoll *self);

/* --- what is on its way ------------------------------------------------------------------------------------ */

void
ib_poll_notice (IbPoll *self, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    self->result.refused++;
    self->events->notice (self, text, self->user_data);
}

void
ib_poll_came_back (IbPoll *self, const GError *error)
{
    self->busy--;
    if (error != NULL)
        stop_for_store (self, error);
    move_on (self);
}

void
ib_poll_expect (IbPoll *self, guint64 messages)
{
    if (messages > 0 && self->to_come == 0)
        ib_pipeline_expect (self->context->pipeline);
    else if (messages == 0 && self->to_come > 0)
        ib_pipeline_unexpect (self->context->pipeline);
    self->to_come = messages;
}

void
ib_poll_expect_one_less (IbPoll *self)
{
    if (self->to_come > 0)
        ib_poll_expect (self, self->to_come - 1);
}

/* --- what a session says of its server, and of us ---------------------------------------------------------- */

static void
on_store_failed (const GError *error, gpointer user_data)
{
    ib_pipeline_fail (((IbPoll *) user_data)->context->pipeline, error);
    stop_for_store (user_data, error);
}

static gint64
now_s (void)
{
    return g_get_real_time () / G_USEC_PER_SEC;
}

/* The next session got in where one that ran ahead did not: so that is what the server does not bear. */
static void
on_step (const char *step, const char *text, gpointer user_data)
{
    IbPoll *self = user_data;
    self->ran_ahead |= strcmp (step, "ahead") == 0;
    if (strcmp (step, "sign-in") == 0 && self->asks_first && self->ran_ahead)
        ib_servers_note_trouble (self->context->servers, self->account, now_s ());
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
on_line (const IbServerLine *line, gpointer user_data)
{
    IbPoll *self = user_data;
    self->compressed_badly |= line->does_not_compress;
    ib_servers_note_line (self->context->servers, self->account, line, now_s ());
}

static void
on_backoff (gint64 seconds, gpointer user_data)
{
    IbPoll *self = user_data;
    self->result.retry_after_s = seconds;
}

static void
on_alert (const char *text, gpointer user_data)
{
    IbPoll *self = user_data;
    if (!ib_alerts_note (self->context->alerts, self->account->name, text, g_get_real_time (),
                         self->context->is_dry))
        return;
    g_autofree char *words = g_strdup_printf (_ ("%s: the mail server says: %s"), self->account->name, text);
    self->events->notice (self, words, self->user_data);
    if (self->events->alert != NULL)
        self->events->alert (self, text, self->user_data);
}

static void
on_ticket (IbSecret *ticket, gpointer user_data)
{
    IbPoll *self = user_data;
    ib_servers_note_ticket (self->context->servers, self->account, ticket);
}

/* --- a session is over ------------------------------------------------------------------------------------- */

/* Whether a session broke because it ran ahead, or by what the server is known for: then another that asks first may not.
 * What was known is forgotten. One that was refused shall not be refused for that the next time; where neither got in, no
 * secret shall be shown twice then. */
static bool
may_ask_first (IbPoll *self, const GError *error)
{
    if (error == NULL || self->result.was_signed_in)
        return false;
    ib_servers_forget (self->context->servers, self->account);
    bool is_broken = g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE)
                     || g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER);
    if (is_broken && !self->asks_first)
        return self->ran_ahead || self->knows_offers;
    if (self->ran_ahead)
        ib_servers_note_trouble (self->context->servers, self->account, now_s ());
    return false;
}

/* Whether it broke because the server compresses badly: then another, the same but for that. */
static bool
may_do_without_compression (const IbPoll *self, const GError *error)
{
    return self->compressed_badly && self->phase == IB_POLL_RUNNING
           && ib_pipeline_get_error (self->context->pipeline) == NULL
           && (g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE)
               || g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER));
}

/* Whether a broken session is worth another: replies to what was asked after signing in broke it, and not too often. */
static bool
may_restart (IbPoll *self, const GError *error, const IbRemoteMessage *attempted)
{
    if (!g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER) || !self->result.was_signed_in
        || self->phase != IB_POLL_RUNNING || self->restarts == RESTARTS
        || ib_pipeline_get_error (self->context->pipeline) != NULL)
        return false;
    return !self->is_cautious || attempted != NULL;
}

/* Whether it broke at one mailbox of several. */
static bool
is_about_one (const IbPoll *self, const GError *error)
{
    return self->broke_at != NULL && error != NULL && self->phase == IB_POLL_RUNNING
           && ib_pipeline_get_error (self->context->pipeline) == NULL;
}

static bool
is_put_off (const IbPoll *self)
{
    return g_ptr_array_find_with_equal_func (self->put_off, self->broke_at, g_str_equal, NULL);
}

/* It broke behind the others again: what is left of those that were put off waits for the next poll. */
static void
pass_over (IbPoll *self, const GError *error)
{
    for (guint i = 0; i < self->put_off->len; i++) {
        g_autofree char *display_name = ib_imap_name_to_utf8 (self->put_off->pdata[i]);
        g_autofree char *name = ib_escape_server_text (display_name, -1);
        ib_poll_notice (self, _ ("%s: “%s” is passed over for now, since the session broke there: %s"),
                        self->account->name, name, error->message);
    }
    g_free (self->unopened);
    self->unopened = g_strdup (error->message);
}

static void
end (IbPoll *self, const GError *error)
{
    if (error != NULL && self->error == NULL)
        self->error = g_error_copy (error);
    if (self->error == NULL && !self->has_looked && self->unopened != NULL)
        self->error = g_error_new (IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER,
                                   _ ("%s opens none of the mailboxes that are wanted: %s"),
                                   self->account->host, self->unopened);
    self->phase = IB_POLL_ENDING;
}

static void
clear_breaker (gpointer data)
{
    g_free (((IbPollBreaker *) data)->uidl);
}

/* @message is open from now on, and asked for again at the next poll. */
static void
leave_open (IbPoll *self, const IbRemoteMessage *message, const GError *error)
{
    g_autofree char *server_text = ib_face_read (error->message, IB_FACE_FILES);
    ib_pipeline_leave_open (self->context->pipeline, self->mailbox_key, message->uid, message->uidl, 0,
                            IB_OPEN_REFUSED, server_text);
}

static void
leave_breaker (IbPoll *self, const IbRemoteMessage *message, const GError *error)
{
    const IbPollBreaker breaker = { self->mailbox_key, message->uid, g_strdup (message->uidl) };
    g_autofree char *mailbox = ib_escape_server_text (self->display_name, -1);
    g_autofree char *which = message->uidl != NULL ? ib_escape_server_text (message->uidl, -1)
                                                   : g_strdup_printf ("%s %u", mailbox, message->uid);
    leave_open (self, message, error);
    if (self->breakers == NULL) {
        self->breakers = g_array_new (FALSE, FALSE, sizeof (IbPollBreaker));
        g_array_set_clear_func (self->breakers, clear_breaker);
    }
    g_array_append_val (self->breakers, breaker);
    self->result.skipped++;
    ib_poll_notice (self, _ ("%s: message %s stays on the server: it breaks the session: %s"),
                    self->account->name, which, error->message);
}

/* It is not deleted today. */
static void
doubt_breaker (IbPoll *self, const IbRemoteMessage *message, const GError *error)
{
    g_autoptr (GPtrArray) uidls = g_ptr_array_new ();
    g_autofree char *words = ib_face_read (error->message, IB_FACE_FILES);
    g_ptr_array_add (uidls, (gpointer) message->uidl);
    ib_poll_put_off (self, NULL, uidls, words);
}

/* Over one message the server fell silent, which may be the line's fault, or it broke one session too many. The next time the others
 * come first. */
static bool
comes_last (const IbPoll *self, const GError *error, const IbRemoteMessage *attempted)
{
    return attempted != NULL && !self->is_settling
           && (g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE)
               || g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER));
}

static void
on_ended (const GError *error, const IbRemoteMessage *attempted, gpointer user_data)
{
    IbPoll *self = user_data;
    g_clear_pointer (&self->session, ib_session_free);
    ib_poll_expect (self, 0);
    self->was_taken = false;

    if (may_ask_first (self, error)) {
        self->asks_first = true;
        self->phase = IB_POLL_RESTARTING;
    } else if (may_do_without_compression (self, error)) {
        self->phase = IB_POLL_RESTARTING;
    } else if (is_about_one (self, error) && is_put_off (self)) {
        pass_over (self, error);
        end (self, NULL);
    } else if (is_about_one (self, error) && self->restarts < RESTARTS) {
        g_ptr_array_add (self->put_off, g_strdup (self->broke_at));
        self->restarts++;
        self->phase = IB_POLL_RESTARTING;
    } else if (may_restart (self, error, attempted)) {
        if (attempted == NULL)
            self->is_cautious = true;
        else if (self->is_settling)
            doubt_breaker (self, attempted, error);
        else
            leave_breaker (self, attempted, error);
        self->restarts++;
        self->phase = IB_POLL_RESTARTING;
    } else {
        if (comes_last (self, error, attempted))
            leave_open (self, attempted, error);
        end (self, error);
    }
    g_clear_pointer (&self->broke_at, g_free);
    move_on (self);
}

/* --- rest, and the end ------------------------------------------------------------------------------------- */

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
    case IB_FETCH_ERROR_HERE:
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
    bool is_resting = error == NULL && self->phase == IB_POLL_WATCHING;
    ib_poll_came_back (self, error);
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
    self->phase = IB_POLL_WATCHING;
    self->busy++;
    ib_pipeline_note_poll (self->context->pipeline, self->account->name, g_get_real_time (),
                           state_of_account (self), "", true, on_rest_noted, self);
}

static void
on_watching (const char *mailbox, gpointer user_data)
{
    IbPoll *self = user_data;
    g_free (self->watched);
    self->watched = g_strdup (mailbox);
    self->is_looking = false;
    self->phase = IB_POLL_RESTING;
    move_on (self);
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
    self->phase = IB_POLL_NOTING;
    ib_pipeline_note_poll (self->context->pipeline, self->account->name, g_get_real_time (),
                           state_of_account (self), self->error != NULL ? self->error->message : "", false,
                           on_poll_noted, self);
}

/* Once the session is over, or rests, and nothing is on its way any more, the next one begins, or the poll is noted.
 * A session that began earlier would be told by the journal that messages are missing which are only not delivered yet. */
static void
move_on (IbPoll *self)
{
    if (self->busy > 0)
        return;
    switch (self->phase) {
    case IB_POLL_RESTARTING:
        self->phase = IB_POLL_RUNNING;
        start_session (self);
        return;
    case IB_POLL_RESTING:
        note_rest (self);
        return;
    case IB_POLL_ENDING:
        note_poll (self);
        return;
    case IB_POLL_RUNNING:
    case IB_POLL_WATCHING:
    case IB_POLL_NOTING:
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
        .line = on_line,
        .backoff = on_backoff,
        .alert = on_alert,
        .watching = on_watching,
        .ticket = on_ticket,
        .enter = ib_poll_on_enter,
        .mailbox_failed = ib_poll_on_mailbox_failed,
        .broke_at = ib_poll_on_broke_at,
        .renamed = ib_poll_on_renamed,
        .found = ib_poll_on_found,
        .message = ib_poll_on_message,
        .skip = ib_poll_on_skip,
        .taken = ib_poll_on_taken,
        .copied = ib_poll_on_copied,
        .settled = ib_poll_on_settled,
        .moved = ib_poll_on_moved,
        .store_failed = on_store_failed,
        .ended = on_ended,
    };
    g_autofree char *put_off = g_strjoinv ("\n", (char **) self->put_off->pdata);
    IbAccount account = *self->account;
    if (self->most_bytes > 0 && (account.max_size_bytes == 0 || account.max_size_bytes > self->most_bytes))
        account.max_size_bytes = self->most_bytes;
    const IbFetchRequest request = {
        .account = &account,
        .is_dry = self->context->is_dry,
        .is_cautious = self->is_cautious,
        .watches = self->watches,
        .mailbox = self->only_mailbox,
        .put_off = *put_off != '\0' ? put_off : NULL,
        .asks_first
        = self->asks_first || ib_servers_had_trouble (self->context->servers, self->account, now_s ()),
        .offers = ib_servers_offers (self->context->servers, self->account),
        .line = ib_servers_line (self->context->servers, self->account, now_s ()),
        .ticket = ib_servers_ticket (self->context->servers, self->account),
    };
    self->knows_offers = request.offers != NULL;
    self->compressed_badly = false;
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
    self->put_off = g_ptr_array_new_null_terminated (1, g_free, true);
    use_context (self, context, account);
    self->since_s = ib_account_since (account, now_s ());
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
    if (self->phase == IB_POLL_ENDING || self->phase == IB_POLL_NOTING)
        return;
    if (self->error == NULL)
        self->error = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, _ ("stopped"));
    g_clear_pointer (&self->session, ib_session_free);
    ib_poll_expect (self, 0);
    self->was_taken = false;
    self->phase = IB_POLL_ENDING;
    move_on (self);
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
    g_free (self->unopened);
    g_free (self->broke_at);
    g_clear_pointer (&self->breakers, g_array_unref);
    g_ptr_array_unref (self->put_off);
    g_free (self->display_name);
    g_free (self->special_use);
    g_clear_pointer (&self->former_ids, g_hash_table_unref);
    g_clear_pointer (&self->open, g_array_unref);
    g_clear_pointer (&self->open_uidls, g_hash_table_unref);
    g_clear_pointer (&self->waiting, g_array_unref);
    g_clear_pointer (&self->waiting_uidls, g_hash_table_unref);
    g_clear_pointer (&self->left, g_hash_table_unref);
    g_clear_pointer (&self->unwanted, g_hash_table_unref);
    g_free (self->listing);
    g_clear_error (&self->error);
    g_free (self);
}
