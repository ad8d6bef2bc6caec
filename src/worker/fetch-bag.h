/* fetch-bag.h - messages on their way out of the fetch worker, many in one memory file
 *
 *     open ─▶ (its bytes are written) ─▶ add ─▶ … ─▶ sent: full, old enough, or asked for
 *                                   └─▶ drop
 *
 * Messages of a fast server are handed over by the dozen, those of a slow one as each is whole. A message that may take
 * its time gets a bag of its own, so that none waits for it. */
#pragma once

#include "frame.h"

#include "fetch.h"

typedef struct _IbFetchBag IbFetchBag;

/* @channel outlives the bag. */
IbFetchBag *ib_fetch_bag_new (IbChannel *channel);
/* The descriptor to write the next message to, of about @size_hint bytes. It stays the bag's. -1 on error. */
int ib_fetch_bag_open (IbFetchBag *self, guint64 size_hint, GError **error);
/* Sends the others: what was written since opening is alone then. The descriptor that it is in, the bag's; -1 on error. */
int ib_fetch_bag_part (IbFetchBag *self, GError **error);
/* Writes what was written since opening to @to, a pipe, too. */
bool ib_fetch_bag_copy (const IbFetchBag *self, int to, GError **error);
/* What was written since opening is @message. */
bool ib_fetch_bag_add (IbFetchBag *self, const IbRemoteMessage *message, GError **error);
/* What was written since opening is of no use. */
void ib_fetch_bag_drop (IbFetchBag *self);
/* Hands over what is whole; while a message is open, later. */
bool ib_fetch_bag_send (IbFetchBag *self, GError **error);
void ib_fetch_bag_free (IbFetchBag *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFetchBag, ib_fetch_bag_free)
