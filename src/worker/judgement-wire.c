/* judgement-wire.c - a judgement, on its way from the one who may be hostile
 *
 * Packed (see packed.h) and cut into frames, each with the ticket in front; put together again, it is read here, and
 * whether it makes sense is asked in judgement-check.c. */
#include "judgement-private.h"

#include "origin-wire.h"
#include "packed.h"

#include <math.h>
#include <string.h>

/* One frame's share of it: the rest of the frame is the ticket. */
#define PART_BYTES (IB_FRAME_BYTES - 64)
/* A trace of 10,000 steps is the largest there is; half of this without one would be too much already. */
#define JUDGEMENT_BYTES (8 * 1024 * 1024)
#define TRACE_BYTES (4 * 1024 * 1024)

/* --- packing, in the worker ------------------------------------------------------------------------------------ */

/* At most @most bytes, and no half character at the end. */
static void
pack_text (GByteArray *out, const char *value, gsize most)
{
    gsize length = value != NULL ? strnlen (value, most + 1) : 0;
    if (value == NULL || (length <= most && g_utf8_validate_len (value, length, NULL))) {
        ib_pack_text (out, value);
        return;
    }
    length = MIN (length, most);
    while (length > 0 && ((guchar) value[length] & 0xC0) == 0x80)
        length--;
    g_autofree char *valid = g_utf8_make_valid (value, (gssize) length);
    if (strlen (valid) > most)
        *g_utf8_find_prev_char (valid, valid + most + 1) = '\0';
    ib_pack_text (out, valid);
}

/* Bytes as they are. */
static void
pack_raw (GByteArray *out, const char *value, gsize most)
{
    g_autofree char *cut = g_strndup (value, most);
    ib_pack_text (out, cut);
}

static void
pack_flags (GByteArray *out, char *const *flags)
{
    const char *kept[FLAG_COUNT + 1] = { NULL };
    guint count = 0;
    for (guint i = 0; flags[i] != NULL && count < FLAG_COUNT; i++)
        if (ib_judgement_is_flag (flags[i]))
            kept[count++] = flags[i];
    ib_pack_list (out, kept);
}

static void
pack_evidence (GByteArray *out, const IbEvidence *evidence)
{
    guint count = MIN (evidence->details->len, EVIDENCE_DETAILS);
    pack_text (out, evidence->feature, FEATURE_BYTES);
    ib_pack_double (out, evidence->weight);
    ib_pack_number (out, count);
    for (guint i = 0; i < count; i++) {
        const IbEvidenceDetail *detail = evidence->details->pdata[i];
        pack_text (out, detail->text, PHRASE_BYTES);
        ib_pack_double (out, detail->share);
    }
}

static void
pack_verdict (GByteArray *out, const IbVerdict *verdict)
{
    guint count = MIN (verdict->evidence->len, EVIDENCE_COUNT);
    ib_pack_number (out, verdict->kind);
    ib_pack_double (out, verdict->probability);
    ib_pack_double (out, verdict->score);
    ib_pack_number (out, count);
    for (guint i = 0; i < count; i++)
        pack_evidence (out, verdict->evidence->pdata[i]);
}

static void
pack_segments (GByteArray *out, const GArray *segments)
{
    ib_pack_number (out, segments->len);
    for (guint i = 0; i < segments->len; i++) {
        const IbSegment *segment = &g_array_index (segments, IbSegment, i);
        ib_pack_number (out, segment->offset);
        ib_pack_number (out, segment->length);
        ib_pack_number (out, segment->literal != NULL);
        if (segment->literal != NULL)
            ib_pack_bytes (out, g_bytes_get_data (segment->literal, NULL),
                           g_bytes_get_size (segment->literal));
    }
}

/* Names and values in turn. */
static void
pack_details (GByteArray *out, const GPtrArray *details)
{
    guint count = MIN (details->len / 2, IB_LIMIT_DETAILS);
    ib_pack_number (out, count);
    for (guint i = 0; i < 2 * count; i++)
        pack_text (out, details->pdata[i], i % 2 == 0 ? FEATURE_BYTES : IB_LIMIT_DETAIL_BYTES);
}

static void
pack_actions (GByteArray *out, const IbPlan *plan)
{
    ib_pack_number (out, plan->actions->len);
    for (guint i = 0; i < plan->actions->len; i++) {
        const IbAction *action = plan->actions->pdata[i];
        ib_pack_number (out, action->kind);
        ib_pack_text (out, action->mailbox);
        pack_flags (out, action->flags);
        ib_pack_number (out, action->is_implicit);
        pack_details (out, action->details);
        ib_pack_number (out, action->segments != NULL);
        if (action->segments != NULL)
            pack_segments (out, action->segments);
    }
}

static void
pack_edits (GByteArray *out, const IbPlan *plan)
{
    guint count = MIN (plan->edits->len, IB_LIMIT_EDITS);
    ib_pack_number (out, count);
    for (guint i = 0; i < count; i++) {
        const IbEdit *edit = plan->edits->pdata[i];
        ib_pack_number (out, edit->adds);
        pack_text (out, edit->field, FIELD_BYTES);
        pack_text (out, edit->value, FIELD_BYTES);
    }
}

static void
pack_marks (GByteArray *out, const GPtrArray *marks)
{
    guint count = marks != NULL ? MIN (marks->len, MARK_COUNT) : 0;
    ib_pack_number (out, count);
    for (guint i = 0; i < count; i++) {
        const IbMark *mark = marks->pdata[i];
        ib_pack_text (out, mark->mark);
        ib_pack_number (out, (guint64) mark->expires_at_s);
    }
}

static void
pack_texts (GByteArray *out, const GPtrArray *texts)
{
    guint count = texts != NULL ? texts->len : 0;
    ib_pack_number (out, count);
    for (guint i = 0; i < count; i++)
        pack_text (out, texts->pdata[i], PHRASE_BYTES);
}

static void
pack_step (GByteArray *out, const IbTraceStep *step)
{
    ib_pack_number (out, step->kind);
    pack_text (out, step->script, FEATURE_BYTES);
    ib_pack_number (out, step->line);
    ib_pack_number (out, step->depth);
    pack_text (out, step->what, PHRASE_BYTES);
    pack_texts (out, step->values);
    ib_pack_number (out, step->n_values);
    pack_text (out, step->key, PHRASE_BYTES);
    pack_texts (out, step->captures);
    ib_pack_number (out, step->result);
}

/* What does not fit any more is left out, and said to be. */
static void
pack_trace (GByteArray *out, const IbTrace *trace)
{
    g_autoptr (GByteArray) steps = g_byte_array_new ();
    guint count = 0;

    ib_pack_number (out, trace != NULL);
    if (trace == NULL)
        return;
    for (; count < trace->steps->len && steps->len < TRACE_BYTES; count++)
        pack_step (steps, trace->steps->pdata[count]);
    ib_pack_number (out, trace->is_cut || count < trace->steps->len);
    ib_pack_number (out, count);
    g_byte_array_append (out, steps->data, steps->len);
}

static void
pack_example (GByteArray *out, const IbExample *example)
{
    guint count = g_strv_length (example->recipients);
    ib_pack_bytes (out, g_bytes_get_data (example->features, NULL), g_bytes_get_size (example->features));
    pack_text (out, example->sender, PERSON_BYTES);
    pack_text (out, example->sender_name, PERSON_BYTES);
    ib_pack_number (out, count);
    for (guint i = 0; i < count; i++)
        pack_text (out, example->recipients[i], PERSON_BYTES);
}

static void
pack (GByteArray *out, const IbJudgement *judgement)
{
    pack_verdict (out, judgement->verdict);
    pack_actions (out, judgement->plan);
    pack_segments (out, judgement->plan->segments);
    if (judgement->twin_key != NULL)
        pack_raw (out, judgement->twin_key, TWIN_KEY_BYTES);
    else
        ib_pack_text (out, NULL);
    pack_raw (out, judgement->message_id, FIELD_BYTES);
    pack_text (out, judgement->from, FIELD_BYTES);
    pack_text (out, judgement->subject, FIELD_BYTES);
    pack_text (out, judgement->rule, PHRASE_BYTES);
    pack_text (out, judgement->error, PHRASE_BYTES);
    pack_trace (out, judgement->trace);
    pack_edits (out, judgement->plan);
    pack_marks (out, judgement->marks);
    ib_origin_wire_pack_signals (out, judgement->signals);
    ib_pack_number (out, judgement->origin != NULL);
    if (judgement->origin != NULL)
        ib_origin_wire_pack (out, judgement->origin);
    ib_pack_number (out, judgement->example != NULL);
    if (judgement->example != NULL)
        pack_example (out, judgement->example);
}

bool
ib_filter_wire_send_judgement (IbChannel *channel, guint64 ticket, const IbJudgement *judgement,
                               GError **error)
{
    g_autoptr (GByteArray) packed = g_byte_array_new (), part = g_byte_array_new ();
    pack (packed, judgement);
    for (gsize at = 0; at < packed->len; at += PART_BYTES) {
        gsize share = MIN (packed->len - at, PART_BYTES);
        IbFilterWire kind = at + share == packed->len ? IB_FILTER_WIRE_JUDGEMENT : IB_FILTER_WIRE_PART;
        g_byte_array_set_size (part, 0);
        ib_pack_number (part, ticket);
        g_byte_array_append (part, packed->data + at, (guint) share);
        if (!ib_channel_send_packed (channel, (guint8) kind, part, -1, error))
            return false;
    }
    return true;
}

/* --- putting together, in the service -------------------------------------------------------------------------- */

struct _IbJudgementReader {
    GByteArray *gathered;
    guint64 ticket;
};

IbJudgementReader *
ib_judgement_reader_new (void)
{
    IbJudgementReader *self = g_new0 (IbJudgementReader, 1);
    self->gathered = g_byte_array_new ();
    return self;
}

void
ib_judgement_reader_free (IbJudgementReader *self)
{
    if (self == NULL)
        return;
    g_byte_array_unref (self->gathered);
    g_free (self);
}

static void
unpack_evidence (IbPacked *packed, IbVerdict *verdict)
{
    const char *feature = ib_packed_text (packed);
    IbEvidence *evidence = ib_verdict_add (verdict, feature, ib_packed_double (packed), NULL);
    guint count = ib_packed_count (packed, EVIDENCE_DETAILS);
    for (guint i = 0; i < count; i++) {
        const char *text = ib_packed_text (packed);
        ib_verdict_add_detail (evidence, text, ib_packed_double (packed));
    }
}

static IbVerdict *
unpack_verdict (IbPacked *packed)
{
    IbVerdictKind kind = (IbVerdictKind) ib_packed_number (packed, G_MAXUINT8);
    IbVerdict *verdict = ib_verdict_new (kind, ib_packed_double (packed));
    verdict->score = ib_packed_double (packed);
    guint count = ib_packed_count (packed, EVIDENCE_COUNT);
    for (guint i = 0; i < count; i++)
        unpack_evidence (packed, verdict);
    return verdict;
}

/* As they stand: nothing is joined or left out before it was checked. */
static void
unpack_segments (IbPacked *packed, GArray *segments)
{
    guint count = ib_packed_count (packed, SEGMENT_COUNT);
    for (guint i = 0; i < count; i++) {
        IbSegment segment = { .offset = ib_packed_number (packed, G_MAXUINT64),
                              .length = ib_packed_number (packed, G_MAXUINT64) };
        if (ib_packed_bool (packed)) {
            gsize length = 0;
            const void *literal = ib_packed_bytes (packed, &length);
            segment.literal = g_bytes_new (literal, length);
        }
        g_array_append_val (segments, segment);
    }
}

static void
unpack_details (IbPacked *packed, IbAction *action)
{
    guint count = ib_packed_count (packed, IB_LIMIT_DETAILS);
    for (guint i = 0; i < count; i++) {
        const char *name = ib_packed_text (packed);
        ib_action_add_detail (action, name, ib_packed_text (packed));
    }
}

static void
unpack_actions (IbPacked *packed, IbPlan *plan)
{
    guint count = ib_packed_count (packed, IB_LIMIT_ACTIONS);
    for (guint i = 0; i < count; i++) {
        IbActionKind kind = (IbActionKind) ib_packed_number (packed, G_MAXUINT8);
        const char *mailbox = ib_packed_text (packed);
        g_auto (GStrv) flags = ib_packed_list (packed, FLAG_COUNT);
        IbAction *action = ib_plan_add (plan, kind, mailbox, (const char *const *) flags);
        action->is_implicit = ib_packed_bool (packed);
        unpack_details (packed, action);
        if (ib_packed_bool (packed)) {
            action->segments = ib_segments_new ();
            unpack_segments (packed, action->segments);
        }
    }
}

static void
unpack_edits (IbPacked *packed, IbPlan *plan)
{
    guint count = ib_packed_count (packed, IB_LIMIT_EDITS);
    for (guint i = 0; i < count; i++) {
        bool adds = ib_packed_bool (packed);
        const char *field = ib_packed_text (packed);
        ib_plan_note_edit (plan, adds, field, ib_packed_text (packed));
    }
}

static GPtrArray *
unpack_marks (IbPacked *packed)
{
    guint count = ib_packed_count (packed, MARK_COUNT);
    GPtrArray *marks = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_mark_free);
    for (guint i = 0; i < count; i++) {
        const char *mark = ib_packed_text (packed);
        g_ptr_array_add (marks, ib_mark_new (mark, (gint64) ib_packed_number (packed, G_MAXINT64), ""));
    }
    return marks;
}

/* As many as were sent, which is looked at later. */
static GPtrArray *
unpack_texts (IbPacked *packed)
{
    guint count = ib_packed_count (packed, G_MAXUINT);
    GPtrArray *texts = count > 0 ? g_ptr_array_new_with_free_func (g_free) : NULL;
    for (guint i = 0; i < count && !packed->is_broken; i++)
        g_ptr_array_add (texts, g_strdup (ib_packed_text (packed)));
    return texts;
}

static IbTraceStep *
unpack_step (IbPacked *packed)
{
    IbTraceKind kind = (IbTraceKind) ib_packed_number (packed, G_MAXUINT8);
    const char *script = ib_packed_text (packed);
    guint line = (guint) ib_packed_number (packed, G_MAXUINT);
    guint depth = (guint) ib_packed_number (packed, G_MAXUINT);

    IbTraceStep *step = ib_trace_step_new (kind, script, line, depth, ib_packed_text (packed));
    step->values = unpack_texts (packed);
    step->n_values = (guint) ib_packed_number (packed, G_MAXUINT);
    step->key = g_strdup (ib_packed_nullable (packed));
    step->captures = unpack_texts (packed);
    step->result = ib_packed_bool (packed);
    return step;
}

static IbTrace *
unpack_trace (IbPacked *packed)
{
    if (!ib_packed_bool (packed))
        return NULL;
    IbTrace *trace = ib_trace_new ();
    bool is_cut = ib_packed_bool (packed);
    guint count = ib_packed_count (packed, IB_LIMIT_TRACE_STEPS);
    for (guint i = 0; i < count && !packed->is_broken; i++)
        ib_trace_add (trace, unpack_step (packed));
    trace->is_cut = trace->is_cut || is_cut;
    return trace;
}

static IbExample *
unpack_example (IbPacked *packed)
{
    IbExample *example = g_new0 (IbExample, 1);
    gsize length = 0;
    const void *features = ib_packed_bytes (packed, &length);
    example->features = g_bytes_new (features, length);
    example->sender = g_strdup (ib_packed_text (packed));
    example->sender_name = g_strdup (ib_packed_text (packed));
    example->recipients = ib_packed_list (packed, IB_LIMIT_EXAMPLE_RECIPIENTS);
    return example;
}

/* NULL unless @bytes are exactly one judgement. */
static IbJudgement *
unpack (const guint8 *bytes, gsize length)
{
    IbPacked packed;
    g_autoptr (IbJudgement) judgement = g_new0 (IbJudgement, 1);
    ib_packed_init (&packed, bytes, length);
    judgement->plan = ib_plan_new ();
    judgement->verdict = unpack_verdict (&packed);
    unpack_actions (&packed, judgement->plan);
    unpack_segments (&packed, judgement->plan->segments);
    judgement->twin_key = g_strdup (ib_packed_nullable (&packed));
    judgement->message_id = g_strdup (ib_packed_text (&packed));
    judgement->from = g_strdup (ib_packed_text (&packed));
    judgement->subject = g_strdup (ib_packed_text (&packed));
    judgement->rule = g_strdup (ib_packed_text (&packed));
    judgement->error = g_strdup (ib_packed_nullable (&packed));
    judgement->trace = unpack_trace (&packed);
    unpack_edits (&packed, judgement->plan);
    judgement->marks = unpack_marks (&packed);
    judgement->signals = ib_origin_wire_unpack_signals (&packed);
    judgement->origin = ib_packed_bool (&packed) ? ib_origin_wire_unpack (&packed) : NULL;
    judgement->example = ib_packed_bool (&packed) ? unpack_example (&packed) : NULL;
    return ib_packed_is_whole (&packed) ? g_steal_pointer (&judgement) : NULL;
}

/* What was gathered, and the last part of it. */
static IbJudgement *
read_all (IbJudgementReader *self, const guint8 *bytes, gsize length)
{
    if (self->gathered->len == 0)
        return unpack (bytes, length);
    g_byte_array_append (self->gathered, bytes, (guint) length);
    IbJudgement *judgement = unpack (self->gathered->data, self->gathered->len);
    g_byte_array_set_size (self->gathered, 0);
    return judgement;
}

bool
ib_judgement_reader_add (IbJudgementReader *self, const IbFrame *frame, guint64 *out_ticket,
                         IbJudgement **out_judgement)
{
    IbPacked packed;
    gsize length = 0;
    const void *bytes = ib_frame_bytes (frame, &length);
    ib_packed_init (&packed, bytes, length);
    guint64 ticket = ib_packed_number (&packed, G_MAXUINT64);
    bool is_part = frame->kind == IB_FILTER_WIRE_PART;

    if (packed.is_broken || (self->gathered->len > 0 && ticket != self->ticket))
        return false;
    /* All but the last are full, so that nobody can go on for ever in crumbs. */
    if (packed.left == 0 || self->gathered->len + packed.left > JUDGEMENT_BYTES
        || (is_part && packed.left != PART_BYTES))
        return false;
    self->ticket = ticket;

    IbJudgement *judgement = NULL;
    if (is_part)
        g_byte_array_append (self->gathered, packed.at, (guint) packed.left);
    else if ((judgement = read_all (self, packed.at, packed.left)) == NULL)
        return false;
    *out_ticket = ticket;
    *out_judgement = judgement;
    return true;
}
