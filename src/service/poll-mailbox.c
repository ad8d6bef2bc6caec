/* poll-mailbox.c - the mailbox that a poll is in: how it stands, what is found, and what stays there */
#include "escape.h"
#include "face.h"
#include "passing-header.h"
#include "poll-private.h"

#include <glib/gi18n-lib.h>
#include <time.h>

/* Far longer than those that programs make. */
#define MOST_ID_BYTES 300

/* --- entering a mailbox ------------------------------------------------------------------------------------ */

/* Where all is listed as if for the first time, what was too old then still is. */
static gint64
since_for (const IbPoll *self, const IbMailboxStand *stand)
{
    if (stand->is_new)
        return self->since_s;
    return stand->was_revalidated ? stand->since_s : 0;
}

gint
ib_poll_compare_uids (gconstpointer a, gconstpointer b)
{
    guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;
    return x < y ? -1 : x > y;
}

void
ib_poll_leave_out (IbCursor *cursor, guint32 uid)
{
    guint at;
    if (g_array_binary_search (cursor->retry, &uid, ib_poll_compare_uids, &at))
        g_array_remove_index (cursor->retry, at);
    g_array_append_val (cursor->done, uid);
}

static void
leave_out_tried (IbCursor *cursor)
{
    GHashTableIter each;
    gpointer uidl;
    g_hash_table_iter_init (&each, cursor->tried_uidls);
    while (g_hash_table_iter_next (&each, &uidl, NULL))
        g_hash_table_add (cursor->known_uidls, g_strdup (uidl));
}

/* What broke a session of this poll breaks the next one as well, before it has come to what stands behind: for this poll, it is as
 * good as done. By POP3, so is all else that could not be had before: one of them is tried at a poll. */
static void
leave_out_breakers (const IbPoll *self, gint64 mailbox_key, IbCursor *cursor)
{
    for (guint i = 0; i < self->breakers->len; i++) {
        const IbPollBreaker *breaker = &g_array_index (self->breakers, IbPollBreaker, i);
        if (breaker->mailbox_key != mailbox_key)
            continue;
        if (breaker->uidl == NULL) {
            ib_poll_leave_out (cursor, breaker->uid);
        } else {
            g_hash_table_add (cursor->tried_uidls, g_strdup (breaker->uidl));
            leave_out_tried (cursor);
        }
    }
    g_array_sort (cursor->done, ib_poll_compare_uids);
}

/* Not cut, nor written otherwise, before it came into the journal. */
static bool
is_as_it_came (const char *message_id)
{
    gsize length = 0;
    while (g_ascii_isgraph (message_id[length]))
        length++;
    return message_id[length] == '\0' && length < MOST_ID_BYTES;
}

static void
call_witnesses (IbCursor *cursor, const GPtrArray *witnesses)
{
    for (guint i = 0; i < witnesses->len; i++) {
        const IbWitness *witness = witnesses->pdata[i];
        const IbKnownMessage known = { .internal_date_s = witness->internal_date_s,
                                       .mark = ib_passing_header_mark_of (witness->message_id) };
        if (known.mark == 0 || !is_as_it_came (witness->message_id))
            continue;
        g_array_append_val (cursor->witnesses, witness->uid);
        g_array_append_val (cursor->known, known);
    }
}

/* Takes the UIDLs out of @stand: there may be a hundred thousand. */
static IbCursor *
cursor_from (const IbPoll *self, IbMailboxStand *stand)
{
    IbCursor *cursor = ib_cursor_new ();
    cursor->since_s = since_for (self, stand);
    cursor->is_unchanged = stand->is_unchanged;
    cursor->has_orders = stand->has_rescue;
    cursor->low_water = stand->low_water;
    g_array_append_vals (cursor->done, stand->done->data, stand->done->len);
    g_array_append_vals (cursor->retry, stand->open->data, stand->open->len);
    g_array_append_vals (cursor->tried, stand->refused->data, stand->refused->len);
    g_array_append_vals (cursor->gaps, stand->gaps->data, stand->gaps->len);
    call_witnesses (cursor, stand->witnesses);
    g_hash_table_unref (cursor->known_uidls);
    cursor->known_uidls = g_steal_pointer (&stand->uidls);
    g_hash_table_unref (cursor->tried_uidls);
    cursor->tried_uidls = g_steal_pointer (&stand->refused_uidls);
    if (self->breakers != NULL)
        leave_out_breakers (self, stand->key, cursor);
    g_hash_table_unref (cursor->old_dates);
    cursor->old_dates = g_steal_pointer (&stand->old_dates);
    return cursor;
}

/* POP3: what came from there was not there any more when it was to be deleted, all of it. It may be there again, under any name:
 * what a session says when it finds nothing that is known goes without saying. */
static bool
has_nothing_left (const IbPoll *self, const IbMailboxStand *stand)
{
    return self->account->protocol == IB_PROTOCOL_POP3 && !stand->is_unchanged
           && g_hash_table_size (stand->uidls) == 0 && g_hash_table_size (stand->former_ids) > 0;
}

/* Once, at the first poll. As its owner may wish it: nothing went wrong. */
static void
tell_cut_off (IbPoll *self)
{
    g_autofree char *name = ib_escape_server_text (self->display_name, -1);
    g_autofree char *text = g_strdup_printf (
        _ ("%s: of “%s” the server shows the newest %u, and nothing that is older, if there is any. With Gmail that is "
           "“Folder size limits” in its settings, under “Forwarding and POP/IMAP”; with others the older mail comes into "
           "view as newer leaves the mailbox. It is fetched once it is shown"),
        self->account->name, name, self->most_shown);
    self->events->notice (self, text, self->user_data);
}

/* Takes @stand. @why_not: what waits there for a filter is not asked for. */
static void
answer_stand (IbPoll *self, IbMailboxStand *stand, const GError *why_not)
{
    if (stand != NULL && self->session != NULL) {
        self->was_renamed = has_nothing_left (self, stand);
        g_autoptr (IbCursor) cursor = cursor_from (self, stand);
        self->mailbox_key = stand->key;
        self->may_grow_below = self->most_shown > 0 && cursor->since_s == 0;
        if (self->most_shown > 0 && stand->is_new)
            tell_cut_off (self);
        self->was_revalidated = stand->was_revalidated;
        self->has_unmet = stand->has_unmet;
        self->newest_known = stand->newest;
        g_clear_pointer (&self->left, g_hash_table_unref);
        if (self->account->protocol == IB_PROTOCOL_POP3 && !stand->is_unchanged)
            self->left = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
        g_clear_pointer (&self->unwanted, g_hash_table_unref);
        g_clear_pointer (&self->former_ids, g_hash_table_unref);
        self->former_ids = g_steal_pointer (&stand->former_ids);
        g_clear_pointer (&self->open, g_array_unref);
        self->open = g_array_ref (stand->open);
        g_clear_pointer (&self->open_uidls, g_hash_table_unref);
        self->open_uidls = g_steal_pointer (&stand->open_uidls);
        if (why_not != NULL)
            ib_poll_leave_waiting (self, stand, cursor, why_not);
        g_clear_pointer (&self->waiting, g_array_unref);
        self->waiting = g_array_ref (stand->waiting);
        g_clear_pointer (&self->waiting_uidls, g_hash_table_unref);
        self->waiting_uidls = g_steal_pointer (&stand->waiting_uidls);
        ib_session_answer_cursor (self->session, cursor);
        if (stand->is_new && !self->is_empty)
            ib_filter_pool_prepare (self->context->pool); /* starts while the server is asked for the rest */
    }
    ib_mailbox_stand_free (stand);
}

static void
on_stand (IbMailboxStand *stand, const GError *error, gpointer user_data)
{
    IbPoll *self = user_data;
    bool has_waiting = stand != NULL && self->session != NULL
                       && (stand->waiting->len > 0 || g_hash_table_size (stand->waiting_uidls) > 0);
    if (has_waiting)
        ib_poll_ask_filter (self, stand, answer_stand);
    else
        answer_stand (self, stand, NULL);
    ib_poll_came_back (self, error);
}

/* Something has come, or a look was asked for. */
static void
begin_round (IbPoll *self)
{
    if (self->phase == IB_POLL_WATCHING)
        self->started_us = g_get_monotonic_time ();
    tzset (); /* the zone may have changed since the last time */
    self->phase = IB_POLL_RUNNING;
}

/* As it is meant to be: nothing went wrong here. */
static void
tell_restarted (IbPoll *self)
{
    g_autofree char *name = ib_escape_server_text (self->display_name, -1);
    g_autofree char *text = g_strdup_printf (
        _ ("%s: “%s” was restored on its server: other mail has the numbers that were known there. Nothing was "
           "deleted or moved by them, and all of it is looked at again"),
        self->account->name, name);
    self->events->notice (self, text, self->user_data);
}

/* Those of the mailbox that was entered before, which is this one: their numbers mean other messages by now. */
static void
forget_breakers (IbPoll *self)
{
    for (guint i = self->breakers != NULL ? self->breakers->len : 0; i > 0; i--)
        if (g_array_index (self->breakers, IbPollBreaker, i - 1).mailbox_key == self->mailbox_key)
            g_array_remove_index (self->breakers, i - 1);
}

void
ib_poll_on_enter (const IbMailboxState *state, gpointer user_data)
{
    IbPoll *self = user_data;
    bool is_news = self->phase == IB_POLL_WATCHING && !self->is_looking;
    g_free (self->mailbox);
    g_free (self->display_name);
    g_free (self->special_use);
    self->mailbox = g_strdup (state->name);
    self->display_name = g_utf8_make_valid (state->display_name, -1);
    self->special_use = g_strdup (state->special_use);
    self->uidvalidity = state->uidvalidity;
    self->most_shown = state->most_shown;
    self->highest_known = state->uidnext > 0 ? state->uidnext - 1 : 0;
    self->is_empty = state->exists == 0;
    self->was_taken = false;
    self->is_settling = false;
    self->was_renamed = false;
    self->result.was_signed_in = true;
    begin_round (self);
    if (self->events->entered != NULL)
        self->events->entered (self, self->mailbox, self->display_name, self->user_data);
    if (state->is_restarted) {
        tell_restarted (self);
        forget_breakers (self);
    }
    self->busy++;
    ib_pipeline_enter (self->context->pipeline, self->account->name, self->mailbox, self->uidvalidity,
                       state->listing, state->is_restarted, on_stand, self);
    if (is_news)
        ib_filter_pool_prepare (self->context->pool); /* starts while the message is fetched */
}

void
ib_poll_on_mailbox_failed (const char *display_name, const char *server_text, gpointer user_data)
{
    IbPoll *self = user_data;
    g_autofree char *name = ib_escape_server_text (display_name, -1);
    g_autofree char *words = ib_escape_server_text (server_text, -1);
    ib_poll_notice (self, _ ("%s: “%s” is not opened: %s"), self->account->name, name, words);
    g_free (self->unopened);
    self->unopened = g_steal_pointer (&words);
}

/* It had been signed in to say so. */
void
ib_poll_on_broke_at (const char *mailbox, gpointer user_data)
{
    IbPoll *self = user_data;
    self->result.was_signed_in = true;
    g_free (self->broke_at);
    self->broke_at = g_strdup (mailbox);
}

/* --- what is found, and what stays on the server ----------------------------------------------------------- */

/* Of IMAP, no worker that is still our own says so. */
void
ib_poll_on_renamed (gpointer user_data)
{
    IbPoll *self = user_data;
    self->was_renamed = self->account->protocol == IB_PROTOCOL_POP3;
}

void
ib_poll_on_found (guint64 messages, guint64 bytes, gpointer user_data)
{
    IbPoll *self = user_data;
    ib_poll_expect (self, messages);
    if (messages > 0)
        ib_filter_pool_prepare (self->context->pool);
    self->events->found (self, messages, bytes, self->user_data);
}

/* As it is wished: nothing went wrong. */
static void
tell_too_large (IbPoll *self, const char *which, guint64 size_bytes)
{
    g_autofree char *size = g_format_size (size_bytes);
    bool is_allowed = self->account->max_size_bytes == 0 || size_bytes <= self->account->max_size_bytes;
    g_autofree char *text = g_strdup_printf (
        self->most_bytes > 0 && is_allowed
            ? _ ("%s: message %s waits on the server, since this network is metered: it has %s")
        : self->account->max_size_bytes > 0
            ? ib_face_words (_ ("%s: message %s stays on the server: its %s are more than max-size= allows"),
                             _ ("%s: message %s stays on the server: its %s are more than its account takes"))
            : _ ("%s: message %s stays on the server: its %s are more than Inbasket can take"),
        self->account->name, which, size);
    self->events->notice (self, text, self->user_data);
}

/* It stays open. */
static void
leave (IbPoll *self, const IbRemoteMessage *message)
{
    if (self->left != NULL && message->uidl != NULL)
        g_hash_table_add (self->left, g_strdup (message->uidl));
}

static void
leave_open (IbPoll *self, const IbRemoteMessage *message, IbOpenReason reason, const char *words)
{
    self->result.skipped++;
    leave (self, message);
    ib_pipeline_leave_open (self->context->pipeline, self->mailbox_key, message->uid, message->uidl,
                            message->size_served, reason, words);
}

static void
pass_over (IbPoll *self, const IbRemoteMessage *message)
{
    gint64 date_s = message->internal_date_s;
    if (!self->was_renamed || message->uidl == NULL) {
        ib_pipeline_pass_over (self->context->pipeline, self->mailbox_key, message->uid, message->uidl,
                               date_s);
        return;
    }
    if (self->unwanted == NULL)
        self->unwanted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_replace (self->unwanted, g_strdup (message->uidl), g_memdup2 (&date_s, sizeof date_s));
}

void
ib_poll_on_skip (const IbRemoteMessage *message, IbSkip reason, const char *server_text, gpointer user_data)
{
    IbPoll *self = user_data;
    g_autofree char *words = ib_escape_server_text (server_text, -1);
    g_autofree char *mailbox = ib_escape_server_text (self->display_name, -1);
    g_autofree char *which = message->uidl != NULL ? ib_escape_server_text (message->uidl, -1)
                                                   : g_strdup_printf ("%s %u", mailbox, message->uid);
    ib_poll_expect_one_less (self);
    if (reason == IB_SKIP_OLD) /* nobody has seen the others, and it is known which are open */
        self->highest_known = MAX (self->highest_known, message->uid);
    switch (reason) {
    case IB_SKIP_TOO_LARGE:
        leave_open (self, message, IB_OPEN_TOO_LARGE, words);
        tell_too_large (self, which, message->size_served);
        return;
    case IB_SKIP_REFUSED:
        leave_open (self, message, IB_OPEN_REFUSED, words);
        ib_poll_notice (self, _ ("%s: message %s stays on the server, which cannot give it: %s"),
                        self->account->name, which, words);
        return;
    case IB_SKIP_OLD:
        pass_over (self, message);
        return;
    case IB_SKIP_GONE:
        ib_pipeline_leave_open (self->context->pipeline, self->mailbox_key, message->uid, NULL, 0,
                                IB_OPEN_NOT_SHOWN, "");
        return;
    case IB_SKIP_LEFT_OUT:
        leave (self, message);
        return;
    }
}
