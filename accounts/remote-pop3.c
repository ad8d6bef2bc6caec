/* remote-pop3.c - the road over a POP3 server
 *
 * A maildrop is listed whole (STAT, LIST, UIDL), each message gets an identity that holds from one session to the next,
 * and what is new is taken with as many RETR in flight as the server takes. Numbers are good for one session only and
 * never leave this file. */
#include "remote.h"

#include "body.h"
#include "escape.h"
#include "pop3-header.h"
#include "pop3-session.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    guint64 size_served;
    bool is_named;  /* UIDL had a line for it, good or not */
    char *uidl;     /* what the server calls it; NULL if it has no good name for it */
    char *digest;   /* of its header, where that was needed */
    char *identity; /* what we call it; the uidl itself, if that is good enough */
    gint64 date_s;  /* of its header, where that was needed; 0 unknown */
    bool is_listed;
    bool is_deleted;
} Entry;

struct _IbRemote {
    IbPop3Session *session;
    GArray *entries;     /* Entry; message n is at n - 1 */
    GHashTable *numbers; /* identity: number */
    GArray *wanted;      /* guint32 numbers, rising */
    bool has_top;
    bool is_top_certain;
    GPtrArray *deleted; /* IbSettleOrder whose DELE was accepted and waits for QUIT */
};

static void
clear_entry (gpointer data)
{
    Entry *entry = data;
    if (entry->identity != entry->uidl)
        g_free (entry->identity);
    g_free (entry->uidl);
    g_free (entry->digest);
}

static Entry *
entry_of (IbRemote *self, guint32 number)
{
    return &g_array_index (self->entries, Entry, number - 1);
}

static void
free_remote (IbRemote *self)
{
    ib_pop3_session_free (self->session);
    g_array_unref (self->entries);
    g_hash_table_unref (self->numbers);
    g_array_unref (self->wanted);
    g_ptr_array_unref (self->deleted);
    g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbRemote, free_remote)

static bool
fail (IbRemote *self, const char *why, GError **error)
{
    return ib_pop3_reader_fail (self->session->reader, why, error);
}

/* --- answers, many in flight --------------------------------------------------------------------------------- */

static bool
send_numbered (IbRemote *self, const char *verb, guint32 number, const char *rest, GError **error)
{
    g_autofree char *command = g_strdup_printf ("%s %u%s", verb, number, rest);
    return ib_pop3_session_send (self->session, command, error);
}

/* Reads the answer to a command about message @number; @is_last: no other is in flight. */
typedef bool (*Answer) (IbRemote *self, guint32 number, bool is_last, gpointer user_data, GError **error);

/* Asks @verb of each of @numbers, with as many in flight as the server allows: half of them are sent anew at a time, so
 * that a write serves many. */
static bool
ask_each (IbRemote *self, const char *verb, const char *rest, const GArray *numbers, Answer answer,
          gpointer user_data, GError **error)
{
    bool may_run_ahead = self->session->has_pipelining && !self->session->request->is_cautious;
    guint window = may_run_ahead ? IB_LIMIT_PIPELINE : 1;
    guint sent = 0;

    for (guint answered = 0; answered < numbers->len; answered++) {
        if (sent == answered && !ib_pop3_reader_check_silence (self->session->reader, error))
            return false;
        if (sent - answered <= window / 2) {
            for (; sent < numbers->len && sent - answered < window; sent++)
                if (!send_numbered (self, verb, g_array_index (numbers, guint32, sent), rest, error))
                    return false;
            if (!ib_stream_flush (self->session->stream, error))
                return false;
        }
        if (!answer (self, g_array_index (numbers, guint32, answered), sent == answered + 1, user_data,
                     error))
            return false;
    }
    return ib_pop3_reader_check_silence (self->session->reader, error);
}

/* --- the listing: STAT, LIST, UIDL --------------------------------------------------------------------------- */

/* number = 1*DIGIT, followed by a blank or the end; at most @most */
static bool
take_number (const char **at, guint64 most, guint64 *out_number)
{
    char *end;
    if (!g_ascii_isdigit (**at))
        return false;
    guint64 number = g_ascii_strtoull (*at, &end, 10);
    if (number > most || (*end != ' ' && *end != '\0'))
        return false;
    *at = end + strspn (end, " ");
    *out_number = number;
    return true;
}

/* A UIDL that can be kept: RFC 1939, 7, but for its length. */
static bool
is_good_uidl (const char *text)
{
    gsize length = strlen (text);
    if (length == 0 || length > IB_LIMIT_UIDL_BYTES)
        return false;
    for (; *text != '\0'; text++)
        if (*text < 0x21 || *text > 0x7e)
            return false;
    return true;
}

/* Our own form of identity, from a server's mouth, could pass for another message's. */
static bool
looks_like_ours (const char *uidl)
{
    return g_str_has_prefix (uidl, "digest:") || strstr (uidl, "#digest:") != NULL;
}

/* drop-listing = "+OK" SP count SP size                           RFC 1939, 5: STAT */
static bool
read_count (IbRemote *self, guint64 *out_count, GError **error)
{
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_reader_status (self->session->reader, &status, &text, error))
        return false;
    if (status != IB_POP3_OK)
        return ib_pop3_session_refused (self->session, _ ("to count the messages (STAT)"), text,
                                        IB_FETCH_ERROR_SERVER, error);
    return take_number (&text, G_MAXUINT32, out_count)
           || fail (self, _ ("the server does not say how many messages there are"), error);
}

/* Takes one line's number: a message of the maildrop. NULL in *out_entry: beyond what we take. */
static bool
take_entry (IbRemote *self, const char **line, guint64 count, Entry **out_entry, GError **error)
{
    guint64 number;

    if (!take_number (line, G_MAXUINT32, &number) || number < 1 || number > count)
        return fail (self, _ ("the server lists messages that it does not have"), error);
    *out_entry = NULL;
    if (number > IB_LIMIT_POP3_MESSAGES)
        return true;
    if (number > self->entries->len)
        g_array_set_size (self->entries, (guint) number);
    *out_entry = entry_of (self, (guint32) number);
    return true;
}

/* scan-listing = number SP size [ SP … ]                          RFC 1939, 5: LIST */
static bool
note_size (IbRemote *self, const char *line, guint64 count, GError **error)
{
    Entry *entry;
    guint64 size;

    if (!take_entry (self, &line, count, &entry, error))
        return false;
    if (entry != NULL && entry->is_listed)
        return fail (self, _ ("the server lists a message twice"), error);
    if (!take_number (&line, G_MAXINT64, &size))
        return fail (self, _ ("the server lists a message without its size"), error);
    if (entry != NULL) {
        entry->is_listed = true;
        entry->size_served = size;
    }
    return true;
}

/* unique-id-listing = number SP unique-id                         RFC 1939, 7: UIDL */
static bool
note_uidl (IbRemote *self, const char *line, guint64 count, GError **error)
{
    Entry *entry;

    if (!take_entry (self, &line, count, &entry, error))
        return false;
    if (entry != NULL)
        entry->is_named = true;
    if (entry == NULL || !is_good_uidl (line) || looks_like_ours (line))
        return true;
    if (entry->uidl != NULL)
        return fail (self, _ ("the server names a message twice"), error);
    entry->uidl = g_strdup (line);
    return true;
}

typedef bool (*Note) (IbRemote *self, const char *line, guint64 count, GError **error);

static bool
read_listing (IbRemote *self, Note note, guint64 count, GError **error)
{
    for (const char *line = "";;) {
        if (!ib_pop3_reader_line (self->session->reader, &line, error))
            return false;
        if (line == NULL)
            return true;
        if (!note (self, line, count, error))
            return false;
    }
}

static bool
read_sizes (IbRemote *self, guint64 count, GError **error)
{
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_reader_status (self->session->reader, &status, &text, error))
        return false;
    if (status == IB_POP3_OK)
        return read_listing (self, note_size, count, error);
    return count == 0
           || ib_pop3_session_refused (self->session, _ ("to list the messages (LIST)"), text,
                                       IB_FETCH_ERROR_SERVER, error);
}

static bool
is_each_named (IbRemote *self)
{
    for (guint i = 0; i < self->entries->len; i++) {
        const Entry *entry = &g_array_index (self->entries, Entry, i);
        if (entry->is_listed && !entry->is_named)
            return false;
    }
    return true;
}

/* A server without UIDL says so: then its messages are known by their headers. One that has UIDL and fails at it now
 * would show all its mail under other names today, and tomorrow under the old ones again. */
static bool
read_uidls (IbRemote *self, guint64 count, GError **error)
{
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_reader_status (self->session->reader, &status, &text, error))
        return false;
    if (status != IB_POP3_OK)
        return count == 0 || !self->session->has_uidl
               || ib_pop3_session_refused (self->session, _ ("to name the messages (UIDL)"), text,
                                           IB_FETCH_ERROR_SERVER, error);
    return read_listing (self, note_uidl, count, error)
           && (!self->session->has_uidl || is_each_named (self)
               || fail (self, _ ("the server does not name every message (UIDL)"), error));
}

static bool
ask_alone (IbRemote *self, const char *command, GError **error)
{
    return self->session->has_pipelining
           || (ib_pop3_reader_check_silence (self->session->reader, error)
               && ib_pop3_session_send (self->session, command, error)
               && ib_stream_flush (self->session->stream, error));
}

static bool
ask_together (IbRemote *self, GError **error)
{
    return !self->session->has_pipelining
           || (ib_pop3_session_send (self->session, "STAT", error)
               && ib_pop3_session_send (self->session, "LIST", error)
               && ib_pop3_session_send (self->session, "UIDL", error)
               && ib_stream_flush (self->session->stream, error));
}

static bool
list_maildrop (IbRemote *self, guint64 *out_count, GError **error)
{
    return ask_together (self, error) && ask_alone (self, "STAT", error)
           && read_count (self, out_count, error) && ask_alone (self, "LIST", error)
           && read_sizes (self, *out_count, error) && ask_alone (self, "UIDL", error)
           && read_uidls (self, *out_count, error)
           && ib_pop3_reader_check_silence (self->session->reader, error);
}

/* An account test wants the number only. */
static bool
count_maildrop (IbRemote *self, guint64 *out_count, GError **error)
{
    return ib_pop3_session_send (self->session, "STAT", error)
           && ib_stream_flush (self->session->stream, error) && read_count (self, out_count, error);
}

/* --- identities ---------------------------------------------------------------------------------------------- */

static bool
feed_header (const char *bytes, gsize length, gpointer user_data, GError **error)
{
    ib_pop3_header_feed (user_data, bytes, length);
    return true;
}

/* The answer to TOP n 0, or to RETR in its place. A message whose header is refused gets the digest of nothing: its
 * size and count still tell it apart, and its RETR will say what is wrong. */
static bool
read_header (IbRemote *self, guint32 number, bool is_last, gpointer out_is_given, GError **error)
{
    g_autoptr (IbPop3Header) header = ib_pop3_header_new ();
    IbPop3Status status;
    const char *text;
    guint64 length;

    if (!ib_pop3_reader_status (self->session->reader, &status, &text, error))
        return false;
    if (status == IB_POP3_OK
        && !ib_pop3_reader_text (self->session->reader, feed_header, header, &length, error))
        return false;
    if (ib_pop3_header_is_answer (header))
        return fail (self, _ ("the server gives its answers out of step"), error);

    Entry *entry = entry_of (self, number);
    g_free (entry->digest);
    entry->digest = g_strdup (ib_pop3_header_digest (header));
    entry->date_s = ib_pop3_header_date (header);
    if (out_is_given != NULL)
        *(bool *) out_is_given = status == IB_POP3_OK;
    return true;
}

/* TOP is optional (RFC 1939, 7): where CAPA does not vouch for it, the first message shows whether it is there. */
static bool
try_top (IbRemote *self, guint32 number, GError **error)
{
    g_autoptr (GArray) one = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_array_append_val (one, number);
    if (!ask_each (self, "TOP", " 0", one, read_header, &self->has_top, error))
        return false;
    self->is_top_certain = true;
    return true;
}

static bool
read_headers (IbRemote *self, const GArray *numbers, GError **error)
{
    return self->has_top ? ask_each (self, "TOP", " 0", numbers, read_header, NULL, error)
                         : ask_each (self, "RETR", "", numbers, read_header, NULL, error);
}

static void
count_uidl (GHashTable *counts, char *uidl)
{
    guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, uidl));
    g_hash_table_insert (counts, uidl, GUINT_TO_POINTER (count + 1));
}

/* How often each UIDL occurs; the keys are the entries'. A UIDL that two messages shared in some earlier session counts
 * once more, though one of them may be gone: the other is still known by its digest. */
static GHashTable *
count_uidls (IbRemote *self, const IbCursor *cursor)
{
    GHashTable *counts = g_hash_table_new (g_str_hash, g_str_equal);
    GHashTableIter known;
    gpointer identity;

    for (guint32 number = 1; number <= self->entries->len; number++) {
        const Entry *entry = entry_of (self, number);
        if (entry->is_listed && entry->uidl != NULL)
            count_uidl (counts, entry->uidl);
    }
    g_hash_table_iter_init (&known, cursor->known_uidls);
    while (g_hash_table_iter_next (&known, &identity, NULL)) {
        const char *mark = strstr (identity, "#digest:");
        g_autofree char *uidl
            = mark != NULL ? g_strndup (identity, (gsize) (mark - (char *) identity)) : NULL;
        gpointer key;
        if (uidl != NULL && g_hash_table_lookup_extended (counts, uidl, &key, NULL))
            count_uidl (counts, key);
    }
    return counts;
}

static bool
has_own_uidl (const Entry *entry, GHashTable *counts)
{
    return entry->uidl != NULL && GPOINTER_TO_UINT (g_hash_table_lookup (counts, entry->uidl)) == 1;
}

/* Whether its header must be looked at: for an identity, or for the date of a message that may be too old. */
static bool
needs_header (IbRemote *self, const Entry *entry, GHashTable *counts, const IbCursor *cursor)
{
    if (!entry->is_listed)
        return false;
    if (!has_own_uidl (entry, counts))
        return true;
    return cursor->is_first_poll && self->session->request->since_s > 0
           && (self->has_top || !self->is_top_certain)
           && !g_hash_table_contains (cursor->known_uidls, entry->uidl);
}

/* identity = uidl / [ uidl "#" ] "digest:" hex ":" size ":" count      two equal messages are two */
static char *
make_identity (Entry *entry, GHashTable *counts, GHashTable *seen)
{
    if (has_own_uidl (entry, counts))
        return entry->uidl;

    g_autofree char *stem
        = g_strdup_printf ("%s%sdigest:%.32s:%" G_GUINT64_FORMAT, entry->uidl != NULL ? entry->uidl : "",
                           entry->uidl != NULL ? "#" : "", entry->digest, entry->size_served);
    guint count = GPOINTER_TO_UINT (g_hash_table_lookup (seen, stem)) + 1;
    char *identity = g_strdup_printf ("%s:%u", stem, count);
    g_hash_table_replace (seen, g_steal_pointer (&stem), GUINT_TO_POINTER (count));
    return identity;
}

static void
find_unclear (IbRemote *self, GHashTable *counts, const IbCursor *cursor, GArray *unclear)
{
    g_array_set_size (unclear, 0);
    for (guint32 number = 1; number <= self->entries->len; number++)
        if (needs_header (self, entry_of (self, number), counts, cursor))
            g_array_append_val (unclear, number);
}

static bool
read_unclear (IbRemote *self, GHashTable *counts, const IbCursor *cursor, GError **error)
{
    g_autoptr (GArray) unclear = g_array_new (FALSE, FALSE, sizeof (guint32));

    find_unclear (self, counts, cursor, unclear);
    if (unclear->len > 0 && !self->is_top_certain) {
        if (!try_top (self, g_array_index (unclear, guint32, 0), error))
            return false;
        find_unclear (self, counts, cursor, unclear);
    }
    return read_headers (self, unclear, error);
}

static bool
name_messages (IbRemote *self, const IbCursor *cursor, GError **error)
{
    g_autoptr (GHashTable) counts = count_uidls (self, cursor);
    g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

    if (!read_unclear (self, counts, cursor, error))
        return false;
    for (guint32 number = 1; number <= self->entries->len; number++) {
        Entry *entry = entry_of (self, number);
        if (entry->is_listed)
            entry->identity = make_identity (entry, counts, seen);
    }
    return true;
}

/* In two turns: the tables of a very large maildrop need not stand in memory side by side. */
static bool
identify (IbRemote *self, const IbCursor *cursor, GError **error)
{
    if (!name_messages (self, cursor, error))
        return false;
    for (guint32 number = 1; number <= self->entries->len; number++) {
        Entry *entry = entry_of (self, number);
        if (entry->is_listed)
            g_hash_table_insert (self->numbers, entry->identity, GUINT_TO_POINTER (number));
    }
    return true;
}

/* --- taking -------------------------------------------------------------------------------------------------- */

static IbRemoteMessage
message_of (const Entry *entry)
{
    return (IbRemoteMessage){ .uidl = entry->identity, .size_served = entry->size_served };
}

static bool
skip (IbRemote *self, const Entry *entry, IbSkip reason, const char *server_text, GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    IbRemoteMessage message = message_of (entry);
    g_autofree char *words = ib_escape_server_text (server_text, -1);
    return callbacks->skip (&message, reason, words, callbacks->user_data, error);
}

static guint64
size_limit (IbRemote *self)
{
    guint64 wish = self->session->request->account->max_size_bytes;
    return wish > 0 ? MIN (wish, IB_LIMIT_MESSAGE_BYTES) : IB_LIMIT_MESSAGE_BYTES;
}

/* A message on its way into a descriptor. */
typedef struct {
    IbRemote *remote;
    IbBody *body;
    guint64 length; /* as served */
    char start[5];  /* its first bytes */
} Arrival;

static bool
take_bytes (const char *bytes, gsize length, gpointer user_data, GError **error)
{
    Arrival *arrival = user_data;

    for (gsize i = 0; i < length && arrival->length + i < sizeof arrival->start; i++)
        arrival->start[arrival->length + i] = bytes[i];
    arrival->length += length;
    if (arrival->length > IB_LIMIT_MESSAGE_BYTES)
        return fail (arrival->remote, _ ("the server sends a message without an end"), error);
    /* More than was said and is wanted: the rest is let go by. */
    return arrival->length > size_limit (arrival->remote)
           || ib_body_write (arrival->body, bytes, length, error);
}

/* A line that nobody asked for, sent between two answers, moves all later ones: the next message begins with the
 * answer that was meant for it, and is then longer than LIST said. */
static bool
begins_with_answer (const Arrival *arrival, const Entry *entry)
{
    return arrival->length != entry->size_served
           && (memcmp (arrival->start, "+OK", 3) == 0 || memcmp (arrival->start, "-ERR", 4) == 0);
}

/* A message shorter than LIST said may be all there is, for many servers count wrongly. If it broke off at a lone dot,
 * its rest comes now: so the next answer must be one. */
static bool
check_end (IbRemote *self, bool is_last, GError **error)
{
    IbPop3Status status;
    const char *text;
    char byte;

    if (is_last)
        return ib_pop3_session_ask (self->session, "NOOP", &status, &text, error);
    return ib_pop3_reader_peek (self->session->reader, &byte, error)
           && (byte == '+' || byte == '-'
               || fail (self, _ ("the server goes on after the end of a message"), error));
}

static bool
receive (Arrival *arrival, const Entry *entry, bool is_last, guint64 *out_size_bytes, GError **error)
{
    IbRemote *self = arrival->remote;
    guint64 length;

    if (!ib_pop3_reader_text (self->session->reader, take_bytes, arrival, &length, error))
        return false;
    if (begins_with_answer (arrival, entry))
        return fail (self, _ ("the server gives its answers out of step"), error);
    if (length < entry->size_served && !check_end (self, is_last, error))
        return false;
    return ib_body_finish (arrival->body, out_size_bytes, error);
}

static bool
take_text (IbRemote *self, const Entry *entry, bool is_last, GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    gpointer user_data = callbacks->user_data;
    IbRemoteMessage message = message_of (entry);

    int fd = callbacks->open_body (entry->size_served, user_data, error);
    if (fd < 0)
        return false;
    g_autoptr (IbBody) body = ib_body_new (fd);
    ib_body_set_growth (body, IB_LIMIT_MEMORY_MESSAGE_BYTES, callbacks->grow_body, user_data);

    Arrival arrival = { .remote = self, .body = body };
    bool is_received = receive (&arrival, entry, is_last, &message.size_bytes, error);
    if (is_received && arrival.length <= size_limit (self))
        return callbacks->deliver (&message, ib_body_fd (body), user_data, error);

    if (ib_body_fd (body) >= 0)
        callbacks->drop_body (ib_body_fd (body), user_data);
    return is_received && skip (self, entry, IB_SKIP_TOO_LARGE, "", error);
}

static bool
take_message (IbRemote *self, guint32 number, bool is_last, gpointer user_data, GError **error)
{
    const Entry *entry = entry_of (self, number);
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_reader_status (self->session->reader, &status, &text, error))
        return false;
    switch (status) {
    case IB_POP3_OK:
        return take_text (self, entry, is_last, error);
    case IB_POP3_ERR:
        return skip (self, entry, IB_SKIP_REFUSED, text, error);
    case IB_POP3_CONTINUE:
        return fail (self, _ ("the server gives its answers out of step"), error);
    }
    g_assert_not_reached ();
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
    self->entries = g_array_new (FALSE, TRUE, sizeof (Entry));
    g_array_set_clear_func (self->entries, clear_entry);
    self->numbers = g_hash_table_new (g_str_hash, g_str_equal);
    self->wanted = g_array_new (FALSE, FALSE, sizeof (guint32));
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

static bool
pop3_enter (IbRemote *self, const char *mailbox, IbMailboxState *out_state, bool *out_is_open, GError **error)
{
    GError *failure = NULL;
    guint64 count = 0;

    g_hash_table_remove_all (self->numbers);
    g_array_set_size (self->entries, 0);
    bool is_done = self->session->request->is_probe ? count_maildrop (self, &count, &failure)
                                                    : list_maildrop (self, &count, &failure);
    if (!hand_on (self, is_done, failure, error))
        return false;
    *out_state = (IbMailboxState){
        .name = "INBOX",
        .display_name = "INBOX",
        .special_use = "",
        .exists = (guint32) count,
    };
    *out_is_open = true;
    return true;
}

/* Sorts one message that is in the maildrop: known, unwanted for a reason, or wanted. */
static bool
sort (IbRemote *self, guint32 number, const IbCursor *cursor, guint64 *bytes, GError **error)
{
    const Entry *entry = entry_of (self, number);
    gint64 since_s = cursor->is_first_poll ? self->session->request->since_s : 0;

    if (!entry->is_listed || g_hash_table_contains (cursor->known_uidls, entry->identity))
        return true;
    if (entry->date_s != 0 && entry->date_s < since_s)
        return skip (self, entry, IB_SKIP_OLD, "", error);
    if (entry->size_served > size_limit (self))
        return skip (self, entry, IB_SKIP_TOO_LARGE, "", error);
    g_array_append_val (self->wanted, number);
    *bytes += entry->size_served;
    return true;
}

static bool
pop3_survey (IbRemote *self, const IbCursor *cursor, guint64 *out_messages, guint64 *out_bytes,
             GError **error)
{
    GError *failure = NULL;
    guint64 bytes = 0;

    g_array_set_size (self->wanted, 0);
    bool is_done = identify (self, cursor, &failure);
    for (guint32 number = 1; is_done && number <= self->entries->len; number++)
        is_done = sort (self, number, cursor, &bytes, &failure);
    if (!hand_on (self, is_done, failure, error))
        return false;
    *out_messages = self->wanted->len;
    *out_bytes = bytes;
    return true;
}

static bool
pop3_take (IbRemote *self, guint32 *out_highest_uid, GError **error)
{
    GError *failure = NULL;
    bool is_done = ask_each (self, "RETR", "", self->wanted, take_message, NULL, &failure);
    if (!hand_on (self, is_done, failure, error))
        return false;
    *out_highest_uid = 0;
    return true;
}

/* --- deleting ------------------------------------------------------------------------------------------------ */

typedef struct {
    IbSettleOrder *accepted;
    IbSettleOrder *refused;
    char *refusal; /* the last one, in the server's words */
} Deletion;

static bool
note_deletion (IbRemote *self, guint32 number, bool is_last, gpointer user_data, GError **error)
{
    Deletion *deletion = user_data;
    Entry *entry = entry_of (self, number);
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_reader_status (self->session->reader, &status, &text, error))
        return false;
    entry->is_deleted = status == IB_POP3_OK;
    g_ptr_array_add (entry->is_deleted ? deletion->accepted->uidls : deletion->refused->uidls,
                     g_strdup (entry->identity));
    if (!entry->is_deleted) {
        g_free (deletion->refusal);
        deletion->refusal = ib_escape_server_text (text, -1);
    }
    return true;
}

/* What is not in the maildrop any more needs no DELE: somebody, maybe we in a session that broke, has done it. */
static GArray *
numbers_to_delete (IbRemote *self, const IbSettleOrder *order, Deletion *deletion)
{
    GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
    for (guint i = 0; i < order->uidls->len; i++) {
        const char *identity = order->uidls->pdata[i];
        guint32 number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, identity));
        if (number == 0 || entry_of (self, number)->is_deleted)
            g_ptr_array_add (deletion->accepted->uidls, g_strdup (identity));
        else
            g_array_append_val (numbers, number);
    }
    return numbers;
}

static bool delete (IbRemote *self, const IbSettleOrder *order, GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    g_autoptr (IbSettleOrder) accepted = ib_settle_order_new (IB_SETTLE_DELETE, "");
    g_autoptr (IbSettleOrder) refused = ib_settle_order_new (IB_SETTLE_DELETE, "");
    Deletion deletion = { .accepted = accepted, .refused = refused };
    g_autoptr (GArray) numbers = numbers_to_delete (self, order, &deletion);

    bool is_done = ask_each (self, "DELE", "", numbers, note_deletion, &deletion, error);
    g_autofree char *refusal = deletion.refusal;
    if (accepted->uidls->len > 0)
        g_ptr_array_add (self->deleted, g_steal_pointer (&accepted));
    return is_done
           && (refused->uidls->len == 0
               || callbacks->settled (refused, false, refusal, callbacks->user_data, error));
}

static bool
pop3_settle (IbRemote *self, const IbSettleOrder *order, GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    GError *failure = NULL;
    bool is_done;

    switch (order->verb) {
    case IB_SETTLE_DELETE:
        is_done = delete (self, order, &failure);
        return hand_on (self, is_done, failure, error);
    case IB_SETTLE_MOVE:
        return callbacks->settled (order, false, _ ("POP3 has no folders"), callbacks->user_data, error);
    }
    g_assert_not_reached ();
}

/* --- goodbye ------------------------------------------------------------------------------------------------- */

/* A server that is one answer behind answered the last DELE, not QUIT: its next one gives it away. One that is done
 * closes the connection; so long, at most, that is waited for. */
#define GOODBYE_MS 2000

static bool
is_last_word (IbRemote *self)
{
    g_autoptr (GError) end = NULL;
    char byte;

    ib_stream_set_deadline (self->session->stream, GOODBYE_MS);
    return !ib_pop3_reader_peek (self->session->reader, &byte, &end);
}

/* Deletions take effect now, or not at all; a server that deleted some only will list the others again. */
static bool
quit (IbRemote *self, GError **error)
{
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_session_ask (self->session, "QUIT", &status, &text, error))
        return false;
    if (status != IB_POP3_OK)
        return ib_pop3_session_refused (self->session, _ ("to delete messages (QUIT)"), text,
                                        IB_FETCH_ERROR_SERVER, error);
    return is_last_word (self) || fail (self, _ ("the server gives its answers out of step"), error);
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

/* Nothing is at stake: a word of goodbye, and an answer that does not matter. */
static void
leave (IbRemote *self)
{
    IbPop3Status status;
    const char *text;
    ib_stream_set_deadline (self->session->stream, GOODBYE_MS);
    (void) ib_pop3_session_ask (self->session, "QUIT", &status, &text, NULL);
}

static bool
pop3_close (IbRemote *remote, GError **error)
{
    g_autoptr (IbRemote) self = remote;
    GError *failure = NULL;

    if (self->deleted->len == 0) {
        leave (self);
        return true;
    }
    bool is_done = quit (self, &failure);
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
    .settle = pop3_settle,
    .close = pop3_close,
    .abandon = free_remote,
};
