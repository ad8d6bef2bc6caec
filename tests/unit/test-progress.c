/* The progress line says what is known, and never more than fits. */
#include "progress.h"

#include <string.h>

static const struct {
    const char *name;
    guint64 done, expected, bytes;
    double seconds;
    const char *who;
    guint columns;
    const char *has, *has_not;
} cases[] = {
    { "counts", 12, 200, 34000, 0.2, "work", 200, "12 of 200", "left" },
    { "names-who-works", 12, 200, 34000, 0.2, "work, home", 200, "work, home", "\n" },
    { "rate-after-a-while", 100, 200, 4000000, 2.0, "work", 200, "2.0\302\240MB/s", "\n" },
    { "time-left", 100, 400, 4000000, 10.0, "work", 200, "about 30 s left", "min" },
    { "long-time-left", 10, 20000, 400000, 10.0, "work", 200, "about 333 min left", " s left" },
    { "more-than-expected", 12, 10, 0, 5.0, "work", 200, "12 of 12", "left" },
    { "nothing-expected", 0, 0, 0, 0.0, "", 200, "0 of 0", "left" },
    { "narrow", 12, 200, 34000, 2.0, "work", 30, "…", "work" },
};

static void
says (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *line = ib_progress_line (cases[i].done, cases[i].expected, cases[i].bytes, cases[i].seconds,
                                              cases[i].who, cases[i].columns);
    g_assert_nonnull (strstr (line, cases[i].has));
    g_assert_null (strstr (line, cases[i].has_not));
    g_assert_cmpint (g_utf8_strlen (line, -1), <=, cases[i].columns);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/progress/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), says);
    }
    return g_test_run ();
}
