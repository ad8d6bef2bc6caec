/* session-frames.c - what a fetch worker says, and whether it may */
#include "escape.h"
#include "fetch-wire.h"
#include "imap-name.h"
#include "session-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* --- messages ---------------------------------------------------------------------------------------------- */

/* A memory file that nobody can change or shrink any more, as long as it was said to be. */
static bool
is_sealed (int fd, guint64 size_bytes)
{
    const int needed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    int seals = fcntl (fd, F_GET_SEALS);
    struct stat st;
    return seals >= 0 && (seals & needed) == needed && fstat (fd, &st) == 0
           && (guint64) st.st_size == size_bytes;
}

/* What was asked for alone was answered. */
static void
forget_attempt (IbSession *self)
{
    self->attempted_uid = 0;
    self->attempted_uidl[0] = '\0';
}

static guint64
total_size (const GArray *messages)
{
    guint64 total = 0;
    for (guint i = 0; i < messages->len; i++)
        total += g_array_index (messages, IbRemoteMessage, i).size_bytes;
    return total;
}

static bool
on_messages (IbSession *self, IbFrame *frame)
{
    g_autoptr (GArray) messages = ib_fetch_wire_unpack_messages (frame);
    if (messages == NULL)
        return false;
    forget_attempt (self);
    if (frame->fd < 0)
        return messages->len == 1
               && ib_session_take_large (self, &g_array_index (messages, IbRemoteMessage, 0));
    guint64 total = total_size (messages);
    if (!ib_session_has_credit (self, messages->len, total) || !is_sealed (frame->fd, total))
        return false;
    ib_session_count_in (self, messages->len, total);

    g_autoptr (IbBag) bag = ib_bag_new (frame->fd);
    guint64 offset = 0;
    frame->fd = -1;
    for (guint i = 0; i < messages->len; i++) {
        const IbRemoteMessage *message = &g_array_index (messages, IbRemoteMessage, i);
        self->events->message (message, bag, offset, self->user_data);
        offset += message->size_bytes;
    }
    return true;
}

static bool
on_skip (IbSession *self, IbFrame *frame)
{
    IbRemoteMessage message;
    IbSkip reason;
    const char *text = NULL;
    if (!ib_fetch_wire_unpack_skip (frame->body, &message, &reason, &text))
        return false;
    forget_attempt (self);
    if (self->events->skip != NULL)
        self->events->skip (&message, reason, text, self->user_data);
    return true;
}

static bool
on_attempt (IbSession *self, IbFrame *frame)
{
    const char *uidl = NULL;
    if (!ib_fetch_wire_unpack_attempt (frame->body, &self->attempted_uid, &uidl))
        return false;
    g_strlcpy (self->attempted_uidl, uidl, sizeof self->attempted_uidl);
    return true;
}

void
ib_session_tell_taken (IbSession *self)
{
    if (!self->was_taken || self->large != NULL)
        return;
    self->was_taken = false;
    self->events->taken (self->highest_uid, self->listing, self->user_data);
}

static bool
on_taken (IbSession *self, IbFrame *frame)
{
    const char *listing = NULL;
    if (!ib_fetch_wire_unpack_taken (frame->body, &self->highest_uid, &listing))
        return false;
    forget_attempt (self);
    g_strlcpy (self->listing, listing, sizeof self->listing);
    ib_session_owe (self, 1, 0);
    self->was_taken = true;
    ib_session_tell_taken (self);
    return true;
}

/* --- the server, and its mailboxes ------------------------------------------------------------------------- */

static bool
on_step (IbSession *self, IbFrame *frame)
{
    static const char *const names[] = {
        [IB_STEP_GREETED] = "greeting",  [IB_STEP_TLS] = "tls",       [IB_STEP_CAPABILITIES] = "capabilities",
        [IB_STEP_SIGNED_IN] = "sign-in", [IB_STEP_COUNTED] = "count", [IB_STEP_RAN_AHEAD] = "ahead",
        [IB_STEP_BROKE_AT_UTF8] = NULL,
    };
    IbFetchStep step;
    const char *text = NULL;
    if (!ib_fetch_wire_unpack_step (frame->body, &step, &text) || (gsize) step >= G_N_ELEMENTS (names))
        return false;
    g_autofree char *safe = ib_escape_server_text (text, -1);
    self->was_signed_in |= step == IB_STEP_SIGNED_IN;
    self->broke_at_utf8 = step == IB_STEP_BROKE_AT_UTF8;
    if (names[step] != NULL)
        ib_session_step (self, names[step], safe);
    return true;
}

static bool
on_offered (IbSession *self, IbFrame *frame)
{
    const char *offers = NULL;
    if (!ib_fetch_wire_unpack_offered (frame->body, &offers))
        return false;
    if (self->events->offered != NULL)
        self->events->offered (offers, self->user_data);
    return true;
}

static bool
on_terms (IbSession *self, IbFrame *frame)
{
    IbServerTerms terms;
    if (!ib_fetch_wire_unpack_terms (frame->body, &terms))
        return false;
    if (self->events->terms != NULL)
        self->events->terms (&terms, self->user_data);
    return true;
}

static bool
on_alert (IbSession *self, IbFrame *frame)
{
    const char *text = NULL;
    if (!ib_fetch_wire_unpack_alert (frame->body, &text))
        return false;
    if (self->events->alert != NULL)
        self->events->alert (text, self->user_data);
    return true;
}

static bool
on_ticket (IbSession *self, IbFrame *frame)
{
    g_autoptr (IbSecret) ticket = ib_secret_from_fd (frame->fd, NULL);
    if (ticket == NULL)
        return false;
    if (self->events->ticket != NULL)
        self->events->ticket (ticket, self->user_data);
    return true;
}

static bool
on_line (IbSession *self, IbFrame *frame)
{
    IbServerLine line;
    ib_fetch_wire_unpack_line (frame->body, &line);
    if (self->events->line != NULL)
        self->events->line (&line, self->user_data);
    return true;
}

/* Nothing is expected of it any more, for hours maybe. */
static bool
on_watching (IbSession *self, IbFrame *frame)
{
    const char *mailbox = NULL;
    bool may_come = self->watches && self->place != IB_SESSION_ENTERING;
    if (!may_come || !ib_fetch_wire_unpack_watching (frame->body, &mailbox))
        return false;
    bool was_only_renewed = self->is_watching;
    self->is_watching = true;
    self->place = IB_SESSION_OUTSIDE;
    self->owed = 0;
    ib_worker_let_rest (self->worker);
    if (!was_only_renewed)
        self->events->watching (mailbox, self->user_data);
    return true;
}

static bool
on_enter (IbSession *self, IbFrame *frame)
{
    IbMailboxState state;
    if (self->place == IB_SESSION_ENTERING || !ib_fetch_wire_unpack_mailbox (frame->body, &state))
        return false;
    self->place = IB_SESSION_ENTERING;
    self->is_watching = false;
    ib_session_owe (self, 1, 0);
    self->events->enter (&state, self->user_data);
    return true;
}

static bool
on_mailbox_failed (IbSession *self, IbFrame *frame)
{
    const char *mailbox = NULL, *text = NULL;
    if (!ib_fetch_wire_unpack_mailbox_failed (frame->body, &mailbox, &text))
        return false;
    g_autofree char *display_name = ib_imap_name_to_utf8 (mailbox);
    self->events->mailbox_failed (display_name, text, self->user_data);
    return true;
}

static bool
on_broke_at (IbSession *self, IbFrame *frame)
{
    const char *mailbox = NULL;
    if (!ib_fetch_wire_unpack_broke_at (frame->body, &mailbox))
        return false;
    if (self->events->broke_at != NULL)
        self->events->broke_at (mailbox, self->user_data);
    return true;
}

static bool
on_renamed (IbSession *self, IbFrame *frame)
{
    if (self->events->renamed != NULL)
        self->events->renamed (self->user_data);
    return true;
}

static bool
on_found (IbSession *self, IbFrame *frame)
{
    guint64 messages = 0, bytes = 0;
    if (!ib_fetch_wire_unpack_found (frame->body, &messages, &bytes))
        return false;
    forget_attempt (self);
    self->events->found (messages, bytes, self->user_data);
    return true;
}

static bool
on_settled (IbSession *self, IbFrame *frame)
{
    g_autoptr (IbSettleOrder) order = NULL;
    bool is_done = false;
    const char *text = NULL;
    if (!ib_fetch_wire_unpack_settled (frame->body, &order, &is_done, &text))
        return false;
    forget_attempt (self);
    if (frame->kind == IB_FETCH_WIRE_SETTLED) {
        if (self->events->settled != NULL)
            self->events->settled (order, is_done, text, self->user_data);
        return true;
    }
    ib_session_owe (self, 1, 0);
    if (self->events->copied != NULL)
        self->events->copied (order, self->user_data);
    else
        ib_session_go_on (self);
    return true;
}

static bool
on_moved (IbSession *self, IbFrame *frame)
{
    g_autoptr (GArray) uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GArray) new_uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    const char *mailbox = NULL;
    guint32 uidvalidity = 0;
    if (!ib_fetch_wire_unpack_moved (frame->body, &mailbox, &uidvalidity, uids, new_uids))
        return false;
    if (self->events->moved != NULL)
        self->events->moved (mailbox, uidvalidity, uids, new_uids, self->user_data);
    return true;
}

/* --- the worker itself ------------------------------------------------------------------------------------- */

/* That it was heard is all that it says. */
static bool
on_alive (IbSession *self, IbFrame *frame)
{
    return true;
}

static bool
on_last_words (IbSession *self, IbFrame *frame)
{
    if (frame->kind == IB_FETCH_WIRE_FINISHED)
        self->has_finished = true;
    else if (self->last_words == NULL)
        self->last_words = ib_fetch_wire_unpack_failed (frame->body, &self->retry_after_s);
    return true;
}

/* --- who hears what ---------------------------------------------------------------------------------------- */

static const struct {
    guint8 kind;
    bool (*handle) (IbSession *self, IbFrame *frame);
    bool is_of_mailbox;
} frames[] = {
    { IB_FETCH_WIRE_STEP, on_step, false },
    { IB_FETCH_WIRE_OFFERED, on_offered, false },
    { IB_FETCH_WIRE_TERMS, on_terms, false },
    { IB_FETCH_WIRE_LINE, on_line, false },
    { IB_FETCH_WIRE_ALERT, on_alert, false },
    { IB_FETCH_WIRE_WATCHING, on_watching, false },
    { IB_FETCH_WIRE_ENTER, on_enter, false },
    { IB_FETCH_WIRE_MAILBOX_FAILED, on_mailbox_failed, false },
    { IB_FETCH_WIRE_BROKE_AT, on_broke_at, false },
    { IB_FETCH_WIRE_RENAMED, on_renamed, true },
    { IB_FETCH_WIRE_FOUND, on_found, false },
    { IB_FETCH_WIRE_ATTEMPT, on_attempt, true },
    { IB_FETCH_WIRE_ALIVE, on_alive, false },
    { IB_FETCH_WIRE_BODY, ib_session_spool_large, true },
    { IB_FETCH_WIRE_MESSAGES, on_messages, true },
    { IB_FETCH_WIRE_SKIP, on_skip, true },
    { IB_FETCH_WIRE_TAKEN, on_taken, true },
    { IB_FETCH_WIRE_COPIED, on_settled, true },
    { IB_FETCH_WIRE_SETTLED, on_settled, true },
    { IB_FETCH_WIRE_MOVED, on_moved, true },
    { IB_FETCH_WIRE_TICKET, on_ticket, false },
    { IB_FETCH_WIRE_FINISHED, on_last_words, false },
    { IB_FETCH_WIRE_FAILED, on_last_words, false },
};

void
ib_session_on_frame (IbChannel *channel, IbFrame *frame, gpointer user_data)
{
    IbSession *self = user_data;
    if (frame->kind != IB_FETCH_WIRE_MESSAGES && frame->kind != IB_FETCH_WIRE_ALIVE
        && frame->kind != IB_FETCH_WIRE_ALERT && frame->kind != IB_FETCH_WIRE_LINE)
        ib_session_drop_large (self);
    for (gsize i = 0; i < G_N_ELEMENTS (frames); i++) {
        if (frames[i].kind != frame->kind)
            continue;
        /* A handler that answers false has not told anybody: the session is still ours to end. */
        bool may_come = !frames[i].is_of_mailbox || self->place == IB_SESSION_INSIDE;
        if (!may_come || !frames[i].handle (self, frame)) {
            g_autofree char *what = g_strdup_printf ("frame %u", frame->kind);
            ib_session_end_nonsense (self, what);
        }
        return;
    }
}
