/* remote-pop3.c - the road over a POP3 server
 *
 * A maildrop is listed whole, each message gets an identity, and what is new is taken with as many commands in flight as
 * the server takes. */
#include "remote-pop3.h"

#include "escape.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
clear_entry (gpointer data)
{
    IbPop3Entry *entry = data;
    g_free (entry->made_identity);
    g_free (entry->digest);
}

IbPop3Entry *
ib_remote_pop3_entry (IbRemote *self, guint32 number)
{
    return &g_array_index (self->entries, IbPop3Entry, number - 1);
}

static void
free_remote (IbRemote *self)
{
    ib_pop3_session_free (self->session);
    g_byte_array_unref (self->names);
    g_array_unref (self->entries);
    g_hash_table_unref (self->numbers);
    g_array_unref (self->wanted);
    g_array_unref (self->tried);
    g_ptr_array_unref (self->deleted);
    g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbRemote, free_remote)

bool
ib_remote_pop3_fail (IbRemote *self, const char *why, GError **error)
{
    return ib_pop3_reader_fail (self->session->reader, why, error);
}

bool
ib_remote_pop3_skip (IbRemote *self, const IbPop3Entry *entry, IbSkip reason, const char *server_text,
                     GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    const IbRemoteMessage message = {
        .uidl = entry->identity,
        .internal_date_s = reason == IB_SKIP_OLD ? entry->date_s : 0,
        .size_served = entry->size_served,
    };
    g_autofree char *words = ib_escape_server_text (server_text, -1);
    return callbacks->skip (&message, reason, words, callbacks->user_data, error);
}

guint64
ib_remote_pop3_size_limit (IbRemote *self)
{
    guint64 wish = self->session->request->account->max_size_bytes;
    return wish > 0 ? MIN (wish, IB_LIMIT_MESSAGE_BYTES) : IB_LIMIT_MESSAGE_BYTES;
}

/* --- answers, many in flight --------------------------------------------------------------------------------- */

static bool
send_numbered (IbRemote *self, const char *verb, guint32 number, const char *rest, GError **error)
{
    g_autofree char *command = g_strdup_printf ("%s %u%s", verb, number, rest);
    return ib_pop3_session_send (self->session, command, error);
}

/* LIST has said how much RETR brings. */
static guint64
size_of_answer (IbRemote *self, const char *verb, guint32 number)
{
    return strcmp (verb, "RETR") == 0 ? ib_remote_pop3_entry (self, number)->size_served : 0;
}

static bool
is_one_at_a_time (const IbRemote *self)
{
    return self->session->request->is_cautious || self->is_careful;
}

/* All that was said before has come, and this has not. */
static bool
fell_silent (const IbRemote *self)
{
    return g_error_matches (ib_stream_get_error (self->session->stream), IB_STREAM_ERROR,
                            IB_STREAM_ERROR_TIMEOUT);
}

static void
tell_attempt (IbRemote *self, guint32 number)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    const char *identity = ib_remote_pop3_entry (self, number)->identity;
    callbacks->attempt (0, identity != NULL ? identity : "", callbacks->user_data);
}

/* Half of what may be in flight is sent anew at a time, so that a write serves many. */
bool
ib_remote_pop3_ask_each (IbRemote *self, const char *verb, const char *rest, const GArray *numbers,
                         IbPop3Answer answer, gpointer user_data, GError **error)
{
    bool may_run_ahead = self->session->has_pipelining && !is_one_at_a_time (self);
    guint window = may_run_ahead ? IB_LIMIT_PIPELINE : 1;
    guint sent = 0;
    guint64 coming = 0;

    for (guint answered = 0; answered < numbers->len; answered++) {
        guint32 number = g_array_index (numbers, guint32, answered);
        if (sent == answered && !ib_pop3_reader_check_silence (self->session->reader, error))
            return false;
        if (sent - answered <= window / 2) {
            for (; sent < numbers->len && sent - answered < window; sent++) {
                guint32 next = g_array_index (numbers, guint32, sent);
                coming += size_of_answer (self, verb, next);
                if (is_one_at_a_time (self))
                    tell_attempt (self, next);
                if (!send_numbered (self, verb, next, rest, error))
                    return false;
            }
            if (!ib_stream_flush (self->session->stream, error))
                return false;
        }
        ib_stream_expect (self->session->stream, coming);
        coming -= size_of_answer (self, verb, number);
        if (!answer (self, number, sent == answered + 1, user_data, error)) {
            if (fell_silent (self) && !is_one_at_a_time (self))
                tell_attempt (self, number);
            return false;
        }
    }
    ib_stream_expect (self->session->stream, 0);
    return ib_pop3_reader_check_silence (self->session->reader, error);
}

/* --- the driver ---------------------------------------------------------------------------------------------- */

/* What the stream or the reader says gets its remedy here. */
static bool
hand_on (IbRemote *self, bool is_done, GError *failure, GError **error)
{
    if (is_done)
        return true;
    if (failure == NULL) /* a callback that said no, and no more */
        return false;
    if (failure->domain != IB_STREAM_ERROR) {
        g_propagate_error (error, failure);
        return false;
    }
    ib_remote_propagate (error, failure, self->session->host);
    g_error_free (failure);
    return false;
}

/* The server hung up, or fell silent, over a message: it may do so each time. Which one that was is not known where others were in
 * flight, unless it was the first. Silence costs half a minute: it is worth another session only where the others have come. */
static bool
may_be_broken_by_message (const IbRemote *self)
{
    return self->is_complete
           && (fell_silent (self) ? self->is_careful : self->n_whole == 0 || is_one_at_a_time (self));
}

static bool
hand_on_at_message (IbRemote *self, bool is_done, GError *failure, GError **error)
{
    GError *told = NULL;
    if (hand_on (self, is_done, failure, &told))
        return true;
    if (g_error_matches (told, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE) && may_be_broken_by_message (self))
        told->code = IB_FETCH_ERROR_SERVER;
    if (told != NULL)
        g_propagate_error (error, told);
    return false;
}

static IbRemote *
pop3_open (IbStream *stream, const IbFetchRequest *request, const IbFetchCallbacks *callbacks, GError **error)
{
    g_autoptr (GError) failure = NULL;
    g_autoptr (IbPop3Session) session = ib_pop3_session_open (stream, request, callbacks, &failure);
    if (session == NULL && failure->domain == IB_STREAM_ERROR)
        ib_remote_propagate (error, failure, request->account->host);
    else if (session == NULL)
        g_propagate_error (error, g_steal_pointer (&failure));
    if (session == NULL)
        return NULL;

    IbRemote *self = g_new0 (IbRemote, 1);
    self->has_top = self->is_top_certain = session->has_top;
    self->session = g_steal_pointer (&session);
    self->names = g_byte_array_new ();
    self->entries = g_array_new (FALSE, TRUE, sizeof (IbPop3Entry));
    g_array_set_clear_func (self->entries, clear_entry);
    self->numbers = g_hash_table_new (g_str_hash, g_str_equal);
    self->wanted = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->tried = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->deleted = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
    return self;
}

static GPtrArray *
pop3_mailboxes (IbRemote *self, GError **error)
{
    GPtrArray *mailboxes = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (mailboxes, g_strdup ("INBOX"));
    return mailboxes;
}

static void
describe (IbRemote *self, IbMailboxState *out_state)
{
    *out_state = (IbMailboxState){
        .name = "INBOX",
        .display_name = "INBOX",
        .special_use = "",
        .exists = (guint32) self->count,
        .listing = self->listing,
    };
}

static bool
pop3_enter (IbRemote *self, const char *mailbox, IbMailboxState *out_state, bool *out_is_open, GError **error)
{
    GError *failure = NULL;
    bool is_done = self->session->request->is_probe ? ib_remote_pop3_count (self, &failure)
                                                    : ib_remote_pop3_list (self, &failure);
    if (!hand_on (self, is_done, failure, error))
        return false;
    describe (self, out_state);
    *out_is_open = true;
    return true;
}

/* Where names were given for a few orders, they are given anew, for all that is known. */
static void
pop3_reenter (IbRemote *self, IbMailboxState *out_state)
{
    g_hash_table_remove_all (self->numbers);
    self->is_identified = false;
    describe (self, out_state);
}

/* Too old for a first poll, or what was so then under another name. */
static bool
is_old (IbRemote *self, const IbPop3Entry *entry, const IbCursor *cursor)
{
    return entry->date_s != 0
           && (entry->date_s < cursor->since_s
               || (self->is_renamed && g_hash_table_contains (cursor->old_dates, &entry->date_s)));
}

/* Sorts one message that is in the maildrop: known, unwanted for a reason, or wanted. */
static bool
sort (IbRemote *self, guint32 number, const IbCursor *cursor, guint64 *bytes, GError **error)
{
    const IbPop3Entry *entry = ib_remote_pop3_entry (self, number);

    if (!entry->is_listed)
        return true;
    bool was_tried = g_hash_table_contains (cursor->tried_uidls, entry->identity);
    if (g_hash_table_contains (cursor->known_uidls, entry->identity))
        return !was_tried || ib_remote_pop3_skip (self, entry, IB_SKIP_LEFT_OUT, "", error);
    if (is_old (self, entry, cursor))
        return ib_remote_pop3_skip (self, entry, IB_SKIP_OLD, "", error);
    if (entry->size_served > ib_remote_pop3_size_limit (self))
        return ib_remote_pop3_skip (self, entry, IB_SKIP_TOO_LARGE, "", error);
    g_array_append_val (was_tried ? self->tried : self->wanted, number);
    *bytes += entry->size_served;
    return true;
}

static bool
sort_all (IbRemote *self, const IbCursor *cursor, guint64 *bytes, GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    if (!ib_remote_pop3_identify (self, cursor, error))
        return false;
    if (callbacks->renamed != NULL && self->is_renamed)
        callbacks->renamed (callbacks->user_data);
    for (guint32 number = 1; number <= self->entries->len; number++)
        if (!sort (self, number, cursor, bytes, error))
            return false;
    return true;
}

static bool
pop3_survey (IbRemote *self, const IbCursor *cursor, bool *out_is_open, guint64 *out_messages,
             guint64 *out_bytes, GError **error)
{
    GError *failure = NULL;
    guint64 bytes = 0;

    g_array_set_size (self->wanted, 0);
    g_array_set_size (self->tried, 0);
    self->n_whole = 0;
    bool is_done = cursor->is_unchanged || sort_all (self, cursor, &bytes, &failure);
    if (!hand_on_at_message (self, is_done, failure, error))
        return false;
    *out_is_open = true;
    *out_messages = self->wanted->len + self->tried->len;
    *out_bytes = bytes;
    return true;
}

static bool
pop3_take (IbRemote *self, guint32 *out_highest_uid, GError **error)
{
    GError *failure = NULL;
    bool is_done = ib_remote_pop3_take (self, &failure);
    if (!hand_on_at_message (self, is_done, failure, error))
        return false;
    *out_highest_uid = 0;
    return true;
}

static bool
pop3_verify (IbRemote *self, GPtrArray *orders, bool *out_looks_again, GError **error)
{
    GError *failure = NULL;
    bool is_done = ib_remote_pop3_verify (self, orders, out_looks_again, &failure);
    return hand_on_at_message (self, is_done, failure, error);
}

static bool
pop3_settle (IbRemote *self, const IbSettleOrder *order, GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    GError *failure = NULL;
    bool is_done;

    switch (order->verb) {
    case IB_SETTLE_DELETE:
        is_done = ib_remote_pop3_delete (self, order, &failure);
        return hand_on_at_message (self, is_done, failure, error);
    case IB_SETTLE_MOVE:
    case IB_SETTLE_GONE:
    case IB_SETTLE_DOUBT:
        return callbacks->settled (order, false, _ ("POP3 has no folders"), callbacks->user_data, error);
    }
    g_assert_not_reached ();
}

static bool
report_deletions (IbRemote *self, GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    for (guint i = 0; i < self->deleted->len; i++)
        if (!callbacks->settled (self->deleted->pdata[i], true, "", callbacks->user_data, error))
            return false;
    return true;
}

static bool
pop3_close (IbRemote *remote, GError **error)
{
    g_autoptr (IbRemote) self = remote;
    GError *failure = NULL;

    bool is_done = ib_remote_pop3_quit (self, &failure);
    if (!hand_on (self, is_done, failure, error)) {
        if (error != NULL && *error != NULL)
            g_prefix_error (error, _ ("The messages that were to be deleted may still be on the server: "));
        return false;
    }
    return report_deletions (self, error);
}

const IbRemoteDriver ib_remote_pop3 = {
    .open = pop3_open,
    .mailboxes = pop3_mailboxes,
    .enter = pop3_enter,
    .survey = pop3_survey,
    .take = pop3_take,
    .verify = pop3_verify,
    .settle = pop3_settle,
    .reenter = pop3_reenter,
    .close = pop3_close,
    .abandon = free_remote,
};
