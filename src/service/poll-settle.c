/* poll-settle.c - what a poll has done on the server with mail that is safe here */
#include "escape.h"
#include "passing-content.h"
#include "passing-header.h"
#include "poll-private.h"

#include <glib/gi18n-lib.h>

/* The settings may have changed since it was noted. */
static bool
is_wanted (const IbPoll *self, const IbPending *pending)
{
    switch (pending->verb) {
    case IB_PENDING_DELETE:
        return self->account->after == IB_AFTER_DELETE;
    case IB_PENDING_MOVE:
        return self->account->after == IB_AFTER_MOVE;
    case IB_PENDING_JUNK:
        return self->account->server_junk == IB_SERVER_JUNK_MOVE;
    case IB_PENDING_RESCUE:
        return true;
    }
    g_assert_not_reached ();
}

/* What came by the other protocol has no number that means anything by this one. */
static bool
is_reachable (const IbPoll *self, const IbPending *pending)
{
    return (pending->uidl != NULL) == (self->account->protocol == IB_PROTOCOL_POP3);
}

static IbSettleOrder *
order_for (GPtrArray *orders, const IbPending *pending)
{
    IbSettleVerb verb = pending->verb == IB_PENDING_DELETE ? IB_SETTLE_DELETE : IB_SETTLE_MOVE;
    for (guint i = 0; i < orders->len; i++) {
        IbSettleOrder *order = orders->pdata[i];
        if (order->verb == verb && g_strcmp0 (order->folder, pending->folder) == 0)
            return order;
    }
    IbSettleOrder *order = ib_settle_order_new (verb, pending->folder);
    g_ptr_array_add (orders, order);
    return order;
}

static void
add_to_order (IbSettleOrder *order, const IbPending *pending)
{
    const IbKnownMessage known = {
        .internal_date_s = pending->internal_date_s,
        .mark = ib_passing_header_mark_of (pending->message_id),
        .content = ib_passing_content_of (pending->content_digest),
    };
    if (pending->uidl != NULL)
        g_ptr_array_add (order->uidls, g_strdup (pending->uidl));
    else
        g_array_append_val (order->uids, pending->uid);
    g_array_append_val (order->known, known);
    if (pending->is_copied)
        g_array_append_val (order->copied, pending->uid);
}

static void
on_due (GPtrArray *due, const GError *error, gpointer user_data)
{
    IbPoll *self = user_data;
    if (error == NULL && self->session != NULL) {
        g_autoptr (GPtrArray) orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
        for (guint i = 0; i < due->len; i++) {
            const IbPending *pending = due->pdata[i];
            if (is_reachable (self, pending) && is_wanted (self, pending))
                add_to_order (order_for (orders, pending), pending);
        }
        self->is_settling = true;
        ib_session_answer_orders (self->session, orders);
    }
    g_clear_pointer (&due, g_ptr_array_unref);
    ib_poll_came_back (self, error);
}

/* Once it is known whether all has other names: those from before are forgotten then. */
static void
pass_over_unwanted (IbPoll *self)
{
    GHashTableIter iter;
    gpointer uidl, date;
    if (self->unwanted == NULL)
        return;
    g_hash_table_iter_init (&iter, self->unwanted);
    while (g_hash_table_iter_next (&iter, &uidl, &date))
        ib_pipeline_pass_over (self->context->pipeline, self->mailbox_key, 0, uidl, *(const gint64 *) date);
    g_clear_pointer (&self->unwanted, g_hash_table_unref);
}

void
ib_poll_ask_for_due (IbPoll *self)
{
    self->was_taken = false;
    pass_over_unwanted (self);
    if (self->left != NULL)
        ib_pipeline_left_open_only (self->context->pipeline, self->mailbox_key,
                                    g_steal_pointer (&self->left));
    self->busy++;
    ib_pipeline_taken (self->context->pipeline, self->mailbox_key, self->highest_uid, self->listing,
                       self->since_s, g_get_real_time () / G_USEC_PER_SEC, on_due, self);
}

void
ib_poll_on_taken (guint32 highest_uid, const char *listing, gpointer user_data)
{
    IbPoll *self = user_data;
    guint at;
    self->has_looked = true;
    if (g_ptr_array_find_with_equal_func (self->put_off, self->mailbox, g_str_equal, &at))
        g_ptr_array_remove_index (self->put_off, at);
    g_free (self->listing);
    self->listing = g_strdup (listing);
    /* No further than what came, or what the server said on entering: no number alone makes later mail seem taken; nor what is not
     * shown yet. */
    self->highest_uid = self->may_grow_below ? 0 : MIN (highest_uid, self->highest_known);
    ib_poll_expect (self, 0);
    self->was_taken = true;
    if (self->judging == 0)
        ib_poll_ask_for_due (self);
}

static void
on_copied_noted (const GError *error, gpointer user_data)
{
    IbPoll *self = user_data;
    if (error == NULL && self->session != NULL)
        ib_session_go_on (self->session);
    ib_poll_came_back (self, error);
}

void
ib_poll_on_copied (const IbSettleOrder *order, gpointer user_data)
{
    IbPoll *self = user_data;
    self->busy++;
    if (order->verb == IB_SETTLE_DELETE)
        ib_pipeline_given_up (self->context->pipeline, self->mailbox_key, order->uidls, on_copied_noted,
                              self);
    else
        ib_pipeline_copied (self->context->pipeline, self->mailbox_key, order->uids, on_copied_noted, self);
}

static void
on_noted (const GError *error, gpointer user_data)
{
    ib_poll_came_back (user_data, error);
}

static void
tell (IbPoll *self, const char *words)
{
    g_autofree char *text = g_strdup_printf ("%s: %s", self->account->name, words);
    self->events->notice (self, text, self->user_data);
}

/* What is told of once. */
typedef struct {
    IbPoll *poll;
    char *words;
} Doubt;

static void
on_doubt_noted (guint fresh, const GError *error, gpointer user_data)
{
    Doubt *doubt = user_data;
    IbPoll *self = doubt->poll;
    if (error == NULL && fresh > 0)
        ib_poll_notice (self,
                        ngettext ("%s: %u message is left on the server, and looked at again once a day: %s",
                                  "%s: %u messages are left on the server, and looked at again once a day: %s",
                                  fresh),
                        self->account->name, fresh, doubt->words);
    g_free (doubt->words);
    g_free (doubt);
    ib_poll_came_back (self, error);
}

/* Looking at it may cost as much as fetching it: so not at every poll. */
void
ib_poll_put_off (IbPoll *self, GArray *uids, GPtrArray *uidls, const char *words)
{
    Doubt *doubt = g_new0 (Doubt, 1);
    doubt->poll = self;
    doubt->words = g_strdup (words);
    self->busy++;
    ib_pipeline_doubted (self->context->pipeline, self->mailbox_key, uids, uidls, on_doubt_noted, doubt);
}

void
ib_poll_on_settled (const IbSettleOrder *order, bool is_done, const char *server_text, gpointer user_data)
{
    IbPoll *self = user_data;
    g_autofree char *words = ib_escape_server_text (server_text, -1);
    guint count = order->uids->len + order->uidls->len;
    if (order->verb == IB_SETTLE_DOUBT) {
        ib_poll_put_off (self, order->uids, order->uidls, words);
        return;
    }
    if (!is_done) {
        ib_poll_notice (
            self,
            ngettext ("%s: the server did not %s %u message; it is safe here, and is tried again: %s",
                      "%s: the server did not %s %u messages; they are safe here, and it is tried again: %s",
                      count),
            self->account->name, order->verb == IB_SETTLE_MOVE ? _ ("move") : _ ("delete"), count, words);
        return;
    }
    if (words[0] != '\0')
        tell (self, words);
    self->busy++;
    if (order->verb == IB_SETTLE_GONE)
        ib_pipeline_gone (self->context->pipeline, self->mailbox_key, order->uidls, on_noted, self);
    else
        ib_pipeline_settled (self->context->pipeline, self->mailbox_key, order->uids, order->uidls, on_noted,
                             self);
}

void
ib_poll_on_moved (const char *mailbox, guint32 uidvalidity, const GArray *uids, const GArray *new_uids,
                  gpointer user_data)
{
    IbPoll *self = user_data;
    ib_pipeline_moved (self->context->pipeline, self->mailbox_key, mailbox, uidvalidity, uids, new_uids);
}
