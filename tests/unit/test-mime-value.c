/* The value of a structured MIME field, as it is meant. */
#include "mime-value.h"
#include "mail-limits.h"

#include <string.h>

/* @value: the word, and "|name=text" of each parameter. */
static const struct {
    const char *name, *raw, *value;
} cases[] = {
    { "type", "text/plain", "text/plain" },
    { "word", "attachment", "attachment" },
    { "letter-case", "Text/HTML", "Text/HTML" },
    { "parameter", "text/plain; charset=utf-8", "text/plain|charset=utf-8" },
    { "no-blank", "text/plain;charset=utf-8;format=flowed", "text/plain|charset=utf-8|format=flowed" },
    { "blanks", " text / plain ; charset = utf-8 ", "text/plain|charset=utf-8" },
    { "comments", "(a(b\\)))text/plain(c); (d)charset=(e)utf-8 (f); x=y", "text/plain|charset=utf-8|x=y" },
    { "quoted", "text/plain; name=\"a; b=c \\\"d\\\" (e)\"", "text/plain|name=a; b=c \"d\" (e)" },
    { "quoted-without-end", "text/plain; name=\"a; b", "text/plain|name=a; b" },
    { "quoted-empty", "text/plain; name=\"\"; x=y", "text/plain|name=|x=y" },
    { "semicolon-last", "text/plain;", "text/plain" },
    { "semicolons", "text/plain;;; x=y;;", "text/plain|x=y" },
    { "semicolon-missing", "text/plain charset=utf-8 format=flowed", "text/plain|charset=utf-8|format=flowed" },
    { "no-value", "text/plain; charset; x=y", "text/plain|x=y" },
    { "empty-value", "text/plain; charset=; x=y", "text/plain|charset=|x=y" },
    { "no-name", "text/plain; =utf-8; x=y", "text/plain|x=y" },
    { "twice", "text/plain; x=a; X=b", "text/plain|x=a" },
    { "unquoted-then-comment", "attachment; filename=my.pdf (mine)", "attachment|filename=my.pdf" },
    { "unquoted-parentheses", "attachment; filename=report(1).pdf; x=y", "attachment|filename=report(1).pdf|x=y" },
    { "unquoted-blanks", "attachment; filename=my big report.pdf; x=y", "attachment|filename=my big report.pdf|x=y" },
    { "encoded-word", "attachment; filename=\"=?utf-8?q?caf=C3=A9?=.pdf\"", "attachment|filename=café.pdf" },
    { "8-bit", "attachment; filename=\"caf\xe9\"", "attachment|filename=café" },

    /* RFC 2231 */
    { "charset", "attachment; filename*=utf-8'en'caf%C3%A9", "attachment|filename=café" },
    { "charset-of-old", "attachment; filename*=iso-8859-1''caf%e9", "attachment|filename=café" },
    { "charset-empty", "attachment; filename*=''a%20b", "attachment|filename=a b" },
    { "charset-missing", "attachment; filename*=a%20b", "attachment|filename=a b" },
    { "charset-unknown", "attachment; filename*=x-none''caf%e9", "attachment|filename=café" },
    { "charset-quoted", "attachment; filename*=\"utf-8''caf%C3%A9\"", "attachment|filename=café" },
    { "pieces", "attachment; filename*0=\"a b\"; filename*1=c.pdf", "attachment|filename=a bc.pdf" },
    { "pieces-out-of-order", "attachment; filename*1=b; x=y; filename*0=a", "attachment|filename=ab|x=y" },
    { "pieces-with-charset", "attachment; filename*0*=utf-8''caf%C3; filename*1*=%A9%20; filename*2=\"%20.pdf\"",
      "attachment|filename=café %20.pdf" },
    { "pieces-with-gap", "attachment; filename*0=a; filename*2=c", "attachment|filename=a" },
    { "pieces-without-first", "attachment; filename*1=b; x=y", "attachment|x=y" },
    { "plain-beside-charset", "attachment; filename=\"ca.pdf\"; filename*=utf-8''caf%C3%A9", "attachment|filename=café" },
    { "broken-escape", "attachment; filename*=utf-8''a%4%zz%", "attachment|filename=a%4%zz%" },
    { "escaped-nul", "attachment; filename*=utf-8''a%00b", "attachment|filename=a\xef\xbf\xbd" "b" },
    { "huge-section", "attachment; filename*99999999999999999999=a; filename*0=b", "attachment|filename=b" },

    /* No word. */
    { "empty", "", NULL },
    { "blank", "  ", NULL },
    { "comment-only", "(text/plain)", NULL },
    { "comment-without-end", "(text/plain", NULL },
    { "parameters-only", "; charset=utf-8", NULL },
    { "slash", "/plain", NULL },
    { "half-type", "text/; charset=utf-8", "text|charset=utf-8" },
};

static void
value_is_read (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autoptr (IbMimeValue) value = ib_mime_value_parse (cases[i].raw);
    if (value == NULL) {
        g_assert_null (cases[i].value);
        return;
    }
    g_autoptr (GString) text = g_string_new (value->word);
    for (guint k = 0; k < value->parameters->len; k++) {
        const IbParameter *parameter = value->parameters->pdata[k];
        g_string_append_printf (text, "|%s=%s", parameter->name, parameter->text);
    }
    g_assert_cmpstr (text->str, ==, cases[i].value);
}

static void
type_has_two_halves (void)
{
    g_autoptr (IbMimeValue) type = ib_mime_value_parse ("Text / Plain");
    g_assert_true (ib_mime_value_is (type, "text", NULL));
    g_assert_true (ib_mime_value_is (type, "TEXT", "plain"));
    g_assert_false (ib_mime_value_is (type, "text", "html"));
    g_autoptr (IbMimeValue) word = ib_mime_value_parse ("text");
    g_assert_false (ib_mime_value_is (word, "text", NULL));
}

static void
pieces_are_bounded (void)
{
    g_autoptr (GString) raw = g_string_new ("a/b");
    for (guint i = 0; i < 20000; i++)
        g_string_append_printf (raw, "; p%u=x", i);
    g_autoptr (IbMimeValue) value = ib_mime_value_parse (raw->str);
    g_assert_cmpuint (value->parameters->len, ==, IB_LIMIT_PARAMETERS);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("/mime-value/%s", cases[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), value_is_read);
    }
    g_test_add_func ("/mime-value/is", type_has_two_halves);
    g_test_add_func ("/mime-value/bounded", pieces_are_bounded);
    return g_test_run ();
}
