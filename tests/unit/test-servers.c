/* What is remembered of servers: of whom, from run to run, and what not. */
#include "servers.h"

#include <string.h>
#include <sys/stat.h>

typedef struct {
    char *folder, *path;
    IbServers *servers;
} Ground;

static void
set_up (Ground *ground, gconstpointer data)
{
    ground->folder = g_dir_make_tmp ("ib-servers-XXXXXX", NULL);
    ground->path = g_build_filename (ground->folder, "cache", "servers", NULL);
    ground->servers = ib_servers_load (ground->path);
}

static void
tear_down (Ground *ground, gconstpointer data)
{
    ib_servers_free (ground->servers);
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", ground->folder);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
    g_free (ground->folder);
    g_free (ground->path);
}

static void
run_again (Ground *ground)
{
    ib_servers_save (ground->servers);
    ib_servers_free (ground->servers);
    ground->servers = ib_servers_load (ground->path);
}

static const IbAccount home = { .name = (char *) "home", .host = (char *) "imap.example", .user = (char *) "anna" };

static IbSecret *
make_ticket (void)
{
    IbSecret *ticket = ib_secret_new ("ticket", 6, NULL);
    g_assert_nonnull (ticket);
    return ticket;
}

static void
outlives_a_run (Ground *ground, gconstpointer data)
{
    g_assert_null (ib_servers_offers (ground->servers, &home));
    ib_servers_note_offers (ground->servers, &home, "TOP\nSASL PLAIN");
    g_assert_cmpstr (ib_servers_offers (ground->servers, &home), ==, "TOP\nSASL PLAIN");
    run_again (ground);
    g_assert_cmpstr (ib_servers_offers (ground->servers, &home), ==, "TOP\nSASL PLAIN");

    struct stat status;
    g_assert_cmpint (stat (ground->path, &status), ==, 0);
    g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
}

/* A ticket is as good as a key. */
static void
ticket_stays_in_memory (Ground *ground, gconstpointer data)
{
    g_autoptr (IbSecret) ticket = make_ticket ();
    g_autofree char *text = NULL;
    ib_servers_note_offers (ground->servers, &home, "UIDL");
    ib_servers_note_ticket (ground->servers, &home, ticket);
    g_assert_true (ib_servers_ticket (ground->servers, &home) == ticket);
    run_again (ground);
    g_assert_null (ib_servers_ticket (ground->servers, &home));
    g_assert_true (g_file_get_contents (ground->path, &text, NULL, NULL));
    g_assert_null (strstr (text, "ticket"));
}

static void
is_of_one_server (Ground *ground, gconstpointer data)
{
    const IbAccount *account = data;
    g_autoptr (IbSecret) ticket = make_ticket ();
    ib_servers_note_offers (ground->servers, &home, "UIDL");
    ib_servers_note_ticket (ground->servers, &home, ticket);
    ib_servers_note_line (ground->servers, &home, &(const IbServerLine){ 7, true }, 0);
    g_assert_cmpuint (ib_servers_line (ground->servers, account, 0).bytes_per_second, ==, 0);
    g_assert_null (ib_servers_offers (ground->servers, account));
    g_assert_null (ib_servers_ticket (ground->servers, account));
}

static void
can_be_forgotten (Ground *ground, gconstpointer data)
{
    ib_servers_note_offers (ground->servers, &home, "UIDL");
    run_again (ground);
    ib_servers_forget (ground->servers, &home);
    g_assert_null (ib_servers_offers (ground->servers, &home));
    run_again (ground);
    g_assert_null (ib_servers_offers (ground->servers, &home));
}

static void
nothing_is_offered (Ground *ground, gconstpointer data)
{
    ib_servers_note_offers (ground->servers, &home, "UIDL");
    ib_servers_note_offers (ground->servers, &home, "");
    g_assert_null (ib_servers_offers (ground->servers, &home));
    run_again (ground);
    g_assert_null (ib_servers_offers (ground->servers, &home));
}

#define NOON G_GINT64_CONSTANT (1700000000)
#define DAY (24 * 60 * 60)

static void
line_is_remembered_for_a_day (Ground *ground, gconstpointer data)
{
    const IbServerLine line = { .bytes_per_second = 2000000 };
    g_assert_cmpuint (ib_servers_line (ground->servers, &home, NOON).bytes_per_second, ==, 0);
    ib_servers_note_line (ground->servers, &home, &line, NOON);
    run_again (ground);
    g_assert_cmpuint (ib_servers_line (ground->servers, &home, NOON).bytes_per_second, ==, 2000000);
    g_assert_cmpuint (ib_servers_line (ground->servers, &home, NOON + DAY - 1).bytes_per_second, ==, 2000000);
    g_assert_cmpuint (ib_servers_line (ground->servers, &home, NOON + DAY).bytes_per_second, ==, 0);
    g_assert_cmpuint (ib_servers_line (ground->servers, &home, NOON - 1).bytes_per_second, ==, 0);
}

/* Longer than what it offered. */
static void
trouble_is_remembered_for_a_day (Ground *ground, gconstpointer data)
{
    g_assert_false (ib_servers_had_trouble (ground->servers, &home, NOON));
    ib_servers_note_trouble (ground->servers, &home, NOON);
    run_again (ground);
    ib_servers_forget (ground->servers, &home);
    g_assert_true (ib_servers_had_trouble (ground->servers, &home, NOON));
    g_assert_true (ib_servers_had_trouble (ground->servers, &home, NOON + DAY - 1));
    g_assert_false (ib_servers_had_trouble (ground->servers, &home, NOON + DAY));
    g_assert_false (ib_servers_had_trouble (ground->servers, &home, NOON - 1));
    const IbAccount other = { .name = (char *) "home", .host = (char *) "imap.example.org", .user = (char *) "anna" };
    g_assert_false (ib_servers_had_trouble (ground->servers, &other, NOON));
}

/* Without a measurement, and when sign-in fails, too. */
static void
bad_compression_is_remembered (Ground *ground, gconstpointer data)
{
    const IbServerLine line = { .does_not_compress = true };
    ib_servers_note_line (ground->servers, &home, &line, NOON);
    ib_servers_forget (ground->servers, &home);
    run_again (ground);
    g_assert_true (ib_servers_line (ground->servers, &home, NOON + 30 * DAY).does_not_compress);
    g_assert_null (ib_servers_offers (ground->servers, &home));
}

static void
another_server_may_compress (Ground *ground, gconstpointer data)
{
    const IbServerLine line = { .bytes_per_second = 5, .does_not_compress = true };
    ib_servers_note_offers (ground->servers, &home, "IMAP4REV1");
    ib_servers_note_line (ground->servers, &home, &line, NOON);
    ib_servers_note_offers (ground->servers, &home, "IMAP4REV1 SASL-IR");
    g_assert_false (ib_servers_line (ground->servers, &home, NOON).does_not_compress);
    g_assert_cmpuint (ib_servers_line (ground->servers, &home, NOON).bytes_per_second, ==, 5);
}

static void
damaged_file_is_none (Ground *ground, gconstpointer data)
{
    ib_servers_note_offers (ground->servers, &home, "UIDL");
    run_again (ground);
    g_assert_true (g_file_set_contents (ground->path, "[home\nserver", -1, NULL));
    ib_servers_free (ground->servers);
    ground->servers = ib_servers_load (ground->path);
    g_assert_null (ib_servers_offers (ground->servers, &home));
}

/* A folder where the file should be. */
static void
nothing_can_be_written (Ground *ground, gconstpointer data)
{
    g_assert_cmpint (g_mkdir_with_parents (ground->path, 0700), ==, 0);
    ib_servers_note_offers (ground->servers, &home, "UIDL");
    run_again (ground);
    g_assert_null (ib_servers_offers (ground->servers, &home));
}

#define OTHER(account, server, person, ...)                                                                           \
    &(const IbAccount) { .name = (char *) account, .host = (char *) server, .user = (char *) person, __VA_ARGS__ }

static const struct {
    const char *name;
    void (*test) (Ground *ground, gconstpointer data);
    gconstpointer data;
} cases[] = {
    { "outlives-a-run", outlives_a_run, NULL },
    { "ticket-stays-in-memory", ticket_stays_in_memory, NULL },
    { "other-account", is_of_one_server, OTHER ("work", "imap.example", "anna") },
    { "other-host", is_of_one_server, OTHER ("home", "imap.example.org", "anna") },
    { "other-port", is_of_one_server, OTHER ("home", "imap.example", "anna", .port = 1993) },
    { "other-protocol", is_of_one_server, OTHER ("home", "imap.example", "anna", .protocol = IB_PROTOCOL_POP3, .port = 993) },
    { "other-security", is_of_one_server, OTHER ("home", "imap.example", "anna", .security = IB_SECURITY_STARTTLS) },
    { "other-user", is_of_one_server, OTHER ("home", "imap.example", "berta") },
    { "other-kind-of-secret", is_of_one_server, OTHER ("home", "imap.example", "anna", .auth = IB_AUTH_OAUTH2) },
    { "can-be-forgotten", can_be_forgotten, NULL },
    { "nothing-is-offered", nothing_is_offered, NULL },
    { "line-is-remembered-for-a-day", line_is_remembered_for_a_day, NULL },
    { "trouble-is-remembered-for-a-day", trouble_is_remembered_for_a_day, NULL },
    { "bad-compression-is-remembered", bad_compression_is_remembered, NULL },
    { "another-server-may-compress", another_server_may_compress, NULL },
    { "damaged-file-is-none", damaged_file_is_none, NULL },
    { "nothing-can-be-written", nothing_can_be_written, NULL },
};

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/servers/", cases[i].name, NULL);
        g_test_add (path, Ground, cases[i].data, set_up, cases[i].test, tear_down);
    }
    return g_test_run ();
}
