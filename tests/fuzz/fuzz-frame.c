/* Any datagram from a worker is a frame of its type or refused, any judgement can be done as it stands or is unsound, and
 * any list of messages is of messages that can be. */
#include "fetch-wire.h"
#include "filter-wire.h"
#include "packed.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

#define SIZE 4096

static void
check_judgement (const IbFrame *frame, bool edits_headers)
{
    g_autoptr (IbJudgementReader) reader = ib_judgement_reader_new ();
    g_autoptr (IbJudgement) judgement = NULL;
    guint64 ticket = 0;
    if (!ib_judgement_reader_add (reader, frame, &ticket, &judgement) || judgement == NULL)
        return;
    if (ib_judgement_unsound (judgement, SIZE, edits_headers) != NULL)
        return;

    static int message = -1;
    if (message < 0) {
        message = memfd_create ("message", MFD_CLOEXEC);
        g_assert_cmpint (ftruncate (message, SIZE), ==, 0);
    }
    guint64 end = 0;
    for (guint i = 0; i < judgement->plan->segments->len; i++) {
        const IbSegment *segment = &g_array_index (judgement->plan->segments, IbSegment, i);
        if (segment->literal != NULL)
            continue;
        g_assert_cmpuint (segment->offset, >=, end);
        end = segment->offset + segment->length;
        g_assert_cmpuint (end, <=, SIZE);
    }
    const IbPiece piece = { message, 0, SIZE };
    (void) ib_judgement_keeps_message (judgement, &piece, edits_headers);
}

/* The channel's own reading, kind byte and all. */
static void
check_datagram (const uint8_t *bytes, size_t length)
{
    int ends[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
    g_autoptr (IbChannel) channel = ib_channel_new (ends[0], ib_filter_wire_to_service);
    g_assert_cmpint (send (ends[1], bytes, length, 0), ==, (gssize) length);
    close (ends[1]);

    g_auto (IbFrame) frame = { .fd = -1 };
    if (!ib_channel_receive (channel, &frame, NULL))
        return;
    g_assert_true (g_variant_is_normal_form (frame.body));
    if (frame.kind != IB_FILTER_WIRE_READY) {
        check_judgement (&frame, false);
        check_judgement (&frame, true);
    }
}

/* The bytes as a judgement, without the frame's framing in the fuzzer's way. */
static void
check_as_judgement (const uint8_t *bytes, size_t length)
{
    g_autoptr (GByteArray) packed = g_byte_array_new ();
    ib_pack_number (packed, 1);
    g_byte_array_append (packed, bytes, (guint) length);
    g_autoptr (GVariant) body = g_variant_ref_sink (
        g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, packed->data, packed->len, 1));
    IbFrame frame = { .kind = IB_FILTER_WIRE_JUDGEMENT, .body = body, .fd = -1 };
    check_judgement (&frame, false);
    check_judgement (&frame, true);
}

static void
check_as_messages (const uint8_t *bytes, size_t length)
{
    g_autoptr (GVariant) body
        = g_variant_ref_sink (g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, length, 1));
    IbFrame frame = { .kind = IB_FETCH_WIRE_MESSAGES, .body = body, .fd = -1 };
    g_autoptr (GArray) messages = ib_fetch_wire_unpack_messages (&frame);
    for (guint i = 0; messages != NULL && i < messages->len; i++) {
        const IbRemoteMessage *message = &g_array_index (messages, IbRemoteMessage, i);
        g_assert_true ((message->uid == 0) == (message->uidl != NULL));
        g_assert_cmpuint (message->size_bytes, <=, G_MAXINT64 / IB_FRAME_BYTES);
    }
}

/* What the service says is believed by its workers, but read within its bounds. */
static void
check_as_asks (const uint8_t *bytes, size_t length)
{
    IbPacked packed;
    IbFilterAsk ask;
    ib_packed_init (&packed, bytes, length);
    for (;;) {
        g_autoptr (IbFacts) facts = NULL;
        if (ib_packed_is_whole (&packed) || !ib_filter_wire_unpack_ask (&packed, &ask, &facts))
            return;
        g_assert_nonnull (facts->flags);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    if (length == 0 || length > IB_FRAME_BYTES)
        return 0;
    check_datagram (bytes, length);
    check_as_judgement (bytes, length);
    check_as_messages (bytes, length);
    check_as_asks (bytes, length);
    return 0;
}
