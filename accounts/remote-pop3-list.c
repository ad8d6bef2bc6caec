/* remote-pop3-list.c - what is in a maildrop: STAT, LIST, UIDL */
#include "remote-pop3.h"

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
           || ib_remote_pop3_fail (self, _ ("the server does not say how many messages there are"), error);
}

/* Takes one line's number: a message of the maildrop. NULL in *out_entry: beyond what we take. */
static bool
take_entry (IbRemote *self, const char **line, guint64 count, IbPop3Entry **out_entry, GError **error)
{
    guint64 number;

    if (!take_number (line, G_MAXUINT32, &number) || number < 1 || number > count)
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
note_size (IbRemote *self, const char *line, guint64 count, GError **error)
{
    IbPop3Entry *entry;
    guint64 size;

    if (!take_entry (self, &line, count, &entry, error))
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
note_uidl (IbRemote *self, const char *line, guint64 count, GError **error)
{
    IbPop3Entry *entry;

    if (!take_entry (self, &line, count, &entry, error))
        return false;
    if (entry != NULL)
        entry->is_named = true;
    if (entry == NULL || !is_good_uidl (line) || looks_like_ours (line))
        return true;
    if (entry->uidl != NULL)
        return ib_remote_pop3_fail (self, _ ("the server names a message twice"), error);
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
        const IbPop3Entry *entry = &g_array_index (self->entries, IbPop3Entry, i);
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
               || ib_remote_pop3_fail (self, _ ("the server does not name every message (UIDL)"), error));
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

bool
ib_remote_pop3_list (IbRemote *self, guint64 *out_count, GError **error)
{
    return ask_together (self, error) && ask_alone (self, "STAT", error)
           && read_count (self, out_count, error) && ask_alone (self, "LIST", error)
           && read_sizes (self, *out_count, error) && ask_alone (self, "UIDL", error)
           && read_uidls (self, *out_count, error)
           && ib_pop3_reader_check_silence (self->session->reader, error);
}

bool
ib_remote_pop3_count (IbRemote *self, guint64 *out_count, GError **error)
{
    return ib_pop3_session_send (self->session, "STAT", error)
           && ib_stream_flush (self->session->stream, error) && read_count (self, out_count, error);
}
