/* Lines, fast and slow, and what is made of them. */
#include "line-speed.h"

#include <string.h>

#define KB 1000

typedef struct {
    gint64 at_ms;      /* since the row before */
    guint64 bytes;     /* that came in that time */
    gint64 waited_ms;  /* of it */
} Moment;

static const struct {
    const char *name;
    Moment moments[12];
    IbLineVerdict verdict;
    guint64 least, most; /* bytes in a second */
} cases[] = {
    { "nothing-came", { { 1000, 0, 1000 } }, IB_LINE_UNKNOWN, 0, 0 },
    { "too-little", { { 0, 0, 0 }, { 20, 120 * KB, 20 } }, IB_LINE_UNKNOWN, 0, 0 },
    { "fast-at-once", { { 0, 0, 0 }, { 30, 300 * KB, 20 } }, IB_LINE_IS_FAST, 9000 * KB, 11000 * KB },
    { "two-megabytes", { { 0, 0, 0 }, { 150, 300 * KB, 150 }, { 150, 300 * KB, 150 }, { 300, 600 * KB, 300 } }, IB_LINE_IS_SLOW, 1900 * KB, 2100 * KB },
    { "one-window-is-not-enough", { { 0, 0, 0 }, { 150, 300 * KB, 150 } }, IB_LINE_UNKNOWN, 0, 0 },
    { "very-slow", { { 0, 0, 0 }, { 2000, 16 * KB, 2000 }, { 2000, 16 * KB, 2000 } }, IB_LINE_IS_SLOW, 7 * KB, 9 * KB },
    /* TCP doubles with each round trip, here of 150 ms. */
    { "begins-slowly", { { 0, 0, 0 }, { 150, 14 * KB, 150 }, { 150, 28 * KB, 150 }, { 150, 56 * KB, 150 }, { 150, 112 * KB, 150 }, { 150, 224 * KB, 150 }, { 150, 448 * KB, 150 } }, IB_LINE_UNKNOWN, 0, 0 },
    { "begins-slowly-is-fast", { { 0, 0, 0 }, { 300, 42 * KB, 300 }, { 300, 168 * KB, 300 }, { 300, 672 * KB, 300 }, { 150, 900 * KB, 150 } }, IB_LINE_IS_FAST, 4000 * KB, 9000 * KB },
    { "begins-slowly-is-slow", { { 0, 0, 0 }, { 300, 42 * KB, 300 }, { 300, 168 * KB, 300 }, { 300, 300 * KB, 300 }, { 300, 300 * KB, 300 } }, IB_LINE_IS_SLOW, 900 * KB, 1100 * KB },
    /* We are waited for: what came meanwhile is there at once. */
    { "we-are-slow", { { 0, 0, 0 }, { 300, 600 * KB, 10 }, { 300, 600 * KB, 10 } }, IB_LINE_UNKNOWN, 0, 0 },
    { "we-are-slow-at-first", { { 0, 0, 0 }, { 300, 600 * KB, 10 }, { 300, 600 * KB, 290 }, { 300, 600 * KB, 300 } }, IB_LINE_IS_SLOW, 1900 * KB, 2100 * KB },
    { "we-are-slow-in-between", { { 0, 0, 0 }, { 300, 600 * KB, 300 }, { 300, 600 * KB, 10 }, { 300, 600 * KB, 300 } }, IB_LINE_UNKNOWN, 0, 0 },
    { "no-time-at-all", { { 0, 0, 0 }, { 0, 300 * KB, 0 } }, IB_LINE_IS_FAST, 4000 * KB, G_MAXUINT64 },
    { "stays-as-it-is", { { 0, 0, 0 }, { 30, 300 * KB, 20 }, { 3000, 3 * KB, 3000 }, { 3000, 3 * KB, 3000 } }, IB_LINE_IS_FAST, 9000 * KB, 11000 * KB },
};

static void
test_line (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    IbLineSpeed speed = { 0 };
    guint64 bytes = 5000;
    gint64 waited_ms = 77, now_ms = 123456;
    for (gsize i = 0; i < G_N_ELEMENTS (cases[row].moments); i++) {
        const Moment *moment = &cases[row].moments[i];
        if (i > 0 && moment->at_ms == 0 && moment->bytes == 0)
            break;
        bytes += moment->bytes;
        waited_ms += moment->waited_ms;
        now_ms += moment->at_ms;
        ib_line_speed_note (&speed, bytes, waited_ms, now_ms);
    }
    g_assert_cmpint (speed.verdict, ==, cases[row].verdict);
    g_assert_cmpuint (speed.bytes_per_second, >=, cases[row].least);
    g_assert_cmpuint (speed.bytes_per_second, <=, cases[row].most);
}

/* The line is all that anybody waits for. */
static void
note (IbLineSpeed *speed, guint64 bytes, gint64 ms)
{
    ib_line_speed_note (speed, bytes, ms, ms);
}

/* While nothing was on its way, nothing can have come. */
static void
test_asking_again (void)
{
    IbLineSpeed speed = { 0 };
    gint64 ms = 1000;
    guint64 bytes = 0;
    for (guint i = 0; i < 4; i++) { /* 100 ms of 2 MB/s, then 100 ms of nothing */
        ib_line_speed_ask (&speed, ms, ms);
        note (&speed, bytes, ms += 50);
        note (&speed, bytes += 100 * KB, ms += 50);
        note (&speed, bytes += 100 * KB, ms += 50);
        g_assert_cmpint (speed.verdict, ==, i < 2 ? IB_LINE_UNKNOWN : IB_LINE_IS_SLOW);
    }
    g_assert_cmpuint (speed.bytes_per_second, ==, 2000 * KB);
}

/* What comes in bursts, one in each round trip, is looked at over several of them. */
static void
test_long_way (void)
{
    IbLineSpeed speed = { 0 };
    gint64 ms = 0;
    guint64 bytes = 0;
    ib_line_speed_ask (&speed, ms, ms);
    note (&speed, bytes += 14 * KB, ms += 600);
    for (guint64 burst = 28 * KB; burst < 3000 * KB; burst *= 2)
        for (guint part = 0; part < 2; part++)
            note (&speed, bytes += burst / 2, ms += part == 0 ? 590 : 10);
    g_assert_cmpint (speed.verdict, ==, IB_LINE_UNKNOWN);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/line-speed/asking-again", test_asking_again);
    g_test_add_func ("/line-speed/long-way", test_long_way);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/line-speed/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_line);
    }
    return g_test_run ();
}
