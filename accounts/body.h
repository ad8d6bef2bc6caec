/* body.h - a message on its way from the wire into a descriptor
 *
 * CRLF becomes LF, across any split of the input; every other byte, a lone CR or LF, NUL, 8-bit, goes in as served.
 * Constant memory. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct _IbBody IbBody;

/* Writes to @fd, which stays the caller's. */
IbBody *ib_body_new (int fd);
bool ib_body_write (IbBody *self, const char *bytes, gsize length, GError **error);
/* Writes out what is held back, a CR at the very end included. *out_size_bytes: all that was written. */
bool ib_body_finish (IbBody *self, guint64 *out_size_bytes, GError **error);
void ib_body_free (IbBody *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbBody, ib_body_free)
