/* remote-pop3-verify.c - is what is to be deleted on the server what was fetched?
 *
 * A server may give the UIDL of what is gone to other mail (RFC 1939, 7). The Message-ID tells them apart: then ours is gone, and
 * what is there is new, and fetched in the same session. Of what has come without a Message-ID nothing is known but the UIDL. */
#include "remote-pop3.h"

#include <glib/gi18n-lib.h>

typedef enum {
    LOOK_REFUSED,
    LOOK_SAME,
    LOOK_OTHER,
} Look;

/* A message that stands under the UIDL of ours. */
typedef struct {
    guint64 mark; /* of ours */
    Look look;
} Suspect;

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
suspect (IbRemote *self, const IbSettleOrder *order, GHashTable *suspects, GArray *numbers)
{
    for (guint i = 0; i < order->uidls->len; i++) {
        guint32 number = number_of (self, order->uidls->pdata[i]);
        guint64 mark = g_array_index (order->known, IbKnownMessage, i).mark;
        if (number == 0 || mark == 0 || is_sure (ib_remote_pop3_entry (self, number)))
            continue;
        Suspect *suspect = g_new0 (Suspect, 1);
        suspect->mark = mark;
        if (g_hash_table_replace (suspects, GUINT_TO_POINTER (number), suspect))
            g_array_append_val (numbers, number);
    }
}

static bool
look_at_header (IbRemote *self, guint32 number, bool is_last, gpointer suspects, GError **error)
{
    g_autoptr (IbPassingHeader) header = ib_passing_header_new ();
    Suspect *suspect = g_hash_table_lookup (suspects, GUINT_TO_POINTER (number));
    bool is_given;

    if (!ib_remote_pop3_read_header (self, header, &is_given, error))
        return false;
    guint64 mark = ib_passing_header_mark (header);
    suspect->look = !is_given ? LOOK_REFUSED : mark != suspect->mark ? LOOK_OTHER : LOOK_SAME;
    ib_remote_pop3_entry (self, number)->is_sure = suspect->look == LOOK_SAME;
    return true;
}

/* --- what follows -------------------------------------------------------------------------------------------- */

static Look
look_of (IbRemote *self, const char *identity, GHashTable *suspects)
{
    const Suspect *suspect = g_hash_table_lookup (suspects, GUINT_TO_POINTER (number_of (self, identity)));
    return suspect != NULL ? suspect->look : LOOK_SAME;
}

/* What of @order looked like that, as one of @verb. (transfer full) */
static IbSettleOrder *
part_of (IbRemote *self, const IbSettleOrder *order, GHashTable *suspects, Look look, IbSettleVerb verb)
{
    IbSettleOrder *part = ib_settle_order_new (verb, order->folder);
    for (guint i = 0; i < order->uidls->len; i++)
        if (look_of (self, order->uidls->pdata[i], suspects) == look)
            g_ptr_array_add (part->uidls, g_strdup (order->uidls->pdata[i]));
    return part;
}

static bool
report (IbRemote *self, const IbSettleOrder *part, bool is_done, const char *words, GError **error)
{
    const IbFetchCallbacks *callbacks = self->session->callbacks;
    return part->uidls->len == 0 || callbacks->settled (part, is_done, words, callbacks->user_data, error);
}

/* Of @order, what is ours stays; the rest is reported. */
static bool
sort_out (IbRemote *self, IbSettleOrder *order, GHashTable *suspects, bool *out_looks_again, GError **error)
{
    g_autoptr (IbSettleOrder) same = part_of (self, order, suspects, LOOK_SAME, order->verb);
    g_autoptr (IbSettleOrder) refused = part_of (self, order, suspects, LOOK_REFUSED, order->verb);
    g_autoptr (IbSettleOrder) other = part_of (self, order, suspects, LOOK_OTHER, IB_SETTLE_GONE);
    GPtrArray *all = order->uidls;
    order->uidls = same->uidls;
    same->uidls = all;
    *out_looks_again = *out_looks_again || other->uidls->len > 0;
    return report (self, refused, false, _ ("the server does not show whether it is still the same"), error)
           && report (
               self, other, true,
               _ ("Other mail has the UIDL of mail that was to be deleted: it is not deleted, but fetched"),
               error);
}

bool
ib_remote_pop3_verify (IbRemote *self, GPtrArray *orders, bool *out_looks_again, GError **error)
{
    g_autoptr (GPtrArray) deletions = g_ptr_array_new ();
    g_autoptr (GHashTable) suspects = g_hash_table_new_full (NULL, NULL, NULL, g_free);
    g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
    for (guint i = 0; i < orders->len; i++)
        if (((const IbSettleOrder *) orders->pdata[i])->verb == IB_SETTLE_DELETE)
            g_ptr_array_add (deletions, orders->pdata[i]);
    if (deletions->len > 0 && !identify_for (self, deletions, error))
        return false;
    for (guint i = 0; i < deletions->len; i++)
        suspect (self, deletions->pdata[i], suspects, numbers);
    if (!ib_remote_pop3_ask_headers (self, numbers, look_at_header, suspects, error))
        return false;
    for (guint i = 0; numbers->len > 0 && i < deletions->len; i++)
        if (!sort_out (self, deletions->pdata[i], suspects, out_looks_again, error))
            return false;
    return true;
}
