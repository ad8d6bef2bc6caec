/* test-dns-name.c - hosts' names, in the language of whoever runs this (with LC_ALL=tr_TR.UTF-8, a capital I is a trap) */
#include "dns-name.h"

#include <glib.h>
#include <locale.h>

static const struct {
    const char *name, *host, *dns;
} cases[] = {
    { "small", "mail.example.org", "mail.example.org" },
    { "capitals", "IMAP.GMAIL.COM", "imap.gmail.com" },
    { "dot", "Mail.Example.", "mail.example." },
    { "umlaut", "BÜCHER.Example", "xn--bcher-kva.example" },
    { "umlaut-and-i", "IBÜCHER.IT", "xn--ibcher-4ya.it" },
    { "ideographic-dot", "mail。example", "mail.example" },
    { "address", "192.0.2.1", "192.0.2.1" },
    { "longer-address", "2001:DB8::1", "2001:db8::1" },
    { "no-utf8", "\xff.example", NULL },
};

static void
test_name (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autofree char *dns = ib_dns_name (cases[row].host);
    g_assert_cmpstr (dns, ==, cases[row].dns);
}

int
main (int argc, char **argv)
{
    setlocale (LC_ALL, "");
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/dns-name/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_name);
    }
    return g_test_run ();
}
