/* All of a home stands below its folder; without one, below the XDG base directories. */
#include "paths.h"

#define FIELD(name) G_STRUCT_OFFSET (IbPaths, name)

static const struct {
    const char *name;
    gsize offset;
    const char *of_user, *of_home;
} fields[] = {
    { "home",            FIELD (home),            NULL,                           "/srv/trial" },
    { "config",          FIELD (config),          "/xdg/config/inbasket",         "/srv/trial/config" },
    { "config-file",     FIELD (config_file),     "/xdg/config/inbasket/inbasket.conf",
      "/srv/trial/config/inbasket.conf" },
    { "accounts",        FIELD (accounts),        "/xdg/config/inbasket/accounts", "/srv/trial/config/accounts" },
    { "providers",       FIELD (providers),       "/xdg/config/inbasket/providers", "/srv/trial/config/providers" },
    { "filters",         FIELD (filters),         "/xdg/config/inbasket/filters", "/srv/trial/config/filters" },
    { "state",           FIELD (state),           "/xdg/state/inbasket",          "/srv/trial/state" },
    { "journal",         FIELD (journal),         "/xdg/state/inbasket/journal.db", "/srv/trial/state/journal.db" },
    { "held",            FIELD (held),            "/xdg/state/inbasket/held",     "/srv/trial/state/held" },
    { "lock",            FIELD (lock),            "/xdg/state/inbasket/lock",     "/srv/trial/state/lock" },
    { "cache",           FIELD (cache),           "/xdg/cache/inbasket",          "/srv/trial/cache" },
    { "default-maildir", FIELD (default_maildir), "/people/anna/Mail",            "/srv/trial/Mail" },
};

static void
names_field (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbPaths) of_user = ib_paths_new (NULL);
    g_autoptr (IbPaths) of_home = ib_paths_new ("/srv/./trial/");
    g_assert_cmpstr (G_STRUCT_MEMBER (char *, of_user, fields[i].offset), ==, fields[i].of_user);
    g_assert_cmpstr (G_STRUCT_MEMBER (char *, of_home, fields[i].offset), ==, fields[i].of_home);
}

static void
relative_home (void)
{
    g_autofree char *here = g_get_current_dir ();
    g_autofree char *expected = g_build_filename (here, "trial", "state", NULL);
    g_autoptr (IbPaths) paths = ib_paths_new ("trial");
    g_assert_cmpstr (paths->state, ==, expected);
}

static void
environment_wins (void)
{
    g_assert_cmpstr (ib_paths_libexec (), ==, IB_LIBEXECDIR);
    g_assert_cmpstr (ib_paths_shipped_filters (), ==, IB_FILTERDIR);
    g_setenv ("INBASKET_LIBEXECDIR", "/build/worker", TRUE);
    g_setenv ("INBASKET_FILTERDIR", "", TRUE);
    g_assert_cmpstr (ib_paths_libexec (), ==, "/build/worker");
    g_assert_cmpstr (ib_paths_shipped_filters (), ==, IB_FILTERDIR);
    g_setenv ("INBASKET_FILTERDIR", "/build/filters", TRUE);
    g_assert_cmpstr (ib_paths_shipped_filters (), ==, "/build/filters");
}

int
main (int argc, char **argv)
{
    /* GLib asks once: before anything else. */
    g_setenv ("HOME", "/people/anna", TRUE);
    g_setenv ("XDG_CONFIG_HOME", "/xdg/config", TRUE);
    g_setenv ("XDG_STATE_HOME", "/xdg/state", TRUE);
    g_setenv ("XDG_CACHE_HOME", "/xdg/cache", TRUE);
    g_unsetenv ("INBASKET_LIBEXECDIR");
    g_unsetenv ("INBASKET_FILTERDIR");
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++) {
        g_autofree char *path = g_strconcat ("/paths/", fields[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), names_field);
    }
    g_test_add_func ("/paths/relative-home", relative_home);
    g_test_add_func ("/paths/environment-wins", environment_wins);
    return g_test_run ();
}
