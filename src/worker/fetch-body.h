/* fetch-body.h - the body under way from the server to the service
 *
 *     open ─▶ (its bytes are written) ─▶ deliver
 *               └─▶ grow ─▶ (more) ─┘ └─▶ drop
 *
 * One at a time. It is written into the bag or, if it is too large for memory, into a pipe that the service reads from. Neither
 * before there is credit for it. */
#pragma once

#include "fetch-talk.h"

typedef struct _IbFetchBody IbFetchBody;

/* @talk outlives it. */
IbFetchBody *ib_fetch_body_new (IbFetchTalk *talk);
/* So many messages are to come: the last of them waits for no other. */
void ib_fetch_body_expect (IbFetchBody *self, guint64 messages);

/* The descriptor to write about @size_hint bytes to; it stays ours. -1 on error. */
int ib_fetch_body_open (IbFetchBody *self, guint64 size_hint, GError **error);
/* The one to go on with, since there are more bytes than memory is for. -1 on error: then it is dropped, too. */
int ib_fetch_body_grow (IbFetchBody *self, int fd, GError **error);
/* What was written to @fd is @message. */
bool ib_fetch_body_deliver (IbFetchBody *self, const IbRemoteMessage *message, int fd, GError **error);
/* What was written to @fd is of no use. */
void ib_fetch_body_drop (IbFetchBody *self, int fd);

void ib_fetch_body_free (IbFetchBody *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFetchBody, ib_fetch_body_free)
