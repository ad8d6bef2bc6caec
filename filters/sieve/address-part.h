/* address-part.h - tests on parts of addresses: address and envelope */
#pragma once

#include "matching.h"

/* The part that @call asks for, of one address. Returns true when no more are needed. */
bool ib_address_part_value (IbMatching *matching, const char *address, const char *local_part,
                            const char *domain);
