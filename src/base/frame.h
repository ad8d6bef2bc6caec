/* frame.h - typed frames with descriptors, between the service and a worker
 *
 * A SOCK_SEQPACKET pair: one datagram is one frame, its kind in the first byte, then a GVariant in normal form of at
 * most 64 KiB, at most one descriptor beside it. Each end is told which kinds the other may send; anything else, a
 * wrong type, a surplus or truncated descriptor is IB_FRAME_ERROR_PROTOCOL, after which the peer is not to be
 * spoken with. What came from a server or a message is `ay`, never `s`.
 *
 * A frame of type IB_FRAME_PACKED is bytes and nothing else, for packed.h: what comes with every message is in these. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#define IB_FRAME_BYTES (64 * 1024)
#define IB_FRAME_PACKED "ay"

typedef enum {
    IB_FRAME_ERROR_CLOSED,     /* the other end is gone */
    IB_FRAME_ERROR_PROTOCOL,   /* the other end spoke nonsense */
    IB_FRAME_ERROR_AGAIN,      /* non-blocking: nothing there, or no room */
    IB_FRAME_ERROR_IO,
} IbFrameError;
#define IB_FRAME_ERROR (ib_frame_error_quark ())
GQuark ib_frame_error_quark (void);

typedef enum { IB_FRAME_NO_FD, IB_FRAME_WITH_FD, IB_FRAME_MAYBE_FD } IbFrameFd;

/* One kind of frame. A table ends with a NULL type. */
typedef struct {
    guint8 kind;
    const char *type;   /* GVariant type string, a definite one */
    IbFrameFd fd;
} IbFrameKind;

typedef struct {
    guint8 kind;
    GVariant *body;
    int fd;             /* -1 if none; the receiver's to close or steal */
} IbFrame;
/* Of a frame of bytes. */
const void *ib_frame_bytes (const IbFrame *self, gsize *out_length);
void ib_frame_clear (IbFrame *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IbFrame, ib_frame_clear)

/* GLib forgets what it knows of a type with the last value of that type, and to learn it anew costs more than to read a
 * small frame. Keeps it for the life of the process; channels do so for all frames that pass. */
void ib_frame_keep_type (const char *type);

typedef struct _IbChannel IbChannel;

/* Takes @fd. @incoming: what the other end may send; must outlive the channel. */
IbChannel *ib_channel_new (int fd, const IbFrameKind *incoming);
int ib_channel_fd (const IbChannel *self);
/* Sinks @body. Sends a copy of @fd (-1: none); the caller's stays open. Blocking channel: waits for room.
 * Non-blocking: queues what does not fit (bounded; see ib_channel_queued). */
bool ib_channel_send (IbChannel *self, guint8 kind, GVariant *body, int fd, GError **error);
/* The same for a frame of bytes. */
bool ib_channel_send_packed (IbChannel *self, guint8 kind, const GByteArray *bytes, int fd, GError **error);
bool ib_channel_receive (IbChannel *self, IbFrame *out_frame, GError **error);

/* For the main loop: from now on nothing blocks. @on_frame is called for each frame, in order; @on_closed once, with
 * why, when the channel is done for. Callbacks may free the channel. */
typedef void (*IbChannelFrame) (IbChannel *channel, IbFrame *frame, gpointer user_data);
typedef void (*IbChannelClosed) (IbChannel *channel, const GError *why, gpointer user_data);
void ib_channel_attach (IbChannel *self, GMainContext *context, IbChannelFrame on_frame, IbChannelClosed on_closed,
                        gpointer user_data);
gsize ib_channel_queued (const IbChannel *self);

void ib_channel_free (IbChannel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbChannel, ib_channel_free)
