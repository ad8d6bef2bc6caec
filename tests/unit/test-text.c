/* Any bytes become UTF-8, and readers of mail see what its writer meant. */
#include "text.h"
#include "mail-limits.h"

#include <string.h>

static const struct {
    const char *name, *value, *text;
} headers[] = {
    { "plain", "Hello", "Hello" },
    { "empty", "", "" },
    { "q", "=?utf-8?q?caf=C3=A9_au_lait?=", "café au lait" },
    { "b", "=?UTF-8?B?Y2Fmw6k=?=", "café" },
    { "b-unpadded", "=?UTF-8?B?Y2Fmw6k?=", "café" },
    { "b-garbage", "=?UTF-8?B?Y2F!m w6k=?=", "café" },
    { "b-empty",
      "a =?UTF-8?B?"
      "?= b",
      "a  b" },
    { "latin1", "=?iso-8859-1?Q?Gr=FC=DFe?=", "Grüße" },
    { "latin1-euro", "=?iso-8859-1?Q?=80_100?=", "€ 100" },
    { "language", "=?iso-8859-1*de?Q?Gr=FC=DFe?=", "Grüße" },
    { "two-words", "=?utf-8?q?a?= =?utf-8?q?b?=", "ab" },
    { "two-words-folded", "=?utf-8?q?a?=\t  =?utf-8?q?b?=", "ab" },
    { "word-and-text", "=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c" },
    { "no-white-space-around", "x=?utf-8?q?a?=y", "xay" },
    { "blank-inside", "=?utf-8?q?a b?=", "a b" },
    { "split-character", "=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "café" },
    { "split-character-b", "=?utf-8?b?w4?= =?UTF-8?b?qQ==?=", "é" },
    { "two-charsets", "=?utf-8?q?=C3=A9?= =?koi8-r?b?8NLJ18XU?=", "éПривет" },
    { "bad-utf8", "=?utf-8?q?a=FFb?=",
      "a\xef\xbf\xbd"
      "b" },
    { "ascii-with-8-bit", "=?us-ascii?q?Gr=FC=DFe?=", "Grüße" },
    { "unknown-charset", "=?x-nonesuch?q?Gr=FC=DFe_=93?=", "Grüße “" },
    { "nul", "=?utf-8?q?a=00b?=",
      "a\xef\xbf\xbd"
      "b" },
    { "half-escape", "=?utf-8?q?a=4?=", "a=4" },
    { "escape-without-digits", "=?utf-8?q?a=XYb=?=", "a=XYb=" },
    { "unended", "=?utf-8?q?abc", "=?utf-8?q?abc" },
    { "unended-then-word", "=?utf-8?q?abc =?utf-8?q?d?=", "=?utf-8?q?abc d" },
    { "unknown-encoding", "=?utf-8?x?abc?=", "=?utf-8?x?abc?=" },
    { "no-charset", "=??q?abc?=", "=??q?abc?=" },
    { "long-charset", "=?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?q?b?=",
      "=?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?q?b?=" },
    { "raw-utf8", "caf\xc3\xa9", "café" },
    { "raw-windows-1252", "caf\xe9 \x80", "café €" },
    { "raw-8-bit-beside-word", "\xe9 =?utf-8?q?=C3=A9?=", "é é" },
};

static void
header_is_decoded (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree char *text = ib_text_from_header (headers[i].value, strlen (headers[i].value));
    g_assert_cmpstr (text, ==, headers[i].text);
}

/* One text a family of charsets, by the names that mail uses. */
static const struct {
    const char *charset, *bytes, *text;
} charsets[] = {
    { "utf-8", "\xe2\x82\xac", "€" },
    { "UTF8", "\xe2\x82\xac", "€" },
    { "us-ascii", "abc", "abc" },
    { "iso-8859-1", "\xe9", "é" },
    { "windows-1252", "\x93\xe9\x94", "“é”" },
    { "iso-8859-2", "\xb1\xea", "ąę" },
    { "iso-8859-3", "\xa1", "Ħ" },
    { "iso-8859-4", "\xb6", "ļ" },
    { "iso-8859-5", "\xb0\xd0", "Аа" },
    { "iso-8859-6", "\xc7", "ا" },
    { "iso-8859-7", "\xe1", "α" },
    { "iso-8859-8-i", "\xe0", "א" },
    { "iso-8859-9", "\xfd", "ı" },
    { "iso-8859-10", "\xb9", "đ" },
    { "iso-8859-13", "\xe0", "ą" },
    { "iso-8859-14", "\xa1", "Ḃ" },
    { "iso-8859-15", "\xa4", "€" },
    { "iso-8859-16", "\xaa", "Ș" },
    { "windows-1250", "\x9c", "ś" },
    { "windows-1251", "\xcf\xf0", "Пр" },
    { "windows-1253", "\xe1", "α" },
    { "windows-1254", "\xfd", "ı" },
    { "windows-1255", "\xe0", "א" },
    { "windows-1256", "\xc7", "ا" },
    { "windows-1257", "\xe0", "ą" },
    { "windows-1258", "\xd0", "Đ" },
    { "tis-620", "\xa1", "ก" },
    { "koi8-r", "\xf0\xd2", "Пр" },
    { "koi8-u", "\xa4", "є" },
    { "ibm437", "\x82", "é" },
    { "ibm850", "\x82", "é" },
    { "ibm852", "\xa5", "ą" },
    { "ibm866", "\x8f", "П" },
    { "macintosh", "\x8e", "é" },
    { "x-mac-cyrillic", "\x8f", "П" },
    { "gb2312", "\xc4\xe3\xba\xc3", "你好" },
    { "gb18030", "\x81\x30\x81\x30", "\xc2\x80" },
    { "big5", "\xa7\x41\xa6\x6e", "你好" },
    { "shift_jis", "\x93\xfa\x96\x7b\x87\x40", "日本①" },
    { "euc-jp", "\xc6\xfc\xcb\xdc", "日本" },
    { "iso-2022-jp", "\x1b$BF|K\\\x1b(B", "日本" },
    { "ks_c_5601-1987", "\xc7\xd1\xb1\xdb", "한글" },
    { "iso-2022-kr", "\x1b$)C\x0eGQ1[\x0f", "한글" },
    { "iso-2022-cn",
      "\x1b$)A\x0e"
      "Dc:C"
      "\x0f",
      "你好" },
    { "viscii", "\xe1\xea", "áê" },
    { "tcvn", "\xb8", "á" },
    { "koi8-t", "\xf0", "П" },
    { "georgian-ps", "\xc0", "ა" },
    { "armscii-8", "\xb2", "Ա" },
    { "utf-7", "Gr+APwA3w-e", "Grüße" },
    { "pt154", "\xf0", "р" },
    { "ibm855", "\xa1", "А" },
    { "ibm857", "\x8d", "ı" },
    { "ibm858", "\xd5", "€" },
    { "ibm862", "\x80", "א" },
    { "x-mac-ce", "\x88", "ą" },
    { "iso-2022-jp-2", "\x1b$BF|\x1b(B", "日" },
    { "euc-tw", "\xca\xbc", "我" },
    { "johab",
      "\xd0"
      "e",
      "한" },
    { "utf-16be", "\x4f\x60", "你" },
    { "utf-16le", "\x60\x4f", "你" },
    /* Broken text loses what is broken and nothing else. */
    { "big5",
      "a\xff"
      "b",
      "a\xef\xbf\xbd"
      "b" },
    { "gb2312", "a\xc4", "a\xef\xbf\xbd" },
    { "utf-7", "a+3AA-b", "a\xef\xbf\xbd" "3AA-b" },
    { "iso-2022-jp", "\x1b$BF|", "日" },
    { " Koi8-R ", "\xf0", "П" },
    { "", "\xe9", "é" },
};

static void
charset_is_read (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree char *text
        = ib_text_from_charset (charsets[i].charset, charsets[i].bytes, strlen (charsets[i].bytes));
    g_assert_cmpstr (text, ==, charsets[i].text);
}

static void
charsets_are_known_by_name (void)
{
    g_assert_true (ib_text_knows_charset ("ISO-8859-1"));
    g_assert_true (ib_text_knows_charset ("gb2312"));
    g_assert_false (ib_text_knows_charset ("x-nonesuch"));
    g_assert_false (ib_text_knows_charset (""));
}

/* Words after the limit stay as they stand, and nothing is lost. */
static void
words_are_bounded (void)
{
    g_autoptr (GString) value = g_string_new (NULL);
    for (guint i = 0; i < 50000; i++)
        g_string_append (value, "=?utf-8?q?a?= ");
    g_autofree char *text = ib_text_from_header (value->str, value->len);
    gsize word = strlen ("=?utf-8?q?a?= ");
    g_assert_cmpuint (strlen (text), ==,
                      IB_LIMIT_ENCODED_WORDS + 1 + (50000 - IB_LIMIT_ENCODED_WORDS) * word);
}

/* Charsets of several bytes a letter, or of several alphabets, with a text that has letters of each. */
static const struct {
    const char *charset, *text;
} wide[] = {
    { "gb18030", "你a好\xc2\x80" },   { "big5-hkscs", "你a好\xc3\x8a\xcc\x84" }, { "cp932", "日a本①" },
    { "euc-jp", "日a本" },          { "iso-2022-jp", "日a本" },          { "iso-2022-jp-2", "日a本" },
    { "euc-kr", "한a글" },          { "iso-2022-kr", "한a글" },          { "iso-2022-cn", "你a好" },
    { "euc-tw", "我a你" },          { "johab", "한a글" },                { "utf-7", "Grüße+-日\xf0\x9f\x98\x80" },
    { "utf-16", "你a\xf0\x9f\x98\x80" }, { "utf-16be", "你a\xf0\x9f\x98\x80" },    { "utf-32", "你a\xf0\x9f\x98\x80" },
};

static void
letters_are_read_wherever_they_stand (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    for (gsize shift = 0; shift < 80; shift++) {
        g_autoptr (GString) text = g_string_new (NULL);
        for (gsize at = 0; at < shift; at++)
            g_string_append_c (text, 'x');
        for (gsize at = 0; at < 40; at++)
            g_string_append (text, wide[i].text);
        gsize length = 0;
        g_autoptr (GError) error = NULL;
        g_autofree char *bytes = g_convert (text->str, -1, wide[i].charset, "UTF-8", NULL, &length, &error);
        g_assert_no_error (error);
        g_autofree char *found = ib_text_from_charset (wide[i].charset, bytes, length);
        g_assert_cmpstr (found, ==, text->str);
    }
}

/* Every byte in every charset: whatever a letter holds, what comes out is UTF-8. */
static void
any_bytes_become_utf8 (void)
{
    char bytes[512];
    for (gsize i = 0; i < sizeof bytes; i++)
        bytes[i] = (char) (i * 167 + i / 256);
    for (gsize i = 0; i < G_N_ELEMENTS (charsets); i++) {
        g_autofree char *text = ib_text_from_charset (charsets[i].charset, bytes, sizeof bytes);
        g_assert_true (g_utf8_validate (text, -1, NULL));
    }
    g_autofree char *raw = ib_text_from_bytes (bytes, sizeof bytes);
    g_assert_true (g_utf8_validate (raw, -1, NULL));
}

static void
nul_does_not_make_utf8_something_else (void)
{
    g_autofree char *text = ib_text_from_bytes ("\xc3\xa9\0\xc3\xa9", 5);
    g_assert_cmpstr (text, ==, "é\xef\xbf\xbdé");
    g_autofree char *latin = ib_text_from_bytes ("\xe9\0\xe9", 3);
    g_assert_cmpstr (latin, ==, "é\xef\xbf\xbdé");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (headers); i++) {
        g_autofree char *path = g_strdup_printf ("/text/header/%s", headers[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), header_is_decoded);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (charsets); i++) {
        g_autofree char *path = g_strdup_printf ("/text/charset/%zu-%s", i, charsets[i].charset);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), charset_is_read);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (wide); i++) {
        g_autofree char *path = g_strdup_printf ("/text/wherever-it-stands/%s", wide[i].charset);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), letters_are_read_wherever_they_stand);
    }
    g_test_add_func ("/text/charsets-are-known-by-name", charsets_are_known_by_name);
    g_test_add_func ("/text/words-are-bounded", words_are_bounded);
    g_test_add_func ("/text/any-bytes-become-utf8", any_bytes_become_utf8);
    g_test_add_func ("/text/nul-does-not-make-utf8-something-else", nul_does_not_make_utf8_something_else);
    return g_test_run ();
}
