/* fetch-wire.h - the frames between the service and inbasket-fetch
 *
 *     service                                   worker
 *        │  REQUEST (the account) ─────────────▶│
 *        │  SOCKET  + connected socket ────────▶│
 *        │  SECRET  + sealed memory file ──────▶│  loads trust, locks itself in, only then the first byte
 *        │◀──────────────────────── STEP …      │
 *        │◀──────────────────────── ENTER       │  entering a mailbox: where do we stand?
 *        │  CURSOR … (last one says so) ───────▶│  POP3: + memory file of known UIDLs, one a line
 *        │◀──────────────────────── FOUND       │
 *        │◀──────────────────────── BODY + pipe │  before a message above 32 MiB, whose bytes come through the pipe
 *        │◀──────────────────────── MESSAGE + fd│  sealed memory file; none after BODY
 *        │  CREDIT ────────────────────────────▶│  so many bytes and messages are written
 *        │◀──────────────────────── SKIP        │
 *        │◀──────────────────────── TAKEN       │  all of this mailbox was handed over
 *        │  SETTLE … ORDERS_END ───────────────▶│
 *        │◀──────────────────────── COPIED      │
 *        │  GO_ON ─────────────────────────────▶│
 *        │◀──────────────────────── SETTLED     │
 *        │◀────────────── FINISHED or FAILED    │
 *
 * Text that a server had a hand in is `ay`. Lists longer than a frame come in chunks. */
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
    /* from the worker */
    IB_FETCH_WIRE_STEP = 64,
    IB_FETCH_WIRE_ENTER,
    IB_FETCH_WIRE_FOUND,
    IB_FETCH_WIRE_BODY,
    IB_FETCH_WIRE_MESSAGE,
    IB_FETCH_WIRE_SKIP,
    IB_FETCH_WIRE_TAKEN,
    IB_FETCH_WIRE_COPIED,
    IB_FETCH_WIRE_SETTLED,
    IB_FETCH_WIRE_FINISHED,
    IB_FETCH_WIRE_FAILED,
} IbFetchWire;

/* For ib_channel_new (): what the worker, and what the service, may hear. */
extern const IbFrameKind ib_fetch_wire_to_worker[];
extern const IbFrameKind ib_fetch_wire_to_service[];

/* --- said by the service, read by the worker --------------------------------------------------------------- */

/* What of an account a worker must know, and nothing else of it. */
GVariant *ib_fetch_wire_pack_request (const IbAccount *account, gint64 since_s, bool is_probe);
/* The worker trusts the service; this only fails on a mistake of ours. */
IbAccount *ib_fetch_wire_unpack_request (GVariant *body, gint64 *out_since_s, bool *out_is_probe);

/* Sends @cursor in as many frames as it needs; @cursor NULL: leave the mailbox alone. */
bool ib_fetch_wire_send_cursor (IbChannel *channel, const IbCursor *cursor, GError **error);
/* Adds one CURSOR frame to *cursor (made at the first; NULL stays NULL for "leave it"); *out_is_last. */
bool ib_fetch_wire_read_cursor (IbFrame *frame, IbCursor **cursor, bool *out_is_last, GError **error);

/* An order in as many SETTLE frames as it needs. */
bool ib_fetch_wire_send_order (IbChannel *channel, const IbSettleOrder *order, GError **error);
IbSettleOrder *ib_fetch_wire_unpack_order (GVariant *body);

/* --- said by the worker, read by the service: every value is checked, or the worker is ended ----------------- */

GVariant *ib_fetch_wire_pack_mailbox (const IbMailboxState *state);
/* Strings point into @body. False: nonsense. */
bool ib_fetch_wire_unpack_mailbox (GVariant *body, IbMailboxState *out_state);

GVariant *ib_fetch_wire_pack_message (const IbRemoteMessage *message);
bool ib_fetch_wire_unpack_message (GVariant *body, IbRemoteMessage *out_message);
GVariant *ib_fetch_wire_pack_skip (const IbRemoteMessage *message, IbSkip reason, const char *server_text);
bool ib_fetch_wire_unpack_skip (GVariant *body, IbRemoteMessage *out_message, IbSkip *out_reason,
                                const char **out_server_text);
/* COPIED and SETTLED carry the UIDs or UIDLs they are about; in chunks. */
bool ib_fetch_wire_send_settled (IbChannel *channel, IbFetchWire kind, const IbSettleOrder *order, bool is_done,
                                 const char *server_text, GError **error);
bool ib_fetch_wire_unpack_settled (GVariant *body, IbSettleOrder **out_order, bool *out_is_done,
                                   const char **out_server_text);
GVariant *ib_fetch_wire_pack_failed (const GError *error);
/* An error of IB_FETCH_ERROR; text made valid and cut. */
GError *ib_fetch_wire_unpack_failed (GVariant *body);
