/* copy-uid.h - under which UIDs messages stand where they were copied or moved to: COPYUID (RFC 4315), pure */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* @argument: "UIDVALIDITY FROM TO", two sets that name the same messages in the same order. For each of @uids, at most
 * IB_LIMIT_UID_SET_MESSAGES, its new UID is appended to @out_new; 0 if the answer does not tell. False, and nothing appended, if
 * the answer makes no sense. */
bool ib_copy_uid_read (const char *argument, const GArray *uids, guint32 *out_uidvalidity, GArray *out_new);
