/* text.c - bytes in any charset, and encoded words, as UTF-8
 *
 * The converters are opened once and kept, since a sandboxed worker cannot load one; windows-1252 and UTF-8 are read
 * here without one. */
#include "text.h"
#include "mail-limits.h"
#include "transfer.h"

#include <errno.h>
#include <gmime/gmime.h>
#include <iconv.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* How a charset is read where no converter is asked. */
#define READ_AS_RAW "raw"
#define READ_AS_UTF8 "utf-8"
#define READ_AS_WINDOWS_1252 "windows-1252"

/* A converter of the C library, and the names that mail uses for it. Mail says ISO-8859-1 and means windows-1252, says
 * GB2312 and means GB18030: the wider charset of each family is taken, as browsers do (WHATWG Encoding, 4.2). */
static const struct {
    const char *converter;
    const char *labels;
} charsets[] = {
    { READ_AS_RAW,
      "us-ascii ascii ansi_x3.4-1968 iso646-us 646 unknown-8bit x-unknown unknown 8bit default" },
    { READ_AS_UTF8, "utf-8 utf8 unicode-1-1-utf-8 x-utf-8 utf-8n cp65001 utf8mb4" },
    { READ_AS_WINDOWS_1252,
      "windows-1252 cp1252 cp-1252 x-cp1252 iso-8859-1 iso8859-1 iso_8859-1 iso88591 latin1 latin-1 "
      "l1 ansi x-ansi windows1252 8859-1" },
    { "ISO-8859-2", "iso-8859-2 iso8859-2 iso_8859-2 iso88592 latin2 latin-2 l2" },
    { "ISO-8859-3", "iso-8859-3 iso8859-3 latin3" },
    { "ISO-8859-4", "iso-8859-4 iso8859-4 latin4" },
    { "ISO-8859-5", "iso-8859-5 iso8859-5 cyrillic" },
    { "ISO-8859-6", "iso-8859-6 iso8859-6 iso-8859-6-i iso-8859-6-e arabic" },
    { "ISO-8859-7", "iso-8859-7 iso8859-7 greek" },
    { "ISO-8859-8", "iso-8859-8 iso8859-8 iso-8859-8-i iso-8859-8-e hebrew" },
    { "ISO-8859-10", "iso-8859-10 latin6" },
    { "ISO-8859-13", "iso-8859-13" },
    { "ISO-8859-14", "iso-8859-14" },
    { "ISO-8859-15", "iso-8859-15 iso8859-15 iso_8859-15 latin9 latin-9" },
    { "ISO-8859-16", "iso-8859-16 latin10" },
    { "CP1250", "windows-1250 cp1250 cp-1250 x-cp1250" },
    { "CP1251", "windows-1251 cp1251 cp-1251 x-cp1251 win-1251 windows1251" },
    { "CP1253", "windows-1253 cp1253 x-cp1253" },
    { "CP1254", "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 latin5" },
    { "CP1255", "windows-1255 cp1255 x-cp1255" },
    { "CP1256", "windows-1256 cp1256 x-cp1256" },
    { "CP1257", "windows-1257 cp1257 x-cp1257" },
    { "CP1258", "windows-1258 cp1258 x-cp1258" },
    { "CP874", "windows-874 cp874 tis-620 tis620 iso-8859-11 iso8859-11 x-windows-874" },
    { "KOI8-R", "koi8-r koi8r koi8 cskoi8r" },
    { "KOI8-U", "koi8-u koi8-ru" },
    { "IBM437", "ibm437 cp437" },
    { "IBM850", "ibm850 cp850" },
    { "IBM852", "ibm852 cp852" },
    { "IBM855", "ibm855 cp855" },
    { "IBM857", "ibm857 cp857" },
    { "IBM858", "ibm858 cp858" },
    { "IBM862", "ibm862 cp862" },
    { "IBM866", "ibm866 cp866 cp-866" },
    { "MACINTOSH", "macintosh mac x-mac-roman x-macintosh macroman" },
    { "MAC-CENTRALEUROPE", "x-mac-ce mac-centraleurope" },
    { "MAC-CYRILLIC", "x-mac-cyrillic mac-cyrillic" },
    { "GB18030", "gb18030 gbk gb2312 gb_2312-80 x-gbk cp936 ms936 euc-cn gb-2312" },
    { "BIG5-HKSCS", "big5 big-5 big5-hkscs cn-big5 x-x-big5 csbig5 cp950" },
    { "CP932", "shift_jis shift-jis sjis x-sjis ms_kanji cp932 windows-31j csshiftjis" },
    { "EUC-JP-MS", "euc-jp eucjp x-euc-jp euc-jp-ms cseucpkdfmtjapanese" },
    { "ISO-2022-JP", "iso-2022-jp csiso2022jp iso-2022-jp-1 cp50220 cp50221 iso-2022-jp-ms" },
    { "ISO-2022-JP-2", "iso-2022-jp-2" },
    { "EUC-TW", "euc-tw x-euc-tw" },
    { "JOHAB", "johab" },
    { "UHC", "euc-kr euckr ks_c_5601-1987 ks_c_5601 ksc5601 ks_c_5601-1989 cp949 uhc windows-949 cseuckr" },
    { "ISO-2022-KR", "iso-2022-kr csiso2022kr" },
    { "ISO-2022-CN", "iso-2022-cn" },
    { "VISCII", "viscii csviscii" },
    { "TCVN-5712", "tcvn tcvn-5712" },
    { "KOI8-T", "koi8-t" },
    { "PT154", "pt154 cp154 ptcp154" },
    { "GEORGIAN-PS", "georgian-ps" },
    { "ARMSCII-8", "armscii-8" },
    { "UTF-7", "utf-7 unicode-1-1-utf-7 x-unicode-2-0-utf-7" },
    { "UTF-16", "utf-16 unicode csunicode iso-10646-ucs-2" },
    { "UTF-16LE", "utf-16le" },
    { "UTF-16BE", "utf-16be" },
    { "UTF-32", "utf-32 ucs-4" },
};

#define NO_CONVERTER ((iconv_t) -1)

static iconv_t converters[G_N_ELEMENTS (charsets)];
static GHashTable *labels; /* label → 1 + index into charsets */
static GMutex lock;        /* a converter holds state while it converts */

static bool
needs_converter (gsize index)
{
    const char *name = charsets[index].converter;
    return !g_str_equal (name, READ_AS_RAW) && !g_str_equal (name, READ_AS_UTF8)
           && !g_str_equal (name, READ_AS_WINDOWS_1252);
}

/* A C library that lacks a converter is no error: that charset is then an unknown one. */
static void
open_converter (gsize index)
{
    converters[index]
        = needs_converter (index) ? iconv_open ("UTF-8", charsets[index].converter) : NO_CONVERTER;
    if (needs_converter (index) && converters[index] == NO_CONVERTER)
        return;

    g_auto (GStrv) names = g_strsplit (charsets[index].labels, " ", -1);
    for (gsize i = 0; names[i] != NULL; i++)
        g_hash_table_insert (labels, g_strdup (names[i]), GSIZE_TO_POINTER (index + 1));
}

void
ib_text_prepare (void)
{
    static gsize is_prepared;
    if (!g_once_init_enter (&is_prepared))
        return;

    g_mime_init ();
    labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (charsets); i++)
        open_converter (i);
    g_once_init_leave (&is_prepared, 1);
}

/* The index into charsets; -1 if the name is unknown. */
static gssize
find_charset (const char *name)
{
    ib_text_prepare ();
    g_autofree char *label = g_strstrip (g_ascii_strdown (name, -1));
    return (gssize) GPOINTER_TO_SIZE (g_hash_table_lookup (labels, label)) - 1;
}

bool
ib_text_knows_charset (const char *charset)
{
    return find_charset (charset) >= 0;
}

/* g_utf8_make_valid () takes NUL for invalid too. */
static char *
from_utf8 (const char *bytes, gsize length)
{
    return length > 0 ? g_utf8_make_valid (bytes, (gssize) length) : g_strdup ("");
}

/* 0x80 to 0x9f; the five without a character stand for the control characters of their numbers, as on the web. */
static const gunichar2 windows_1252_high[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

static char *
from_windows_1252 (const char *bytes, gsize length)
{
    GString *text = g_string_sized_new (length + length / 8 + 1);
    for (gsize i = 0; i < length; i++) {
        guchar byte = (guchar) bytes[i];
        if (byte == 0)
            g_string_append (text, REPLACEMENT);
        else if (byte < 0x80)
            g_string_append_c (text, (char) byte);
        else
            g_string_append_unichar (text, byte < 0xa0 ? windows_1252_high[byte - 0x80] : byte);
    }
    return g_string_free (text, FALSE);
}

/* iconv converts in two steps, by way of UCS-4. Where the second one stops (no room, or a lone surrogate out of UTF-7) the first is
 * done once more for all that it was given, to know how far it came. So it is given little. */
#define SLICE_BYTES 32

/* One step: appends what was converted; false if the next byte means nothing here or is the beginning of a character
 * that never ends. */
static bool
convert (iconv_t converter, char **input, gsize *length, GString *text)
{
    char output[8 * SLICE_BYTES], *at = output;
    gsize room = sizeof output;
    gsize slice = MIN (*length, SLICE_BYTES), left = slice;
    bool is_done = iconv (converter, input, &left, &at, &room) != (gsize) -1 || errno == E2BIG
                   || (errno == EINVAL && left < slice); /* what the slice cuts through begins the next one */
    *length -= slice - left;
    g_string_append_len (text, output, at - output);
    return is_done;
}

/* What the converter held back for a combining mark. */
static void
give_out (iconv_t converter, GString *text)
{
    char output[SLICE_BYTES], *at = output;
    gsize room = sizeof output;
    (void) iconv (converter, NULL, NULL, &at, &room);
    g_string_append_len (text, output, at - output);
}

/* Bytes that mean nothing in the charset become U+FFFD one by one, so that the rest is still read. */
static char *
from_converter (iconv_t converter, const char *bytes, gsize length, bool *out_is_valid)
{
    g_autoptr (GString) text = g_string_sized_new (2 * length + 1);
    char *input = (char *) bytes;

    g_mutex_lock (&lock);
    (void) iconv (converter, NULL, NULL, NULL, NULL); /* back to the state it began in */
    while (length > 0) {
        if (convert (converter, &input, &length, text))
            continue;
        g_string_append (text, REPLACEMENT);
        *out_is_valid = false;
        input++;
        length--;
    }
    give_out (converter, text);
    g_mutex_unlock (&lock);
    return from_utf8 (text->str, text->len);
}

/* A NUL alone does not make UTF-8 something else. */
static bool
is_utf8 (const char *bytes, gsize length)
{
    if (length == 0)
        return true;
    const char *end = bytes + length;
    for (const char *nul; (nul = memchr (bytes, '\0', (gsize) (end - bytes))) != NULL; bytes = nul + 1)
        if (!g_utf8_validate_len (bytes, (gsize) (nul - bytes), NULL))
            return false;
    return g_utf8_validate_len (bytes, (gsize) (end - bytes), NULL);
}

char *
ib_text_from_bytes (const char *bytes, gsize length)
{
    return is_utf8 (bytes, length) ? from_utf8 (bytes, length) : from_windows_1252 (bytes, length);
}

/* @out_is_valid stays as it is if everything means something. */
static char *
read_as (gsize index, const char *bytes, gsize length, bool *out_is_valid)
{
    if (needs_converter (index))
        return from_converter (converters[index], bytes, length, out_is_valid);
    if (g_str_equal (charsets[index].converter, READ_AS_UTF8)) {
        *out_is_valid = *out_is_valid && is_utf8 (bytes, length);
        return from_utf8 (bytes, length);
    }
    if (g_str_equal (charsets[index].converter, READ_AS_RAW))
        return ib_text_from_bytes (bytes, length);
    return from_windows_1252 (bytes, length);
}

char *
ib_text_from_charset (const char *charset, const char *bytes, gsize length)
{
    bool is_valid = true;
    gssize index = charset != NULL ? find_charset (charset) : 0;
    return index < 0 ? from_windows_1252 (bytes, length) : read_as ((gsize) index, bytes, length, &is_valid);
}

bool
ib_text_is_in_charset (const char *charset, const char *bytes, gsize length)
{
    bool is_valid = true;
    gssize index = find_charset (charset);
    if (index < 0)
        return false;
    g_free (read_as ((gsize) index, bytes, length, &is_valid));
    return is_valid;
}

/* encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="    RFC 2047, 2; RFC 2231, 5 */
typedef struct {
    char charset[64];
    bool is_base64;
    const char *text;
    gsize length;
    const char *end; /* after the word */
} Word;

static bool
read_charset (const char **at, const char *end, Word *word)
{
    gsize length = 0;
    bool in_language = false;
    for (; *at < end && **at != '?'; (*at)++) {
        if (!g_ascii_isgraph (**at) || length + 1 == sizeof word->charset)
            return false;
        in_language = in_language || **at == '*';
        if (!in_language)
            word->charset[length++] = **at;
    }
    word->charset[length] = '\0';
    return length > 0;
}

/* The end of the encoded text is "?=". Another word's beginning before it means that this one was never ended; looking
 * no further than that keeps a field of many unended words linear. */
static const char *
find_text_end (const char *at, const char *end)
{
    for (; at + 1 < end; at++) {
        if (at[0] == '?' && at[1] == '=')
            return at;
        if (at[0] == '=' && at[1] == '?' && !(at + 2 < end && at[2] == '='))
            return NULL;
    }
    return NULL;
}

/* @at stands on "=?". */
static bool
read_word (const char *at, const char *end, Word *word)
{
    at += 2;
    if (!read_charset (&at, end, word) || end - at < 3 || at[2] != '?')
        return false;

    char encoding = g_ascii_toupper (at[1]);
    if (encoding != 'B' && encoding != 'Q')
        return false;
    word->is_base64 = encoding == 'B';
    word->text = at + 3;

    const char *text_end = find_text_end (word->text, end);
    if (text_end == NULL)
        return false;
    word->length = (gsize) (text_end - word->text);
    word->end = text_end + 2;
    return true;
}

static void
append_quoted (GString *bytes, const char *text, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        if (text[i] == '=' && i + 2 < length && g_ascii_isxdigit (text[i + 1])
            && g_ascii_isxdigit (text[i + 2])) {
            g_string_append_c (
                bytes, (char) (g_ascii_xdigit_value (text[i + 1]) << 4 | g_ascii_xdigit_value (text[i + 2])));
            i += 2;
        } else {
            g_string_append_c (bytes, text[i] == '_' ? ' ' : text[i]);
        }
    }
}

/* What was read and not yet converted: the bytes of words of one charset that follow each other, because writers cut
 * words in the middle of a character. */
typedef struct {
    GString *text; /* the result so far */
    GString *bytes;
    char charset[64];
} Run;

static void
run_flush (Run *run)
{
    if (run->bytes->len == 0)
        return;
    g_autofree char *text = ib_text_from_charset (run->charset, run->bytes->str, run->bytes->len);
    g_string_append (run->text, text);
    g_string_truncate (run->bytes, 0);
}

static void
run_add_word (Run *run, const Word *word)
{
    if (g_ascii_strcasecmp (run->charset, word->charset) != 0) {
        run_flush (run);
        g_strlcpy (run->charset, word->charset, sizeof run->charset);
    }
    if (word->is_base64)
        ib_transfer_append_base64 (run->bytes, word->text, word->length);
    else
        append_quoted (run->bytes, word->text, word->length);
}

static void
run_add_plain (Run *run, const char *bytes, gsize length)
{
    run_flush (run);
    g_autofree char *text = ib_text_from_bytes (bytes, length);
    g_string_append (run->text, text);
}

static bool
is_blank (const char *bytes, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (strchr (" \t\r\n", bytes[i]) == NULL || bytes[i] == '\0')
            return false;
    return true;
}

char *
ib_text_from_header (const char *value, gsize length)
{
    const char *end = value + length;
    const char *plain = value; /* what is not yet taken */
    g_autoptr (GString) bytes = g_string_new (NULL);
    Run run = { .text = g_string_sized_new (length + 1), .bytes = bytes };
    guint words = 0;

    for (const char *at = value; words < IB_LIMIT_ENCODED_WORDS;) {
        Word word;
        at = memmem (at, (gsize) (end - at), "=?", 2);
        if (at == NULL)
            break;
        if (!read_word (at, end, &word)) {
            at += 2;
            continue;
        }
        /* White space between two words is only there to part them (RFC 2047, 6.2). */
        if (words == 0 || !is_blank (plain, (gsize) (at - plain)))
            run_add_plain (&run, plain, (gsize) (at - plain));
        run_add_word (&run, &word);
        plain = at = word.end;
        words++;
    }
    run_add_plain (&run, plain, (gsize) (end - plain));
    return g_string_free (run.text, FALSE);
}
