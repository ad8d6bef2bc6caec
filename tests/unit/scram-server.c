/* scram-server.c - a SCRAM-SHA-256 server for scripted dialogues */
#include "scram-server.h"

#include <string.h>

#define SALT "0123456789abcdef"
#define KEY_BYTES 32

static void
hmac (const guint8 *key, gsize key_length, const char *text, gsize length, guint8 out[KEY_BYTES])
{
    gsize size = KEY_BYTES;
    g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA256, key, key_length);
    g_hmac_update (hmac, (const guint8 *) text, (gssize) length);
    g_hmac_get_digest (hmac, out, &size);
}

/* Hi (str, salt, i)                                                                             RFC 5802, 2.2 */
static void
salt_password (const char *password, guint rounds, guint8 out[KEY_BYTES])
{
    guint8 round[KEY_BYTES];
    hmac ((const guint8 *) password, strlen (password), SALT "\0\0\0\1", strlen (SALT) + 4, round);
    memcpy (out, round, KEY_BYTES);
    for (guint i = 1; i < rounds; i++) {
        hmac ((const guint8 *) password, strlen (password), (const char *) round, KEY_BYTES, round);
        for (gsize j = 0; j < KEY_BYTES; j++)
            out[j] ^= round[j];
    }
}

/* ClientProof and ServerSignature of the exchange so far. */
static void
prove (const ScramServer *self, const char *password, guint8 out_proof[KEY_BYTES],
       guint8 out_signature[KEY_BYTES])
{
    guint8 salted[KEY_BYTES], client_key[KEY_BYTES], stored[KEY_BYTES], server_key[KEY_BYTES];
    gsize size = KEY_BYTES;
    g_autoptr (GChecksum) hash = g_checksum_new (G_CHECKSUM_SHA256);

    salt_password (password, self->rounds, salted);
    hmac (salted, KEY_BYTES, "Client Key", 10, client_key);
    hmac (salted, KEY_BYTES, "Server Key", 10, server_key);
    g_checksum_update (hash, client_key, KEY_BYTES);
    g_checksum_get_digest (hash, stored, &size);
    hmac (stored, KEY_BYTES, self->message, strlen (self->message), out_proof);
    for (gsize i = 0; i < KEY_BYTES; i++)
        out_proof[i] ^= client_key[i];
    hmac (server_key, KEY_BYTES, self->message, strlen (self->message), out_signature);
}

/* --- the server's lines -------------------------------------------------------------------------------------- */

static char *
make_first (ScramServer *self, guint rounds)
{
    g_autofree char *salt = g_base64_encode ((const guint8 *) SALT, strlen (SALT));
    self->rounds = rounds;
    g_free (self->server_first);
    self->server_first = g_strdup_printf ("r=%sserver,s=%s,i=%u", self->nonce, salt, rounds);
    return g_strdup (self->server_first);
}

static char *
make_final (const ScramServer *self, const char *password)
{
    guint8 proof[KEY_BYTES], signature[KEY_BYTES];
    prove (self, password, proof, signature);
    g_autofree char *verifier = g_base64_encode (signature, sizeof signature);
    return g_strconcat ("v=", verifier, NULL);
}

char *
scram_server_fill (ScramServer *self, const char *line)
{
    const char *at = strchr (line, '@');
    g_autofree char *message = NULL;
    if (at == NULL)
        return g_strdup (line);
    if (g_str_has_prefix (at, "@FIRST:"))
        message = make_first (self, (guint) g_ascii_strtoull (at + strlen ("@FIRST:"), NULL, 10));
    else if (strcmp (at, "@FINAL@") == 0)
        message = make_final (self, self->password);
    else if (strcmp (at, "@LIE@") == 0)
        message = make_final (self, "another");
    else if (strcmp (at, "@REFUSAL@") == 0)
        message = g_strdup ("e=invalid-proof");
    else
        return g_strdup (line);
    g_autofree char *before = g_strndup (line, (gsize) (at - line));
    g_autofree char *base64 = g_base64_encode ((const guint8 *) message, strlen (message));
    return g_strconcat (before, base64, NULL);
}

/* --- the client's lines -------------------------------------------------------------------------------------- */

static bool
hears_first (ScramServer *self, const char *message)
{
    g_autofree char *begin = g_strdup_printf ("n,,n=%s,r=", self->user);
    if (!g_str_has_prefix (message, begin) || strlen (message) < strlen (begin) + 20)
        return false;
    g_free (self->first_bare);
    g_free (self->nonce);
    self->first_bare = g_strdup (message + strlen ("n,,"));
    self->nonce = g_strdup (message + strlen (begin));
    return true;
}

static bool
hears_proof (ScramServer *self, const char *message)
{
    guint8 proof[KEY_BYTES], signature[KEY_BYTES];
    g_autofree char *bare = g_strdup_printf ("c=biws,r=%sserver", self->nonce);
    g_free (self->message);
    self->message = g_strdup_printf ("%s,%s,%s", self->first_bare, self->server_first, bare);
    prove (self, self->password, proof, signature);
    g_autofree char *base64 = g_base64_encode (proof, sizeof proof);
    g_autofree char *whole = g_strdup_printf ("%s,p=%s", bare, base64);
    return strcmp (message, whole) == 0;
}

bool
scram_server_accepts (ScramServer *self, const char *expected, const char *heard)
{
    bool is_begin = g_str_has_suffix (expected, "@BEGIN@");
    if (!is_begin && !g_str_has_suffix (expected, "@PROOF@"))
        return strcmp (expected, heard) == 0;
    gsize before = strlen (expected) - strlen ("@BEGIN@");
    if (strncmp (expected, heard, before) != 0 || heard[before] == '\0')
        return false;
    gsize length;
    g_autofree guchar *decoded = g_base64_decode (heard + before, &length);
    g_autofree char *message = g_strndup ((const char *) decoded, length);
    return is_begin ? hears_first (self, message) : hears_proof (self, message);
}

void
scram_server_clear (ScramServer *self)
{
    g_free (self->first_bare);
    g_free (self->server_first);
    g_free (self->nonce);
    g_free (self->message);
}
