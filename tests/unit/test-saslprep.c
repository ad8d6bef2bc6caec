/* One spelling for passwords; the first rows are RFC 4013's examples. */
#include "saslprep.h"

static const struct {
    const char *name, *text, *prepared;
} cases[] = {
    { "soft-hyphen", "I\302\255X", "IX" },
    { "unchanged", "user", "user" },
    { "case-stays", "USER", "USER" },
    { "feminine-ordinal", "\302\252", "a" },
    { "roman-nine", "\342\205\250", "IX" },
    { "composed", "p\303\244ss", "p\303\244ss" },
    { "decomposed", "pa\314\210ss", "p\303\244ss" },
    { "no-break-space", "a\302\240b", "a b" },
    { "ideographic-space", "a\343\200\200b", "a b" },
    { "full-width", "\357\274\241\357\274\222", "A2" },
    { "zero-width-joiner", "a\342\200\215b", "ab" },
    { "backslash-and-quote", "a\\\"b ", "a\\\"b " },
    { "empty", "", "" },
    /* What may not be: as it stands. */
    { "control", "\303\244\007", "\303\244\007" },
    { "override", "a\342\200\256b", "a\342\200\256b" },
    { "private", "\356\200\200", "\356\200\200" },
    { "latin-1", "p\344ss", "p\344ss" },
};

static void
prepares (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *prepared = ib_saslprep (cases[i].text);
    g_assert_cmpstr (prepared, ==, cases[i].prepared);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/saslprep/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), prepares);
    }
    return g_test_run ();
}
