/* example.h - what a lesson about a message is made of: what the classifier sees of it, and whom it shows as known
 *
 * Made beside judging, and kept: what it holds can be learned again without the message. */
#pragma once

#include "mail-features.h"

typedef struct {
    GBytes *features;  /* packed, see mail-features.h */
    char *sender;      /* the one address in From, as it stands; "" if there is not exactly one */
    char *sender_name; /* "" if none */
    /* Whom it was sent to, if its one sender is an own address: "address name" each. Only mail that the user is known to
     * have sent makes them known: From is easily forged. */
    char **recipients;
} IbExample;

/* @features are those of @message. Returns: (transfer full) */
IbExample *ib_example_new (const IbMessage *message, const IbFacts *facts, const IbFeatures *features);
void ib_example_free (IbExample *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbExample, ib_example_free)
