/* escape.c - words from outside made safe to show */
#include "escape.h"
#include "server-limits.h"

#include <string.h>

/* What would move, hide or reorder text on a terminal. */
static gboolean
is_plain (gunichar c)
{
    if (c == ' ')
        return TRUE;
    switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT: /* bidirectional overrides, zero-width joiners */
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return FALSE;
    default:
        return TRUE;
    }
}

char *
ib_escape_text (const char *text, gssize length, gsize limit)
{
    const char *end = text + (length < 0 ? (gssize) strlen (text) : length);
    GString *out = g_string_sized_new (64);

    for (gsize shown = 0; text < end; shown++) {
        if (limit > 0 && shown == limit) {
            g_string_append (out, "…");
            break;
        }
        gunichar c = g_utf8_get_char_validated (text, end - text);
        if (c == (gunichar) -1 || c == (gunichar) -2 || c == 0) {
            g_string_append_printf (out, "\\x%02x", (guchar) *text++);
        } else if (is_plain (c)) {
            g_string_append_unichar (out, c);
            text = g_utf8_next_char (text);
        } else {
            g_string_append_printf (out, c < 0x80 ? "\\x%02x" : "\\u%04x", c);
            text = g_utf8_next_char (text);
        }
    }
    return g_string_free (out, FALSE);
}

/* --- what is hidden ------------------------------------------------------------------------------------------ */

/* A shorter one is part of too much. */
#define SHORTEST_HIDDEN 4

static _Thread_local IbSecret *hidden; /* nullable */

void
ib_escape_hide (const IbSecret *secret)
{
    IbSecret *before = hidden;
    hidden = secret != NULL ? ib_secret_ref ((IbSecret *) secret) : NULL;
    ib_secret_unref (before);
}

/* As IMAP has it between quotes. Returns: (transfer full): wiped by the caller */
static char *
quote (const char *secret)
{
    char *quoted = g_malloc0 (2 * strlen (secret) + 1), *end = quoted;
    for (; *secret != '\0'; *end++ = *secret++)
        if (*secret == '"' || *secret == '\\')
            *end++ = '\\';
    return quoted;
}

static bool
is_base64 (char c)
{
    return g_ascii_isalnum (c) || c == '+' || c == '/' || c == '=';
}

/* SASL's words: the secret is somewhere in what is encoded. */
static bool
holds (const char *base64, gsize length, const char *secret)
{
    g_autofree char *word = g_strndup (base64, length);
    gsize decoded_length = 0;
    guchar *decoded = g_base64_decode (word, &decoded_length);
    bool is_there = memmem (decoded, decoded_length, secret, strlen (secret)) != NULL;
    ib_secret_wipe (decoded, decoded_length);
    g_free (decoded);
    return is_there;
}

/* How much of @at, up to @end, is the secret in one of its forms. */
static gsize
count_secret (const char *at, const char *end, const char *secret, const char *quoted, bool begins_word)
{
    gsize left = (gsize) (end - at), plain = strlen (secret), escaped = strlen (quoted), word = 0;
    if (left >= escaped && memcmp (at, quoted, escaped) == 0)
        return escaped;
    if (left >= plain && memcmp (at, secret, plain) == 0)
        return plain;
    while (begins_word && word < left && is_base64 (at[word]))
        word++;
    return word > plain && holds (at, word, secret) ? word : 0;
}

/* Returns: (transfer full): @text without it, to be shown further on */
static GString *
hide (const char *text, const char *end, const char *secret)
{
    GString *out = g_string_sized_new ((gsize) (end - text));
    char *quoted = quote (secret);
    bool begins_word = true;
    while (text < end) {
        gsize length = count_secret (text, end, secret, quoted, begins_word);
        if (length > 0)
            g_string_append (out, "****");
        else
            g_string_append_c (out, *text);
        begins_word = length == 0 && !is_base64 (*text);
        text += MAX (length, 1);
    }
    ib_secret_wipe (quoted, strlen (quoted));
    g_free (quoted);
    return out;
}

char *
ib_escape_server_text (const char *text, gssize length)
{
    gsize secret_length = 0;
    const char *secret = hidden != NULL ? ib_secret_peek (hidden, &secret_length) : NULL;
    if (secret_length < SHORTEST_HIDDEN)
        return ib_escape_text (text, length, IB_LIMIT_SERVER_TEXT);
    g_autoptr (GString) shown = hide (text, text + (length < 0 ? (gssize) strlen (text) : length), secret);
    return ib_escape_text (shown->str, (gssize) shown->len, IB_LIMIT_SERVER_TEXT);
}
