/* test-alerts.c - what a mail server says is told once, and not without end */
#include "alerts.h"

#include <glib/gstdio.h>

#define HOUR (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

typedef struct {
    char *folder, *path;
    IbAlerts *alerts;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
    self->folder = g_dir_make_tmp ("ib-alerts-XXXXXX", NULL);
    self->path = g_build_filename (self->folder, "cache", "alerts", NULL);
    self->alerts = ib_alerts_load (self->path);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
    g_autofree char *cache = g_path_get_dirname (self->path);
    ib_alerts_free (self->alerts);
    (void) g_unlink (self->path);
    (void) g_rmdir (cache);
    g_assert_cmpint (g_rmdir (self->folder), ==, 0);
    g_free (self->path);
    g_free (self->folder);
}

static void
begin_anew (Fixture *self)
{
    ib_alerts_free (self->alerts);
    self->alerts = ib_alerts_load (self->path);
}

static void
test_once (Fixture *self, gconstpointer data)
{
    g_assert_true (ib_alerts_note (self->alerts, "work", "Full; at 90%\\", HOUR, false));
    g_assert_false (ib_alerts_note (self->alerts, "work", "Full; at 90%\\", 9000 * HOUR, false));
    begin_anew (self);
    g_assert_false (ib_alerts_note (self->alerts, "work", "Full; at 90%\\", 9001 * HOUR, false));
    g_assert_true (ib_alerts_note (self->alerts, "home", "Full; at 90%\\", 9001 * HOUR, false));
    g_assert_true (ib_alerts_note (self->alerts, "work", "Full", 9001 * HOUR, false));
}

static void
test_last (Fixture *self, gconstpointer data)
{
    g_assert_null (ib_alerts_last (NULL, "work", 0));
    g_assert_null (ib_alerts_last (self->alerts, "work", 0));
    g_assert_true (ib_alerts_note (self->alerts, "work", "one", 2 * HOUR, false));
    g_assert_true (ib_alerts_note (self->alerts, "work", "two", 3 * HOUR, false));
    begin_anew (self);
    g_assert_cmpstr (ib_alerts_last (self->alerts, "work", 3 * HOUR), ==, "two");
    g_assert_null (ib_alerts_last (self->alerts, "work", 3 * HOUR + 1));
    g_assert_null (ib_alerts_last (self->alerts, "home", 0));
}

static void
test_flood (Fixture *self, gconstpointer data)
{
    guint told = 0;
    for (guint i = 0; i < 24 * 60; i++) {
        g_autofree char *text = g_strdup_printf ("number %u", i);
        told += ib_alerts_note (self->alerts, "work", text, HOUR + i * HOUR / 60, false) ? 1 : 0;
    }
    g_assert_cmpuint (told, ==, 8);
    g_assert_true (ib_alerts_note (self->alerts, "work", "the day after", 26 * HOUR, false));
    g_autofree char *endless = g_strnfill (100000, 'x');
    g_assert_false (ib_alerts_note (self->alerts, "home", endless, HOUR, false));
    g_assert_false (ib_alerts_note (self->alerts, "home", "", HOUR, false));
}

static void
test_dry (Fixture *self, gconstpointer data)
{
    g_assert_true (ib_alerts_note (self->alerts, "work", "one", HOUR, true));
    g_assert_false (g_file_test (self->path, G_FILE_TEST_EXISTS));
}

static const char *const damaged[] = { "", "[", "[work]\ntexts=a;b\n", "[work]\ntimes=1;2\n", "[work]\ntexts=a;b\ntimes=x\n", "\377" };

static void
test_damaged (Fixture *self, gconstpointer data)
{
    g_assert_true (ib_alerts_note (self->alerts, "work", "one", HOUR, false)); /* makes the folder */
    g_assert_true (g_file_set_contents (self->path, data, -1, NULL));
    begin_anew (self);
    g_assert_true (ib_alerts_note (self->alerts, "work", "one", HOUR, false));
    g_assert_cmpstr (ib_alerts_last (self->alerts, "work", HOUR), ==, "one");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add ("/alerts/once", Fixture, NULL, set_up, test_once, tear_down);
    g_test_add ("/alerts/last", Fixture, NULL, set_up, test_last, tear_down);
    g_test_add ("/alerts/flood", Fixture, NULL, set_up, test_flood, tear_down);
    g_test_add ("/alerts/dry", Fixture, NULL, set_up, test_dry, tear_down);
    for (gsize i = 0; i < G_N_ELEMENTS (damaged); i++) {
        g_autofree char *path = g_strdup_printf ("/alerts/damaged-%zu", i);
        g_test_add (path, Fixture, damaged[i], set_up, test_damaged, tear_down);
    }
    return g_test_run ();
}
