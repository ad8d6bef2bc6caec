/* origin.h - where a message came from: the path it took, who vouches for its sender, and what kind of mail it is */
#pragma once

#include "authentication.h"
#include "kind.h"
#include "path.h"
#include "server-filter.h"
#include "signals.h"

typedef struct {
    GPtrArray *authors; /* IbAddress: all that stand in From; NULL where it crossed from a worker */
    IbPath *path;
    IbAuthentication *authentication;
    IbMailKind kind;
    IbServerFilter server_filter;
} IbOrigin;

/* Returns: (transfer full) */
IbOrigin *ib_origin_find (const IbMessage *message, const IbFacts *facts);
/* As scripts see it. Returns: (transfer full) */
IbSignals *ib_origin_signals (const IbOrigin *self);
void ib_origin_free (IbOrigin *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbOrigin, ib_origin_free)
