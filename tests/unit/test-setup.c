/* The wizard's model without a face: its pages in order, what each refuses, back and forth, and late answers. */
#include "fetch.h"
#include "setup.h"

#include <glib/gstdio.h>
#include <string.h>

/* What a face and its doers are told. */
typedef struct {
    char *folder, *accounts, *secrets, *tables;
    IbProviders *providers;
    IbOAuth2Clients *clients;
    IbSetup *setup;
    guint job; /* the last that a doer was given */
    guint n_tried, n_weighed, n_rehearsed, n_learned, n_learning_stopped, n_stopped, n_changed;
    char *tried_text; /* user, host and port of the account that was tried */
} Fixture;

static void
on_changed (IbSetup *setup, gpointer data)
{
    ((Fixture *) data)->n_changed++;
}

static void
do_try (IbSetup *setup, guint job, const IbAccount *account, gpointer data)
{
    Fixture *self = data;
    self->job = job;
    self->n_tried++;
    g_free (self->tried_text);
    self->tried_text = g_strdup_printf ("%s %s:%u", account->user, account->host, ib_account_port (account));
}

static void
do_weigh (IbSetup *setup, guint job, const IbAccount *account, gpointer data)
{
    ((Fixture *) data)->job = job;
    ((Fixture *) data)->n_weighed++;
}

static void
do_rehearse (IbSetup *setup, guint job, const char *name, const char *text, gpointer data)
{
    ((Fixture *) data)->job = job;
    ((Fixture *) data)->n_rehearsed++;
}

static void
do_stop (IbSetup *setup, gpointer data)
{
    ((Fixture *) data)->n_stopped++;
}

static void
do_learn (IbSetup *setup, const char *name, gpointer data)
{
    g_assert_cmpstr (name, ==, "example");
    ((Fixture *) data)->n_learned++;
}

static void
do_stop_learning (IbSetup *setup, gpointer data)
{
    ((Fixture *) data)->n_learning_stopped++;
}

static void
do_login (IbSetup *setup, guint job, bool runs, gpointer data)
{
    ((Fixture *) data)->job = job;
}

static const IbSetupDoers login_doers
    = { on_changed, do_try, do_weigh, do_rehearse, do_learn, do_stop_learning, do_stop, do_login };
static const IbSetupDoers doers
    = { on_changed, do_try, do_weigh, do_rehearse, do_learn, do_stop_learning, do_stop };

static const char table[]
    = "[mail]\nname=Example Mail\ndomains=example.org\nimap=imap.example.org:993:tls\npop3=pop.example.org:995:tls\n"
      "sign-in=password\npop3-interval=15m\n"
      "[two]\nname=Two\ndomains=two.example\nimap=imap.two.example:993:tls\nsign-in=oauth2;app-password\n"
      "oauth2-auth-url=https://two.example/a\noauth2-token-url=https://two.example/t\noauth2-scope-imap=mail\n"
      "[shut]\nname=Shut\ndomains=shut.example\nimap=imap.shut.example:993:tls\nsign-in=oauth2\n"
      "oauth2-auth-url=https://shut.example/a\noauth2-token-url=https://shut.example/t\noauth2-scope-imap=mail\n"
      "[none]\nname=None\ndomains=none.example\nsign-in=none\n";

static void
set_up (Fixture *self, gconstpointer unused)
{
    self->folder = g_dir_make_tmp ("ib-setup-XXXXXX", NULL);
    self->accounts = g_build_filename (self->folder, "accounts", NULL);
    self->secrets = g_build_filename (self->folder, "secrets", NULL);
    self->tables = g_build_filename (self->folder, "providers", NULL);
    g_autofree char *file = g_build_filename (self->tables, "own.conf", NULL);
    const char *const folders[] = { self->tables, NULL };
    const char *const none[] = { NULL };
    g_assert_cmpint (g_mkdir (self->tables, 0700), ==, 0);
    g_assert_true (g_file_set_contents (file, table, -1, NULL));
    g_autoptr (GError) error = NULL;
    self->providers = ib_providers_load (folders, &error);
    g_assert_no_error (error);
    self->clients = ib_oauth2_clients_load (none, &error);
    g_assert_no_error (error);
    const IbSetupHome home = { self->providers, self->clients, self->accounts, self->secrets };
    self->setup = ib_setup_new (&home, &doers, self);
}

static void
remove_files (const char *folder)
{
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
        g_autofree char *path = g_build_filename (folder, name, NULL);
        g_unlink (path);
    }
    g_rmdir (folder);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
    ib_setup_free (self->setup);
    ib_oauth2_clients_free (self->clients);
    ib_providers_free (self->providers);
    remove_files (self->accounts);
    remove_files (self->secrets);
    remove_files (self->tables);
    g_rmdir (self->folder);
    g_free (self->folder);
    g_free (self->accounts);
    g_free (self->secrets);
    g_free (self->tables);
    g_free (self->tried_text);
}

static void
set (Fixture *self, const char *field, const char *value)
{
    g_autoptr (GError) error = NULL;
    g_assert_true (ib_setup_set (self->setup, field, value, &error));
    g_assert_no_error (error);
}

/* Leaves the page; what takes its time inside the model is waited for. */
static void
next (Fixture *self, IbSetupPage expected)
{
    g_autoptr (GError) error = NULL;
    IbSetupPage page = ib_setup_page (self->setup);
    g_assert_true (ib_setup_next (self->setup, &error));
    g_assert_no_error (error);
    while (ib_setup_page (self->setup) == page && ib_setup_is_busy (self->setup))
        g_main_context_iteration (NULL, TRUE);
    g_assert_cmpint (ib_setup_page (self->setup), ==, expected);
}

static void
refused (Fixture *self, IbSetupError code, const char *words)
{
    g_autoptr (GError) error = NULL;
    IbSetupPage page = ib_setup_page (self->setup);
    g_assert_false (ib_setup_next (self->setup, &error));
    g_assert_cmpint (ib_setup_page (self->setup), ==, page);
    if (error->domain == IB_SETUP_ERROR)
        g_assert_cmpint (error->code, ==, code);
    g_assert_nonnull (strstr (error->message, words));
}

static void
to_secret (Fixture *self, const char *address)
{
    next (self, IB_SETUP_ADDRESS);
    set (self, "address", address);
    next (self, IB_SETUP_SIGN_IN);
    next (self, IB_SETUP_SETTINGS);
    next (self, IB_SETUP_SECRET);
}

static void
to_test (Fixture *self)
{
    to_secret (self, "anna@example.org");
    set (self, "keep", "command");
    set (self, "keep-in", "printf secret");
    next (self, IB_SETUP_TEST);
}

static void
succeed (Fixture *self)
{
    ib_setup_tried (self->setup, self->job, NULL);
}

static void
to_filter (Fixture *self)
{
    to_test (self);
    succeed (self);
    next (self, IB_SETUP_FORECAST);
    const IbForecastWeight weight = { .messages = 7 };
    ib_setup_weighed (self->setup, self->job, &weight, NULL);
    next (self, IB_SETUP_FILTER);
}

static char *
written (const Fixture *self, const char *name)
{
    char *text = NULL;
    g_autofree char *path = g_strdup_printf ("%s/%s.conf", self->accounts, name);
    (void) g_file_get_contents (path, &text, NULL, NULL);
    return text;
}

/* --- the way ---------------------------------------------------------------------------------------------------------- */

static void
test_whole_way (Fixture *self, gconstpointer unused)
{
    g_assert_cmpint (ib_setup_page (self->setup), ==, IB_SETUP_WELCOME);
    to_filter (self);
    g_assert_cmpstr (self->tried_text, ==, "anna@example.org imap.example.org:993");
    g_assert_null (written (self, "example"));
    next (self, IB_SETUP_DONE);
    g_assert_cmpuint (self->n_learned, ==, 1);
    g_autofree char *text = written (self, "example");
    g_assert_nonnull (strstr (text, "\nhost=imap.example.org\n"));
    g_assert_nonnull (strstr (text, "\nprovider=mail\n"));
    g_assert_nonnull (strstr (text, "\nsecret=command:printf secret\n"));
    g_assert_true (g_str_has_prefix (
        text, "# The server was found by setup; it was named by Inbasket's table of mail providers.\n"));
    g_assert_cmpuint (ib_setup_added (self->setup)->len, ==, 1);
    g_assert_false (ib_setup_back (self->setup));

    next (self, IB_SETUP_ADDRESS); /* the next one has a name of its own */
    g_assert_cmpstr (ib_setup_get (self->setup, "address"), ==, "");
    set (self, "address", "bert@example.org");
    next (self, IB_SETUP_SIGN_IN);
    g_assert_cmpstr (ib_setup_get (self->setup, "name"), ==, "example-2");
}

static void
test_no_welcome_the_second_time (Fixture *self, gconstpointer unused)
{
    to_filter (self);
    next (self, IB_SETUP_DONE);
    const IbSetupHome home = { self->providers, self->clients, self->accounts, self->secrets };
    g_autoptr (IbSetup) second = ib_setup_new (&home, &doers, self);
    g_assert_cmpint (ib_setup_page (second), ==, IB_SETUP_ADDRESS);
    g_assert_false (ib_setup_back (second));
}

static void
test_filled_in (Fixture *self, gconstpointer unused)
{
    next (self, IB_SETUP_ADDRESS);
    set (self, "address", "anna@example.org");
    next (self, IB_SETUP_SIGN_IN);
    g_assert_cmpuint (ib_setup_candidates (self->setup)->len, ==, 2);
    g_assert_cmpstr (ib_setup_get (self->setup, "sign-in"), ==, "password");
    set (self, "server", "2");
    g_assert_cmpstr (ib_setup_get (self->setup, "protocol"), ==, "pop3");
    g_assert_cmpstr (ib_setup_get (self->setup, "host"), ==, "pop.example.org");
    g_assert_cmpstr (ib_setup_get (self->setup, "interval"), ==, "15m");
    g_autoptr (GError) error = NULL;
    g_assert_false (ib_setup_set (self->setup, "server", "3", &error));
    g_assert_error (error, IB_SETUP_ERROR, IB_SETUP_ERROR_FIELD);
}

/* --- back ---------------------------------------------------------------------------------------------------------------- */

static void
test_back_loses_nothing (Fixture *self, gconstpointer unused)
{
    to_secret (self, "anna@example.org");
    set (self, "keep", "command");
    set (self, "keep-in", "pass mail");
    for (IbSetupPage page = IB_SETUP_SETTINGS; page >= IB_SETUP_ADDRESS; page--) {
        g_assert_true (ib_setup_back (self->setup));
        g_assert_cmpint (ib_setup_page (self->setup), ==, page);
        if (page == IB_SETUP_SETTINGS) {
            set (self, "name", "work");
            set (self, "user", "anna");
        }
    }
    next (self, IB_SETUP_SIGN_IN);
    next (self, IB_SETUP_SETTINGS);
    g_assert_cmpstr (ib_setup_get (self->setup, "name"), ==, "work");
    g_assert_cmpstr (ib_setup_get (self->setup, "user"), ==, "anna");
    next (self, IB_SETUP_SECRET);
    g_assert_cmpstr (ib_setup_get (self->setup, "keep-in"), ==, "pass mail");
}

static void
test_another_address_is_looked_up (Fixture *self, gconstpointer unused)
{
    next (self, IB_SETUP_ADDRESS);
    set (self, "address", "anna@example.org");
    next (self, IB_SETUP_SIGN_IN);
    g_assert_true (ib_setup_back (self->setup));
    set (self, "address", "anna@two.example");
    next (self, IB_SETUP_SIGN_IN);
    g_assert_cmpstr (ib_setup_get (self->setup, "host"), ==, "imap.two.example");
    g_assert_cmpstr (ib_setup_get (self->setup, "name"), ==, "two");
}

static void
test_back_from_a_test_stops_it (Fixture *self, gconstpointer unused)
{
    to_test (self);
    g_assert_true (ib_setup_is_busy (self->setup));
    guint late = self->job;
    g_assert_true (ib_setup_back (self->setup));
    g_assert_cmpint (ib_setup_page (self->setup), ==, IB_SETUP_SECRET);
    g_assert_cmpuint (self->n_stopped, ==, 1);
    ib_setup_tell (self->setup, late, "sign-in", "late");
    ib_setup_tried (self->setup, late, NULL);
    g_assert_cmpuint (ib_setup_lines (self->setup)->len, ==, 0);
    g_assert_false (ib_setup_is_tried (self->setup));
    next (self, IB_SETUP_TEST);
    g_assert_cmpuint (self->n_tried, ==, 2);
}

static void
test_busy_waits (Fixture *self, gconstpointer unused)
{
    to_test (self);
    refused (self, IB_SETUP_ERROR_FIELD, "not finished");
}

/* --- the test ------------------------------------------------------------------------------------------------------------- */

static void
test_failed_test (Fixture *self, gconstpointer unused)
{
    to_test (self);
    g_autoptr (GError) error = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN, "refused");
    ib_setup_tell (self->setup, self->job, "connect", "there");
    ib_setup_tried (self->setup, self->job, error);
    g_assert_cmpstr (ib_setup_trouble (self->setup)->message, ==, "refused");
    g_assert_cmpuint (ib_setup_lines (self->setup)->len, ==, 1);
    refused (self, IB_SETUP_ERROR_CONFIRM, "does not work yet");
    ib_setup_again (self->setup);
    g_assert_cmpuint (self->n_tried, ==, 2);
    g_assert_cmpuint (ib_setup_lines (self->setup)->len, ==, 0);
    ib_setup_tried (self->setup, self->job, error);
    set (self, "untested", "yes");
    next (self, IB_SETUP_FORECAST);
    g_assert_false (ib_setup_is_busy (self->setup)); /* what does not work cannot be counted */
    g_assert_null (ib_setup_forecast (self->setup, 0));
}

static void
test_tried_once (Fixture *self, gconstpointer unused)
{
    to_test (self);
    succeed (self);
    g_assert_true (ib_setup_back (self->setup));
    next (self, IB_SETUP_TEST);
    g_assert_cmpuint (self->n_tried, ==, 1); /* it is the same */
    g_assert_true (ib_setup_back (self->setup));
    set (self, "keep-in", "printf other");
    next (self, IB_SETUP_TEST);
    g_assert_cmpuint (self->n_tried, ==, 2);
}

static void
test_forecast (Fixture *self, gconstpointer unused)
{
    to_test (self);
    succeed (self);
    next (self, IB_SETUP_FORECAST);
    g_assert_null (ib_setup_forecast (self->setup, 0));
    const IbForecastWeight weight = { .messages = 7 };
    ib_setup_weighed (self->setup, self->job, &weight, NULL);
    g_auto (GStrv) sentences = ib_setup_forecast (self->setup, 0);
    g_assert_true (g_str_has_prefix (sentences[0], "7 messages"));
    ib_setup_rehearse (self->setup);
    ib_setup_rehearsed (self->setup, self->job, "INBOX 7", NULL);
    g_assert_cmpstr (ib_setup_rehearsal (self->setup), ==, "INBOX 7");
    set (self, "since", "30d"); /* all is different then */
    g_assert_null (ib_setup_rehearsal (self->setup));
    ib_setup_again (self->setup);
    g_assert_cmpuint (self->n_weighed, ==, 2);
    ib_setup_weighed (self->setup, self->job, &weight, NULL);
    set (self, "after", "nonsense");
    refused (self, IB_SETUP_ERROR_FIELD, "after");
}

/* --- doors and places -------------------------------------------------------------------------------------------------------- */

static void
test_open_door_is_suggested (Fixture *self, gconstpointer unused)
{
    next (self, IB_SETUP_ADDRESS);
    set (self, "address", "anna@two.example");
    next (self, IB_SETUP_SIGN_IN);
    g_assert_cmpstr (ib_setup_get (self->setup, "sign-in"), ==,
                     "app-password"); /* no client id, no browser */
    set (self, "sign-in", "oauth2");
    refused (self, IB_SETUP_ERROR_FIELD, "shut");
    set (self, "keep", "command"); /* a program of one's own may have the key */
    next (self, IB_SETUP_SETTINGS);
}

static void
test_only_door_is_shut (Fixture *self, gconstpointer unused)
{
    next (self, IB_SETUP_ADDRESS);
    set (self, "address", "anna@shut.example");
    next (self, IB_SETUP_SIGN_IN);
    refused (self, IB_SETUP_ERROR_FIELD, "choose one");
}

/* Before there is a server, what lacks a client id is the address's domain. */
static void
test_whose_client_id_is_missing (Fixture *self, gconstpointer unused)
{
    next (self, IB_SETUP_ADDRESS);
    set (self, "address", "anna@firm.example");
    const GPtrArray *doors = ib_setup_doors (self->setup);
    g_assert_cmpuint (doors->len, ==, 2);
    const IbOAuth2Door *door = doors->pdata[1];
    g_assert_false (door->is_open);
    g_assert_nonnull (strstr (door->words, "no client id for firm.example;"));
}

static void
test_who_signs_in (Fixture *self, gconstpointer unused)
{
    next (self, IB_SETUP_ADDRESS);
    set (self, "address", "anna@firm.example");
    g_assert_cmpstr (ib_setup_user (self->setup), ==, "anna@firm.example");
    set (self, "user", "anna");
    g_assert_cmpstr (ib_setup_user (self->setup), ==, "anna");
}

static void
test_no_door (Fixture *self, gconstpointer unused)
{
    next (self, IB_SETUP_ADDRESS);
    set (self, "address", "anna@none.example");
    next (self, IB_SETUP_SIGN_IN);
    refused (self, IB_SETUP_ERROR_CLOSED, "None lets no mail program in");
}

static void
test_file_needs_a_yes (Fixture *self, gconstpointer unused)
{
    to_secret (self, "anna@example.org");
    set (self, "keep", "file");
    g_autofree char *path = g_build_filename (self->secrets, "example", NULL);
    g_assert_cmpstr (ib_setup_get (self->setup, "keep-in"), ==, path);
    refused (self, IB_SETUP_ERROR_CONFIRM, "only after you have said yes");
    set (self, "write-clear", "yes");
    refused (self, IB_SETUP_ERROR_FIELD, "password is missing");
    g_assert_true (ib_setup_needs_secret (self->setup));
    g_autoptr (IbSecret) secret = ib_secret_new ("secret", 6, NULL);
    ib_setup_take_secret (self->setup, secret);
    g_assert_false (ib_setup_needs_secret (self->setup));
    next (self, IB_SETUP_TEST);
    g_autofree char *kept = NULL;
    g_assert_true (g_file_get_contents (path, &kept, NULL, NULL));
    g_assert_cmpstr (kept, ==, "secret");
    g_assert_false (ib_setup_needs_secret (self->setup));
    g_clear_pointer (&self->setup, ib_setup_free); /* no account came of it */
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* The account of the former name may have its own there. */
static void
test_suggested_file_goes_by_the_name (Fixture *self, gconstpointer unused)
{
    to_secret (self, "anna@example.org");
    set (self, "keep", "file");
    set (self, "write-clear", "yes");
    set (self, "name", "other");
    g_autofree char *path = g_build_filename (self->secrets, "other", NULL);
    g_assert_cmpstr (ib_setup_get (self->setup, "keep-in"), ==, path);
    g_assert_cmpstr (ib_setup_get (self->setup, "write-clear"), ==, "no"); /* the yes was for another file */
    set (self, "keep-in", "/mine");
    set (self, "name", "third");
    g_assert_cmpstr (ib_setup_get (self->setup, "keep-in"), ==, "/mine");
}

static void
test_refused_password_is_asked_for_again (Fixture *self, gconstpointer unused)
{
    to_secret (self, "anna@example.org");
    set (self, "keep", "file");
    set (self, "write-clear", "yes");
    g_autoptr (IbSecret) secret = ib_secret_new ("wrong", 5, NULL);
    ib_setup_take_secret (self->setup, secret);
    next (self, IB_SETUP_TEST);
    g_autoptr (GError) error = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN, "refused");
    ib_setup_tried (self->setup, self->job, error);
    g_assert_true (ib_setup_back (self->setup));
    g_assert_true (ib_setup_needs_secret (self->setup));
}

static void
test_place_without_its_value (Fixture *self, gconstpointer unused)
{
    to_secret (self, "anna@example.org");
    set (self, "keep", "command");
    refused (self, IB_SETUP_ERROR_FIELD, "keep-in");
    set (self, "keep-in", "pass 'mail");
    refused (self, IB_SETUP_ERROR_FIELD, "secret");
    set (self, "keep", "credential");
    g_assert_cmpstr (ib_setup_get (self->setup, "keep-in"), ==, ""); /* a command is no credential's name */
    refused (self, IB_SETUP_ERROR_FIELD, "keep-in");
}

/* --- fields --------------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    IbSetupPage page; /* on which it is set */
    const char *field, *value, *words;
} wrong[] = {
    { "no-address", IB_SETUP_ADDRESS, "address", "", "address" },
    { "address", IB_SETUP_ADDRESS, "address", "anna", "not a mail address" },
    { "name", IB_SETUP_SETTINGS, "name", "My Mail", "cannot be an account's name" },
    { "no-host", IB_SETUP_SETTINGS, "host", "", "host" },
    { "host", IB_SETUP_SETTINGS, "host", "a b", "host" },
    { "port", IB_SETUP_SETTINGS, "port", "99999", "port" },
    { "plaintext", IB_SETUP_SETTINGS, "security", "none", "security" },
    { "ca-file", IB_SETUP_SETTINGS, "ca-file", "/nonexistent", "ca-file" },
};

static void
test_wrong (Fixture *self, gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    next (self, IB_SETUP_ADDRESS);
    if (wrong[row].page == IB_SETUP_SETTINGS) {
        set (self, "address", "anna@example.org");
        next (self, IB_SETUP_SIGN_IN);
        next (self, IB_SETUP_SETTINGS);
    }
    set (self, wrong[row].field, wrong[row].value);
    refused (self, IB_SETUP_ERROR_FIELD, wrong[row].words);
}

static void
test_words (Fixture *self, gconstpointer unused)
{
    g_autoptr (GError) error = NULL;
    g_assert_false (ib_setup_set (self->setup, "protocol", "smtp", &error));
    g_assert_nonnull (strstr (error->message, "not one of imap, pop3"));
    g_clear_error (&error);
    g_assert_false (ib_setup_set (self->setup, "colour", "red", &error));
    g_assert_nonnull (strstr (error->message, "no field"));
    for (const char *const *field = ib_setup_fields (); *field != NULL; field++)
        g_assert_cmpint (ib_setup_field_page (*field), <, IB_SETUP_DONE);
}

static void
test_nothing_to_learn_for (Fixture *self, gconstpointer unused)
{
    to_filter (self);
    set (self, "filter", "no"); /* nobody would ask the classifier */
    next (self, IB_SETUP_DONE);
    g_assert_cmpuint (self->n_learned, ==, 0);
    g_autofree char *text = written (self, "example");
    g_assert_nonnull (strstr (text, "enabled=false\n"));
}

static void
test_sorting (Fixture *self, gconstpointer unused)
{
    to_filter (self);
    set (self, "sort", "all");
    set (self, "folder", "Work");
    next (self, IB_SETUP_DONE);
    g_autofree char *text = written (self, "example");
    g_assert_nonnull (
        strstr (text, "scripts=junk.sieve;lists.sieve;newsletters.sieve;notifications.sieve\n"));
    g_assert_nonnull (strstr (text, "folder=Work\n"));
    g_assert_null (strstr (text, "enabled="));
}

/* It runs, cannot be told otherwise, and then is. */
static void
test_login (Fixture *self, gconstpointer unused)
{
    g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "no systemd");
    const IbSetupHome home = { self->providers, self->clients, self->accounts, self->secrets };
    ib_setup_free (self->setup);
    self->setup = ib_setup_new (&home, &login_doers, self);
    to_filter (self);
    g_assert_false (ib_setup_offers_login (self->setup));
    next (self, IB_SETUP_DONE);
    g_assert_true (ib_setup_offers_login (self->setup));

    ib_setup_run_at_login (self->setup, true);
    g_assert_true (ib_setup_is_busy (self->setup));
    g_assert_false (ib_setup_runs_at_login (self->setup));
    ib_setup_login_changed (self->setup, self->job, NULL);
    g_assert_true (ib_setup_runs_at_login (self->setup));
    g_assert_false (ib_setup_is_busy (self->setup));

    ib_setup_run_at_login (self->setup, false);
    ib_setup_login_changed (self->setup, self->job, error);
    g_assert_true (ib_setup_runs_at_login (self->setup));
    g_assert_cmpstr (ib_setup_trouble (self->setup)->message, ==, "no systemd");
    ib_setup_run_at_login (self->setup, false);
    ib_setup_login_changed (self->setup, self->job, NULL);
    g_assert_false (ib_setup_runs_at_login (self->setup));
    g_assert_true (ib_setup_offers_login (self->setup));
}

static void
test_no_login (Fixture *self, gconstpointer unused)
{
    to_filter (self);
    next (self, IB_SETUP_DONE);
    g_assert_false (ib_setup_offers_login (self->setup));
}

static void
test_learning (Fixture *self, gconstpointer unused)
{
    g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "no way");
    to_filter (self);
    next (self, IB_SETUP_DONE);
    g_assert_null (ib_setup_learning (self->setup));
    ib_setup_stop_learning (self->setup); /* nothing runs */
    g_assert_cmpuint (self->n_learning_stopped, ==, 0);

    ib_setup_learning_progressed (self->setup, "example", 3, 10);
    next (self, IB_SETUP_ADDRESS); /* it goes on */
    const IbSetupLearning *learning = ib_setup_learning (self->setup);
    g_assert_true (learning->is_running);
    g_assert_cmpuint (learning->looked, ==, 3);
    g_assert_cmpuint (learning->expected, ==, 10);
    ib_setup_stop_learning (self->setup);
    g_assert_cmpuint (self->n_learning_stopped, ==, 1);

    ib_setup_learning_ended (self->setup, "other", "late", NULL);
    g_assert_true (learning->is_running);
    ib_setup_learning_ended (self->setup, "example", NULL, error);
    g_assert_false (learning->is_running);
    g_assert_cmpstr (learning->error->message, ==, "no way");
    ib_setup_learning_progressed (self->setup, "second", 0, 0);
    ib_setup_learning_ended (self->setup, "second", "It knows", NULL);
    g_assert_cmpstr (learning->words, ==, "It knows");
    g_assert_null (learning->error);
}

/* Neither name nor folders make it another mailbox; but who says that he knows may have it twice. */
static void
test_mailbox_that_is_fetched_already (Fixture *self, gconstpointer unused)
{
    to_filter (self);
    next (self, IB_SETUP_DONE);
    next (self, IB_SETUP_ADDRESS);
    set (self, "address", "anna@example.org");
    next (self, IB_SETUP_SIGN_IN);
    next (self, IB_SETUP_SETTINGS);
    g_autofree char *twin = ib_setup_twin (self->setup);
    g_assert_cmpstr (twin, ==, "example");
    refused (self, IB_SETUP_ERROR_CONFIRM, "“example” fetches this mailbox already");

    set (self, "twice", "yes");
    set (self, "server", "2"); /* by POP3 it is another, and the word was for that one */
    g_assert_null (ib_setup_twin (self->setup));
    next (self, IB_SETUP_SECRET);
    g_assert_true (ib_setup_back (self->setup));
    set (self, "server", "1");
    refused (self, IB_SETUP_ERROR_CONFIRM, "already");
    set (self, "twice", "yes");
    next (self, IB_SETUP_SECRET);
}

/* The page stays, and what comes late is passed over. */
static void
test_cancel (Fixture *self, gconstpointer unused)
{
    const IbForecastWeight weight = { .messages = 7 };
    to_test (self);
    succeed (self);
    next (self, IB_SETUP_FORECAST);
    ib_setup_cancel (self->setup);
    g_assert_false (ib_setup_is_busy (self->setup));
    g_assert_cmpuint (self->n_stopped, ==, 1);
    g_assert_cmpint (ib_setup_page (self->setup), ==, IB_SETUP_FORECAST);
    ib_setup_weighed (self->setup, self->job, &weight, NULL);
    g_assert_null (ib_setup_forecast (self->setup, 0));

    ib_setup_rehearse (self->setup);
    guint late = self->job;
    set (self, "since", "30d"); /* what runs is for other settings */
    g_assert_false (ib_setup_is_busy (self->setup));
    ib_setup_rehearsed (self->setup, late, "INBOX 3", NULL);
    g_assert_null (ib_setup_rehearsal (self->setup));
    ib_setup_cancel (self->setup);
    g_assert_cmpuint (self->n_stopped, ==, 2);
}

int
main (int argc, char **argv)
{
    g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE); /* nobody's keyring is asked */
    g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/setup/" name, Fixture, NULL, set_up, function, tear_down)
    ADD ("whole-way", test_whole_way);
    ADD ("no-welcome-the-second-time", test_no_welcome_the_second_time);
    ADD ("filled-in", test_filled_in);
    ADD ("back/loses-nothing", test_back_loses_nothing);
    ADD ("back/another-address", test_another_address_is_looked_up);
    ADD ("back/stops-a-test", test_back_from_a_test_stops_it);
    ADD ("busy", test_busy_waits);
    ADD ("test/failed", test_failed_test);
    ADD ("test/once", test_tried_once);
    ADD ("forecast", test_forecast);
    ADD ("door/open-is-suggested", test_open_door_is_suggested);
    ADD ("door/only-one-is-shut", test_only_door_is_shut);
    ADD ("door/whose-client-id-is-missing", test_whose_client_id_is_missing);
    ADD ("door/who-signs-in", test_who_signs_in);
    ADD ("door/none", test_no_door);
    ADD ("place/file-needs-a-yes", test_file_needs_a_yes);
    ADD ("place/suggested-file-goes-by-the-name", test_suggested_file_goes_by_the_name);
    ADD ("place/refused-password", test_refused_password_is_asked_for_again);
    ADD ("place/without-its-value", test_place_without_its_value);
    ADD ("field/words", test_words);
    ADD ("twice", test_mailbox_that_is_fetched_already);
    ADD ("sorting", test_sorting);
    ADD ("nothing-to-learn-for", test_nothing_to_learn_for);
    ADD ("learning", test_learning);
    ADD ("cancel", test_cancel);
    ADD ("login", test_login);
    ADD ("login/not-here", test_no_login);
    for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
        g_autofree char *path = g_strconcat ("/setup/wrong/", wrong[i].name, NULL);
        g_test_add (path, Fixture, GSIZE_TO_POINTER (i), set_up, test_wrong, tear_down);
    }
    return g_test_run ();
}
