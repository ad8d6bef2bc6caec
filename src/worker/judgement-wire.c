/* judgement-wire.c - a judgement, on its way from the one who may be hostile
 *
 * Packed as one value and cut into frames; put together again, it is checked twice: by its type here, by its sense in
 * ib_judgement_unsound (). */
#include "filter-wire.h"

#include "mail-limits.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* kind, probability, evidence; actions; segments; twin key, message id, from, subject, rule, error; trace */
#define EVIDENCE_TYPE "a(ayday)"
#define ACTIONS_TYPE "a(yayaayb)"
#define SEGMENTS_TYPE "a(ttmay)"
/* kind, script, line, depth, what, values, of how many, key, captures, result */
#define STEP_TYPE "(yayuuayaayumayaayb)"
#define STEPS_TYPE "a" STEP_TYPE
#define TRACE_TYPE "m(b" STEPS_TYPE ")"
#define JUDGEMENT_TYPE "(yd" EVIDENCE_TYPE ACTIONS_TYPE SEGMENTS_TYPE "mayayayayaymay" TRACE_TYPE ")"

/* One frame's share of it: the rest of the frame is the ticket and GVariant's framing. */
#define PART_BYTES (IB_FRAME_BYTES - 64)
/* A trace of 10,000 steps is the largest there is; half of this without one would be too much already. */
#define JUDGEMENT_BYTES (8 * 1024 * 1024)
#define TRACE_BYTES (4 * 1024 * 1024)

/* The journal and the header fields show less. */
#define FIELD_BYTES 2000
#define PHRASE_BYTES 1000
#define FEATURE_BYTES 200
#define EVIDENCE_COUNT 64
#define FLAG_BYTES 100
/* Of nesting, which the trace shows; with scripts that include others. */
#define DEPTH 1024
#define FLAG_COUNT 32
#define TWIN_KEY_BYTES 128
/* Every field of ours that may be taken out, and our own added. */
#define SEGMENT_COUNT (2 * IB_LIMIT_CUTS + 16)
#define LITERAL_BYTES (64 * 1024)
#define OWN_FIELDS "X-Inbasket-"

/* --- packing, in the worker ------------------------------------------------------------------------------------ */

/* At most @most bytes, and no half character at the end. */
static GVariant *
text (const char *value, gsize most)
{
    gsize length = strnlen (value, most);
    while (length > 0 && ((guchar) value[length] & 0xC0) == 0x80)
        length--;
    g_autofree char *valid = g_utf8_make_valid (value, (gssize) length);
    if (strlen (valid) > most)
        *g_utf8_find_prev_char (valid, valid + most + 1) = '\0';
    return g_variant_new_bytestring (valid);
}

/* Bytes as they are. */
static GVariant *
raw (const char *value, gsize most)
{
    g_autofree char *cut = g_strndup (value, most);
    return g_variant_new_bytestring (cut);
}

static GVariant *
maybe (GVariant *value)
{
    return g_variant_new_maybe (G_VARIANT_TYPE_BYTESTRING, value);
}

static bool
is_flag (const char *flag)
{
    gsize length = strlen (flag);
    if (length == 0 || length > FLAG_BYTES || !g_utf8_validate (flag, -1, NULL))
        return false;
    for (const char *at = flag; *at != '\0'; at = g_utf8_next_char (at))
        if (g_unichar_iscntrl (g_utf8_get_char (at)) || *at == ' ')
            return false;
    return true;
}

static GVariant *
pack_flags (char *const *flags)
{
    GVariantBuilder builder;
    g_variant_builder_init (&builder, G_VARIANT_TYPE_BYTESTRING_ARRAY);
    for (guint i = 0, count = 0; flags[i] != NULL && count < FLAG_COUNT; i++)
        if (is_flag (flags[i])) {
            g_variant_builder_add_value (&builder, g_variant_new_bytestring (flags[i]));
            count++;
        }
    return g_variant_builder_end (&builder);
}

static GVariant *
pack_evidence (const IbVerdict *verdict)
{
    GVariantBuilder builder;
    g_variant_builder_init (&builder, G_VARIANT_TYPE (EVIDENCE_TYPE));
    for (guint i = 0; i < MIN (verdict->evidence->len, EVIDENCE_COUNT); i++) {
        const IbEvidence *evidence = verdict->evidence->pdata[i];
        g_variant_builder_add (&builder, "(@ayd@ay)", text (evidence->feature, FEATURE_BYTES),
                               evidence->weight, text (evidence->text, PHRASE_BYTES));
    }
    return g_variant_builder_end (&builder);
}

static GVariant *
pack_actions (const IbPlan *plan)
{
    GVariantBuilder builder;
    g_variant_builder_init (&builder, G_VARIANT_TYPE (ACTIONS_TYPE));
    for (guint i = 0; i < plan->actions->len; i++) {
        const IbAction *action = plan->actions->pdata[i];
        g_variant_builder_add (&builder, "(y@ay@aayb)", (guint8) action->kind,
                               g_variant_new_bytestring (action->mailbox), pack_flags (action->flags),
                               action->is_implicit);
    }
    return g_variant_builder_end (&builder);
}

static GVariant *
pack_segments (const IbPlan *plan)
{
    GVariantBuilder builder;
    g_variant_builder_init (&builder, G_VARIANT_TYPE (SEGMENTS_TYPE));
    for (guint i = 0; i < plan->segments->len; i++) {
        const IbSegment *segment = &g_array_index (plan->segments, IbSegment, i);
        GVariant *literal = NULL;
        if (segment->literal != NULL)
            literal = g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, segment->literal, TRUE);
        g_variant_builder_add (&builder, "(tt@may)", segment->offset, segment->length, maybe (literal));
    }
    return g_variant_builder_end (&builder);
}

static GVariant *
pack_texts (const GPtrArray *texts)
{
    GVariantBuilder builder;
    g_variant_builder_init (&builder, G_VARIANT_TYPE_BYTESTRING_ARRAY);
    for (guint i = 0; texts != NULL && i < texts->len; i++)
        g_variant_builder_add_value (&builder, text (texts->pdata[i], PHRASE_BYTES));
    return g_variant_builder_end (&builder);
}

static GVariant *
pack_step (const IbTraceStep *step)
{
    return g_variant_new ("(y@ayuu@ay@aayu@may@aayb)", (guint8) step->kind,
                          text (step->script, FEATURE_BYTES), step->line, step->depth,
                          text (step->what, PHRASE_BYTES), pack_texts (step->values), step->n_values,
                          maybe (step->key != NULL ? text (step->key, PHRASE_BYTES) : NULL),
                          pack_texts (step->captures), step->result);
}

/* What does not fit any more is left out, and said to be. */
static GVariant *
pack_trace (const IbTrace *trace)
{
    if (trace == NULL)
        return g_variant_new_maybe (G_VARIANT_TYPE ("(b" STEPS_TYPE ")"), NULL);

    GVariantBuilder builder;
    gsize bytes = 0;
    guint i = 0;
    g_variant_builder_init (&builder, G_VARIANT_TYPE (STEPS_TYPE));
    for (; i < trace->steps->len && bytes < TRACE_BYTES; i++) {
        GVariant *packed = pack_step (trace->steps->pdata[i]);
        bytes += g_variant_get_size (packed);
        g_variant_builder_add_value (&builder, packed);
    }
    return g_variant_new_maybe (NULL,
                                g_variant_new ("(b@" STEPS_TYPE ")", trace->is_cut || i < trace->steps->len,
                                               g_variant_builder_end (&builder)));
}

static GVariant *
pack (const IbJudgement *judgement)
{
    return g_variant_new (
        "(yd@" EVIDENCE_TYPE "@" ACTIONS_TYPE "@" SEGMENTS_TYPE "@may@ay@ay@ay@ay@may@" TRACE_TYPE ")",
        (guint8) judgement->verdict->kind, judgement->verdict->probability,
        pack_evidence (judgement->verdict), pack_actions (judgement->plan), pack_segments (judgement->plan),
        maybe (judgement->twin_key != NULL ? raw (judgement->twin_key, TWIN_KEY_BYTES) : NULL),
        raw (judgement->message_id, FIELD_BYTES), text (judgement->from, FIELD_BYTES),
        text (judgement->subject, FIELD_BYTES), text (judgement->rule, PHRASE_BYTES),
        maybe (judgement->error != NULL ? text (judgement->error, PHRASE_BYTES) : NULL),
        pack_trace (judgement->trace));
}

bool
ib_filter_wire_send_judgement (IbChannel *channel, guint64 ticket, const IbJudgement *judgement,
                               GError **error)
{
    ib_frame_keep_type (JUDGEMENT_TYPE);
    g_autoptr (GVariant) packed = g_variant_ref_sink (pack (judgement));
    const char *bytes = g_variant_get_data (packed);
    gsize length = g_variant_get_size (packed);

    for (gsize at = 0; at < length; at += PART_BYTES) {
        gsize share = MIN (length - at, PART_BYTES);
        GVariant *part = g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes + at, share, 1);
        IbFilterWire kind = at + share == length ? IB_FILTER_WIRE_JUDGEMENT : IB_FILTER_WIRE_PART;
        if (!ib_channel_send (channel, (guint8) kind, g_variant_new ("(t@ay)", ticket, part), -1, error))
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
    ib_frame_keep_type (JUDGEMENT_TYPE);
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
unpack_verdict (GVariant *packed, IbJudgement *judgement)
{
    guint8 kind = 0;
    g_variant_get_child (packed, 0, "y", &kind);
    judgement->verdict = ib_verdict_new ((IbVerdictKind) kind, NAN);
    g_variant_get_child (packed, 1, "d", &judgement->verdict->probability);

    g_autoptr (GVariant) evidence = g_variant_get_child_value (packed, 2);
    for (gsize i = 0; i < g_variant_n_children (evidence); i++) {
        const char *feature = NULL, *phrase = NULL;
        double weight = 0;
        g_variant_get_child (evidence, i, "(^&ayd^&ay)", &feature, &weight, &phrase);
        ib_verdict_add (judgement->verdict, feature, weight, phrase);
    }
}

static void
unpack_actions (GVariant *packed, IbPlan *plan)
{
    g_autoptr (GVariant) actions = g_variant_get_child_value (packed, 3);
    for (gsize i = 0; i < g_variant_n_children (actions); i++) {
        guint8 kind = 0;
        const char *mailbox = NULL;
        g_autofree const char **flags = NULL;
        gboolean is_implicit = FALSE;
        g_variant_get_child (actions, i, "(y^&ay^a&ayb)", &kind, &mailbox, &flags, &is_implicit);
        ib_plan_add (plan, (IbActionKind) kind, mailbox, flags)->is_implicit = is_implicit;
    }
}

/* As they stand: nothing is joined or left out before it was checked. */
static void
unpack_segments (GVariant *packed, IbPlan *plan)
{
    g_autoptr (GVariant) segments = g_variant_get_child_value (packed, 4);
    for (gsize i = 0; i < g_variant_n_children (segments); i++) {
        g_autoptr (GVariant) literal = NULL;
        IbSegment segment = { 0 };
        g_variant_get_child (segments, i, "(ttm@ay)", &segment.offset, &segment.length, &literal);
        if (literal != NULL)
            segment.literal = g_variant_get_data_as_bytes (literal);
        g_array_append_val (plan->segments, segment);
    }
}

/* As many as were sent, which is looked at later. */
static GPtrArray *
unpack_texts (const char *const *texts)
{
    if (*texts == NULL)
        return NULL;
    GPtrArray *unpacked = g_ptr_array_new_with_free_func (g_free);
    for (; *texts != NULL; texts++)
        g_ptr_array_add (unpacked, g_strdup (*texts));
    return unpacked;
}

static IbTraceStep *
unpack_step (GVariant *packed)
{
    guint8 kind = 0;
    guint32 line = 0, depth = 0, n_values = 0;
    const char *script = NULL, *what = NULL, *key = NULL;
    g_autofree const char **values = NULL, **captures = NULL;
    gboolean result = FALSE;
    g_variant_get (packed, "(y^&ayuu^&ay^a&ayum^&ay^a&ayb)", &kind, &script, &line, &depth, &what, &values,
                   &n_values, &key, &captures, &result);

    IbTraceStep *step = ib_trace_step_new ((IbTraceKind) kind, script, line, depth, what);
    step->values = unpack_texts (values);
    step->n_values = n_values;
    step->key = g_strdup (key);
    step->captures = unpack_texts (captures);
    step->result = result;
    return step;
}

static IbTrace *
unpack_trace (GVariant *packed)
{
    g_autoptr (GVariant) optional = g_variant_get_child_value (packed, 11);
    g_autoptr (GVariant) inside = g_variant_get_maybe (optional);
    if (inside == NULL)
        return NULL;

    IbTrace *trace = ib_trace_new ();
    gboolean is_cut = FALSE;
    g_autoptr (GVariant) steps = NULL;
    g_variant_get (inside, "(b@" STEPS_TYPE ")", &is_cut, &steps);
    for (gsize i = 0; i < g_variant_n_children (steps) && !trace->is_cut; i++) {
        g_autoptr (GVariant) step = g_variant_get_child_value (steps, i);
        ib_trace_add (trace, unpack_step (step));
    }
    trace->is_cut = trace->is_cut || is_cut;
    return trace;
}

static IbJudgement *
unpack (GVariant *packed)
{
    IbJudgement *judgement = g_new0 (IbJudgement, 1);
    judgement->plan = ib_plan_new ();
    unpack_verdict (packed, judgement);
    unpack_actions (packed, judgement->plan);
    unpack_segments (packed, judgement->plan);
    g_variant_get_child (packed, 5, "m^ay", &judgement->twin_key);
    g_variant_get_child (packed, 6, "^ay", &judgement->message_id);
    g_variant_get_child (packed, 7, "^ay", &judgement->from);
    g_variant_get_child (packed, 8, "^ay", &judgement->subject);
    g_variant_get_child (packed, 9, "^ay", &judgement->rule);
    g_variant_get_child (packed, 10, "m^ay", &judgement->error);
    judgement->trace = unpack_trace (packed);
    return judgement;
}

/* NULL unless what was gathered is exactly one value in normal form. */
static IbJudgement *
read_gathered (IbJudgementReader *self)
{
    g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_steal_pointer (&self->gathered));
    self->gathered = g_byte_array_new ();
    g_autoptr (GVariant) packed
        = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (JUDGEMENT_TYPE), bytes, FALSE));
    return g_variant_is_normal_form (packed) ? unpack (packed) : NULL;
}

bool
ib_judgement_reader_add (IbJudgementReader *self, const IbFrame *frame, guint64 *out_ticket,
                         IbJudgement **out_judgement)
{
    guint64 ticket = 0;
    g_variant_get_child (frame->body, 0, "t", &ticket);
    g_autoptr (GVariant) part = g_variant_get_child_value (frame->body, 1);
    gsize length = 0;
    const guint8 *bytes = g_variant_get_fixed_array (part, &length, 1);

    if (self->gathered->len > 0 && ticket != self->ticket)
        return false;
    /* All but the last are full, so that nobody can go on for ever in crumbs. */
    if (length == 0 || self->gathered->len + length > JUDGEMENT_BYTES
        || (frame->kind == IB_FILTER_WIRE_PART && length != PART_BYTES))
        return false;
    self->ticket = ticket;
    g_byte_array_append (self->gathered, bytes, (guint) length);

    IbJudgement *judgement = NULL;
    if (frame->kind == IB_FILTER_WIRE_JUDGEMENT) {
        judgement = read_gathered (self);
        if (judgement == NULL)
            return false;
    }
    *out_ticket = ticket;
    *out_judgement = judgement;
    return true;
}

/* --- is it sound? ---------------------------------------------------------------------------------------------- */

static bool
is_phrase (const char *value, gsize most)
{
    return strlen (value) <= most && g_utf8_validate (value, -1, NULL);
}

static bool
is_name (const char *value, gsize most)
{
    if (!is_phrase (value, most))
        return false;
    for (const char *at = value; *at != '\0'; at = g_utf8_next_char (at))
        if (g_unichar_iscntrl (g_utf8_get_char (at)))
            return false;
    return true;
}

static const char *
unsound_verdict (const IbVerdict *verdict)
{
    if ((guint) verdict->kind > IB_VERDICT_SPAM)
        return "a verdict of no kind";
    if (!isnan (verdict->probability) && !(verdict->probability >= 0 && verdict->probability <= 1))
        return "a probability that is none";
    if (verdict->evidence->len > EVIDENCE_COUNT)
        return "too much evidence";
    for (guint i = 0; i < verdict->evidence->len; i++) {
        const IbEvidence *evidence = verdict->evidence->pdata[i];
        if (!is_name (evidence->feature, FEATURE_BYTES) || !is_phrase (evidence->text, PHRASE_BYTES)
            || !isfinite (evidence->weight))
            return "evidence that cannot be shown";
    }
    return NULL;
}

static const char *
unsound_action (const IbAction *action)
{
    if ((guint) action->kind > IB_ACTION_REDIRECT)
        return "an action of no kind";
    if (!is_name (action->mailbox, IB_LIMIT_MAILBOX_BYTES))
        return "a folder name that cannot be one";
    if (action->kind != IB_ACTION_DISCARD && action->mailbox[0] == '\0')
        return "an action without its folder";
    if (g_strv_length (action->flags) > FLAG_COUNT)
        return "too many flags";
    for (guint i = 0; action->flags[i] != NULL; i++)
        if (!is_flag (action->flags[i]))
            return "a flag that cannot be one";
    return NULL;
}

static const char *
unsound_actions (const IbPlan *plan)
{
    if (plan->actions->len == 0 || plan->actions->len > IB_LIMIT_ACTIONS)
        return "no action, or too many";
    for (guint i = 0; i < plan->actions->len; i++) {
        const char *wrong = unsound_action (plan->actions->pdata[i]);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

/* Whole lines, each a field of ours or the folded rest of one; the last may be empty, which ends the header of a
 * message that has none. */
static bool
is_own_fields (const char *bytes, gsize length)
{
    bool is_first = true;
    while (length > 0) {
        const char *end = memchr (bytes, '\n', length);
        if (end == NULL || memchr (bytes, '\0', (gsize) (end - bytes))
            || memchr (bytes, '\r', (gsize) (end - bytes)))
            return false;

        gsize line = (gsize) (end - bytes) + 1;
        bool is_field = line > sizeof OWN_FIELDS && memcmp (bytes, OWN_FIELDS, sizeof OWN_FIELDS - 1) == 0
                        && memchr (bytes, ':', line) != NULL;
        bool is_rest = !is_first && line > 1 && (bytes[0] == ' ' || bytes[0] == '\t');
        bool is_end = !is_first && line == 1 && line == length;
        if (!is_field && !is_rest && !is_end)
            return false;

        is_first = false;
        bytes += line;
        length -= line;
    }
    return true;
}

/* From @from the next range begins at @to: what lies between is taken out, and may only be of what was judged. */
static bool
is_gap (guint64 from, guint64 to)
{
    return to == from || (to > from && to <= IB_LIMIT_JUDGED_BYTES);
}

static const char *
unsound_segments (const IbPlan *plan, guint64 total_size_bytes)
{
    guint64 covered = 0, literal_bytes = 0;
    if (plan->segments->len > SEGMENT_COUNT)
        return "too many edits";

    for (guint i = 0; i < plan->segments->len; i++) {
        const IbSegment *segment = &g_array_index (plan->segments, IbSegment, i);
        if (segment->literal != NULL) {
            gsize length = 0;
            const char *bytes = g_bytes_get_data (segment->literal, &length);
            literal_bytes += length;
            if (segment->length != length || literal_bytes > LITERAL_BYTES || covered > IB_LIMIT_JUDGED_BYTES)
                return "an addition too long, or not in the header";
            if (!is_own_fields (bytes, length))
                return "an addition that is no field of ours";
            continue;
        }
        if (segment->offset > total_size_bytes || segment->length > total_size_bytes - segment->offset)
            return "an edit outside the message";
        if (!is_gap (covered, segment->offset))
            return "an edit that would lose or repeat part of the message";
        covered = segment->offset + segment->length;
    }
    if (plan->segments->len > 0 && !is_gap (covered, total_size_bytes))
        return "an edit that would lose the end of the message";
    return NULL;
}

static bool
is_twin_key (const char *key)
{
    for (const char *at = key; *at != '\0'; at++)
        if (!g_ascii_isxdigit (*at))
            return false;
    return key[0] != '\0' && strlen (key) <= TWIN_KEY_BYTES;
}

static const char *
unsound_texts (const IbJudgement *judgement)
{
    if (judgement->twin_key != NULL && !is_twin_key (judgement->twin_key))
        return "a twin key that is none";
    if (strlen (judgement->message_id) > FIELD_BYTES || !is_phrase (judgement->from, FIELD_BYTES)
        || !is_phrase (judgement->subject, FIELD_BYTES) || !is_phrase (judgement->rule, PHRASE_BYTES))
        return "a text too long or not in UTF-8";
    if (judgement->error != NULL && !is_phrase (judgement->error, PHRASE_BYTES))
        return "an error too long or not in UTF-8";
    return NULL;
}

static bool
are_phrases (const GPtrArray *texts)
{
    if (texts != NULL && texts->len > IB_LIMIT_TRACE_VALUES)
        return false;
    for (guint i = 0; texts != NULL && i < texts->len; i++)
        if (!is_phrase (texts->pdata[i], PHRASE_BYTES))
            return false;
    return true;
}

static bool
can_be_shown (const IbTraceStep *step)
{
    return is_phrase (step->script, FEATURE_BYTES) && is_phrase (step->what, PHRASE_BYTES)
           && are_phrases (step->values) && are_phrases (step->captures)
           && (step->key == NULL || is_phrase (step->key, PHRASE_BYTES)) && step->depth <= DEPTH;
}

static const char *
unsound_trace (const IbTrace *trace)
{
    for (guint i = 0; trace != NULL && i < trace->steps->len; i++) {
        const IbTraceStep *step = trace->steps->pdata[i];
        if ((guint) step->kind > IB_TRACE_LAST)
            return "a trace step of no kind";
        if (!can_be_shown (step))
            return "a trace step that cannot be shown";
    }
    return NULL;
}

const char *
ib_judgement_unsound (const IbJudgement *judgement, guint64 total_size_bytes)
{
    const char *wrong = unsound_verdict (judgement->verdict);
    if (wrong == NULL)
        wrong = unsound_actions (judgement->plan);
    if (wrong == NULL)
        wrong = unsound_segments (judgement->plan, total_size_bytes);
    if (wrong == NULL)
        wrong = unsound_texts (judgement);
    if (wrong == NULL)
        wrong = unsound_trace (judgement->trace);
    return wrong;
}

/* --- does it keep the message? --------------------------------------------------------------------------------- */

/* A byte order mark at the very beginning is no line. */
static bool
is_line_start (int fd, guint64 offset)
{
    static const char mark[] = "\xEF\xBB\xBF";
    char before[3] = "";
    gsize length = MIN (offset, sizeof before);
    if (pread (fd, before, length, (off_t) (offset - length)) != (gssize) length)
        return false;
    return length == 0 || before[length - 1] == '\n' || (offset == 3 && memcmp (before, mark, 3) == 0);
}

/* Only line starts are looked at; what a field of that name holds may be anything. */
static bool
are_own_lines (const char *bytes, gsize length)
{
    const gsize own = sizeof OWN_FIELDS - 1;
    for (const char *at = bytes, *end = bytes + length; at < end;) {
        gsize left = (gsize) (end - at);
        bool is_field = left >= own && g_ascii_strncasecmp (at, OWN_FIELDS, own) == 0;
        bool is_rest = at > bytes && (*at == ' ' || *at == '\t');
        if (!is_field && !is_rest)
            return false;
        const char *newline = memchr (at, '\n', left);
        at = newline != NULL ? newline + 1 : end;
    }
    return true;
}

static bool
takes_own_fields (int fd, guint64 from, guint64 to, guint64 total_size_bytes)
{
    if (from == to)
        return true;
    gsize length = (gsize) (to - from); /* at most IB_LIMIT_JUDGED_BYTES, since the judgement is sound */
    g_autofree char *bytes = g_malloc (length);
    return is_line_start (fd, from) && (to == total_size_bytes || is_line_start (fd, to))
           && pread (fd, bytes, length, (off_t) from) == (gssize) length && are_own_lines (bytes, length);
}

bool
ib_judgement_keeps_message (const IbJudgement *judgement, int fd, guint64 total_size_bytes)
{
    const GArray *segments = judgement->plan->segments;
    guint64 covered = 0;

    for (guint i = 0; i < segments->len; i++) {
        const IbSegment *segment = &g_array_index (segments, IbSegment, i);
        if (segment->literal != NULL) {
            if (!is_line_start (fd, covered))
                return false;
            continue;
        }
        if (!takes_own_fields (fd, covered, segment->offset, total_size_bytes))
            return false;
        covered = segment->offset + segment->length;
    }
    return segments->len == 0 || takes_own_fields (fd, covered, total_size_bytes, total_size_bytes);
}
