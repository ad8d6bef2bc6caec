/* The one timer: it rings when it is time, once, and not at all when it was set off. */
#include "alarm.h"

#define MS G_GINT64_CONSTANT (1000)

typedef struct {
    IbAlarm *alarm;
    gint64 again_at; /* set when it rings; 0: not */
    bool frees;
    guint n_rung;
    gint64 rung_at;
} Bell;

static void
on_rung (gpointer data)
{
    Bell *bell = data;
    bell->n_rung++;
    bell->rung_at = ib_alarm_now ();
    if (bell->again_at != 0)
        ib_alarm_set (bell->alarm, bell->again_at);
    bell->again_at = 0;
    if (bell->frees)
        g_clear_pointer (&bell->alarm, ib_alarm_free);
}

/* Until @at has rung, on an alarm of its own. */
static void
wait_until (gint64 at)
{
    Bell bell = { 0 };
    g_autoptr (IbAlarm) alarm = ib_alarm_new (on_rung, &bell);
    ib_alarm_set (alarm, at);
    while (bell.n_rung == 0)
        g_main_context_iteration (NULL, TRUE);
}

typedef struct {
    const char *name;
    gint64 first_ms, second_ms; /* set at; from now. 0: not set; OFF */
    gint64 again_ms;            /* set when it rings */
    gint64 rings_ms;            /* not before, the last time; OFF: never */
    guint n_rung;
} Row;

#define OFF G_MAXINT64

static const Row rows[] = {
    { "once", 10, 0, 0, 10, 1 },
    { "past", -5000, 0, 0, 0, 1 },
    { "later", 5, 20, 0, 20, 1 },
    { "earlier", 10000, 10, 0, 10, 1 },
    { "the-same", 10, 10, 0, 10, 1 },
    { "off", 10, OFF, 0, OFF, 0 },
    { "off-and-never-on", OFF, OFF, 0, OFF, 0 },
    { "on-again", OFF, 10, 0, 10, 1 },
    { "again", 5, 0, 15, 15, 2 },
    { "again-at-once", 5, 0, -1, 5, 2 },
};

static gint64
after (gint64 start, gint64 ms)
{
    return ms == OFF ? OFF : start + ms * MS;
}

static void
rings (gconstpointer data)
{
    const Row *row = data;
    gint64 start = ib_alarm_now ();
    Bell bell = { .again_at = row->again_ms == 0 ? 0 : after (start, row->again_ms) };
    g_autoptr (IbAlarm) alarm = bell.alarm = ib_alarm_new (on_rung, &bell);
    ib_alarm_set (alarm, after (start, row->first_ms));
    if (row->second_ms != 0)
        ib_alarm_set (alarm, after (start, row->second_ms));
    wait_until (start + 40 * MS);
    g_assert_cmpuint (bell.n_rung, ==, row->n_rung);
    if (row->rings_ms != OFF)
        g_assert_cmpint (bell.rung_at, >=, after (start, row->rings_ms));
}

static void
may_be_freed_while_it_rings (void)
{
    Bell bell = { .frees = true };
    bell.alarm = ib_alarm_new (on_rung, &bell);
    ib_alarm_set (bell.alarm, 0);
    wait_until (ib_alarm_now () + 5 * MS);
    g_assert_cmpuint (bell.n_rung, ==, 1);
    g_assert_null (bell.alarm);
}

static void
the_end_of_time_is_far (void)
{
    Bell bell = { 0 };
    g_autoptr (IbAlarm) alarm = ib_alarm_new (on_rung, &bell);
    ib_alarm_set (alarm, G_MAXINT64 - 1);
    wait_until (ib_alarm_now () + 5 * MS);
    g_assert_cmpuint (bell.n_rung, ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strdup_printf ("/alarm/%s", rows[i].name);
        g_test_add_data_func (path, &rows[i], rings);
    }
    g_test_add_func ("/alarm/may-be-freed-while-it-rings", may_be_freed_while_it_rings);
    g_test_add_func ("/alarm/the-end-of-time-is-far", the_end_of_time_is_far);
    return g_test_run ();
}
