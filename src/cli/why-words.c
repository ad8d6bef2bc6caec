/* why-words.c - the explanation of a judgement, for people and as JSON */
#include "why-words.h"
#include "imap-name.h"
#include "plan-words.h"
#include "print.h"
#include "trace-words.h"
#include "verdict-words.h"
#include "why-remedies.h"
#include "why-shared.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* Evidence that is shown without --verbose. */
#define EVIDENCE_SHOWN 12
/* A sentence may take some lines of a terminal, but nothing that mail says fills it. */
#define MOST_LINES 3
#define LEAST_COLUMNS 20
/* Mail passes a host in seconds; greylisting, a queue, or a clock that is wrong makes it more. */
#define LONG_WAIT_S (10 * 60)

/* --- for people ---------------------------------------------------------------------------------------------- */

void
ib_why_head (const char *title)
{
    g_print ("\n%s%s%s\n", ib_print_colour (IB_COLOUR_BOLD), title, ib_print_colour (IB_COLOUR_PLAIN));
}

void
ib_why_line (IbColour colour, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    guint columns = ib_print_is_terminal () ? MAX (ib_print_width (), LEAST_COLUMNS) - 2 : 0;
    g_autofree char *safe = ib_print_safe (text, columns * MOST_LINES);
    g_autofree char *lines = columns > 0 ? ib_print_wrap (safe, columns, "    ") : g_strdup (safe);
    g_print ("  %s%s%s\n", ib_print_colour (colour), lines, ib_print_colour (IB_COLOUR_PLAIN));
}

void
ib_why_command (const char *text)
{
    g_autofree char *safe = ib_print_safe (text, 0);
    g_print ("  → %s\n", safe);
}

static char *
date_text (gint64 seconds)
{
    g_autoptr (GDateTime) local = g_date_time_new_from_unix_local (seconds);
    return local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S") : g_strdup ("");
}

static void
print_message (const IbWhy *why, const IbJudgement *judgement)
{
    const IbStory *story = why->found->story;
    const char *subject = *judgement->subject != '\0' ? judgement->subject : _ ("(no subject)");
    g_autofree char *safe = ib_print_safe (subject, ib_print_is_terminal () ? ib_print_width () : 0);
    g_print ("%s%s%s\n", ib_print_colour (IB_COLOUR_BOLD), safe, ib_print_colour (IB_COLOUR_PLAIN));
    ib_why_line (IB_COLOUR_PLAIN, _ ("from %s"), judgement->from);
    if (story == NULL) {
        ib_why_line (IB_COLOUR_FAINT, _ ("it did not come through here: judged as it stands now"));
        return;
    }
    g_autofree char *mailbox = ib_imap_name_to_utf8 (story->mailbox != NULL ? story->mailbox : "");
    g_autofree char *date = date_text (story->delivered_at / G_USEC_PER_SEC);
    if (ib_story_is_adopted (story))
        ib_why_line (IB_COLOUR_PLAIN,
                     _ ("here since %s, known by its file's name since the journal was lost, id %.8s"), date,
                     story->id);
    else
        ib_why_line (IB_COLOUR_PLAIN, _ ("fetched through “%s” (%s) on %s, id %.8s"), story->account, mailbox,
                     date, story->id);
}

/* "out.example.net [203.0.113.5]" */
static char *
peer_text (const IbHop *hop)
{
    if (!hop->has_from)
        return g_strdup (_ ("itself"));
    const char *name = *hop->name != '\0' ? hop->name : hop->helo;
    bool is_said = *hop->name == '\0' && *name != '\0' && hop->kind == IB_HOP_MAIL;
    g_autofree char *quoted = is_said ? g_strdup_printf (_ ("“%s”"), name) : g_strdup (name);
    if (*hop->ip == '\0')
        return g_steal_pointer (&quoted);
    return *quoted != '\0' ? g_strdup_printf ("%s [%s]", quoted, hop->ip) : g_strdup_printf ("[%s]", hop->ip);
}

/* "3 h 20 min", "2 d 4 h" */
static char *
span_text (gint64 seconds)
{
    gint64 minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
    if (days > 0)
        return g_strdup_printf (_ ("%d d %d h"), (int) MIN (days, G_MAXINT), (int) (hours % 24));
    if (hours > 0)
        return g_strdup_printf (_ ("%d h %d min"), (int) hours, (int) (minutes % 60));
    return g_strdup_printf (_ ("%d min"), (int) minutes);
}

/* Between a hop and the one that handed it the message, if it is worth a word: clocks differ by minutes. */
static char *
wait_text (const IbHop *hop, const IbHop *before)
{
    if (before == NULL || hop->date_s == G_MININT64 || before->date_s == G_MININT64)
        return g_strdup ("");
    gint64 wait_s = hop->date_s - before->date_s;
    g_autofree char *span = span_text (ABS (wait_s));
    if (wait_s >= LONG_WAIT_S)
        return g_strdup_printf (_ (", after %s"), span);
    return wait_s <= -LONG_WAIT_S ? g_strdup_printf (_ (", %s before that, says its clock"), span)
                                  : g_strdup ("");
}

/* @before: the hop from which it got the message; NULL: it is the first. */
static void
print_hop (const IbHop *hop, const IbHop *before, const char *rung, IbColour colour)
{
    g_autofree char *peer = peer_text (hop);
    g_autofree char *date = hop->date_s != G_MININT64 ? date_text (hop->date_s) : g_strdup ("");
    g_autofree char *wait = wait_text (hop, before);
    ib_why_line (colour, "%s %s → %s%s%s%s%s%s", rung, peer, *hop->by != '\0' ? hop->by : _ ("somebody"),
                 hop->is_encrypted ? _ (", encrypted") : "", hop->is_authenticated ? _ (", signed in") : "",
                 *date != '\0' ? ", " : "", date, wait);
}

static const IbHop *
hop_at (const IbPath *path, guint index)
{
    return index < path->hops->len ? path->hops->pdata[index] : NULL;
}

/* From the sender, at the top, to here: what is below the line is believed. */
static void
print_path (const IbWhy *why, const IbPath *path)
{
    ib_why_head (_ ("Where it came from"));
    for (guint i = path->hops->len; i > path->n_believed; i--)
        print_hop (path->hops->pdata[i - 1], hop_at (path, i), "·", IB_COLOUR_FAINT);
    if (path->hops->len > path->n_believed)
        ib_why_line (IB_COLOUR_FAINT,
                     _ ("──── above is what the sender says, below what servers say that you trust ────"));
    for (guint i = path->n_believed; i > 0; i--) {
        bool is_entry = path->entry == (int) i - 1;
        print_hop (path->hops->pdata[i - 1], hop_at (path, i), is_entry ? "▶" : "│",
                   is_entry ? IB_COLOUR_BOLD : IB_COLOUR_PLAIN);
    }
    const IbHop *entry = ib_path_entry_hop (path);
    if (entry != NULL)
        ib_why_line (IB_COLOUR_PLAIN, _ ("It is judged by %s, which handed it to %s."),
                     *ib_path_entry_host (path) != '\0' ? ib_path_entry_host (path) : _ ("an unknown host"),
                     entry->by);
    else if (path->hops->len > 0)
        ib_why_line (IB_COLOUR_PLAIN,
                     _ ("No stranger handed it over: it was written on servers that you trust."));
    else
        ib_why_line (IB_COLOUR_PLAIN, _ ("It does not say which way it came."));
    if (path->relay != NULL)
        ib_why_line (IB_COLOUR_WARN,
                     _ ("It came through the trusted relay %s, which takes mail from strangers."),
                     path->relay);
    if (path->mx == IB_MX_MATCHES)
        ib_why_line (IB_COLOUR_PLAIN,
                     _ ("It came in by the mail exchanger (MX) of its domain, as it should."));
    if (path->mx == IB_MX_BESIDE)
        ib_why_line (
            IB_COLOUR_WARN,
            _ ("It came in beside the mail exchanger (MX) of its domain: perhaps at an old server."));
}

static void
append_result (GString *text, const char *method, const IbAuthResult *result)
{
    if (*result->result == '\0')
        return;
    g_string_append_printf (text, "%s%s %s", text->len > 0 ? ", " : "", method, result->result);
    if (*result->domain != '\0')
        g_string_append_printf (text, " (%s%s)", result->domain,
                                result->is_aligned ? "" : _ (", not the sender's domain"));
}

static void
print_authentication (const IbAuthentication *authentication)
{
    ib_why_head (_ ("Who vouches for the sender"));
    g_autoptr (GString) results = g_string_new (NULL);
    append_result (results, "SPF", &authentication->spf);
    append_result (results, "DKIM", &authentication->dkim);
    append_result (results, "DMARC", &authentication->dmarc);
    append_result (results, "ARC", &authentication->arc);
    if (results->len == 0) {
        ib_why_line (IB_COLOUR_WARN,
                     _ ("Nobody whom we believe: no trusted server checked SPF, DKIM or DMARC."));
        return;
    }
    const char *domain
        = *authentication->from_domain != '\0' ? authentication->from_domain : _ ("the sender's domain");
    const char *by = *authentication->authserv_id != '\0' ? authentication->authserv_id : _ ("Your server");
    ib_why_line (IB_COLOUR_PLAIN, _ ("%s says: %s."), by, results->str);
    if (ib_authentication_is_proven (authentication))
        ib_why_line (IB_COLOUR_GOOD, _ ("So %s did send it."), domain);
    else if (ib_authentication_is_refuted (authentication))
        ib_why_line (IB_COLOUR_BAD, _ ("So %s did not send it."), domain);
    else
        ib_why_line (IB_COLOUR_WARN, _ ("That does not prove that %s sent it."), domain);
}

static void
print_evidence (const char *group, const char *weight, const char *text, gpointer last_group)
{
    const char **last = last_group;
    if (*last != group)
        ib_why_line (IB_COLOUR_PLAIN, "%s:", group);
    *last = group;
    if (weight != NULL)
        ib_why_line (IB_COLOUR_PLAIN, _ ("• %s – %s"), weight, text);
    else
        ib_why_line (IB_COLOUR_PLAIN, "• %s", text);
}

static void
print_verdict (const IbWhy *why, const IbVerdict *verdict)
{
    const char *group = NULL;
    ib_why_head (_ ("The verdict"));
    if (!isnan (verdict->probability))
        ib_why_line (IB_COLOUR_PLAIN, _ ("%s: %.0f %% likely to be spam"), ib_verdict_name (verdict->kind),
                     100 * verdict->probability);
    else if (verdict->score != 0)
        ib_why_line (IB_COLOUR_PLAIN, _ ("%s: %.0f %% likely to be spam, by what little was learned so far"),
                     ib_verdict_name (verdict->kind), 100 * ib_verdict_likeness (verdict));
    else
        ib_why_line (IB_COLOUR_PLAIN, "%s", ib_verdict_name (verdict->kind));
    guint shown = why->is_verbose ? verdict->evidence->len : MIN (verdict->evidence->len, EVIDENCE_SHOWN);
    ib_verdict_each_evidence (verdict, shown, print_evidence, &group);
    if (verdict->evidence->len == 0)
        ib_why_line (IB_COLOUR_FAINT, _ ("Nothing speaks for or against it."));
    else if (shown < verdict->evidence->len)
        ib_why_line (IB_COLOUR_FAINT,
                     ngettext ("and %u more: --verbose shows it", "and %u more: --verbose shows them",
                               verdict->evidence->len - shown),
                     verdict->evidence->len - shown);
}

/* The commands that did something, with their lines; with --verbose every step. */
static void
print_rules (const IbWhy *why, const IbJudgement *judgement)
{
    ib_why_head (_ ("What the filters did"));
    if (why->is_verbose) {
        g_autofree char *words
            = ib_trace_words (judgement->trace, 2, ib_print_is_terminal () ? ib_print_width () : 0);
        g_print ("%s", words);
    } else {
        for (guint i = 0; i < judgement->trace->steps->len; i++) {
            const IbTraceStep *step = judgement->trace->steps->pdata[i];
            if (step->kind == IB_TRACE_ACTION || step->kind == IB_TRACE_ERROR)
                ib_why_line (step->kind == IB_TRACE_ERROR ? IB_COLOUR_BAD : IB_COLOUR_PLAIN, "%s:%u  %s",
                             step->script, step->line, step->what);
        }
    }
    g_autofree char *plan = ib_plan_words (judgement->plan);
    if (*judgement->rule != '\0')
        ib_why_line (IB_COLOUR_PLAIN, _ ("%s decided: %s"), judgement->rule, plan);
    else
        ib_why_line (IB_COLOUR_PLAIN, _ ("No filter decided, so it is kept: %s"), plan);
    if (judgement->error != NULL)
        ib_why_line (IB_COLOUR_BAD, "%s", judgement->error);
}

static char *
targets (const IbStory *story)
{
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < story->files->len; i++)
        g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                                ((const IbStoryFile *) story->files->pdata[i])->folder);
    return g_string_free (text, FALSE);
}

/* What the user did, or a command, that told what the message is. */
static const char *
lesson_words (const IbLesson *lesson)
{
    static const struct {
        const char *why, *spam, *ham;
    } words[] = {
        { "moved", N_ ("You moved it: learned as spam."), N_ ("You moved it: learned as good mail.") },
        { "moved-on-server", N_ ("You moved it on its server: learned as spam."),
          N_ ("You moved it on its server: learned as good mail.") },
        { "undone", NULL, N_ ("You took it back from Junk: learned as good mail.") },
        { "read", NULL, N_ ("You read it and left it here: learned as good mail.") },
        { "answered", NULL, N_ ("You answered it: learned as good mail.") },
        { "filed", NULL, N_ ("You filed it: learned as good mail.") },
        { "left-in-junk", N_ ("You left it in Junk: learned as spam."), NULL },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
        const char *said = lesson->is_spam ? words[i].spam : words[i].ham;
        if (strcmp (words[i].why, lesson->why) == 0 && said != NULL)
            return _ (said);
    }
    return lesson->is_spam ? _ ("It was learned as spam.") : _ ("It was learned as good mail.");
}

static const struct {
    const char *name, *words;
} fates[] = {
    [IB_FATE_NOTHING] = { NULL, NULL },
    [IB_FATE_DELETED] = { "deleted", N_ ("It was deleted on its server.") },
    [IB_FATE_MOVED]
    = { "moved", N_ ("It was moved into another folder on its server, as the account wants it.") },
    [IB_FATE_JUNKED] = { "junked", N_ ("It was moved into Junk on its server.") },
    [IB_FATE_RESCUED] = { "rescued", N_ ("It was moved out of Junk on its server.") },
    [IB_FATE_GONE]
    = { "gone",
        N_ ("When it was to be deleted on its server, it was not there any more, other mail had its name, or the "
            "server did not say whether it was done.") },
    [IB_FATE_SPARED]
    = { "spared",
        N_ ("Nothing was done with it on its server: the number that it had there means other mail by now.") },
    [IB_FATE_TO_RESCUE]
    = { "to-rescue",
        N_ ("It is to be moved out of Junk on its server once it is found there, within a year. Where Junk is not looked "
            "through, move it in another mail program.") },
};

static void
print_result (const IbWhy *why)
{
    const IbStory *story = why->found->story;
    ib_why_head (_ ("What was done"));
    if (story == NULL) {
        ib_why_line (IB_COLOUR_PLAIN, _ ("Nothing: it did not come through here."));
        return;
    }
    g_autofree char *folders = targets (story);
    if (story->action == IB_STORY_DELIVER && *story->rule != '\0')
        ib_why_line (IB_COLOUR_PLAIN, _ ("It was delivered into %s by %s."), folders, story->rule);
    else if (story->action == IB_STORY_DELIVER)
        ib_why_line (IB_COLOUR_PLAIN, _ ("It was delivered into %s: no rule said otherwise."), folders);
    else if (story->action == IB_STORY_DISCARD)
        ib_why_line (IB_COLOUR_PLAIN, _ ("It was discarded by %s, and is held for 30 days."), story->rule);
    else
        ib_why_line (IB_COLOUR_PLAIN,
                     _ ("It is a twin of %.8s, which is here already, and is held for 30 days."),
                     story->twin_of != NULL ? story->twin_of : "?");
    if (*story->note != '\0')
        ib_why_line (IB_COLOUR_WARN, "%s", story->note);
    if (why->found->folder != NULL && strcmp (why->found->folder, folders) != 0)
        ib_why_line (IB_COLOUR_PLAIN, _ ("Now it stands in %s."), why->found->folder);
    if (fates[why->found->fate].words != NULL)
        ib_why_line (IB_COLOUR_PLAIN, "%s", _ (fates[why->found->fate].words));
    if (why->found->lesson != NULL)
        ib_why_line (IB_COLOUR_PLAIN, "%s", lesson_words (why->found->lesson));
    if (*story->rule != '\0')
        ib_why_line (IB_COLOUR_PLAIN, _ ("Without %s it would have gone on to the next rule."), story->rule);
}

void
ib_why_print (const IbWhy *why, const IbJudgement *judgement)
{
    print_message (why, judgement);
    print_path (why, judgement->origin->path);
    print_authentication (judgement->origin->authentication);
    ib_why_print_causes (why, judgement);
    print_verdict (why, judgement->verdict);
    print_rules (why, judgement);
    print_result (why);
    ib_why_print_remedies (why, judgement);
}

/* --- JSON ----------------------------------------------------------------------------------------------------- */

static void
begin (JsonBuilder *builder, const char *name)
{
    json_builder_set_member_name (builder, name);
    json_builder_begin_object (builder);
}

static void
begin_list (JsonBuilder *builder, const char *name)
{
    json_builder_set_member_name (builder, name);
    json_builder_begin_array (builder);
}

/* NULL for what is not known. */
static const char *
known (const char *text)
{
    return *text != '\0' ? text : NULL;
}

static void
source_json (JsonBuilder *builder, const IbStory *story)
{
    ib_json_text (builder, "id", story != NULL ? story->id : NULL);
    ib_json_text (builder, "account", story != NULL ? story->account : NULL);
    if (story == NULL) {
        ib_json_text (builder, "source", NULL);
        return;
    }
    g_autofree char *folder = ib_imap_name_to_utf8 (story->mailbox);
    begin (builder, "source");
    ib_json_text (builder, "folder", folder);
    if (story->uidl == NULL)
        ib_json_int (builder, "uid", story->uid);
    else
        ib_json_text (builder, "uid", NULL);
    ib_json_text (builder, "uidl", story->uidl);
    json_builder_end_object (builder);
}

static void
hop_json (JsonBuilder *builder, const IbHop *hop, bool is_believed)
{
    g_autoptr (GDateTime) date
        = hop->date_s != G_MININT64 ? g_date_time_new_from_unix_utc (hop->date_s) : NULL;
    g_autofree char *text = date != NULL ? g_date_time_format_iso8601 (date) : NULL;
    json_builder_begin_object (builder);
    ib_json_text (builder, "from", *hop->name != '\0' ? hop->name : known (hop->helo));
    ib_json_text (builder, "helo", known (hop->helo));
    ib_json_text (builder, "by", known (hop->by));
    ib_json_text (builder, "ip", known (hop->ip));
    ib_json_text (builder, "with", known (hop->with));
    ib_json_text (builder, "date", text);
    ib_json_bool (builder, "tls", hop->is_encrypted);
    ib_json_bool (builder, "trusted", is_believed);
    json_builder_end_object (builder);
}

static void
path_json (JsonBuilder *builder, const IbPath *path)
{
    begin_list (builder, "path");
    for (guint i = 0; i < path->hops->len; i++)
        hop_json (builder, path->hops->pdata[i], i < path->n_believed);
    json_builder_end_array (builder);

    const IbHop *entry = ib_path_entry_hop (path);
    begin (builder, "entry");
    ib_json_text (builder, "host",
                  entry != NULL ? known (entry->name) : NULL); /* never what it calls itself */
    ib_json_text (builder, "ip", entry != NULL ? known (entry->ip) : NULL);
    ib_json_text (builder, "by", entry != NULL ? known (entry->by) : NULL);
    ib_json_text (builder, "relay", path->relay);
    json_builder_set_member_name (builder, "matches_mx");
    if (path->mx == IB_MX_UNKNOWN)
        json_builder_add_null_value (builder);
    else
        json_builder_add_boolean_value (builder, path->mx == IB_MX_MATCHES);
    json_builder_end_object (builder);
}

static void
authentication_json (JsonBuilder *builder, const IbAuthentication *authentication)
{
    begin (builder, "authentication");
    ib_json_text (builder, "spf", known (authentication->spf.result));
    ib_json_text (builder, "dkim", known (authentication->dkim.result));
    ib_json_text (builder, "dmarc", known (authentication->dmarc.result));
    ib_json_text (builder, "arc", known (authentication->arc.result));
    ib_json_text (builder, "authserv_id", known (authentication->authserv_id));
    ib_json_text (builder, "from_domain", known (authentication->from_domain));
    ib_json_bool (builder, "proven", ib_authentication_is_proven (authentication));
    json_builder_end_object (builder);
}

static void
rules_json (JsonBuilder *builder, const IbTrace *trace)
{
    begin_list (builder, "rules");
    for (guint i = 0; i < trace->steps->len; i++) {
        const IbTraceStep *step = trace->steps->pdata[i];
        if (step->kind != IB_TRACE_ACTION && step->kind != IB_TRACE_TEST)
            continue;
        json_builder_begin_object (builder);
        ib_json_text (builder, "script", step->script);
        ib_json_int (builder, "line", step->line);
        ib_json_text (builder, "kind", ib_trace_kind_name (step->kind));
        ib_json_text (builder, "what", step->what);
        ib_json_text (builder, "value", ib_trace_step_value (step));
        ib_json_bool (builder, "result", step->result);
        json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
}

static void
result_json (JsonBuilder *builder, const IbFoundMessage *found)
{
    const IbStory *story = found->story;
    bool is_delivered = story != NULL && story->action == IB_STORY_DELIVER && story->files->len > 0;
    begin (builder, "result");
    ib_json_text (builder, "target",
                  is_delivered ? ((const IbStoryFile *) story->files->pdata[0])->folder : NULL);
    ib_json_text (builder, "path", strcmp (found->path, "-") != 0 ? found->path : NULL);
    ib_json_text (builder, "folder", found->folder);
    ib_json_text (builder, "action", story != NULL ? ib_story_action_name (story->action) : NULL);
    ib_json_text (builder, "rule", story != NULL ? known (story->rule) : NULL);
    json_builder_end_object (builder);
}

static void
learned_json (JsonBuilder *builder, const IbLesson *lesson)
{
    if (lesson == NULL) {
        ib_json_text (builder, "learned", NULL);
        return;
    }
    begin (builder, "learned");
    ib_json_text (builder, "as", lesson->is_spam ? "spam" : "ham");
    ib_json_text (builder, "why", lesson->why);
    json_builder_end_object (builder);
}

void
ib_why_print_json (const IbWhy *why, const IbJudgement *judgement)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    source_json (builder, why->found->story);
    ib_json_text (builder, "subject", judgement->subject);
    ib_json_text (builder, "from", judgement->from);
    ib_json_text (builder, "message_id", known (judgement->message_id));
    ib_json_text (builder, "kind", ib_mail_kind_name (judgement->origin->kind));
    path_json (builder, judgement->origin->path);
    ib_json_text (builder, "recipient", known (judgement->signals->recipient));
    ib_json_text (builder, "server_filter", known (judgement->signals->server_filter));
    ib_why_causes_json (why, judgement, builder);
    authentication_json (builder, judgement->origin->authentication);
    ib_verdict_json (builder, judgement->verdict);
    rules_json (builder, judgement->trace);
    ib_plan_json (builder, judgement->plan);
    result_json (builder, why->found);
    ib_json_text (builder, "on_server", fates[why->found->fate].name);
    learned_json (builder, why->found->lesson);
    ib_json_text (builder, "error", judgement->error);
    json_builder_end_object (builder);
    ib_print_json (builder);
}
