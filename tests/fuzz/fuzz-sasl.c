/* fuzz-sasl.c - a server that asks anything while somebody signs in
 *
 * The input's first line is a mechanism, each other line a challenge in plain; "@" in it becomes the nonce that the client
 * began with, without which SCRAM hears nobody. A server that does not know the password must never be believed. */
#include "sasl.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const char *const mechanisms[] = { "SCRAM-SHA-256", "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER" };

static const char *
find (const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (mechanisms); i++)
        if (strcmp (mechanisms[i], name) == 0)
            return mechanisms[i];
    return mechanisms[0];
}

/* What stands behind the last "r=" of a client-first. */
static char *
nonce_of (const IbSecret *first)
{
    gsize length;
    g_autofree guchar *decoded = g_base64_decode (ib_secret_peek (first, NULL), &length);
    g_autofree char *text = g_strndup ((const char *) decoded, length);
    const char *nonce = g_strrstr (text, "r=");
    return g_strdup (nonce != NULL ? nonce + 2 : "");
}

static char *
make_challenge (const char *line, const char *nonce)
{
    g_auto (GStrv) parts = g_strsplit (line, "@", 4);
    g_autofree char *text = g_strjoinv (nonce, parts);
    return g_base64_encode ((const guchar *) text, strlen (text));
}

static void
check_answer (const IbSecret *answer)
{
    const char *text = ib_secret_peek (answer, NULL);
    for (; *text != '\0'; text++)
        g_assert_true (g_ascii_isalnum (*text) || strchr ("+/=", *text) != NULL);
}

static void
check_refusal (const char *refusal)
{
    g_assert_true (g_utf8_validate (refusal, -1, NULL));
    for (; *refusal != '\0'; refusal++)
        g_assert_false (g_ascii_iscntrl (*refusal));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
    g_auto (GStrv) lines = g_strsplit (text, "\n", 64);
    g_autoptr (IbSecret) secret = ib_secret_new ("hunter2", 7, NULL);
    g_autoptr (IbSasl) sasl
        = ib_sasl_new (find (lines[0] != NULL ? lines[0] : ""), "anna", secret, "h.example", 993);
    g_autoptr (IbSecret) first = ib_sasl_begin (sasl, NULL);
    g_autofree char *nonce = nonce_of (first);

    for (gsize i = 1; lines[0] != NULL && lines[i] != NULL; i++) {
        g_autoptr (GError) error = NULL;
        g_autofree char *challenge = make_challenge (lines[i], nonce);
        g_autoptr (IbSecret) answer = ib_sasl_answer (sasl, challenge, &error);
        g_assert_true ((answer == NULL) == (error != NULL));
        if (answer == NULL)
            break;
        check_answer (answer);
    }
    check_refusal (ib_sasl_get_refusal (sasl));
    g_assert_true (ib_sasl_is_proven (sasl) != ib_sasl_wants_proof (sasl));
    return 0;
}
