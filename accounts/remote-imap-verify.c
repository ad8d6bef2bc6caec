/* remote-imap-verify.c - is what is to be cleared away on the server, or is known there, what was fetched?
 *
 * A server that was restored from a backup gives its numbers anew. Once it has come past those that are known nothing else shows
 * that what was to be deleted is other mail by now. What has its INTERNALDATE still is what was fetched. Where that differs, or is
 * not known, the Message-ID tells: another one proves other mail, the same one ours. What came without one is looked at whole, and
 * what cannot be told even so is left alone.
 *
 * Of mail that came in one second the date tells nothing where only its order has changed: some of it is looked at by its
 * Message-ID, too. */
#include "remote-imap.h"
#include "passing-content.h"
#include "passing-header.h"
#include "server-limits.h"
#include "uid-set.h"

#include <glib/gi18n-lib.h>

/* Commands on their way at once: an answer to one is read while the server works on the next. */
#define COMMANDS 4

/* So many of those that share their dates: after a restoration all of them are others, most likely. */
#define SAMPLES 16

/* So many are asked for one by one where the server refused them together, perhaps for one of them. What is behind them has its
 * turn when these are settled, or put off. */
#define SINGLY 32

typedef enum {
    LOOK_UNANSWERED, /* gone, if another question is not answered either */
    LOOK_UNTOLD,     /* it is there */
    LOOK_SAME,
    LOOK_PASSED_BY, /* it has to wait until others have had their turn */
    LOOK_DOUBTFUL,  /* it may be other mail */
    LOOK_OTHER,
} Look;

typedef struct {
    const IbKnownMessage *known;
    Look look;
    guint64 size;   /* 0: not told, or not asked for */
    bool is_denied; /* its bytes were others, once */
} Suspect;

typedef struct {
    IbRemote *remote;
    GHashTable *suspects;    /* UID -> Suspect */
    GArray *all;             /* guint32, sorted: theirs */
    GArray *uids;            /* guint32, sorted: those that are to be looked at next */
    IbPassingHeader *header; /* of the message under way; NULL */
    IbPassingContent *content;
    bool is_refused; /* what was asked last, in part at least */
    char *refusal;   /* the server's first words of that; NULL: all was answered */
} Verification;

/* --- what is asked, and answered ----------------------------------------------------------------------------- */

static Suspect *
find_suspect (const Verification *self, guint32 uid)
{
    return g_hash_table_lookup (self->suspects, GUINT_TO_POINTER (uid));
}

static void
compare_date (const IbImapMessage *message, gpointer user_data)
{
    Suspect *suspect = find_suspect (user_data, message->uid);
    if (suspect == NULL)
        return;
    Look look = message->internal_date_s == 0                                 ? LOOK_UNTOLD
                : message->internal_date_s == suspect->known->internal_date_s ? LOOK_SAME
                                                                              : LOOK_DOUBTFUL;
    suspect->look = MAX (suspect->look, look);
    suspect->size = MAX (suspect->size, message->size);
}

static bool
feed_header (const char *bytes, gsize length, gpointer user_data)
{
    Verification *self = user_data;
    if (self->header == NULL && length > 0)
        self->header = ib_passing_header_new ();
    if (length > 0)
        ib_passing_header_feed (self->header, bytes, length);
    return true;
}

/* Not even an empty line is what some show of a message that another session has removed (RFC 2180, 4.1.3). */
static void
compare_header (const IbImapMessage *message, gpointer user_data)
{
    Verification *self = user_data;
    Suspect *suspect = find_suspect (self, message->uid);
    g_autoptr (IbPassingHeader) header = g_steal_pointer (&self->header);
    if (suspect == NULL || header == NULL || suspect->known->mark == 0)
        return;
    guint64 mark = ib_passing_header_mark (header);
    if (mark == 0 && suspect->look == LOOK_SAME) /* says less than the date */
        return;
    if (mark != suspect->known->mark)
        suspect->look = LOOK_OTHER;
    else if (suspect->look == LOOK_DOUBTFUL)
        suspect->look = LOOK_SAME;
}

static bool
feed_content (const char *bytes, gsize length, gpointer user_data)
{
    Verification *self = user_data;
    if (self->content == NULL)
        self->content = ib_passing_content_new ();
    ib_passing_content_feed (self->content, bytes, length);
    return true;
}

/* Some servers give the same message in other words: with a Message-ID it is none that came without. */
static void
compare_content (const IbImapMessage *message, gpointer user_data)
{
    Verification *self = user_data;
    Suspect *suspect = find_suspect (self, message->uid);
    g_autoptr (IbPassingContent) content = g_steal_pointer (&self->content);
    if (message->has_body)
        (void) ib_imap_session_next_body_size (self->remote->session);
    if (suspect == NULL || content == NULL || suspect->known->content == 0)
        return;
    bool is_same = ib_passing_content_is (content, suspect->known->content);
    suspect->is_denied = suspect->is_denied || !is_same;
    if (!is_same && ib_passing_content_mark (content) != 0)
        suspect->look = LOOK_OTHER;
    else if (suspect->look == LOOK_DOUBTFUL || suspect->look == LOOK_SAME)
        suspect->look = suspect->is_denied ? LOOK_DOUBTFUL : LOOK_SAME;
}

static void
note_refusal (Verification *self, const char *text)
{
    self->is_refused = true;
    if (self->refusal == NULL)
        self->refusal = g_strdup (text);
}

static bool
read_answer (Verification *self, guint tag, const IbImapSink *sink, GError **error)
{
    g_autoptr (IbImapAnswer) answer = ib_imap_session_parse (self->remote->session, tag, sink);
    g_clear_pointer (&self->header, ib_passing_header_free);
    g_clear_pointer (&self->content, ib_passing_content_free);
    if (answer == NULL)
        return ib_remote_imap_broke (self->remote, error);
    if (answer->result != IB_IMAP_OK)
        note_refusal (self, answer->text);
    return true;
}

/* Asks @items of all of self->uids, of up to @most at a time. */
static bool
ask_by (Verification *self, gsize most, IbImapWant want, const char *items, const IbImapSink *sink,
        GError **error)
{
    g_auto (GQueue) asked = G_QUEUE_INIT;
    const guint32 *uids = (const guint32 *) self->uids->data;
    for (gsize at = 0; at < self->uids->len || asked.length > 0;) {
        while (at < self->uids->len && asked.length < COMMANDS) {
            g_autoptr (GString) set = g_string_new (NULL);
            at += ib_uid_set_append (set, uids + at, self->uids->len - at, most);
            guint tag
                = ib_imap_session_send (self->remote->session, want, "UID FETCH %s %s", set->str, items);
            g_queue_push_tail (&asked, GUINT_TO_POINTER (tag));
        }
        if (!read_answer (self, GPOINTER_TO_UINT (g_queue_pop_head (&asked)), sink, error))
            return false;
    }
    return true;
}

static void
keep_doubtful (Verification *self)
{
    guint kept = 0;
    for (guint i = 0; i < self->uids->len; i++) {
        guint32 uid = g_array_index (self->uids, guint32, i);
        Suspect *suspect = find_suspect (self, uid);
        if (suspect->look == LOOK_DOUBTFUL && kept < SINGLY)
            g_array_index (self->uids, guint32, kept++) = uid;
        else if (suspect->look == LOOK_DOUBTFUL)
            suspect->look = LOOK_PASSED_BY;
    }
    g_array_set_size (self->uids, kept);
}

/* One that cannot be given keeps no other from being looked at. */
static bool
ask (Verification *self, IbImapWant want, const char *items, const IbImapSink *sink, GError **error)
{
    bool is_about_many = self->uids->len > 1;
    self->is_refused = false;
    if (!ask_by (self, IB_LIMIT_SEARCH_MESSAGES, want, items, sink, error))
        return false;
    if (!self->is_refused || !is_about_many)
        return true;
    keep_doubtful (self);
    return ask_by (self, 1, want, items, sink, error);
}

/* --- the three looks ----------------------------------------------------------------------------------------- */

/* @known: IbKnownMessage, one for each of @uids. What was fetched since the mailbox was entered is beyond doubt. */
static void
suspect (Verification *self, const GArray *uids, const GArray *known)
{
    for (guint i = 0; i < uids->len; i++) {
        guint32 uid = g_array_index (uids, guint32, i);
        if (g_hash_table_contains (self->remote->taken, GUINT_TO_POINTER (uid)))
            continue;
        Suspect *suspect = g_new0 (Suspect, 1);
        suspect->known = &g_array_index (known, IbKnownMessage, i);
        if (g_hash_table_replace (self->suspects, GUINT_TO_POINTER (uid), suspect))
            g_array_append_val (self->all, uid);
    }
}

static void
list_unanswered (const Verification *self, GArray *unanswered)
{
    for (guint i = 0; i < self->all->len; i++) {
        guint32 uid = g_array_index (self->all, guint32, i);
        if (find_suspect (self, uid)->look == LOOK_UNANSWERED)
            g_array_append_val (unanswered, uid);
    }
}

/* Of the @count @uids, which are unanswered. */
static bool
note_present (Verification *self, const guint32 *uids, gsize count, const char *set, GError **error)
{
    g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autofree char *criteria = g_strdup_printf (" UID %s", set);
    bool is_refused = false;
    if (!ib_remote_imap_search (self->remote, 0, criteria, found, &is_refused, error))
        return false;
    if (is_refused)
        note_refusal (self, self->remote->refusal);
    ib_remote_imap_sort (found);
    for (gsize i = 0; i < count; i++)
        if (is_refused || ib_uid_set_contains (found, uids[i]))
            find_suspect (self, uids[i])->look = LOOK_UNTOLD;
    return true;
}

/* A server may leave out what it has, and what it leaves out may be other mail. */
static bool
look_for_unanswered (Verification *self, GError **error)
{
    g_autoptr (GArray) unanswered = g_array_new (FALSE, FALSE, sizeof (guint32));
    list_unanswered (self, unanswered);
    const guint32 *uids = (const guint32 *) unanswered->data;
    for (gsize at = 0; at < unanswered->len;) {
        g_autoptr (GString) set = g_string_new (NULL);
        gsize n = ib_uid_set_append (set, uids + at, unanswered->len - at, IB_LIMIT_UID_SET_MESSAGES);
        if (!note_present (self, uids + at, n, set->str, error))
            return false;
        at += n;
    }
    return true;
}

/* What is there and not known by its date is in doubt. */
static void
weigh_dates (Verification *self)
{
    for (guint i = 0; i < self->all->len; i++) {
        Suspect *suspect = find_suspect (self, g_array_index (self->all, guint32, i));
        if (suspect->look == LOOK_UNTOLD)
            suspect->look = LOOK_DOUBTFUL;
    }
}

static bool
is_known_by_mark (const Suspect *suspect, Look look)
{
    return suspect->look == look && suspect->known->mark != 0;
}

/* Of those that are known by their dates and marks, the ones whose date another one has as well. (transfer full) */
static GArray *
list_sharers (const Verification *self)
{
    GArray *sharers = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GHashTable) counts = g_hash_table_new (g_int64_hash, g_int64_equal);
    for (guint i = 0; i < self->all->len; i++) {
        const gint64 *date_s
            = &find_suspect (self, g_array_index (self->all, guint32, i))->known->internal_date_s;
        guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, date_s));
        g_hash_table_replace (counts, (gpointer) date_s, GUINT_TO_POINTER (count + 1));
    }
    for (guint i = 0; i < self->all->len; i++) {
        guint32 uid = g_array_index (self->all, guint32, i);
        const Suspect *suspect = find_suspect (self, uid);
        if (is_known_by_mark (suspect, LOOK_SAME)
            && GPOINTER_TO_UINT (g_hash_table_lookup (counts, &suspect->known->internal_date_s)) > 1)
            g_array_append_val (sharers, uid);
    }
    return sharers;
}

/* All that are in doubt and have a mark, and some of the sharers, evenly. */
static void
choose_for_header (Verification *self)
{
    g_autoptr (GArray) sharers = list_sharers (self);
    guint samples = MIN (sharers->len, SAMPLES);
    g_array_set_size (self->uids, 0);
    for (guint i = 0; i < samples; i++)
        g_array_append_val (self->uids,
                            g_array_index (sharers, guint32, (guint64) i * sharers->len / samples));
    for (guint i = 0; i < self->all->len; i++) {
        guint32 uid = g_array_index (self->all, guint32, i);
        if (is_known_by_mark (find_suspect (self, uid), LOOK_DOUBTFUL))
            g_array_append_val (self->uids, uid);
    }
    ib_remote_imap_sort (self->uids);
}

/* Whether any may be looked at whole, and not every size is taken now. */
static bool
needs_sizes (const Verification *self)
{
    if (self->remote->request->account->max_size_bytes == 0)
        return false;
    for (guint i = 0; i < self->all->len; i++)
        if (find_suspect (self, g_array_index (self->all, guint32, i))->known->mark == 0)
            return true;
    return false;
}

/* What is larger than what is taken now is not looked at now. */
static bool
is_taken_now (const Verification *self, const Suspect *suspect)
{
    guint64 most = self->remote->request->account->max_size_bytes;
    return most == 0 || suspect->size <= most;
}

/* All that are in doubt and known by nothing but their bytes. */
static void
choose_for_content (Verification *self)
{
    g_array_set_size (self->uids, 0);
    for (guint i = 0; i < self->all->len; i++) {
        guint32 uid = g_array_index (self->all, guint32, i);
        const Suspect *suspect = find_suspect (self, uid);
        if (suspect->look == LOOK_DOUBTFUL && suspect->known->mark == 0 && suspect->known->content != 0
            && is_taken_now (self, suspect))
            g_array_append_val (self->uids, uid);
    }
}

static bool
ask_dates (Verification *self, const char *items, GError **error)
{
    const IbImapSink dates = { .message = compare_date, .user_data = self };
    g_array_append_vals (self->uids, self->all->data, self->all->len);
    return ask_by (self, IB_LIMIT_SEARCH_MESSAGES, IB_IMAP_WANT_FETCH, items, &dates, error);
}

static bool
ask_headers (Verification *self, GError **error)
{
    const IbImapSink headers = { .body = feed_header, .message = compare_header, .user_data = self };
    return ask (self, IB_IMAP_WANT_HEADER, "(UID BODY.PEEK[HEADER])", &headers, error);
}

static bool
look (Verification *self, GError **error)
{
    const IbImapSink contents = { .body = feed_content, .message = compare_content, .user_data = self };
    const char *facts = needs_sizes (self) ? "(UID INTERNALDATE RFC822.SIZE)" : "(UID INTERNALDATE)";
    if (!ask_dates (self, facts, error) || !look_for_unanswered (self, error))
        return false;
    weigh_dates (self);
    choose_for_header (self);
    if (!ask_headers (self, error))
        return false;
    choose_for_content (self);
    return ask (self, IB_IMAP_WANT_FETCH, "(UID BODY.PEEK[])", &contents, error);
}

/* --- what follows -------------------------------------------------------------------------------------------- */

static bool
is_any_other (const Verification *self)
{
    GHashTableIter each;
    gpointer value;
    g_hash_table_iter_init (&each, self->suspects);
    while (g_hash_table_iter_next (&each, NULL, &value))
        if (((const Suspect *) value)->look == LOOK_OTHER)
            return true;
    return false;
}

/* Takes what looked like that out of @order, into one of @verb. (transfer full) */
static IbSettleOrder *
take_part (const Verification *self, IbSettleOrder *order, Look look, IbSettleVerb verb)
{
    IbSettleOrder *part = ib_settle_order_new (verb, order->folder);
    guint kept = 0;
    for (guint i = 0; i < order->uids->len; i++) {
        guint32 uid = g_array_index (order->uids, guint32, i);
        const Suspect *suspect = find_suspect (self, uid);
        if (suspect != NULL && suspect->look == look) {
            g_array_append_val (part->uids, uid);
            continue;
        }
        g_array_index (order->uids, guint32, kept) = uid;
        g_array_index (order->known, IbKnownMessage, kept++)
            = g_array_index (order->known, IbKnownMessage, i);
    }
    g_array_set_size (order->uids, kept);
    g_array_set_size (order->known, kept);
    return part;
}

static bool
report (const Verification *self, const IbSettleOrder *part, bool is_done, const char *words, GError **error)
{
    const IbFetchCallbacks *callbacks = self->remote->callbacks;
    return part->uids->len == 0 || callbacks->settled (part, is_done, words, callbacks->user_data, error);
}

/* What is gone needs nothing to be done; with what nobody can tell nothing may be done, and of what was passed by nothing is said:
 * it is still due. */
static bool
leave_others (const Verification *self, GPtrArray *orders, GError **error)
{
    const char *why
        = self->refusal != NULL ? self->refusal : _ ("the server does not show whether it is still the same");
    for (guint i = orders->len; i > 0; i--) {
        IbSettleOrder *order = orders->pdata[i - 1];
        g_autoptr (IbSettleOrder) gone = take_part (self, order, LOOK_UNANSWERED, order->verb);
        g_autoptr (IbSettleOrder) doubtful = take_part (self, order, LOOK_DOUBTFUL, IB_SETTLE_DOUBT);
        ib_settle_order_free (take_part (self, order, LOOK_PASSED_BY, order->verb));
        if (!report (self, gone, true, "", error) || !report (self, doubtful, false, why, error))
            return false;
        if (order->uids->len == 0)
            g_ptr_array_remove_index (orders, i - 1);
    }
    return true;
}

/* Where one is other mail, all numbers mean something else. */
static bool
conclude (Verification *self, GPtrArray *orders, bool *out_looks_again, GError **error)
{
    IbRemote *remote = self->remote;
    *out_looks_again = remote->is_restarted = is_any_other (self);
    return remote->is_restarted || leave_others (self, orders, error);
}

static void
verification_init (Verification *self, IbRemote *remote)
{
    *self = (Verification){ .remote = remote };
    self->suspects = g_hash_table_new_full (NULL, NULL, NULL, g_free);
    self->all = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->uids = g_array_new (FALSE, FALSE, sizeof (guint32));
}

static void
verification_clear (Verification *self)
{
    g_hash_table_unref (self->suspects);
    g_array_unref (self->all);
    g_array_unref (self->uids);
    g_free (self->refusal);
}

bool
ib_remote_imap_verify (IbRemote *remote, GPtrArray *orders, bool *out_looks_again, GError **error)
{
    Verification self;
    verification_init (&self, remote);
    for (guint i = 0; i < orders->len; i++) {
        const IbSettleOrder *order = orders->pdata[i];
        suspect (&self, order->uids, order->known);
    }
    ib_remote_imap_sort (self.all);
    bool is_done = look (&self, error) && conclude (&self, orders, out_looks_again, error);
    verification_clear (&self);
    return is_done;
}

/* What is gone, or what the server does not tell of, says nothing. */
bool
ib_remote_imap_hear_witnesses (IbRemote *remote, const IbCursor *cursor, bool *out_are_others, GError **error)
{
    Verification self;
    verification_init (&self, remote);
    suspect (&self, cursor->witnesses, cursor->known);
    bool is_done = ask_dates (&self, "(UID INTERNALDATE)", error);
    if (is_done) {
        keep_doubtful (&self);
        is_done = ask_headers (&self, error);
    }
    *out_are_others = is_any_other (&self);
    verification_clear (&self);
    return is_done;
}
