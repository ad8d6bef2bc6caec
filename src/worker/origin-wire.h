/* origin-wire.h - where a message came from, as it crosses from the filter worker: part of a judgement's frame */
#pragma once

#include "origin.h"
#include "packed.h"

/* What was found about a message, in short: it comes with every one. What is too long is cut. */
void ib_origin_wire_pack_signals (GByteArray *out, const IbSignals *signals);
/* Returns: (transfer full). What makes no sense leaves @packed broken; then it is empty. */
IbSignals *ib_origin_wire_unpack_signals (IbPacked *packed);
/* Can it be kept and shown: are its texts short, in one line, and of the words that they may be? */
bool ib_origin_wire_is_sound (const IbSignals *signals);

/* Every hop, and who vouches for the sender. What is too long is cut. */
void ib_origin_wire_pack (GByteArray *out, const IbOrigin *origin);
/* Returns: (transfer full). What makes no sense leaves @packed broken; then it is empty. */
IbOrigin *ib_origin_wire_unpack (IbPacked *packed);
