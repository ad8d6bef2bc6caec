/* fuzz-oauth2.c - an authorization server that answers anything
 *
 * The input's first line is an HTTP status and what is answered ("200 tokens"), the rest the body. Whatever is taken must be
 * fit to be sent or shown, and whatever is refused be said in plain words. */
#include "oauth2-answer.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define ISSUER "https://login.example"
#define STATE "AbCdEfGh"

static void
check_printable (const IbSecret *token)
{
    const char *text = token != NULL ? ib_secret_peek (token, NULL) : "";
    for (; *text != '\0'; text++)
        g_assert_true (*text > ' ' && *text <= '~');
}

static void
check_words (const char *words)
{
    g_assert_true (g_utf8_validate (words, -1, NULL));
    for (; *words != '\0'; words++)
        g_assert_false (g_ascii_iscntrl (*words));
}

static void
read_tokens (const IbOAuth2Client *client, guint status, const char *body, gsize length, GError **error)
{
    g_autoptr (IbOAuth2Tokens) tokens = ib_oauth2_answer_tokens (client, status, body, length, error);
    if (tokens == NULL)
        return;
    check_printable (tokens->access_token);
    check_printable (tokens->refresh_token);
    g_assert_cmpint (tokens->lifetime_s, >=, 0);
    const char *const expected[] = { "anna@example.org", NULL };
    (void) ib_oauth2_check_person ((const char *const *) tokens->signed_in, expected, error);
}

static void
read_device (const IbOAuth2Client *client, guint status, const char *body, gsize length, GError **error)
{
    g_autoptr (IbOAuth2Device) device = ib_oauth2_answer_device (client, status, body, length, error);
    if (device == NULL)
        return;
    check_printable (device->device_code);
    check_words (device->user_code);
    check_words (device->url);
    g_assert_true (ib_oauth2_check_url ("", device->url, NULL));
    g_assert_cmpint (device->interval_s, >, 0);
    g_assert_cmpint (device->lifetime_s, >, 0);
}

static void
read_userinfo (const IbOAuth2Client *client, guint status, const char *body, gsize length, GError **error)
{
    g_auto (GStrv) people = ib_oauth2_answer_userinfo (client, status, body, length, error);
}

static void
read_metadata (const IbOAuth2Client *client, guint status, const char *body, gsize length, GError **error)
{
    g_autoptr (IbOAuth2Client) whole
        = ib_oauth2_answer_metadata (client, ISSUER, status, body, length, error);
    if (whole != NULL && *whole->token_url != '\0')
        g_assert_true (ib_oauth2_check_url ("", whole->token_url, NULL));
}

static void
read_registration (const IbOAuth2Client *client, guint status, const char *body, gsize length, GError **error)
{
    g_autoptr (IbOAuth2Client) registered
        = ib_oauth2_answer_registration (client, status, body, length, error);
    if (registered != NULL)
        check_words (registered->id);
}

static void
read_redirect (const IbOAuth2Client *client, guint status, const char *body, gsize length, GError **error)
{
    g_autofree char *text = g_strndup (length > 0 ? body : "", length);
    g_autoptr (IbSecret) code = ib_oauth2_read_redirect (client, text, STATE, error);
    g_assert_true (code == NULL || ib_oauth2_is_redirect (text));
}

static const struct {
    const char *name;
    void (*read) (const IbOAuth2Client *client, guint status, const char *body, gsize length, GError **error);
} kinds[] = {
    { "tokens", read_tokens },
    { "device", read_device },
    { "userinfo", read_userinfo },
    { "metadata", read_metadata },
    { "registration", read_registration },
    { "redirect", read_redirect },
};

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    const char *text = (const char *) data, *body = size > 0 ? memchr (text, '\n', size) : NULL;
    if (body == NULL)
        return 0;
    g_autofree char *head = g_strndup (text, (gsize) (body - text));
    const char *kind = strchr (head, ' ');
    g_autoptr (IbOAuth2Client) client = ib_oauth2_client_new ();
    ib_oauth2_set (&client->provider, "Example");
    ib_oauth2_set (&client->id, "inbasket");
    ib_oauth2_set (&client->issuer, ISSUER);
    body++;
    for (gsize i = 0; kind != NULL && i < G_N_ELEMENTS (kinds); i++) {
        g_autoptr (GError) error = NULL;
        if (strcmp (kind + 1, kinds[i].name) != 0)
            continue;
        /* A copy of its own, so that reading behind its end is seen. */
        gsize length = size - (gsize) (body - text);
        g_autofree char *copy = g_memdup2 (body, length);
        kinds[i].read (client, (guint) g_ascii_strtoull (head, NULL, 10), copy, length, &error);
        if (error != NULL)
            check_words (error->message);
    }
    return 0;
}
