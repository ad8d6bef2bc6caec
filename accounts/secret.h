/* secret.h - a password or token that wipes itself
 *
 * The bytes stand in locked, non-dumpable memory of their own and are overwritten when the last
 * reference goes. There is no way to print one. It crosses to a worker inside a sealed memory file
 * whose descriptor is passed, never inside a frame. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct _IbSecret IbSecret;

/* Copies @length bytes. More than IB_LIMIT_SECRET_BYTES, or a NUL, CR or LF inside, is
 * G_IO_ERROR_INVALID_DATA. Returns: (transfer full) (nullable) */
IbSecret *ib_secret_new (const char *bytes, gsize length, GError **error);
/* The same for bytes of any kind; at most IB_LIMIT_SECRET_BYTES. Returns: (transfer full) */
IbSecret *ib_secret_new_bytes (const void *bytes, gsize length);
/* Overwrites the caller's own copy. */
void ib_secret_wipe (void *bytes, gsize length);

/* From here on this process leaves no core dump: for those whose secrets pass through libraries, which keep copies that
 * nobody can lock or wipe. */
void ib_secret_forbid_dumps (void);

/* NUL-terminated, valid as long as a reference is held. */
const char *ib_secret_peek (const IbSecret *self, gsize *out_length);

/* A sealed memory file with the bytes; the caller closes it. -1 on error. */
int ib_secret_to_fd (const IbSecret *self, GError **error);
/* Reads such a file; the descriptor stays the caller's. Returns: (transfer full) (nullable) */
IbSecret *ib_secret_from_fd (int fd, GError **error);

IbSecret *ib_secret_ref (IbSecret *self);
void ib_secret_unref (IbSecret *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbSecret, ib_secret_unref)
