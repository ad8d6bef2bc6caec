/* What is written down for systemd: any folder's name comes out of its quotes as it went in, or is refused. */
#include "at-login.h"

#include "user-manager.h"

#include <string.h>

/* A folder, and how it stands in a list of folders and as a word of a command; NULL: refused. */
static const struct { const char *name, *folder, *listed, *word; } folders[] = {
    { "plain",      "/home/anna/Mail",   "\"-/home/anna/Mail\"",     "\"/home/anna/Mail\"" },
    { "blank",      "/home/anna/My Mail", "\"-/home/anna/My Mail\"", "\"/home/anna/My Mail\"" },
    { "per-cent",   "/srv/100%h",        "\"-/srv/100%%h\"",         "\"/srv/100%%h\"" },
    { "dollar",     "/srv/$HOME",        "\"-/srv/$HOME\"",          "\"/srv/$$HOME\"" },
    { "quotes",     "/srv/\"a\" 'b'",    "\"-/srv/\\\"a\\\" 'b'\"",  "\"/srv/\\\"a\\\" 'b'\"" },
    { "backslash",  "/srv/a\\nb",        "\"-/srv/a\\\\nb\"",        "\"/srv/a\\\\nb\"" },
    { "semicolon",  "/srv/a ; b",        "\"-/srv/a ; b\"",          "\"/srv/a ; b\"" },
    { "umlaut",     "/srv/P\303\244ckchen", "\"-/srv/P\303\244ckchen\"", "\"/srv/P\303\244ckchen\"" },
    { "two-lines",  "/srv/a\nb",         NULL,                       NULL },
    { "return",     "/srv/a\rb",         NULL,                       NULL },
    { "latin-1",    "/srv/caf\351",      NULL,                       NULL },
};

static void
writes_down (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbPaths) paths = ib_paths_new ("/trial");
    g_autoptr (GError) error = NULL;
    const char *const own[] = { folders[i].folder, NULL };
    g_autofree char *text = ib_at_login_drop_in (paths, own, &error);
    if (folders[i].listed == NULL) {
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME);
        g_assert_null (strpbrk (error->message, "\r\n"));
        g_assert_null (text);
        return;
    }
    g_assert_no_error (error);
    g_autofree char *expected
        = g_strdup_printf ("# Written by “inbasket service enable”, which overwrites it.\n"
                           "[Service]\n"
                           "ExecStartPre=\n"
                           "ExecStartPre=+mkdir -p -- \"/trial/config\" \"/trial/state\" \"/trial/cache\" %s\n"
                           "ReadWritePaths=\n"
                           "ReadWritePaths= \"-/trial/config\" \"-/trial/state\" \"-/trial/cache\" %s\n"
                           "ReadWritePaths=-%%t/dconf\n",
                           folders[i].word, folders[i].listed);
    g_assert_cmpstr (text, ==, expected);
}

static void
tells_where_home_is (void)
{
    g_autoptr (IbPaths) paths = ib_paths_new ("/trial");
    const char *const none[] = { NULL };
    g_setenv ("XDG_CONFIG_HOME", "/srv/my 100% conf", TRUE);
    g_autofree char *text = ib_at_login_drop_in (paths, none, NULL);
    g_unsetenv ("XDG_CONFIG_HOME");
    g_assert_nonnull (strstr (text, "\nEnvironment= \"XDG_CONFIG_HOME=/srv/my 100%% conf\"\n"));
}

static const struct { const char *name, *path; } units[] = {
    { "inbasketd.service", "/org/freedesktop/systemd1/unit/inbasketd_2eservice" },
    { "1-a_b.service",     "/org/freedesktop/systemd1/unit/_31_2da_5fb_2eservice" },
};

static void
has_path (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *path = ib_user_manager_unit_path (units[i].name);
    g_assert_cmpstr (path, ==, units[i].path);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    const char *const homes[] = { "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME" };
    for (gsize i = 0; i < G_N_ELEMENTS (homes); i++)
        g_unsetenv (homes[i]);
    for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
        g_autofree char *name = g_strconcat ("/at-login/folder/", folders[i].name, NULL);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), writes_down);
    }
    g_test_add_func ("/at-login/home", tells_where_home_is);
    for (gsize i = 0; i < G_N_ELEMENTS (units); i++) {
        g_autofree char *name = g_strconcat ("/at-login/unit/", units[i].name, NULL);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), has_path);
    }
    return g_test_run ();
}
