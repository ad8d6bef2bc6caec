/* How late it is, as far as something is to be removed: by clocks that jump. */
#include "due-clock.h"

#define S G_USEC_PER_SEC
#define H (3600 * (gint64) S)
#define D (24 * H)
#define NOON (G_GINT64_CONSTANT (1795737600) * S)
#define BOOT (1000 * (gint64) S)
#define NOTHING G_MAXINT64

/* A look: how long we have run, and what the clock says, from NOON; then what is expected. */
typedef struct {
    gint64 ran, says, earliest, latest;
} Look;

static const struct {
    const char *name;
    gint64 known; /* from NOON; NOTHING */
    Look looks[4];
} rows[] = {
    { "nothing-known", NOTHING, { { 0, 90 * D, 90 * D, 90 * D } } },
    { "right", 0, { { 0, 5 * S, 5 * S, 5 * S }, { 3 * H, 3 * H + S, 3 * H + S, 3 * H + S } } },
    { "off-for-a-night", -10 * H, { { 0, 0, 0, 0 } } },
    { "ran-for-days", 0, { { 0, 0, 0, 0 }, { 5 * D, 5 * D, 5 * D, 5 * D } } },
    { "ahead-for-a-moment",
      0,
      { { 0, 60 * D, 0, 60 * D },
        { 60 * S, 60 * D + 60 * S, 60 * S, 60 * D + 60 * S },
        { 90 * S, 90 * S, 90 * S, 90 * S } } },
    { "behind-for-a-moment", 0, { { 0, -60 * D, -60 * D, 0 }, { 90 * S, 90 * S, 90 * S, 90 * S } } },
    { "away-for-a-month",
      0,
      { { 0, 30 * D, 0, 30 * D },
        { H / 2, 30 * D + H / 2, H / 2, 30 * D + H / 2 },
        { H, 30 * D + H, 30 * D + H, 30 * D + H } } },
    { "jumps-while-it-runs",
      0,
      { { 0, 0, 0, 0 },
        { 5 * H, 9 * D, 5 * H, 9 * D },
        { 5 * H + S, 5 * H, 5 * H, 5 * H },
        { 9 * H, 20 * D, 9 * H - S, 20 * D } } },
    { "believed-and-put-right",
      0,
      { { 0, 60 * D, 0, 60 * D },
        { H, 60 * D + H, 60 * D + H, 60 * D + H },
        { 2 * H, 2 * H, 2 * H, 60 * D + 2 * H },
        { 3 * H, 3 * H, 3 * H, 3 * H } } },
};

static void
tells (gconstpointer data)
{
    gsize n = GPOINTER_TO_SIZE (data);
    gint64 known = rows[n].known == NOTHING ? 0 : NOON + rows[n].known;
    IbDueClock clock = ib_due_clock_new (known, NOON + rows[n].looks[0].says, BOOT);
    for (gsize i = 0; i < G_N_ELEMENTS (rows[n].looks); i++) {
        const Look *look = &rows[n].looks[i];
        if (i > 0 && look->ran == 0)
            break;
        gint64 now = NOON + look->says, boot = BOOT + look->ran;
        g_assert_cmpint (ib_due_clock_earliest (&clock, now, boot) - NOON, ==, look->earliest);
        g_assert_cmpint (ib_due_clock_latest (&clock, now, boot) - NOON, ==, look->latest);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strdup_printf ("/due-clock/%s", rows[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), tells);
    }
    return g_test_run ();
}
