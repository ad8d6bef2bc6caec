/* match.c - comparators and match types: pure
 *
 * A comparator folds texts, and then they are compared as octets; so whatever is folded once may be compared often.
 * Wildcards never try again what they tried: between two stars, the leftmost place for a piece is the right one, since
 * what is right of it then has most room. So a match costs at most the product of both lengths, and without "?" their
 * sum. */
#include "match.h"
#include "mail-limits.h"

#include <string.h>

/* From here on the run is over its limit of steps anyway. */
#define LOOKED_AT_MAX ((guint64) IB_LIMIT_STEPS * 64)

/* --- comparators --- */

/* i;ascii-casemap: a to z become A to Z, then octets (RFC 4790, 9.2). */
static IbSpan
fold_ascii (IbArena *arena, IbSpan text)
{
    char *folded = ib_arena_copy (arena, text.bytes, text.length);
    for (gsize i = 0; i < text.length; i++) {
        guchar is_lower = (guchar) (folded[i] - 'a') < 26;
        folded[i] = (char) (folded[i] - (is_lower << 5));
    }
    return (IbSpan){ folded, text.length };
}

static int
order_octets (IbSpan a, IbSpan b)
{
    gsize common = MIN (a.length, b.length);
    int order = common > 0 ? memcmp (a.bytes, b.bytes, common) : 0;
    if (order != 0)
        return order;
    return (a.length > b.length) - (a.length < b.length);
}

/* i;ascii-numeric: the number that a text begins with, whatever follows and however long it is; a text that begins
 * with no digit is larger than all numbers, and equal to others of its kind (RFC 4790, 9.1). Folded: the digits, without
 * leading zeros; empty for infinity. */
static IbSpan
fold_number (IbArena *arena, IbSpan text)
{
    gsize zeros = 0, end = 0;
    while (end < text.length && g_ascii_isdigit (text.bytes[end]))
        end++;
    while (zeros + 1 < end && text.bytes[zeros] == '0')
        zeros++;
    return (IbSpan){ text.bytes + zeros, end - zeros };
}

static int
order_numbers (IbSpan a, IbSpan b)
{
    if (a.length == 0 || b.length == 0)
        return (a.length == 0) - (b.length == 0);
    if (a.length != b.length)
        return a.length > b.length ? 1 : -1;
    return memcmp (a.bytes, b.bytes, a.length);
}

const IbComparator ib_match_octet = { .name = "i;octet", .has_substrings = true };
const IbComparator ib_match_casemap
    = { .name = "i;ascii-casemap", .has_substrings = true, .fold = fold_ascii };
const IbComparator ib_match_numeric = {
    .name = "i;ascii-numeric",
    .extension = "comparator-i;ascii-numeric",
    .fold = fold_number,
    .order = order_numbers,
};

IbSpan
ib_match_fold (const IbComparator *comparator, IbArena *arena, IbSpan text)
{
    return comparator->fold != NULL ? comparator->fold (arena, text) : text;
}

IbKey
ib_match_prepare (const IbComparison *how, IbArena *arena, IbSpan key)
{
    IbKey ready = { .folded = ib_match_fold (how->comparator, arena, key) };
    if (how->type->prepare != NULL)
        ready.pattern = how->type->prepare (how, arena, key, ready.folded);
    return ready;
}

int
ib_match_order (const IbComparator *comparator, IbSpan a, IbSpan b)
{
    return comparator->order != NULL ? comparator->order (a, b) : order_octets (a, b);
}

/* --- :is and :contains --- */

static bool
matches_is (const IbComparison *how, const IbKey *key, IbSpan value, IbSpan folded, IbCaptures *captures,
            guint64 *looked_at)
{
    if (key->folded.length != folded.length)
        return false;
    *looked_at += folded.length;
    return folded.length == 0 || memcmp (key->folded.bytes, folded.bytes, folded.length) == 0;
}

/* What stopping at a place that proves wrong costs, in octets. */
#define OCTETS_A_STOP 8

/* The leftmost place of @needle, which is not empty, in @text from @at on; G_MAXSIZE if there is none. memmem () takes up
 * to a hundred times as long for texts that are made for it; here each comparison is counted, so that the run's budget
 * bounds them. */
static gsize
search (IbSpan text, gsize at, IbSpan needle, guint64 *looked_at)
{
    char first = needle.bytes[0], last = needle.bytes[needle.length - 1];
    gsize from = at;

    while (text.length - at >= needle.length && *looked_at < LOOKED_AT_MAX) {
        gsize room = text.length - at - needle.length + 1;
        const char *stop = memchr (text.bytes + at, first, room);
        if (stop == NULL)
            break;
        at = (gsize) (stop - text.bytes);
        *looked_at += OCTETS_A_STOP;
        if (stop[needle.length - 1] == last) {
            *looked_at += needle.length;
            if (memcmp (stop, needle.bytes, needle.length) == 0)
                return at;
        }
        at++;
    }
    *looked_at += text.length - from;
    return G_MAXSIZE;
}

static bool
matches_contains (const IbComparison *how, const IbKey *key, IbSpan value, IbSpan folded,
                  IbCaptures *captures, guint64 *looked_at)
{
    return key->folded.length == 0 || search (folded, 0, key->folded, looked_at) != G_MAXSIZE;
}

/* --- :matches --- */

/* What stands between two stars: octets, of which those with a mark stand for any octet. */
typedef struct {
    const char *octets;
    const bool *is_any; /* NULL: none is */
    gsize length;
} Piece;

typedef struct {
    gsize n_pieces; /* one more than stars */
    Piece pieces[];
} Pattern;

static gsize
count_stars (IbSpan source)
{
    gsize stars = 0;
    for (gsize i = 0; i < source.length; i++) {
        if (source.bytes[i] == '\\')
            i++;
        else if (source.bytes[i] == '*')
            stars++;
    }
    return stars;
}

/* Reads one piece from @at on; returns where it ended. */
static gsize
read_piece (IbArena *arena, IbSpan source, gsize at, Piece *piece)
{
    gsize room = 0;
    while (at + room < source.length && source.bytes[at + room] != '*')
        room += source.bytes[at + room] == '\\' && at + room + 1 < source.length ? 2 : 1;

    char *octets = ib_arena_copy (arena, source.bytes + at, room);
    bool *is_any = NULL;
    gsize end = at + room;
    for (; at < end; at++) {
        bool any = source.bytes[at] == '?';
        if (source.bytes[at] == '\\' && at + 1 < end)
            at++;
        if (any && is_any == NULL)
            is_any = ib_arena_alloc (arena, room);
        if (any)
            is_any[piece->length] = true;
        octets[piece->length++] = source.bytes[at];
    }
    piece->octets = octets;
    piece->is_any = is_any;
    return end;
}

static const void *
prepare_matches (const IbComparison *how, IbArena *arena, IbSpan key, IbSpan source)
{
    gsize n_pieces = count_stars (source) + 1;
    Pattern *pattern = ib_arena_alloc (arena, sizeof (Pattern) + n_pieces * sizeof (Piece));
    gsize at = 0;

    pattern->n_pieces = n_pieces;
    for (gsize i = 0; i < n_pieces; i++)
        at = read_piece (arena, source, at, &pattern->pieces[i]) + 1;
    return pattern;
}

static bool
is_at (const Piece *piece, IbSpan text, gsize at, guint64 *looked_at)
{
    if (piece->length > text.length - at)
        return false;
    if (piece->is_any == NULL) {
        *looked_at += piece->length;
        return piece->length == 0 || memcmp (piece->octets, text.bytes + at, piece->length) == 0;
    }
    for (gsize i = 0; i < piece->length; i++) {
        if (!piece->is_any[i] && piece->octets[i] != text.bytes[at + i]) {
            *looked_at += i + 1;
            return false;
        }
    }
    *looked_at += piece->length;
    return true;
}

/* The leftmost place of @piece from @at on; G_MAXSIZE if there is none. */
static gsize
find (const Piece *piece, IbSpan text, gsize at, guint64 *looked_at)
{
    if (piece->length == 0)
        return at;
    if (piece->is_any == NULL)
        return search (text, at, (IbSpan){ piece->octets, piece->length }, looked_at);
    for (; at + piece->length <= text.length && *looked_at < LOOKED_AT_MAX; at++)
        if (is_at (piece, text, at, looked_at))
            return at;
    return G_MAXSIZE;
}

/* Captures are of the text as it came: all foldings that have substrings keep lengths. */
static void
capture (IbCaptures *captures, IbSpan value, gsize from, gsize to)
{
    if (captures != NULL && captures->count < IB_CAPTURES_MAX)
        captures->spans[captures->count++] = (IbSpan){ value.bytes + from, to - from };
}

static void
capture_anys (IbCaptures *captures, const Piece *piece, IbSpan value, gsize at)
{
    if (captures == NULL || piece->is_any == NULL)
        return;
    for (gsize i = 0; i < piece->length; i++)
        if (piece->is_any[i])
            capture (captures, value, at + i, at + i + 1);
}

/* Where the piece behind a star stands: the last one at the end of the text, others as far left as they can. */
static gsize
place (const Piece *piece, bool is_last, IbSpan text, gsize at, guint64 *looked_at)
{
    if (!is_last)
        return find (piece, text, at, looked_at);
    if (piece->length > text.length - at)
        return G_MAXSIZE;
    gsize end = text.length - piece->length;
    return is_at (piece, text, end, looked_at) ? end : G_MAXSIZE;
}

static bool
matches_matches (const IbComparison *how, const IbKey *key, IbSpan value, IbSpan folded, IbCaptures *captures,
                 guint64 *looked_at)
{
    const Pattern *pattern = key->pattern;
    const Piece *first = &pattern->pieces[0];

    if (captures != NULL)
        captures->count = 0;
    capture (captures, value, 0, value.length);
    if (!is_at (first, folded, 0, looked_at) || (pattern->n_pieces == 1 && first->length != folded.length))
        return false;
    capture_anys (captures, first, value, 0);

    gsize at = first->length;
    for (gsize i = 1; i < pattern->n_pieces; i++) {
        const Piece *piece = &pattern->pieces[i];
        gsize found = place (piece, i + 1 == pattern->n_pieces, folded, at, looked_at);
        if (found == G_MAXSIZE)
            return false;
        capture (captures, value, at, found);
        capture_anys (captures, piece, value, found);
        at = found + piece->length;
    }
    return true;
}

const IbMatchType ib_match_is = { .name = "is", .matches = matches_is };
const IbMatchType ib_match_contains
    = { .name = "contains", .needs_substrings = true, .matches = matches_contains };
const IbMatchType ib_match_matches = {
    .name = "matches",
    .needs_substrings = true,
    .captures = true,
    .prepare = prepare_matches,
    .matches = matches_matches,
};
