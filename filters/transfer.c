/* transfer.c - what stands behind a Content-Transfer-Encoding */
#include "transfer.h"

#include <string.h>

/* Names that are in mail, right and wrong ones. */
static const struct {
    const char *name;
    IbTransfer transfer;
} names[] = {
    { "7bit", IB_TRANSFER_IDENTITY },
    { "8bit", IB_TRANSFER_IDENTITY },
    { "binary", IB_TRANSFER_IDENTITY },
    { "quoted-printable", IB_TRANSFER_QUOTED_PRINTABLE },
    { "base64", IB_TRANSFER_BASE64 },
    { "7-bit", IB_TRANSFER_IDENTITY },
    { "8-bit", IB_TRANSFER_IDENTITY },
    { "7bits", IB_TRANSFER_IDENTITY },
    { "8bits", IB_TRANSFER_IDENTITY },
    { "none", IB_TRANSFER_IDENTITY },
    { "quotedprintable", IB_TRANSFER_QUOTED_PRINTABLE },
    { "quoted_printable", IB_TRANSFER_QUOTED_PRINTABLE },
    { "base-64", IB_TRANSFER_BASE64 },
    { "b64", IB_TRANSFER_BASE64 },
};

IbTransfer
ib_transfer_parse (const char *raw)
{
    if (raw == NULL)
        return IB_TRANSFER_IDENTITY;
    raw += strspn (raw, " \t\"'");
    gsize length = strcspn (raw, " \t\"';(");
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        if (strlen (names[i].name) == length && g_ascii_strncasecmp (names[i].name, raw, length) == 0)
            return names[i].transfer;
    return length == 0 ? IB_TRANSFER_IDENTITY : IB_TRANSFER_UNKNOWN;
}

void
ib_transfer_append_base64 (GString *octets, const char *text, gsize length)
{
    gsize start = octets->len;
    g_string_set_size (octets, start + length / 4 * 3 + 6);

    int state = 0;
    guint save = 0;
    guchar *output = (guchar *) octets->str + start;
    gsize written = g_base64_decode_step (text, length, output, &state, &save);
    /* Padding that was left out. */
    written += g_base64_decode_step ("==", 2, output + written, &state, &save);
    g_string_set_size (octets, start + written);
}

/* A line without its line end; a soft line break ends it. Returns whether there was one. */
static gboolean
append_line (GString *octets, const char *at, const char *end)
{
    while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    while (at < end) {
        const char *escape = memchr (at, '=', (gsize) (end - at));
        g_string_append_len (octets, at, (escape != NULL ? escape : end) - at);
        if (escape == NULL)
            break;
        if (escape + 1 == end)
            return TRUE;
        if (end - escape > 2 && g_ascii_isxdigit (escape[1]) && g_ascii_isxdigit (escape[2])) {
            g_string_append_c (
                octets, (char) (g_ascii_xdigit_value (escape[1]) << 4 | g_ascii_xdigit_value (escape[2])));
            at = escape + 3;
        } else {
            g_string_append_c (octets, '=');
            at = escape + 1;
        }
    }
    return FALSE;
}

void
ib_transfer_append_quoted_printable (GString *octets, const char *text, gsize length)
{
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr (text, '\n', (gsize) (end - text));
        const char *line_end = newline != NULL ? newline : end;
        const char *next = newline != NULL ? newline + 1 : end;
        if (newline != NULL && line_end > text && line_end[-1] == '\r')
            line_end--;
        if (!append_line (octets, text, line_end))
            g_string_append_len (octets, line_end, next - line_end);
        text = next;
    }
}
