/* Match types and comparators by themselves: key, value, whether they match, and what the wildcards took. */
#include "match.h"

#include <string.h>

static const struct {
    const char *name, *pattern, *value;
    const char *captures; /* "|" between them, without the whole; NULL: no match */
} cases[] = {
    { "empty", "", "", "" },
    { "empty-key", "", "a", NULL },
    { "literal", "abc", "abc", "" },
    { "literal-shorter", "abc", "ab", NULL },
    { "literal-longer", "abc", "abcd", NULL },
    { "star", "*", "abc", "abc" },
    { "star-nothing", "*", "", "" },
    { "any", "?", "a", "a" },
    { "any-needs-one", "?", "", NULL },
    { "any-is-one-octet", "?", "\303\244", NULL },
    { "two-anys-one-letter", "??", "\303\244", "\303|\244" },
    { "star-is-lazy", "*b*", "abab", "a|ab" },
    { "star-then-end", "*b", "abab", "aba" },
    { "begin-then-star", "a*", "abab", "bab" },
    { "star-any", "*?", "abc", "ab|c" },
    { "any-star", "?*", "abc", "a|bc" },
    { "star-any-of-one", "*?", "a", "|a" },
    { "star-any-of-none", "*?", "", NULL },
    { "any-star-any", "?*?", "abc", "a|b|c" },
    { "stars-together", "**", "abc", "|abc" },
    { "stars-together-then", "**c", "abc", "|ab" },
    { "three-stars", "***", "", "||" },
    { "backtracks", "*a??", "abb", "|b|b" },
    { "backtracks-too-far", "*a??", "bab", NULL },
    { "backtracks-to-match", "*a??", "aaab", "a|a|b" },
    { "end-may-not-overlap", "ab*ba", "aba", NULL },
    { "end-touches", "ab*ba", "abba", "" },
    { "middle-then-end", "*ab*b", "abb", "|" },
    { "escaped-star", "\\*", "*", "" },
    { "escaped-star-is-no-star", "\\*", "a", NULL },
    { "escaped-any", "a\\?", "a?", "" },
    { "escaped-any-is-no-any", "a\\?", "ab", NULL },
    { "escaped-backslash", "\\\\*", "\\a", "a" },
    { "escaped-letter", "\\a", "a", "" },
    { "backslash-at-end", "a\\", "a\\", "" },
    { "folded-length-kept", "*ABC*", "xxabcyy", "xx|yy" },
    { "many", "*a*b*c*", "1a2b3c4", "1|2|3|4" },
};

static const IbComparison matches_casemap = { .type = &ib_match_matches, .comparator = &ib_match_casemap };

static IbSpan
span (const char *text)
{
    return (IbSpan){ text, strlen (text) };
}

static char *
join (const IbCaptures *captures)
{
    GString *text = g_string_new (NULL);
    for (guint i = 1; i < captures->count; i++) {
        g_string_append (text, i > 1 ? "|" : "");
        g_string_append_len (text, captures->spans[i].bytes, (gssize) captures->spans[i].length);
    }
    return g_string_free (text, FALSE);
}

static void
test_case (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbArena) arena = ib_arena_new ();
    IbSpan value = span (cases[i].value);
    IbKey key = ib_match_prepare (&matches_casemap, arena, span (cases[i].pattern));
    IbSpan folded = ib_match_fold (&ib_match_casemap, arena, value);
    IbCaptures captures = { 0 };
    guint64 looked_at = 0;

    bool holds = ib_match_matches.matches (&matches_casemap, &key, value, folded, &captures, &looked_at);
    g_assert_cmpint (holds, ==, cases[i].captures != NULL);
    g_assert_cmpint (holds, ==,
                     ib_match_matches.matches (&matches_casemap, &key, value, folded, NULL, &looked_at));
    if (!holds)
        return;
    g_autofree char *joined = join (&captures);
    g_assert_cmpstr (joined, ==, cases[i].captures);
    g_assert_true (captures.spans[0].bytes == value.bytes && captures.spans[0].length == value.length);
}

/* The same with characters for octets: case, composition and what "?" takes (RFC 5051). */
static const struct {
    const char *name, *pattern, *value, *captures;
} characters[] = {
    { "any-is-one-character", "?", "\303\244", "\303\244" },
    { "any-is-one-code-point", "??", "a\314\210", "a|\314\210" },
    { "any-of-three-octets", "?", "\343\201\202", "\343\201\202" },
    { "anys", "?*?", "äöü", "ä|ö|ü" },
    { "any-of-hangul", "?", "\355\225\234", "\355\225\234" },
    { "any-of-a-ligature", "x?x", "Xﬁx", "ﬁ" },
    { "compatibility", "*2*", "x²y", "x|y" },
    { "case", "GRÜSSE *", "grüsse aus wien", "aus wien" },
    { "composition", "*e\314\201*", "xÉy", "x|y" },
    { "base-letter-of-a-character", "*e*", "xéy", "x|y" },
    { "titlecase", "ǆ*", "ǅz", "z" },
    { "greek", "*ΣΊΣΥΦΟΣ", "ο σίσυφοσ", "ο " },
    { "end-with-any", "*?b", "aäb", "a|ä" },
    { "end-with-anys", "*??", "aäö", "a|ä|ö" },
    { "end-may-not-overlap", "ä*?", "ä", NULL },
    { "no-utf8", "?\377*", "\376\377\303\244", "\376|ä" },
    { "wide-question-mark-is-none", "？", "a", NULL },
    { "wide-question-mark", "*？", "a?", "a" },
    { "escaped", "\\?ä", "?Ä", "" },
    { "sharp-s-stays", "ß", "SS", NULL },
};

static const IbComparator *
unicode_casemap (void)
{
    return ib_language_comparator (ib_language_whole (), IB_SPAN ("i;unicode-casemap"));
}

static void
test_characters (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    const IbComparison how = { .type = &ib_match_matches, .comparator = unicode_casemap () };
    g_autoptr (IbArena) arena = ib_arena_new ();
    IbSpan value = span (characters[i].value);
    IbKey key = ib_match_prepare (&how, arena, span (characters[i].pattern));
    IbCaptures captures = { 0 };
    guint64 looked_at = 0;

    bool holds = ib_match_matches.matches (&how, &key, value, ib_match_fold (how.comparator, arena, value),
                                           &captures, &looked_at);
    g_assert_cmpint (holds, ==, characters[i].captures != NULL);
    if (!holds)
        return;
    g_autofree char *joined = join (&captures);
    g_assert_cmpstr (joined, ==, characters[i].captures);
}

/* What a wildcard may take, tried one length after the other: slow, and surely right. */
static bool
naive (const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return naive (pattern + 1, text) || (*text != '\0' && naive (pattern, text + 1));
    return *text != '\0' && (*pattern == '?' || *pattern == *text) && naive (pattern + 1, text + 1);
}

/* The texts of @letters, shorter ones first: 0 is the empty one. */
static void
spell (guint number, const char *letters, guint base, char *out_text)
{
    for (; number > 0; number /= base) {
        number--;
        *out_text++ = letters[number % base];
    }
    *out_text = '\0';
}

/* All patterns of up to five octets on all texts of up to six. */
static void
agrees_with_trying_everything (void)
{
    const IbComparison how = { .type = &ib_match_matches, .comparator = &ib_match_octet };
    for (guint p = 0; p <= 4 + 16 + 64 + 256 + 1024; p++) {
        g_autoptr (IbArena) arena = ib_arena_new ();
        char pattern[16], text[16];
        spell (p, "ab*?", 4, pattern);
        IbKey key = ib_match_prepare (&how, arena, span (pattern));
        for (guint t = 0; t <= 2 + 4 + 8 + 16 + 32 + 64; t++) {
            guint64 looked_at = 0;
            spell (t, "ab", 2, text);
            bool holds = how.type->matches (&how, &key, span (text), span (text), NULL, &looked_at);
            if (holds != naive (pattern, text))
                g_error ("\"%s\" on \"%s\": %d", pattern, text, holds);
        }
    }
}

static const struct {
    const char *name, *a, *b;
    const IbComparator *comparator;
    int order;
} orders[] = {
    { "octet", "a", "B", &ib_match_octet, 1 },
    { "octet-prefix", "a", "ab", &ib_match_octet, -1 },
    { "octet-high", "\377", "a", &ib_match_octet, 1 },
    { "octet-same", "ab", "ab", &ib_match_octet, 0 },
    { "casemap", "a", "B", &ib_match_casemap, -1 },
    { "casemap-same", "aB", "Ab", &ib_match_casemap, 0 },
    { "casemap-folds-upwards", "a", "_", &ib_match_casemap, -1 },
    { "casemap-ascii-only", "\303\244", "\303\204", &ib_match_casemap, 1 },
    { "numeric", "9", "10", &ib_match_numeric, -1 },
    { "numeric-zeros", "00302", "302", &ib_match_numeric, 0 },
    { "numeric-zero", "000", "0", &ib_match_numeric, 0 },
    { "numeric-tail", "12abc", "12", &ib_match_numeric, 0 },
    { "numeric-infinity", "abc", "99999999999999999999999999999999999", &ib_match_numeric, 1 },
    { "numeric-infinities", "abc", "", &ib_match_numeric, 0 },
    { "numeric-sign-is-no-digit", "-1", "1", &ib_match_numeric, 1 },
    { "numeric-huge", "18446744073709551617", "18446744073709551616", &ib_match_numeric, 1 },
};

static void
test_order (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbArena) arena = ib_arena_new ();
    IbSpan a = ib_match_fold (orders[i].comparator, arena, span (orders[i].a));
    IbSpan b = ib_match_fold (orders[i].comparator, arena, span (orders[i].b));
    int order = ib_match_order (orders[i].comparator, a, b);
    g_assert_cmpint ((order > 0) - (order < 0), ==, orders[i].order);
    int back = ib_match_order (orders[i].comparator, b, a);
    g_assert_cmpint ((back > 0) - (back < 0), ==, -orders[i].order);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/match/%s", cases[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_case);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (orders); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/order/%s", orders[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_order);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (characters); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/match/characters/%s", characters[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_characters);
    }
    g_test_add_func ("/sieve/match/agrees-with-trying-everything", agrees_with_trying_everything);
    return g_test_run ();
}
