/* bootstrap-account.c - a server's mailboxes are looked into, and left as they are
 *
 * A session as any other, but of an account that wants nothing done: so the worker opens mailboxes by EXAMINE, and reads
 * messages by BODY.PEEK. */
#include "bootstrap-private.h"
#include "escape.h"
#include "served-facts.h"
#include "session.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <time.h>

typedef struct {
    IbBootstrap *bootstrap;
    const IbAccount *account;
    IbSession *session; /* NULL once it is over */
    IbFilterPool *pool;
    guint account_number; /* by which the pool knows it */
    guint judging;
    bool was_signed_in;
    GError *error;

    guint archived_left; /* so many messages may still be taken out of archives */

    /* The mailbox we are in. */
    IbBootstrapFolder *folder;
    char *mailbox, *display_name, *special_use;
    guint32 uidvalidity;
} Visit;

/* One message on its way through the pool. */
typedef struct {
    Visit *visit;
    IbBootstrapFolder *folder;
    IbFacts *facts;
    IbBag *bag;
    guint64 size_bytes;
    guint32 uid;
    char id[IB_ID_LENGTH + 1];
} Item;

/* --- a mailbox --------------------------------------------------------------------------------------------------------- */

static IbMailboxUse
use_of (const IbMailboxState *state)
{
    IbMailboxUse use = ib_mailbox_use_of_attribute (state->special_use);
    return use != IB_USE_NONE ? use : ib_mailbox_use_of_name (state->display_name);
}

/* Of which there may be many, a year each. */
static bool
is_archive (const IbBootstrapFolder *folder)
{
    return folder->as == IB_TAKEN_AS_HAM && folder->use != IB_USE_INBOX;
}

static void
on_enter (const IbMailboxState *state, gpointer user_data)
{
    Visit *self = user_data;
    self->was_signed_in = true;
    self->uidvalidity = state->uidvalidity;
    g_free (self->mailbox);
    g_free (self->display_name);
    g_free (self->special_use);
    self->mailbox = g_strdup (state->name);
    self->display_name = g_utf8_make_valid (state->display_name, -1);
    self->special_use = g_strdup (state->special_use);
    self->folder
        = ib_bootstrap_open_folder (self->bootstrap, self->account->name, self->display_name, use_of (state));

    g_autoptr (IbCursor) cursor = ib_cursor_new ();
    cursor->sample_messages = is_archive (self->folder) ? MIN (self->archived_left, IB_BOOTSTRAP_MESSAGES)
                                                        : IB_BOOTSTRAP_MESSAGES;
    cursor->sample_bytes = IB_BOOTSTRAP_BYTES;
    cursor->samples_read = self->folder->as == IB_TAKEN_AS_HAM;
    bool is_wanted = self->folder->as != IB_TAKEN_NOT && cursor->sample_messages > 0;
    ib_session_answer_cursor (self->session, is_wanted ? cursor : NULL);
}

static void
on_mailbox_failed (const char *display_name, const char *server_text, gpointer user_data)
{
    Visit *self = user_data;
    g_autofree char *name = ib_escape_server_text (display_name, -1);
    g_autofree char *words = ib_escape_server_text (server_text, -1);
    self->bootstrap->outcome->refused++;
    ib_bootstrap_notice (self->bootstrap, _ ("%s: “%s” is not opened: %s"), self->account->name, name, words);
}

static void
on_found (guint64 messages, guint64 bytes, gpointer user_data)
{
    Visit *self = user_data;
    if (is_archive (self->folder))
        self->archived_left -= (guint) MIN (messages, self->archived_left);
    self->bootstrap->events->found (messages, bytes, self->bootstrap->user_data);
}

static void
on_taken (guint32 highest_uid, const char *listing, gpointer user_data)
{
    g_autoptr (GPtrArray) nothing = g_ptr_array_new ();
    ib_session_answer_orders (((Visit *) user_data)->session, nothing);
}

/* --- a message ----------------------------------------------------------------------------------------------------------- */

static void
item_free (Item *item)
{
    ib_facts_free (item->facts);
    ib_bag_unref (item->bag);
    g_free (item);
}

static void
on_judged (IbJudgement *judgement, const GError *error, gpointer user_data)
{
    Item *item = user_data;
    Visit *self = item->visit;
    self->judging--;
    ib_bootstrap_take (self->bootstrap, item->folder, judgement, error, item->id, item->facts->received_at_s,
                       item->uid, item->size_bytes);
    if (self->session != NULL)
        ib_session_credit (self->session, item->size_bytes);
    ib_judgement_free (judgement);
    item_free (item);
}

/* As the message looked when it came. */
static gint64
time_of (const IbRemoteMessage *message)
{
    gint64 now = g_get_real_time ();
    return message->internal_date_s > 0 ? MIN (message->internal_date_s * G_USEC_PER_SEC, now) : now;
}

static void
look_at (Visit *self, const IbRemoteMessage *message, IbBag *bag, guint64 offset)
{
    Item *item = g_new0 (Item, 1);
    item->visit = self;
    item->folder = self->folder;
    item->bag = ib_bag_ref (bag);
    item->size_bytes = message->size_bytes;
    item->uid = message->uid;
    item->facts
        = ib_served_facts (self->account, self->display_name, self->special_use, message, time_of (message));
    ib_story_imap_id (self->account->name, self->mailbox, self->uidvalidity, message->uid, item->id);
    self->judging++;
    const IbPiece piece = { ib_bag_fd (bag), offset, message->size_bytes };
    ib_filter_pool_judge (self->pool, self->account_number, &piece, item->facts, IB_JUDGE_EXAMPLE, on_judged,
                          item);
}

/* A server's search may say what it likes: the flags decide. */
static void
on_message (const IbRemoteMessage *message, IbBag *bag, guint64 offset, gpointer user_data)
{
    Visit *self = user_data;
    bool was_read = (message->flags & (IB_FLAG_SEEN | IB_FLAG_ANSWERED)) != 0;
    bool is_no_mail = (message->flags & (IB_FLAG_DELETED | IB_FLAG_DRAFT)) != 0;
    if (!is_no_mail && ib_bootstrap_plan_teaches (self->folder, was_read, false)) {
        look_at (self, message, bag, offset);
        return;
    }
    self->folder->passed_over++;
    self->bootstrap->events->looked (message->size_bytes, self->bootstrap->user_data);
    ib_session_credit (self->session, message->size_bytes);
}

static void
on_skip (const IbRemoteMessage *message, IbSkip reason, const char *server_text, gpointer user_data)
{
    Visit *self = user_data;
    g_autofree char *words = ib_escape_server_text (server_text, -1);
    g_autofree char *mailbox = ib_escape_server_text (self->display_name, -1);
    switch (reason) {
    case IB_SKIP_TOO_LARGE:
        self->folder->passed_over++;
        return;
    case IB_SKIP_REFUSED:
        self->folder->failed++;
        self->bootstrap->outcome->refused++;
        ib_bootstrap_notice (self->bootstrap, _ ("%s: the server cannot give message %s %u: %s"),
                             self->account->name, mailbox, message->uid, words);
        return;
    case IB_SKIP_OLD:
    case IB_SKIP_GONE:
    case IB_SKIP_LEFT_OUT:
        return;
    }
}

/* --- the session ----------------------------------------------------------------------------------------------------------- */

static void
on_step (const char *step, const char *text, gpointer user_data)
{
    ((Visit *) user_data)->was_signed_in |= strcmp (step, "sign-in") == 0;
}

static void
end (Visit *self, const GError *error)
{
    if (error != NULL && self->error == NULL)
        self->error = g_error_copy (error);
    g_clear_pointer (&self->session, ib_session_free);
}

static void
on_store_failed (const GError *error, gpointer user_data)
{
    end (user_data, error);
}

static void
on_ended (const GError *error, const IbRemoteMessage *attempted, gpointer user_data)
{
    end (user_data, error);
}

/* The account, wanting nothing but to be looked at. */
static IbAccount *
look_only (const IbAccount *account)
{
    static const char *const folders[] = { "INBOX", "\\Junk", "\\Archive", "\\All", "\\Sent", NULL };
    IbAccount *self = ib_account_copy (account);
    g_strfreev (self->folders);
    self->folders = g_strdupv ((char **) folders);
    self->after = IB_AFTER_KEEP;
    self->server_junk = IB_SERVER_JUNK_NONE;
    bool is_limited = self->max_size_bytes > 0 && self->max_size_bytes < IB_BOOTSTRAP_MESSAGE_BYTES;
    self->max_size_bytes = is_limited ? self->max_size_bytes : IB_BOOTSTRAP_MESSAGE_BYTES;
    return self;
}

static void
start (Visit *self)
{
    static const IbSessionEvents events = {
        .step = on_step,
        .enter = on_enter,
        .mailbox_failed = on_mailbox_failed,
        .found = on_found,
        .message = on_message,
        .skip = on_skip,
        .taken = on_taken,
        .store_failed = on_store_failed,
        .ended = on_ended,
    };
    g_autoptr (IbAccount) account = look_only (self->account);
    const IbFetchRequest request = { .account = account, .asks_first = true };
    self->session = ib_session_start (&request, self->bootstrap->tokens, g_get_tmp_dir (), &events, self);
}

static void
start_pool (Visit *self)
{
    g_autoptr (GPtrArray) no_scripts = g_ptr_array_new ();
    const char *const no_folders[] = { NULL };
    g_autoptr (IbFacts) facts = ib_known_facts (self->bootstrap->known, no_folders);
    self->pool = ib_filter_pool_new (no_scripts, facts);
    ib_known_add_account (self->bootstrap->known, self->account, facts);
    self->account_number = ib_filter_pool_add_account (self->pool, facts);
}

/* The first signal ends the session, the second one the looking at what is here. */
static void
wait_for_end (Visit *self)
{
    while (self->session != NULL || self->judging > 0) {
        g_main_context_iteration (NULL, TRUE);
        if (self->bootstrap->signals > 0)
            g_clear_pointer (&self->session, ib_session_free);
        if (self->bootstrap->signals > 1)
            ib_filter_pool_stop (self->pool, _ ("stopped"));
    }
}

bool
ib_bootstrap_visit_account (IbBootstrap *bootstrap, const IbAccount *account, bool *out_was_signed_in,
                            GError **error)
{
    Visit self
        = { .bootstrap = bootstrap, .account = account, .archived_left = IB_BOOTSTRAP_ARCHIVED_MESSAGES };
    tzset (); /* the zone may have changed */
    start_pool (&self);
    start (&self);
    wait_for_end (&self);
    ib_filter_pool_free (self.pool);
    g_free (self.mailbox);
    g_free (self.display_name);
    g_free (self.special_use);
    *out_was_signed_in = self.was_signed_in;
    if (self.error == NULL)
        return true;
    g_propagate_error (error, self.error);
    return false;
}
