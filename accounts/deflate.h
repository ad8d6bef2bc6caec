/* deflate.h - what is said on a connection, made smaller on the way (RFC 4978)
 *
 * Raw deflate in both directions. What comes is handed out in portions no larger than asked for, so nobody has to hold
 * what a few bytes may grow to; and where far more comes out than mail has in it, it is refused. 45 KB for each
 * connection, most of it the server's window; what we say are short commands, for which 8 KB do. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbDeflate IbDeflate;

IbDeflate *ib_deflate_new (void);

/* Inflates from @from, of which *length are left, and moves both on. Returns: how many bytes came out, at most @size; 0:
 * all of it is used up and nothing came of it yet; -1: this is broken, for good, and *out_why (static text) says how. */
gssize ib_deflate_read (IbDeflate *self, const char **from, gsize *length, char *out, gsize size,
                        const char **out_why);
/* Whether a read would return anything but 0. Uses up of @from what it takes to know that. */
bool ib_deflate_has_pending (IbDeflate *self, const char **from, gsize *length);

/* Appends to @out what stands for @bytes; the server can read all of them from it. */
void ib_deflate_write (IbDeflate *self, const void *bytes, gsize length, GByteArray *out);

void ib_deflate_free (IbDeflate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbDeflate, ib_deflate_free)
