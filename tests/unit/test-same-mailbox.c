/* test-same-mailbox.c - which accounts fetch one mailbox */
#include "account-file.h"
#include "same-mailbox.h"

#include <string.h>

#define ACCOUNT "[account]\naddress=anna@example.org\n"

static const struct {
    const char *name, *one, *other;
    bool is_same;
} cases[] = {
    { "same", "host=mail.example.org\n", "host=mail.example.org\n", true },
    { "spelling", "host=mail.example.org\n", "host=MAIL.example.org.\n", true },
    { "other-host", "host=mail.example.org\n", "host=mail.example.net\n", false },
    { "other-user", "host=mail.example.org\n", "host=mail.example.org\nuser=bert\n", false },
    { "user-is-the-address", "host=mail.example.org\n", "host=mail.example.org\nuser=anna@example.org\n", true },
    { "other-protocol", "host=mail.example.org\n", "host=mail.example.org\nprotocol=pop3\n", false },
    { "starttls", "host=mail.example.org\n", "host=mail.example.org\nsecurity=starttls\n", true },
    { "its-usual-port", "host=mail.example.org\n", "host=mail.example.org\nport=993\n", true },
    { "a-tunnel", "host=localhost\nport=1143\n", "host=localhost\nport=1144\n", false },
    { "the-same-tunnel", "host=localhost\nport=1143\n", "host=localhost\nport=1143\n", true },
    { "other-keys", "host=mail.example.org\n", "host=mail.example.org\naliases=a@example.org\n[fetch]\nfolders=Lists\n",
      true },
};

static IbAccount *
parse (const char *path, const char *more)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text = g_strconcat (ACCOUNT, more, NULL);
    IbAccount *account = ib_account_parse (path, text, strlen (text), &error);
    g_assert_no_error (error);
    return account;
}

static void
test_pair (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (IbAccount) one = parse ("one.conf", cases[row].one);
    g_autoptr (IbAccount) other = parse ("other.conf", cases[row].other);
    g_assert_cmpint (ib_same_mailbox (one, other), ==, cases[row].is_same);
    g_assert_cmpint (ib_same_mailbox (other, one), ==, cases[row].is_same);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/same-mailbox/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_pair);
    }
    return g_test_run ();
}
