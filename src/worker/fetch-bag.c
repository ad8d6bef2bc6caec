/* fetch-bag.c - messages on their way out of the fetch worker, many in one memory file */
#include "fetch-bag.h"
#include "fetch-wire.h"
#include "fs.h"
#include "memory-file.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

/* Small enough that its memory is still in the processor's caches when the service writes it out. */
#define BAG_BYTES (512 * 1024)
#define BAG_MESSAGES 64
/* Of the frame that tells of them. */
#define FRAME_BYTES (IB_FRAME_BYTES / 2)
/* From here on a message may take its time. */
#define LARGE_BYTES (128 * 1024)
/* The first message of a bag waits no longer than this for the next. */
#define BAG_US (20 * 1000)
#define COPY_BYTES (64 * 1024)

struct _IbFetchBag {
    IbChannel *channel;
    int fd;         /* -1: none yet */
    guint64 filled; /* by whole messages */
    guint messages;
    bool is_open;      /* more may stand behind them */
    GByteArray *frame; /* which tells of them */
    gint64 begun_at;   /* monotonic: when the first was whole */
};

static bool
fail_errno (const char *what, GError **error)
{
    g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, "%s: %s", what, g_strerror (errno));
    return false;
}

static int
open_memory (GError **error)
{
    int fd = ib_memory_file_new ("inbasket-messages");
    if (fd < 0)
        fail_errno (_ ("No memory for a message"), error);
    return fd;
}

IbFetchBag *
ib_fetch_bag_new (IbChannel *channel)
{
    IbFetchBag *self = g_new0 (IbFetchBag, 1);
    self->channel = channel;
    self->fd = -1;
    self->frame = g_byte_array_new ();
    return self;
}

/* A new one is begun with the next message. */
static void
begin_anew (IbFetchBag *self, int fd)
{
    if (self->fd >= 0)
        (void) close (self->fd);
    self->fd = fd;
    self->filled = 0;
    self->messages = 0;
    g_byte_array_set_size (self->frame, 0);
}

static bool
hand_over (IbFetchBag *self, GError **error)
{
    if (!ib_memory_file_seal (self->fd))
        return fail_errno (_ ("A message cannot be sealed"), error);
    bool is_sent
        = ib_channel_send_packed (self->channel, IB_FETCH_WIRE_MESSAGES, self->frame, self->fd, error);
    begin_anew (self, -1);
    return is_sent;
}

bool
ib_fetch_bag_send (IbFetchBag *self, GError **error)
{
    return self->messages == 0 || self->is_open || hand_over (self, error);
}

int
ib_fetch_bag_open (IbFetchBag *self, guint64 size_hint, GError **error)
{
    if (size_hint >= LARGE_BYTES && !ib_fetch_bag_send (self, error))
        return -1;
    if (self->fd < 0)
        self->fd = open_memory (error);
    self->is_open = self->fd >= 0;
    return self->fd;
}

/* What stands in the bag behind the whole messages; @failed says what comes of it if it cannot be written to @to. */
static bool
copy_open (const IbFetchBag *self, int to, const char *failed, GError **error)
{
    g_autofree char *buffer = g_malloc (COPY_BYTES);
    for (off_t at = (off_t) self->filled;;) {
        gssize n = pread (self->fd, buffer, COPY_BYTES, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno (_ ("A message cannot be read back"), error);
        if (n == 0)
            return true;
        errno = ib_fs_write_at (to, buffer, (gsize) n);
        if (errno != 0)
            return fail_errno (failed, error);
        at += n;
    }
}

bool
ib_fetch_bag_copy (const IbFetchBag *self, int to, GError **error)
{
    return copy_open (self, to, _ ("A large message cannot be handed over"), error);
}

int
ib_fetch_bag_part (IbFetchBag *self, GError **error)
{
    if (self->messages == 0)
        return self->fd;

    int apart = open_memory (error);
    bool is_apart = apart >= 0 && copy_open (self, apart, _ ("A message cannot be set apart"), error);
    if (is_apart && ftruncate (self->fd, (off_t) self->filled) != 0)
        is_apart = fail_errno (_ ("A message cannot be set apart"), error);
    if (is_apart && hand_over (self, error)) {
        begin_anew (self, apart);
        return apart;
    }
    if (apart >= 0)
        (void) close (apart);
    return -1;
}

static bool
is_full (const IbFetchBag *self)
{
    return self->filled >= BAG_BYTES || self->messages >= BAG_MESSAGES || self->frame->len >= FRAME_BYTES
           || g_get_monotonic_time () - self->begun_at >= BAG_US;
}

bool
ib_fetch_bag_add (IbFetchBag *self, const IbRemoteMessage *message, GError **error)
{
    if (self->messages == 0)
        self->begun_at = g_get_monotonic_time ();
    ib_fetch_wire_pack_message (self->frame, message);
    self->filled += message->size_bytes;
    self->messages++;
    self->is_open = false;
    return !is_full (self) || ib_fetch_bag_send (self, error);
}

/* If it cannot be cut off, the whole cannot be used: better fetched again. */
void
ib_fetch_bag_drop (IbFetchBag *self)
{
    self->is_open = false;
    if (self->fd < 0)
        return;
    if (self->messages == 0 || ftruncate (self->fd, (off_t) self->filled) != 0
        || lseek (self->fd, (off_t) self->filled, SEEK_SET) < 0)
        begin_anew (self, -1);
}

void
ib_fetch_bag_free (IbFetchBag *self)
{
    if (self == NULL)
        return;
    begin_anew (self, -1);
    g_byte_array_unref (self->frame);
    g_free (self);
}
