/* remote-imap-ahead.c - what goes out together with the sign-in
 *
 *     greeting ─▶ CAPABILITY, AUTHENTICATE …, ID, EXAMINE "INBOX" ─▶ four answers
 *                                             or NAMESPACE, LIST
 *
 * By what the server offered the last time. That only chooses the way in, as it did then; what it offers now is asked in
 * the same breath, and decides if the way is not there any more. At the first time, by what its greeting says, or its
 * answer where it does not. Nothing of this before TLS.
 *
 * A server may not bear that. So it is told before the answer, and whoever started the run has another that asks first. */
#include "remote-imap.h"

#include "server-limits.h"

#include <string.h>

bool
ib_remote_imap_may_run_ahead (const IbRemote *self)
{
    const IbFetchRequest *request = self->request;
    bool is_safe = ib_stream_is_encrypted (self->stream) || request->account->security == IB_SECURITY_NONE;
    return is_safe && !request->asks_first && !request->is_probe && !request->is_cautious;
}

bool
ib_remote_imap_knows_offers (const IbRemote *self)
{
    const char *offers = self->request->offers;
    return ib_remote_imap_may_run_ahead (self) && offers != NULL && *offers != '\0';
}

void
ib_remote_imap_assume_offers (IbRemote *self)
{
    self->ahead.is_on = true;
    if (!ib_imap_server_knows_capabilities (self->server)) {
        self->ahead.listed = ib_imap_session_send (self->session, IB_IMAP_WANT_NOTHING, "CAPABILITY");
        ib_imap_server_assume_capabilities (self->server, self->request->offers);
    }
    self->ahead.wants_name = ib_imap_server_has (self->server, "ID");
}

void
ib_remote_imap_heed_offers (IbRemote *self, bool were_asked)
{
    if (!ib_remote_imap_may_run_ahead (self) || !ib_imap_server_knows_capabilities (self->server))
        return;
    ib_remote_imap_assume_offers (self);
    self->ahead.lists_anew = were_asked;
}

void
ib_remote_imap_note_offers (IbRemote *self)
{
    g_free (self->ahead.offers);
    self->ahead.offers = ib_imap_server_describe_capabilities (self->server);
    ib_imap_server_forget_capabilities (self->server);
}

bool
ib_remote_imap_was_offered (const IbRemote *self, const char *capability)
{
    g_auto (GStrv) offered = g_strsplit (self->ahead.offers != NULL ? self->ahead.offers : "", " ", -1);
    return g_strv_contains ((const char *const *) offered, capability);
}

bool
ib_remote_imap_hear_offers (IbRemote *self)
{
    if (self->ahead.listed == 0)
        return true;
    g_autoptr (IbImapAnswer) answer = ib_imap_session_wait (self->session, self->ahead.listed);
    self->ahead.listed = 0;
    if (answer == NULL)
        return false;
    ib_remote_imap_note_offers (self);
    return true;
}

static void
say_our_name (IbRemote *self)
{
    self->ahead.is_introduced = true;
    ib_imap_session_ignore (
        self->session, ib_imap_session_send (self->session, IB_IMAP_WANT_NOTHING,
                                             "ID (\"name\" \"Inbasket\" \"version\" \"%s\")", IB_VERSION));
}

/* Some servers open no mailbox for a client that has not said who it is. Whatever they answer is all the same. */
void
ib_remote_imap_introduce (IbRemote *self)
{
    bool wants_name = ib_imap_server_knows_capabilities (self->server)
                          ? ib_imap_server_has (self->server, "ID")
                          : self->ahead.wants_name;
    if (wants_name && !self->ahead.is_introduced)
        say_our_name (self);
}

void
ib_remote_imap_enter_ahead (IbRemote *self)
{
    if (!self->ahead.is_on)
        return;
    if (self->ahead.lists_anew)
        self->ahead.listed_anew = ib_imap_session_send (self->session, IB_IMAP_WANT_NOTHING, "CAPABILITY");
    if (self->ahead.wants_name)
        say_our_name (self);
    if (ib_remote_imap_wants_inbox (self))
        self->ahead.entered = ib_remote_imap_send_select (self, "INBOX", ib_remote_imap_wants_changes (self));
    else
        self->ahead.mailboxes = ib_remote_imap_send_list (self, true, false);
    if (ib_remote_imap_ran_ahead (self))
        self->callbacks->step (IB_STEP_RAN_AHEAD, "", self->callbacks->user_data);
}

bool
ib_remote_imap_ran_ahead (const IbRemote *self)
{
    return self->ahead.entered != 0 || self->ahead.mailboxes != 0 || self->ahead.is_introduced
           || self->ahead.listed_anew != 0;
}

/* Its answer, whenever it comes, is of no interest. */
static void
forget (IbRemote *self, guint *tag)
{
    if (*tag != 0)
        ib_imap_session_ignore (self->session, *tag);
    *tag = 0;
}

void
ib_remote_imap_drop_ahead (IbRemote *self)
{
    self->ahead.is_on = false;
    self->ahead.is_introduced = false;
    self->ahead.may_be_told_of_before |= self->ahead.listed_anew != 0;
    forget (self, &self->ahead.listed_anew);
    forget (self, &self->ahead.entered);
    if (self->ahead.mailboxes != 0) {
        const IbImapSink sink = { .user_data = self };
        ib_imap_answer_free (ib_imap_session_parse (self->session, self->ahead.mailboxes, &sink));
    }
    self->ahead.mailboxes = 0;
}

bool
ib_remote_imap_learn (IbRemote *self, GError **error)
{
    guint tag = self->ahead.listed_anew;
    if (ib_imap_server_knows_capabilities (self->server)) {
        forget (self, &self->ahead.listed_anew);
        return true;
    }
    if (tag == 0)
        tag = ib_imap_session_send (self->session, IB_IMAP_WANT_NOTHING, "CAPABILITY");
    self->ahead.listed_anew = 0;
    /* One that has none to tell gets the plainest commands. */
    g_autoptr (IbImapAnswer) answer = ib_imap_session_wait (self->session, tag);
    return answer != NULL || ib_remote_imap_broke (self, error);
}

IbImapAnswer *
ib_remote_imap_take_entered (IbRemote *self, const char *mailbox, GError **error)
{
    guint tag = self->ahead.entered;
    self->ahead.entered = 0;
    if (tag == 0 || strcmp (mailbox, "INBOX") != 0)
        return NULL;
    g_autoptr (IbImapAnswer) answer = ib_imap_session_wait (self->session, tag);
    if (answer == NULL)
        ib_remote_imap_broke (self, error);
    else if (answer->result == IB_IMAP_OK)
        return g_steal_pointer (&answer);
    else if (ib_remote_imap_learn (self, error)) /* maybe it must hear first who we are */
        ib_remote_imap_introduce (self);
    return NULL;
}

void
ib_remote_imap_tell_offers (IbRemote *self)
{
    const IbFetchCallbacks *callbacks = self->callbacks;
    const char *before = self->request->offers != NULL ? self->request->offers : "";
    const char *offers = self->ahead.offers;
    if (offers == NULL || !self->ahead.is_smooth || strlen (offers) > IB_LIMIT_OFFERS_BYTES)
        offers = "";
    if (callbacks->offered != NULL && strcmp (offers, before) != 0)
        callbacks->offered (offers, callbacks->user_data);
}
