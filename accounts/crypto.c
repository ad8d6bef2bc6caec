/* crypto.c - what proofs are made of */
#include "crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

bool
ib_crypto_random (guint8 *out_bytes, gsize length)
{
    return RAND_bytes (out_bytes, (int) length) == 1;
}

void
ib_crypto_sha256 (const void *bytes, gsize length, guint8 out_hash[IB_SHA256_BYTES])
{
    if (EVP_Digest (bytes, length, out_hash, NULL, EVP_sha256 (), NULL) != 1)
        g_error ("No SHA-256 in this OpenSSL");
}

void
ib_crypto_hmac (const guint8 key[IB_SHA256_BYTES], const char *text, gsize length,
                guint8 out_mac[IB_SHA256_BYTES])
{
    if (HMAC (EVP_sha256 (), key, IB_SHA256_BYTES, (const guint8 *) text, length, out_mac, NULL) == NULL)
        g_error ("No HMAC-SHA-256 in this OpenSSL");
}

void
ib_crypto_stretch (const char *password, gsize length, const guint8 *salt, gsize salt_length, guint rounds,
                   guint8 out_key[IB_SHA256_BYTES])
{
    if (PKCS5_PBKDF2_HMAC (password, (int) length, salt, (int) salt_length, (int) rounds, EVP_sha256 (),
                           IB_SHA256_BYTES, out_key)
        != 1)
        g_error ("No PBKDF2 in this OpenSSL");
}

bool
ib_crypto_is_equal (const void *a, const void *b, gsize length)
{
    return CRYPTO_memcmp (a, b, length) == 0;
}
