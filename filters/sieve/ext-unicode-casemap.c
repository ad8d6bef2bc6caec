/* ext-unicode-casemap.c - "comparator-i;unicode-casemap": letters in any case and any composition (RFC 5051)
 *
 * Each character gets its title case and is taken apart as far as it goes, compatibility among it: "É", "é" and "e" with
 * an accent behind it are the same. What is no UTF-8 stays as it is.
 *
 *     text     é y        the folded text, and behind it a mark for each of its octets:
 *     folded   E ´ ´ Y    "a character of the text as it came ends here"
 *     ends     - - x x
 */
#include "extensions.h"
#include "match.h"

#include <string.h>

static gsize
write_character (gunichar character, char *out)
{
    gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    gsize count
        = g_unichar_fully_decompose (g_unichar_totitle (character), TRUE, parts, G_N_ELEMENTS (parts));
    gsize written = 0;
    for (gsize i = 0; i < count; i++)
        written += (gsize) g_unichar_to_utf8 (parts[i], out + written);
    return written;
}

/* Returns the octets of @text that were taken. */
static gsize
fold_character (IbSpan text, gsize at, char *out, gsize *out_written)
{
    gsize length = ib_match_character (text, at);
    guchar first = (guchar) text.bytes[at];
    if (length > 1) {
        *out_written = write_character (g_utf8_get_char (text.bytes + at), out);
    } else {
        *out = first < 0x80 ? g_ascii_toupper ((char) first) : (char) first;
        *out_written = 1;
    }
    return length;
}

static IbSpan
fold (IbArena *arena, IbSpan text)
{
    char one[6 * G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    gsize length = 0, written;
    for (gsize at = 0; at < text.length; length += written)
        at += fold_character (text, at, one, &written);

    char *folded = ib_arena_alloc (arena, 2 * length + 1);
    bool *ends = (bool *) folded + length;
    gsize end = 0;
    for (gsize at = 0; at < text.length; end += written) {
        at += fold_character (text, at, one, &written);
        memcpy (folded + end, one, written);
        ends[end + written - 1] = true;
    }
    return (IbSpan){ folded, length };
}

static const bool *
ends (IbSpan folded)
{
    return (const bool *) folded.bytes + folded.length;
}

static const IbComparator unicode_casemap = {
    .name = "i;unicode-casemap",
    .extension = "comparator-i;unicode-casemap",
    .has_substrings = true,
    .fold = fold,
    .fold_cost = 8,
    .ends = ends,
};

static const IbComparator *const comparators[] = { &unicode_casemap, NULL };
const IbExtension ib_ext_unicode_casemap
    = { .name = "comparator-i;unicode-casemap", .comparators = comparators };
