/* Words from outside, as they are shown: nothing in them moves, hides, colours or reorders text, or is longer than it may be. */
#include "escape.h"
#include "server-limits.h"

#include <string.h>

#define BYTES(text) text, sizeof text - 1

static const struct {
    const char *name, *in;
    gssize length;
    const char *out;
} cases[] = {
    { "plain", BYTES ("Grüße, \"Anna\" \\o/ 🙂"), "Grüße, \"Anna\" \\o/ 🙂" },
    { "empty", BYTES (""), "" },
    { "up-to-its-end", "abc", -1, "abc" },
    { "no-further-than-it-is-long", "abc", 2, "ab" },
    { "nul", BYTES ("a\0b"), "a\\x00b" },
    { "line-ends", BYTES ("a\r\nb\tc"), "a\\x0d\\x0ab\\x09c" },
    { "escape", BYTES ("\033[31mred\033]0;title\a"), "\\x1b[31mred\\x1b]0;title\\x07" },
    { "backspace-and-delete", BYTES ("a\bb\177"), "a\\x08b\\x7f" },
    { "c1", BYTES ("a\302\2331mb"), "a\\u009b1mb" }, /* CSI in one character */
    { "bytes-of-no-character", BYTES ("a\377\233b"), "a\\xff\\x9bb" },
    { "cut-in-a-character", BYTES ("a\303"), "a\\xc3" },
    { "overlong", BYTES ("\300\200"), "\\xc0\\x80" },
    { "surrogate", BYTES ("\355\240\200"), "\\xed\\xa0\\x80" },
    { "other-direction", BYTES ("a\342\200\256b\342\201\246c"), "a\\u202eb\\u2066c" },
    { "zero-width", BYTES ("a\342\200\213b\342\200\215c\357\273\277"), "a\\u200bb\\u200dc\\ufeff" },
    { "line-separators", BYTES ("a\342\200\250b\342\200\251c"), "a\\u2028b\\u2029c" },
    { "private", BYTES ("\356\200\200"), "\\ue000" },
    { "unassigned", BYTES ("\357\277\277"), "\\uffff" },
    { "tags", BYTES ("\363\240\201\201"), "\\ue0041" },
};

static void
is_escaped (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *text = ib_escape_text (cases[i].in, cases[i].length, 0);
    g_assert_cmpstr (text, ==, cases[i].out);
    g_autofree char *short_text = ib_escape_server_text (cases[i].in, cases[i].length);
    g_assert_cmpstr (short_text, ==, cases[i].out);
}

static const struct { const char *name, *secret, *in, *out; } hidden[] = {
    { "as-it-is",         "s3cret", "no s3cret: s3cret", "no ****: ****" },
    { "begins-twice",     "aaab", "aaaab", "a****" },
    { "between-quotes",   "a\"b\\c", "LOGIN anna \"a\\\"b\\\\c\"", "LOGIN anna \"****\"" },
    { "plain",            "s3cret", "AUTH PLAIN AGFubmEAczNjcmV0!", "AUTH PLAIN ****!" },
    { "padded",           "s3cret", "x AGJvYgBzM2NyZXQ= y", "x **** y" },
    { "another-word",     "s3cret", "AUTH PLAIN AGFubmEAb3RoZXIx", "AUTH PLAIN AGFubmEAb3RoZXIx" },
    { "too-short",        "no", "no, nobody", "no, nobody" },
    { "8-bit",            "\374 \377b", "a\374 \377bc", "a****c" },
    { "none",             NULL, "no s3cret", "no s3cret" },
};

static void
is_hidden (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    const char *bytes = hidden[i].secret;
    g_autoptr (IbSecret) secret = bytes != NULL ? ib_secret_new (bytes, strlen (bytes), NULL) : NULL;
    ib_escape_hide (secret);
    g_autofree char *text = ib_escape_server_text (hidden[i].in, -1);
    g_assert_cmpstr (text, ==, hidden[i].out);
    ib_escape_hide (NULL);
    g_autofree char *after = ib_escape_server_text ("no s3cret", -1);
    g_assert_cmpstr (after, ==, "no s3cret");
}

/* Characters are counted, not bytes; what is exactly as long as it may be is left whole. */
static void
is_cut (void)
{
    g_autoptr (GString) in = g_string_new (NULL);
    for (gsize i = 0; i < IB_LIMIT_SERVER_TEXT; i++)
        g_string_append (in, "ü");
    g_autofree char *whole = ib_escape_server_text (in->str, -1);
    g_assert_cmpstr (whole, ==, in->str);
    g_autofree char *cut_expected = g_strconcat (in->str, "…", NULL);
    g_string_append (in, "\033[2J and much more");
    g_autofree char *cut = ib_escape_server_text (in->str, -1);
    g_assert_cmpstr (cut, ==, cut_expected);
    g_autofree char *all = ib_escape_text (in->str, -1, 0);
    g_assert_true (g_str_has_suffix (all, "ü\\x1b[2J and much more"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/escape/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), is_escaped);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (hidden); i++) {
        g_autofree char *path = g_strconcat ("/escape/hidden/", hidden[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), is_hidden);
    }
    g_test_add_func ("/escape/cut", is_cut);
    return g_test_run ();
}
