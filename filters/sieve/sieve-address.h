/* sieve-address.h - an address that a script sends mail to or from (RFC 5228, 2.4.2.3) */
#pragma once

#include "arena.h"

/* "local@domain" of one such address, without its name, comments and blanks; lists, groups and routes are none. NULL:
 * @text is no such address. Returns: (transfer full) (nullable) */
char *ib_sieve_address_parse (IbSpan text);
