/* digest.c - SHA-256 of values, one after the other */
#include "digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

struct _IbDigest {
    EVP_MD_CTX *context;
};

/* Fetched once: looking the algorithm up costs more than hashing a header. */
static const EVP_MD *
sha256 (void)
{
    static EVP_MD *found;
    if (g_once_init_enter (&found)) {
        /* The system's openssl.cnf has nothing to say to a digest. */
        OPENSSL_init_crypto (OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
        EVP_MD *fetched = EVP_MD_fetch (NULL, "SHA256", NULL);
        if (fetched == NULL)
            g_error ("No SHA-256 in this OpenSSL");
        g_once_init_leave (&found, fetched);
    }
    return found;
}

void
ib_digest_prepare (void)
{
    (void) sha256 ();
}

IbDigest *
ib_digest_new (void)
{
    IbDigest *self = g_new (IbDigest, 1);
    self->context = EVP_MD_CTX_new ();
    if (self->context == NULL || EVP_DigestInit_ex2 (self->context, sha256 (), NULL) != 1)
        g_error ("No memory for a digest");
    return self;
}

void
ib_digest_free (IbDigest *self)
{
    if (self == NULL)
        return;
    EVP_MD_CTX_free (self->context);
    g_free (self);
}

void
ib_digest_add (IbDigest *self, const char *bytes, gsize length)
{
    if (EVP_DigestUpdate (self->context, bytes, length) != 1)
        g_error ("A digest cannot go on");
}

char *
ib_digest_finish (IbDigest *self)
{
    static const char digits[] = "0123456789abcdef";
    guint8 hash[EVP_MAX_MD_SIZE];
    guint length = 0;
    if (EVP_DigestFinal_ex (self->context, hash, &length) != 1)
        g_error ("A digest cannot be ended");
    char *text = g_malloc (2 * length + 1);
    for (guint i = 0; i < length; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    text[2 * length] = '\0';
    return text;
}
