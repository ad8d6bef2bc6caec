/* index.h - which of several fields of one name a test or action is about (RFC 5260, 6) */
#pragma once

#include "program.h"

/* Fields are counted from 1 and by name, with :last from the last one. Of @count fields those in [@out_from, @out_to) are
 * meant: all without :index, none if there are too few. */
void ib_index_pick (const IbCall *call, guint count, guint *out_from, guint *out_to);

/* For the rows of :index and :last, whoever brings them. */
bool ib_index_check_number (IbCheck *check, IbNode *node, IbArgument *tag);
bool ib_index_check_last (IbCheck *check, IbNode *node, IbArgument *tag);
