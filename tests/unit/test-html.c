/* What a reader sees of HTML, and no more. */
#include "html.h"

#include <string.h>

static const struct {
    const char *name, *html, *text;
} cases[] = {
    { "empty", "", "" },
    { "plain", "hello", "hello" },
    { "tag", "a <b>bold</b> word", "a bold word" },
    { "tag-in-word", "Vi<i></i>ag<span class=x>ra</span>", "Viagra" },
    { "comment-in-word", "Vi<!-- x -->agra", "Viagra" },
    { "blanks", "  a \n\t b  ", "a b" },
    { "block", "<div>a</div><div>b</div>c", "a\r\nb\r\nc" },
    { "break", "a<br>b<BR/>c", "a\r\nb\r\nc" },
    { "table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\r\nc" },
    { "pre", "<pre>a\nb</pre>c\nd", "a\r\nb\r\nc d" },
    { "document", "<!DOCTYPE html><html><head><title>x</title><style>p{}</style></head><body><p>a</p></body></html>", "a" },
    { "script", "a<script>if (1<2) document.write('</b>x');</script>b", "ab" },
    { "script-letter-case", "a<SCRIPT type=x>x</Script >b", "ab" },
    { "script-without-end", "a<script>x", "a" },
    { "script-other-end", "a<script>x</scripty>y</script>b", "ab" },
    { "quoted-bracket", "a<img alt=\"x>y\" src='>'>b", "ab" },
    { "unquoted-quote", "a<p title=it's>b", "a\r\nb" },
    { "quote-without-end", "a<img alt=\"b>c", "a" },
    { "tag-without-end", "a<b", "a" },
    { "no-tag", "1 < 2 <3 <> a<", "1 < 2 <3 <> a<" },
    { "end-tag-junk", "a</ x>b</>c", "abc" },
    { "comment-dashes", "a<!-- -- > -->b<!-->c<!--->d<!-- x --!>e", "abcde" },
    { "comment-without-end", "a<!-- b", "a" },
    { "conditional", "a<!--[if mso]>x<![endif]--><!--[if !mso]><!-->b<!--<![endif]-->c<![if !x]>d<![endif]>", "abcd" },
    { "instruction", "a<?xml b?>c", "ac" },
    { "cdata", "a<![CDATA[x]]>b", "ab" },

    { "named", "&lt;b&gt; &amp;amp; &quot;&apos;", "<b> &amp; \"'" },
    { "named-letters", "&eacute;&Eacute;&euro;&hearts;&Ouml;", "éÉ€♥Ö" },
    { "named-of-two", "&NotEqualTilde;", "≂̸" },
    { "named-open", "a&ampb &copy 2024 &notit; &notin;", "a&b © 2024 ¬it; ∉" },
    { "named-unknown", "&nonesuch; &x &", "&nonesuch; &x &" },
    { "named-closed-only", "&hearts x", "&hearts x" },
    { "nbsp", "a&nbsp;&nbsp;b\xc2\xa0" "c", "a b c" },
    { "newline", "a&NewLine;&Tab;b", "a b" },
    { "number", "&#86;&#x69;&#X61;&#103&#114;a", "Viagra" },
    { "number-windows", "&#147;&#x80;&#148;", "“€”" },
    { "number-wrong", "&#0;&#xD800;&#99999999999999999999;&#x110000;", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
    { "number-none", "&#; &#x; &#xg;", "&#; &#x; &#xg;" },
    { "unseen", "Vi&shy;a&ZeroWidthSpace;g\xe2\x80\x8br&#xFEFF;a", "Viagra" },
    { "utf-8", "<p>日本</p>é", "日本\r\né" },
};

static void
html_is_reduced (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    /* Exactly as long as it says: a sanitizer sees who reads on. */
    gsize length = strlen (cases[i].html);
    g_autofree char *html = g_memdup2 (cases[i].html, length);
    g_autoptr (GString) text = g_string_new (NULL);
    ib_html_append_text (text, html, length);
    g_assert_cmpstr (text->str, ==, cases[i].text);
}

static void
any_beginning_is_read (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    for (gsize length = 0; length < strlen (cases[i].html); length++) {
        g_autofree char *valid = g_utf8_make_valid (cases[i].html, (gssize) length);
        g_autofree char *html = g_memdup2 (valid, strlen (valid));
        g_autoptr (GString) text = g_string_new (NULL);
        ib_html_append_text (text, html, strlen (valid));
        g_assert_true (g_utf8_validate (text->str, (gssize) text->len, NULL));
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("/html/%s", cases[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), html_is_reduced);
        g_autofree char *cut = g_strdup_printf ("/html/cut/%s", cases[i].name);
        g_test_add_data_func (cut, GSIZE_TO_POINTER (i), any_beginning_is_read);
    }
    return g_test_run ();
}
