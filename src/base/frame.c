/* frame.c - typed frames with descriptors, between the service and a worker */
#include "frame.h"
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

G_DEFINE_QUARK (ib-frame-error-quark, ib_frame_error)

/* Descriptors of one datagram that we take in, to close them all; the kernel drops the rest and says so. */
#define CONTROL_FDS 8
/* What may wait to be sent. A descriptor counts as a full frame, so that few of them wait too. */
#define QUEUE_BYTES (32 * 1024 * 1024)
/* Frames taken in one turn of the main loop, so that one busy worker does not starve the others. */
#define FRAMES_A_TURN 64
/* Pause before another try when the kernel is out of something and nothing will tell us when it is not. */
#define RETRY_MS 5

typedef union {
    struct cmsghdr header; /* for its alignment */
    char bytes[CMSG_SPACE (CONTROL_FDS * sizeof (int))];
} Control;

/* A frame that waits for room. */
typedef struct {
    guint8 kind;
    GBytes *bytes;
    int fd;
} Waiting;

/* Reference counted inside only: a callback may free the channel under the feet of the one who called it. */
struct _IbChannel {
    int fd; /* -1: done for */
    const IbFrameKind *incoming;
    guint8 *buffer; /* IB_FRAME_BYTES, and one more to see what is too long */

    GMainContext *context;
    GSource *in, *out, *retry;
    IbChannelFrame on_frame;
    IbChannelClosed on_closed;
    gpointer user_data;

    GQueue waiting; /* Waiting */
    gsize waiting_bytes;
    bool has_sent[G_MAXUINT8 + 1]; /* by kind: its type is kept */
};

G_LOCK_DEFINE_STATIC (kept);
static GHashTable *kept; /* type -> an empty value of it */

void
ib_frame_keep_type (const char *type)
{
    G_LOCK (kept);
    if (kept == NULL)
        kept = g_hash_table_new (g_str_hash, g_str_equal);
    if (!g_hash_table_contains (kept, type)) {
        GVariant *empty = g_variant_new_from_data (G_VARIANT_TYPE (type), NULL, 0, FALSE, NULL, NULL);
        g_hash_table_insert (kept, g_strdup (type), g_variant_ref_sink (empty));
    }
    G_UNLOCK (kept);
}

const void *
ib_frame_bytes (const IbFrame *self, gsize *out_length)
{
    *out_length = g_variant_get_size (self->body);
    return *out_length > 0 ? g_variant_get_data (self->body) : "";
}

void
ib_frame_clear (IbFrame *self)
{
    g_clear_pointer (&self->body, g_variant_unref);
    if (self->fd >= 0)
        close (self->fd);
    self->fd = -1;
}

IbChannel *
ib_channel_new (int fd, const IbFrameKind *incoming)
{
    IbChannel *self = g_rc_box_new0 (IbChannel);
    self->fd = fd;
    self->incoming = incoming;
    self->buffer = g_malloc (IB_FRAME_BYTES + 1);
    for (const IbFrameKind *known = incoming; known->type != NULL; known++)
        ib_frame_keep_type (known->type);
    return self;
}

int
ib_channel_fd (const IbChannel *self)
{
    return self->fd;
}

gsize
ib_channel_queued (const IbChannel *self)
{
    return self->waiting_bytes;
}

/* --- sending ------------------------------------------------------------------------------------------------- */

static gsize
weight (const Waiting *frame)
{
    return g_bytes_get_size (frame->bytes) + (frame->fd >= 0 ? IB_FRAME_BYTES : 0) + sizeof *frame;
}

static void
waiting_free (Waiting *self)
{
    g_bytes_unref (self->bytes);
    if (self->fd >= 0)
        close (self->fd);
    g_free (self);
}

static void
forget_waiting (IbChannel *self)
{
    Waiting *frame = NULL;
    while ((frame = g_queue_pop_head (&self->waiting)) != NULL)
        waiting_free (frame);
    self->waiting_bytes = 0;
}

/* 0 or an errno. */
static int
send_datagram (int socket, guint8 kind, GBytes *bytes, int fd, int flags)
{
    gsize length = 0;
    const void *data = g_bytes_get_data (bytes, &length);
    struct iovec parts[] = { { &kind, 1 }, { (void *) data, length } };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = G_N_ELEMENTS (parts) };
    Control control = { 0 };

    if (fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE (sizeof fd);
        struct cmsghdr *header = CMSG_FIRSTHDR (&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN (sizeof fd);
        memcpy (CMSG_DATA (header), &fd, sizeof fd);
    }

    for (;;) {
        if (sendmsg (socket, &message, flags | MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR)
            return errno;
    }
}

/* ETOOMANYREFS: an ordinary user has as many descriptors in flight, in all processes together, as one process may have
 * open. It ends when somebody receives one, of which nobody tells. */
static bool
passes_by_itself (int number)
{
    return number == ETOOMANYREFS || number == ENOBUFS || number == ENOMEM;
}

static bool
say_sending_failed (int number, GError **error)
{
    if (number == EPIPE || number == ECONNRESET || number == ECONNREFUSED || number == ENOTCONN)
        g_set_error_literal (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED, "the other end is gone");
    else if (number == EAGAIN)
        g_set_error_literal (error, IB_FRAME_ERROR, IB_FRAME_ERROR_AGAIN, "no room for another frame");
    else
        g_set_error (error, IB_FRAME_ERROR, IB_FRAME_ERROR_IO, "cannot send a frame: %s",
                     g_strerror (number));
    return false;
}

static bool
send_blocking (IbChannel *self, guint8 kind, GBytes *bytes, int fd, GError **error)
{
    for (;;) {
        int number = send_datagram (self->fd, kind, bytes, fd, 0);
        if (number == 0)
            return true;
        if (!passes_by_itself (number))
            return say_sending_failed (number, error);

        /* Only the end of the other side is reported here, and ends the wait at once. */
        struct pollfd other = { .fd = self->fd };
        if (poll (&other, 1, RETRY_MS) > 0)
            return say_sending_failed (EPIPE, error);
    }
}

static void watch_room (IbChannel *self, int number);

/* Sends what waits until there is no room. A lost peer is found by the reading side, after its last words. */
static void
flush (IbChannel *self)
{
    Waiting *frame = NULL;
    while ((frame = g_queue_peek_head (&self->waiting)) != NULL) {
        int number = send_datagram (self->fd, frame->kind, frame->bytes, frame->fd, MSG_DONTWAIT);
        if (number == EAGAIN || passes_by_itself (number)) {
            watch_room (self, number);
            return;
        }
        if (number != 0) {
            forget_waiting (self);
            shutdown (self->fd, SHUT_RDWR);
            return;
        }
        self->waiting_bytes -= weight (frame);
        g_queue_pop_head (&self->waiting);
        waiting_free (frame);
    }
}

static gboolean
on_room (int fd, GIOCondition condition, gpointer user_data)
{
    IbChannel *self = user_data;
    ib_loop_drop (&self->out);
    flush (self);
    return G_SOURCE_REMOVE;
}

static gboolean
on_retry (gpointer user_data)
{
    IbChannel *self = user_data;
    ib_loop_drop (&self->retry);
    flush (self);
    return G_SOURCE_REMOVE;
}

static void
watch_room (IbChannel *self, int number)
{
    if (number == EAGAIN && self->out == NULL) {
        self->out = g_unix_fd_source_new (self->fd, G_IO_OUT);
        g_source_set_callback (self->out, G_SOURCE_FUNC (on_room), self, NULL);
        g_source_attach (self->out, self->context);
    } else if (number != EAGAIN && self->retry == NULL) {
        self->retry = g_timeout_source_new (RETRY_MS);
        g_source_set_callback (self->retry, on_retry, self, NULL);
        g_source_attach (self->retry, self->context);
    }
}

static bool
queue_frame (IbChannel *self, guint8 kind, GBytes *bytes, int fd, GError **error)
{
    Waiting *frame = g_new0 (Waiting, 1);
    frame->kind = kind;
    frame->bytes = g_bytes_ref (bytes);
    frame->fd = fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, 3) : -1;

    if (fd >= 0 && frame->fd < 0) {
        int number = errno;
        waiting_free (frame);
        return say_sending_failed (number, error);
    }
    if (self->waiting_bytes + weight (frame) > QUEUE_BYTES) {
        waiting_free (frame);
        return say_sending_failed (EAGAIN, error);
    }
    self->waiting_bytes += weight (frame);
    g_queue_push_tail (&self->waiting, frame);
    return true;
}

static bool
send_from_loop (IbChannel *self, guint8 kind, GBytes *bytes, int fd, GError **error)
{
    if (!g_queue_is_empty (&self->waiting))
        return queue_frame (self, kind, bytes, fd, error);

    int number = send_datagram (self->fd, kind, bytes, fd, MSG_DONTWAIT);
    if (number == 0)
        return true;
    if (number != EAGAIN && !passes_by_itself (number))
        return say_sending_failed (number, error);

    if (!queue_frame (self, kind, bytes, fd, error))
        return false;
    watch_room (self, number);
    return true;
}

static bool
send_bytes (IbChannel *self, guint8 kind, GBytes *bytes, int fd, GError **error)
{
    if (self->fd < 0)
        return say_sending_failed (EPIPE, error);
    if (g_bytes_get_size (bytes) > IB_FRAME_BYTES)
        return say_sending_failed (EMSGSIZE, error);
    return self->in != NULL ? send_from_loop (self, kind, bytes, fd, error)
                            : send_blocking (self, kind, bytes, fd, error);
}

bool
ib_channel_send (IbChannel *self, guint8 kind, GVariant *body, int fd, GError **error)
{
    g_autoptr (GVariant) owned = g_variant_ref_sink (body);
    if (!self->has_sent[kind])
        ib_frame_keep_type (g_variant_get_type_string (owned));
    self->has_sent[kind] = true;
    g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (owned);
    return send_bytes (self, kind, bytes, fd, error);
}

bool
ib_channel_send_packed (IbChannel *self, guint8 kind, const GByteArray *packed, int fd, GError **error)
{
    g_autoptr (GBytes) bytes = g_bytes_new (packed->data, packed->len);
    return send_bytes (self, kind, bytes, fd, error);
}

/* --- receiving ----------------------------------------------------------------------------------------------- */

/* The descriptors that came along, all of them: whoever counts wrong must still be able to close them. */
static gsize
take_descriptors (struct msghdr *message, int *fds)
{
    gsize count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR (message); header != NULL;
         header = CMSG_NXTHDR (message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        for (gsize at = 0; CMSG_LEN (at + sizeof (int)) <= header->cmsg_len && count < CONTROL_FDS;
             at += sizeof (int))
            memcpy (&fds[count++], CMSG_DATA (header) + at, sizeof (int));
    }
    return count;
}

static const IbFrameKind *
find_kind (const IbChannel *self, guint8 kind)
{
    for (const IbFrameKind *known = self->incoming; known->type != NULL; known++)
        if (known->kind == kind)
            return known;
    return NULL;
}

static bool
nonsense (GError **error, const char *what, guint8 kind)
{
    g_set_error (error, IB_FRAME_ERROR, IB_FRAME_ERROR_PROTOCOL, "%s (frame of kind %u)", what, kind);
    return false;
}

/* NULL unless @length bytes of the buffer are exactly one value of @type. A copy: the buffer's bytes change, and a
 * value's must be aligned and must not. */
static GVariant *
read_body (const IbChannel *self, const char *type, gsize length)
{
    g_autoptr (GBytes) bytes = g_bytes_new (self->buffer, length);
    bool is_packed = strcmp (type, IB_FRAME_PACKED) == 0; /* any bytes are */
    g_autoptr (GVariant) body
        = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, is_packed));
    if (is_packed)
        return g_steal_pointer (&body);

    /* A value of fixed size made of too few bytes counts as normal, but no longer has our length. */
    return g_variant_get_size (body) == length && g_variant_is_normal_form (body) ? g_steal_pointer (&body)
                                                                                  : NULL;
}

static bool
check_frame (const IbChannel *self, const struct msghdr *message, guint8 kind, gsize length, gsize fds,
             GVariant **out_body, GError **error)
{
    if ((message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || length > IB_FRAME_BYTES)
        return nonsense (error, "too long, or with too many descriptors", kind);

    const IbFrameKind *known = find_kind (self, kind);
    if (known == NULL)
        return nonsense (error, "not expected from this end", kind);
    if (fds > 1 || (fds == 1 && known->fd == IB_FRAME_NO_FD) || (fds == 0 && known->fd == IB_FRAME_WITH_FD))
        return nonsense (error, "wrong number of descriptors", kind);

    *out_body = read_body (self, known->type, length);
    return *out_body != NULL || nonsense (error, "not a value of its type", kind);
}

/* The length received, 0 at the end; negative with errno. */
static gssize
receive_datagram (IbChannel *self, guint8 *kind, struct msghdr *message)
{
    for (;;) {
        gssize length = recvmsg (self->fd, message, MSG_CMSG_CLOEXEC | (self->in != NULL ? MSG_DONTWAIT : 0));
        if (length >= 0)
            return length;
        /* ECONNRESET, said once: the other end left without reading all of ours. Its own last words are still there. */
        if (errno != EINTR && errno != ECONNRESET)
            return length;
    }
}

bool
ib_channel_receive (IbChannel *self, IbFrame *out_frame, GError **error)
{
    guint8 kind = 0;
    Control control = { 0 };
    struct iovec parts[] = { { &kind, 1 }, { self->buffer, IB_FRAME_BYTES + 1 } };
    struct msghdr message = { .msg_iov = parts,
                              .msg_iovlen = G_N_ELEMENTS (parts),
                              .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };

    gssize length = self->fd >= 0 ? receive_datagram (self, &kind, &message) : 0;
    if (length == 0) {
        g_set_error_literal (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED, "the other end is gone");
        return false;
    }
    if (length < 0) {
        bool is_empty = errno == EAGAIN;
        g_set_error (error, IB_FRAME_ERROR, is_empty ? IB_FRAME_ERROR_AGAIN : IB_FRAME_ERROR_IO,
                     "cannot receive a frame: %s", g_strerror (errno));
        return false;
    }

    int fds[CONTROL_FDS];
    gsize n_fds = take_descriptors (&message, fds);
    GVariant *body = NULL;
    if (!check_frame (self, &message, kind, (gsize) length - 1, n_fds, &body, error)) {
        for (gsize i = 0; i < n_fds; i++)
            close (fds[i]);
        return false;
    }
    *out_frame = (IbFrame){ .kind = kind, .body = body, .fd = n_fds == 1 ? fds[0] : -1 };
    return true;
}

/* --- in the main loop ---------------------------------------------------------------------------------------- */

static void
shut (IbChannel *self)
{
    ib_loop_drop (&self->in);
    ib_loop_drop (&self->out);
    ib_loop_drop (&self->retry);
    forget_waiting (self);
    if (self->fd >= 0)
        close (self->fd);
    self->fd = -1;
}

static void
channel_clear (gpointer pointer)
{
    IbChannel *self = pointer;
    g_clear_pointer (&self->context, g_main_context_unref);
    g_free (self->buffer);
}

static void
channel_release (gpointer self)
{
    g_rc_box_release_full (self, channel_clear);
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
    IbChannel *self = user_data;
    g_rc_box_acquire (self);

    for (guint i = 0; i < FRAMES_A_TURN && self->fd >= 0; i++) {
        g_autoptr (GError) error = NULL;
        g_auto (IbFrame) frame = { .fd = -1 };

        if (ib_channel_receive (self, &frame, &error)) {
            self->on_frame (self, &frame, self->user_data);
        } else {
            if (!g_error_matches (error, IB_FRAME_ERROR, IB_FRAME_ERROR_AGAIN)) {
                shut (self);
                self->on_closed (self, error, self->user_data);
            }
            break;
        }
    }

    gboolean goes_on = self->fd >= 0;
    channel_release (self);
    return goes_on;
}

void
ib_channel_attach (IbChannel *self, GMainContext *context, IbChannelFrame on_frame, IbChannelClosed on_closed,
                   gpointer user_data)
{
    self->context = context != NULL ? g_main_context_ref (context) : g_main_context_ref_thread_default ();
    self->on_frame = on_frame;
    self->on_closed = on_closed;
    self->user_data = user_data;

    self->in = g_unix_fd_source_new (self->fd, G_IO_IN);
    g_source_set_callback (self->in, G_SOURCE_FUNC (on_readable), self, NULL);
    /* GLib takes one that may not recurse out of its poll for each dispatch, and both ways wakes the loop for nothing. */
    g_source_set_can_recurse (self->in, TRUE);
    g_source_attach (self->in, self->context);
}

void
ib_channel_free (IbChannel *self)
{
    if (self == NULL)
        return;
    shut (self);
    channel_release (self);
}
