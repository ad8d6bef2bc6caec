/* host.h - names and addresses of hosts, in the form in which they are compared */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Lower case, without a dot at its end, international labels as A-labels (RFC 5890). NULL if it can be no host's name:
 * empty, too long, or with other than letters, digits, hyphens and underscores in it. Returns: (transfer full) (nullable) */
char *ib_host_normalize (const char *name, gsize length);
/* Is @host @domain itself or a host below it? Both normalized; an empty domain holds nobody. */
bool ib_host_is_within (const char *host, const char *domain);
/* The organizational domain (RFC 7489, 3.2): one label below the public suffix. @host itself if it has none, as a public
 * suffix or a name of one label. Returns: (transfer none): a part of @host */
const char *ib_host_organization (const char *host);

/* Does @host look like the line or the machine that a provider lets to customers: with the address in its name, or words
 * such as "dsl", "dyn" and "vps" ("203-0-113-5.dyn.example.net")? They bear the provider's domain and are strangers. @ip is
 * plain, or "". */
bool ib_host_is_let (const char *host, const char *ip);

/* An IPv4 or IPv6 address as servers write it ("[IPv6:2001:db8::1]", "::ffff:192.0.2.1", "fe80::1%eth0", "(192.0.2.1)"
 * without the parentheses) → its one plain form; an IPv4 address mapped into IPv6 is that address (RFC 5952, 5). NULL if
 * it is none. Returns: (transfer full) (nullable) */
char *ib_ip_parse (const char *text, gsize length);
/* Can no stranger on the Internet have it: loopback, private, link-local, shared (RFC 6890)? @ip is plain. */
bool ib_ip_is_private (const char *ip);
/* Is @ip in @network, "192.0.2.0/24" or one address? */
bool ib_ip_is_within (const char *ip, const char *network);
