/* fetch.c - the road over one mail server, whatever its protocol */
#include "fetch.h"

#include "escape.h"
#include "remote.h"

#include <glib/gi18n-lib.h>

typedef struct {
    const IbRemoteDriver *driver;
    IbRemote *remote;
    const IbFetchRequest *request;
    const IbFetchCallbacks *callbacks;
    IbStream *stream;
    bool is_last;  /* mailbox */
    bool is_alone; /* the mailbox: there is no other to visit */
    char *open;    /* the mailbox that is, NULL for none */
    char *watched; /* the one to watch; NULL until one of them opened */
} Run;

static void
tell_count (Run *run, const IbMailboxState *state)
{
    g_autofree char *name = ib_escape_server_text (state->display_name, -1);
    g_autofree char *text
        = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s: %u message", "%s: %u messages", state->exists),
                           name, state->exists);
    run->callbacks->step (IB_STEP_COUNTED, text, run->callbacks->user_data);
}

/* *out_looks_again: nothing was done, for there is other mail under what the orders call ours. */
static bool
settle (Run *run, GPtrArray *orders, bool *out_looks_again, GError **error)
{
    if (orders == NULL || orders->len == 0)
        return true;
    if (run->driver->verify != NULL && !run->driver->verify (run->remote, orders, out_looks_again, error))
        return false;
    for (guint i = 0; !*out_looks_again && i < orders->len; i++)
        if (!run->driver->settle (run->remote, orders->pdata[i], error))
            return false;
    return true;
}

/* With nothing to change on the server, and no mailbox behind this one, all that is left is the goodbye. */
static bool
is_all_asked (const Run *run, const IbCursor *cursor)
{
    const IbAccount *account = run->request->account;
    return run->is_last && !run->request->watches && !cursor->has_orders && account->after == IB_AFTER_KEEP
           && account->server_junk == IB_SERVER_JUNK_NONE && run->driver->take_leave != NULL;
}

/* A server that is silent tells nothing of @mailbox (NULL: we were there before); nor does one that says that it is busy. Always
 * returns false. */
static bool
break_at (const Run *run, const char *mailbox, GError *failure, GError **error)
{
    bool is_broken = g_error_matches (failure, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE)
                     || g_error_matches (failure, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER);
    bool is_silent
        = g_error_matches (ib_stream_get_error (run->stream), IB_STREAM_ERROR, IB_STREAM_ERROR_TIMEOUT);
    if (is_broken && !is_silent && mailbox != NULL && !run->is_alone && run->callbacks->broke_at != NULL)
        run->callbacks->broke_at (mailbox, run->callbacks->user_data);
    if (failure != NULL)
        g_propagate_error (error, failure);
    return false;
}

static bool
fetch_once (Run *run, const char *mailbox, const IbMailboxState *state, const IbCursor *cursor,
            bool *out_looks_again, GError **error)
{
    gpointer user_data = run->callbacks->user_data;
    g_autoptr (GPtrArray) orders = NULL;
    guint64 messages, bytes;
    guint32 highest_uid;
    GError *failure = NULL;
    bool is_open = true;

    if (!run->driver->survey (run->remote, cursor, &is_open, &messages, &bytes, &failure))
        return break_at (run, mailbox, failure, error);
    if (!is_open)
        return true;
    run->callbacks->found (messages, bytes, user_data);
    if (!run->driver->take (run->remote, &highest_uid, error))
        return false;
    bool has_left = is_all_asked (run, cursor);
    if (has_left)
        run->driver->take_leave (run->remote);
    return run->callbacks->taken (highest_uid, state->listing != NULL ? state->listing : "", &orders,
                                  user_data, error)
           && (has_left || settle (run, orders, out_looks_again, error));
}

/* What is new in the open mailbox: found, handed over, and, once all is delivered, cleared away on the server. @mailbox: its name,
 * at the first visit of a round. Where something was to be done to other mail than ours, all is looked at once more, by what is
 * known now. Not twice: a server that goes on like that is left alone until the next time. */
static bool
fetch (Run *run, const char *mailbox, const IbMailboxState *state, const IbCursor *cursor, GError **error)
{
    bool looks_again = false;
    IbMailboxState anew = { 0 };
    g_autoptr (IbCursor) whole = NULL;

    if (!fetch_once (run, mailbox, state, cursor, &looks_again, error))
        return false;
    if (!looks_again)
        return true;
    looks_again = false;
    run->driver->reenter (run->remote, &anew);
    return run->callbacks->enter (&anew, &whole, run->callbacks->user_data, error)
           && (whole == NULL || fetch_once (run, NULL, &anew, whole, &looks_again, error));
}

static bool
is_inbox (const char *mailbox)
{
    return g_ascii_strcasecmp (mailbox, "INBOX") == 0;
}

/* To watch is the first of them, but the INBOX before all others. */
static void
note_open (Run *run, const char *mailbox, bool is_open)
{
    g_free (run->open);
    run->open = is_open ? g_strdup (mailbox) : NULL;
    if (!is_open || (run->watched != NULL && (is_inbox (run->watched) || !is_inbox (mailbox))))
        return;
    g_free (run->watched);
    run->watched = g_strdup (mailbox);
}

/* Where the numbers mean other messages than those the cursor knows by them, it is asked for anew. */
static bool
agree_on_numbers (Run *run, IbMailboxState *state, IbCursor **cursor, GError **error)
{
    if (*cursor == NULL || run->driver->compare == NULL)
        return true;
    if (!run->driver->compare (run->remote, *cursor, &state->is_restarted, error))
        return false;
    if (!state->is_restarted)
        return true;
    g_clear_pointer (cursor, ib_cursor_free);
    return run->callbacks->enter (state, cursor, run->callbacks->user_data, error);
}

static bool
visit (Run *run, const char *mailbox, GError **error)
{
    IbMailboxState state = { 0 };
    g_autoptr (IbCursor) cursor = NULL;
    GError *failure = NULL;
    bool is_open;

    if (!run->driver->enter (run->remote, mailbox, &state, &is_open, &failure))
        return break_at (run, mailbox, failure, error);
    note_open (run, mailbox, is_open);
    if (!is_open)
        return true;
    tell_count (run, &state);
    if (run->request->is_probe)
        return true;
    if (!run->callbacks->enter (&state, &cursor, run->callbacks->user_data, error)
        || !agree_on_numbers (run, &state, &cursor, error))
        return false;
    return cursor == NULL || fetch (run, mailbox, &state, cursor, error);
}

/* For what just came into the open mailbox. What the server could not give before is not tried again for that. */
static bool
visit_again (Run *run, GError **error)
{
    IbMailboxState state = { 0 };
    g_autoptr (IbCursor) cursor = NULL;

    run->driver->reenter (run->remote, &state);
    if (!run->callbacks->enter (&state, &cursor, run->callbacks->user_data, error))
        return false;
    if (cursor == NULL)
        return true;
    g_array_set_size (cursor->retry, 0);
    return fetch (run, NULL, &state, cursor, error);
}

/* @names, one a line, are visited behind the others. */
static void
put_off (GPtrArray *mailboxes, const char *names)
{
    g_auto (GStrv) last = g_strsplit (names, "\n", -1);
    guint first = mailboxes->len;
    for (guint i = 0; i < first;) {
        if (g_strv_contains ((const char *const *) last, mailboxes->pdata[i])) {
            g_ptr_array_add (mailboxes, g_ptr_array_steal_index (mailboxes, i));
            first--;
        } else {
            i++;
        }
    }
}

static bool
visit_all (Run *run, GError **error)
{
    g_autoptr (GPtrArray) mailboxes = run->driver->mailboxes (run->remote, error);
    if (mailboxes == NULL)
        return false;
    run->is_alone = mailboxes->len < 2;
    if (run->request->put_off != NULL)
        put_off (mailboxes, run->request->put_off);
    for (guint i = 0; i < mailboxes->len; i++) {
        run->is_last = i + 1 == mailboxes->len;
        if (!visit (run, mailboxes->pdata[i], error))
            return false;
    }
    return true;
}

/* After the others: what came into the one that is watched meanwhile is found on coming back to it. */
static bool
come_back (Run *run, bool *out_is_there, GError **error)
{
    *out_is_there = false;
    if (run->watched == NULL)
        return true;
    if (g_strcmp0 (run->open, run->watched) != 0 && !visit (run, run->watched, error))
        return false;
    *out_is_there = run->open != NULL;
    return true;
}

/* One round: waits, and sees to what ended that. */
static bool
wait (Run *run, GError **error)
{
    bool has_news = false, wants_look = false;
    if (!run->driver->wait (run->remote, run->callbacks->wish_fd, &has_news, error)
        || !run->callbacks->wish (&wants_look, run->callbacks->user_data, error))
        return false;
    if (wants_look)
        return visit_all (run, error);
    return !has_news || visit_again (run, error);
}

/* A wish that came while something else was waited for has been heard already, and ends no wait. */
static bool
look_if_wished (Run *run, GError **error)
{
    bool wants_look;
    do {
        wants_look = false;
        if (!run->callbacks->wish (&wants_look, run->callbacks->user_data, error)
            || (wants_look && !visit_all (run, error)))
            return false;
    } while (wants_look);
    return true;
}

/* Until that is not possible any more. */
static bool
watch (Run *run, GError **error)
{
    for (;;) {
        bool is_there = false, is_watching = false;
        if (!look_if_wished (run, error) || !come_back (run, &is_there, error)
            || (is_there && !run->driver->watch (run->remote, &is_watching, error)))
            return false;
        if (!is_watching)
            return true;
        if (!run->callbacks->watching (run->watched, run->callbacks->user_data, error) || !wait (run, error))
            return false;
    }
}

static bool
travel (Run *run, IbStream *stream, GError **error)
{
    ib_escape_hide (run->request->secret); /* it is sent here, and by a server that gets it wrong repeated */
    run->remote = run->driver->open (stream, run->request, run->callbacks, error);
    ib_escape_hide (NULL);
    if (run->remote == NULL)
        return false;
    bool may_watch = run->request->watches && run->driver->watch != NULL;
    if (visit_all (run, error) && (!may_watch || watch (run, error)))
        return run->driver->close (run->remote, error);
    run->driver->abandon (run->remote);
    return false;
}

/* Errors of callbacks come as they are: whoever set them knows better. What has no remedy yet was a stop. */
static bool
finish (bool is_done, GError *failure, GError **error)
{
    if (is_done)
        return true;
    if (failure == NULL)
        failure = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED, _ ("The run was stopped"));
    else if (failure->domain != IB_FETCH_ERROR) {
        failure->domain = IB_FETCH_ERROR;
        failure->code = IB_FETCH_ERROR_STOPPED;
    }
    g_propagate_error (error, failure);
    return false;
}

bool
ib_fetch_run (IbStream *stream, const IbFetchRequest *request, const IbFetchCallbacks *callbacks,
              GError **error)
{
    Run run = {
        .driver = request->account->protocol == IB_PROTOCOL_POP3 ? &ib_remote_pop3 : &ib_remote_imap,
        .request = request,
        .callbacks = callbacks,
        .stream = stream,
    };
    GError *failure = NULL;
    bool is_done = travel (&run, stream, &failure);
    g_free (run.open);
    g_free (run.watched);
    return finish (is_done, failure, error);
}
