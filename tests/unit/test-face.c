/* Whom a message speaks to: who has only seen the window is told of no key and no command. */
#include "face.h"
#include "account-file.h"
#include "credential.h"
#include "oauth2-clients.h"
#include "refusal.h"
#include "trust.h"

#include <string.h>

static char *
refused (const char *text)
{
    return g_strdup (ib_refusal_advice (text));
}

/* Of an account whose secret stands so, that a new one is to be kept. */
static char *
kept (const char *secret)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text
        = g_strdup_printf ("[account]\naddress=anna@example.com\nhost=imap.example.com\nsecret=%s\n", secret);
    g_autoptr (IbAccount) account = ib_account_parse ("a.conf", text, strlen (text), &error);
    g_assert_no_error (error);
    g_assert_false (ib_credential_can_store (account, &error));
    return g_strdup (error->message);
}

static char *
unparsed (const char *lines)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text = g_strdup_printf ("[account]\naddress=anna@example.com\n%s", lines);
    g_assert_null (ib_account_parse ("a.conf", text, strlen (text), &error));
    return g_strdup (error->message);
}

/* All ways in, of a server that nobody knows. */
static char *
doors (const char *unused)
{
    g_autoptr (GError) error = NULL;
    const char *const none[] = { NULL };
    const char *text = "[account]\naddress=anna@example.com\nhost=imap.example.com\n";
    g_autoptr (IbAccount) account = ib_account_parse ("a.conf", text, strlen (text), &error);
    g_autoptr (IbOAuth2Clients) clients = ib_oauth2_clients_load (none, &error);
    g_assert_no_error (error);
    g_autoptr (IbOAuth2Client) client = ib_oauth2_clients_find (clients, NULL, account);
    g_assert_false (ib_oauth2_clients_check (clients, client, NULL, account, &error));
    return g_strdup (error->message);
}

static char *
distrusted (const char *ca_file)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_trust_new (ca_file, "", &error));
    return g_strdup (error->message);
}

static const struct {
    const char *name;
    char *(*say) (const char *data);
    const char *data;
    const char *for_files, *for_window; /* a part of each */
} messages[] = {
    { "browser-only", refused, "Basic authentication is disabled.", "(auth=oauth2)",
      "sign in with the browser" },
    { "another-way", refused, "Unsupported authentication mechanism.", "auth=oauth2", "take that" },
    { "a-command's", kept, "command:pass show mail", "secret=command:", "A command only prints" },
    { "a-credential's", kept, "credential:mail", "secret=credential:", "A credential is only read" },
    { "gnome's", kept, "goa:account_1", "secret=goa:", "GNOME keeps this password" },
    { "folders-of-pop3", unparsed, "protocol=pop3\nhost=pop.example.com\n[fetch]\nfolders=INBOX;Work\n",
      "protocol=imap", "choose IMAP" },
    { "host-with-port", unparsed, "host=imap.example.com:993\n", "port=", "a field of its own" },
    { "ways-in", doors, NULL, "secret=command:", "or a program that gives access tokens, like" },
    { "authority", distrusted, "/nowhere/ca.pem", "ca-file=/nowhere/ca.pem",
      "own authority, /nowhere/ca.pem," },
};

/* The environment says which. */
static void
speaks_to_both (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_unsetenv ("INBASKET_FACE");
    g_autofree char *for_files = messages[i].say (messages[i].data);
    g_assert_false (ib_face_is_window ());
    g_assert_nonnull (strstr (for_files, messages[i].for_files));

    ib_face_be_window ();
    g_autofree char *for_window = messages[i].say (messages[i].data);
    g_assert_true (ib_face_is_window ());
    g_assert_nonnull (strstr (for_window, messages[i].for_window));
    g_assert_null (strstr (for_window, messages[i].for_files));
    g_assert_null (strchr (for_window, '='));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (messages); i++) {
        g_autofree char *path = g_strconcat ("/face/", messages[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), speaks_to_both);
    }
    return g_test_run ();
}
