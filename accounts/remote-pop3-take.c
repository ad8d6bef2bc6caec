/* remote-pop3-take.c - the messages that are wanted, from the wire into descriptors */
#include "remote-pop3.h"

#include "body.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

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
        return ib_remote_pop3_fail (arrival->remote, _ ("the server sends a message without an end"), error);
    /* More than was said and is wanted: the rest is let go by. */
    return arrival->length > ib_remote_pop3_size_limit (arrival->remote)
           || ib_body_write (arrival->body, bytes, length, error);
}

/* A line that nobody asked for, sent between two answers, moves all later ones: the next message begins with the
 * answer that was meant for it, and is then longer than LIST said. */
static bool
begins_with_answer (const Arrival *arrival, const IbPop3Entry *entry)
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
               || ib_remote_pop3_fail (self, _ ("the server goes on after the end of a message"), error));
}

/* Nothing, where LIST says that there is something: Dovecot says so of a message whose size it remembers wrongly. Not that one which
 * is an empty line. */
static bool
is_hollow (const Arrival *arrival, const IbPop3Entry *entry)
{
    return arrival->length <= strlen ("\r\n") && entry->size_served > strlen ("\r\n\r\n");
}

static bool
receive (Arrival *arrival, const IbPop3Entry *entry, bool is_last, guint64 *out_size_bytes, GError **error)
{
    IbRemote *self = arrival->remote;
    guint64 length;

    if (!ib_pop3_reader_text (self->session->reader, take_bytes, arrival, &length, error))
        return false;
    if (begins_with_answer (arrival, entry))
        return ib_remote_pop3_fail (self, _ ("the server gives its answers out of step"), error);
    if (length < entry->size_served && !check_end (self, is_last, error))
        return false;
    return ib_body_finish (arrival->body, out_size_bytes, error);
}

static bool
take_text (IbRemote *self, IbPop3Entry *entry, bool is_last, GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    gpointer user_data = callbacks->user_data;
    IbRemoteMessage message = { .uidl = entry->identity, .size_served = entry->size_served };

    int fd = callbacks->open_body (entry->size_served, user_data, error);
    if (fd < 0)
        return false;
    g_autoptr (IbBody) body = ib_body_new (fd);
    ib_body_set_growth (body, IB_LIMIT_MEMORY_MESSAGE_BYTES, callbacks->grow_body, user_data);

    Arrival arrival = { .remote = self, .body = body };
    bool is_received = receive (&arrival, entry, is_last, &message.size_bytes, error);
    bool is_nothing = is_received && is_hollow (&arrival, entry);
    entry->is_sure = is_received && !is_nothing && arrival.length <= ib_remote_pop3_size_limit (self);
    self->n_whole += entry->is_sure ? 1 : 0;
    if (entry->is_sure)
        return callbacks->deliver (&message, ib_body_fd (body), user_data, error);

    if (ib_body_fd (body) >= 0)
        callbacks->drop_body (ib_body_fd (body), user_data);
    if (is_nothing)
        return ib_remote_pop3_skip (self, entry, IB_SKIP_REFUSED,
                                    _ ("The server gave no content of this message"), error);
    return is_received && ib_remote_pop3_skip (self, entry, IB_SKIP_TOO_LARGE, "", error);
}

static bool
take_message (IbRemote *self, guint32 number, bool is_last, gpointer user_data, GError **error)
{
    IbPop3Entry *entry = ib_remote_pop3_entry (self, number);
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_reader_status (self->session->reader, &status, &text, error))
        return false;
    switch (status) {
    case IB_POP3_OK:
        return take_text (self, entry, is_last, error);
    case IB_POP3_ERR:
        return ib_remote_pop3_skip (self, entry, IB_SKIP_REFUSED, text, error);
    case IB_POP3_CONTINUE:
        return ib_remote_pop3_fail (self, _ ("the server gives its answers out of step"), error);
    }
    g_assert_not_reached ();
}

/* In any order: one that breaks each session keeps none of the others from its turn for long. */
static void
shuffle (GArray *numbers)
{
    for (guint left = numbers->len; left > 1; left--) {
        guint32 *one = &g_array_index (numbers, guint32, left - 1);
        guint32 *other = &g_array_index (numbers, guint32, g_random_int_range (0, (gint32) left));
        guint32 number = *one;
        *one = *other;
        *other = number;
    }
}

/* What could not be had before may break the session once more, and does not keep us from what is new. */
bool
ib_remote_pop3_take (IbRemote *self, GError **error)
{
    if (!ib_remote_pop3_ask_each (self, "RETR", "", self->wanted, take_message, NULL, error))
        return false;
    shuffle (self->tried);
    self->is_careful = true;
    if (!ib_remote_pop3_ask_each (self, "RETR", "", self->tried, take_message, NULL, error))
        return false;
    self->is_careful = false;
    return true;
}
