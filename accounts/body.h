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
/* Before more than @limit_bytes are written, @grow is called, once: it takes the descriptor and returns the one to go
 * on with, or -1 to fail. ib_body_fd () is then the new one. */
typedef int (*IbBodyGrow) (int fd, gpointer user_data, GError **error);
void ib_body_set_growth (IbBody *self, guint64 limit_bytes, IbBodyGrow grow, gpointer user_data);
/* The descriptor now written to; -1 after @grow failed. */
int ib_body_fd (const IbBody *self);
bool ib_body_write (IbBody *self, const char *bytes, gsize length, GError **error);
/* Writes out what is held back, a CR at the very end included. *out_size_bytes: all that was written. */
bool ib_body_finish (IbBody *self, guint64 *out_size_bytes, GError **error);
void ib_body_free (IbBody *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbBody, ib_body_free)
