/* Names and addresses of hosts, brought into the form in which they are compared. */
#include "host.h"

#include <string.h>

static const struct {
    const char *name, *host;
} names[] = {
    { "example.org", "example.org" }, { "MX.Example.ORG.", "mx.example.org" }, { "localhost", "localhost" },
    { "bücher.example", "xn--bcher-kva.example" }, { "_dmarc.example.org", "_dmarc.example.org" },
    { "", NULL }, { ".", NULL }, { ".example.org", NULL }, { "a..b", NULL }, { "a b", NULL }, { "a(b", NULL },
    { "\xff.example", NULL }, { "[192.0.2.1]", NULL },
};

static const struct {
    const char *text, *ip;
    bool is_private;
} addresses[] = {
    { "192.0.2.1", "192.0.2.1" }, { "[192.0.2.1]", "192.0.2.1" }, { "[IPv6:2001:DB8:0:0::1]", "2001:db8::1" },
    { "2001:db8::1", "2001:db8::1" }, { "::ffff:192.0.2.1", "192.0.2.1" }, { "[::ffff:10.0.0.1]", "10.0.0.1", true },
    { "fe80::1%eth0", "fe80::1", true }, { "127.0.0.1", "127.0.0.1", true }, { "172.15.0.1", "172.15.0.1" },
    { "172.16.0.1", "172.16.0.1", true }, { "172.31.255.255", "172.31.255.255", true }, { "172.32.0.1", "172.32.0.1" },
    { "100.64.0.1", "100.64.0.1", true }, { "::1", "::1", true }, { "fd00::1", "fd00::1", true },
    { "2002:a05:1::2", "2002:a05:1::2", true }, { "2002:c000:201::2", "2002:c000:201::2" },
    { "1.2.3", NULL }, { "1.2.3.256", NULL }, { "01.2.3.4", NULL }, { "", NULL }, { "[]", NULL }, { "1.2.3.4 ", NULL },
    { "1.2.3.4.example.org", NULL }, { "0x7f.1", NULL },
};

static const struct {
    const char *ip, *network;
    bool is_within;
} networks[] = {
    { "192.0.2.1", "192.0.2.0/24", true }, { "192.0.3.1", "192.0.2.0/24", false }, { "192.0.2.1", "192.0.2.1", true },
    { "192.0.2.129", "192.0.2.128/25", true }, { "192.0.2.127", "192.0.2.128/25", false },
    { "1.2.3.4", "0.0.0.0/0", true }, { "2001:db8::1", "0.0.0.0/0", false }, { "2001:db8:1::1", "2001:db8::/32", true },
    { "2001:db9::1", "2001:db8::/32", false }, { "192.0.2.1", "192.0.2.0/33", false }, { "192.0.2.1", "192.0.2.0/x", false },
    { "192.0.2.1", "example.org", false }, { "192.0.2.1", "192.0.2.0/", false },
};

static const struct {
    const char *host, *organization;
} organizations[] = {
    { "mx.example.org", "example.org" }, { "example.org", "example.org" }, { "a.b.example.co.uk", "example.co.uk" },
    { "co.uk", "co.uk" }, { "localhost", "localhost" }, { "a.github.io", "a.github.io" },
};

static const struct {
    const char *host, *ip;
    bool is_let;
} lets[] = {
    { "203-0-113-66.example.net", "203.0.113.66", true }, { "h66.113.example.net", "203.0.113.66", false },
    { "66.113.0.203.rev.example.net", "203.0.113.66", true }, { "p5.dyn.example.net", "203.0.113.66", true },
    { "dsl17-a.example.net", "203.0.113.66", true }, { "static.66.113.clients.example.net", "203.0.113.66", true },
    { "vps-12ab.example.net", "", true }, { "mail-sor-f41.example.net", "209.85.220.41", false },
    { "mx1.example.net", "203.0.113.66", false }, { "dsl.net", "203.0.113.66", false }, { "mx.static.com", "", false },
};

static void
test_names (void)
{
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *host = ib_host_normalize (names[i].name, strlen (names[i].name));
        g_assert_cmpstr (host, ==, names[i].host);
    }
}

static void
test_addresses (void)
{
    for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++) {
        g_autofree char *ip = ib_ip_parse (addresses[i].text, strlen (addresses[i].text));
        g_assert_cmpstr (ip, ==, addresses[i].ip);
        g_test_message ("%s", addresses[i].text);
        g_assert_true (ip == NULL || ib_ip_is_private (ip) == addresses[i].is_private);
    }
}

static void
test_networks (void)
{
    for (gsize i = 0; i < G_N_ELEMENTS (networks); i++) {
        g_test_message ("%s in %s", networks[i].ip, networks[i].network);
        g_assert_true (ib_ip_is_within (networks[i].ip, networks[i].network) == networks[i].is_within);
    }
}

static void
test_organizations (void)
{
    for (gsize i = 0; i < G_N_ELEMENTS (organizations); i++)
        g_assert_cmpstr (ib_host_organization (organizations[i].host), ==, organizations[i].organization);
}

static void
test_lets (void)
{
    for (gsize i = 0; i < G_N_ELEMENTS (lets); i++) {
        g_test_message ("%s", lets[i].host);
        g_assert_true (ib_host_is_let (lets[i].host, lets[i].ip) == lets[i].is_let);
    }
}

static void
test_within (void)
{
    g_assert_true (ib_host_is_within ("a.example.org", "example.org"));
    g_assert_true (ib_host_is_within ("example.org", "example.org"));
    g_assert_false (ib_host_is_within ("evilexample.org", "example.org"));
    g_assert_false (ib_host_is_within ("example.org", ""));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/host/names", test_names);
    g_test_add_func ("/host/addresses", test_addresses);
    g_test_add_func ("/host/networks", test_networks);
    g_test_add_func ("/host/organizations", test_organizations);
    g_test_add_func ("/host/lets", test_lets);
    g_test_add_func ("/host/within", test_within);
    return g_test_run ();
}
