/* fetch-wire-orders.c - what is to be done with messages on a server, and what was done */
#include "fetch-wire-private.h"

#include "server-limits.h"

#include <string.h>

/* --- lists ----------------------------------------------------------------------------------------------------- */

static bool
are_rising (const GArray *numbers)
{
    guint32 last = 0;
    for (guint i = 0; i < numbers->len; i++) {
        guint32 number = g_array_index (numbers, guint32, i);
        if (number <= last)
            return false;
        last = number;
    }
    return true;
}

static bool
unpack_uidls (GVariant *body, gsize index, GPtrArray *uidls)
{
    g_autoptr (GVariant) child = g_variant_get_child_value (body, index);
    for (gsize i = 0; i < g_variant_n_children (child); i++) {
        const char *uidl;
        if (!ib_fetch_wire_unpack_bytes (child, i, IB_LIMIT_IDENTITY_BYTES, &uidl)
            || !ib_fetch_wire_is_identity (uidl))
            return false;
        g_ptr_array_add (uidls, g_strdup (uidl));
    }
    return true;
}

/* As an element of a(xtt), which is the same in memory. */
G_STATIC_ASSERT (sizeof (IbKnownMessage) == sizeof (gint64) + 2 * sizeof (guint64));

GVariant *
ib_fetch_wire_pack_known (const GArray *known, guint from, guint to)
{
    g_assert (to <= known->len);
    return g_variant_new_fixed_array (G_VARIANT_TYPE ("(xtt)"), &g_array_index (known, IbKnownMessage, from),
                                      to - from, sizeof (IbKnownMessage));
}

void
ib_fetch_wire_unpack_known (GVariant *body, gsize index, GArray *known)
{
    g_autoptr (GVariant) child = g_variant_get_child_value (body, index);
    gsize count;
    gconstpointer messages = g_variant_get_fixed_array (child, &count, sizeof (IbKnownMessage));
    g_array_append_vals (known, messages, (guint) count);
}

/* --- an order, piece by piece -------------------------------------------------------------------------------- */

/* Each of which may be copied already, and has something that is known of it. */
#define PIECE_UIDS (IB_FETCH_WIRE_LIST_BYTES / (2 * sizeof (guint32) + sizeof (IbKnownMessage)))

/* How far an order has been sent, and the lists of its next piece. */
typedef struct {
    const IbSettleOrder *order;
    guint uid, uidl, copied;
    GVariant *uids, *uidls, *copies; /* floating */
} Pieces;

static GVariant *
next_uidls (Pieces *self)
{
    GVariantBuilder builder;
    gsize bytes = 0;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("aay"));
    for (; self->uidl < self->order->uidls->len; self->uidl++) {
        const char *uidl = self->order->uidls->pdata[self->uidl];
        bytes += strlen (uidl) + 1 + sizeof (guint32) + sizeof (IbKnownMessage);
        if (bytes > IB_FETCH_WIRE_LIST_BYTES)
            break;
        g_variant_builder_add_value (&builder, g_variant_new_bytestring (uidl));
    }
    return g_variant_builder_end (&builder);
}

/* False when there is no more. UIDs first: an order has them or UIDLs. */
static bool
next_piece (Pieces *self)
{
    const GArray *uids = self->order->uids, *copied = self->order->copied;
    guint uid = self->uid, copy = self->copied;

    if (self->uid == uids->len && self->uidl == self->order->uidls->len)
        return false;
    self->uid += (guint) MIN (uids->len - uid, PIECE_UIDS);
    while (self->uid > uid && self->copied < copied->len
           && g_array_index (copied, guint32, self->copied) <= g_array_index (uids, guint32, self->uid - 1))
        self->copied++;

    self->uids = ib_fetch_wire_pack_numbers (&g_array_index (uids, guint32, uid), self->uid - uid);
    self->copies = ib_fetch_wire_pack_numbers (&g_array_index (copied, guint32, copy), self->copied - copy);
    self->uidls = next_uidls (self);
    return true;
}

/* --- orders, and what came of them --------------------------------------------------------------------------- */

bool
ib_fetch_wire_send_order (IbChannel *channel, const IbSettleOrder *order, GError **error)
{
    Pieces pieces = { .order = order };
    for (guint sent = 0; next_piece (&pieces); sent = pieces.uid + pieces.uidl)
        if (!ib_channel_send (
                channel, IB_FETCH_WIRE_SETTLE,
                g_variant_new ("(ys@au@aay@au@a(xtt))", order->verb, order->folder, pieces.uids, pieces.uidls,
                               pieces.copies,
                               ib_fetch_wire_pack_known (order->known, sent, pieces.uid + pieces.uidl)),
                -1, error))
            return false;
    return true;
}

IbSettleOrder *
ib_fetch_wire_unpack_order (GVariant *body)
{
    guint8 verb;
    const char *folder;

    g_variant_get (body, "(y&s@au@aay@au@a(xtt))", &verb, &folder, NULL, NULL, NULL, NULL);
    g_autoptr (IbSettleOrder) order = ib_settle_order_new ((IbSettleVerb) verb, folder);
    ib_fetch_wire_unpack_numbers (body, 2, order->uids);
    ib_fetch_wire_unpack_numbers (body, 4, order->copied);
    ib_fetch_wire_unpack_known (body, 5, order->known);
    bool is_good = verb <= IB_SETTLE_MOVE && unpack_uidls (body, 3, order->uidls)
                   && order->known->len == order->uids->len + order->uidls->len;
    return is_good ? g_steal_pointer (&order) : NULL;
}

bool
ib_fetch_wire_send_settled (IbChannel *channel, IbFetchWire kind, const IbSettleOrder *order, bool is_done,
                            const char *server_text, guint *out_frames, GError **error)
{
    Pieces pieces = { .order = order };
    guint frames = 0;

    for (; next_piece (&pieces); frames++) {
        g_variant_unref (g_variant_ref_sink (pieces.copies));
        if (!ib_channel_send (channel, (guint8) kind,
                              g_variant_new ("(by@ay@au@aay@ay)", is_done, order->verb,
                                             ib_fetch_wire_pack_bytes (order->folder), pieces.uids,
                                             pieces.uidls, ib_fetch_wire_pack_text (server_text)),
                              -1, error))
            return false;
    }
    *out_frames = frames;
    return true;
}

bool
ib_fetch_wire_unpack_settled (GVariant *body, IbSettleOrder **out_order, bool *out_is_done,
                              const char **out_server_text)
{
    gboolean is_done;
    guint8 verb;
    const char *folder, *text;

    g_variant_get_child (body, 0, "b", &is_done);
    g_variant_get_child (body, 1, "y", &verb);
    if (verb > IB_SETTLE_DOUBT || !ib_fetch_wire_unpack_utf8 (body, 2, IB_LIMIT_MAILBOX_NAME_BYTES, &folder)
        || !ib_fetch_wire_unpack_text (body, 5, &text))
        return false;

    g_autoptr (IbSettleOrder) order = ib_settle_order_new ((IbSettleVerb) verb, folder);
    ib_fetch_wire_unpack_numbers (body, 3, order->uids);
    if (!are_rising (order->uids) || !unpack_uidls (body, 4, order->uidls)
        || (order->uids->len > 0) == (order->uidls->len > 0)
        || (verb == IB_SETTLE_GONE && order->uids->len > 0) || (verb == IB_SETTLE_DOUBT && is_done))
        return false;
    *out_order = g_steal_pointer (&order);
    *out_is_done = is_done;
    *out_server_text = text;
    return true;
}

GVariant *
ib_fetch_wire_pack_moved (const char *mailbox, guint32 uidvalidity, const GArray *uids,
                          const GArray *new_uids)
{
    return g_variant_new ("(@ayu@au@au)", ib_fetch_wire_pack_bytes (mailbox), uidvalidity,
                          ib_fetch_wire_pack_numbers ((const guint32 *) uids->data, uids->len),
                          ib_fetch_wire_pack_numbers ((const guint32 *) new_uids->data, new_uids->len));
}

bool
ib_fetch_wire_unpack_moved (GVariant *body, const char **out_mailbox, guint32 *out_uidvalidity, GArray *uids,
                            GArray *new_uids)
{
    g_variant_get_child (body, 1, "u", out_uidvalidity);
    ib_fetch_wire_unpack_numbers (body, 2, uids);
    ib_fetch_wire_unpack_numbers (body, 3, new_uids);
    return ib_fetch_wire_unpack_bytes (body, 0, IB_LIMIT_MAILBOX_NAME_BYTES, out_mailbox)
           && **out_mailbox != '\0' && *out_uidvalidity != 0 && uids->len > 0 && are_rising (uids)
           && uids->len == new_uids->len;
}
