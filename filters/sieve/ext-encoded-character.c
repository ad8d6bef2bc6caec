/* ext-encoded-character.c - "encoded-character": ${hex: 40 41} and ${unicode: 263a} (RFC 5228, 2.4.2.4)
 *
 *     encoded-arb-octets  = "${hex:" hex-pair-seq "}"
 *     encoded-unicode-char = "${unicode:" unicode-hex-seq "}"
 *
 * What is not quite in this form stays as it is written. */
#include "check.h"
#include "extensions.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static bool
is_blank (char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static gsize
skip_blanks (IbSpan text, gsize at)
{
    while (at < text.length && is_blank (text.bytes[at]))
        at++;
    return at;
}

/* hex digits from @at on; returns how many. Larger values than fit are all the same to us: too large. */
static gsize
read_hex (IbSpan text, gsize at, guint32 *out_value)
{
    gsize start = at;
    guint64 value = 0;
    for (; at < text.length && g_ascii_isxdigit (text.bytes[at]); at++)
        value = MIN (value * 16 + (guint) g_ascii_xdigit_value (text.bytes[at]), G_MAXUINT32);
    *out_value = (guint32) value;
    return at - start;
}

/* The numbers from @at to "}", blanks between; returns where it ends, or 0 if the form is not kept. */
static gsize
read_sequence (IbSpan text, gsize at, bool is_hex, GArray *values)
{
    at = skip_blanks (text, at);
    for (;;) {
        guint32 value;
        gsize digits = read_hex (text, at, &value);
        if (digits == 0 || (is_hex && digits > 2))
            return 0;
        g_array_append_val (values, value);
        gsize next = skip_blanks (text, at + digits);
        if (next < text.length && text.bytes[next] == '}')
            return next + 1;
        if (next == at + digits)
            return 0;
        at = next;
    }
}

static gsize
prefix_length (IbSpan text, gsize at, const char *prefix)
{
    gsize length = strlen (prefix);
    bool is_there = text.length - at >= length && g_ascii_strncasecmp (text.bytes + at, prefix, length) == 0;
    return is_there ? length : 0;
}

static void
append_unicode (IbCheck *check, const IbArgument *string, guint32 value, GString *decoded)
{
    if (g_unichar_validate (value))
        g_string_append_unichar (decoded, value);
    else
        ib_check_error (check, string->at, _ ("${unicode:%x} is no character"), value);
}

/* An encoded character at @at: appends what it stands for and returns where it ends; 0 if there is none. */
static gsize
decode_one (IbCheck *check, const IbArgument *string, gsize at, GString *decoded)
{
    g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (guint32));
    gsize hex = prefix_length (string->text, at, "${hex:");
    gsize prefix = hex > 0 ? hex : prefix_length (string->text, at, "${unicode:");
    gsize end = prefix > 0 ? read_sequence (string->text, at + prefix, hex > 0, values) : 0;
    if (end == 0)
        return 0;
    for (guint i = 0; i < values->len; i++) {
        guint32 value = g_array_index (values, guint32, i);
        if (hex > 0)
            g_string_append_c (decoded, (char) value);
        else
            append_unicode (check, string, value, decoded);
    }
    return end;
}

static IbSpan
read_string (IbCheck *check, const IbArgument *string)
{
    IbSpan text = string->text;
    if (memmem (text.bytes, text.length, "${", 2) == NULL)
        return text;

    g_autoptr (GString) decoded = g_string_sized_new (text.length);
    for (gsize at = 0; at < text.length;) {
        gsize end = text.bytes[at] == '$' ? decode_one (check, string, at, decoded) : 0;
        if (end == 0)
            g_string_append_c (decoded, text.bytes[at++]);
        else
            at = end;
    }
    return (IbSpan){ ib_arena_copy (ib_check_arena (check), decoded->str, decoded->len), decoded->len };
}

const IbExtension ib_ext_encoded_character = { .name = "encoded-character", .read_string = read_string };
