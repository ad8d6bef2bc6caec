/* address.h - the addresses of a field (RFC 5322, 3.4), by GMime's parser, bounded */
#pragma once

#include <glib.h>

typedef struct {
    char *name;        /* display name, decoded; "" if none */
    char *address;     /* "local@domain" as it stands; "" for an empty one */
    char *local_part;  /* unquoted */
    char *domain;
} IbAddress;

/* Never fails: what is no address is left out. At most IB_LIMIT_ADDRESSES. Elements: IbAddress.
 * Returns: (transfer full) */
GPtrArray *ib_address_parse (const char *field_value);
void ib_address_free (IbAddress *self);
