/* judgement-check.c - can a judgement be done as it stands?
 *
 * It was made of hostile bytes by a process that they may have taken over. */
#include "judgement-private.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

bool
ib_judgement_is_flag (const char *flag)
{
    gsize length = strlen (flag);
    if (length == 0 || length > FLAG_BYTES || !g_utf8_validate (flag, -1, NULL))
        return false;
    for (const char *at = flag; *at != '\0'; at = g_utf8_next_char (at))
        if (g_unichar_iscntrl (g_utf8_get_char (at)) || *at == ' ')
            return false;
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

static bool
has_mailbox (IbActionKind kind)
{
    switch (kind) {
    case IB_ACTION_KEEP:
    case IB_ACTION_FILEINTO:
    case IB_ACTION_REDIRECT:
    case IB_ACTION_NOTIFY:
        return true;
    case IB_ACTION_DISCARD:
    case IB_ACTION_REJECT:
    case IB_ACTION_EREJECT:
    case IB_ACTION_VACATION:
        return false;
    }
    g_assert_not_reached ();
}

static const char *
unsound_action (const IbAction *action)
{
    if ((guint) action->kind > IB_ACTION_LAST)
        return "an action of no kind";
    if (!is_name (action->mailbox, IB_LIMIT_MAILBOX_BYTES))
        return "a folder name that cannot be one";
    if (has_mailbox (action->kind) && action->mailbox[0] == '\0')
        return "an action without its folder";
    for (guint i = 0; i < action->details->len; i++)
        if (!is_phrase (action->details->pdata[i], IB_LIMIT_DETAIL_BYTES))
            return "a detail that cannot be shown";
    if (g_strv_length (action->flags) > FLAG_COUNT)
        return "too many flags";
    for (guint i = 0; action->flags[i] != NULL; i++)
        if (!ib_judgement_is_flag (action->flags[i]))
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
    for (guint i = 0; i < plan->edits->len; i++) {
        const IbEdit *edit = plan->edits->pdata[i];
        if (!is_phrase (edit->field, FIELD_BYTES) || !is_phrase (edit->value, FIELD_BYTES))
            return "an edit that cannot be shown";
    }
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
unsound_marks (const GPtrArray *marks)
{
    for (guint i = 0; marks != NULL && i < marks->len; i++) {
        const IbMark *mark = marks->pdata[i];
        if (strlen (mark->mark) != IB_MARK_BYTES || !is_twin_key (mark->mark))
            return "a mark that is none";
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
    if (wrong == NULL)
        wrong = unsound_marks (judgement->marks);
    return wrong;
}

/* --- does it keep the message? --------------------------------------------------------------------------------- */

/* A byte order mark at the very beginning is no line. */
static bool
is_line_start (const IbPiece *message, guint64 offset)
{
    static const char mark[] = "\xEF\xBB\xBF";
    char before[3] = "";
    gsize length = MIN (offset, sizeof before);
    if (pread (message->fd, before, length, (off_t) (message->offset + offset - length)) != (gssize) length)
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
takes_own_fields (const IbPiece *message, guint64 from, guint64 to)
{
    if (from == to)
        return true;
    gsize length = (gsize) (to - from); /* at most IB_LIMIT_JUDGED_BYTES, since the judgement is sound */
    g_autofree char *bytes = g_malloc (length);
    return is_line_start (message, from) && (to == message->size_bytes || is_line_start (message, to))
           && pread (message->fd, bytes, length, (off_t) (message->offset + from)) == (gssize) length
           && are_own_lines (bytes, length);
}

bool
ib_judgement_keeps_message (const IbJudgement *judgement, const IbPiece *message)
{
    const GArray *segments = judgement->plan->segments;
    guint64 covered = 0;

    for (guint i = 0; i < segments->len; i++) {
        const IbSegment *segment = &g_array_index (segments, IbSegment, i);
        if (segment->literal != NULL) {
            if (!is_line_start (message, covered))
                return false;
            continue;
        }
        if (!takes_own_fields (message, covered, segment->offset))
            return false;
        covered = segment->offset + segment->length;
    }
    return segments->len == 0 || takes_own_fields (message, covered, message->size_bytes);
}
