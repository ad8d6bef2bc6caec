/* remote-imap-compress.c - COMPRESS=DEFLATE (RFC 4978), where the line is what we wait for
 *
 *     FETCH of few ─▶ how fast is the line? ─┬─ fast ─▶ FETCH …, several at once
 *                                            └─ slow, and much is left ─▶ COMPRESS ─▶ FETCH …
 *
 * Mail comes to a half or a third, which is half of the time on a line to a house. But a server that compresses is
 * slower than a fast line. So each session begins as it is, unless the line was slow the last time; one on a fast line
 * loses nothing by looking, since the next FETCH goes out as soon as that is known. */
#include "remote-imap.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>

/* Two round trips, and a server that begins anew, must be worth it. */
#define LEAST_LEFT_S 2
/* As long as nothing is known of what a mailbox holds: half of all messages are smaller than 8 KB, few are very large. */
#define TYPICAL_BYTES (16 * 1024)
/* Asked for in the first command, while the line is not known; twice as many in the next. */
#define FIRST_PORTION 10
#define LARGEST_PORTION 200
#define COMMANDS_AT_ONCE 2

static void
tell (IbRemote *self)
{
    if (self->callbacks->line != NULL)
        self->callbacks->line (&self->line.told, self->callbacks->user_data);
}

/* As far as is known. */
static bool
may_compress (const IbRemote *self)
{
    bool may_be_there = !ib_imap_server_knows_capabilities (self->server)
                        || ib_imap_server_has (self->server, "COMPRESS=DEFLATE");
    return may_be_there && !self->line.is_tried && !self->request->line.does_not_compress
           && !self->request->is_cautious;
}

/* In this session, or else the last time; 0: not at all. */
static guint64
known_speed (const IbRemote *self)
{
    return self->line.speed.verdict != IB_LINE_UNKNOWN ? self->line.speed.bytes_per_second
                                                       : self->request->line.bytes_per_second;
}

static bool
is_known_slow (const IbRemote *self)
{
    guint64 speed = known_speed (self);
    return speed > 0 && speed < IB_LINE_FAST;
}

static guint64
guess_bytes (const IbRemote *self, gsize messages)
{
    const IbImapLine *line = &self->line;
    if (line->messages > 0)
        return line->bytes / line->messages * messages;
    if (line->surveyed_bytes > 0)
        return line->surveyed_bytes / MAX (self->wanted->len, 1) * messages;
    return (guint64) messages * TYPICAL_BYTES;
}

void
ib_remote_imap_expect (const IbRemote *self, guint64 bytes, gsize messages)
{
    ib_stream_expect (self->stream, bytes + guess_bytes (self, messages));
}

static bool
is_worth_it (const IbRemote *self, gsize left)
{
    return is_known_slow (self) && guess_bytes (self, left) >= known_speed (self) * LEAST_LEFT_S;
}

static gint64
now_ms (void)
{
    return g_get_monotonic_time () / 1000;
}

static void
note_asking (IbRemote *self)
{
    guint64 bytes;
    gint64 waited_ms;
    ib_stream_get_line (self->stream, &bytes, &waited_ms);
    ib_line_speed_ask (&self->line.speed, waited_ms, now_ms ());
}

gsize
ib_remote_imap_portion (IbRemote *self, gsize left, guint in_flight)
{
    bool is_open = may_compress (self);
    if (in_flight == 0)
        note_asking (self);
    if (is_open && known_speed (self) == 0) {
        if (in_flight > 0)
            return 0;
        self->line.portion = MAX (2 * self->line.portion, FIRST_PORTION);
        return MIN (self->line.portion, LARGEST_PORTION);
    }
    bool must_wait = is_open && is_worth_it (self, left) && in_flight > 0;
    return must_wait || in_flight >= COMMANDS_AT_ONCE ? 0 : IB_LIMIT_UID_SET_MESSAGES;
}

bool
ib_remote_imap_note_line (IbRemote *self)
{
    guint64 bytes;
    gint64 waited_ms;
    IbImapLine *line = &self->line;
    bool is_deflated = ib_stream_is_deflated (self->stream);
    if (line->speed.verdict != IB_LINE_UNKNOWN || !(is_deflated || may_compress (self)))
        return false;
    ib_stream_get_line (self->stream, &bytes, &waited_ms);
    ib_line_speed_note (&line->speed, bytes, waited_ms, now_ms ());
    if (line->speed.verdict == IB_LINE_UNKNOWN)
        return false;
    /* What is slow with compression on may be the server. */
    if (!is_deflated || line->speed.verdict == IB_LINE_IS_FAST) {
        line->told.bytes_per_second = line->speed.bytes_per_second;
        tell (self);
    }
    return true;
}

void
ib_remote_imap_note_message (IbRemote *self, guint64 bytes)
{
    self->line.messages++;
    self->line.bytes += bytes;
}

/* A server that does not say what it can is asked beside the first FETCH, unless that will have to wait for the answer. */
void
ib_remote_imap_begin_line (IbRemote *self)
{
    self->line.portion = 0;
    if (self->wanted->len > FIRST_PORTION && known_speed (self) == 0
        && !ib_imap_server_knows_capabilities (self->server))
        ib_imap_session_ignore (self->session,
                                ib_imap_session_send (self->session, IB_IMAP_WANT_NOTHING, "CAPABILITY"));
}

static void
tell_no_compression (IbRemote *self)
{
    self->line.told.does_not_compress = true;
    tell (self);
}

static guint64
received (const IbRemote *self)
{
    guint64 bytes, sent;
    ib_stream_get_counts (self->stream, &bytes, &sent);
    return bytes;
}

bool
ib_remote_imap_compress_if_worth (IbRemote *self, gsize left, GError **error)
{
    g_autoptr (IbImapAnswer) refusal = NULL;
    if (!may_compress (self) || !is_worth_it (self, left) || !ib_imap_session_is_quiet (self->session))
        return true;
    if (!ib_remote_imap_learn (self, error))
        return false;
    if (!ib_imap_server_has (self->server, "COMPRESS=DEFLATE"))
        return true;
    self->line.is_tried = true;
    bool is_on = ib_imap_session_compress (self->session, &refusal);
    if (!is_on && refusal == NULL)
        return ib_remote_imap_broke (self, error);
    if (!is_on)
        tell_no_compression (self);
    self->line.speed = (IbLineSpeed){ 0 };
    self->line.plain_bytes = received (self);
    return true;
}

/* Neither an answer to it, nor a byte through it: the line that broke may have been broken by it. */
static bool
has_brought_nothing (const IbRemote *self)
{
    bool is_unanswered = !ib_stream_is_deflated (self->stream) && !self->line.told.does_not_compress;
    return is_unanswered || received (self) == self->line.plain_bytes;
}

bool
ib_remote_imap_blame_compression (IbRemote *self, const GError *broken)
{
    bool is_certain = g_error_matches (broken, IB_STREAM_ERROR, IB_STREAM_ERROR_DEFLATE);
    bool is_garbled = g_error_matches (broken, IB_STREAM_ERROR, IB_STREAM_ERROR_GUARD);
    bool is_gone = g_error_matches (broken, IB_STREAM_ERROR, IB_STREAM_ERROR_EOF)
                   || g_error_matches (broken, IB_STREAM_ERROR, IB_STREAM_ERROR_IO)
                   || g_error_matches (broken, IB_STREAM_ERROR, IB_STREAM_ERROR_TIMEOUT);
    if (!self->line.is_tried || !(is_certain || is_garbled || (is_gone && has_brought_nothing (self))))
        return false;
    if (!self->line.told.does_not_compress)
        tell_no_compression (self);
    return !is_certain;
}
