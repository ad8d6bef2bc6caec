/* remote-imap-watch.c - a mailbox whose server tells what comes
 *
 *     IDLE ─▶ "+" ─▶ … EXISTS ─▶ DONE, and at once, behind it, FETCH of all that is above what was seen
 *
 * So a message is here one round trip after it was announced. That FETCH is believed only if it brings as many as were
 * announced (remote-imap-take.c); else they are searched for like any others.
 *
 * Messages may be announced at any time: before the "+", in the answer to DONE, while others are fetched. The session
 * keeps that in mind, so it is never too early and never lost. That some are gone, or have other flags, is no news. */
#include "remote-imap.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>

/* An IDLE that the server ends by itself, and so soon, is no good: to begin it again and again would be busy polling. */
#define SHORTEST_IDLE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)

/* More than a burst: those are asked for in portions. */
#define MOST_AT_ONCE 50

void
ib_remote_imap_tell_terms (IbRemote *self)
{
    const IbServerTerms terms
        = { .can_push = ib_imap_server_has (self->server, "IDLE") && !self->is_idle_refused };
    if (self->callbacks->terms == NULL || !ib_imap_server_knows_capabilities (self->server)
        || (self->were_terms_told && terms.can_push == self->terms.can_push))
        return;
    self->terms = terms;
    self->were_terms_told = true;
    self->callbacks->terms (&terms, self->callbacks->user_data);
}

bool
ib_remote_imap_watch (IbRemote *self, bool *out_is_watching, GError **error)
{
    g_autoptr (IbImapAnswer) refusal = NULL;
    *out_is_watching = false;
    if (!ib_remote_imap_drop_direct (self, error) || !ib_remote_imap_learn (self, error))
        return false;
    ib_remote_imap_tell_terms (self);
    if (!ib_imap_server_has (self->server, "IDLE") || self->is_idle_refused || self->is_closed)
        return true;

    ib_stream_set_deadline (self->stream, IB_LIMIT_RENEW_MS);
    *out_is_watching = ib_imap_session_idle (self->session, &refusal);
    if (!*out_is_watching && refusal == NULL)
        return ib_remote_imap_broke (self, error);
    ib_stream_set_deadline (self->stream, 0);
    self->idle_since = g_get_monotonic_time ();
    self->is_idle_refused = !*out_is_watching;
    ib_remote_imap_tell_terms (self);
    return true;
}

static bool
has_news (const IbRemote *self)
{
    return ib_imap_server_get_selected (self->server)->fresh > 0;
}

/* Not where a size decides what is wanted, or each message is asked for alone. */
static bool
may_fetch_at_once (const IbRemote *self)
{
    guint32 fresh = ib_imap_server_get_selected (self->server)->fresh;
    return fresh > 0 && fresh <= MOST_AT_ONCE && self->is_surveyed && self->highest_uid < G_MAXUINT32
           && self->request->account->max_size_bytes == 0 && !self->request->is_cautious;
}

static void
fetch_at_once (IbRemote *self)
{
    self->direct_low = self->highest_uid;
    self->direct = ib_imap_session_send (self->session, IB_IMAP_WANT_FETCH, "UID FETCH %u:* " IB_IMAP_ITEMS,
                                         self->direct_low + 1);
}

static bool
overlook_body (const char *bytes, gsize length, gpointer user_data)
{
    return true;
}

static void
overlook_message (const IbImapMessage *message, gpointer user_data)
{
    if (message->has_body)
        (void) ib_imap_session_next_body_size (((IbRemote *) user_data)->session);
}

bool
ib_remote_imap_drop_direct (IbRemote *self, GError **error)
{
    const IbImapSink sink = { .body = overlook_body, .message = overlook_message, .user_data = self };
    guint tag = self->direct;
    self->direct = 0;
    if (tag == 0)
        return true;
    g_autoptr (IbImapAnswer) answer = ib_imap_session_parse (self->session, tag, &sink);
    return answer != NULL || ib_remote_imap_broke (self, error);
}

/* The answer to DONE shows whether the server is still there. With news it has just shown that, and nobody waits. */
static bool
stop (IbRemote *self, GError **error)
{
    guint tag = ib_imap_session_stop (self->session);
    if (has_news (self)) {
        ib_imap_session_ignore (self->session, tag);
        return true;
    }
    ib_stream_set_deadline (self->stream, IB_LIMIT_RENEW_MS);
    g_autoptr (IbImapAnswer) answer = ib_imap_session_wait (self->session, tag);
    if (answer == NULL)
        return ib_remote_imap_broke (self, error);
    ib_stream_set_deadline (self->stream, 0);
    return true;
}

bool
ib_remote_imap_wait (IbRemote *self, int wish_fd, bool *out_has_news, GError **error)
{
    bool is_alive = ib_imap_session_listen (self->session, wish_fd);
    const IbImapAnswer *bye = ib_imap_session_get_bye (self->session);
    if (!is_alive)
        return ib_remote_imap_broke (self, error);
    if (bye != NULL)
        return ib_remote_imap_refused (self, bye, IB_FETCH_ERROR_OFFLINE, _ ("The server ended the session"),
                                       error);
    if (ib_imap_session_was_stopped (self->session) && !has_news (self))
        self->is_idle_refused = g_get_monotonic_time () - self->idle_since < SHORTEST_IDLE_US;
    if (!stop (self, error))
        return false;
    if (may_fetch_at_once (self))
        fetch_at_once (self);
    ib_imap_session_flush (self->session); /* both in one packet: the server wakes once */
    *out_has_news = has_news (self);
    return true;
}
