/* checkup.c: what is said of a service as it may stand, and how long servers that say nothing are waited for. Everything else
 * is tried on whole homes, in tests/e2e/test_doctor.py. */
#include "checkup.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
    char *folder;
    IbPaths *paths;
} Home;

static void
set_up (Home *self)
{
    self->folder = g_dir_make_tmp ("ib-test-XXXXXX", NULL);
    self->paths = ib_paths_new (self->folder);
}

static void
remove_tree (const char *path)
{
    g_autoptr (GDir) names = g_dir_open (path, 0, NULL);
    for (const char *name; names != NULL && (name = g_dir_read_name (names)) != NULL;) {
        g_autofree char *below = g_build_filename (path, name, NULL);
        remove_tree (below);
    }
    (void) g_remove (path);
}

static void
tear_down (Home *self)
{
    remove_tree (self->folder);
    ib_paths_free (self->paths);
    g_free (self->folder);
}

typedef struct {
    const char *check; /* whose findings are kept, one a line: "level subject: text → remedy" */
    GString *lines;
} Kept;

static void
keep (const IbFinding *finding, gpointer data)
{
    Kept *kept = data;
    if (strcmp (finding->check, kept->check) == 0)
        g_string_append_printf (kept->lines, "%s %s: %s → %s\n", ib_finding_level_name (finding->level),
                                finding->subject != NULL ? finding->subject : "-", finding->text,
                                finding->remedy != NULL ? finding->remedy : "nothing");
}

/* --- the service -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    IbServiceFacts facts;
    bool is_own_home;
    const char *words, *more;
} services[] = {
    { "none", { 0 }, true, "warning -: No service runs", "inbasket service enable" },
    { "none-of-a-trial", { 0 }, false, "warning -: No service runs", "inbasketd --home" },
    { "enabled",
      { .is_enabled = true },
      true,
      "warning -: The service is enabled, and does not run",
      "enable" },
    { "runs",
      { .is_running = true, .is_enabled = true },
      true,
      "fine -: It runs, and starts with each login",
      "nothing" },
    { "runs-now",
      { .is_running = true },
      true,
      "warning -: It runs, but will not start",
      "inbasket service enable" },
    { "runs-for-a-trial", { .is_running = true }, false, "fine -: It runs →", "nothing" },
    { "outdated",
      { .is_running = true, .is_enabled = true, .is_outdated = true },
      true,
      "wrong -: It runs, but may not write",
      "inbasket service enable" },
    { "silent",
      { .is_silent = true },
      true,
      "wrong -: There is a service, and it does not answer",
      "restart" },
    { "same",
      { .is_running = true, .is_enabled = true, .version = (char *) IB_VERSION },
      true,
      "fine -",
      "nothing" },
    { "older",
      { .is_running = true, .version = (char *) "0.0.1" },
      true,
      "warning -: The service that runs is 0.0.1",
      "restart" },
    { "troubled",
      { .is_running = true, .trouble = (char *) "no room" },
      true,
      "wrong -: It runs, and fetches nothing: no room",
      "Mend" },
    { "not-troubled",
      { .is_running = true, .is_enabled = true, .trouble = (char *) "" },
      true,
      "fine -",
      "nothing" },
};

static void
judges_service (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Home home;
    set_up (&home);
    if (services[i].is_own_home)
        g_clear_pointer (&home.paths->home, g_free);
    g_autoptr (GString) lines = g_string_new (NULL);
    Kept kept = { "service", lines };
    const IbCheckupWishes wishes = { .paths = home.paths, .service = &services[i].facts, .is_offline = true };
    bool parses = false;
    (void) ib_checkup_run (&wishes, keep, &kept, &parses);
    g_test_message ("%s", lines->str);
    g_assert_true (parses);
    g_assert_true (g_str_has_prefix (lines->str, services[i].words));
    g_assert_nonnull (strstr (lines->str, services[i].more));
    g_assert_cmpint (strchr (lines->str, '\n')[1], ==, '\0');
    tear_down (&home);
}

/* --- servers ---------------------------------------------------------------------------------------------------------- */

static void
write_account (const Home *home, const char *name, guint16 port)
{
    g_autofree char *path = g_strdup_printf ("%s/%s.conf", home->paths->accounts, name);
    g_autofree char *secret = g_build_filename (home->folder, "secret", NULL);
    g_autofree char *text = g_strdup_printf (
        "[account]\naddress=%s@example.org\nhost=127.0.0.1\nport=%u\nsecret=file:%s\n", name, port, secret);
    g_assert_cmpint (g_mkdir_with_parents (home->paths->accounts, 0700), ==, 0);
    g_assert_true (g_file_set_contents_full (secret, "x\n", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static guint16
port_of (GSocket *socket)
{
    g_autoptr (GSocketAddress) address = g_socket_get_local_address (socket, NULL);
    return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
}

/* Takes connections, and says nothing. */
static GSocket *
listen_silently (void)
{
    g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
    GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    g_assert_true (g_socket_bind (socket, address, TRUE, NULL) && g_socket_listen (socket, NULL));
    return socket;
}

static void
servers_are_asked_at_once (void)
{
    Home home;
    set_up (&home);
    g_autoptr (GSocket) silent = listen_silently ();
    g_autoptr (GSocket) shut = listen_silently ();
    guint16 nobodys = port_of (shut);
    g_assert_true (g_socket_close (shut, NULL));
    write_account (&home, "mute", port_of (silent));
    write_account (&home, "still", port_of (silent));
    write_account (&home, "away", nobodys);

    g_autoptr (GString) lines = g_string_new (NULL);
    Kept kept = { "servers", lines };
    const IbCheckupWishes wishes = { .paths = home.paths, .servers_s = 1 };
    bool parses = false;
    gint64 began = g_get_monotonic_time ();
    g_assert_cmpint (ib_checkup_run (&wishes, keep, &kept, &parses), ==, IB_FINDING_WRONG);
    g_assert_cmpint (g_get_monotonic_time () - began, <, 60 * G_USEC_PER_SEC);
    g_test_message ("%s", lines->str);
    g_assert_nonnull (strstr (lines->str, "wrong mute: 127.0.0.1 has not answered within 1 s"));
    g_assert_nonnull (strstr (lines->str, "wrong still: 127.0.0.1 has not answered within 1 s"));
    g_assert_nonnull (strstr (lines->str, "wrong away: "));
    g_assert_nonnull (strstr (lines->str, "host="));
    tear_down (&home);
}

int
main (int argc, char **argv)
{
    g_autofree char *workers = g_build_filename (g_getenv ("IB_TEST_BUILD"), "src", "worker", NULL);
    g_autofree char *filters = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "data", "filters", NULL);
    g_setenv ("INBASKET_LIBEXECDIR", workers, TRUE);
    g_setenv ("INBASKET_FILTERDIR", filters, TRUE);
    g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (services); i++) {
        g_autofree char *path = g_strdup_printf ("/checkup/service/%s", services[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), judges_service);
    }
    g_test_add_func ("/checkup/servers", servers_are_asked_at_once);
    return g_test_run ();
}
