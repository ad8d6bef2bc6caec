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

char *
ib_escape_server_text (const char *text, gssize length)
{
    return ib_escape_text (text, length, IB_LIMIT_SERVER_TEXT);
}
