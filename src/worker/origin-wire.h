/* origin-wire.h - where a message came from, as it crosses from the filter worker: part of a judgement's frame */
#pragma once

#include "origin.h"
#include "packed.h"

/* What is too long is cut. */
void ib_origin_wire_pack (GByteArray *out, const IbOrigin *origin);
/* Returns: (transfer full). What makes no sense leaves @packed broken; then it is empty. */
IbOrigin *ib_origin_wire_unpack (IbPacked *packed);
