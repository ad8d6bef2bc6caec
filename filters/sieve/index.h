/* index.h - which of several fields of one name a test or action is about (RFC 5260, 6): see ib_vm_fields () */
#pragma once

#include "check.h"

/* For the rows of :index and :last, whoever brings them. */
bool ib_index_check_number (IbCheck *check, IbNode *node, IbArgument *tag);
bool ib_index_check_last (IbCheck *check, IbNode *node, IbArgument *tag);
