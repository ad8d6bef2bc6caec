/* What the classifier noticed beside words stays, without a translation, what it was; and so does what only looks like that. */
#include "symbol-words.h"

#include <glib.h>

static const struct {
    const char *name, *symbol;
} symbols[] = {
    { "plain", "many marks" },
    { "value-last", "file ends in .exe" },
    { "value-first", "message-id at the sender's" },
    { "two-values", "subject before to" },
    { "value-with-blanks", "part 2 text/plain" },
    { "two-in-a-sentence", "text 12, no html, 1 plain" },
    { "value-like-a-place", "charset {2}" },
    { "values-like-places", "part {2} {1}" },
    { "nothing-between", "marks , 3 files" },
    { "nothing-behind", "charset " },
    { "nothing-before", " before to" },
    { "word", "missing" },
    { "field", "x-mailer: before" },
    { "empty", "" },
};

static void
stays (gconstpointer data)
{
    const char *symbol = symbols[GPOINTER_TO_SIZE (data)].symbol;
    g_autofree char *words = ib_symbol_words (symbol);
    g_assert_cmpstr (words, ==, symbol);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (symbols); i++) {
        g_autofree char *path = g_strconcat ("/symbol-words/", symbols[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), stays);
    }
    return g_test_run ();
}
