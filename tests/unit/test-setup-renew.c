/* Signing in again to an account that stands: what is asked, what is written, and what stays as its owner wrote it. */
#include "fetch.h"
#include "setup.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
    char *folder, *path, *secret;
    IbProviders *providers;
    IbOAuth2Clients *clients;
    IbSetup *setup;
    guint job;
} Fixture;

static void
on_changed (IbSetup *setup, gpointer data)
{
}

static void
do_try (IbSetup *setup, guint job, const IbAccount *account, gpointer data)
{
    ((Fixture *) data)->job = job;
}

static void
do_stop (IbSetup *setup, gpointer data)
{
}

static const IbSetupDoers doers = { .changed = on_changed, .try_account = do_try, .stop = do_stop };

static char *
account_text (const char *keys)
{
    return g_strdup_printf (
        "# mine\n[account]\naddress=anna@example.org\nhost=imap.example.org\nuser=anna\n%s\n"
        "[fetch]\nafter=delete\n",
        keys);
}

static void
write_file (const char *path, const char *text)
{
    g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static void
set_up (Fixture *self, gconstpointer unused)
{
    const char *const none[] = { NULL };
    self->folder = g_dir_make_tmp ("ib-renew-XXXXXX", NULL);
    self->path = g_build_filename (self->folder, "work.conf", NULL);
    self->secret = g_build_filename (self->folder, "secret", NULL);
    self->providers = ib_providers_load (none, NULL);
    self->clients = ib_oauth2_clients_load (none, NULL);
    g_autofree char *keys = g_strdup_printf ("secret=file:%s", self->secret);
    g_autofree char *text = account_text (keys);
    write_file (self->path, text);
    write_file (self->secret, "the old one");
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
    ib_setup_free (self->setup);
    ib_oauth2_clients_free (self->clients);
    ib_providers_free (self->providers);
    (void) g_unlink (self->path);
    (void) g_unlink (self->secret);
    g_rmdir (self->folder);
    g_free (self->folder);
    g_free (self->path);
    g_free (self->secret);
}

static IbSetup *
renew (Fixture *self, const char *name, GError **error)
{
    const IbSetupHome home = { self->providers, self->clients, self->folder, self->folder };
    self->setup = ib_setup_renew (&home, &doers, self, name, error);
    return self->setup;
}

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
take (Fixture *self, const char *password)
{
    g_autoptr (IbSecret) secret = ib_secret_new (password, strlen (password), NULL);
    ib_setup_take_secret (self->setup, secret);
}

static char *
read_file (const char *path)
{
    char *text = NULL;
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    return text;
}

static void
test_new_password (Fixture *self, gconstpointer unused)
{
    g_autofree char *before = read_file (self->path);
    g_assert_nonnull (renew (self, "work", NULL));
    g_assert_true (ib_setup_is_renewal (self->setup));
    g_assert_cmpint (ib_setup_page (self->setup), ==, IB_SETUP_SECRET);
    g_assert_true (ib_setup_is_at_beginning (self->setup));
    g_assert_cmpstr (ib_setup_get (self->setup, "keep-in"), ==, self->secret);
    g_assert_true (ib_setup_needs_secret (self->setup));
    take (self, "the new one");
    next (self, IB_SETUP_TEST);
    g_autofree char *kept = read_file (self->secret);
    g_assert_cmpstr (kept, ==, "the new one");
    ib_setup_tried (self->setup, self->job, NULL);
    next (self, IB_SETUP_DONE); /* neither forecast nor filter are asked about again */
    g_autofree char *after = read_file (self->path);
    g_assert_cmpstr (after, ==, before);
    g_assert_cmpstr (ib_setup_added (self->setup)->pdata[0], ==, "work");
    g_assert_false (ib_setup_offers_login (self->setup));
}

static void
test_refused_once_more (Fixture *self, gconstpointer unused)
{
    g_autoptr (GError) refused = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN, "refused");
    g_assert_nonnull (renew (self, "work", NULL));
    take (self, "wrong");
    next (self, IB_SETUP_TEST);
    ib_setup_tried (self->setup, self->job, refused);
    g_assert_false (ib_setup_next (self->setup, NULL));
    g_assert_true (ib_setup_back (self->setup));
    g_assert_cmpint (ib_setup_page (self->setup), ==, IB_SETUP_SECRET);
    g_assert_true (ib_setup_needs_secret (self->setup));
    g_assert_false (ib_setup_back (self->setup)); /* here it began */
    g_clear_pointer (&self->setup, ib_setup_free);
    g_assert_true (
        g_file_test (self->secret, G_FILE_TEST_EXISTS)); /* the account stands, and so does its file */
}

static void
test_another_place (Fixture *self, gconstpointer unused)
{
    g_assert_nonnull (renew (self, "work", NULL));
    g_assert_true (ib_setup_set (self->setup, "keep", "command", NULL));
    g_assert_true (ib_setup_set (self->setup, "keep-in", "pass show work", NULL));
    next (self, IB_SETUP_TEST);
    ib_setup_tried (self->setup, self->job, NULL);
    next (self, IB_SETUP_DONE);
    g_autofree char *after = read_file (self->path);
    g_autofree char *expected = account_text ("secret=command:pass show work");
    g_assert_cmpstr (after, ==, expected);
}

static const struct {
    const char *name, *account, *keys, *words;
} closed[] = {
    { "unknown", "home", "", "There is no account of that name" },
    { "no-name", "../work", "", "There is no account of that name" },
    { "gnome", "work", "secret=goa:account_1", "GNOME signs in to work" },
    { "broken", "work", "secret=nowhere", "work.conf:" },
};

static void
test_closed (Fixture *self, gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autofree char *text = account_text (closed[i].keys);
    write_file (self->path, text);
    g_assert_null (renew (self, closed[i].account, &error));
    g_assert_error (error, IB_SETUP_ERROR, IB_SETUP_ERROR_FIELD);
    g_assert_nonnull (strstr (error->message, closed[i].words));
}

int
main (int argc, char **argv)
{
    g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE); /* nobody's keyring is asked */
    g_test_init (&argc, &argv, NULL);
    g_test_add ("/setup-renew/new-password", Fixture, NULL, set_up, test_new_password, tear_down);
    g_test_add ("/setup-renew/refused-once-more", Fixture, NULL, set_up, test_refused_once_more, tear_down);
    g_test_add ("/setup-renew/another-place", Fixture, NULL, set_up, test_another_place, tear_down);
    for (gsize i = 0; i < G_N_ELEMENTS (closed); i++) {
        g_autofree char *path = g_strconcat ("/setup-renew/closed/", closed[i].name, NULL);
        g_test_add (path, Fixture, GSIZE_TO_POINTER (i), set_up, test_closed, tear_down);
    }
    return g_test_run ();
}
