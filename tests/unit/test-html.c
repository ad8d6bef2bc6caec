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

/* What is seen, what is hidden, and where links lead: "target=text". */
static const struct {
    const char *name, *html, *text, *hidden, *links;
} pages[] = {
    { "plain", "<p>a", "a", "", "" },
    { "display", "a<span style='display:none'>b</span>c", "ac", "b", "" },
    { "display-spaced", "a<span style=\"color: red; DISPLAY : None !important\">b</span>c", "ac", "b", "" },
    { "visibility", "a<b style=visibility:hidden>b</b>c", "ac", "b", "" },
    { "attribute", "a<p hidden>b</p>c", "a\r\nc", "b", "" },
    { "size", "a<font style='font-size:0px'>b</font>c", "ac", "b", "" },
    { "size-of-a-dot", "a<font style='font-size:1px'>b</font>c", "ac", "b", "" },
    { "size-small", "a<font style='font-size:0.9em'>b</font>c", "abc", "", "" },
    { "size-ten", "a<font style='font-size:10px'>b</font>c", "abc", "", "" },
    { "opacity", "a<i style='opacity:0'>b</i><i style='opacity:0.5'>c</i>", "ac", "b", "" },
    { "white-on-white", "a<font color=#FFFFFF>b</font>c", "ac", "b", "" },
    { "white-by-name", "a<font color=white>b</font>c", "ac", "b", "" },
    { "white-on-black", "<body bgcolor=black>a<font color=white>b</font>c", "abc", "", "" },
    { "short-color", "<body bgcolor='#123'>a<span style='color:#112233'>b</span>c", "ac", "b", "" },
    { "nested", "a<div hidden>b<div>c</div>d</div>e", "a\r\ne", "b\r\nc\r\nd", "" },
    { "nested-other", "a<div hidden>b<b>c</b>d</div>e", "a\r\ne", "bcd", "" },
    { "void", "a<img style='display:none' src=x>b", "ab", "", "x=" },
    { "without-end", "a<span hidden>b", "a", "b", "" },
    { "link", "a <a href='http://x.example/'>b <b>c</b></a> d", "a b c d", "", "http://x.example/= b c" },
    { "link-without-end", "<a href=x>b", "b", "", "x=b" },
    { "links", "<a href=x>b</a><a href=y>c</a>", "bc", "", "x=b y=c" },
    { "picture-in-link", "<a href=x><img src=y>b</a>", "b", "", "x= y=" },
    { "no-target", "<a name=x>b</a>", "b", "", "" },
};

static char *
render_links (const IbHtmlPage *page)
{
    GString *links = g_string_new (NULL);
    for (guint i = 0; i < page->links->len; i++) {
        const IbHtmlLink *link = &g_array_index (page->links, IbHtmlLink, i);
        g_string_append_printf (links, "%s%.*s=%.*s", i > 0 ? " " : "", (int) link->length, link->target,
                                (int) (link->text_end - link->text_start), page->text->str + link->text_start);
    }
    return g_string_free (links, FALSE);
}

static void
page_is_told_apart (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    gsize length = strlen (pages[i].html);
    g_autofree char *html = g_memdup2 (pages[i].html, length);
    g_autoptr (IbHtmlPage) page = ib_html_page_new (html, length);
    g_autofree char *links = render_links (page);
    g_assert_cmpstr (page->text->str, ==, pages[i].text);
    g_assert_cmpstr (page->hidden->str, ==, pages[i].hidden);
    g_assert_cmpstr (links, ==, pages[i].links);
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
    for (gsize i = 0; i < G_N_ELEMENTS (pages); i++) {
        g_autofree char *path = g_strconcat ("/html/page/", pages[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), page_is_told_apart);
    }
    return g_test_run ();
}
