/* saslprep.c - one spelling for a name or password */
#include "saslprep.h"
#include "secret.h"

#include <string.h>

typedef struct {
    gunichar first, last;
} Range;

/* "Commonly mapped to nothing"                                                                  RFC 3454, B.1 */
static const Range nothing[] = {
    { 0xad, 0xad },     { 0x34f, 0x34f },   { 0x1806, 0x1806 }, { 0x180b, 0x180d },
    { 0x200b, 0x200d }, { 0x2060, 0x2060 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
};
/* "Non-ASCII space characters", but U+200B, which is in the other table as well                 RFC 3454, C.1.2 */
static const Range blanks[] = {
    { 0xa0, 0xa0 },     { 0x1680, 0x1680 }, { 0x2000, 0x200a },
    { 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x3000, 0x3000 },
};

static bool
is_in (gunichar c, const Range *ranges, gsize count)
{
    for (gsize i = 0; i < count; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

/* What RFC 4013, 2.3 forbids, as far as GLib tells it. */
static bool
is_forbidden (gunichar c)
{
    switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return true;
    default:
        return c == 0xfffd;
    }
}

/* Into @out, which is as large as @text; false if something forbidden is in it. */
static bool
map (const char *text, char *out)
{
    for (; *text != '\0'; text = g_utf8_next_char (text)) {
        gunichar c = g_utf8_get_char (text);
        if (is_in (c, nothing, G_N_ELEMENTS (nothing)))
            continue;
        if (is_in (c, blanks, G_N_ELEMENTS (blanks)))
            c = ' ';
        if (is_forbidden (c))
            return false;
        out += g_unichar_to_utf8 (c, out);
    }
    *out = '\0';
    return true;
}

char *
ib_saslprep (const char *text)
{
    gsize size = strlen (text) + 1;
    char *prepared = NULL;
    if (g_str_is_ascii (text) || !g_utf8_validate (text, -1, NULL))
        return g_strdup (text);

    char *mapped = g_malloc (size);
    if (map (text, mapped))
        prepared = g_utf8_normalize (mapped, -1, G_NORMALIZE_NFKC);
    ib_secret_wipe (mapped, size);
    g_free (mapped);
    return prepared != NULL ? prepared : g_strdup (text);
}
