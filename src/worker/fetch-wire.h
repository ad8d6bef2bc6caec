/* fetch-wire.h - the frames between the service and inbasket-fetch
 *
 *     service                                   worker
 *        │  REQUEST (the account) ─────────────▶│  loads trust, locks itself in
 *        │  SOCKET  + connected socket ────────▶│
 *        │  TICKET  + sealed memory file ──────▶│  where an earlier session left one: its TLS may be resumed
 *        │  SECRET  + sealed memory file ──────▶│  now the first byte
 *        │◀──────────────────────── STEP …      │
 *        │◀──────────────────────── OFFERED     │  what the server can, for the next session's REQUEST
 *        │◀──────────────────────── TERMS       │  how it wants to be treated
 *        │◀──────────────────────── LINE        │  at any time: what it is like, for the next session's REQUEST
 *        │◀──────────────────────── ENTER       │  entering a mailbox: where do we stand?
 *        │  CURSOR … (last one says so) ───────▶│  POP3: + memory file of known UIDLs, one a line
 *        │◀──────────────────────── RENAMED     │  POP3: there is mail, and none that the CURSOR knows
 *        │◀──────────────────────── FOUND       │
 *        │◀──────────────────────── ATTEMPT     │  this one is asked for now, alone
 *        │◀────────────── or MAILBOX_FAILED     │  instead of all that follows
 *        │◀──────────────────────── BODY + pipe │  before a message above 32 MiB, whose bytes come through the pipe
 *        │◀─────────────────────── MESSAGES + fd│  a sealed memory file that they lie in, one behind the other; or,
 *        │                                      │  after BODY, one, and no file
 *        │  CREDIT ────────────────────────────▶│  so many bytes and messages are written
 *        │◀──────────────────────── SKIP        │
 *        │◀──────────────────────── ALIVE       │  now and then, while bytes come: so many were received
 *        │◀──────────────────────── ALERT       │  at any time: the server wants the user to read this
 *        │◀──────────────────────── TAKEN       │  all of this mailbox was handed over
 *        │  SETTLE … ORDERS_END ───────────────▶│
 *        │◀─────────────────── or ENTER at once │  other mail has what they name: nothing was done, and it is looked at anew
 *        │◀──────────────────────── COPIED      │
 *        │  GO_ON ─────────────────────────────▶│  one for each COPIED
 *        │◀──────────────────────── SETTLED     │
 *        │◀──────────────────────── MOVED       │  where that is now, if the server says so
 *        │◀──────── TICKET + sealed memory file │  for the next session
 *        │◀──────────────────────── WATCHING    │  in a session that watches: all is done; now the server is listened to,
 *        │                                      │  and whatever it tells begins with an ENTER again
 *        │  LOOK or RENEW ─────────────────────▶│  at any time: visit all again; or only have the server answer. What
 *        │                                      │  follows either ends in WATCHING
 *        │◀──────────────────────── BROKE_AT    │  before FAILED: at which of several mailboxes, for the next REQUEST
 *        │◀────────────── FINISHED or FAILED    │
 *
 * The bytes of a pipe are a message only once its MESSAGES came, with as many bytes as that says: a pipe after which
 * any other frame but ALIVE, ALERT or LINE comes was dropped. CREDIT gives back what was written: the worker has at most
 * IB_LIMIT_IN_FLIGHT_BYTES in IB_LIMIT_IN_FLIGHT_MESSAGES handed over, or about to be, and not yet given back; one larger
 * than that goes alone.
 *
 * Text that a server had a hand in is `ay`. Lists longer than a frame come in chunks. BODY (the size expected) and ALIVE (bytes
 * received) are a `t`, WATCHING and BROKE_AT (the mailbox) are an `ay`, and what needs no words is `()`. */
#pragma once

#include "frame.h"

#include "fetch.h"

typedef enum {
    /* from the service */
    IB_FETCH_WIRE_REQUEST = 1,
    IB_FETCH_WIRE_SOCKET,
    IB_FETCH_WIRE_SECRET,
    IB_FETCH_WIRE_CURSOR,
    IB_FETCH_WIRE_CREDIT,
    IB_FETCH_WIRE_SETTLE,
    IB_FETCH_WIRE_ORDERS_END,
    IB_FETCH_WIRE_GO_ON,
    IB_FETCH_WIRE_TICKET, /* from both */
    IB_FETCH_WIRE_LOOK,
    IB_FETCH_WIRE_RENEW,
    /* from the worker */
    IB_FETCH_WIRE_STEP = 64,
    IB_FETCH_WIRE_ENTER,
    IB_FETCH_WIRE_FOUND,
    IB_FETCH_WIRE_BODY,
    IB_FETCH_WIRE_MESSAGES,
    IB_FETCH_WIRE_SKIP,
    IB_FETCH_WIRE_TAKEN,
    IB_FETCH_WIRE_COPIED,
    IB_FETCH_WIRE_SETTLED,
    IB_FETCH_WIRE_FINISHED,
    IB_FETCH_WIRE_FAILED,
    IB_FETCH_WIRE_MAILBOX_FAILED,
    IB_FETCH_WIRE_ATTEMPT,
    IB_FETCH_WIRE_ALIVE,
    IB_FETCH_WIRE_OFFERED,
    IB_FETCH_WIRE_TERMS,
    IB_FETCH_WIRE_WATCHING,
    IB_FETCH_WIRE_MOVED,
    IB_FETCH_WIRE_LINE,
    IB_FETCH_WIRE_ALERT,
    IB_FETCH_WIRE_RENAMED,
    IB_FETCH_WIRE_BROKE_AT,
} IbFetchWire;

/* For ib_channel_new (): what the worker, and what the service, may hear. */
extern const IbFrameKind ib_fetch_wire_to_worker[];
extern const IbFrameKind ib_fetch_wire_to_service[];

/* --- said by the service, read by the worker --------------------------------------------------------------- */

/* What of an account a worker must know, and nothing else of it; the secret comes in a frame of its own. */
GVariant *ib_fetch_wire_pack_request (const IbFetchRequest *request);
/* *out_request points to the account returned, into @body, and to no secret yet. The worker trusts the service; this only fails
 * on a mistake of ours. Returns: (transfer full) (nullable) */
IbAccount *ib_fetch_wire_unpack_request (GVariant *body, IbFetchRequest *out_request);

/* CREDIT. */
GVariant *ib_fetch_wire_pack_credit (guint64 bytes, guint32 messages);
void ib_fetch_wire_unpack_credit (GVariant *body, guint64 *out_bytes, guint32 *out_messages);

/* Sends @cursor in as many frames as it needs; @cursor NULL: leave the mailbox alone. */
bool ib_fetch_wire_send_cursor (IbChannel *channel, const IbCursor *cursor, GError **error);
/* Adds one CURSOR frame to *cursor (made at the first; NULL stays NULL for "leave it"); *out_is_last. False when the
 * memory file cannot be read. */
bool ib_fetch_wire_read_cursor (IbFrame *frame, IbCursor **cursor, bool *out_is_last, GError **error);

/* An order in as many SETTLE frames as it needs: each is an order of its own. After the last order: ORDERS_END. */
bool ib_fetch_wire_send_order (IbChannel *channel, const IbSettleOrder *order, GError **error);
/* Returns: (transfer full) (nullable) */
IbSettleOrder *ib_fetch_wire_unpack_order (GVariant *body);

/* --- said by the worker, read by the service: every value is checked, or the worker is ended ----------------- */

/* False from any unpack: nonsense. Strings point into @body. */
GVariant *ib_fetch_wire_pack_step (IbFetchStep step, const char *text);
bool ib_fetch_wire_unpack_step (GVariant *body, IbFetchStep *out_step, const char **out_text);
GVariant *ib_fetch_wire_pack_offered (const char *offers);
bool ib_fetch_wire_unpack_offered (GVariant *body, const char **out_offers);
GVariant *ib_fetch_wire_pack_terms (const IbServerTerms *terms);
bool ib_fetch_wire_unpack_terms (GVariant *body, IbServerTerms *out_terms);
GVariant *ib_fetch_wire_pack_line (const IbServerLine *line);
void ib_fetch_wire_unpack_line (GVariant *body, IbServerLine *out_line);
GVariant *ib_fetch_wire_pack_alert (const char *text);
bool ib_fetch_wire_unpack_alert (GVariant *body, const char **out_text);
GVariant *ib_fetch_wire_pack_watching (const char *mailbox);
bool ib_fetch_wire_unpack_watching (GVariant *body, const char **out_mailbox);
GVariant *ib_fetch_wire_pack_broke_at (const char *mailbox);
bool ib_fetch_wire_unpack_broke_at (GVariant *body, const char **out_mailbox);
GVariant *ib_fetch_wire_pack_mailbox (const IbMailboxState *state);
bool ib_fetch_wire_unpack_mailbox (GVariant *body, IbMailboxState *out_state);

GVariant *ib_fetch_wire_pack_taken (guint32 highest_uid, const char *listing);
bool ib_fetch_wire_unpack_taken (GVariant *body, guint32 *out_highest_uid, const char **out_listing);

GVariant *ib_fetch_wire_pack_mailbox_failed (const char *mailbox, const char *server_text);
bool ib_fetch_wire_unpack_mailbox_failed (GVariant *body, const char **out_mailbox, const char **out_server_text);
GVariant *ib_fetch_wire_pack_found (guint64 messages, guint64 bytes);
bool ib_fetch_wire_unpack_found (GVariant *body, guint64 *out_messages, guint64 *out_bytes);
GVariant *ib_fetch_wire_pack_attempt (guint32 uid, const char *uidl);
/* *out_uidl: "" if there is none. */
bool ib_fetch_wire_unpack_attempt (GVariant *body, guint32 *out_uid, const char **out_uidl);

/* Adds one to the bytes of a MESSAGES frame. */
void ib_fetch_wire_pack_message (GByteArray *out, const IbRemoteMessage *message);
/* IbRemoteMessage elements, at least one; NULL: nonsense. Texts point into @frame. */
GArray *ib_fetch_wire_unpack_messages (const IbFrame *frame);
GVariant *ib_fetch_wire_pack_skip (const IbRemoteMessage *message, IbSkip reason, const char *server_text);
bool ib_fetch_wire_unpack_skip (GVariant *body, IbRemoteMessage *out_message, IbSkip *out_reason,
                                const char **out_server_text);
/* COPIED and SETTLED carry the UIDs or UIDLs they are about, in chunks that each stand alone; @order's copied are not
 * sent. *out_frames: how many. */
bool ib_fetch_wire_send_settled (IbChannel *channel, IbFetchWire kind, const IbSettleOrder *order, bool is_done,
                                 const char *server_text, guint *out_frames, GError **error);
bool ib_fetch_wire_unpack_settled (GVariant *body, IbSettleOrder **out_order, bool *out_is_done,
                                   const char **out_server_text);
/* MOVED: at most as many as one command moves. */
GVariant *ib_fetch_wire_pack_moved (const char *mailbox, guint32 uidvalidity, const GArray *uids,
                                    const GArray *new_uids);
/* The lists are filled; they stay the caller's. */
bool ib_fetch_wire_unpack_moved (GVariant *body, const char **out_mailbox, guint32 *out_uidvalidity,
                                 GArray *uids, GArray *new_uids);
/* @retry_after_s: what the server asked for; 0: nothing. */
GVariant *ib_fetch_wire_pack_failed (const GError *error, gint64 retry_after_s);
/* An error of IB_FETCH_ERROR; text made valid and cut, the time, too. Nonsense becomes one too. Returns: (transfer full) */
GError *ib_fetch_wire_unpack_failed (GVariant *body, gint64 *out_retry_after_s);
