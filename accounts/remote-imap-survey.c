/* remote-imap-survey.c - what is new in a mailbox
 *
 * UIDs rise with sequence numbers, so a large mailbox is searched in pieces, from its newest end downwards, until a piece
 * holds something old: an ordinary poll asks once. Messages that vanish meanwhile only move others into pieces that are
 * still to come. */
#include "remote-imap.h"
#include "server-limits.h"
#include "uid-set.h"

#include <glib/gi18n-lib.h>
#include <malloc.h>
#include <string.h>
#include <time.h>

/* The end of all UIDs, for servers that do not take "*" for it. */
#define LAST_UID "4294967295"
/* An eighth of a megabyte of pieces. */
#define MANY_NUMBERS 2000

/* --- searching ----------------------------------------------------------------------------------------------- */

static void
note_hit (guint32 uid, gpointer user_data)
{
    g_array_append_val ((GArray *) user_data, uid);
}

/* Reads one SEARCH; what it found goes to the end of @uids. */
static bool
collect (IbRemote *self, guint tag, GArray *uids, GError **error)
{
    const IbImapSink sink = { .hit = note_hit, .user_data = uids };
    g_autoptr (IbImapAnswer) answer = ib_imap_session_parse (self->session, tag, &sink);
    if (answer == NULL)
        return ib_remote_imap_broke (self, error);
    g_clear_pointer (&self->refusal, g_free);
    if (answer->result == IB_IMAP_OK)
        return true;
    if (ib_remote_imap_is_about_mailbox (answer))
        self->refusal = g_strdup (answer->text);
    return ib_remote_imap_refused (self, answer, IB_FETCH_ERROR_SERVER, _ ("The mailbox cannot be searched"),
                                   error);
}

/* Whether the last SEARCH, which failed, was refused for what is asked of this mailbox, and nothing else is the matter. */
static bool
is_refused (IbRemote *self)
{
    return self->refusal != NULL && ib_stream_get_error (self->stream) == NULL;
}

/* The piece of at most IB_LIMIT_SEARCH_MESSAGES that ends at @last; the newest one is open above, up to UID @end. */
static guint
send_piece (IbRemote *self, guint32 last, bool is_newest, guint32 low, const char *end, const char *criteria)
{
    guint32 first = last > IB_LIMIT_SEARCH_MESSAGES ? last - IB_LIMIT_SEARCH_MESSAGES + 1 : 1;
    g_autoptr (GString) command = g_string_new ("UID SEARCH");
    if (first > 1 && is_newest)
        g_string_append_printf (command, " %u:*", first);
    else if (!is_newest)
        g_string_append_printf (command, " %u:%u", first, last);
    if (low > 0 || (first == 1 && is_newest && *criteria == '\0'))
        g_string_append_printf (command, " UID %u:%s", low + 1, end);
    g_string_append (command, criteria);
    return ib_imap_session_send (self->session, IB_IMAP_WANT_SEARCH, "%s", command->str);
}

/* In a mailbox that is not empty, UID n:* matches the last message at least; GNU imap4d finds nothing by it. So where
 * nothing is found it is asked again, with a number for the end. */
static bool
search_piece (IbRemote *self, guint32 last, bool is_newest, guint32 low, const char *criteria, GArray *uids,
              GError **error)
{
    guint before = uids->len;
    if (!collect (self, send_piece (self, last, is_newest, low, "*", criteria), uids, error))
        return false;
    if (uids->len > before || !is_newest || *criteria != '\0')
        return true;
    return collect (self, send_piece (self, last, is_newest, low, LAST_UID, criteria), uids, error);
}

/* n:* means the last message too where that lies below n. */
static void
drop_low (GArray *uids, guint from, guint32 low)
{
    guint kept = from;
    for (guint i = from; i < uids->len; i++) {
        guint32 uid = g_array_index (uids, guint32, i);
        if (uid > low)
            g_array_index (uids, guint32, kept++) = uid;
    }
    g_array_set_size (uids, kept);
}

/* What names the few that it is about has no long answer, however many there are. */
static bool
names_uids (const char *criteria)
{
    return g_str_has_prefix (criteria, " UID ");
}

/* libetpan had a piece of memory for each number. They are free now, but would stay ours beside all that is fetched. */
static void
give_back (const GArray *uids)
{
    if (uids->len >= MANY_NUMBERS)
        (void) malloc_trim (0);
}

static bool
search (IbRemote *self, guint32 low, const char *criteria, GArray *uids, GError **error)
{
    guint32 last = MIN (ib_imap_server_get_selected (self->server)->exists, IB_LIMIT_MAILBOX_MESSAGES);
    bool is_newest = true;
    if (last > 0 && names_uids (criteria))
        last = 1; /* in one piece */
    while (last > 0 && low < G_MAXUINT32) {
        guint32 size = MIN (last, IB_LIMIT_SEARCH_MESSAGES);
        guint before = uids->len;
        if (!search_piece (self, last, is_newest, low, criteria, uids, error))
            return false;
        drop_low (uids, before, low);
        if (*criteria == '\0' && uids->len - before < size)
            break; /* the rest is older still */
        last -= size;
        is_newest = false;
    }
    give_back (uids);
    return true;
}

bool
ib_remote_imap_search (IbRemote *self, guint32 low, const char *criteria, GArray *uids, bool *out_is_refused,
                       GError **error)
{
    g_autoptr (GError) why = NULL;
    bool is_found = search (self, low, criteria, uids, &why);
    if (!is_found && !is_refused (self)) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    *out_is_refused = !is_found;
    return true;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
    guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;
    return x < y ? -1 : x > y;
}

void
ib_remote_imap_sort (GArray *uids)
{
    guint kept = 0;
    g_array_sort (uids, compare);
    for (guint i = 0; i < uids->len; i++) {
        guint32 uid = g_array_index (uids, guint32, i);
        if (kept == 0 || g_array_index (uids, guint32, kept - 1) != uid)
            g_array_index (uids, guint32, kept++) = uid;
    }
    g_array_set_size (uids, kept);
}

/* --- what is wanted ------------------------------------------------------------------------------------------ */

/* SINCE looks at the date alone, in whatever zone the server likes: so a day more is asked for, and what is too old of
 * that is left out once its INTERNALDATE is known. */
static char *
since_criteria (gint64 since_s)
{
    static const char *const months[]
        = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t day_before = (time_t) (since_s - 24 * 60 * 60);
    struct tm tm;
    if (gmtime_r (&day_before, &tm) == NULL)
        return g_strdup ("");
    return g_strdup_printf (" SINCE %d-%s-%04d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900);
}

/* With `since` the old ones do not show up in the search, but they have been looked at all the same. A server that does
 * not know "*" (GNU imap4d) has said in UIDNEXT where they end. */
static bool
find_highest (IbRemote *self, GError **error)
{
    g_autoptr (GArray) last = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GError) refusal = NULL;
    guint32 uidnext = ib_imap_server_get_selected (self->server)->uidnext;
    guint tag = ib_imap_session_send (self->session, IB_IMAP_WANT_SEARCH, "UID SEARCH UID *");
    if (!collect (self, tag, last, &refusal)) {
        bool is_broken = ib_stream_get_error (self->stream) != NULL;
        if (is_broken || uidnext == 0 || !g_error_matches (refusal, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER)) {
            g_propagate_error (error, g_steal_pointer (&refusal));
            return false;
        }
        self->highest_uid = MAX (self->highest_uid, uidnext - 1);
    }
    for (guint i = 0; i < last->len; i++)
        self->highest_uid = MAX (self->highest_uid, g_array_index (last, guint32, i));
    return true;
}

/* So many messages have at least so many UIDs. */
static bool
is_next_known (const IbRemote *self)
{
    const IbImapSelected *selected = ib_imap_server_get_selected (self->server);
    return selected->uidnext > selected->exists && !self->is_reentered && !self->is_next_wrong;
}

static guint
send_above (IbRemote *self, guint32 first)
{
    return ib_imap_session_send (self->session, IB_IMAP_WANT_SEARCH, "UID SEARCH UID %u:" LAST_UID, first);
}

/* UIDs only rise: a UIDNEXT that we are past means that they were dealt out anew, unless the server has them above it still. */
static bool
compare_next (IbRemote *self, const IbCursor *cursor, bool *out_is_restarted, GError **error)
{
    const IbImapSelected *selected = ib_imap_server_get_selected (self->server);
    guint32 uidnext = selected->uidnext;
    g_autoptr (GArray) above = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GError) refusal = NULL;
    if (!is_next_known (self) || uidnext > cursor->low_water)
        return true;
    bool is_told = selected->exists == 0 || collect (self, send_above (self, uidnext), above, &refusal);
    if (!is_told && ib_stream_get_error (self->stream) != NULL) {
        g_propagate_error (error, g_steal_pointer (&refusal));
        return false;
    }
    drop_low (above, 0, uidnext - 1);
    *out_is_restarted = is_told && above->len == 0;
    self->is_next_wrong = !*out_is_restarted;
    return true;
}

static bool
has_news (IbRemote *self, const IbCursor *cursor)
{
    const IbImapSelected *selected = ib_imap_server_get_selected (self->server);
    return selected->exists > 0 && !cursor->is_unchanged
           && (!is_next_known (self) || selected->uidnext - 1 > cursor->low_water);
}

/* What is refused then is for the next time. */
static bool
look_into_gaps (IbRemote *self, const IbCursor *cursor, GError **error)
{
    const GArray *gaps = cursor->gaps;
    if (gaps->len == 0 || ib_imap_server_get_selected (self->server)->exists == 0)
        return true;
    bool is_refused;
    g_autoptr (GArray) shown = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GString) criteria = g_string_new (" UID ");
    (void) ib_uid_set_append (criteria, (const guint32 *) gaps->data, gaps->len, gaps->len);
    if (!ib_remote_imap_search (self, 0, criteria->str, shown, &is_refused, error))
        return false;
    for (guint i = 0; i < shown->len; i++)
        if (ib_uid_set_contains (gaps, g_array_index (shown, guint32, i)))
            g_array_append_val (self->shown, g_array_index (shown, guint32, i));
    return true;
}

/* What is known, or was not shown, broke the session, and not what is new: a careful one does not ask for it. Always returns
 * false. */
static bool
blame_question (GError **error)
{
    if (error != NULL && g_error_matches (*error, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE))
        (*error)->code = IB_FETCH_ERROR_SERVER;
    return false;
}

/* A server that has come past all that is known since it was restored shows that by nothing else than the mail itself. */
bool
ib_remote_imap_compare (IbRemote *self, const IbCursor *cursor, bool *out_is_restarted, GError **error)
{
    *out_is_restarted = false;
    if (cursor->sample_messages > 0)
        return true;
    if (!compare_next (self, cursor, out_is_restarted, error))
        return false;
    if (*out_is_restarted || self->request->is_cautious)
        return true;
    if (has_news (self, cursor) && !ib_remote_imap_hear_witnesses (self, cursor, out_is_restarted, error))
        return blame_question (error);
    return *out_is_restarted || look_into_gaps (self, cursor, error) || blame_question (error);
}

/* Without a UIDNEXT nobody else knows how far that went. */
static bool
tell_old (IbRemote *self, const IbCursor *cursor, const GArray *found, GError **error)
{
    const IbRemoteMessage last = { .uid = self->highest_uid };
    for (guint i = 0; i < found->len; i++)
        if (g_array_index (found, guint32, i) == last.uid)
            return true;
    return last.uid <= cursor->low_water
           || self->callbacks->skip (&last, IB_SKIP_OLD, "", self->callbacks->user_data, error);
}

static bool
find_new (IbRemote *self, const IbCursor *cursor, GArray *found, GError **error)
{
    bool has_since = cursor->since_s > 0;
    g_autofree char *criteria = has_since ? since_criteria (cursor->since_s) : g_strdup ("");
    self->highest_uid = cursor->low_water;
    /* Once: while this mailbox is open, no other cursor has these gaps. */
    g_array_append_vals (found, self->shown->data, self->shown->len);
    g_array_set_size (self->shown, 0);
    if (!has_news (self, cursor))
        return true;
    if (has_since && !find_highest (self, error))
        return false;
    if (!search (self, cursor->low_water, criteria, found, error))
        return false;
    for (guint i = 0; i < found->len; i++)
        self->highest_uid = MAX (self->highest_uid, g_array_index (found, guint32, i));
    return !has_since || is_next_known (self) || tell_old (self, cursor, found, error);
}

/* From the newest piece downwards, until there are enough. */
static bool
find_sample (IbRemote *self, const IbCursor *cursor, GArray *found, GError **error)
{
    const char *criteria
        = cursor->samples_read ? " UNDELETED UNDRAFT OR SEEN ANSWERED" : " UNDELETED UNDRAFT";
    guint32 last = MIN (ib_imap_server_get_selected (self->server)->exists, IB_LIMIT_MAILBOX_MESSAGES);
    for (bool is_newest = true; last > 0 && found->len < cursor->sample_messages; is_newest = false) {
        if (!search_piece (self, last, is_newest, 0, criteria, found, error))
            return false;
        last -= MIN (last, IB_LIMIT_SEARCH_MESSAGES);
    }
    ib_remote_imap_sort (found);
    if (found->len > cursor->sample_messages)
        g_array_remove_range (found, 0, found->len - cursor->sample_messages);
    return true;
}

/* One mailbox that is out of order keeps nobody from the others. */
bool
ib_remote_imap_find_wanted (IbRemote *self, const IbCursor *cursor, GArray *found, bool *out_is_open,
                            GError **error)
{
    g_autoptr (GError) why = NULL;
    bool is_found = cursor->sample_messages > 0 ? find_sample (self, cursor, found, &why)
                                                : find_new (self, cursor, found, &why);
    *out_is_open = is_found;
    self->is_behind = !is_found;
    if (is_found)
        return true;
    if (!is_refused (self)) {
        if (why != NULL) /* a callback that said no, and no more, says none */
            g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    self->callbacks->mailbox_failed (self->mailbox, self->refusal, self->callbacks->user_data);
    return true;
}

static void
want (IbRemote *self, const IbCursor *cursor, const GArray *found)
{
    for (guint i = 0; i < found->len; i++) {
        guint32 uid = g_array_index (found, guint32, i);
        if (!ib_uid_set_contains (cursor->done, uid))
            g_array_append_val (self->wanted, uid);
    }
    for (guint i = 0; cursor->retry != NULL && i < cursor->retry->len; i++)
        g_array_append_val (self->wanted, g_array_index (cursor->retry, guint32, i));
    ib_remote_imap_sort (self->wanted);
    self->tried = cursor->tried;
}

/* --- since and max-size -------------------------------------------------------------------------------------- */

/* What decides whether a message is wanted. */
typedef struct {
    GHashTable *sizes; /* UID -> bytes */
    GHashTable *old;   /* set of UIDs that came before `since` */
    gint64 since_s;    /* 0: all are young enough */
} Facts;

static void
note_facts (const IbImapMessage *message, gpointer user_data)
{
    Facts *facts = user_data;
    if (message->uid == 0)
        return;
    if (message->has_size)
        g_hash_table_insert (facts->sizes, GUINT_TO_POINTER (message->uid), GSIZE_TO_POINTER (message->size));
    if (message->internal_date_s != 0 && message->internal_date_s < facts->since_s)
        g_hash_table_add (facts->old, GUINT_TO_POINTER (message->uid));
}

static bool
learn_facts (IbRemote *self, Facts *facts, GError **error)
{
    const IbImapSink sink = { .message = note_facts, .user_data = facts };
    const char *items = facts->since_s > 0 ? "(UID RFC822.SIZE INTERNALDATE)" : "(UID RFC822.SIZE)";
    const guint32 *uids = (const guint32 *) self->wanted->data;
    for (gsize at = 0; at < self->wanted->len;) {
        g_autoptr (GString) set = g_string_new (NULL);
        at += ib_uid_set_append (set, uids + at, self->wanted->len - at, IB_LIMIT_SEARCH_MESSAGES);
        guint tag
            = ib_imap_session_send (self->session, IB_IMAP_WANT_FETCH, "UID FETCH %s %s", set->str, items);
        g_autoptr (IbImapAnswer) answer = ib_imap_session_parse (self->session, tag, &sink);
        if (answer == NULL)
            return ib_remote_imap_broke (self, error);
        /* NO: some vanished meanwhile. What is not known is fetched, and then it shows. */
    }
    return true;
}

static bool
sort_out (IbRemote *self, const Facts *facts, guint64 *out_bytes, GError **error)
{
    guint64 most = self->request->account->max_size_bytes;
    guint kept = 0;
    for (guint i = 0; i < self->wanted->len; i++) {
        guint32 uid = g_array_index (self->wanted, guint32, i);
        guint64 size = GPOINTER_TO_SIZE (g_hash_table_lookup (facts->sizes, GUINT_TO_POINTER (uid)));
        bool is_old = g_hash_table_contains (facts->old, GUINT_TO_POINTER (uid));
        IbRemoteMessage message = { .uid = uid, .size_served = size };
        if (!is_old && (most == 0 || size <= most)) {
            g_array_index (self->wanted, guint32, kept++) = uid;
            *out_bytes += size;
        } else if (!self->callbacks->skip (&message, is_old ? IB_SKIP_OLD : IB_SKIP_TOO_LARGE, "",
                                           self->callbacks->user_data, error)) {
            return false;
        }
    }
    g_array_set_size (self->wanted, kept);
    return true;
}

/* Of what is small enough, the newest that have no more than @most_bytes in all. */
static void
cut_sample (IbRemote *self, const Facts *facts, guint64 most_bytes)
{
    guint64 most = self->request->account->max_size_bytes, bytes = 0;
    for (guint i = self->wanted->len; i > 0; i--) {
        guint32 uid = g_array_index (self->wanted, guint32, i - 1);
        guint64 size = GPOINTER_TO_SIZE (g_hash_table_lookup (facts->sizes, GUINT_TO_POINTER (uid)));
        bytes += most == 0 || size <= most ? size : 0;
        if (bytes > most_bytes) {
            g_array_remove_range (self->wanted, 0, i);
            return;
        }
    }
}

/* Sizes and dates cost a round trip, so they are only asked for where they decide something. */
static bool
leave_unwanted (IbRemote *self, const IbCursor *cursor, guint64 *out_bytes, GError **error)
{
    bool is_decided
        = cursor->since_s == 0 && self->request->account->max_size_bytes == 0 && cursor->sample_bytes == 0;
    if (self->wanted->len == 0 || is_decided)
        return true;
    Facts facts = { g_hash_table_new (NULL, NULL), g_hash_table_new (NULL, NULL), cursor->since_s };
    bool is_done = learn_facts (self, &facts, error);
    if (is_done && cursor->sample_bytes > 0)
        cut_sample (self, &facts, cursor->sample_bytes);
    is_done = is_done && sort_out (self, &facts, out_bytes, error);
    g_hash_table_unref (facts.sizes);
    g_hash_table_unref (facts.old);
    return is_done;
}

static bool
is_direct_of_use (const IbRemote *self, const IbCursor *cursor)
{
    return self->direct != 0 && cursor->low_water >= self->direct_low && cursor->sample_messages == 0
           && cursor->since_s == 0 && (cursor->retry == NULL || cursor->retry->len == 0);
}

/* What was counted for it is looked at now. */
static bool
drop_direct (IbRemote *self, GError **error)
{
    if (self->direct != 0)
        ib_imap_server_count (self->server);
    return ib_remote_imap_drop_direct (self, error);
}

bool
ib_remote_imap_survey (IbRemote *self, const IbCursor *cursor, bool *out_is_open, guint64 *out_messages,
                       guint64 *out_bytes, GError **error)
{
    g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint32));
    guint64 bytes = 0;
    *out_is_open = true;
    g_array_set_size (self->wanted, 0);
    self->tried = NULL;
    if (is_direct_of_use (self, cursor)) {
        self->direct_cursor = cursor;
        *out_messages = ib_imap_server_get_selected (self->server)->fresh;
        *out_bytes = 0;
        return true;
    }
    if (!drop_direct (self, error))
        return false;
    if (!ib_remote_imap_find_wanted (self, cursor, found, out_is_open, error))
        return false;
    if (!*out_is_open)
        return true;
    self->is_surveyed = cursor->sample_messages == 0;
    want (self, cursor, found);
    if (!leave_unwanted (self, cursor, &bytes, error))
        return false;
    self->line.surveyed_bytes = bytes;
    *out_messages = self->wanted->len;
    *out_bytes = bytes;
    return true;
}
