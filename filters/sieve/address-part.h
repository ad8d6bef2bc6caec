/* address-part.h - tests on parts of addresses: address and envelope */
#pragma once

#include "matching.h"

/* Warns of keys that no such part can match. For the rows of tests whose keys are the second argument. Returns: true */
bool ib_address_part_check (IbCheck *check, IbNode *node);

/* The part that @call asks for, of one address. Returns true when no more are needed. */
bool ib_address_part_value (IbMatching *matching, const char *address, const char *local_part,
                            const char *domain);
