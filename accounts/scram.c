/* scram.c - SCRAM-SHA-256, the client's part */
#include "scram.h"
#include "crypto.h"
#include "sasl.h"
#include "saslprep.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Random bytes in a nonce of ours: 32 characters. RFC 5802 leaves it open; 18 bytes are usual. */
#define NONCE_BYTES 24
/* "n" no channel binding, no authorization identity; and the same in base64, for the final message. */
#define GS2_HEADER "n,,"
#define GS2_HEADER_BASE64 "biws"

typedef enum { STATE_BEGUN, STATE_ANSWERED, STATE_PROVEN, STATE_REFUSED } State;

struct _IbScram {
    State state;
    IbSecret *password;
    char *nonce;
    char *first_bare; /* client-first without its GS2 header */
    guint8 server_signature[IB_SHA256_BYTES];
    char *refusal;
};

/* What server-first holds. */
typedef struct {
    char *nonce;
    guint8 *salt;
    gsize salt_length;
    guint rounds;
} ServerFirst;

static void
server_first_clear (ServerFirst *self)
{
    g_free (self->nonce);
    g_free (self->salt);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ServerFirst, server_first_clear)

static bool
distrust (GError **error, const char *why)
{
    g_set_error_literal (error, IB_SASL_ERROR, IB_SASL_ERROR_UNPROVEN, why);
    return false;
}

/* --- the client's first message ------------------------------------------------------------------------------ */

/* saslname = 1*(value-safe-char / "=2C" / "=3D")                                                    RFC 5802, 7 */
static void
append_saslname (GString *text, const char *user)
{
    g_autofree char *prepared = ib_saslprep (user);
    for (const char *c = prepared; *c != '\0'; c++) {
        if (*c == ',')
            g_string_append (text, "=2C");
        else if (*c == '=')
            g_string_append (text, "=3D");
        else
            g_string_append_c (text, *c);
    }
}

IbScram *
ib_scram_new (const char *user, const IbSecret *password, const char *nonce)
{
    guint8 random[NONCE_BYTES];
    if (nonce == NULL && !ib_crypto_random (random, sizeof random))
        return NULL;

    IbScram *self = g_new0 (IbScram, 1);
    self->password = ib_secret_ref ((IbSecret *) password);
    self->nonce = nonce != NULL ? g_strdup (nonce) : g_base64_encode (random, sizeof random);
    self->refusal = g_strdup ("");

    GString *bare = g_string_new ("n=");
    append_saslname (bare, user);
    g_string_append_printf (bare, ",r=%s", self->nonce);
    self->first_bare = g_string_free (bare, FALSE);
    return self;
}

char *
ib_scram_begin (const IbScram *self)
{
    return g_strconcat (GS2_HEADER, self->first_bare, NULL);
}

/* --- the server's first message ------------------------------------------------------------------------------ */

/* The value of "x=value" in @part; NULL if it is something else. */
static const char *
value_of (const char *part, char name)
{
    return part != NULL && part[0] == name && part[1] == '=' ? part + 2 : NULL;
}

/* posit-number; 0 for anything that is none, or larger than we count. */
static guint
read_rounds (const char *text)
{
    gsize digits = strspn (text, "0123456789");
    if (digits == 0 || digits > 9 || text[digits] != '\0')
        return 0;
    return (guint) g_ascii_strtoull (text, NULL, 10);
}

static bool
check_server_first (const IbScram *self, const ServerFirst *first, GError **error)
{
    gsize ours = strlen (self->nonce);
    if (strncmp (first->nonce, self->nonce, ours) != 0 || first->nonce[ours] == '\0')
        return distrust (error, _ ("it answered somebody else's question"));
    if (first->salt_length == 0 || first->rounds == 0)
        return distrust (error, _ ("its question makes no sense"));
    if (first->rounds < IB_SCRAM_FEWEST_ROUNDS)
        return distrust (error,
                         _ ("it asks for so few rounds that the password could be guessed from the answer"));
    if (first->rounds > IB_SCRAM_MOST_ROUNDS)
        return distrust (error, _ ("it asks for more than a million rounds"));
    return true;
}

/* server-first-message = nonce "," salt "," iteration-count ["," extensions]                        RFC 5802, 7
 * An "m=" before it is an extension that we would have to know. */
static bool
read_server_first (const IbScram *self, const char *challenge, ServerFirst *out_first, GError **error)
{
    g_auto (GStrv) parts = g_strsplit (challenge, ",", 4);
    guint count = g_strv_length (parts);
    const char *nonce = count >= 3 ? value_of (parts[0], 'r') : NULL;
    const char *salt = count >= 3 ? value_of (parts[1], 's') : NULL;
    const char *rounds = count >= 3 ? value_of (parts[2], 'i') : NULL;
    if (nonce == NULL || salt == NULL || rounds == NULL)
        return distrust (error, _ ("its question makes no sense"));

    out_first->nonce = g_strdup (nonce);
    out_first->salt = g_base64_decode (salt, &out_first->salt_length);
    out_first->rounds = read_rounds (rounds);
    return check_server_first (self, out_first, error);
}

/* --- proofs -------------------------------------------------------------------------------------------------- */

/* Everything that is made of the password; wiped as one. */
typedef struct {
    guint8 salted[IB_SHA256_BYTES];
    guint8 client_key[IB_SHA256_BYTES];
    guint8 stored_key[IB_SHA256_BYTES];
    guint8 server_key[IB_SHA256_BYTES];
    guint8 proof[IB_SHA256_BYTES]; /* client signature, then ClientKey XOR that */
} Keys;

/* RFC 5802, 3, from SaltedPassword down to ServerSignature. */
static void
make_keys (const IbScram *self, const ServerFirst *first, const char *message, Keys *keys,
           guint8 out_signature[IB_SHA256_BYTES])
{
    char *password = ib_saslprep (ib_secret_peek (self->password, NULL));
    ib_crypto_stretch (password, strlen (password), first->salt, first->salt_length, first->rounds,
                       keys->salted);
    ib_secret_wipe (password, strlen (password));
    g_free (password);

    ib_crypto_hmac (keys->salted, "Client Key", strlen ("Client Key"), keys->client_key);
    ib_crypto_hmac (keys->salted, "Server Key", strlen ("Server Key"), keys->server_key);
    ib_crypto_sha256 (keys->client_key, IB_SHA256_BYTES, keys->stored_key);
    ib_crypto_hmac (keys->stored_key, message, strlen (message), keys->proof);
    for (gsize i = 0; i < IB_SHA256_BYTES; i++)
        keys->proof[i] ^= keys->client_key[i];
    ib_crypto_hmac (keys->server_key, message, strlen (message), out_signature);
}

static char *
prove (IbScram *self, const char *challenge, GError **error)
{
    Keys keys;
    g_auto (ServerFirst) first = { 0 };
    if (!read_server_first (self, challenge, &first, error))
        return NULL;

    g_autofree char *final = g_strdup_printf ("c=" GS2_HEADER_BASE64 ",r=%s", first.nonce);
    g_autofree char *message = g_strdup_printf ("%s,%s,%s", self->first_bare, challenge, final);
    make_keys (self, &first, message, &keys, self->server_signature);
    g_autofree char *proof = g_base64_encode (keys.proof, sizeof keys.proof);
    ib_secret_wipe (&keys, sizeof keys);
    self->state = STATE_ANSWERED;
    return g_strdup_printf ("%s,p=%s", final, proof);
}

/* server-final-message = (server-error / verifier) ["," extensions]                                 RFC 5802, 7 */
static char *
check_proof (IbScram *self, const char *challenge, GError **error)
{
    g_auto (GStrv) parts = g_strsplit (challenge, ",", 2);
    const char *refusal = value_of (parts[0], 'e');
    const char *verifier = value_of (parts[0], 'v');
    if (refusal != NULL) {
        g_free (self->refusal);
        self->refusal = g_strdup (refusal);
        self->state = STATE_REFUSED;
        return g_strdup ("");
    }
    gsize length = 0;
    g_autofree guint8 *signature = verifier != NULL ? g_base64_decode (verifier, &length) : NULL;
    if (length != IB_SHA256_BYTES
        || !ib_crypto_is_equal (signature, self->server_signature, IB_SHA256_BYTES)) {
        distrust (error, _ ("it could not prove that it knows the password, too"));
        return NULL;
    }
    self->state = STATE_PROVEN;
    return g_strdup ("");
}

char *
ib_scram_answer (IbScram *self, const char *challenge, GError **error)
{
    switch (self->state) {
    case STATE_BEGUN:
        return prove (self, challenge, error);
    case STATE_ANSWERED:
        return check_proof (self, challenge, error);
    case STATE_PROVEN:
    case STATE_REFUSED:
        distrust (error, _ ("it went on asking after the end"));
        return NULL;
    }
    g_assert_not_reached ();
}

bool
ib_scram_is_proven (const IbScram *self)
{
    return self->state == STATE_PROVEN;
}

const char *
ib_scram_get_refusal (const IbScram *self)
{
    return self->refusal;
}

void
ib_scram_free (IbScram *self)
{
    if (self == NULL)
        return;
    ib_secret_unref (self->password);
    g_free (self->nonce);
    g_free (self->first_bare);
    g_free (self->refusal);
    g_free (self);
}
