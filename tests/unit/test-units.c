/* Numbers, durations, sizes and dates, as people write them and back. */
#include "units.h"

#include <errno.h>

static const struct { const char *name, *text; guint64 least, most; bool is_read; guint64 number; } numbers[] = {
    { "port",       "993",   1, 65535, true, 993 },
    { "least",      "1",     1, 65535, true, 1 },
    { "most",       "65535", 1, 65535, true, 65535 },
    { "zeros",      "0025",  0, 32,    true, 25 },
    { "too-small",  "0",     1, 65535, false, 0 },
    { "too-large",  "65536", 1, 65535, false, 0 },
    { "overflow",   "18446744073709551616", 1, G_MAXUINT64, false, 0 },
    { "plus",       "+1",    0, 9,     false, 0 },
    { "minus",      "-1",    0, G_MAXUINT64, false, 0 },
    { "blank",      " 1",    0, 9,     false, 0 },
    { "hex",        "0x1",   0, 9,     false, 0 },
    { "more",       "1a",    0, 9,     false, 0 },
    { "empty",      "",      0, 9,     false, 0 },
};

/* Whatever errno was before: it tells nothing about a number. */
static void
reads_number (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    guint64 number = 0;
    errno = EAGAIN;
    g_assert_cmpint (ib_units_parse_number (numbers[i].text, numbers[i].least, numbers[i].most, &number), ==,
                     numbers[i].is_read);
    g_assert_cmpuint (number, ==, numbers[i].number);
}

static const struct { const char *name, *text; gint64 seconds; const char *back; } durations[] = {
    { "seconds",    "90s",  90,        "90s" },
    { "minutes",    "5m",   300,       "5m" },
    { "shortest",   "120s", 120,       "2m" },
    { "hours",      "1h",   3600,      "1h" },
    { "days",       "14d",  14 * 86400, "14d" },
    { "weeks",      "2w",   14 * 86400, "14d" },
    { "upper-case", "30D",  30 * 86400, "30d" },
    { "zero",       "0s",   0,         "0s" },
    { "most",       "36600d", 36600LL * 86400, "36600d" },
    { "too-much",   "36601d", -1, NULL },
    { "overflow",   "999999999999w", -1, NULL },
    { "no-unit",    "30",   -1, NULL },
    { "no-number",  "d",    -1, NULL },
    { "two-units",  "1h30m", -1, NULL },
    { "fraction",   "1.5h", -1, NULL },
    { "negative",   "-1d",  -1, NULL },
    { "blank",      " 1d",  -1, NULL },
    { "size",       "5K",   -1, NULL },
    { "empty",      "",     -1, NULL },
};

static void
reads_duration (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    gint64 seconds = -1;
    g_assert_cmpint (ib_units_parse_duration (durations[i].text, &seconds), ==, durations[i].back != NULL);
    g_assert_cmpint (seconds, ==, durations[i].seconds);
    if (durations[i].back != NULL) {
        g_autofree char *back = ib_units_duration_text (seconds);
        g_assert_cmpstr (back, ==, durations[i].back);
    }
}

static const struct { const char *name, *text; guint64 bytes; const char *back; } sizes[] = {
    { "bytes",      "1000", 1000,             "1000" },
    { "kilo",       "500K", 500 * 1024,       "500K" },
    { "mega",       "20M",  20 << 20,         "20M" },
    { "giga",       "1G",   1 << 30,          "1G" },
    { "shortest",   "1024K", 1 << 20,         "1M" },
    { "lower-case", "5k",   5120,             "5K" },
    { "most",       "1024G", 1ULL << 40,      "1024G" },
    { "zero",       "0",    0,                "0" },
    { "too-much",   "1025G", 1, NULL },
    { "two-letters", "20MB", 1, NULL },
    { "duration",   "5m ",  1, NULL },
    { "negative",   "-1",   1, NULL },
    { "empty",      "",     1, NULL },
};

static void
reads_size (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    guint64 bytes = 1;
    g_assert_cmpint (ib_units_parse_size (sizes[i].text, &bytes), ==, sizes[i].back != NULL);
    g_assert_cmpuint (bytes, ==, sizes[i].bytes);
    if (sizes[i].back != NULL) {
        g_autofree char *back = ib_units_size_text (bytes);
        g_assert_cmpstr (back, ==, sizes[i].back);
    }
}

static const struct { const char *name, *text; gint64 seconds; } dates[] = {
    { "winter",      "2026-01-31", 1769814000 },  /* UTC+1 in Berlin */
    { "summer",      "2026-07-01", 1782856800 },  /* UTC+2 */
    { "leap-day",    "2024-02-29", 1709161200 },
    { "no-leap-day", "2026-02-29", -1 },
    { "month-13",    "2026-13-01", -1 },
    { "no-zeros",    "2026-1-31",  -1 },
    { "dots",        "31.01.2026", -1 },
    { "time",        "2026-01-31T00:00", -1 },
    { "long-ago",    "0026-01-31", -1 },
    { "empty",       "",           -1 },
};

static void
reads_date (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    gint64 seconds = -1;
    g_assert_cmpint (ib_units_parse_date (dates[i].text, &seconds), ==, dates[i].seconds != -1);
    g_assert_cmpint (seconds, ==, dates[i].seconds);
}

static void
add_rows (const char *group, gsize n, const char *const *first_name, gsize stride, GTestDataFunc test)
{
    for (gsize i = 0; i < n; i++) {
        const char *name = *(const char *const *) ((const char *) first_name + i * stride);
        g_autofree char *path = g_strdup_printf ("/units/%s/%s", group, name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);
    }
}
#define ADD_ROWS(group, rows, test) add_rows (group, G_N_ELEMENTS (rows), &rows[0].name, sizeof rows[0], test)

int
main (int argc, char **argv)
{
    g_setenv ("TZ", "Europe/Berlin", TRUE);
    g_test_init (&argc, &argv, NULL);
    ADD_ROWS ("number", numbers, reads_number);
    ADD_ROWS ("duration", durations, reads_duration);
    ADD_ROWS ("size", sizes, reads_size);
    ADD_ROWS ("date", dates, reads_date);
    return g_test_run ();
}
