/* dns-name.h - a host's name as it is asked for, whatever language its user speaks
 *
 * GLib lowers names by the user's language, in which a Turkish capital I has a small letter that is another domain's. */
#pragma once

/* Small letters and A-labels; the final dot stays. NULL: it can be no host's name. Returns: (transfer full) (nullable) */
char *ib_dns_name (const char *name);
