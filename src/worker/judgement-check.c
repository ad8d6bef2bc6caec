/* judgement-check.c - can a judgement be done as it stands?
 *
 * It was made of hostile bytes by a process that they may have taken over. */
#include "judgement-private.h"

#include "mail-features.h"
#include "origin-wire.h"

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

static bool
is_sound_evidence (const IbEvidence *evidence)
{
    if (!is_name (evidence->feature, FEATURE_BYTES) || !isfinite (evidence->weight)
        || evidence->details->len > EVIDENCE_DETAILS)
        return false;
    for (guint i = 0; i < evidence->details->len; i++) {
        const IbEvidenceDetail *detail = evidence->details->pdata[i];
        if (!is_phrase (detail->text, PHRASE_BYTES) || !isfinite (detail->share))
            return false;
    }
    return true;
}

static const char *
unsound_verdict (const IbVerdict *verdict)
{
    if ((guint) verdict->kind > IB_VERDICT_SPAM)
        return "a verdict of no kind";
    if (!isnan (verdict->probability) && !(verdict->probability >= 0 && verdict->probability <= 1))
        return "a probability that is none";
    if (!isfinite (verdict->score))
        return "a score that is none";
    if (verdict->evidence->len > EVIDENCE_COUNT)
        return "too much evidence";
    for (guint i = 0; i < verdict->evidence->len; i++)
        if (!is_sound_evidence (verdict->evidence->pdata[i]))
            return "evidence that cannot be shown";
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

static const char *
unsound_example (const IbExample *example)
{
    gsize length = 0;
    const guint8 *packed = g_bytes_get_data (example->features, &length);
    g_autoptr (IbFeatures) features = ib_features_unpack (packed, length);
    if (features == NULL)
        return "features that are none";
    if (!is_phrase (example->sender, PERSON_BYTES) || !is_phrase (example->sender_name, PERSON_BYTES))
        return "a sender that cannot be shown";
    for (char **recipient = example->recipients; *recipient != NULL; recipient++)
        if (!is_phrase (*recipient, PERSON_BYTES))
            return "a recipient that cannot be shown";
    return NULL;
}

bool
ib_judgement_forgets (const IbJudgement *judgement, gint64 now_s)
{
    for (guint i = 0; i < judgement->marks->len; i++)
        if (((const IbMark *) judgement->marks->pdata[i])->expires_at_s > now_s + IB_LIMIT_MARK_SECONDS)
            return false;
    return true;
}

/* field-name ":", which may be folded behind: the length of the name, 0 if it is none. */
static gsize
field_name_length (const char *line, gsize length)
{
    gsize at = 0;
    while (at < length && line[at] > ' ' && line[at] < 0x7F && line[at] != ':')
        at++;
    return at < length && line[at] == ':' ? at : 0;
}

static bool
is_own_field (const char *line, gsize length)
{
    const gsize own = sizeof OWN_FIELDS - 1;
    return field_name_length (line, length) > own && memcmp (line, OWN_FIELDS, own) == 0;
}

/* Whole lines, each a field (@any, or else of ours) or the folded rest of one; the last may be empty, which ends the
 * header of a message that has none. */
static bool
are_fields (const char *bytes, gsize length, bool any)
{
    bool is_first = true;
    while (length > 0) {
        const char *end = memchr (bytes, '\n', length);
        if (end == NULL || memchr (bytes, '\0', (gsize) (end - bytes))
            || memchr (bytes, '\r', (gsize) (end - bytes)))
            return false;

        gsize line = (gsize) (end - bytes) + 1;
        bool is_field = any ? field_name_length (bytes, line) > 0 : is_own_field (bytes, line);
        bool is_rest = !is_first && line > 1 && (bytes[0] == ' ' || bytes[0] == '\t');
        bool is_end = !is_first && !any && line == 1 && line == length;
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
unsound_segments (const GArray *segments, guint64 total_size_bytes, bool edits_headers)
{
    guint64 covered = 0, literal_bytes = 0;
    guint64 most_literal_bytes = LITERAL_BYTES + (edits_headers ? IB_LIMIT_ADDED_BYTES : 0);
    if (segments->len > SEGMENT_COUNT)
        return "too many edits";

    for (guint i = 0; i < segments->len; i++) {
        const IbSegment *segment = &g_array_index (segments, IbSegment, i);
        if (segment->literal != NULL) {
            gsize length = 0;
            const char *bytes = g_bytes_get_data (segment->literal, &length);
            literal_bytes += length;
            if (segment->length != length || literal_bytes > most_literal_bytes
                || covered > IB_LIMIT_JUDGED_BYTES)
                return "an addition too long, or not in the header";
            if (!are_fields (bytes, length, edits_headers))
                return "an addition that is no field, or none of ours";
            continue;
        }
        if (segment->offset > total_size_bytes || segment->length > total_size_bytes - segment->offset)
            return "an edit outside the message";
        if (!is_gap (covered, segment->offset))
            return "an edit that would lose or repeat part of the message";
        covered = segment->offset + segment->length;
    }
    if (segments->len > 0 && !is_gap (covered, total_size_bytes))
        return "an edit that would lose the end of the message";
    return NULL;
}

/* Those of the plan, and each action's own, which it has only where scripts may edit headers. */
static const char *
unsound_edits (const IbPlan *plan, guint64 total_size_bytes, bool edits_headers)
{
    const char *wrong = unsound_segments (plan->segments, total_size_bytes, edits_headers);
    for (guint i = 0; i < plan->actions->len && wrong == NULL; i++) {
        const IbAction *action = plan->actions->pdata[i];
        if (action->segments != NULL)
            wrong = edits_headers ? unsound_segments (action->segments, total_size_bytes, true)
                                  : "an edit of a header that no script edits";
    }
    return wrong;
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
ib_judgement_unsound (const IbJudgement *judgement, guint64 total_size_bytes, bool edits_headers)
{
    const char *wrong = unsound_verdict (judgement->verdict);
    if (wrong == NULL)
        wrong = unsound_actions (judgement->plan);
    if (wrong == NULL)
        wrong = unsound_edits (judgement->plan, total_size_bytes, edits_headers);
    if (wrong == NULL)
        wrong = unsound_texts (judgement);
    if (wrong == NULL)
        wrong = unsound_trace (judgement->trace);
    if (wrong == NULL)
        wrong = unsound_marks (judgement->marks);
    if (wrong == NULL && !ib_origin_wire_is_sound (judgement->signals))
        wrong = "signals that make no sense";
    if (wrong == NULL && judgement->example != NULL)
        wrong = unsound_example (judgement->example);
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

/* The first empty line; false: there is none. */
static bool
find_empty_line (const char *bytes, gsize length, guint64 *out_at)
{
    for (const char *line = bytes, *end = bytes + length; line < end;) {
        *out_at = (guint64) (line - bytes);
        if (*line == '\n' || (end - line > 1 && line[0] == '\r' && line[1] == '\n'))
            return true;
        const char *newline = memchr (line, '\n', (gsize) (end - line));
        line = newline != NULL ? newline + 1 : end;
    }
    return false;
}

/* Where the header ends, as far as messages are looked at. Nearly all headers are short. */
static guint64
find_header_end (const IbPiece *message)
{
    guint64 judged = MIN (message->size_bytes, IB_LIMIT_JUDGED_BYTES), at = 0;
    for (gsize length = 64 * 1024;; length *= 4) {
        gsize part = (gsize) MIN (judged, length);
        g_autofree char *bytes = g_malloc (part + 1);
        if (pread (message->fd, bytes, part, (off_t) message->offset) != (gssize) part)
            return 0;
        if (find_empty_line (bytes, part, &at))
            return at;
        if (part == judged)
            return judged;
    }
}

/* What may go out of a header: fields of ours, or @any but those that nobody may take out (RFC 5293, 6). */
static bool
may_go (const char *line, gsize length, bool any)
{
    static const char *const protected_fields[] = { "received", "auto-submitted" };
    const gsize own = sizeof OWN_FIELDS - 1;
    if (length >= own && g_ascii_strncasecmp (line, OWN_FIELDS, own) == 0)
        return true;
    gsize name = 0;
    while (name < length && line[name] > ' ' && line[name] < 0x7F && line[name] != ':')
        name++;
    for (gsize i = 0; i < G_N_ELEMENTS (protected_fields); i++)
        if (strlen (protected_fields[i]) == name
            && g_ascii_strncasecmp (line, protected_fields[i], name) == 0)
            return false;
    return any && name > 0;
}

/* Only line starts are looked at; what a field holds may be anything. */
static bool
may_all_go (const char *bytes, gsize length, bool any)
{
    for (const char *at = bytes, *end = bytes + length; at < end;) {
        gsize left = (gsize) (end - at);
        bool is_rest = at > bytes && (*at == ' ' || *at == '\t');
        if (!is_rest && !may_go (at, left, any))
            return false;
        const char *newline = memchr (at, '\n', left);
        at = newline != NULL ? newline + 1 : end;
    }
    return true;
}

/* No half field: what follows is not the folded rest of what goes. */
static bool
is_field_end (const IbPiece *message, guint64 offset)
{
    char next = '\0';
    return offset == message->size_bytes
           || (is_line_start (message, offset)
               && pread (message->fd, &next, 1, (off_t) (message->offset + offset)) == 1 && next != ' '
               && next != '\t');
}

typedef struct {
    const IbPiece *message;
    bool any;           /* fields may be edited */
    guint64 header_end; /* then */
} Keeper;

static bool
takes_fields (const Keeper *self, guint64 from, guint64 to)
{
    const IbPiece *message = self->message;
    if (from == to)
        return true;
    gsize length = (gsize) (to - from); /* at most IB_LIMIT_JUDGED_BYTES, since the judgement is sound */
    g_autofree char *bytes = g_malloc (length);
    bool is_whole = self->any ? to <= self->header_end && is_field_end (message, to)
                              : to == message->size_bytes || is_line_start (message, to);
    return is_whole && is_line_start (message, from)
           && pread (message->fd, bytes, length, (off_t) (message->offset + from)) == (gssize) length
           && may_all_go (bytes, length, self->any);
}

static bool
keeps (const Keeper *self, const GArray *segments)
{
    guint64 covered = 0;
    for (guint i = 0; i < segments->len; i++) {
        const IbSegment *segment = &g_array_index (segments, IbSegment, i);
        if (segment->literal != NULL) {
            if (!is_line_start (self->message, covered) || (self->any && covered > self->header_end))
                return false;
            continue;
        }
        if (!takes_fields (self, covered, segment->offset))
            return false;
        covered = segment->offset + segment->length;
    }
    return segments->len == 0 || takes_fields (self, covered, self->message->size_bytes);
}

bool
ib_judgement_keeps_message (const IbJudgement *judgement, const IbPiece *message, bool edits_headers)
{
    const IbPlan *plan = judgement->plan;
    const Keeper keeper
        = { message, edits_headers, edits_headers ? find_header_end (message) : message->size_bytes };
    bool is_kept = keeps (&keeper, plan->segments);
    for (guint i = 0; i < plan->actions->len && is_kept; i++) {
        const IbAction *action = plan->actions->pdata[i];
        is_kept = action->segments == NULL || keeps (&keeper, action->segments);
    }
    return is_kept;
}
