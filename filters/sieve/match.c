/* match.c - comparators and match types: pure
 *
 * A comparator folds texts, and then they are compared as octets; so whatever is folded once may be compared often.
 * Wildcards never try again what they tried: between two stars, the leftmost place for a piece is the right one, since
 * what is right of it then has most room. So a match costs at most the product of both lengths, and without "?" their
 * sum. "?" takes one character, which is an octet unless the comparator knows better. */
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

/* What stands between two stars: octets, of which those with a mark stand for any character. */
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

/* A piece while it is read. */
typedef struct {
    const IbComparator *comparator;
    IbArena *arena;
    GString *literal; /* what is not folded yet */
    GString *octets;
    GString *is_any;
    bool has_any;
} Reading;

/* Folding may make a "?" of another character, so what is folded is only what is none. */
static void
end_literal (Reading *r)
{
    IbSpan folded = ib_match_fold (r->comparator, r->arena, (IbSpan){ r->literal->str, r->literal->len });
    g_string_append_len (r->octets, folded.bytes, (gssize) folded.length);
    g_string_set_size (r->is_any, r->octets->len);
    memset (r->is_any->str + r->is_any->len - folded.length, false, folded.length);
    g_string_truncate (r->literal, 0);
}

static void
add_any (Reading *r)
{
    end_literal (r);
    g_string_append_c (r->octets, '?');
    g_string_append_c (r->is_any, true);
    r->has_any = true;
}

/* Reads one piece from @at on; returns where it ended. */
static gsize
read_piece (Reading *r, IbSpan source, gsize at, Piece *piece)
{
    g_string_truncate (r->octets, 0);
    g_string_truncate (r->is_any, 0);
    r->has_any = false;
    for (; at < source.length && source.bytes[at] != '*'; at++) {
        if (source.bytes[at] == '?') {
            add_any (r);
            continue;
        }
        if (source.bytes[at] == '\\' && at + 1 < source.length)
            at++;
        g_string_append_c (r->literal, source.bytes[at]);
    }
    end_literal (r);
    piece->length = r->octets->len;
    piece->octets = ib_arena_copy (r->arena, r->octets->str, piece->length);
    if (r->has_any)
        piece->is_any = (const bool *) ib_arena_copy (r->arena, r->is_any->str, piece->length);
    return at;
}

static guint
count_wildcards (IbSpan source)
{
    guint count = 0;
    for (gsize i = 0; i < source.length; i++) {
        if (source.bytes[i] == '\\')
            i++;
        else
            count += source.bytes[i] == '*' || source.bytes[i] == '?';
    }
    return count;
}

static const void *
prepare_matches (const IbComparison *how, IbArena *arena, IbSpan key, IbSpan folded)
{
    g_autoptr (GString) literal = g_string_new (NULL), octets = g_string_new (NULL),
                        is_any = g_string_new (NULL);
    Reading reading = { how->comparator, arena, literal, octets, is_any, false };
    gsize n_pieces = count_stars (key) + 1, at = 0;
    Pattern *pattern = ib_arena_alloc (arena, sizeof (Pattern) + n_pieces * sizeof (Piece));

    pattern->n_pieces = n_pieces;
    for (gsize i = 0; i < n_pieces; i++)
        at = read_piece (&reading, key, at, &pattern->pieces[i]) + 1;
    return pattern;
}

/* What is matched. */
typedef struct {
    IbSpan text;      /* folded */
    const bool *ends; /* see IbComparator; NULL: each octet is a character */
    guint64 *looked_at;
    IbCaptures *captures; /* of .text, until they are those of the text as it came; NULL: nobody wants them */
} Matching;

/* Where the character of which the octet at @at is ends. */
static gsize
character_end (const Matching *m, gsize at)
{
    while (m->ends != NULL && !m->ends[at])
        at++;
    return at + 1;
}

/* Where the character before @at begins. */
static gsize
character_start (const Matching *m, gsize at)
{
    at--;
    while (m->ends != NULL && at > 0 && !m->ends[at - 1])
        at--;
    return at;
}

/* Where @piece ends if it stands at @at; G_MAXSIZE if it does not. */
static gsize
end_at (const Matching *m, const Piece *piece, gsize at)
{
    if (piece->length > m->text.length - at)
        return G_MAXSIZE;
    if (piece->is_any == NULL) {
        *m->looked_at += piece->length;
        bool is_there = piece->length == 0 || memcmp (piece->octets, m->text.bytes + at, piece->length) == 0;
        return is_there ? at + piece->length : G_MAXSIZE;
    }
    for (gsize i = 0; i < piece->length; i++) {
        (*m->looked_at)++;
        if (at >= m->text.length || (!piece->is_any[i] && piece->octets[i] != m->text.bytes[at]))
            return G_MAXSIZE;
        at = piece->is_any[i] ? character_end (m, at) : at + 1;
    }
    return at;
}

/* Where @piece begins if it stands at the end of the text, behind @from; G_MAXSIZE if it does not. */
static gsize
start_at_end (const Matching *m, const Piece *piece, gsize from)
{
    gsize at = m->text.length;
    if (piece->length > at - from)
        return G_MAXSIZE;
    *m->looked_at += piece->length;
    for (gsize i = piece->length; i > 0; i--) {
        if (at <= from || (!piece->is_any[i - 1] && piece->octets[i - 1] != m->text.bytes[at - 1]))
            return G_MAXSIZE;
        at = piece->is_any[i - 1] ? character_start (m, at) : at - 1;
    }
    return at >= from ? at : G_MAXSIZE;
}

/* The leftmost place of @piece from @at on; G_MAXSIZE if there is none. */
static gsize
find (const Matching *m, const Piece *piece, gsize at)
{
    if (piece->length == 0)
        return at;
    if (piece->is_any == NULL)
        return search (m->text, at, (IbSpan){ piece->octets, piece->length }, m->looked_at);
    for (; at + piece->length <= m->text.length && *m->looked_at < LOOKED_AT_MAX; at++)
        if (end_at (m, piece, at) != G_MAXSIZE)
            return at;
    return G_MAXSIZE;
}

/* Where the piece behind a star stands: the last one at the end of the text, others as far left as they can. */
static gsize
place (const Matching *m, const Piece *piece, bool is_last, gsize at)
{
    if (!is_last)
        return find (m, piece, at);
    if (piece->is_any != NULL)
        return start_at_end (m, piece, at);
    if (piece->length > m->text.length - at)
        return G_MAXSIZE;
    gsize start = m->text.length - piece->length;
    return end_at (m, piece, start) != G_MAXSIZE ? start : G_MAXSIZE;
}

static void
capture (const Matching *m, gsize from, gsize to)
{
    IbCaptures *captures = m->captures;
    if (captures != NULL && captures->count < IB_CAPTURES_MAX)
        captures->spans[captures->count++] = (IbSpan){ m->text.bytes + from, to - from };
}

static void
capture_anys (const Matching *m, const Piece *piece, gsize at)
{
    if (m->captures == NULL || piece->is_any == NULL)
        return;
    for (gsize i = 0; i < piece->length; i++) {
        gsize end = piece->is_any[i] ? character_end (m, at) : at + 1;
        if (piece->is_any[i])
            capture (m, at, end);
        at = end;
    }
}

static bool
match_pieces (const Matching *m, const Pattern *pattern)
{
    const Piece *first = &pattern->pieces[0];
    gsize at = end_at (m, first, 0);

    capture (m, 0, m->text.length);
    if (at == G_MAXSIZE || (pattern->n_pieces == 1 && at != m->text.length))
        return false;
    capture_anys (m, first, 0);

    for (gsize i = 1; i < pattern->n_pieces; i++) {
        const Piece *piece = &pattern->pieces[i];
        gsize found = place (m, piece, i + 1 == pattern->n_pieces, at);
        if (found == G_MAXSIZE)
            return false;
        capture (m, at, found);
        capture_anys (m, piece, found);
        at = end_at (m, piece, found);
    }
    return true;
}

gsize
ib_match_character (IbSpan text, gsize at)
{
    const char *start = text.bytes + at;
    gunichar character = g_utf8_get_char_validated (start, (gssize) (text.length - at));
    bool is_one = character != (gunichar) -1 && character != (gunichar) -2 && *start != '\0';
    return is_one ? (gsize) (g_utf8_next_char (start) - start) : 1;
}

/* Two places in step: in a folded text, and in the text as it came. */
typedef struct {
    const Matching *m;
    IbSpan value;
    gsize folded_at, at;
} Walk;

/* The place in the value that @folded_at is, which is not before the last one; in the middle of a character, its end. */
static gsize
walk_to (Walk *walk, gsize folded_at)
{
    while (walk->folded_at < folded_at) {
        walk->folded_at = character_end (walk->m, walk->folded_at);
        walk->at += ib_match_character (walk->value, walk->at);
    }
    return walk->at;
}

/* Captures are of the text as it came. */
static void
unfold_captures (const Matching *m, IbSpan value)
{
    Walk walk = { m, value, 0, 0 };
    IbCaptures *captures = m->captures;
    if (captures == NULL)
        return;
    for (guint i = 1; i < captures->count; i++) {
        IbSpan *span = &captures->spans[i];
        gsize from = (gsize) (span->bytes - m->text.bytes), to = from + span->length;
        if (m->ends != NULL) {
            from = walk_to (&walk, from);
            to = walk_to (&walk, to);
        }
        *span = (IbSpan){ value.bytes + from, to - from };
    }
    captures->spans[0] = value;
    *m->looked_at += m->ends != NULL ? value.length : 0;
}

static bool
matches_matches (const IbComparison *how, const IbKey *key, IbSpan value, IbSpan folded, IbCaptures *captures,
                 guint64 *looked_at)
{
    const Matching m = {
        .text = folded,
        .ends = how->comparator->ends != NULL ? how->comparator->ends (folded) : NULL,
        .looked_at = looked_at,
        .captures = captures,
    };
    if (captures != NULL)
        captures->count = 0;
    if (!match_pieces (&m, key->pattern))
        return false;
    unfold_captures (&m, value);
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
    .count_captures = count_wildcards,
    .matches = matches_matches,
};
