/* Client ids from files, and the doors that they open. */
#include "oauth2-clients.h"

#include <glib/gstdio.h>
#include <string.h>

#define NONE ""

static IbProvider gmail, plain;
static IbSignIn gmail_ways[] = { IB_SIGN_IN_OAUTH2, IB_SIGN_IN_APP_PASSWORD };
static IbSignIn plain_ways[] = { IB_SIGN_IN_PASSWORD };

static void
make_providers (void)
{
    gmail = (IbProvider){ .id = (char *) "gmail",
                          .name = (char *) "Gmail",
                          .oauth2_issuer = (char *) "accounts.google.com",
                          .oauth2_auth_url = (char *) "https://accounts.google.com/auth",
                          .oauth2_token_url = (char *) "https://accounts.google.com/token",
                          .oauth2_device_url = (char *) "",
                          .oauth2_redirect = (char *) "http://localhost",
                          .oauth2_scope_imap = (char *) "imap",
                          .oauth2_scope_pop3 = (char *) "pop3",
                          .sign_in = gmail_ways,
                          .n_sign_in = G_N_ELEMENTS (gmail_ways) };
    plain = (IbProvider){ .id = (char *) "plain",
                          .name = (char *) "Plain",
                          .oauth2_issuer = (char *) "",
                          .oauth2_auth_url = (char *) "",
                          .oauth2_token_url = (char *) "",
                          .oauth2_device_url = (char *) "",
                          .oauth2_scope_imap = (char *) "",
                          .oauth2_scope_pop3 = (char *) "",
                          .sign_in = plain_ways,
                          .n_sign_in = G_N_ELEMENTS (plain_ways) };
}

static IbAccount
make_account (void)
{
    return (IbAccount){ .name = (char *) "work",
                        .host = (char *) "imap.example",
                        .provider = (char *) "",
                        .oauth2_client_id = (char *) "",
                        .oauth2_client_secret = (char *) "",
                        .oauth2_auth_url = (char *) "",
                        .oauth2_token_url = (char *) "",
                        .oauth2_device_url = (char *) "",
                        .oauth2_scope = (char *) "" };
}

/* A folder with one file; NULL: without any. */
static char *
make_folder (const char *text)
{
    char *folder = g_dir_make_tmp ("ib-clients-XXXXXX", NULL);
    g_autofree char *path = g_build_filename (folder, "mine.conf", NULL);
    if (text != NULL)
        g_assert_true (g_file_set_contents (path, text, -1, NULL));
    return folder;
}

static void
remove_folder (const char *folder)
{
    g_autofree char *path = g_build_filename (folder, "mine.conf", NULL);
    (void) g_unlink (path);
    g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static IbOAuth2Clients *
load (const char *first, const char *second, GError **error)
{
    const char *const folders[] = { first, second, NULL };
    return ib_oauth2_clients_load (folders, error);
}

/* --- files ----------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *text, *error; } files[] = {
    { "id",              "[gmail]\nclient-id=A\n", NULL },
    { "comment",         "# ours\n[gmail]\nclient-id=A\n", NULL },
    { "all",             "[gmail]\nclient-id=A\nclient-secret=B\nredirect=http://localhost/x\nissuer=https://i.example\nauth-url=https://a.example\ntoken-url=https://t.example\ndevice-url=https://d.example\nscope=s\n", NULL },
    { "empty",           "", NULL },
    { "no-id",           "[gmail]\nclient-secret=B\n", "[gmail]: the key “client-id” is missing" },
    { "unknown-key",     "[gmail]\nclient-id=A\nclientsecret=B\n", "[gmail]: there is no key “clientsecret”" },
    { "plain-http",      "[gmail]\nclient-id=A\ntoken-url=http://t.example\n", "[gmail]: token-url must begin with https://" },
    { "redirect-abroad", "[gmail]\nclient-id=A\nredirect=https://app.example/\n", "[gmail]: redirect must be like http://127.0.0.1/" },
    { "redirect-abroad-loud", "[gmail]\nclient-id=A\nredirect=HTTPS://app.example/\n", "[gmail]: redirect must be like http://127.0.0.1/" },
    { "backslash",       "[gmail]\nclient-id=A\nclient-secret=a\\qb\n", NULL },
    { "not-utf-8",       "[gmail]\nclient-id=A\nclient-secret=a\xff\n", "[gmail]: " },
    { "no-group",        "client-id=A\n", "mine.conf: " },
};

static void
reads_file (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = make_folder (files[i].text);
    g_autoptr (IbOAuth2Clients) clients = load (folder, "/nonexistent", &error);
    if (files[i].error == NULL) {
        g_assert_no_error (error);
    } else {
        g_assert_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT);
        g_assert_nonnull (strstr (error->message, files[i].error));
        g_assert_true (g_str_has_prefix (error->message, folder));
    }
    remove_folder (folder);
}

/* --- which one it is ------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *shipped, *own; const IbProvider *provider; const char *account_id, *id, *secret, *token_url, *scope;
} found[] = {
    { "none",        NULL, NULL, &gmail, "", "", "", "https://accounts.google.com/token", "imap" },
    { "shipped",     "[gmail]\nclient-id=A\nclient-secret=S\n", NULL, &gmail, "", "A", "S", "https://accounts.google.com/token", "imap" },
    { "own-first",   "[gmail]\nclient-id=A\nclient-secret=S\n", "[gmail]\nclient-id=B\n", &gmail, "", "B", "", "https://accounts.google.com/token", "imap" },
    { "by-issuer",   "[accounts.google.com]\nclient-id=A\n", NULL, &gmail, "", "A", "", "https://accounts.google.com/token", "imap" },
    { "name-first",  "[accounts.google.com]\nclient-id=A\n[gmail]\nclient-id=B\n", NULL, &gmail, "", "B", "", "https://accounts.google.com/token", "imap" },
    { "account",     "[gmail]\nclient-id=A\nclient-secret=S\n", NULL, &gmail, "C", "C", "", "https://accounts.google.com/token", "imap" },
    { "endpoints",   "[gmail]\nclient-id=A\ntoken-url=https://t.example\nscope=s\n", NULL, &gmail, "", "A", "", "https://t.example", "s" },
    { "another's",   "[outlook]\nclient-id=A\n", NULL, &gmail, "", "", "", "https://accounts.google.com/token", "imap" },
    { "no-provider", "[gmail]\nclient-id=A\n", NULL, NULL, "C", "C", "", "", "" },
};

static void
finds_client (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autofree char *shipped = make_folder (found[i].shipped), *own = make_folder (found[i].own);
    g_autoptr (IbOAuth2Clients) clients = load (shipped, own, &error);
    g_assert_no_error (error);
    IbAccount account = make_account ();
    account.oauth2_client_id = (char *) found[i].account_id;
    g_autoptr (IbOAuth2Client) client = ib_oauth2_clients_find (clients, found[i].provider, &account);
    g_assert_cmpstr (client->id, ==, found[i].id);
    g_assert_cmpstr (client->secret, ==, found[i].secret);
    g_assert_cmpstr (client->token_url, ==, found[i].token_url);
    g_assert_cmpstr (client->scope, ==, found[i].scope);
    remove_folder (shipped);
    remove_folder (own);
}

static void
pop3_has_a_scope_of_its_own (void)
{
    g_autoptr (IbOAuth2Clients) clients = load ("/nonexistent", "/nonexistent", NULL);
    IbAccount account = make_account ();
    account.protocol = IB_PROTOCOL_POP3;
    g_autoptr (IbOAuth2Client) client = ib_oauth2_clients_find (clients, &gmail, &account);
    g_assert_cmpstr (client->scope, ==, "pop3");
}

static const struct { const char *name, *file; const IbProvider *provider; const char *redirect; } redirects[] = {
    { "file",     "[gmail]\nclient-id=A\nredirect=http://127.0.0.1/x\n", &gmail, "http://127.0.0.1/x" },
    { "provider", "[gmail]\nclient-id=A\n", &gmail, "http://localhost" },
    { "ours",     NULL, &plain, "http://127.0.0.1/" },
    { "nobody's", NULL, NULL, "http://127.0.0.1/" },
};

static void
chooses_redirect (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *folder = make_folder (redirects[i].file);
    g_autoptr (IbOAuth2Clients) clients = load (folder, "/nonexistent", NULL);
    IbAccount account = make_account ();
    g_autoptr (IbOAuth2Client) client = ib_oauth2_clients_find (clients, redirects[i].provider, &account);
    g_assert_cmpstr (client->redirect, ==, redirects[i].redirect);
    remove_folder (folder);
}

/* A server that only its endpoints are known of may say more at its root. */
static void
issuer_is_guessed_from_an_endpoint (void)
{
    g_autoptr (IbOAuth2Clients) clients = load ("/nonexistent", "/nonexistent", NULL);
    IbAccount account = make_account ();
    account.oauth2_auth_url = (char *) "https://login.example:8443/a/auth?x=y";
    g_autoptr (IbOAuth2Client) client = ib_oauth2_clients_find (clients, NULL, &account);
    g_assert_cmpstr (client->issuer, ==, "https://login.example:8443");
}

/* --- doors ----------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *file; const IbProvider *provider; const char *doors; } doors[] = {
    { "with-a-client",    "[gmail]\nclient-id=A\n", &gmail, "+oauth2 +app-password " },
    { "without",          NULL, &gmail, "-oauth2 +app-password " },
    { "password-only",    NULL, &plain, "+password " },
    { "unknown-provider", NULL, NULL, "+password -oauth2 " },
};

static void
shows_doors (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *folder = make_folder (doors[i].file);
    g_autoptr (IbOAuth2Clients) clients = load (folder, "/nonexistent", NULL);
    IbAccount account = make_account ();
    g_autoptr (GPtrArray) all = ib_oauth2_clients_doors (clients, doors[i].provider, &account);
    g_autoptr (GString) seen = g_string_new (NULL);
    for (guint d = 0; d < all->len; d++) {
        const IbOAuth2Door *door = all->pdata[d];
        g_string_append_printf (seen, "%c%s ", door->is_open ? '+' : '-', ib_sign_in_name (door->way));
        g_assert_cmpuint (strlen (door->words), >, 10);
    }
    g_assert_cmpstr (seen->str, ==, doors[i].doors);
    remove_folder (folder);
}

static void
missing_id_names_the_open_doors (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Clients) clients = load ("/nonexistent", "/nonexistent", NULL);
    IbAccount account = make_account ();
    g_autoptr (IbOAuth2Client) client = ib_oauth2_clients_find (clients, &gmail, &account);
    g_assert_false (ib_oauth2_clients_check (clients, client, &gmail, &account, &error));
    g_assert_error (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_CLIENT);
    g_assert_nonnull (strstr (error->message, "oauth-clients.d/gmail.conf"));
    g_assert_nonnull (strstr (error->message, "an app password"));
    g_assert_nonnull (strstr (error->message, "secret=command:"));
}

#define ADD_ROWS(table, test)                                                                                \
    for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {                                                       \
        g_autofree char *path = g_strdup_printf ("/oauth2-clients/" #table "/%s", table[i].name);            \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);                                             \
    }

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    make_providers ();
    ADD_ROWS (files, reads_file);
    ADD_ROWS (found, finds_client);
    ADD_ROWS (redirects, chooses_redirect);
    ADD_ROWS (doors, shows_doors);
    g_test_add_func ("/oauth2-clients/pop3-has-a-scope-of-its-own", pop3_has_a_scope_of_its_own);
    g_test_add_func ("/oauth2-clients/issuer-is-guessed-from-an-endpoint", issuer_is_guessed_from_an_endpoint);
    g_test_add_func ("/oauth2-clients/missing-id-names-the-open-doors", missing_id_names_the_open_doors);
    return g_test_run ();
}
