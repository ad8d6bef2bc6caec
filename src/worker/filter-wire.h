/* filter-wire.h - the frames between the service and inbasket-filter
 *
 *     service                                    worker
 *        │                                       │  opens converters, locks itself in, only then listens
 *        │◀──────────────────────── READY        │
 *        │  SCRIPT + memory file (its text) … ──▶│  compiled once; those that others include go first
 *        │  SETTINGS + memory file ─────────────▶│  what all messages share
 *        │  LIST + memory file (its text) … ────▶│  for scripts
 *        │  PEOPLE + memory file ───────────────▶│  whom the user writes with
 *        │  MODEL + shared memory ──────────────▶│  what the classifier learned, and goes on learning
 *        │  ACCOUNT (what an account's share) ──▶│  numbered, from 0
 *        │  JUDGE + descriptor of messages ─────▶│  one or more; several frames may wait; answered in order, each
 *        │                                      │  message by itself
 *        │◀──────────────────────── PART …       │  a judgement larger than a frame
 *        │◀──────────────────────── JUDGEMENT    │
 *
 * A judgement is made of hostile bytes by a process that they may have taken over: each offset, length, name and count
 * is checked before it is used. */
#pragma once

#include "bag.h"
#include "frame.h"
#include "packed.h"

#include "judge.h"
#include "sandbox.h"

typedef enum {
    IB_FILTER_WIRE_SCRIPT = 1,
    IB_FILTER_WIRE_SETTINGS,
    IB_FILTER_WIRE_ACCOUNT,
    IB_FILTER_WIRE_MARKS,
    IB_FILTER_WIRE_JUDGE,
    IB_FILTER_WIRE_LIST,
    IB_FILTER_WIRE_PEOPLE,
    IB_FILTER_WIRE_MODEL,
    IB_FILTER_WIRE_READY = 64,
    IB_FILTER_WIRE_PART,
    IB_FILTER_WIRE_JUDGEMENT,
} IbFilterWire;

extern const IbFrameKind ib_filter_wire_to_worker[];
extern const IbFrameKind ib_filter_wire_to_service[];

/* --- said by the service, read by the worker, which trusts it: reading fails on a mistake of ours only ------------ */

/* What a script is there for. */
typedef enum {
    IB_SCRIPT_TO_RUN,
    IB_SCRIPT_TO_INCLUDE,          /* as a personal one */
    IB_SCRIPT_TO_INCLUDE_GLOBALLY, /* as a global one */
} IbScriptRole;
bool ib_filter_wire_send_script (IbChannel *channel, IbScriptRole role, const char *name, GBytes *text,
                                 GError **error);
/* *out_name and *out_text (transfer full). */
bool ib_filter_wire_read_script (const IbFrame *frame, IbScriptRole *out_role, char **out_name, GBytes **out_text,
                                 GError **error);

/* What `duplicate` has seen: all that is known, behind the settings; and what is new, before later messages.
 * Elements: IbMark. */
bool ib_filter_wire_send_marks (IbChannel *channel, const GPtrArray *marks, GError **error);
/* Adds them to @marks. */
bool ib_filter_wire_read_marks (const IbFrame *frame, IbMarks *marks, GError **error);

/* One of the user's own lists. */
bool ib_filter_wire_send_list (IbChannel *channel, const char *name, GBytes *text, GError **error);
/* *out_name and *out_text (transfer full). */
bool ib_filter_wire_read_list (const IbFrame *frame, char **out_name, GBytes **out_text, GError **error);

/* A line "address name" each. */
bool ib_filter_wire_send_people (IbChannel *channel, GBytes *people, GError **error);
/* Returns: (transfer full) (nullable) */
GBytes *ib_filter_wire_read_people (const IbFrame *frame, GError **error);

/* The first @length bytes of @fd, which is open for reading only, and whose memory others go on writing. */
bool ib_filter_wire_send_model (IbChannel *channel, int fd, gsize length, GError **error);
/* Mapped. Returns: (transfer full) (nullable) */
GBytes *ib_filter_wire_read_model (const IbFrame *frame, GError **error);

/* What all messages share: own addresses, trust, folders. However many folders there are. */
bool ib_filter_wire_send_settings (IbChannel *channel, const IbFacts *settings, GError **error);
IbFacts *ib_filter_wire_read_settings (const IbFrame *frame, GError **error);

/* What an account's messages share. Lists that are the same as in @settings are left out and filled in again. */
GVariant *ib_filter_wire_pack_account (guint32 number, const IbFacts *facts, const IbFacts *settings);
IbFacts *ib_filter_wire_unpack_account (GVariant *body, const IbFacts *settings, guint32 *out_number);

typedef struct {
    guint64 ticket;
    guint32 account;       /* the number of its ACCOUNT frame */
    guint64 offset;        /* where it begins in the descriptor */
    guint64 size_bytes;
    IbJudgeWants wants;
} IbFilterAsk;
/* Adds a message to a JUDGE frame: of @facts what only it has (id, server folder and use, account folder, flags, now,
 * zone, dates). */
void ib_filter_wire_pack_ask (GByteArray *out, const IbFilterAsk *ask, const IbFacts *facts);
/* The next message of a JUDGE frame's bytes; *out_facts has what only it has (transfer full). */
bool ib_filter_wire_unpack_ask (IbPacked *packed, IbFilterAsk *out_ask, IbFacts **out_facts);
/* Fills in what @account says, which is the same for all its messages. */
void ib_filter_wire_fill_in (IbFacts *facts, const IbFacts *account);

/* The first @length bytes of a sealed memory file or a plain file, mapped; the descriptor stays the caller's. Asks for
 * nothing that the sandbox forbids. */
GBytes *ib_filter_wire_map (int fd, guint64 length, GError **error);

/* --- said by the worker, read by the service ---------------------------------------------------------------------- */

/* How the sandbox stands, for whoever wants to know; a pool asks for no more than that it is there. */
GVariant *ib_filter_wire_pack_ready (const IbSandboxStatus *status);
void ib_filter_wire_unpack_ready (GVariant *body, IbSandboxStatus *out_status);

/* In PART frames as needed and a JUDGEMENT. Texts are cut at what the other end takes. */
bool ib_filter_wire_send_judgement (IbChannel *channel, guint64 ticket, const IbJudgement *judgement, GError **error);

/* Puts the frames of one worker together again. */
typedef struct _IbJudgementReader IbJudgementReader;
IbJudgementReader *ib_judgement_reader_new (void);
/* Adds a PART or JUDGEMENT frame; *out_judgement (transfer full) is set with the latter, else NULL. False: nonsense. */
bool ib_judgement_reader_add (IbJudgementReader *self, const IbFrame *frame, guint64 *out_ticket,
                              IbJudgement **out_judgement);
/* Can it be done as it stands? Names, flags, texts and counts are bounded; the edit lists' ranges lie inside a message
 * of @total_size_bytes and cover it in order, but for pieces of its header; their literals are whole X-Inbasket-* fields,
 * or any fields if scripts that ran may edit headers. NULL if so, else what is wrong. */
const char *ib_judgement_unsound (const IbJudgement *judgement, guint64 total_size_bytes, bool edits_headers);
/* Of a sound judgement: do its edit lists take nothing out of @message but whole X-Inbasket-* fields, and put their
 * additions between lines? If scripts may edit headers, other fields may go, too, but neither those that nobody may take
 * out nor anything of the body, and what is added stays in the header, within a limit. So a filter worker that was taken
 * over can at worst sort a message wrongly, and with such scripts lie in its header. */
bool ib_judgement_keeps_message (const IbJudgement *judgement, const IbPiece *message, bool edits_headers);
/* Made at @now_s, is each of its marks forgotten within IB_LIMIT_MARK_SECONDS? Such marks make later mail a duplicate. */
bool ib_judgement_forgets (const IbJudgement *judgement, gint64 now_s);
void ib_judgement_reader_free (IbJudgementReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbJudgementReader, ib_judgement_reader_free)
