/* fetch-talk.h - the fetch worker's end of its talk with the service
 *
 * What happens is told in its order: messages that are whole in the bag go out before any other word. The service's credit
 * and wishes come whenever they do, and are noted on the way to whatever else is waited for. */
#pragma once

#include "fetch-bag.h"
#include "fetch-wire.h"

typedef struct _IbFetchTalk IbFetchTalk;

/* Takes @fd. */
IbFetchTalk *ib_fetch_talk_new (int fd);
/* Both stay the talk's. What is sent by the channel itself goes past the bag. */
IbFetchBag *ib_fetch_talk_bag (IbFetchTalk *self);
IbChannel *ib_fetch_talk_channel (IbFetchTalk *self);

/* Sinks @body; a copy of @fd goes with it, -1: none. */
bool ib_fetch_talk_send (IbFetchTalk *self, IbFetchWire kind, GVariant *body, int fd, GError **error);
/* The same for what needs no answer: when the service is gone, the stream is told by another way. */
void ib_fetch_talk_say (IbFetchTalk *self, IbFetchWire kind, GVariant *body);
/* The next frame that is neither credit nor wish. */
bool ib_fetch_talk_receive (IbFetchTalk *self, IbFrame *out_frame, GError **error);
/* The same; one of another kind is an error. */
bool ib_fetch_talk_receive_kind (IbFetchTalk *self, IbFetchWire kind, IbFrame *out_frame, GError **error);
/* @frame came out of turn. Returns: false */
bool ib_fetch_talk_refuse (const IbFrame *frame, GError **error);
/* Whether something has come. */
bool ib_fetch_talk_has_come (const IbFetchTalk *self);

/* Whether @bytes more may be handed over. */
bool ib_fetch_talk_has_credit (const IbFetchTalk *self, guint64 bytes);
/* Until they may. What is in the bag cannot be given back before it was sent. */
bool ib_fetch_talk_wait_for_credit (IbFetchTalk *self, guint64 bytes, GError **error);
/* A message of so many is handed over, or in the bag. */
void ib_fetch_talk_spend_credit (IbFetchTalk *self, guint64 bytes);
/* Notes what has come, without waiting. *out_wants_look: the service has asked for one since the last time. */
bool ib_fetch_talk_note_wishes (IbFetchTalk *self, bool *out_wants_look, GError **error);

void ib_fetch_talk_free (IbFetchTalk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFetchTalk, ib_fetch_talk_free)
