/* filter-wire.h - the frames between the service and inbasket-filter
 *
 *     service                                    worker
 *        │  SCRIPT + memory file (its text) … ──▶│  compiled once
 *        │  SETTINGS (what all messages share) ─▶│
 *        │  ACCOUNT (an account's facts) … ─────▶│
 *        │  JUDGE + descriptor of the message ──▶│  several may wait; answered in order
 *        │◀──────────────────────── PART …       │  a judgement larger than a frame
 *        │◀──────────────────────── JUDGEMENT    │
 *
 * A judgement is made of hostile bytes by a process that they may have taken over: each offset, length, name and count
 * is checked before it is used. */
#pragma once

#include "frame.h"

#include "judge.h"

typedef enum {
    IB_FILTER_WIRE_SCRIPT = 1,
    IB_FILTER_WIRE_SETTINGS,
    IB_FILTER_WIRE_ACCOUNT,
    IB_FILTER_WIRE_JUDGE,
    IB_FILTER_WIRE_READY = 64,
    IB_FILTER_WIRE_PART,
    IB_FILTER_WIRE_JUDGEMENT,
} IbFilterWire;

extern const IbFrameKind ib_filter_wire_to_worker[];
extern const IbFrameKind ib_filter_wire_to_service[];

/* A script's text in a sealed memory file; the caller closes it. */
int ib_filter_wire_script_fd (const char *text, gsize length, GError **error);

/* The facts that all messages share (own addresses, trust, folders), and those of one account. */
GVariant *ib_filter_wire_pack_settings (const IbFacts *facts);
void ib_filter_wire_unpack_settings (GVariant *body, IbFacts *facts);
GVariant *ib_filter_wire_pack_account (const IbFacts *facts);
/* A copy of @settings with the account's facts filled in. */
IbFacts *ib_filter_wire_unpack_account (GVariant *body, const IbFacts *settings);
/* One message: what only it has (id, server folder and use, account folder, flags, now, zone, dates, total size). */
GVariant *ib_filter_wire_pack_judge (guint64 ticket, const IbFacts *facts, bool wants_trace);
/* Fills these in over the account's. */
guint64 ib_filter_wire_unpack_judge (GVariant *body, IbFacts *facts, bool *out_wants_trace);

/* In PART frames as needed and a JUDGEMENT. */
bool ib_filter_wire_send_judgement (IbChannel *channel, guint64 ticket, const IbJudgement *judgement, GError **error);
/* Adds a PART or JUDGEMENT frame; *out_judgement is set with the latter. @total_size_bytes bounds the edit list: its
 * ranges must lie inside and, but for header fields taken out, cover the message in order. False: nonsense. */
typedef struct _IbJudgementReader IbJudgementReader;
IbJudgementReader *ib_judgement_reader_new (void);
bool ib_judgement_reader_add (IbJudgementReader *self, const IbFrame *frame, guint64 *out_ticket,
                              IbJudgement **out_judgement);
bool ib_judgement_is_sound (const IbJudgement *judgement, guint64 total_size_bytes);
void ib_judgement_reader_free (IbJudgementReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbJudgementReader, ib_judgement_reader_free)
