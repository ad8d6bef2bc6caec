/* Who may begin: each row is a course of comings and ends, two of a kind at once. */
#include "turns.h"

#include <string.h>

/* "a1": one of the kind a comes, and is the number 1; "-a": one of that kind has ended; "!": all who wait give up. After each
 * word all begin who may. */
static const struct {
    const char *name, *course, *begun;
} rows[] = {
    { "nobody", "", "" },
    { "all-at-once", "a1 a2", "1 2 " },
    { "third-waits", "a1 a2 a3", "1 2 " },
    { "third-follows", "a1 a2 a3 -a", "1 2 3 " },
    { "in-the-order-of-coming", "a1 a2 a3 a4 a5 -a -a -a", "1 2 3 4 5 " },
    { "no-more-than-ended", "a1 a2 a3 a4 -a", "1 2 3 " },
    { "others-do-not-wait", "a1 a2 a3 b4 b5 b6 c7", "1 2 4 5 7 " },
    { "an-end-is-for-its-kind", "a1 a2 a3 b4 b5 b6 -b", "1 2 4 5 6 " },
    { "empty-again", "a1 -a a2 -a a3 -a a4 a5 a6", "1 2 3 4 5 " },
    { "given-up", "a1 a2 a3 a4 ! -a -a a5", "1 2 (3 4 )5 " },
};

static void
play (IbTurns *turns, const char *word, GString *begun)
{
    gpointer who;
    const char kind[] = { word[*word == '-' ? 1 : 0], '\0' };
    if (*word == '-') {
        ib_turns_end (turns, kind);
    } else if (*word == '!') {
        g_string_append_c (begun, '(');
        while ((who = ib_turns_give_up (turns)) != NULL)
            g_string_append_printf (begun, "%u ", GPOINTER_TO_UINT (who));
        g_string_append_c (begun, ')');
    } else {
        ib_turns_wait (turns, kind, GUINT_TO_POINTER ((guint) g_ascii_digit_value (word[1])));
    }
    while ((who = ib_turns_next (turns)) != NULL)
        g_string_append_printf (begun, "%u ", GPOINTER_TO_UINT (who));
}

static void
take_turns (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbTurns) turns = ib_turns_new (2);
    g_autoptr (GString) begun = g_string_new (NULL);
    g_auto (GStrv) words = g_strsplit (rows[i].course, " ", -1);
    for (char **word = words; *word != NULL; word++)
        play (turns, *word, begun);
    g_assert_cmpstr (begun->str, ==, rows[i].begun);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/turns/", rows[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), take_turns);
    }
    return g_test_run ();
}
