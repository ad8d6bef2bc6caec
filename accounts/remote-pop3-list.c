/* remote-pop3-list.c - what is in a maildrop: STAT, LIST, UIDL */
#include "remote-pop3.h"

#include "crypto.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

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
bool
ib_remote_pop3_count (IbRemote *self, GError **error)
{
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_session_ask (self->session, "STAT", &status, &text, error))
        return false;
    if (status != IB_POP3_OK)
        return ib_pop3_session_refused (self->session, _ ("to count the messages (STAT)"), text,
                                        IB_FETCH_ERROR_SERVER, error);
    return take_number (&text, G_MAXUINT32, &self->count)
           || ib_remote_pop3_fail (self, _ ("the server does not say how many messages there are"), error);
}

/* Takes one line's number: a message of the maildrop. NULL in *out_entry: beyond what we take. */
static bool
take_entry (IbRemote *self, const char **line, IbPop3Entry **out_entry, GError **error)
{
    guint64 number;

    if (!take_number (line, G_MAXUINT32, &number) || number < 1 || number > self->count)
        return ib_remote_pop3_fail (self, _ ("the server lists messages that it does not have"), error);
    *out_entry = NULL;
    if (number > IB_LIMIT_POP3_MESSAGES)
        return true;
    if (number > self->entries->len)
        g_array_set_size (self->entries, (guint) number);
    *out_entry = ib_remote_pop3_entry (self, (guint32) number);
    return true;
}

/* scan-listing = number SP size [ SP … ]                          RFC 1939, 5: LIST */
static bool
note_size (IbRemote *self, const char *line, GError **error)
{
    IbPop3Entry *entry = NULL;
    guint64 size;

    if (!take_entry (self, &line, &entry, error))
        return false;
    if (entry != NULL && entry->is_listed)
        return ib_remote_pop3_fail (self, _ ("the server lists a message twice"), error);
    if (!take_number (&line, G_MAXINT64, &size))
        return ib_remote_pop3_fail (self, _ ("the server lists a message without its size"), error);
    if (entry != NULL) {
        entry->is_listed = true;
        entry->size_served = size;
    }
    return true;
}

/* unique-id-listing = number SP unique-id                         RFC 1939, 7: UIDL */
static bool
note_uidl (IbRemote *self, const char *line, GError **error)
{
    IbPop3Entry *entry = NULL;

    if (!take_entry (self, &line, &entry, error))
        return false;
    if (entry != NULL)
        entry->is_named = true;
    if (entry == NULL || !is_good_uidl (line) || looks_like_ours (line))
        return true;
    if (entry->uidl != NULL)
        return ib_remote_pop3_fail (self, _ ("the server names a message twice"), error);
    entry->uidl = line;
    return true;
}

/* --- LIST ---------------------------------------------------------------------------------------------------- */

static bool
read_sizes (IbRemote *self, GError **error)
{
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_session_ask (self->session, "LIST", &status, &text, error))
        return false;
    if (status != IB_POP3_OK)
        return self->count == 0
               || ib_pop3_session_refused (self->session, _ ("to list the messages (LIST)"), text,
                                           IB_FETCH_ERROR_SERVER, error);
    for (;;) {
        if (!ib_pop3_reader_line (self->session->reader, &text, error))
            return false;
        if (text == NULL)
            return true;
        if (!note_size (self, text, error))
            return false;
    }
}

/* --- UIDL ---------------------------------------------------------------------------------------------------- */

/* What is taken apart of a line: "1000000 ", a name, and what shows that it is too long. */
#define NAMED_BYTES (8 + IB_LIMIT_UIDL_BYTES + 1)

/* Of a hundred thousand lines only this is looked at, while nothing is new. */
static bool
begins_with_number (const char *line, guint64 most)
{
    guint64 number = 0;
    for (; g_ascii_isdigit (*line) && number <= most; line++)
        number = number * 10 + (guint64) (*line - '0');
    return number >= 1 && number <= most && (*line == ' ' || *line == '\0');
}

/* Lines are kept as they come. Only a list that is not known is taken apart. */
static bool
keep_line (IbRemote *self, const char *line, guint64 lines, GError **error)
{
    if (!begins_with_number (line, self->count))
        return ib_remote_pop3_fail (self, _ ("the server lists messages that it does not have"), error);
    if (lines > self->count)
        return ib_remote_pop3_fail (self, _ ("the server names a message twice"), error);
    if (self->names->len > IB_LIMIT_NAMES_BYTES)
        return true;
    gsize length = strlen (line);
    g_byte_array_append (self->names, (const guint8 *) line, (guint) MIN (length, NAMED_BYTES) + 1);
    self->names->data[self->names->len - 1] = '\0';
    return true;
}

/* A server without UIDL says so: then its messages are known by their headers. One that has UIDL and fails at it now
 * would show all its mail under other names today, and tomorrow under the old ones again. */
static bool
lacks_names (const IbRemote *self, const char *text)
{
    bool is_passing = *text == '[' && ib_pop3_remedy (text, IB_FETCH_ERROR_MESSAGE) == IB_FETCH_ERROR_BUSY;
    return self->count == 0 || (!self->session->has_uidl && !is_passing);
}

static bool
read_names (IbRemote *self, GError **error)
{
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_session_ask (self->session, "UIDL", &status, &text, error))
        return false;
    if (status != IB_POP3_OK)
        return lacks_names (self, text)
               || ib_pop3_session_refused (self->session, _ ("to name the messages (UIDL)"), text,
                                           IB_FETCH_ERROR_SERVER, error);
    for (guint64 lines = 1;; lines++) {
        if (!ib_pop3_reader_line (self->session->reader, &text, error))
            return false;
        if (text == NULL)
            break;
        if (!keep_line (self, text, lines, error))
            return false;
        self->named = lines;
        if (lines == 1) /* the others will be about as long */
            ib_stream_expect (self->session->stream, self->count * (strlen (text) + strlen ("\r\n")));
    }
    ib_stream_expect (self->session->stream, 0);
    return true;
}

static bool
note_names (IbRemote *self, GError **error)
{
    const char *end = (const char *) self->names->data + self->names->len;
    for (const char *line = (const char *) self->names->data; line < end; line += strlen (line) + 1)
        if (!note_uidl (self, line, error))
            return false;
    return true;
}

static bool
is_each_named (IbRemote *self)
{
    for (guint i = 0; i < self->entries->len; i++) {
        const IbPop3Entry *entry = &g_array_index (self->entries, IbPop3Entry, i);
        if (entry->is_listed && !entry->is_named)
            return false;
    }
    return true;
}

/* --- a digest of all names ----------------------------------------------------------------------------------- */

static void
digest_names (IbRemote *self)
{
    guint8 digest[IB_SHA256_BYTES];
    if (self->named != self->count)
        return;
    ib_crypto_sha256 (self->names->data, self->names->len, digest);
    for (gsize i = 0; i < sizeof digest; i++)
        g_snprintf (self->listing + 2 * i, 3, "%02x", digest[i]);
}

/* --- all of it ----------------------------------------------------------------------------------------------- */

/* Where the server is known, there is mostly nothing new: then sizes are no use. */
static bool
wants_sizes (IbRemote *self)
{
    const char *offers = self->session->request->offers;
    return offers == NULL || *offers == '\0' || !self->session->has_uidl;
}

static bool
ask_together (IbRemote *self, GError **error)
{
    IbPop3Session *session = self->session;
    if (!session->has_pipelining || session->ahead->len > 0)
        return true;
    return ib_pop3_reader_check_silence (session->reader, error)
           && ib_pop3_session_send_ahead (session, "STAT", error)
           && (!wants_sizes (self) || ib_pop3_session_send_ahead (session, "LIST", error))
           && ib_pop3_session_send_ahead (session, "UIDL", error) && ib_stream_flush (session->stream, error);
}

bool
ib_remote_pop3_complete (IbRemote *self, GError **error)
{
    if (self->is_complete)
        return true;
    if (!self->is_sized
        && (!read_sizes (self, error) || !ib_pop3_reader_check_silence (self->session->reader, error)))
        return false;
    self->is_sized = self->is_complete = true;
    return note_names (self, error)
           && (!self->session->has_uidl || is_each_named (self)
               || ib_remote_pop3_fail (self, _ ("the server does not name every message (UIDL)"), error));
}

bool
ib_remote_pop3_list (IbRemote *self, GError **error)
{
    g_array_set_size (self->entries, 0);
    g_byte_array_set_size (self->names, 0);
    g_hash_table_remove_all (self->numbers);
    self->listing[0] = '\0';
    self->named = 0;
    self->is_identified = self->is_complete = self->is_sized = false;

    bool was_sent = self->session->ahead->len > 0;
    if (!ask_together (self, error) || !ib_remote_pop3_count (self, error))
        return false;
    if (!was_sent && wants_sizes (self)) {
        if (!read_sizes (self, error))
            return false;
        self->is_sized = true;
    }
    if (!read_names (self, error) || (self->is_sized && !ib_remote_pop3_complete (self, error)))
        return false;
    digest_names (self);
    return ib_pop3_reader_check_silence (self->session->reader, error);
}
