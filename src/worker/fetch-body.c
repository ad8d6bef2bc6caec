/* fetch-body.c - the body under way from the server to the service */
#include "fetch-body.h"

#include "server-limits.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

struct _IbFetchBody {
    IbFetchTalk *talk;
    IbFetchBag *bag; /* the talk's */
    int pipe;        /* if it is one; else -1 */
    guint64 to_come; /* of what was found */
};

IbFetchBody *
ib_fetch_body_new (IbFetchTalk *talk)
{
    IbFetchBody *self = g_new0 (IbFetchBody, 1);
    self->talk = talk;
    self->bag = ib_fetch_talk_bag (talk);
    self->pipe = -1;
    return self;
}

void
ib_fetch_body_expect (IbFetchBody *self, guint64 messages)
{
    self->to_come = messages;
}

static int
open_pipe (IbFetchBody *self, guint64 size_hint, GError **error)
{
    int ends[2];
    if (pipe2 (ends, O_CLOEXEC) != 0) {
        g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, "%s: %s",
                     _ ("No pipe for a large message"), g_strerror (errno));
        return -1;
    }
    bool is_sent = ib_fetch_talk_send (self->talk, IB_FETCH_WIRE_BODY, g_variant_new_uint64 (size_hint),
                                       ends[0], error);
    close (ends[0]);
    if (!is_sent) {
        close (ends[1]);
        return -1;
    }
    return self->pipe = ends[1];
}

int
ib_fetch_body_open (IbFetchBody *self, guint64 size_hint, GError **error)
{
    if (!ib_fetch_talk_has_credit (self->talk, size_hint)
        && (!ib_fetch_bag_send (self->bag, error)
            || !ib_fetch_talk_wait_for_credit (self->talk, size_hint, error)))
        return -1;
    return size_hint > IB_LIMIT_MEMORY_MESSAGE_BYTES ? open_pipe (self, size_hint, error)
                                                     : ib_fetch_bag_open (self->bag, size_hint, error);
}

/* A server that said less than it sends: the message goes on through a pipe. */
int
ib_fetch_body_grow (IbFetchBody *self, int fd, GError **error)
{
    if (fd == self->pipe)
        return fd;

    bool is_copied = ib_fetch_bag_part (self->bag, error) >= 0
                     && ib_fetch_talk_wait_for_credit (self->talk, IB_LIMIT_MEMORY_MESSAGE_BYTES, error)
                     && open_pipe (self, 0, error) >= 0 && ib_fetch_bag_copy (self->bag, self->pipe, error);
    ib_fetch_bag_drop (self->bag);
    if (is_copied)
        return self->pipe;
    if (self->pipe >= 0)
        close (self->pipe);
    return self->pipe = -1;
}

void
ib_fetch_body_drop (IbFetchBody *self, int fd)
{
    if (fd == self->pipe) {
        self->pipe = -1;
        close (fd);
    } else {
        ib_fetch_bag_drop (self->bag);
    }
}

/* A server may have said less than it sent. The last one that was found waits for no other, nor for the server's last word
 * on it. */
static bool
deliver_memory (IbFetchBody *self, const IbRemoteMessage *message, GError **error)
{
    if (!ib_fetch_talk_has_credit (self->talk, message->size_bytes)
        && (ib_fetch_bag_part (self->bag, error) < 0
            || !ib_fetch_talk_wait_for_credit (self->talk, message->size_bytes, error)))
        return false;
    ib_fetch_talk_spend_credit (self->talk, message->size_bytes);
    self->to_come -= MIN (self->to_come, 1);
    return ib_fetch_bag_add (self->bag, message, error)
           && (self->to_come > 0 || ib_fetch_bag_send (self->bag, error));
}

/* The end of the pipe is the end of the message. */
static bool
deliver_piped (IbFetchBody *self, const IbRemoteMessage *message, GError **error)
{
    g_autoptr (GByteArray) packed = g_byte_array_new ();
    close (self->pipe);
    self->pipe = -1;
    ib_fetch_talk_spend_credit (self->talk, message->size_bytes);
    ib_fetch_wire_pack_message (packed, message);
    return ib_channel_send_packed (ib_fetch_talk_channel (self->talk), IB_FETCH_WIRE_MESSAGES, packed, -1,
                                   error);
}

bool
ib_fetch_body_deliver (IbFetchBody *self, const IbRemoteMessage *message, int fd, GError **error)
{
    return fd == self->pipe ? deliver_piped (self, message, error) : deliver_memory (self, message, error);
}

void
ib_fetch_body_free (IbFetchBody *self)
{
    if (self != NULL && self->pipe >= 0)
        close (self->pipe);
    g_free (self);
}
