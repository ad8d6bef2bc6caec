/* digest.h - SHA-256 of values, one after the other
 *
 * OpenSSL's, which uses what the processor has for it: GLib's own takes five times as long, and every byte of every
 * message goes through here. */
#pragma once

#include <glib.h>

typedef struct _IbDigest IbDigest;

/* Brings up all of OpenSSL that a digest needs. To be called before a process locks itself in; does it once, and opens
 * no file. */
void ib_digest_prepare (void);

IbDigest *ib_digest_new (void);
void ib_digest_free (IbDigest *self);
void ib_digest_add (IbDigest *self, const char *bytes, gsize length);
/* Ends it; nothing can be added any more. Returns: (transfer full), 64 lower-case hexadecimal digits */
char *ib_digest_finish (IbDigest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbDigest, ib_digest_free)
