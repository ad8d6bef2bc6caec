/* pop3-ahead.c - what goes out before its turn
 *
 *     TLS ─▶ CAPA, (UTF8), AUTH or USER and PASS, CAPA, STAT, UIDL ─▶ greeting, and their answers
 *
 * By what the server offered the last time, if PIPELINING was among it. The road is the same as without: whoever would
 * send a command finds that it was sent, and reads its answer. What is offered now is compared, and decides if the
 * sign-in was none of what the server has. */
#include "pop3-session.h"

#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

bool
ib_pop3_session_was_sent (IbPop3Session *self, const char *command)
{
    if (self->ahead->len == 0)
        return false;
    g_assert (strcmp (self->ahead->pdata[0], command) == 0);
    g_ptr_array_remove_index (self->ahead, 0);
    return true;
}

const char *
ib_pop3_session_peek_ahead (const IbPop3Session *self)
{
    return self->ahead->len > 0 ? self->ahead->pdata[0] : NULL;
}

static bool
may_run_ahead (IbPop3Session *self)
{
    const IbFetchRequest *request = self->request;
    bool is_safe = ib_stream_is_encrypted (self->stream) || request->account->security == IB_SECURITY_NONE;
    return is_safe && request->offers != NULL && *request->offers != '\0' && !request->asks_first
           && !request->is_probe && !request->is_cautious;
}

bool
ib_pop3_session_send_ahead (IbPop3Session *self, const char *command, GError **error)
{
    g_ptr_array_add (self->ahead, g_strdup (command));
    return ib_pop3_session_send (self, command, error);
}

static bool
send_all (IbPop3Session *self, GError **error)
{
    bool is_sent = false;
    return ib_pop3_session_send_ahead (self, "CAPA", error)
           && (!self->has_utf8 || ib_pop3_session_send_ahead (self, "UTF8", error))
           && ib_pop3_sign_in_ahead (self, &is_sent, error)
           && (!is_sent
               || (ib_pop3_session_send_ahead (self, "CAPA", error)
                   && ib_pop3_session_send_ahead (self, "STAT", error)
                   && ib_pop3_session_send_ahead (self, "UIDL", error)))
           && ib_stream_flush (self->stream, error);
}

bool
ib_pop3_session_run_ahead (IbPop3Session *self, GError **error)
{
    if (!may_run_ahead (self))
        return true;
    g_auto (GStrv) lines = g_strsplit (self->request->offers, "\n", -1);
    for (gsize i = 0; lines[i] != NULL; i++)
        ib_pop3_session_note_capability (self, lines[i]);
    if (self->has_pipelining)
        ib_pop3_session_step (self, IB_STEP_RAN_AHEAD, "");
    bool is_sent = !self->has_pipelining || send_all (self, error);
    ib_pop3_session_forget_capabilities (self);
    return is_sent;
}

/* Reads the answers to what stood behind a sign-in that failed. */
bool
ib_pop3_session_drop_ahead (IbPop3Session *self, GError **error)
{
    while (self->ahead->len > 0) {
        bool is_list = strcmp (self->ahead->pdata[0], "STAT") != 0;
        IbPop3Status status;
        const char *text;
        g_ptr_array_remove_index (self->ahead, 0);
        if (!ib_pop3_reader_status (self->reader, &status, &text, error))
            return false;
        if (status == IB_POP3_CONTINUE)
            return ib_pop3_reader_fail (self->reader, _ ("the server gives its answers out of step"), error);
        while (status == IB_POP3_OK && is_list && text != NULL)
            if (!ib_pop3_reader_line (self->reader, &text, error))
                return false;
    }
    return true;
}

void
ib_pop3_session_tell_offers (IbPop3Session *self)
{
    const IbFetchCallbacks *callbacks = self->callbacks;
    const char *before = self->request->offers != NULL ? self->request->offers : "";
    const char *offers
        = self->is_smooth && strlen (self->offers) <= IB_LIMIT_OFFERS_BYTES ? self->offers : "";
    if (callbacks->offered != NULL && strcmp (offers, before) != 0)
        callbacks->offered (offers, callbacks->user_data);
}
