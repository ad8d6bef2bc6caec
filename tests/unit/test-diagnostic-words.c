/* What is wrong with a filter, in words: the place is found by programs, and by eye. */
#include "diagnostic-words.h"

#include <string.h>

static const struct {
    const char *name, *path, *text;
    guint line, column;
    bool is_warning;
    IbDiagnosticStyle style;
    const char *expected;
} cases[] = {
    { "line", "a.sieve", "keep;\nkep;\n", 2, 1, false, IB_DIAGNOSTIC_LINE, "a.sieve:2:1: wrong\n" },
    { "warning", "a.sieve", "keep;\n", 1, 1, true, IB_DIAGNOSTIC_LINE, "a.sieve:1:1: warning: wrong\n" },
    { "path-is-safe", "a\033[1m", "", 1, 1, false, IB_DIAGNOSTIC_LINE, "a\\x1b[1m:1:1: wrong\n" },
    { "caret", "a.sieve", "keep;\nif kep;\n", 2, 4, false, IB_DIAGNOSTIC_CARET,
      "a.sieve:2:4: wrong\n    if kep;\n       ^\n" },
    { "tabs", "a.sieve", "\tif\tkep;\n", 1, 5, false, IB_DIAGNOSTIC_CARET,
      "a.sieve:1:5: wrong\n    \tif\tkep;\n    \t  \t^\n" },
    { "characters", "a.sieve", "\"äö\" x", 1, 6, false, IB_DIAGNOSTIC_CARET,
      "a.sieve:1:6: wrong\n    \"äö\" x\n         ^\n" },
    { "wide", "a.sieve", "\"日本\" x", 1, 6, false, IB_DIAGNOSTIC_CARET,
      "a.sieve:1:6: wrong\n    \"日本\" x\n           ^\n" },
    { "combining", "a.sieve", "\"e\314\201\" x", 1, 6, false, IB_DIAGNOSTIC_CARET,
      "a.sieve:1:6: wrong\n    \"e\314\201\" x\n        ^\n" },
    { "escaped", "a.sieve", "\"\033\" x", 1, 5, false, IB_DIAGNOSTIC_CARET,
      "a.sieve:1:5: wrong\n    \"\\x1b\" x\n           ^\n" },
    { "crlf", "a.sieve", "keep;\r\nkep;\r\n", 2, 4, false, IB_DIAGNOSTIC_CARET,
      "a.sieve:2:4: wrong\n    kep;\n       ^\n" },
    { "end-of-line", "a.sieve", "keep", 1, 5, false, IB_DIAGNOSTIC_CARET,
      "a.sieve:1:5: wrong\n    keep\n        ^\n" },
    { "end-of-text", "a.sieve", "keep\n", 2, 1, false, IB_DIAGNOSTIC_CARET,
      "a.sieve:2:1: wrong\n    \n    ^\n" },
    { "beyond", "a.sieve", "keep\n", 9, 9, false, IB_DIAGNOSTIC_CARET, "a.sieve:9:9: wrong\n    \n    ^\n" },
    { "colour", "a.sieve", "kep;", 1, 1, false, IB_DIAGNOSTIC_COLOURED,
      "\033[1ma.sieve:1:1:\033[0m wrong\n    kep;\n    \033[31m^\033[0m\n" },
    { "colour-warning", "a.sieve", "kep;", 1, 2, true, IB_DIAGNOSTIC_COLOURED,
      "\033[1ma.sieve:1:2:\033[0m \033[33mwarning: \033[0mwrong\n    kep;\n     \033[33m^\033[0m\n" },
};

static void
test_case (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    char wrong[] = "wrong";
    const IbDiagnostic diagnostic = { cases[i].line, cases[i].column, cases[i].is_warning, wrong };
    g_autofree char *words = ib_diagnostic_words (cases[i].path, cases[i].text, strlen (cases[i].text),
                                                  &diagnostic, cases[i].style);
    g_assert_cmpstr (words, ==, cases[i].expected);
}

/* A line of a generated filter may be as long as the filter. */
static void
long_lines_are_cut_around_the_place (void)
{
    char wrong[] = "wrong";
    const IbDiagnostic diagnostic = { 1, 5001, false, wrong };
    g_autofree char *text = g_strnfill (10000, 'a');
    text[5000] = '!';
    g_autofree char *words = ib_diagnostic_words ("a", text, 10000, &diagnostic, IB_DIAGNOSTIC_CARET);
    g_auto (GStrv) lines = g_strsplit (words, "\n", -1);
    g_assert_cmpint (g_utf8_strlen (lines[1], -1), ==, 4 + 1 + 140 + 1);
    g_assert_true (g_utf8_get_char (g_utf8_offset_to_pointer (lines[1], (glong) strlen (lines[2]) - 1)) == '!');
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("/diagnostic-words/%s", cases[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_case);
    }
    g_test_add_func ("/diagnostic-words/long-lines-are-cut-around-the-place",
                     long_lines_are_cut_around_the_place);
    return g_test_run ();
}
