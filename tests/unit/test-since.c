/* What people write for "since when". */
#include "since.h"

#include <string.h>

/* 2026-03-01 12:00:00 UTC */
#define NOW (G_GINT64_CONSTANT (1772366400) * G_USEC_PER_SEC)

static const struct { const char *name, *text; gint64 expected_s; } cases[] = {
    { "seconds", "90s", 1772366400 - 90 },
    { "minutes", "5m", 1772366400 - 300 },
    { "hours", "12h", 1772366400 - 43200 },
    { "days", "7d", 1772366400 - 7 * 86400 },
    { "weeks", "2w", 1772366400 - 14 * 86400 },
    { "date", "2026-01-31", 1769817600 },
    { "date-and-time", "2026-01-31T06:00:00Z", 1769817600 + 21600 },
    { "unknown-unit", "7y", -1 },
    { "no-number", "d", -1 },
    { "negative", "-7d", -1 },
    { "too-many", "99999999999d", -1 },
    { "no-such-day", "2026-02-30", -1 },
    { "empty", "", -1 },
    { "words", "yesterday", -1 },
};

static void
parses (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    gint64 since = 0;
    bool is_parsed = ib_since_parse (cases[i].text, NOW, &since, &error);

    if (cases[i].expected_s < 0) {
        g_assert_false (is_parsed);
        g_assert_nonnull (strstr (error->message, "is no time"));
    } else {
        g_assert_no_error (error);
        g_assert_cmpint (since / G_USEC_PER_SEC, ==, cases[i].expected_s);
    }
}

int
main (int argc, char **argv)
{
    g_setenv ("TZ", "UTC", TRUE);
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/since/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), parses);
    }
    return g_test_run ();
}
