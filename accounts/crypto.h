/* crypto.h - what proofs are made of
 *
 * OpenSSL's, since it overwrites what it worked with and compares in constant time, which GLib's does not. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define IB_SHA256_BYTES 32

/* False only if the machine has no random numbers to give. */
bool ib_crypto_random (guint8 *out_bytes, gsize length);
void ib_crypto_sha256 (const void *bytes, gsize length, guint8 out_hash[IB_SHA256_BYTES]);
void ib_crypto_hmac (const guint8 key[IB_SHA256_BYTES], const char *text, gsize length,
                     guint8 out_mac[IB_SHA256_BYTES]);
/* PBKDF2 with HMAC-SHA-256 (RFC 8018, 5.2): some 4 million @rounds a second. */
void ib_crypto_stretch (const char *password, gsize length, const guint8 *salt, gsize salt_length,
                        guint rounds, guint8 out_key[IB_SHA256_BYTES]);
/* Takes the same time wherever they differ. */
bool ib_crypto_is_equal (const void *a, const void *b, gsize length);
