/* The table of providers: what is shipped holds together, and who is found by what. */
#include "provider.h"

#include <glib/gstdio.h>
#include <string.h>

static IbProviders *
shipped (void)
{
    g_autofree char *folder = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "data", "providers", NULL);
    const char *const folders[] = { folder, "/nonexistent", NULL };
    g_autoptr (GError) error = NULL;
    IbProviders *providers = ib_providers_load (folders, &error);
    g_assert_no_error (error);
    return providers;
}

static bool
is_sentence (const char *text)
{
    return g_ascii_isupper (text[0]) && g_str_has_suffix (text, ".") && strlen (text) < 240;
}

static bool
offers (const IbProvider *provider, IbSignIn way)
{
    for (guint i = 0; i < provider->n_sign_in; i++)
        if (provider->sign_in[i] == way)
            return true;
    return false;
}

/* Every row: servers, a way in, https, sentences, a source. */
static void
test_shipped_rows (void)
{
    g_autoptr (IbProviders) providers = shipped ();
    const GPtrArray *all = ib_providers_all (providers);
    g_assert_cmpuint (all->len, >=, 96);
    for (guint i = 0; i < all->len; i++) {
        const IbProvider *provider = all->pdata[i];
        g_test_message ("%s", provider->id);
        bool is_closed = offers (provider, IB_SIGN_IN_NONE);
        g_assert_true (is_closed == (provider->imap.host == NULL && provider->pop3.host == NULL));
        g_assert_true (provider->domains[0] != NULL || provider->mx[0] != NULL);
        g_assert_cmpuint (provider->n_sign_in, >, 0);
        g_assert_true (is_closed || provider->path[0] != NULL);
        g_assert_true (provider->sources[0] != NULL);
        g_assert_cmpuint (strlen (provider->checked), ==, strlen ("2026-11-23"));
        if (offers (provider, IB_SIGN_IN_OAUTH2)) {
            g_assert_true (g_str_has_prefix (provider->oauth2_auth_url, "https://"));
            g_assert_true (g_str_has_prefix (provider->oauth2_token_url, "https://"));
            g_assert_cmpstr (provider->oauth2_scope_imap, !=, "");
        }
        g_assert_true (*provider->app_password_url == '\0' || g_str_has_prefix (provider->app_password_url, "https://"));
        g_assert_true (provider->imap_bytes_per_day == 0 || provider->imap_bytes_per_day >= 100 * 1024 * 1024);
        g_assert_cmpint (provider->pop3_interval_s, <=, 60 * 60);
        for (char **trap = provider->traps; *trap != NULL; trap++)
            g_assert_true (is_sentence (*trap));
        for (char **domain = provider->domains; *domain != NULL; domain++) {
            g_autofree char *lower = g_ascii_strdown (*domain, -1);
            g_assert_cmpstr (lower, ==, *domain);
        }
        for (char **host = provider->path; *host != NULL; host++)
            g_assert_true (**host == '.' || strchr (*host, '/') != NULL || strchr (*host, '*') != NULL);
    }
}

/* No address may belong to two. */
static void
test_shipped_domains_once (void)
{
    g_autoptr (IbProviders) providers = shipped ();
    g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
    const GPtrArray *all = ib_providers_all (providers);
    for (guint i = 0; i < all->len; i++)
        for (char **domain = ((const IbProvider *) all->pdata[i])->domains; *domain != NULL; domain++) {
            g_test_message ("%s", *domain);
            g_assert_true (g_hash_table_add (seen, *domain));
        }
}

typedef const IbProvider *(*Find) (const IbProviders *self, const char *by);
static const struct {
    const char *name, *by;
    Find find;
    const char *id;
} finds[] = {
    { "id", "gmail", ib_providers_find, "gmail" },
    { "domain", "googlemail.com", ib_providers_by_domain, "gmail" },
    { "domain-in-capitals", "GMail.COM", ib_providers_by_domain, "gmail" },
    { "any-ending", "hotmail.co.uk", ib_providers_by_domain, "outlook" },
    { "any-ending-of-one-label", "yahoo.fr", ib_providers_by_domain, "yahoo" },
    { "exact-before-any-ending", "yahoo.co.jp", ib_providers_by_domain, "yahoo-jp" },
    { "ending-that-is-a-domain", "live.example.com", ib_providers_by_domain, NULL },
    { "below-a-domain", "mail.gmail.com", ib_providers_by_domain, NULL },
    { "unknown-domain", "example.org", ib_providers_by_domain, NULL },
    { "empty-domain", "", ib_providers_by_domain, NULL },
    { "mx", "alt1.aspmx.l.google.com.", ib_providers_by_mx, "gmail" },
    { "longest-mx", "example-org.mail.protection.outlook.com", ib_providers_by_mx, "office365" },
    { "mx-of-hotmail", "hotmail-com.olc.protection.outlook.com", ib_providers_by_mx, "outlook" },
    { "mx-that-ends-alike", "notgoogle.com", ib_providers_by_mx, NULL },
    { "server", "imap.gmail.com", ib_providers_by_server, "gmail" },
    { "pop3-server", "pop.gmx.net", ib_providers_by_server, "gmx-de" },
    { "server-on-this-machine", "127.0.0.1", ib_providers_by_server, NULL },
    { "unknown-server", "mail.example.org", ib_providers_by_server, NULL },
};

static void
test_find (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbProviders) providers = shipped ();
    const IbProvider *found = finds[i].find (providers, finds[i].by);
    g_assert_cmpstr (found != NULL ? found->id : NULL, ==, finds[i].id);
}

static const struct {
    const char *name, *text, *error;
} broken[] = {
    { "server", "[x]\nname=X\nsign-in=password\nimap=a:b\n", ", [x]: \"a:b\" is not a server as HOST:PORT:tls or HOST:PORT:starttls" },
    { "port", "[x]\nname=X\nsign-in=password\nimap=a:0:tls\n", ", [x]: \"a:0:tls\" is not a server as HOST:PORT:tls or HOST:PORT:starttls" },
    { "way", "[x]\nname=X\nsign-in=magic\n", ", [x]: \"magic\" is not oauth2, app-password, password, code, bridge or none" },
    { "user", "[x]\nname=X\nsign-in=password\nuser=anna\n", ", [x]: \"anna\" is not address or local-part" },
    { "size", "[x]\nname=X\nsign-in=password\nimap-per-day=much\n", ", [x]: \"much\" is not a size as 2500M" },
    { "interval", "[x]\nname=X\nsign-in=password\npop3-interval=5\n", ", [x]: \"5\" is not a time as 5m" },
    { "bool", "[x]\nname=X\nsign-in=password\nmx-decides=maybe\n", ", [x]: \"maybe\" is not true or false" },
    { "unknown-key", "[x]\nname=X\nsign-in=password\ncolour=red\n", ", [x]: there is no key \"colour\"" },
    { "missing-key", "[x]\nname=X\n", ", [x]: the key \"sign-in\" is missing" },
};

/* Writes @text to a file of a new folder. Returns: (transfer full): the folder */
static char *
folder_with (const char *text, char **out_path)
{
    char *folder = g_dir_make_tmp ("ib-provider-XXXXXX", NULL);
    *out_path = g_build_filename (folder, "own.conf", NULL);
    g_assert_true (g_file_set_contents (*out_path, text, -1, NULL));
    return folder;
}

static void
clear_folder (const char *folder, const char *path)
{
    g_remove (path);
    g_rmdir (folder);
}

static void
test_broken (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *path = NULL;
    g_autofree char *folder = folder_with (broken[i].text, &path);
    const char *const folders[] = { folder, NULL };
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProviders) providers = ib_providers_load (folders, &error);
    g_autofree char *expected = g_strconcat (path, broken[i].error, NULL);
    g_assert_null (providers);
    g_assert_error (error, IB_PROVIDER_ERROR, IB_PROVIDER_ERROR_INVALID);
    g_assert_cmpstr (error->message, ==, expected);
    clear_folder (folder, path);
}

/* What the wizard counts with. */
static void
test_shipped_limits (void)
{
    g_autoptr (IbProviders) providers = shipped ();
    const IbProvider *gmail = ib_providers_find (providers, "gmail");
    g_assert_cmpuint (gmail->imap_bytes_per_day, ==, G_GUINT64_CONSTANT (2500) * 1024 * 1024);
    g_assert_cmpuint (gmail->pop3_bytes_per_day, ==, G_GUINT64_CONSTANT (1250) * 1024 * 1024);
    g_assert_cmpint (gmail->pop3_interval_s, ==, 300);
    g_assert_true (ib_providers_find (providers, "comcast")->mx_decides);
    g_assert_false (gmail->mx_decides);
    g_assert_cmpuint (ib_providers_find (providers, "posteo")->imap_bytes_per_day, ==, 0);
}

static void
test_own_file_goes_before (void)
{
    g_autofree char *path = NULL;
    g_autofree char *own = folder_with ("[gmail]\nname=Ours\nsign-in=password\nimap=imap.example.org:993:tls\n"
                                        "[mine]\nname=Mine\nsign-in=password\ndomains=example.org\n",
                                        &path);
    g_autofree char *folder = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "data", "providers", NULL);
    const char *const folders[] = { folder, own, NULL };
    g_autoptr (IbProviders) providers = ib_providers_load (folders, NULL);
    g_assert_cmpstr (ib_providers_find (providers, "gmail")->name, ==, "Ours");
    g_assert_cmpstr (ib_providers_by_domain (providers, "example.org")->id, ==, "mine");
    g_assert_cmpstr (ib_sign_in_name (ib_providers_find (providers, "mine")->sign_in[0]), ==, "password");
    clear_folder (own, path);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (finds); i++) {
        g_autofree char *path = g_strconcat ("/provider/find/", finds[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_find);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (broken); i++) {
        g_autofree char *path = g_strconcat ("/provider/broken/", broken[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_broken);
    }
    g_test_add_func ("/provider/shipped/rows", test_shipped_rows);
    g_test_add_func ("/provider/shipped/domains-once", test_shipped_domains_once);
    g_test_add_func ("/provider/shipped/limits", test_shipped_limits);
    g_test_add_func ("/provider/own-file-goes-before", test_own_file_goes_before);
    return g_test_run ();
}
