/* server-filter.h - what the filter of the server that the mail lay on thought of it, as far as the server says
 *
 * That it called it spam is believed of anybody: a sender who writes so harms himself only. That it looked and let it pass is
 * believed above the first hop that is hearsay; it speaks for nothing, but tells mail that came round the server's filter
 * from mail that came through it. */
#pragma once

#include "path.h"

typedef enum {
    IB_SERVER_FILTER_SILENT, /* no filter of the server's has left a result */
    IB_SERVER_FILTER_PASSED,
    IB_SERVER_FILTER_MARKED, /* as spam, by a field or by laying it into the server's Junk folder */
} IbServerFilter;

IbServerFilter ib_server_filter_find (const IbMessage *message, const IbPath *path, const IbFacts *facts);
/* The names of the fields that call @message spam, each once, with ", " between; "" if none does. Returns: (transfer full) */
char *ib_server_filter_marks (const IbMessage *message);
/* "", "passed", "marked". */
const char *ib_server_filter_name (IbServerFilter filter);
