/* trust-check.c: who is too many to be believed, and who is somebody's provider. */
#include "trust-check.h"

#include <glib/gstdio.h>

static const struct {
    const char *name, *relay;
    IbRelayFault fault;
} relays[] = {
    { "host", "mx.example.org", IB_RELAY_SOUND },
    { "address", "192.0.2.7", IB_RELAY_SOUND },
    { "small-network", "192.0.2.0/24", IB_RELAY_SOUND },
    { "twenty-bits", "198.51.96.0/20", IB_RELAY_SOUND },
    { "all", "0.0.0.0/0", IB_RELAY_EVERYBODY },
    { "half", "128.0.0.0/1", IB_RELAY_EVERYBODY },
    { "seven-bits", "10.0.0.0/7", IB_RELAY_EVERYBODY },
    { "wide", "198.51.0.0/16", IB_RELAY_WIDE },
    { "nineteen-bits", "198.51.96.0/19", IB_RELAY_WIDE },
    { "private", "10.0.0.0/8", IB_RELAY_SOUND },
    { "private-172", "172.16.0.0/12", IB_RELAY_SOUND },
    { "loopback", "127.0.0.0/8", IB_RELAY_SOUND },
    { "all-ipv6", "::/0", IB_RELAY_EVERYBODY },
    { "wide-ipv6", "2001:db8::/32", IB_RELAY_WIDE },
    { "site-ipv6", "2001:db8::/48", IB_RELAY_SOUND },
    { "private-ipv6", "fc00::/7", IB_RELAY_SOUND },
    { "link-ipv6", "fe80::/10", IB_RELAY_SOUND },
    { "address-ipv6", "2001:db8::1", IB_RELAY_SOUND },
    { "top-level", ".org", IB_RELAY_EVERYBODY },
    { "domain", ".example.org", IB_RELAY_SOUND },
    { "providers-host", "out3.mail.example", IB_RELAY_PROVIDER },
    { "providers-domain", ".mail.example", IB_RELAY_PROVIDER },
    { "providers-domain-itself", "Mail.Example", IB_RELAY_PROVIDER },
    { "below-it", ".eu.mail.example", IB_RELAY_PROVIDER },
    { "not-below-it", "notmail.example", IB_RELAY_SOUND },
    { "providers-one-host", "mx.single.example", IB_RELAY_PROVIDER },
    { "beside-one-host", "my.single.example", IB_RELAY_SOUND },
    { "providers-address", "203.0.113.9", IB_RELAY_PROVIDER },
    { "around-its-network", "203.0.112.0/20", IB_RELAY_PROVIDER },
    { "beside-its-network", "203.0.114.9", IB_RELAY_SOUND },
};

static const char table[] = "[big]\n"
                            "name=Big Mail\n"
                            "domains=big.example\n"
                            "imap=imap.mail.example:993:tls\n"
                            "user=address\n"
                            "sign-in=password\n"
                            "path=.mail.example;mx.single.example;203.0.113.0/24\n"
                            "traps=It is big.\n"
                            "sources=itself\n"
                            "checked=2026-11-25\n";

static IbProviders *providers;

static void
load_table (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp ("ib-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename (folder, "table.conf", NULL);
    const char *const folders[] = { folder, NULL };
    g_assert_true (g_file_set_contents (path, table, -1, NULL));
    providers = ib_providers_load (folders, &error);
    g_assert_no_error (error);
    g_assert_cmpint (g_unlink (path), ==, 0);
    g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
judges_relay (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    const IbProvider *whose = NULL;
    g_assert_cmpint (ib_trust_check_relay (relays[i].relay, providers, &whose), ==, relays[i].fault);
    g_assert_cmpstr (whose != NULL ? whose->name : "", ==, relays[i].fault == IB_RELAY_PROVIDER ? "Big Mail" : "");
}

static const struct {
    const char *name, *id;
    bool is_host;
} ids[] = {
    { "whole", "mx.example.org", true },   { "bare", "mail", false },         { "localhost", "localhost", false },
    { "address", "192.0.2.1", false },     { "ends-in-dot", "mail.", false }, { "begins-with-dot", ".example.org", false },
};

static void
judges_id (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_assert_cmpint (ib_trust_check_is_host (ids[i].id), ==, ids[i].is_host);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    load_table ();
    for (gsize i = 0; i < G_N_ELEMENTS (relays); i++) {
        g_autofree char *path = g_strdup_printf ("/trust-check/relay/%s", relays[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), judges_relay);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (ids); i++) {
        g_autofree char *path = g_strdup_printf ("/trust-check/authserv-id/%s", ids[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), judges_id);
    }
    int status = g_test_run ();
    ib_providers_free (providers);
    return status;
}
