#include "trace-words.h"

#include <string.h>

static IbTraceStep *
add (IbTrace *trace, IbTraceKind kind, guint line, guint depth, const char *what, bool result)
{
    IbTraceStep *step = ib_trace_step_new (kind, "a.sieve", line, depth, what);
    step->result = result;
    ib_trace_add (trace, step);
    return step;
}

static void
says (const IbTrace *trace, guint columns, const char *expected)
{
    g_autofree char *words = ib_trace_words (trace, 2, columns);
    g_assert_cmpstr (words, ==, expected);
}

/* The first command of a block may be a branch of its own. */
static void
reads_nested_branches (void)
{
    g_autoptr (IbTrace) trace = ib_trace_new ();
    (void) add (trace, IB_TRACE_TEST, 1, 2, "exists \"A\"", true);
    (void) add (trace, IB_TRACE_OPERATOR, 1, 1, "allof", true);
    (void) add (trace, IB_TRACE_BRANCH, 1, 0, "if", true);
    (void) add (trace, IB_TRACE_TEST, 2, 2, "exists \"B\"", false);
    (void) add (trace, IB_TRACE_BRANCH, 2, 1, "if", false);
    (void) add (trace, IB_TRACE_BRANCH, 3, 1, "else", true);
    says (trace, 0,
          "  a.sieve\n"
          "      1  yes  if\n"
          "      1  yes    allof\n"
          "      1  yes      exists \"A\"\n"
          "      2  no     if\n"
          "      2  no       exists \"B\"\n"
          "      3  yes    else\n");
}

/* What is known last stands first, as in the script; the commands of an earlier block stay where they are. */
static void
reads_as_the_script (void)
{
    g_autoptr (IbTrace) trace = ib_trace_new ();
    (void) add (trace, IB_TRACE_TEST, 1, 1, "exists \"A\"", true);
    (void) add (trace, IB_TRACE_BRANCH, 1, 0, "if", true);
    (void) add (trace, IB_TRACE_ACTION, 2, 1, "keep", true);
    (void) add (trace, IB_TRACE_TEST, 3, 2, "exists \"B\"", false);
    (void) add (trace, IB_TRACE_TEST, 4, 3, "exists \"C\"", true);
    (void) add (trace, IB_TRACE_OPERATOR, 4, 2, "not", false);
    (void) add (trace, IB_TRACE_OPERATOR, 3, 1, "anyof", false);
    (void) add (trace, IB_TRACE_BRANCH, 3, 0, "if", false);
    (void) add (trace, IB_TRACE_END, 0, 0, "end", false);
    says (trace, 0,
          "  a.sieve\n"
          "      1  yes  if\n"
          "      1  yes    exists \"A\"\n"
          "      2  →      keep\n"
          "      3  no   if\n"
          "      3  no     anyof\n"
          "      3  no       exists \"B\"\n"
          "      4  no       not\n"
          "      4  yes        exists \"C\"\n"
          "         ·    the end of the script; it decided\n");
}

static void
says_what_matched (void)
{
    g_autoptr (IbTrace) trace = ib_trace_new ();
    IbTraceStep *step = add (trace, IB_TRACE_TEST, 1, 1, "header :matches [\"A\"] [\"x\", \"<*>\"]", true);
    ib_trace_step_add_value (step, "other", 5);
    ib_trace_step_add_value (step, "<a\033[31m>", 8);
    ib_trace_step_set_key (step, "<*>", 3);
    ib_trace_step_add_capture (step, "<a\033[31m>", 8);
    ib_trace_step_add_capture (step, "a\033[31m", 6);
    step = add (trace, IB_TRACE_TEST, 2, 1, "header :is \"A\" \"x\"", true);
    ib_trace_step_add_value (step, "x", 1);
    ib_trace_step_set_key (step, "x", 1);
    says (trace, 0,
          "  a.sieve\n"
          "      1  yes    header :matches [\"A\"] [\"x\", \"<*>\"]  « <a\\x1b[31m> »; matched “<*>”;"
          " ${1} is “a\\x1b[31m”\n"
          "      2  yes    header :is \"A\" \"x\"  « x »\n");
}

static void
says_what_did_not_match (void)
{
    g_autoptr (IbTrace) trace = ib_trace_new ();
    IbTraceStep *step = add (trace, IB_TRACE_TEST, 1, 0, "header :is \"A\" \"x\"", false);
    const char *const values[] = { "a", "b", "c", "d", "e" };
    for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
        ib_trace_step_add_value (step, values[i], 1);
    says (trace, 0, "  a.sieve\n      1  no   header :is \"A\" \"x\"  « a », « b », « c » and 2 more\n");
}

static void
says_what_a_command_works_with (void)
{
    g_autoptr (IbTrace) trace = ib_trace_new ();
    IbTraceStep *step = add (trace, IB_TRACE_ACTION, 1, 0, "fileinto \"L.${1}\"", true);
    ib_trace_step_add_value (step, "L.a", 3);
    ib_trace_step_add_value (step, "L.a", 3);
    step = add (trace, IB_TRACE_ACTION, 2, 0, "set :upper \"x\" \"${1}\"", true);
    ib_trace_step_add_value (step, "a", 1);
    ib_trace_step_add_value (step, "A", 1);
    says (trace, 0,
          "  a.sieve\n"
          "      1  →    fileinto \"L.${1}\"  « L.a »\n"
          "      2  →    set :upper \"x\" \"${1}\"  « a », « A »\n");
}

static void
fits_a_terminal (void)
{
    g_autoptr (IbTrace) trace = ib_trace_new ();
    IbTraceStep *step = add (trace, IB_TRACE_TEST, 1, 0, "header :is \"A\" \"x\"", false);
    g_autofree char *filler = g_strnfill (300, 'a');
    ib_trace_step_add_value (step, filler, 300);
    g_autofree char *words = ib_trace_words (trace, 2, 60);
    g_auto (GStrv) lines = g_strsplit (words, "\n", -1);
    g_assert_cmpstr (lines[1], ==, "      1  no   header :is \"A\" \"x\"");
    g_assert_cmpint (g_utf8_strlen (lines[2], -1), ==, 60);
    g_assert_true (g_str_has_suffix (lines[2], "aaa…"));
}

static void
tells_errors_scripts_and_cuts (void)
{
    g_autoptr (IbTrace) trace = ib_trace_new ();
    IbTraceStep *stop = add (trace, IB_TRACE_END, 7, 0, "stop", true);
    stop->line = 7;
    ib_trace_add (trace, ib_trace_step_new (IB_TRACE_ERROR, "b.sieve", 9, 0, "more than 32 actions"));
    trace->is_cut = true;
    says (trace, 0,
          "  a.sieve\n"
          "         ·    stopped; nothing was decided\n"
          "  b.sieve\n"
          "      9  !    more than 32 actions\n"
          "  … and further steps, which are not shown\n");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/trace-words/reads-as-the-script", reads_as_the_script);
    g_test_add_func ("/trace-words/reads-nested-branches", reads_nested_branches);
    g_test_add_func ("/trace-words/says-what-matched", says_what_matched);
    g_test_add_func ("/trace-words/says-what-did-not-match", says_what_did_not_match);
    g_test_add_func ("/trace-words/says-what-a-command-works-with", says_what_a_command_works_with);
    g_test_add_func ("/trace-words/fits-a-terminal", fits_a_terminal);
    g_test_add_func ("/trace-words/tells-errors-scripts-and-cuts", tells_errors_scripts_and_cuts);
    return g_test_run ();
}
