/* fetch-value.c - the values of fetch.h
 *
 * Apart from fetch.c, since the service hands them on and must not carry the drivers and their libraries along. */
#include "fetch.h"

G_DEFINE_QUARK (ib-fetch-error-quark, ib_fetch_error)

IbCursor *
ib_cursor_new (void)
{
    IbCursor *self = g_new0 (IbCursor, 1);
    self->done = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->retry = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->tried = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->gaps = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->witnesses = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->known = g_array_new (FALSE, FALSE, sizeof (IbKnownMessage));
    self->known_uidls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->tried_uidls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->old_dates = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
    return self;
}

void
ib_cursor_free (IbCursor *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->done);
    g_array_unref (self->retry);
    g_array_unref (self->tried);
    g_array_unref (self->gaps);
    g_array_unref (self->witnesses);
    g_array_unref (self->known);
    g_hash_table_unref (self->known_uidls);
    g_hash_table_unref (self->tried_uidls);
    g_hash_table_unref (self->old_dates);
    g_free (self);
}

IbSettleOrder *
ib_settle_order_new (IbSettleVerb verb, const char *folder)
{
    IbSettleOrder *self = g_new0 (IbSettleOrder, 1);
    self->verb = verb;
    self->folder = g_strdup (folder != NULL ? folder : "");
    self->uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    self->uidls = g_ptr_array_new_with_free_func (g_free);
    self->known = g_array_new (FALSE, FALSE, sizeof (IbKnownMessage));
    self->copied = g_array_new (FALSE, FALSE, sizeof (guint32));
    return self;
}

void
ib_settle_order_free (IbSettleOrder *self)
{
    if (self == NULL)
        return;
    g_free (self->folder);
    g_array_unref (self->uids);
    g_ptr_array_unref (self->uidls);
    g_array_unref (self->known);
    g_array_unref (self->copied);
    g_free (self);
}
