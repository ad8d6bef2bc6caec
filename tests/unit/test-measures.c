/* The figures against values that were worked out by hand. */
#include "measures.h"

#include <math.h>
#include <string.h>

/* A word is "h" or "s", what it is, "+" if it was called spam, and its score: "s+0.9 h0.1". */
typedef struct {
    const char *name, *mail;
    guint64 ham, spam, lost, missed;
    double lost_share, missed_share, lam, area, missed_at[IB_MEASURED_LOSSES];
} Case;

/* LAM without an error among n and m messages: odds of 1/2 : n + 1/2 and 1/2 : m + 1/2, the root of their product; e.g. 2 and
 * 2: odds 1 : 5, so a share of 1 in 6. */
static const Case cases[] = {
    { "none", "", 0, 0, 0, 0, NAN, NAN, NAN, NAN, { NAN, NAN } },
    { "ham-only", "h0.1 h+0.9", 2, 0, 1, 0, 50, NAN, NAN, NAN, { NAN, NAN } },
    { "spam-only", "s0.1 s+0.9 s+0.8 s+0.7", 0, 4, 0, 1, NAN, 25, NAN, NAN, { NAN, NAN } },
    { "without-an-error", "h0.1 h0.2 s+0.8 s+0.9", 2, 2, 0, 0, 0, 0, 100. / 6, 0, { 0, 0 } },
    { "all-wrong", "h+0.9 h+0.8 s0.1 s0.2", 2, 2, 2, 2, 100, 100, 500. / 6, 100, { 100, 100 } },
    /* Of the four pairs one is in the wrong order: ham 0.7 above spam 0.6. Shares of error (1.5 / 3) and (0.5 / 3), odds 1
     * and 1 : 5, so 1 in 1 + root of 5. */
    { "one-ham-lost", "h0.1 h+0.7 s+0.6 s+0.8", 2, 2, 1, 0, 50, 0, 100 / (1 + 2.23606797749979), 25, { 50, 0 } },
    { "order-does-not-matter", "s+0.8 h+0.7 s+0.6 h0.1", 2, 2, 1, 0, 50, 0, 100 / (1 + 2.23606797749979), 25, { 50, 0 } },
    /* All pairs are ties. Nothing can be cut without losing both; losing one means losing the other, too. */
    { "ties", "h0.5 h0.5 s0.5 s0.5", 2, 2, 0, 2, 0, 100, 50, 50, { 100, 100 } },
    /* Spam that ties with the ham that must not be lost is missed. */
    { "tie-at-the-cut", "h0.1 h0.5 s0.5 s+0.9", 2, 2, 0, 1, 0, 50, 100 / (1 + 2.23606797749979), 12.5, { 50, 0 } },
    /* May one be lost, and there is but one: nothing needs to be missed. */
    { "one-ham", "h0.9 s0.1 s0.2", 1, 2, 0, 2, 0, 100, 100 / (1 + sqrt (3. * 1 / 5)), 100, { 100, 0 } },
    /* In log-odds as well as in probabilities. */
    { "log-odds", "h-3.5 h-2 h1.5 s+0.5 s+4", 3, 2, 0, 0, 0, 0, 100 / (1 + sqrt (7. * 5)), 100. / 6, { 50, 0 } },
};

static void
assert_near (double found, double expected)
{
    if (isnan (expected))
        g_assert_true (isnan (found));
    else
        g_assert_cmpfloat_with_epsilon (found, expected, 1e-9);
}

static GArray *
read_mail (const char *mail)
{
    g_auto (GStrv) words = g_strsplit (mail, " ", -1);
    GArray *scored = g_array_new (FALSE, FALSE, sizeof (IbScored));
    for (char **word = words; *word != NULL && **word != '\0'; word++) {
        const IbScored one = { .score = g_ascii_strtod (*word + 1, NULL),
                               .is_spam = **word == 's',
                               .is_called = (*word)[1] == '+' };
        g_array_append_val (scored, one);
    }
    return scored;
}

static void
test_measures (gconstpointer data)
{
    const Case *given = data;
    g_autoptr (GArray) scored = read_mail (given->mail);
    IbMeasures measures = ib_measures_of ((const IbScored *) scored->data, scored->len);
    g_assert_cmpuint (measures.ham, ==, given->ham);
    g_assert_cmpuint (measures.spam, ==, given->spam);
    g_assert_cmpuint (measures.ham_lost, ==, given->lost);
    g_assert_cmpuint (measures.spam_missed, ==, given->missed);
    assert_near (measures.ham_lost_share, given->lost_share);
    assert_near (measures.spam_missed_share, given->missed_share);
    assert_near (measures.lam, given->lam);
    assert_near (measures.area, given->area);
    for (gsize i = 0; i < IB_MEASURED_LOSSES; i++)
        assert_near (measures.missed_at[i], given->missed_at[i]);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *name = g_strconcat ("/measures/", cases[i].name, NULL);
        g_test_add_data_func (name, &cases[i], test_measures);
    }
    return g_test_run ();
}
