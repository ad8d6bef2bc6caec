/* remote-imap-take.c - the messages that survey found, from the wire into descriptors
 *
 * Few large commands, the next one sent before the last one's answer is read, bodies streaming; how many are on their
 * way, and how large, is for the line to say (remote-imap-compress.c). What such a command did not bring is asked for
 * once more, one by one, so that the server says what is the matter with it. */
#include "remote-imap.h"
#include "body.h"
#include "server-limits.h"
#include "uid-set.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    IbRemote *remote;
    guint8 *has_come; /* for each of the remote's wanted: whether it was delivered */
    GHashTable *came; /* UIDs delivered of what was asked for at once; NULL: everything was searched for */
    GHashTable *seen; /* UIDs that came without a body */
    bool is_blind;    /* it was refused to say whether one of them is there */
    bool has_others;  /* what was never tried before has come */
    GError *failure;  /* a callback's */
    GQueue asked;     /* tags of commands for many, in flight */
    gsize next;       /* the first of the remote's wanted that was not asked for */
    gsize begun;      /* bodies that came, or began to */
    gsize n_whole;    /* messages that came */
    int fd;           /* of the body under way, -1 */
    IbBody *body;
    guint64 received;
} Take;

/* --- asking for them ----------------------------------------------------------------------------------------- */

/* As many commands as may be on their way. */
static void
ask_for_more (Take *self)
{
    const GArray *wanted = self->remote->wanted;
    gsize left, portion;
    while ((left = wanted->len - self->next) > 0
           && (portion = ib_remote_imap_portion (self->remote, left, self->asked.length)) > 0) {
        g_autoptr (GString) set = g_string_new (NULL);
        self->next += ib_uid_set_append (set, &g_array_index (wanted, guint32, self->next), left, portion);
        guint tag = ib_imap_session_send (self->remote->session, IB_IMAP_WANT_FETCH,
                                          "UID FETCH %s " IB_IMAP_ITEMS, set->str);
        g_queue_push_tail (&self->asked, GUINT_TO_POINTER (tag));
    }
}

static void
look_at_line (Take *self)
{
    if (self->asked.length > 0 && ib_remote_imap_note_line (self->remote)) {
        ask_for_more (self);
        ib_imap_session_flush (self->remote->session);
    }
}

/* --- one body ------------------------------------------------------------------------------------------------ */

/* Whatever is still on its way is of no use any more. */
static bool
stop (Take *self)
{
    ib_stream_fail (self->remote->stream, IB_STREAM_ERROR_CANCELLED, _ ("The run was stopped"));
    return false;
}

static int
grow (int fd, gpointer user_data, GError **error)
{
    Take *self = user_data;
    const IbFetchCallbacks *callbacks = self->remote->callbacks;
    self->fd = callbacks->grow_body (fd, callbacks->user_data, error);
    return self->fd;
}

static bool
open_body (Take *self)
{
    const IbFetchCallbacks *callbacks = self->remote->callbacks;
    guint64 size = ib_imap_session_next_body_size (self->remote->session);
    if (self->failure != NULL)
        return stop (self);
    self->begun++;
    ib_remote_imap_expect (self->remote, size, self->next - MIN (self->begun, self->next));
    self->fd = callbacks->open_body (size, callbacks->user_data, &self->failure);
    if (self->fd < 0)
        return stop (self);
    self->received = 0;
    self->body = ib_body_new (self->fd);
    if (size <= IB_LIMIT_MEMORY_MESSAGE_BYTES)
        ib_body_set_growth (self->body, IB_LIMIT_MEMORY_MESSAGE_BYTES, grow, self);
    return true;
}

static void
drop_body (Take *self)
{
    const IbFetchCallbacks *callbacks = self->remote->callbacks;
    if (self->fd >= 0)
        callbacks->drop_body (self->fd, callbacks->user_data);
    self->fd = -1;
    g_clear_pointer (&self->body, ib_body_free);
}

static bool
on_body (const char *bytes, gsize length, gpointer user_data)
{
    Take *self = user_data;
    if (self->body == NULL && !open_body (self))
        return false;
    self->received += length;
    look_at_line (self);
    return ib_body_write (self->body, bytes, length, &self->failure) || stop (self);
}

static bool
deliver (Take *self, const IbImapMessage *message)
{
    const IbFetchCallbacks *callbacks = self->remote->callbacks;
    IbRemoteMessage delivered = {
        .uid = message->uid,
        .flags = message->flags,
        .internal_date_s = message->internal_date_s,
        .size_served = message->size,
    };
    if (!ib_body_finish (self->body, &delivered.size_bytes, &self->failure))
        return stop (self);
    int fd = self->fd;
    self->fd = -1;
    g_clear_pointer (&self->body, ib_body_free);
    if (ib_remote_imap_wants_changes (self->remote))
        g_hash_table_add (self->remote->taken, GUINT_TO_POINTER (message->uid));
    return callbacks->deliver (&delivered, fd, callbacks->user_data, &self->failure) || stop (self);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
    guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;
    return x < y ? -1 : x > y;
}

/* Where has_come has @uid; NULL if it is none of those that are wanted. */
static guint8 *
find (const Take *self, guint32 uid)
{
    guint at;
    if (!g_array_binary_search (self->remote->wanted, &uid, compare, &at))
        return NULL;
    return &self->has_come[at];
}

/* "n:*" means the last message too, where that lies below n. */
static bool
strike_direct (Take *self, guint32 uid)
{
    const IbCursor *cursor = self->remote->direct_cursor;
    return uid > cursor->low_water && !ib_uid_set_contains (cursor->done, uid)
           && g_hash_table_add (self->came, GUINT_TO_POINTER (uid));
}

/* Notes that @uid has come; false if nobody waits for it, or it was here before. */
static bool
strike (Take *self, guint32 uid)
{
    if (self->remote->direct != 0)
        return strike_direct (self, uid);
    guint8 *has_come = find (self, uid);
    if (has_come == NULL || *has_come)
        return false;
    *has_come = true;
    return true;
}

static bool
is_missing (const Take *self, guint32 uid)
{
    const guint8 *has_come = find (self, uid);
    return has_come != NULL && !*has_come;
}

/* (transfer full), sorted. */
static GArray *
list_missing (const Take *self)
{
    GArray *missing = g_array_new (FALSE, FALSE, sizeof (guint32));
    for (guint i = 0; i < self->remote->wanted->len; i++)
        if (!self->has_come[i])
            g_array_append_val (missing, g_array_index (self->remote->wanted, guint32, i));
    return missing;
}

/* Nothing, where the server itself says that there is something (iCloud, Zimbra), is not the message. */
static bool
is_whole (const Take *self, const IbImapMessage *message)
{
    return self->received > 0 || message->size == 0;
}

static void
on_message (const IbImapMessage *message, gpointer user_data)
{
    Take *self = user_data;
    if (message->has_body && self->body == NULL
        && !open_body (self)) /* an empty one is not told by on_body */
        return;
    if (self->body == NULL) {
        if (message->uid != 0)
            g_hash_table_add (self->seen, GUINT_TO_POINTER (message->uid));
        return;
    }
    self->n_whole++;
    ib_remote_imap_note_message (self->remote, self->received);
    if (self->failure == NULL && message->uid != 0 && is_whole (self, message) && strike (self, message->uid))
        deliver (self, message);
    else if (message->uid != 0)
        g_hash_table_add (self->seen, GUINT_TO_POINTER (message->uid));
    drop_body (self);
}

/* --- commands ------------------------------------------------------------------------------------------------ */

/* Whether each message that is asked for is told, by `attempt`. */
static bool
is_told (const Take *self)
{
    return self->remote->request->is_cautious || self->has_others;
}

/* Some servers end the session over one message that they cannot give (Dovecot, where a size that it remembers is wrong), and would
 * do so each time. What came in any other session before its end is behind us at the next; where nothing did, it may be the
 * first of those that were asked for, and that is to be found out. Over what was tried before, silence is as much. */
static bool
may_be_broken_by_message (const Take *self)
{
    const GError *broken = ib_stream_get_error (self->remote->stream);
    if (self->has_others)
        return true;
    return (g_error_matches (broken, IB_STREAM_ERROR, IB_STREAM_ERROR_EOF)
            || g_error_matches (broken, IB_STREAM_ERROR, IB_STREAM_ERROR_IO))
           && !self->remote->line.told.does_not_compress
           && (self->n_whole == 0 || self->remote->request->is_cautious);
}

static void
tell_attempt (const Take *self, guint32 uid)
{
    const IbFetchCallbacks *callbacks = self->remote->callbacks;
    callbacks->attempt (uid, NULL, callbacks->user_data);
}

/* All that was asked for before it has come, or is not there. Of what went out at once, without a list, nobody knows. */
static void
tell_silent (const Take *self)
{
    g_autoptr (GArray) missing = list_missing (self);
    if (missing->len > 0 && self->came == NULL)
        tell_attempt (self, g_array_index (missing, guint32, 0));
}

static void
note_break (Take *self, GError **error)
{
    g_autoptr (GError) failure = NULL;
    ib_remote_imap_broke (self->remote, &failure);
    if (g_error_matches (ib_stream_get_error (self->remote->stream), IB_STREAM_ERROR, IB_STREAM_ERROR_TIMEOUT)
        && !is_told (self))
        tell_silent (self);
    if (g_error_matches (failure, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE) && may_be_broken_by_message (self))
        failure->code = IB_FETCH_ERROR_SERVER;
    g_propagate_error (error, g_steal_pointer (&failure));
}

static IbImapAnswer *
read_answer (Take *self, guint tag, GError **error)
{
    const IbImapSink sink = { .body = on_body, .message = on_message, .user_data = self };
    g_autoptr (IbImapAnswer) answer = ib_imap_session_parse (self->remote->session, tag, &sink);
    drop_body (self);
    if (self->failure != NULL) {
        g_propagate_error (error, g_steal_pointer (&self->failure));
        return NULL;
    }
    if (answer == NULL)
        note_break (self, error);
    return g_steal_pointer (&answer);
}

/* NO or not, the list of what is missing says what has come. */
static bool
take_batches (Take *self, GError **error)
{
    IbRemote *remote = self->remote;
    ib_remote_imap_begin_line (remote);
    while (self->asked.length > 0 || self->next < remote->wanted->len) {
        if (self->asked.length == 0
            && !ib_remote_imap_compress_if_worth (remote, remote->wanted->len - self->next, error))
            return false;
        ask_for_more (self);
        g_autoptr (IbImapAnswer) answer
            = read_answer (self, GPOINTER_TO_UINT (g_queue_peek_head (&self->asked)), error);
        g_queue_pop_head (&self->asked);
        if (answer == NULL)
            return false;
    }
    return true;
}

static bool
skip (Take *self, guint32 uid, IbSkip reason, const char *text, GError **error)
{
    const IbFetchCallbacks *callbacks = self->remote->callbacks;
    const IbRemoteMessage message = { .uid = uid };
    return callbacks->skip (&message, reason, text, callbacks->user_data, error);
}

/* Where nobody can tell, it may, and none of the others is asked about. */
static bool
may_exist (Take *self, guint32 uid, bool *out_may_exist, GError **error)
{
    g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autofree char *criteria = g_strdup_printf (" UID %u", uid);
    if (!self->is_blind && !ib_remote_imap_search (self->remote, 0, criteria, hits, &self->is_blind, error))
        return false;
    *out_may_exist = self->is_blind || ib_uid_set_contains (hits, uid);
    return true;
}

/* @uid alone: it comes, or there is a reason why not. */
static bool
take_one (Take *self, guint32 uid, GError **error)
{
    bool is_there = false;
    if (is_told (self))
        tell_attempt (self, uid);
    guint tag = ib_imap_session_send (self->remote->session, IB_IMAP_WANT_FETCH,
                                      "UID FETCH %u " IB_IMAP_ITEMS, uid);
    g_autoptr (IbImapAnswer) answer = read_answer (self, tag, error);
    if (answer == NULL)
        return false;
    if (!is_missing (self, uid))
        return true;
    if (answer->result != IB_IMAP_OK)
        is_there = true;
    else if (g_hash_table_contains (self->seen, GUINT_TO_POINTER (uid)))
        is_there = true;
    else if (!may_exist (self, uid, &is_there, error))
        return false;
    if (!is_there)
        return skip (self, uid, IB_SKIP_GONE, "", error);
    return skip (self, uid, IB_SKIP_REFUSED,
                 answer->result == IB_IMAP_OK ? _ ("The server gave no content of this message")
                                              : answer->text,
                 error);
}

/* Of @missing, skips what has vanished, all in few commands; what is left in it the server should be able to give. Where nobody can
 * tell, each is asked for. */
static bool
skip_vanished (Take *self, GArray *missing, GError **error)
{
    g_autoptr (GArray) left = g_array_new (FALSE, FALSE, sizeof (guint32));
    guint32 low = g_array_index (missing, guint32, 0) - 1;
    bool is_refused = false;
    if (!ib_remote_imap_search (self->remote, low, "", left, &is_refused, error))
        return false;
    if (is_refused)
        return true;
    ib_remote_imap_sort (left);
    guint kept = 0;
    for (guint i = 0; i < missing->len; i++) {
        guint32 uid = g_array_index (missing, guint32, i);
        if (ib_uid_set_contains (left, uid))
            g_array_index (missing, guint32, kept++) = uid;
        else if (!skip (self, uid, IB_SKIP_GONE, "", error))
            return false;
    }
    g_array_set_size (missing, kept);
    return true;
}

static bool
take_singly (Take *self, const GArray *uids, GError **error)
{
    for (guint i = 0; i < uids->len; i++)
        if (!take_one (self, g_array_index (uids, guint32, i), error))
            return false;
    return true;
}

/* What was tried before comes last: it may break the session once more, and does not keep us from what is new. */
static bool
take_with_caution (Take *self, GError **error)
{
    const GArray *wanted = self->remote->wanted, *tried = self->remote->tried;
    g_autoptr (GArray) first = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GArray) last = g_array_new (FALSE, FALSE, sizeof (guint32));
    for (guint i = 0; i < wanted->len; i++) {
        guint32 uid = g_array_index (wanted, guint32, i);
        GArray *turn = ib_uid_set_contains (tried, uid) ? last : first;
        g_array_append_val (turn, uid);
    }
    return take_singly (self, first, error) && take_singly (self, last, error);
}

/* Out of those that are wanted now. (transfer full), sorted */
static GArray *
put_tried_off (const IbRemote *remote)
{
    GArray *tried = g_array_new (FALSE, FALSE, sizeof (guint32));
    guint kept = 0;
    for (guint i = 0; remote->tried != NULL && i < remote->wanted->len; i++) {
        guint32 uid = g_array_index (remote->wanted, guint32, i);
        if (ib_uid_set_contains (remote->tried, uid))
            g_array_append_val (tried, uid);
        else
            g_array_index (remote->wanted, guint32, kept++) = uid;
    }
    if (tried->len > 0)
        g_array_set_size (remote->wanted, kept);
    return tried;
}

/* The server may fall silent over one, or end the session: so they keep no other from coming. */
static bool
take_tried (Take *self, const GArray *tried, GError **error)
{
    GArray *wanted = self->remote->wanted;
    g_array_set_size (wanted, 0);
    g_array_append_vals (wanted, tried->data, tried->len);
    memset (self->has_come, 0, tried->len); /* it has room for as many as were wanted in all */
    self->has_others = true;
    return take_singly (self, tried, error);
}

static bool
take_all (Take *self, GError **error)
{
    if (self->remote->request->is_cautious)
        return take_with_caution (self, error);
    g_autoptr (GArray) tried = put_tried_off (self->remote);
    if (!take_batches (self, error))
        return false;
    g_autoptr (GArray) missing = list_missing (self);
    if (missing->len > 0 && !(skip_vanished (self, missing, error) && take_singly (self, missing, error)))
        return false;
    return tried->len == 0 || take_tried (self, tried, error);
}

static guint32
highest_of (GHashTable *uids, guint32 least)
{
    GHashTableIter each;
    gpointer uid;
    g_hash_table_iter_init (&each, uids);
    while (g_hash_table_iter_next (&each, &uid, NULL))
        least = MAX (least, GPOINTER_TO_UINT (uid));
    return least;
}

/* What is there and has not come, found in the ordinary way. If that is refused, it is for the next time. */
static bool
search_for_rest (Take *self, GError **error)
{
    IbRemote *remote = self->remote;
    const IbCursor *cursor = remote->direct_cursor;
    g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint32));
    bool is_open = true;
    ib_imap_server_count (remote->server);
    if (!ib_remote_imap_find_wanted (remote, cursor, found, &is_open, error))
        return false;
    if (!is_open)
        return true;
    for (guint i = 0; i < found->len; i++) {
        guint32 uid = g_array_index (found, guint32, i);
        if (!ib_uid_set_contains (cursor->done, uid)
            && !g_hash_table_contains (self->came, GUINT_TO_POINTER (uid)))
            g_array_append_val (remote->wanted, uid);
    }
    ib_remote_imap_sort (remote->wanted);
    g_free (self->has_come);
    self->has_come = g_new0 (guint8, MAX (remote->wanted->len, 1));
    return take_all (self, error);
}

/* The answer to what went out at once, without a list of what there is: if as many came as were announced, by now, those
 * are all; unless others are owed from before. */
static bool
take_direct (Take *self, GError **error)
{
    IbRemote *remote = self->remote;
    self->came = g_hash_table_new (NULL, NULL);
    g_autoptr (IbImapAnswer) answer = read_answer (self, remote->direct, error);
    remote->direct = 0;
    if (answer == NULL)
        return false;
    guint32 fresh = ib_imap_server_get_selected (remote->server)->fresh;
    remote->highest_uid = highest_of (self->came, remote->direct_cursor->low_water);
    if (answer->result != IB_IMAP_OK || g_hash_table_size (self->came) != fresh || remote->is_behind)
        return search_for_rest (self, error);
    ib_imap_server_count (remote->server);
    return true;
}

bool
ib_remote_imap_take (IbRemote *remote, guint32 *out_highest_uid, GError **error)
{
    Take self = {
        .remote = remote,
        .has_come = g_new0 (guint8, MAX (remote->wanted->len, 1)),
        .seen = g_hash_table_new (NULL, NULL),
        .fd = -1,
    };
    bool is_done = remote->direct != 0 ? take_direct (&self, error) : take_all (&self, error);
    ib_stream_expect (remote->stream, 0);
    drop_body (&self);
    g_queue_clear (&self.asked);
    g_clear_error (&self.failure);
    g_free (self.has_come);
    g_hash_table_unref (self.seen);
    g_clear_pointer (&self.came, g_hash_table_unref);
    if (is_done)
        *out_highest_uid = remote->highest_uid;
    return is_done;
}
