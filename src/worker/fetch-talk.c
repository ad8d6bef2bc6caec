/* fetch-talk.c - the fetch worker's end of its talk with the service */
#include "fetch-talk.h"

#include "server-limits.h"

#include <poll.h>

struct _IbFetchTalk {
    IbChannel *channel;
    IbFetchBag *bag;
    guint64 bytes_out; /* handed over, or in the bag, and not yet given back */
    guint32 messages_out;
    bool wants_look; /* the service asked for it, and nobody came to it yet */
};

IbFetchTalk *
ib_fetch_talk_new (int fd)
{
    IbFetchTalk *self = g_new0 (IbFetchTalk, 1);
    self->channel = ib_channel_new (fd, ib_fetch_wire_to_worker);
    self->bag = ib_fetch_bag_new (self->channel);
    return self;
}

IbFetchBag *
ib_fetch_talk_bag (IbFetchTalk *self)
{
    return self->bag;
}

IbChannel *
ib_fetch_talk_channel (IbFetchTalk *self)
{
    return self->channel;
}

/* --- saying -------------------------------------------------------------------------------------------------- */

bool
ib_fetch_talk_send (IbFetchTalk *self, IbFetchWire kind, GVariant *body, int fd, GError **error)
{
    g_autoptr (GVariant) owned = g_variant_ref_sink (body);
    return ib_fetch_bag_send (self->bag, error)
           && ib_channel_send (self->channel, (guint8) kind, owned, fd, error);
}

void
ib_fetch_talk_say (IbFetchTalk *self, IbFetchWire kind, GVariant *body)
{
    (void) ib_fetch_talk_send (self, kind, body, -1, NULL);
}

/* --- hearing ------------------------------------------------------------------------------------------------- */

static void
take_credit (IbFetchTalk *self, GVariant *body)
{
    guint64 bytes;
    guint32 messages;
    ib_fetch_wire_unpack_credit (body, &bytes, &messages);
    self->bytes_out -= MIN (bytes, self->bytes_out);
    self->messages_out -= MIN (messages, self->messages_out);
}

/* Frames that come whenever they do. Whoever waits for something else hears the server's answers anyway, so he needs not
 * be told to have it answer. */
static bool
take_wish (IbFetchTalk *self, const IbFrame *frame)
{
    switch (frame->kind) {
    case IB_FETCH_WIRE_CREDIT:
        take_credit (self, frame->body);
        return true;
    case IB_FETCH_WIRE_LOOK:
        self->wants_look = true;
        return true;
    case IB_FETCH_WIRE_RENEW:
        return true;
    default:
        return false;
    }
}

bool
ib_fetch_talk_refuse (const IbFrame *frame, GError **error)
{
    g_set_error (error, IB_FRAME_ERROR, IB_FRAME_ERROR_PROTOCOL, "the service sent frame %u out of turn",
                 frame->kind);
    return false;
}

bool
ib_fetch_talk_receive (IbFetchTalk *self, IbFrame *out_frame, GError **error)
{
    for (;;) {
        if (!ib_channel_receive (self->channel, out_frame, error))
            return false;
        if (!take_wish (self, out_frame))
            return true;
        ib_frame_clear (out_frame);
    }
}

bool
ib_fetch_talk_receive_kind (IbFetchTalk *self, IbFetchWire kind, IbFrame *out_frame, GError **error)
{
    return ib_fetch_talk_receive (self, out_frame, error)
           && (out_frame->kind == kind || ib_fetch_talk_refuse (out_frame, error));
}

bool
ib_fetch_talk_has_come (const IbFetchTalk *self)
{
    struct pollfd channel = { .fd = ib_channel_fd (self->channel), .events = POLLIN };
    return poll (&channel, 1, 0) > 0;
}

/* --- credit and wishes --------------------------------------------------------------------------------------- */

/* What is larger than all credit goes when nothing else is on its way. */
bool
ib_fetch_talk_has_credit (const IbFetchTalk *self, guint64 bytes)
{
    return self->messages_out == 0
           || (self->messages_out < IB_LIMIT_IN_FLIGHT_MESSAGES
               && self->bytes_out + bytes <= IB_LIMIT_IN_FLIGHT_BYTES);
}

void
ib_fetch_talk_spend_credit (IbFetchTalk *self, guint64 bytes)
{
    self->bytes_out += bytes;
    self->messages_out++;
}

static bool
note_wish (IbFetchTalk *self, GError **error)
{
    g_auto (IbFrame) frame = { .fd = -1 };
    return ib_channel_receive (self->channel, &frame, error)
           && (take_wish (self, &frame) || ib_fetch_talk_refuse (&frame, error));
}

bool
ib_fetch_talk_wait_for_credit (IbFetchTalk *self, guint64 bytes, GError **error)
{
    while (!ib_fetch_talk_has_credit (self, bytes))
        if (!note_wish (self, error))
            return false;
    return true;
}

bool
ib_fetch_talk_note_wishes (IbFetchTalk *self, bool *out_wants_look, GError **error)
{
    while (ib_fetch_talk_has_come (self))
        if (!note_wish (self, error))
            return false;
    *out_wants_look = self->wants_look;
    self->wants_look = false;
    return true;
}

void
ib_fetch_talk_free (IbFetchTalk *self)
{
    if (self == NULL)
        return;
    ib_fetch_bag_free (self->bag);
    ib_channel_free (self->channel);
    g_free (self);
}
