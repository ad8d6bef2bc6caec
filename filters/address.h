/* address.h - the addresses of a field (RFC 5322, 3.4), by GMime's parser, bounded */
#pragma once

#include "message.h"

#include <glib.h>

typedef struct {
    char *name;       /* display name, decoded; "" if none */
    char *address;    /* "local@domain" as it stands; "" for an empty one */
    char *local_part; /* unquoted */
    char *domain;     /* "" if there is none */
} IbAddress;

/* @field_value is raw (ib_message_field_raw ()): encoded words are decoded only once the addresses are parted, or a
 * display name could forge one. Never fails: what is no address is left out; "<>" is one that is empty. Members of
 * groups stand in line with the others. At most IB_LIMIT_ADDRESSES of the first IB_LIMIT_FIELD_BYTES. Elements:
 * IbAddress. Returns: (transfer full) */
GPtrArray *ib_address_parse (const char *field_value);
/* The same of all fields called @name, one after the other. Returns: (transfer full) */
GPtrArray *ib_address_of_fields (const IbMessage *message, const char *name);
void ib_address_free (IbAddress *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbAddress, ib_address_free)
