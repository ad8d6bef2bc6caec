/* test-bus-callers.c - nobody keeps the others from their turn, and who is done with is forgotten */
#include "bus-callers.h"

/* What happens in turn: "a" takes for :1.a, "A" gives back; expected is a "+" or "-" for each that takes. */
static const struct {
    const char *name, *steps, *expected;
    guint known;
} cases[] = {
    { "nothing", "", "", 0 },
    { "one", "a", "+", 1 },
    { "too-much-of-one", "aaaa", "+++-", 1 },
    { "others-go-on", "aaaab", "+++-+", 2 },
    { "too-much-of-all", "aaabbbc", "+++++--", 2 },
    { "given-back", "aaaaAaa", "+++-+-", 1 },
    { "refused-takes-nothing", "aaaaaaAAAa", "+++---+", 1 },
    { "forgotten", "aabAAB", "+++", 0 },
    { "room-for-others", "aaabbcAc", "+++++-+", 3 },
};

static void
test_steps (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (IbBusCallers) callers = ib_bus_callers_new (3, 5);
    g_autoptr (GString) said = g_string_new (NULL);
    for (const char *step = cases[row].steps; *step != '\0'; step++) {
        const char caller[] = { ':', '1', '.', g_ascii_tolower (*step), '\0' };
        if (g_ascii_isupper (*step))
            ib_bus_callers_give_back (callers, caller);
        else
            g_string_append_c (said, ib_bus_callers_take (callers, caller) ? '+' : '-');
    }
    g_assert_cmpstr (said->str, ==, cases[row].expected);
    g_assert_cmpuint (ib_bus_callers_known (callers), ==, cases[row].known);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/bus-callers/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_steps);
    }
    return g_test_run ();
}
