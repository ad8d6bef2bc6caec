/* judge.c - scripts + message + facts → verdict, plan, trace */
#include "judge.h"
#include "address.h"
#include "classifier.h"
#include "digest.h"
#include "evidence.h"
#include "mail-limits.h"
#include "message.h"
#include "server-filter.h"
#include "sieve.h"
#include "text.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

struct _IbJudge {
    GHashTable *programs; /* name → IbProgram */
    /* Whom the user knows: his own addresses, those of his list "addrbook", and whom he writes with. */
    IbCorrespondents *known;
    char **known_own;
    IbLists *known_lists;
    GBytes *known_people;
    GHashTable *included; /* "personal/NAME", "global/NAME" → GBytes */
    const void *model;    /* NULL: none */
};

static void
program_free (gpointer pointer)
{
    ib_program_free (pointer);
}

IbJudge *
ib_judge_new (void)
{
    ib_text_prepare ();
    ib_digest_prepare ();
    IbJudge *self = g_new0 (IbJudge, 1);
    self->programs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, program_free);
    self->included = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
    return self;
}

static void
forget_known (IbJudge *self)
{
    g_clear_pointer (&self->known, ib_correspondents_free);
    g_clear_pointer (&self->known_own, g_strfreev);
    g_clear_pointer (&self->known_lists, ib_lists_unref);
    g_clear_pointer (&self->known_people, g_bytes_unref);
}

static void
add_entry (const char *entry, gpointer known)
{
    ib_correspondents_add (known, entry, "");
}

/* A line "address name" each. */
static void
add_people (IbCorrespondents *known, GBytes *people)
{
    gsize length = 0;
    const char *at = people != NULL ? g_bytes_get_data (people, &length) : NULL;
    for (const char *end = at + length; at < end;) {
        const char *line_end = memchr (at, '\n', (gsize) (end - at));
        g_autofree char *line = g_strndup (at, (gsize) ((line_end != NULL ? line_end : end) - at));
        char *name = strchr (line, ' ');
        if (name != NULL)
            *name++ = '\0';
        ib_correspondents_add (known, line, name != NULL ? name : "");
        at = line_end != NULL ? line_end + 1 : end;
    }
}

/* The same for all mail of a run, as a rule. */
static const IbCorrespondents *
whom_the_user_knows (IbJudge *self, const IbFacts *facts)
{
    bool is_same
        = self->known != NULL && self->known_lists == facts->lists && self->known_people == facts->people
          && g_strv_equal ((const char *const *) self->known_own, (const char *const *) facts->own_addresses);
    if (is_same)
        return self->known;
    forget_known (self);
    self->known = ib_correspondents_new ();
    self->known_own = g_strdupv (facts->own_addresses);
    self->known_lists = facts->lists != NULL ? ib_lists_ref (facts->lists) : NULL;
    self->known_people = facts->people != NULL ? g_bytes_ref (facts->people) : NULL;
    for (char **own = facts->own_addresses; *own != NULL; own++)
        ib_correspondents_add (self->known, *own, "");
    ib_lists_each (facts->lists, "addrbook", add_entry, self->known);
    add_people (self->known, facts->people);
    return self->known;
}

void
ib_judge_free (IbJudge *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->programs);
    forget_known (self);
    g_hash_table_unref (self->included);
    g_free (self);
}

/* No name of a script holds a "/". */
static char *
included_key (IbScriptPlace place, const char *name)
{
    return g_strconcat (ib_script_place_name (place), "/", name, NULL);
}

void
ib_judge_add_included (IbJudge *self, bool is_global, const char *name, GBytes *text)
{
    IbScriptPlace place = is_global ? IB_SCRIPT_GLOBAL : IB_SCRIPT_PERSONAL;
    g_hash_table_replace (self->included, included_key (place, name), g_bytes_ref (text));
}

static char *
read_included (IbScriptPlace place, const char *name, gsize *out_length, gpointer user_data)
{
    const IbJudge *self = user_data;
    g_autofree char *key = included_key (place, name);
    GBytes *text = g_hash_table_lookup (self->included, key);
    gconstpointer bytes = text != NULL ? g_bytes_get_data (text, out_length) : NULL;
    return text != NULL ? g_memdup2 (*out_length > 0 ? bytes : "", MAX (*out_length, 1)) : NULL;
}

bool
ib_judge_add_script (IbJudge *self, const char *name, const char *text, gsize length, GError **error)
{
    const IbSieveOptions options = { .source = read_included, .source_data = self };
    IbProgram *program = ib_sieve_compile (name, text, length, &options, NULL, error);
    if (program == NULL)
        return false;
    g_hash_table_replace (self->programs, g_strdup (name), program);
    return true;
}

void
ib_judge_set_model (IbJudge *self, const void *memory, gsize size)
{
    self->model = memory != NULL && ib_model_is_one (memory, size) ? memory : NULL;
}

void
ib_judgement_free (IbJudgement *self)
{
    if (self == NULL)
        return;
    ib_verdict_free (self->verdict);
    ib_plan_free (self->plan);
    ib_trace_free (self->trace);
    ib_signals_free (self->signals);
    ib_origin_free (self->origin);
    ib_example_free (self->example);
    g_clear_pointer (&self->marks, g_ptr_array_unref);
    g_free (self->twin_key);
    g_free (self->message_id);
    g_free (self->from);
    g_free (self->subject);
    g_free (self->rule);
    g_free (self->error);
    g_free (self);
}

static void
note_provider_mark (IbVerdict *verdict, const IbMessage *message, const IbFacts *facts)
{
    g_autofree char *names = ib_server_filter_marks (message);
    bool was_junk = g_ascii_strcasecmp (facts->server_use, "Junk") == 0;
    if (*names == '\0' && !was_junk)
        return;
    IbEvidence *evidence = ib_verdict_add (verdict, "provider-mark", 0, names);
    if (was_junk)
        ib_verdict_add_detail (evidence, facts->server_folder, 0);
}

/* Told once: the header's, or that of the parts, for which nobody may have looked yet. */
static void
note_limit (IbVerdict *verdict, const IbMessage *message)
{
    const char *limit = ib_message_over_limit (message);
    if (limit != NULL)
        ib_verdict_add (verdict, "over-limit", 0, limit);
}

/* @features: NULL where nothing was learned. */
static IbVerdict *
reach_verdict (IbJudge *self, const IbMessage *message, const IbFacts *facts, const IbOrigin *origin,
               const IbFeatures *features)
{
    IbVerdict *verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    note_provider_mark (verdict, message, facts);
    if (origin != NULL)
        ib_evidence_note (verdict, message, origin, whom_the_user_knows (self, facts));
    if (self->model != NULL && origin != NULL)
        ib_classifier_judge (verdict, self->model, features, facts, origin,
                             whom_the_user_knows (self, facts));
    note_limit (verdict, message);
    return verdict;
}

/* Where the scripts of one message stand. */
typedef struct {
    const IbMessage *message;
    const IbFacts *facts;
    IbJudgement *judgement;
    guint64 steps;
    IbHeader *header; /* as the scripts so far edited it */
    bool keeps;       /* nobody decided yet */
    char **flags;     /* the server's, and what the scripts so far made of them */
} Run;

static void
run_fail (Run *run, char *error)
{
    run->judgement->error = error;
    g_clear_pointer (&run->judgement->rule, g_free);
    g_ptr_array_set_size (run->judgement->plan->actions, 0);
    g_ptr_array_set_size (run->judgement->plan->edits, 0);
    g_ptr_array_set_size (run->judgement->marks, 0);
    g_clear_pointer (&run->header, ib_header_unref);
    g_strfreev (run->flags);
    run->flags = g_strdupv (run->facts->flags);
    run->keeps = true;
}

static void
run_script (Run *run, const IbProgram *program)
{
    IbFacts facts = *run->facts;
    facts.flags = run->flags;
    IbSieveOutcome outcome = { 0 };
    IbSieveContext context = {
        .facts = &facts,
        .verdict = run->judgement->verdict,
        .signals = run->judgement->signals,
        .steps = &run->steps,
        .trace = run->judgement->trace,
        .header = &run->header,
    };
    ib_sieve_run (program, run->message, &context, run->judgement->plan, &outcome);

    run->keeps = outcome.keeps_implicitly;
    if (outcome.error != NULL) {
        run_fail (run, g_steal_pointer (&outcome.error));
    } else {
        g_strfreev (run->flags);
        run->flags = g_steal_pointer (&outcome.keep_flags);
        g_ptr_array_extend_and_steal (run->judgement->marks, g_steal_pointer (&outcome.marks));
    }
    if (!run->keeps)
        run->judgement->rule = g_strdup_printf ("%s:%u", outcome.decided_in, outcome.decided_at);
    ib_sieve_outcome_clear (&outcome);
}

static void
run_scripts (Run *run, const IbJudge *judge)
{
    for (char **name = run->facts->scripts; *name != NULL && run->keeps && run->judgement->error == NULL;
         name++) {
        const IbProgram *program = g_hash_table_lookup (judge->programs, *name);
        if (program != NULL)
            run_script (run, program);
        else
            run_fail (run, g_strdup_printf (_ ("%s: there is no such filter, or it has errors"), *name));
    }
}

static void
keep_implicitly (Run *run)
{
    guint count = run->judgement->plan->actions->len;
    IbAction *action = ib_plan_store (run->judgement->plan, IB_ACTION_KEEP, run->facts->account_folder,
                                      (const char *const *) run->flags);
    if (run->judgement->plan->actions->len == count)
        return;
    action->is_implicit = true;
    if (run->header != NULL && ib_header_is_edited (run->header))
        action->header = ib_header_ref (run->header);
}

/* Inbasket sends no mail: but in a dry run, which has no id, what is neither stored nor discarded is kept too. */
static bool
is_nowhere (const Run *run)
{
    const GPtrArray *actions = run->judgement->plan->actions;
    for (guint i = 0; i < actions->len; i++) {
        const IbAction *action = actions->pdata[i];
        if (ib_action_stores (action) || action->kind == IB_ACTION_DISCARD)
            return false;
    }
    return actions->len == 0 || *run->facts->id != '\0';
}

/* One copy a folder, whichever scripts asked for it; and no discard beside a copy, since it only cancels the implicit
 * keep (RFC 5228, 4.4). */
static void
settle_actions (IbPlan *plan)
{
    GPtrArray *actions = g_steal_pointer (&plan->actions);
    bool is_stored = false;
    for (guint i = 0; i < actions->len; i++)
        is_stored |= ib_action_stores (actions->pdata[i]);

    plan->actions = g_ptr_array_new_with_free_func (ib_action_free);
    while (actions->len > 0) {
        IbAction *action = g_ptr_array_steal_index (actions, 0);
        if (ib_action_stores (action))
            ib_plan_add_store (plan, action);
        else if (action->kind != IB_ACTION_DISCARD || !is_stored)
            g_ptr_array_add (plan->actions, action);
        else
            ib_action_free (action);
    }
    g_ptr_array_unref (actions);
}

/* A script's actions are bounded by the engine, those of all scripts together here. */
static void
plan_actions (Run *run, const IbJudge *judge)
{
    run_scripts (run, judge);
    if (run->keeps || is_nowhere (run))
        keep_implicitly (run);

    settle_actions (run->judgement->plan);

    if (run->judgement->plan->actions->len > IB_LIMIT_ACTIONS) {
        run_fail (run, g_strdup_printf (_ ("the filters ask for more than %d actions in all"), IB_LIMIT_ACTIONS));
        keep_implicitly (run);
    }
}

/* Nothing that could end the line or begin another; RFC 5322, 2.1.1 allows 998 bytes in it. */
static void
append_field (GString *fields, const char *name, const char *value)
{
    if (*value == '\0')
        return;
    g_string_append_printf (fields, "%s: ", name);
    for (gsize i = 0; value[i] != '\0' && i < 900; i++)
        g_string_append_c (fields, g_ascii_isprint (value[i]) ? value[i] : '?');
    g_string_append_c (fields, '\n');
}

/* Our fields; and where the message begins with a folded line, one more for it to be folded on to. */
static char *
write_own_fields (const IbMessage *message, const IbVerdict *verdict, const IbFacts *facts)
{
    GString *fields = g_string_new (NULL);
    g_autofree char *value = ib_verdict_field (verdict);
    append_field (fields, "X-Inbasket-Id", facts->id);
    append_field (fields, "X-Inbasket-Account", facts->account);
    append_field (fields, "X-Inbasket-Verdict", value);

    gsize length;
    const char *bytes = ib_message_bytes (message, &length);
    if (length > 0 && (bytes[0] == ' ' || bytes[0] == '\t'))
        append_field (fields, "X-Inbasket-Note", "the message began with a folded line:");
    return g_string_free (fields, FALSE);
}

/* Does @field perhaps end only after what was judged? Half a field cannot be taken out: it stays, below our own. */
static bool
goes_on (const IbMessage *message, const IbField *field, guint64 length)
{
    gsize judged;
    (void) ib_message_bytes (message, &judged);
    return field->offset + field->length == judged && judged < length;
}

/* What goes out of the message, in its order: what claims to be ours, if we annotate, and what scripts took out. */
static GArray *
find_cuts (const IbMessage *message, const IbHeader *header, bool annotates)
{
    gsize own_count;
    const IbField *own = ib_message_own_fields (message, &own_count);
    GArray *cuts = ib_header_taken_out (header);
    if (!annotates)
        return cuts;
    guint place = 0;
    for (gsize i = 0; i < own_count; i++) {
        while (place < cuts->len && g_array_index (cuts, IbField, place).offset < own[i].offset)
            place++;
        if (place == cuts->len || g_array_index (cuts, IbField, place).offset > own[i].offset)
            g_array_insert_val (cuts, place, own[i]);
    }
    return cuts;
}

/* Where a field at the end of the header goes; negative if its end was not seen. */
static gint64
find_header_end (const IbMessage *message, guint64 length)
{
    gsize judged;
    (void) ib_message_bytes (message, &judged);
    return ib_message_body_offset (message) < judged || judged == length ? ib_message_header_end (message)
                                                                         : -1;
}

/* @message with @header, below @own. @length is that of the whole message, of which the fields are the beginning. */
static GArray *
list_segments (const IbMessage *message, const IbHeader *header, const char *own, bool annotates,
               guint64 length)
{
    GArray *segments = ib_segments_new ();
    gint64 header_end = find_header_end (message, length);
    g_autofree char *first = ib_header_added (header, false), *last = ib_header_added (header, true);
    g_autofree char *top = g_strconcat (own, first, header_end < 0 ? last : NULL, NULL);
    if (*top != '\0')
        ib_segments_append_literal (segments, top);

    guint64 at = 0;
    g_autoptr (GArray) cuts = find_cuts (message, header, annotates);
    for (guint i = 0; i < cuts->len; i++) {
        const IbField *cut = &g_array_index (cuts, IbField, i);
        if (goes_on (message, cut, length))
            break;
        ib_segments_append_range (segments, at, cut->offset - at);
        at = cut->offset + cut->length;
    }
    if (*last != '\0' && header_end >= 0) {
        ib_segments_append_range (segments, at, (guint64) header_end - at);
        ib_segments_append_literal (segments, last);
        at = (guint64) header_end;
    }
    ib_segments_append_range (segments, at, length - at);
    return segments;
}

static bool
is_same_header (const IbHeader *a, const IbHeader *b)
{
    return a == b || (!ib_header_is_edited (a) && !ib_header_is_edited (b));
}

/* The edit list of the plan is that of the header as the scripts left it; an action whose header was another one at its
 * time has its own. */
static void
plan_edits (IbPlan *plan, const IbMessage *message, const IbVerdict *verdict, const IbFacts *facts,
            IbHeader *edited, guint64 length)
{
    g_autoptr (IbHeader) as_it_came = ib_header_new (message);
    const IbHeader *last = edited != NULL ? edited : as_it_came;
    g_autofree char *own = facts->annotates ? write_own_fields (message, verdict, facts) : g_strdup ("");
    if (facts->annotates || ib_header_is_edited (last)) {
        g_array_unref (plan->segments);
        plan->segments = list_segments (message, last, own, facts->annotates, length);
    }
    for (guint i = 0; i < plan->actions->len; i++) {
        IbAction *action = plan->actions->pdata[i];
        const IbHeader *header = action->header != NULL ? action->header : as_it_came;
        if (ib_action_stores (action) && !is_same_header (header, last))
            action->segments = list_segments (message, header, own, facts->annotates, length);
    }
}

static char *
header_or_empty (const IbMessage *message, const char *name)
{
    char *value = ib_message_header (message, name);
    return value != NULL ? value : g_strdup ("");
}

static char *
find_message_id (const IbMessage *message)
{
    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    for (gsize i = 0; i < count; i++)
        if (ib_message_field_is (message, &fields[i], "Message-ID"))
            return ib_message_field_raw (message, &fields[i]);
    return g_strdup ("");
}

/* They are of the message, which goes now. */
static void
forget_headers (IbPlan *plan)
{
    for (guint i = 0; i < plan->actions->len; i++)
        g_clear_pointer (&((IbAction *) plan->actions->pdata[i])->header, ib_header_unref);
}

/* Does the user write with whom it claims to be from? From his own address anybody may claim to come. */
static bool
is_from_correspondent (IbJudge *self, const IbOrigin *origin, const IbFacts *facts)
{
    if (origin->authors->len != 1 || ib_authentication_is_refuted (origin->authentication))
        return false;
    const IbAddress *author = origin->authors->pdata[0];
    for (char **own = facts->own_addresses; *own != NULL; own++)
        if (g_ascii_strcasecmp (*own, author->address) == 0)
            return false;
    return ib_correspondents_knows (whom_the_user_knows (self, facts), author->address);
}

/* Before the first lesson a model has nothing to say, and features cost more than all else that is done here. */
static bool
has_learned (const IbJudge *self)
{
    return self->model != NULL && ib_model_n_ham (self->model) + ib_model_n_spam (self->model) > 0;
}

IbJudgement *
ib_judge_message (IbJudge *self, const char *bytes, gsize length, const IbFacts *facts, IbJudgeWants wants)
{
    bool wants_trace = (wants & IB_JUDGE_TRACE) != 0;
    g_autoptr (IbMessage) message = ib_message_new (bytes, length);
    IbJudgement *judgement = g_new0 (IbJudgement, 1);
    judgement->message_id = find_message_id (message);
    judgement->from = header_or_empty (message, "From");
    judgement->subject = header_or_empty (message, "Subject");
    judgement->twin_key = ib_message_twin_key (message);
    g_autoptr (IbOrigin) origin = ib_origin_find (message, facts);
    judgement->signals = ib_origin_signals (origin);
    if (is_from_correspondent (self, origin, facts))
        ib_facts_set_text (&judgement->signals->sender, g_strdup ("known"));
    /* With filters off, nobody wants to know what speaks against it. */
    bool is_asked = facts->scripts[0] != NULL || wants != 0;
    bool is_classified = is_asked && (has_learned (self) || (wants & IB_JUDGE_EXAMPLE) != 0);
    g_autoptr (IbFeatures) features
        = is_classified
              ? ib_features_new (message, facts, origin, wants_trace ? IB_FEATURES_NAMED : IB_FEATURES_PLAIN)
              : NULL;
    judgement->verdict = reach_verdict (self, message, facts, is_asked ? origin : NULL, features);
    judgement->plan = ib_plan_new ();
    judgement->marks = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_mark_free);
    judgement->trace = wants_trace ? ib_trace_new () : NULL;
    if ((wants & IB_JUDGE_EXAMPLE) != 0)
        judgement->example = ib_example_new (message, facts, features);

    Run run = { message, facts, judgement, IB_LIMIT_STEPS, NULL, true, g_strdupv (facts->flags) };
    bool is_limit_told = ib_message_over_limit (message) != NULL;
    plan_actions (&run, self);
    if (!is_limit_told)
        note_limit (judgement->verdict, message);
    g_strfreev (run.flags);
    if (judgement->rule == NULL)
        judgement->rule = g_strdup ("");

    plan_edits (judgement->plan, message, judgement->verdict, facts, run.header,
                MAX (length, facts->total_size_bytes));
    forget_headers (judgement->plan);
    ib_header_unref (run.header);
    judgement->origin = wants_trace ? g_steal_pointer (&origin) : NULL;
    return judgement;
}
