/* uid-set.h - many UIDs in few bytes */
#pragma once

#include <glib.h>

/* Appends @uids (sorted, no zeros) to @out as IMAP writes them ("1:3,7"), as many as make at most
 * IB_LIMIT_UID_SET_BYTES and @most. Returns how many those are; the rest belongs into the next command. */
gsize ib_uid_set_append (GString *out, const guint32 *uids, gsize n_uids, gsize most);
/* Whether the sorted @uids holds @uid. @uids may be NULL. */
gboolean ib_uid_set_contains (const GArray *uids, guint32 uid);
