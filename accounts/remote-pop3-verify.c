/* remote-pop3-verify.c - is what is to be deleted on the server what was fetched?
 *
 * A server may give the UIDL of what is gone to other mail (RFC 1939, 7). The Message-ID tells them apart: then ours is gone, and
 * what is there is new, and fetched in the same session. What came without one, or what the server does not show the header of, is
 * looked at whole, and what cannot be told even so is left alone. */
#include "remote-pop3.h"

#include "passing-content.h"

#include <glib/gi18n-lib.h>

typedef enum {
    LOOK_DOUBTFUL,
    LOOK_SAME,
    LOOK_OTHER,
} Look;

/* A message that stands under the UIDL of ours. */
typedef struct {
    IbKnownMessage known; /* of ours */
    Look look;
} Suspect;

typedef struct {
    IbRemote *remote;
    GHashTable *suspects; /* number -> Suspect */
    GArray *by_header;    /* guint32: numbers of those that are to be looked at by their headers */
    GArray *whole;        /* or whole */
} Verification;

/* At a message on its way. */
typedef struct {
    IbRemote *remote;
    IbPassingContent *content;
    guint64 length;
} Glance;

/* Where nothing was new, nothing was looked at yet. A UIDL that is shared now or was shared before is known by a digest
 * too, and of those the orders name all that matter. */
static bool
identify_for (IbRemote *self, const GPtrArray *orders, GError **error)
{
    g_autoptr (IbCursor) known = ib_cursor_new ();
    if (self->is_identified)
        return true;
    for (guint i = 0; i < orders->len; i++) {
        const IbSettleOrder *order = orders->pdata[i];
        for (guint j = 0; j < order->uidls->len; j++)
            g_hash_table_add (known->known_uidls, g_strdup (order->uidls->pdata[j]));
    }
    return ib_remote_pop3_identify (self, known, error);
}

static guint32
number_of (IbRemote *self, const char *identity)
{
    return GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, identity));
}

/* A digest of its header in its name leaves no doubt. */
static bool
is_sure (const IbPop3Entry *entry)
{
    return entry->is_sure || entry->identity != entry->uidl;
}

static void
suspect (Verification *self, const IbSettleOrder *order)
{
    for (guint i = 0; i < order->uidls->len; i++) {
        guint32 number = number_of (self->remote, order->uidls->pdata[i]);
        const IbKnownMessage *known = &g_array_index (order->known, IbKnownMessage, i);
        bool is_known = known->mark != 0 || known->content != 0;
        if (number == 0 || !is_known || is_sure (ib_remote_pop3_entry (self->remote, number)))
            continue;
        Suspect *suspect = g_new0 (Suspect, 1);
        suspect->known = *known;
        if (g_hash_table_replace (self->suspects, GUINT_TO_POINTER (number), suspect))
            g_array_append_val (known->mark != 0 ? self->by_header : self->whole, number);
    }
}

/* Who did not say UTF8, though it is offered, may be shown a note in the place of mail: it looks like other mail, and need not be. */
static bool
may_be_a_note (const IbRemote *remote)
{
    return remote->session->request->without_utf8 && remote->session->has_utf8;
}

static void
conclude (Verification *self, guint32 number, Look look)
{
    Suspect *suspect = g_hash_table_lookup (self->suspects, GUINT_TO_POINTER (number));
    suspect->look = look == LOOK_OTHER && may_be_a_note (self->remote) ? LOOK_DOUBTFUL : look;
    ib_remote_pop3_entry (self->remote, number)->is_sure = look == LOOK_SAME;
}

static const IbKnownMessage *
known_as (const Verification *self, guint32 number)
{
    return &((const Suspect *) g_hash_table_lookup (self->suspects, GUINT_TO_POINTER (number)))->known;
}

static bool
look_at_header (IbRemote *remote, guint32 number, bool is_last, gpointer user_data, GError **error)
{
    Verification *self = user_data;
    g_autoptr (IbPassingHeader) header = ib_passing_header_new ();
    bool is_given;

    if (!ib_remote_pop3_read_header (remote, header, &is_given, error))
        return false;
    if (is_given)
        conclude (self, number,
                  ib_passing_header_mark (header) == known_as (self, number)->mark ? LOOK_SAME : LOOK_OTHER);
    else if (remote->has_top)
        g_array_append_val (self->whole, number);
    return true;
}

/* Some servers change a header from time to time: what has no Message-ID still may be the same in other words. */
static Look
compare (IbPassingContent *content, const IbKnownMessage *known)
{
    guint64 mark = ib_passing_content_mark (content);
    if (known->mark != 0 ? mark == known->mark : ib_passing_content_is (content, known->content))
        return LOOK_SAME;
    return known->mark != 0 || mark != 0 ? LOOK_OTHER : LOOK_DOUBTFUL;
}

static bool
feed_content (const char *bytes, gsize length, gpointer user_data, GError **error)
{
    Glance *glance = user_data;
    glance->length += length;
    ib_passing_content_feed (glance->content, bytes, length);
    return glance->length <= IB_LIMIT_MESSAGE_BYTES
           || ib_remote_pop3_fail (glance->remote, _ ("the server sends a message without an end"), error);
}

static bool
look_at_whole (IbRemote *remote, guint32 number, bool is_last, gpointer user_data, GError **error)
{
    Verification *self = user_data;
    g_autoptr (IbPassingContent) content = ib_passing_content_new ();
    Glance glance = { .remote = remote, .content = content };
    IbPop3Status status;
    const char *text;
    guint64 length;

    if (!ib_pop3_reader_status (remote->session->reader, &status, &text, error))
        return false;
    if (status != IB_POP3_OK)
        return true;
    if (!ib_pop3_reader_text (remote->session->reader, feed_content, &glance, &length, error))
        return false;
    if (ib_passing_content_is_answer (content))
        return ib_remote_pop3_fail (remote, _ ("the server gives its answers out of step"), error);
    conclude (self, number, compare (content, known_as (self, number)));
    return true;
}

static bool
look (Verification *self, GError **error)
{
    if (!ib_remote_pop3_ask_headers (self->remote, self->by_header, look_at_header, self, error))
        return false;
    g_autoptr (GArray) whole = ib_remote_pop3_of_size (self->remote, self->whole);
    return ib_remote_pop3_ask_each (self->remote, "RETR", "", whole, look_at_whole, self, error);
}

/* --- what follows -------------------------------------------------------------------------------------------- */

static Look
look_of (const Verification *self, const char *identity)
{
    const Suspect *suspect
        = g_hash_table_lookup (self->suspects, GUINT_TO_POINTER (number_of (self->remote, identity)));
    return suspect != NULL ? suspect->look : LOOK_SAME;
}

/* Takes what looked like that out of @order, into one of @verb. (transfer full) */
static IbSettleOrder *
take_part (const Verification *self, IbSettleOrder *order, Look look, IbSettleVerb verb)
{
    IbSettleOrder *part = ib_settle_order_new (verb, order->folder);
    g_autoptr (GPtrArray) all = g_steal_pointer (&order->uidls);
    guint kept = 0;
    order->uidls = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; i < all->len; i++) {
        bool is_part = look_of (self, all->pdata[i]) == look;
        g_ptr_array_add (is_part ? part->uidls : order->uidls, g_strdup (all->pdata[i]));
        if (!is_part)
            g_array_index (order->known, IbKnownMessage, kept++)
                = g_array_index (order->known, IbKnownMessage, i);
    }
    g_array_set_size (order->known, kept);
    return part;
}

static bool
report (const Verification *self, const IbSettleOrder *part, bool is_done, const char *words, GError **error)
{
    const IbFetchCallbacks *callbacks = self->remote->session->callbacks;
    return part->uidls->len == 0 || callbacks->settled (part, is_done, words, callbacks->user_data, error);
}

static bool
report_others (const Verification *self, IbSettleOrder *order, bool *out_looks_again, GError **error)
{
    g_autoptr (IbSettleOrder) others = take_part (self, order, LOOK_OTHER, IB_SETTLE_GONE);
    *out_looks_again = *out_looks_again || others->uidls->len > 0;
    return report (
        self, others, true,
        _ ("Other mail has the UIDL of mail that was to be deleted: it is not deleted, but fetched"), error);
}

static bool
report_doubtful (const Verification *self, IbSettleOrder *order, GError **error)
{
    g_autoptr (IbSettleOrder) doubtful = take_part (self, order, LOOK_DOUBTFUL, IB_SETTLE_DOUBT);
    return report (self, doubtful, false, _ ("the server does not show whether it is still the same"), error);
}

/* What is ours stays in @deletions. What is in doubt is told of once: not before all is looked at again. */
static bool
sort_out (const Verification *self, const GPtrArray *deletions, bool *out_looks_again, GError **error)
{
    for (guint i = 0; i < deletions->len; i++)
        if (!report_others (self, deletions->pdata[i], out_looks_again, error))
            return false;
    for (guint i = 0; !*out_looks_again && i < deletions->len; i++)
        if (!report_doubtful (self, deletions->pdata[i], error))
            return false;
    return true;
}

static bool
verify (IbRemote *remote, const GPtrArray *deletions, bool *out_looks_again, GError **error)
{
    g_autoptr (GHashTable) suspects = g_hash_table_new_full (NULL, NULL, NULL, g_free);
    g_autoptr (GArray) by_header = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GArray) whole = g_array_new (FALSE, FALSE, sizeof (guint32));
    Verification self = { .remote = remote, .suspects = suspects, .by_header = by_header, .whole = whole };
    if (!identify_for (remote, deletions, error))
        return false;
    for (guint i = 0; i < deletions->len; i++)
        suspect (&self, deletions->pdata[i]);
    return g_hash_table_size (suspects) == 0
           || (look (&self, error) && sort_out (&self, deletions, out_looks_again, error));
}

bool
ib_remote_pop3_verify (IbRemote *self, GPtrArray *orders, bool *out_looks_again, GError **error)
{
    g_autoptr (GPtrArray) deletions = g_ptr_array_new ();
    for (guint i = 0; i < orders->len; i++)
        if (((const IbSettleOrder *) orders->pdata[i])->verb == IB_SETTLE_DELETE)
            g_ptr_array_add (deletions, orders->pdata[i]);
    return deletions->len == 0 || verify (self, deletions, out_looks_again, error);
}
