/* test-destination.c - what has a secret go elsewhere, or less safely */
#include "account-file.h"
#include "destination.h"

#include <string.h>

#define ACCOUNT "[account]\naddress=anna@example.org\nhost=mail.example.org\n"

static const struct {
    const char *name, *now, *then, *key;
} cases[] = {
    { "nothing", "", "", NULL },
    { "spelling", "", "host=MAIL.example.ORG.\n", NULL },
    { "punycode", "host=BÜCHER.example\n", "host=xn--bcher-kva.example.\n", NULL },
    { "look-alike", "host=mıcro.example\n", "host=MICRO.example\n", "account.host" },
    { "host", "", "host=evil.example\n", "account.host" },
    { "address", "host=192.0.2.1\n", "host=192.0.2.2\n", "account.host" },
    { "longer", "", "host=mail.example.org.evil.example\n", "account.host" },
    { "protocol", "", "protocol=pop3\n", "account.protocol" },
    { "port", "", "port=10993\n", "account.port" },
    { "usual-port", "", "port=993\n", NULL },
    { "starttls", "", "security=starttls\n", "account.security" },
    { "clear", "", "security=none\nallow-plaintext=true\n", "account.security" },
    { "clear-allowed", "", "allow-plaintext=true\n", "account.allow-plaintext" },
    { "authority", "", "ca-file=/etc/passwd\n", "account.ca-file" },
    { "certificate", "fingerprint=sha256:0000000000000000000000000000000000000000000000000000000000000000\n", "",
      "account.fingerprint" },
    { "way", "", "auth=oauth2\n", "account.auth" },
    { "provider", "", "provider=gmail\n", "account.provider" },
    { "token-url", "", "oauth2-token-url=https://evil.example/\n", "account.oauth2-token-url" },
    { "client", "", "oauth2-client-id=x\n", "account.oauth2-client-id" },
    { "user", "", "user=bert\n", NULL },
    { "other-keys", "", "aliases=a@example.org\n[fetch]\ninterval=10m\nfolders=*\n[filter]\nenabled=false\n", NULL },
};

static IbAccount *
parse (const char *more)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text = strstr (more, "host=") == more
                                ? g_strconcat ("[account]\naddress=anna@example.org\n", more, NULL)
                                : g_strconcat (ACCOUNT, more, NULL);
    IbAccount *account = ib_account_parse ("work.conf", text, strlen (text), &error);
    g_assert_no_error (error);
    return account;
}

static void
test_key (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (IbAccount) now = parse (cases[row].now);
    g_autoptr (IbAccount) then = parse (cases[row].then);
    g_assert_cmpstr (ib_destination_changed_key (now, then), ==, cases[row].key);
    g_assert_cmpstr (ib_destination_changed_key (then, now), ==, cases[row].key);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/destination/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_key);
    }
    return g_test_run ();
}
