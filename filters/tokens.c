/* tokens.c - words and runs of characters of a text */
#include "features-private.h"

#include <string.h>

/* Longer ones are cut: no language needs more, and what is longer is no word. */
#define WORD_BYTES 40
#define PIECES_FROM 7

/* Characters that are words by themselves, or stand without blanks between words: from Thai on, and Han, Kana, Hangul. */
static bool
is_dense (gunichar c)
{
    return (c >= 0xe00 && c < 0x1000) || (c >= 0x1780 && c < 0x1800) || (c >= 0x2e80 && c < 0xa4d0)
           || (c >= 0xac00 && c < 0xd7b0) || (c >= 0xf900 && c < 0xfb00) || (c >= 0x20000 && c < 0x40000);
}

/* What holds a word together: a letter or digit is in the table below, all else beside ASCII is asked for. */
static bool
is_word_character (gunichar c)
{
    if (c < 0x80)
        return g_ascii_isalnum (c) || c == '$' || c == '!' || c == '-' || c == '\'' || c == '_' || c == '.'
               || c == '@';
    return !is_dense (c)
           && (g_unichar_isalnum (c) || g_unichar_ismark (c)
               || g_unichar_type (c) == G_UNICODE_CURRENCY_SYMBOL);
}

/* Folded, as it comes out of the text. */
typedef struct {
    char bytes[WORD_BYTES + 8];
    gsize length;
} Word;

static const char *
take_character (const char *at, gunichar *out_c)
{
    if ((guchar) *at < 0x80) {
        *out_c = (guchar) g_ascii_tolower (*at);
        return at + 1;
    }
    *out_c = g_unichar_tolower (g_utf8_get_char (at));
    return g_utf8_next_char (at);
}

static void
word_append (Word *word, gunichar c)
{
    if (word->length >= WORD_BYTES)
        return;
    if (c < 0x80)
        word->bytes[word->length++] = (char) c;
    else
        word->length += (gsize) g_unichar_to_utf8 (c, word->bytes + word->length);
}

static bool
parts_pieces (char c)
{
    return c == '.' || c == '@' || c == '-' || c == '_';
}

static void
add_pieces (IbFeatureSet *set, const IbSource *source, const Word *word)
{
    gsize start = 0;
    for (gsize i = 0; i <= word->length; i++) {
        if (i < word->length && !parts_pieces (word->bytes[i]))
            continue;
        if (i > start && i - start < word->length)
            ib_feature_set_add_word (set, source,
                                     ib_hash_bytes (IB_HASH_START + 1, word->bytes + start, i - start),
                                     word->bytes + start, i - start);
        start = i + 1;
    }
}

static void
add_word (IbFeatureSet *set, const IbSource *source, Word *word)
{
    while (word->length > 0 && strchr (".-'", word->bytes[word->length - 1]) != NULL)
        word->length--;
    if (word->length == 0)
        return;
    ib_feature_set_add_word (set, source, ib_hash_bytes (IB_HASH_START, word->bytes, word->length),
                             word->bytes, word->length);
    if (word->length >= PIECES_FROM)
        add_pieces (set, source, word);
}

void
ib_tokens_add_words (IbFeatureSet *set, const IbSource *source, const char *text, gsize length)
{
    const char *end = text + length;
    Word word = { .length = 0 };
    for (const char *at = text; at < end;) {
        gunichar c;
        at = take_character (at, &c);
        if (is_word_character (c)) {
            word_append (&word, c);
        } else if (word.length > 0) {
            add_word (set, source, &word);
            word.length = 0;
        }
    }
    if (word.length > 0)
        add_word (set, source, &word);
}

void
ib_tokens_add_grams (IbFeatureSet *set, const IbSource *source, const char *text, gsize length)
{
    const char *end = text + length;
    guint64 window = 1; /* 16 bits a character, the newest lowest */
    guint filled = 1;   /* a mark of the beginning stands in it */
    for (const char *at = text; at < end;) {
        gunichar c;
        at = take_character (at, &c);
        if (c == '\n' || c == '\r' || c == '\t')
            c = ' ';
        if (c == ' ' && (window & 0xffff) == ' ')
            continue;
        window = window << 16 | (c & 0xffff);
        filled++;
        guint64 gram = is_dense (c) ? window & 0xffffffff : window;
        if (filled >= (is_dense (c) ? 2u : 4u))
            (void) ib_feature_set_add (set, IB_TABLE_GRAMS, source->group,
                                       (gram + 1) * 0x9e3779b97f4a7c15u ^ source->salt);
    }
}

gsize
ib_tokens_cut (const char *text, gsize length, gsize most)
{
    if (length <= most)
        return length;
    while (most > 0 && ((guchar) text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

char *
ib_tokens_shape (const char *text, gsize length)
{
    GString *shape = g_string_new (NULL);
    for (gsize i = 0; i < MIN (length, 200); i++) {
        char c = text[i];
        char class = g_ascii_isdigit (c) ? '9' : g_ascii_islower (c) ? 'a' : g_ascii_isupper (c) ? 'A' : c;
        if (shape->len == 0 || shape->str[shape->len - 1] != class)
            g_string_append_c (shape, class);
    }
    g_string_truncate (shape, MIN (shape->len, 30));
    return g_string_free (shape, FALSE);
}
