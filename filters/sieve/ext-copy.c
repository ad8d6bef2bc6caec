/* ext-copy.c - "copy": fileinto and redirect that leave the implicit keep alone (RFC 3894) */
#include "extensions.h"

static const IbTag tags[] = { { .name = "copy", .of = IB_TAKES_COPY, .slot = IB_SLOT_COPY }, { NULL } };
const IbExtension ib_ext_copy = { .name = "copy", .tags = tags };
