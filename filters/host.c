/* host.c - names and addresses of hosts */
#include "host.h"

#include <arpa/inet.h>
#include <libpsl.h>
#include <string.h>

#define NAME_MAX_BYTES 253

static bool
is_name_byte (char c)
{
    return g_ascii_isalnum (c) || c == '-' || c == '_' || c == '.';
}

static bool
is_name (const char *name)
{
    gsize length = strlen (name);
    if (length == 0 || length > NAME_MAX_BYTES || name[0] == '.' || strstr (name, "..") != NULL)
        return false;
    for (gsize i = 0; i < length; i++)
        if (!is_name_byte (name[i]))
            return false;
    return true;
}

char *
ib_host_normalize (const char *name, gsize length)
{
    if (length > 0 && name[length - 1] == '.')
        length--;
    if (length > 4 * NAME_MAX_BYTES || !g_utf8_validate (name, (gssize) length, NULL))
        return NULL;
    g_autofree char *text = g_strndup (name, length);
    g_autofree char *ascii = g_str_is_ascii (text) ? g_ascii_strdown (text, -1) : g_hostname_to_ascii (text);
    return ascii != NULL && is_name (ascii) ? g_steal_pointer (&ascii) : NULL;
}

bool
ib_host_is_within (const char *host, const char *domain)
{
    gsize length = strlen (host), domain_length = strlen (domain);
    if (domain_length == 0 || domain_length > length || strcmp (host + length - domain_length, domain) != 0)
        return false;
    return length == domain_length || host[length - domain_length - 1] == '.';
}

const char *
ib_host_organization (const char *host)
{
    const psl_ctx_t *list = psl_builtin ();
    const char *domain = list != NULL ? psl_registrable_domain (list, host) : NULL;
    return domain != NULL ? domain : host;
}

/* @word without the digits at its end: "dsl17" is "dsl". */
static bool
is_line_word (const char *word)
{
    static const char *const words[] = {
        "abo",         "access",   "adsl",      "broadband", "cable", "client",   "clients", "cpe",
        "cust",        "customer", "customers", "dhcp",      "dial",  "dialin",   "dialup",  "dip",
        "dsl",         "dyn",      "dynamic",   "fbx",       "fiber", "ftth",     "hsd",     "ip",
        "ipv",         "lte",      "mobile",    "pool",      "pools", "ppp",      "pppoe",   "res",
        "residential", "server",   "static",    "vdsl",      "vps",   "wireless", NULL,
    };
    gsize length = strlen (word);
    while (length > 0 && g_ascii_isdigit (word[length - 1]))
        length--;
    g_autofree char *plain = g_strndup (word, length);
    return g_strv_contains (words, plain);
}

/* How many of @ip's numbers stand in @parts, as decimals of two digits at least: a lone "1" is a counter. */
static guint
count_numbers (char **parts, const char *ip)
{
    guint count = 0;
    g_auto (GStrv) numbers = g_strsplit (ip, ".", -1);
    for (char **number = numbers; *number != NULL; number++)
        if (strlen (*number) >= 2 && g_ascii_isdigit (**number)
            && g_strv_contains ((const char *const *) parts, *number))
            count++;
    return count;
}

bool
ib_host_is_let (const char *host, const char *ip)
{
    g_auto (GStrv) parts = g_strsplit_set (host, ".-_", -1);
    gsize own = strlen (host) - strlen (ib_host_organization (host));
    gsize at = 0;
    for (char **part = parts; *part != NULL && at < own; part++) {
        if (is_line_word (*part))
            return true;
        at += strlen (*part) + 1;
    }
    return count_numbers (parts, ip) >= 2;
}

/* --- addresses --- */

typedef struct {
    int family;
    guint8 bytes[16];
} Ip;

static guint
ip_bits (const Ip *ip)
{
    return ip->family == AF_INET ? 32 : 128;
}

static bool
is_mapped (const guint8 *bytes)
{
    static const guint8 prefix[12] = { [10] = 0xFF, [11] = 0xFF };
    return memcmp (bytes, prefix, sizeof prefix) == 0;
}

static bool
ip_read (const char *text, Ip *out_ip)
{
    *out_ip = (Ip){ .family = AF_INET };
    if (inet_pton (AF_INET, text, out_ip->bytes) == 1)
        return true;
    out_ip->family = AF_INET6;
    if (inet_pton (AF_INET6, text, out_ip->bytes) != 1)
        return false;
    if (is_mapped (out_ip->bytes)) {
        out_ip->family = AF_INET;
        memmove (out_ip->bytes, out_ip->bytes + 12, 4);
    }
    return true;
}

char *
ib_ip_parse (const char *text, gsize length)
{
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (length > strlen ("IPv6:") && g_ascii_strncasecmp (text, "IPv6:", 5) == 0) {
        text += 5;
        length -= 5;
    }
    /* The longest is 45 characters; behind a "%" stands the link. */
    char plain[INET6_ADDRSTRLEN];
    const char *link = memchr (text, '%', length);
    if (link != NULL)
        length = (gsize) (link - text);
    if (length >= sizeof plain)
        return NULL;
    memcpy (plain, text, length);
    plain[length] = '\0';

    Ip ip;
    if (strlen (plain) != length || !ip_read (plain, &ip)
        || inet_ntop (ip.family, ip.bytes, plain, sizeof plain) == NULL)
        return NULL;
    return g_strdup (plain);
}

static bool
shares_bits (const Ip *a, const Ip *b, guint bits)
{
    if (a->family != b->family || bits > ip_bits (a) || memcmp (a->bytes, b->bytes, bits / 8) != 0)
        return false;
    guint rest = bits % 8;
    return rest == 0 || ((a->bytes[bits / 8] ^ b->bytes[bits / 8]) >> (8 - rest)) == 0;
}

/* Lessens the bits that there are to those that count. */
static bool
read_bits (const char *text, guint *bits)
{
    gsize digits = strspn (text, "0123456789");
    if (digits == 0 || digits > 3 || text[digits] != '\0')
        return false;
    guint most = *bits;
    *bits = (guint) atoi (text);
    return *bits <= most;
}

bool
ib_ip_is_within (const char *ip, const char *network)
{
    Ip own, base;
    const char *slash = strchr (network, '/');
    g_autofree char *address
        = slash != NULL ? g_strndup (network, (gsize) (slash - network)) : g_strdup (network);
    if (!ip_read (ip, &own) || !ip_read (address, &base))
        return false;
    guint bits = ip_bits (&base);
    if (slash != NULL && !read_bits (slash + 1, &bits))
        return false;
    return shares_bits (&own, &base, bits);
}

bool
ib_ip_is_private (const char *ip)
{
    static const struct {
        Ip base;
        guint bits;
    } networks[] = {
        { { AF_INET, { 127 } }, 8 },
        { { AF_INET, { 10 } }, 8 },
        { { AF_INET, { 172, 16 } }, 12 },
        { { AF_INET, { 192, 168 } }, 16 },
        { { AF_INET, { 169, 254 } }, 16 },
        { { AF_INET, { 100, 64 } }, 10 },
        { { AF_INET6, { [15] = 1 } }, 128 },
        { { AF_INET6, { 0xfc } }, 7 },
        { { AF_INET6, { 0xfe, 0x80 } }, 10 },
        /* 6to4 of private addresses, which Google numbers its machines by (RFC 3056, 2). */
        { { AF_INET6, { 0x20, 0x02, 10 } }, 24 },
        { { AF_INET6, { 0x20, 0x02, 172, 16 } }, 28 },
        { { AF_INET6, { 0x20, 0x02, 192, 168 } }, 32 },
    };
    Ip own;
    if (!ip_read (ip, &own))
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS (networks); i++)
        if (shares_bits (&own, &networks[i].base, networks[i].bits))
            return true;
    return false;
}
