/* What becomes of a message: marks, the scripts' order, and the bytes that are delivered.
 *
 * tests/mail/golden/NAME.eml are letters, NAME.judgement what is judged of each with all shipped filters. A change that
 * is meant: IB_TEST_UPDATE=1 writes the judgements anew; read the difference before it is committed. */
#include "judge.h"
#include "mail-limits.h"
#include "message.h"

#include <gmime/gmime.h>
#include <math.h>
#include <string.h>
#include <time.h>

#define OWN "X-Inbasket-Id: 17\nX-Inbasket-Account: home\nX-Inbasket-Verdict: unsure\n"

static IbFacts *
facts_new (const char *const *scripts)
{
    IbFacts *facts = ib_facts_new ();
    g_free (facts->id);
    facts->id = g_strdup ("17");
    g_free (facts->account);
    facts->account = g_strdup ("home");
    g_strfreev (facts->scripts);
    facts->scripts = g_strdupv ((char **) scripts);
    facts->annotates = true;
    return facts;
}

static const char *const no_scripts[] = { NULL };

/* "keep INBOX", "fileinto Lists \Seen", "discard" ..., parted by ", "; an implicit keep in brackets. */
static char *
render_actions (const IbPlan *plan)
{
    g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; i < plan->actions->len; i++) {
        const IbAction *action = plan->actions->pdata[i];
        g_autofree char *flags = g_strjoinv (" ", action->flags);
        g_autofree char *phrase
            = g_strconcat (ib_action_name (action->kind), *action->mailbox != '\0' ? " " : "",
                           action->mailbox, *flags != '\0' ? " " : "", flags, NULL);
        g_ptr_array_add (words, action->is_implicit ? g_strdup_printf ("(%s)", phrase) : g_strdup (phrase));
    }
    g_ptr_array_add (words, NULL);
    return g_strjoinv (", ", (char **) words->pdata);
}

/* What delivery writes. */
static GString *
apply (const IbPlan *plan, const char *bytes, gsize length)
{
    GString *file = g_string_new (NULL);
    if (plan->segments->len == 0)
        return g_string_append_len (file, bytes, (gssize) length);
    for (guint i = 0; i < plan->segments->len; i++) {
        const IbSegment *segment = &g_array_index (plan->segments, IbSegment, i);
        if (segment->literal != NULL) {
            gsize size;
            const char *literal = g_bytes_get_data (segment->literal, &size);
            g_string_append_len (file, literal, (gssize) size);
        } else {
            g_assert_cmpuint (segment->offset + segment->length, <=, length);
            g_string_append_len (file, bytes + segment->offset, (gssize) segment->length);
        }
    }
    return file;
}

/* ── marks ── */

static const struct {
    const char *name, *field, *evidence;
} marks[] = {
    { "none", "Subject: a", NULL },
    { "flag", "X-Spam-Flag: YES", "X-Spam-Flag" },
    { "flag-lower-case", "x-spam-flag: yes", "X-Spam-Flag" },
    { "flag-no", "X-Spam-Flag: NO", NULL },
    { "status", "X-Spam-Status: Yes, score=15.2 required=5.0", "X-Spam-Status" },
    { "status-folded", "X-Spam-Status:\n\tYes, score=15.2", "X-Spam-Status" },
    { "status-no", "X-Spam-Status: No, score=1.2, tests=YES", NULL },
    { "level", "X-Spam-Level: *****", NULL },
    { "spam", "X-Spam: Yes", "X-Spam" },
    { "rspamd", "X-Spamd-Result: default: True [15.10 / 15.00]", "X-Spamd-Result" },
    { "rspamd-false", "X-Spamd-Result: default: False [1.10 / 15.00]; X(0.00)[True]", NULL },
    { "rspamd-action", "X-Rspamd-Action: add header", "X-Rspamd-Action" },
    { "rspamd-no-action", "X-Rspamd-Action: no action", NULL },
    { "forefront", "X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:;SCL:5;SFV:SPM;H:x;",
      "X-Forefront-Antispam-Report" },
    { "forefront-blocked", "X-Forefront-Antispam-Report: SFV:SKB", "X-Forefront-Antispam-Report" },
    { "forefront-clean", "X-Forefront-Antispam-Report: SCL:1;SFV:NSPM;", NULL },
    { "scl-5", "X-MS-Exchange-Organization-SCL: 5", "X-MS-Exchange-Organization-SCL" },
    { "scl-4", "X-MS-Exchange-Organization-SCL: 4", NULL },
    { "scl-nonsense", "X-MS-Exchange-Organization-SCL: high", NULL },
    { "outlook-junk", "X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:0;auth:0;dest:J;",
      "X-Microsoft-Antispam-Mailbox-Delivery" },
    { "outlook-inbox", "X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:0;auth:0;dest:I;", NULL },
    { "gandi", "X-GND-Status: SPAM", "X-GND-Status" },
    { "gandi-legit", "X-GND-Status: LEGIT", NULL },
    { "gmx", "X-GMX-Antispam: 6 (nemesis text profiler)", "X-GMX-Antispam" },
    { "gmx-clean", "X-GMX-Antispam: 0 (Mail was not recognized as spam)", NULL },
    { "ionos", "X-UI-Filterresults: junk:10;V03:K0:", "X-UI-Filterresults" },
    { "ionos-clean", "X-UI-Filterresults: notjunk:1;V03:K0:", NULL },
    { "twice", "X-Spam-Flag: YES\nX-Spam-Flag: YES\nX-Spam-Status: Yes", "X-Spam-Flag, X-Spam-Status" },
    { "in-the-body", "Subject: a\n\nX-Spam-Flag: YES", NULL },
};

static char *
details_of (const IbEvidence *evidence)
{
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < evidence->details->len; i++)
        g_string_append_printf (text, "%s%s", i > 0 ? " | " : "",
                                ((const IbEvidenceDetail *) evidence->details->pdata[i])->text);
    return g_string_free (text, FALSE);
}

static void
mark_is_seen (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree char *bytes = g_strconcat (marks[i].field, "\n\nbody\n", NULL);
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = facts_new (no_scripts);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes, strlen (bytes), facts, false);

    g_assert_cmpint (judgement->verdict->kind, ==, IB_VERDICT_UNSURE);
    g_assert_true (isnan (judgement->verdict->probability));
    g_assert_cmpuint (judgement->verdict->evidence->len, ==, marks[i].evidence != NULL ? 1 : 0);
    if (marks[i].evidence == NULL)
        return;
    const IbEvidence *evidence = judgement->verdict->evidence->pdata[0];
    g_autofree char *details = details_of (evidence);
    g_assert_cmpstr (evidence->feature, ==, "provider-mark");
    g_assert_cmpstr (details, ==, marks[i].evidence);
}

static void
junk_folder_is_a_mark (void)
{
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = facts_new (no_scripts);
    g_free (facts->server_use);
    facts->server_use = g_strdup ("Junk");
    g_free (facts->server_folder);
    facts->server_folder = g_strdup ("Correo no deseado");
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, "X-Spam: yes\n\n", 13, facts, false);

    g_assert_cmpuint (judgement->verdict->evidence->len, ==, 1);
    const IbEvidence *evidence = judgement->verdict->evidence->pdata[0];
    g_autofree char *details = details_of (evidence);
    g_assert_cmpstr (details, ==, "X-Spam | Correo no deseado");
}

/* ── scripts in order ── */

#define MISSING "(missing)"

static const struct {
    const char *name;
    const char *scripts[3]; /* texts of one.sieve, two.sieve, three.sieve */
    const char *flags;      /* on the server */
    const char *actions, *rule, *error;
} runs[] = {
    { "no-script", { NULL }, "", "(keep INBOX)", "", NULL },
    { "empty-script", { "" }, "", "(keep INBOX)", "", NULL },
    { "server-flags", { NULL }, "\\Seen \\Flagged", "(keep INBOX \\Seen \\Flagged)", "", NULL },
    { "fileinto",
      { "require \"fileinto\";\nfileinto \"Lists\";" },
      "",
      "fileinto Lists",
      "one.sieve:2",
      NULL },
    { "fileinto-flags",
      { "require \"fileinto\";\nfileinto \"Lists\";" },
      "\\Seen",
      "fileinto Lists \\Seen",
      "one.sieve:2",
      NULL },
    { "second-decides",
      { "stop;", "require \"fileinto\";\n\nfileinto \"A\";" },
      "",
      "fileinto A",
      "two.sieve:3",
      NULL },
    { "first-decides",
      { "require \"fileinto\"; fileinto \"A\";", "discard;" },
      "",
      "fileinto A",
      "one.sieve:1",
      NULL },
    { "keep-decides", { "keep;", "discard;" }, "", "keep INBOX", "one.sieve:1", NULL },
    { "two-folders",
      { "require \"fileinto\"; fileinto \"A\"; fileinto \"B\";" },
      "\\Seen",
      "fileinto A \\Seen, fileinto B \\Seen",
      "one.sieve:1",
      NULL },
    { "one-folder-twice",
      { "require \"fileinto\"; fileinto \"A\"; fileinto \"A\";" },
      "",
      "fileinto A",
      "one.sieve:1",
      NULL },
    { "keep-is-the-inbox",
      { "require \"fileinto\"; keep; fileinto \"INBOX\";" },
      "",
      "keep INBOX",
      "one.sieve:1",
      NULL },
    { "slash-is-a-dot",
      { "require \"fileinto\"; fileinto \"A/b\"; fileinto \"A.b\";" },
      "",
      "fileinto A.b",
      "one.sieve:1",
      NULL },
    { "discard", { "discard;" }, "", "discard", "one.sieve:1", NULL },
    { "discard-beside-keep", { "discard; keep;" }, "", "keep INBOX", "one.sieve:1", NULL },
    { "discard-beside-fileinto",
      { "require \"fileinto\"; fileinto \"A\"; discard;" },
      "",
      "fileinto A",
      "one.sieve:1",
      NULL },
    { "copy-then-file",
      { "require [\"fileinto\", \"copy\"]; fileinto :copy \"A\";", "require \"fileinto\"; fileinto \"A\";" },
      "",
      "fileinto A",
      "two.sieve:1",
      NULL },
    { "copy-goes-on",
      { "require [\"fileinto\", \"copy\"]; fileinto :copy \"A\";", "" },
      "\\Seen",
      "fileinto A \\Seen, (keep INBOX \\Seen)",
      "",
      NULL },
    { "copy-into-the-inbox",
      { "require [\"fileinto\", \"copy\"]; fileinto :copy \"INBOX\";" },
      "",
      "fileinto INBOX",
      "",
      NULL },
    { "missing",
      { MISSING },
      "",
      "(keep INBOX)",
      "",
      "one.sieve: there is no such filter, or it has errors" },
    { "missing-second",
      { "stop;", MISSING },
      "\\Seen",
      "(keep INBOX \\Seen)",
      "",
      "two.sieve: there is no such filter, or it has errors" },
    { "missing-unreached", { "discard;", MISSING }, "", "discard", "one.sieve:1", NULL },
};

static const char *const script_names[] = { "one.sieve", "two.sieve", "three.sieve" };

static IbFacts *
add_scripts (IbJudge *judge, const char *const texts[3])
{
    const char *names[4] = { NULL };
    for (gsize k = 0; k < 3 && texts[k] != NULL; k++) {
        g_autoptr (GError) error = NULL;
        names[k] = script_names[k];
        if (!g_str_equal (texts[k], MISSING))
            ib_judge_add_script (judge, names[k], texts[k], strlen (texts[k]), &error);
        g_assert_no_error (error);
    }
    return facts_new (names);
}

static void
scripts_run_in_order (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    const char *bytes = "Subject: a\n\nbody\n";
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = add_scripts (judge, runs[i].scripts);
    g_strfreev (facts->flags);
    facts->flags = g_strsplit (runs[i].flags, " ", -1);
    if (*runs[i].flags == '\0')
        g_clear_pointer (&facts->flags[0], g_free);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes, strlen (bytes), facts, false);

    g_autofree char *actions = render_actions (judgement->plan);
    g_assert_cmpstr (actions, ==, runs[i].actions);
    g_assert_cmpstr (judgement->rule, ==, runs[i].rule);
    g_assert_cmpstr (judgement->error, ==, runs[i].error);
}

/* More actions than are allowed is an error at run time: nothing of the script counts, and the next is not asked. */
static void
failed_script_keeps (void)
{
    g_autoptr (GString) text = g_string_new ("require \"fileinto\";\n");
    for (guint i = 0; i <= IB_LIMIT_ACTIONS; i++)
        g_string_append_printf (text, "fileinto \"f%u\";\n", i);
    const char *texts[3] = { text->str, "discard;" };
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = add_scripts (judge, texts);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, "A: b\n\n", 6, facts, false);

    g_autofree char *actions = render_actions (judgement->plan);
    g_assert_cmpstr (actions, ==, "(keep INBOX)");
    g_assert_cmpstr (judgement->rule, ==, "");
    g_assert_nonnull (judgement->error);
    g_assert_true (g_str_has_prefix (judgement->error, "one.sieve:34:"));
}

/* Each script alone is within the limit. */
static void
actions_of_all_scripts_are_bounded (void)
{
    g_autoptr (GString) text = g_string_new ("require [\"fileinto\", \"copy\"];\n");
    for (guint i = 0; i < IB_LIMIT_ACTIONS; i++)
        g_string_append_printf (text, "fileinto :copy \"f%u\";\n", i);
    const char *texts[3] = { text->str, "require \"fileinto\"; fileinto \"one more\";" };
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = add_scripts (judge, texts);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, "A: b\n\n", 6, facts, false);

    g_autofree char *actions = render_actions (judgement->plan);
    g_assert_cmpstr (actions, ==, "(keep INBOX)");
    g_assert_cmpstr (judgement->rule, ==, "");
    g_assert_cmpstr (judgement->error, ==, "the filters ask for more than 32 actions in all");
}

static void
account_folder_is_kept_in (void)
{
    const char *texts[3] = { "keep;" };
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = add_scripts (judge, texts);
    g_free (facts->account_folder);
    facts->account_folder = g_strdup ("Work.in");
    g_autoptr (IbJudgement) explicit = ib_judge_message (judge, "A: b\n\n", 6, facts, false);
    g_autofree char *actions = render_actions (explicit->plan);
    g_assert_cmpstr (actions, ==, "keep Work.in");

    g_clear_pointer (&facts->scripts[0], g_free);
    g_autoptr (IbJudgement) implicit = ib_judge_message (judge, "A: b\n\n", 6, facts, false);
    g_autofree char *kept = render_actions (implicit->plan);
    g_assert_cmpstr (kept, ==, "(keep Work.in)");
}

static void
nothing_is_lost_by_redirect (void)
{
    const char *texts[3] = { "redirect \"anna@example.org\";" };
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = add_scripts (judge, texts);
    g_autoptr (IbJudgement) real = ib_judge_message (judge, "A: b\n\n", 6, facts, false);
    g_autofree char *actions = render_actions (real->plan);
    g_assert_cmpstr (actions, ==, "redirect anna@example.org, (keep INBOX)");

    *facts->id = '\0';
    g_autoptr (IbJudgement) dry = ib_judge_message (judge, "A: b\n\n", 6, facts, false);
    g_autofree char *dry_actions = render_actions (dry->plan);
    g_assert_cmpstr (dry_actions, ==, "redirect anna@example.org");
}

static void
broken_script_leaves_the_old_one (void)
{
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (GError) error = NULL;
    g_assert_true (ib_judge_add_script (judge, "one.sieve", "discard;", 8, NULL));
    g_assert_false (ib_judge_add_script (judge, "one.sieve", "discard", 7, &error));
    g_assert_nonnull (error);
    g_assert_true (g_str_has_prefix (error->message, "one.sieve:1:"));

    const char *names[] = { "one.sieve", NULL };
    g_autoptr (IbFacts) facts = facts_new (names);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, "A: b\n\n", 6, facts, false);
    g_autofree char *actions = render_actions (judgement->plan);
    g_assert_cmpstr (actions, ==, "discard");
}

static void
trace_is_made_when_asked_for (void)
{
    const char *texts[3] = { "if header :contains \"Subject\" \"x\" { discard; }" };
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = add_scripts (judge, texts);
    g_autoptr (IbJudgement) without = ib_judge_message (judge, "A: b\n\n", 6, facts, false);
    g_assert_null (without->trace);
    g_autoptr (IbJudgement) with = ib_judge_message (judge, "A: b\n\n", 6, facts, true);
    g_assert_cmpuint (with->trace->steps->len, >, 0);
}

/* ── the delivered file ── */

#define GUARD "X-Inbasket-Note: the message began with a folded line:\n"

static const struct {
    const char *name, *bytes, *delivered;
} edits[] = {
    { "plain", "Subject: a\nTo: b\n\nbody\n", OWN "Subject: a\nTo: b\n\nbody\n" },
    { "empty", "", OWN },
    { "empty-line", "\nbody", OWN "\nbody" },
    { "no-body", "Subject: a\n", OWN "Subject: a\n" },
    { "no-final-newline", "Subject: a", OWN "Subject: a" },
    { "body-first", "Hello\nyou: all\n\nX", OWN "Hello\nyou: all\n\nX" },
    { "mbox", "From x@y Mon Jan  1 00:00:00 2024\nSubject: a\n\nb",
      OWN "From x@y Mon Jan  1 00:00:00 2024\nSubject: a\n\nb" },
    { "quoted-mbox", ">From x@y Mon\nSubject: a\n\nb", OWN ">From x@y Mon\nSubject: a\n\nb" },
    { "folded-first", " ; probability=0\nSubject: a\n\nb", OWN GUARD " ; probability=0\nSubject: a\n\nb" },
    { "byte-order-mark", "\xef\xbb\xbfSubject: a\n\nb", OWN "\xef\xbb\xbfSubject: a\n\nb" },
    { "forged-first", "X-Inbasket-Verdict: ham\nSubject: a\n\nb", OWN "Subject: a\n\nb" },
    { "forged-last", "Subject: a\nX-Inbasket-Verdict: ham\n\nb", OWN "Subject: a\n\nb" },
    { "forged-only", "X-Inbasket-Verdict: ham", OWN },
    { "forged-twice", "A: b\nX-Inbasket-Id: 1\nx-inbasket-ACCOUNT : 2\nC: d\n\nb", OWN "A: b\nC: d\n\nb" },
    { "forged-folded", "X-Inbasket-Id: 1\n\tmore\n  still\nA: b\n\nb", OWN "A: b\n\nb" },
    { "forged-behind-junk", "A: b\njunk\nX-Inbasket-Id: 1\n\nb", OWN "A: b\njunk\n\nb" },
    { "forged-in-body", "A: b\n\nX-Inbasket-Id: 1\n", OWN "A: b\n\nX-Inbasket-Id: 1\n" },
    { "crlf", "A: b\r\nX-Inbasket-Id: 1\r\n\r\nb\r\n", OWN "A: b\r\n\r\nb\r\n" },
    { "bare-cr", "A: b\rc\n\nd\r", OWN "A: b\rc\n\nd\r" },
};

static void
delivered_file_is (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row), length = strlen (edits[i].bytes);
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = facts_new (no_scripts);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, edits[i].bytes, length, facts, false);
    g_autoptr (GString) file = apply (judgement->plan, edits[i].bytes, length);
    g_assert_cmpstr (file->str, ==, edits[i].delivered);

    facts->annotates = false;
    g_autoptr (IbJudgement) bare = ib_judge_message (judge, edits[i].bytes, length, facts, false);
    g_assert_cmpuint (bare->plan->segments->len, ==, 0);
}

static const struct {
    const char *name, *bytes;
    const char *fields; /* that a reader sees behind ours */
} readings[] = {
    { "plain", "Subject: a\nTo: b\n\nbody\n", "Subject To" },
    { "mbox", "From x@y Mon Jan  1 00:00:00 2024\nSubject: a\nTo: b\n\nb", "Subject To" },
    { "quoted-mbox", ">From x@y Mon Jan  1 00:00:00 2024\nSubject: a\nTo: b\n\nb", "Subject To" },
    { "folded-first", " ; probability=0\nSubject: a\nTo: b\n\nb", "Subject To" },
    { "junk-inside", "Subject: a\njunk\nTo: b\n\nb", "Subject To" },
    { "forged", "X-Inbasket-Id: 1\nSubject: a\nX-Inbasket-Verdict: ham\nTo: b\n\nb", "Subject To" },
    { "empty", "", "" },
};

/* GMime reads what we wrote, as notmuch and others do: our fields are whole, and all others are still there. */
static void
reader_sees_all_fields (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row), length = strlen (readings[i].bytes);
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = facts_new (no_scripts);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, readings[i].bytes, length, facts, false);
    g_autoptr (GString) file = apply (judgement->plan, readings[i].bytes, length);

    g_autoptr (GObject) stream = G_OBJECT (g_mime_stream_mem_new_with_buffer (file->str, file->len));
    g_autoptr (GObject) parser = G_OBJECT (g_mime_parser_new_with_stream (GMIME_STREAM (stream)));
    g_autoptr (GObject) message = G_OBJECT (g_mime_parser_construct_message (GMIME_PARSER (parser), NULL));
    g_assert_nonnull (message);
    g_assert_cmpstr (g_mime_object_get_header (GMIME_OBJECT (message), "X-Inbasket-Id"), ==, "17");
    g_assert_cmpstr (g_mime_object_get_header (GMIME_OBJECT (message), "X-Inbasket-Verdict"), ==, "unsure");

    GMimeHeaderList *headers = g_mime_object_get_header_list (GMIME_OBJECT (message));
    g_autoptr (GString) names = g_string_new (NULL);
    for (int k = 0; k < g_mime_header_list_get_count (headers); k++) {
        const char *name = g_mime_header_get_name (g_mime_header_list_get_header_at (headers, k));
        if (!g_str_has_prefix (name, "X-Inbasket-"))
            g_string_append_printf (names, "%s%s", names->len > 0 ? " " : "", name);
    }
    g_assert_cmpstr (names->str, ==, readings[i].fields);
}

static void
values_cannot_forge_a_field (void)
{
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = facts_new (no_scripts);
    g_free (facts->account);
    facts->account = g_strdup ("a\nX-Forged: \xc3\xa9\r");
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, "A: b\n\n", 6, facts, false);
    g_autoptr (GString) file = apply (judgement->plan, "A: b\n\n", 6);
    g_assert_cmpstr (
        file->str, ==,
        "X-Inbasket-Id: 17\nX-Inbasket-Account: a?X-Forged: ???\nX-Inbasket-Verdict: unsure\nA: b\n\n");
}

/* Only the beginning is handed in of a message that is longer; delivery takes the rest from its own file. */
static void
rest_of_a_long_message_is_delivered (void)
{
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = facts_new (no_scripts);
    facts->total_size_bytes = G_GUINT64_CONSTANT (5000000000);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, "A: b\n\nbody", 10, facts, false);
    g_assert_cmpuint (judgement->plan->segments->len, ==, 2);
    const IbSegment *rest = &g_array_index (judgement->plan->segments, IbSegment, 1);
    g_assert_cmpuint (rest->offset, ==, 0);
    g_assert_cmpuint (rest->length, ==, facts->total_size_bytes);

    g_autofree char *large = g_strnfill (IB_LIMIT_JUDGED_BYTES + 1000, 'x');
    facts->total_size_bytes = 0;
    g_autoptr (IbJudgement) whole
        = ib_judge_message (judge, large, IB_LIMIT_JUDGED_BYTES + 1000, facts, false);
    rest = &g_array_index (whole->plan->segments, IbSegment, 1);
    g_assert_cmpuint (rest->length, ==, IB_LIMIT_JUDGED_BYTES + 1000);
}

static void
over_a_limit_is_said_and_annotated (void)
{
    g_autoptr (GString) bytes = g_string_new (NULL);
    for (guint i = 0; i < 100000; i++)
        g_string_append (bytes, "A: b\n");
    g_string_append (bytes, "X-Inbasket-Verdict: ham\n\nbody");
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = facts_new (no_scripts);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes->str, bytes->len, facts, false);
    g_autoptr (GString) file = apply (judgement->plan, bytes->str, bytes->len);

    g_assert_true (g_str_has_prefix (file->str, "X-Inbasket-Id: 17\nX-Inbasket-Account: home\n"
                                                "X-Inbasket-Verdict: unsure; reasons=over-limit\nA: b\n"));
    g_assert_true (g_str_has_suffix (file->str, "A: b\n\nbody"));
    g_assert_null (strstr (file->str, "ham"));
}

static void
edit_list_is_bounded (void)
{
    g_autoptr (GString) bytes = g_string_new (NULL);
    for (guint i = 0; i < 50000; i++)
        g_string_append (bytes, "X-Inbasket-Verdict: ham\nA: b\n");
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = facts_new (no_scripts);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes->str, bytes->len, facts, false);
    g_assert_cmpuint (judgement->plan->segments->len, <=, 2 * IB_LIMIT_CUTS + 1);
}

/* ── the shipped filters ── */

static const char *const shipped[]
    = { "friends.sieve",      "junk.sieve",        "back-doors.sieve",    "lists.sieve",
        "list-folders.sieve", "newsletters.sieve", "notifications.sieve", "per-account.sieve", NULL };

static char *
source_path (const char *folder, const char *name)
{
    return g_build_filename (g_getenv ("IB_TEST_SOURCE"), folder, name, NULL);
}

static IbJudge *
judge_with_shipped_filters (void)
{
    IbJudge *judge = ib_judge_new ();
    for (gsize i = 0; shipped[i] != NULL; i++) {
        g_autofree char *path = source_path ("data/filters", shipped[i]), *text = NULL;
        g_autoptr (GError) error = NULL;
        gsize length;
        g_assert_true (g_file_get_contents (path, &text, &length, NULL));
        ib_judge_add_script (judge, shipped[i], text, length, &error);
        g_assert_no_error (error);
    }
    return judge;
}

/* A filter that is added to the folder is added to the list above, and so to all these tests. */
static void
every_shipped_filter_is_tested (void)
{
    g_autofree char *path = source_path ("data", "filters");
    g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
    g_assert_nonnull (folder);
    for (const char *name; (name = g_dir_read_name (folder)) != NULL;)
        g_assert_true (!g_str_has_suffix (name, ".sieve") || g_strv_contains (shipped, name));
}

static const struct {
    const char *name, *header, *actions;
} sortings[] = {
    { "person", "From: a@b.example\nTo: c@d.example", "(keep INBOX)" },
    { "spam", "X-Spam-Flag: YES", "fileinto Junk" },
    { "spam-on-a-list", "List-Id: <choir.example>\nList-Post: <mailto:choir@b.example>\nX-Spam-Flag: YES",
      "fileinto Junk" },
    { "list",
      "List-Id: <choir.b.example>\nList-Post: <mailto:choir@b.example>\nList-Unsubscribe: <x>\nPrecedence: list",
      "fileinto Lists" },
    { "list-without-post", "List-Id: <choir.b.example>\nPrecedence: list", "fileinto Lists" },
    { "newsletter", "List-Id: <weekly.b.example>\nList-Unsubscribe: <https://b.example/u>\nPrecedence: bulk",
      "fileinto Newsletters" },
    { "newsletter-bare", "List-Unsubscribe: <https://b.example/u>", "fileinto Newsletters" },
    { "bulk", "From: news@b.example\nPrecedence: Bulk", "fileinto Newsletters" },
    { "holiday", "From: a@b.example\nPrecedence: bulk\nAuto-Submitted: auto-replied", "(keep INBOX)" },
    { "bounce", "From: MAILER-DAEMON@b.example\nPrecedence: bulk", "(keep INBOX)" },
    { "notification", "From: shop@b.example\nAuto-Submitted: auto-generated", "fileinto Notifications" },
    { "no-reply", "From: \"Shop\" <No-Reply@b.example>", "fileinto Notifications" },
    { "issue", "From: someone@b.example\nX-GitHub-Reason: mention", "fileinto Notifications" },
    { "name-is-no-reply", "From: \"noreply\" <anna@b.example>", "(keep INBOX)" },
    { "account", "To: Anna <Anna@Work.example>", "fileinto Work" },
    { "account-domain", "Cc: x@y.example, b@choir.example", "fileinto Choir" },
    { "account-bcc", "To: x@y.example\nDelivered-To: me@old.example", "fileinto Old" },
};

static void
shipped_filters_sort (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree char *bytes = g_strconcat (sortings[i].header, "\nSubject: s\n\nbody\n", NULL);
    g_autoptr (IbJudge) judge = judge_with_shipped_filters ();
    g_autoptr (IbFacts) facts = facts_new (shipped);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes, strlen (bytes), facts, false);
    g_autofree char *actions = render_actions (judgement->plan);
    g_assert_cmpstr (judgement->error, ==, NULL);
    g_assert_cmpstr (actions, ==, sortings[i].actions);
}

/* What path and authentication say reaches the scripts, and what speaks against the message is said. */
static void
origin_is_told (void)
{
    static const char bytes[]
        = "Authentication-Results: mx.here.example; dmarc=fail header.from=bank.example\n"
          "Received: from a (evil.example [203.0.113.5]) by mx.here.example (Postfix) with ESMTP id 1\n"
          "From: \"help@bank.example\" <x@bank.example>\n\n";
    static const char script[] = "require [\"environment\", \"fileinto\", \"variables\"];\n"
                                 "if allof (environment \"vnd.inbasket.entry-ip\" \"203.0.113.5\",\n"
                                 "          environment \"vnd.inbasket.kind\" \"personal\",\n"
                                 "          environment \"vnd.inbasket.authentication\" \"sender=refuted\",\n"
                                 "          environment \"vnd.inbasket.evidence\" \"unproven-sender\",\n"
                                 "          environment :matches \"vnd.inbasket.entry-host\" \"*.example\") {\n"
                                 "    fileinto \"${1}\";\n"
                                 "}\n";
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_assert_true (ib_judge_add_script (judge, "s.sieve", script, strlen (script), NULL));
    g_autoptr (IbFacts) facts = facts_new ((const char *[]){ "s.sieve", NULL });
    g_strfreev (facts->authserv_ids);
    facts->authserv_ids = g_strsplit ("mx.here.example", " ", -1);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes, strlen (bytes), facts, true);
    g_autofree char *actions = render_actions (judgement->plan);
    g_autofree char *verdict = ib_verdict_field (judgement->verdict);
    g_assert_cmpstr (judgement->error, ==, NULL);
    g_assert_cmpstr (actions, ==, "fileinto evil");
    g_assert_cmpstr (verdict, ==, "unsure; reasons=unproven-sender");
    g_assert_cmpstr (ib_path_entry_host (judgement->origin->path), ==, "evil.example");
}

static void
junk_folder_goes_to_junk (void)
{
    g_autoptr (IbJudge) judge = judge_with_shipped_filters ();
    g_autoptr (IbFacts) facts = facts_new (shipped);
    g_free (facts->server_use);
    facts->server_use = g_strdup ("Junk");
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, "A: b\n\n", 6, facts, false);
    g_autofree char *actions = render_actions (judgement->plan);
    g_assert_cmpstr (actions, ==, "fileinto Junk");
    g_assert_true (g_str_has_prefix (judgement->rule, "junk.sieve:"));
}

/* Who is in the list is kept, whatever the filters behind think, unless his own domain disowns the message. */
static const struct {
    const char *name, *from, *authentication, *actions;
} friends[] = {
    { "known", "Anna <Anna@Example.org>", NULL, "keep INBOX" },
    { "known-and-proven", "anna@example.org", "dmarc=pass", "keep INBOX" },
    { "forged", "anna@example.org", "dmarc=fail", "fileinto Junk" },
    { "stranger", "carl@example.org", NULL, "fileinto Junk" },
    { "in-the-name-only", "\"anna@example.org\" <carl@example.org>", NULL, "fileinto Junk" },
};

static void
friends_are_kept (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree char *bytes = g_strdup_printf (
        "Authentication-Results: mx.here.example; %s\nFrom: %s\nX-Spam-Flag: YES\n\nbody\n",
        friends[i].authentication != NULL ? friends[i].authentication : "none", friends[i].from);
    static const char list[] = "# people\nben@example.org\nanna@example.org\n";
    g_autoptr (IbJudge) judge = judge_with_shipped_filters ();
    g_autoptr (IbFacts) facts = facts_new (shipped);
    g_strfreev (facts->authserv_ids);
    facts->authserv_ids = g_strsplit ("mx.here.example", " ", -1);
    facts->lists = ib_lists_new ();
    g_autoptr (GBytes) text = g_bytes_new_static (list, strlen (list));
    ib_lists_add (facts->lists, "friends", text);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes, strlen (bytes), facts, false);
    g_autofree char *actions = render_actions (judgement->plan);
    g_assert_cmpstr (actions, ==, friends[i].actions);
}

/* "known": the user writes with the one that From names, as far as anybody can tell. */
static const struct {
    const char *name, *from, *authentication, *sender;
} senders[] = {
    { "writes-with", "Ben <Ben@Example.org>", "none", "known" },
    { "address-book", "Anna <anna@example.org>", "none", "known" },
    { "proven", "ben@example.org", "dmarc=pass header.from=example.org", "known" },
    { "refuted", "ben@example.org", "dmarc=fail header.from=example.org", "" },
    { "stranger", "carl@example.org", "none", "" },
    { "in-the-name-only", "\"ben@example.org\" <carl@example.org>", "none", "" },
    { "one-of-two-authors", "ben@example.org, carl@example.org", "none", "" },
    { "own-address", "me@here.example", "none", "" },
    { "nobody", "", "none", "" },
};

static void
senders_are_known (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree char *bytes = g_strdup_printf ("Authentication-Results: mx.here.example; %s\nFrom: %s\n\nbody\n",
                                              senders[i].authentication, senders[i].from);
    static const char list[] = "anna@example.org\n", people[] = "ben@example.org Ben\nme@here.example Me\n";
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_autoptr (IbFacts) facts = facts_new ((const char *[]){ NULL });
    g_strfreev (facts->authserv_ids);
    facts->authserv_ids = g_strsplit ("mx.here.example", " ", -1);
    ib_facts_set_list (&facts->own_addresses, g_strsplit ("me@here.example", " ", -1));
    facts->lists = ib_lists_new ();
    g_autoptr (GBytes) text = g_bytes_new_static (list, strlen (list));
    ib_lists_add (facts->lists, "addrbook", text);
    facts->people = g_bytes_new_static (people, strlen (people));
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes, strlen (bytes), facts, 0);
    g_assert_cmpstr (judgement->signals->sender, ==, senders[i].sender);
}

/* By which door strangers' mail came, and whose it is. The first hop is the user's server, mail.here.example. */
#define FROM_RELAY "Received: from r (relay.example [198.51.100.7]) by mail.here.example (Postfix) with ESMTP id 2\n"
#define AT_RELAY "Received: from b (bulk.example [203.0.113.5]) by relay.example (Postfix) with ESMTP id 1\n"
#define AT_MAIL "Received: from b (bulk.example [203.0.113.5]) by mail.here.example (Postfix) with ESMTP id 1\n"
#define AT_MX                                                                                                 \
    "Received: from m (mx.here.example [198.51.100.3]) by mail.here.example (Postfix) with ESMTP id 2\n"      \
    "Received: from b (bulk.example [203.0.113.5]) by mx.here.example (Postfix) with ESMTP id 1\n"
static const struct {
    const char *name, *header, *actions;
} doors[] = {
    { "front-door", AT_MX "From: a@b.example", "(keep INBOX)" },
    { "relay", FROM_RELAY AT_RELAY "From: a@b.example", "fileinto Doubtful" },
    { "beside-mx", AT_MAIL "From: a@b.example", "fileinto Doubtful" },
    { "known", AT_MAIL "From: Ben <ben@b.example>", "(keep INBOX)" },
    { "proven", "Authentication-Results: mail.here.example; dmarc=pass header.from=b.example\n" AT_MAIL "From: a@b.example",
      "(keep INBOX)" },
    { "proves-himself", AT_MAIL "Received: from x by y\n"
      "Authentication-Results: mail.here.example; dmarc=pass header.from=b.example\nFrom: a@b.example", "fileinto Doubtful" },
    { "spam", "X-Spam-Flag: YES\n" AT_MAIL "From: a@b.example", "fileinto Junk" },
};

static void
back_doors_are_seen (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree char *bytes = g_strconcat (doors[i].header, "\nSubject: s\n\nbody\n", NULL);
    g_autoptr (IbJudge) judge = judge_with_shipped_filters ();
    g_autoptr (IbFacts) facts = facts_new (shipped);
    ib_facts_set_text (&facts->server_host, g_strdup ("mail.here.example"));
    ib_facts_set_text (&facts->account_address, g_strdup ("anna@here.example"));
    ib_facts_set_list (&facts->relays, g_strsplit ("198.51.100.7 198.51.100.3", " ", -1));
    ib_facts_set_list (&facts->mx, g_strsplit ("here.example mx.here.example 198.51.100.3", "|", -1));
    facts->lists = ib_lists_new ();
    g_autoptr (GBytes) text = g_bytes_new_static ("ben@b.example\n", strlen ("ben@b.example\n"));
    ib_lists_add (facts->lists, "addrbook", text);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes, strlen (bytes), facts, false);
    g_autofree char *actions = render_actions (judgement->plan);
    g_assert_cmpstr (judgement->error, ==, NULL);
    g_assert_cmpstr (actions, ==, doors[i].actions);
}

/* ── golden judgements ── */

static char *
render_judgement (const IbJudgement *judgement)
{
    GString *text = g_string_new (NULL);
    g_autofree char *verdict = ib_verdict_field (judgement->verdict);
    g_autofree char *actions = render_actions (judgement->plan);
    g_autofree char *message_id = g_strescape (judgement->message_id, NULL);
    g_string_append_printf (text, "from: %s\nsubject: %s\nmessage-id: %s\ntwin-key: %s\nverdict: %s\n",
                            judgement->from, judgement->subject, message_id,
                            judgement->twin_key != NULL ? judgement->twin_key : "none", verdict);
    for (guint i = 0; i < judgement->verdict->evidence->len; i++) {
        const IbEvidence *evidence = judgement->verdict->evidence->pdata[i];
        g_autofree char *details = details_of (evidence);
        g_string_append_printf (text, "evidence: %s: %s\n", evidence->feature, details);
    }
    g_string_append_printf (text, "rule: %s\nactions: %s\n", judgement->rule, actions);
    for (guint i = 0; i < judgement->plan->segments->len; i++) {
        const IbSegment *segment = &g_array_index (judgement->plan->segments, IbSegment, i);
        if (segment->literal == NULL)
            g_string_append_printf (text, "range: %" G_GUINT64_FORMAT " + %" G_GUINT64_FORMAT "\n",
                                    segment->offset, segment->length);
    }
    return g_string_free (text, FALSE);
}

/* Whatever is cut and added: the delivered file is ours and then the letter without fields of ours. */
static void
letter_is_judged_as_before (gconstpointer name)
{
    g_autofree char *letter = source_path ("tests/mail/golden", name), *bytes = NULL, *expected = NULL;
    g_autofree char *stem = g_strndup (letter, strlen (letter) - strlen (".eml"));
    g_autofree char *golden = g_strconcat (stem, ".judgement", NULL);
    gsize length;
    g_assert_true (g_file_get_contents (letter, &bytes, &length, NULL));

    g_autoptr (IbJudge) judge = judge_with_shipped_filters ();
    g_autoptr (IbFacts) facts = facts_new (shipped);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes, length, facts, false);
    g_autofree char *text = render_judgement (judgement);
    if (g_getenv ("IB_TEST_UPDATE") != NULL)
        g_assert_true (g_file_set_contents (golden, text, -1, NULL));
    g_assert_true (g_file_get_contents (golden, &expected, NULL, NULL));
    g_assert_cmpstr (text, ==, expected);
}

static void
add_letters (void)
{
    g_autofree char *path = source_path ("tests/mail", "golden");
    g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
    g_assert_nonnull (folder);
    for (const char *name; (name = g_dir_read_name (folder)) != NULL;) {
        if (!g_str_has_suffix (name, ".eml"))
            continue;
        g_autofree char *test = g_strdup_printf ("/judge/letter/%s", name);
        g_test_add_data_func_full (test, g_strdup (name), letter_is_judged_as_before, g_free);
    }
}

/* ── hostile mail ── */

static const struct {
    const char *name, *head, *piece;
} bombs[] = {
    { "fields", "", "A: b\n" },
    { "recipients", "To: ", "a@b.c, " },
    { "comments", "Cc: ", "(" },
    { "groups", "Cc: ", "a:" },
    { "quotes", "From: ", "\"" },
    { "words", "Subject: ", "=?utf-8?q?a?= " },
    { "unended-words", "Subject: ", "=?utf-8?q?" },
    { "folded", "Subject: ", "\n a" },
    { "junk-lines", "A: b\n", "junk\n" },
    { "forged", "", "X-Inbasket-Id: 1\nA: b\n" },
    { "marks", "", "X-Spam-Flag: YES\n" },
    { "nested-parts", "Content-Type: multipart/mixed; boundary=a\n\n",
      "--a\nContent-Type: multipart/mixed; boundary=a\n\n" },
    { "no-lines", "", "x" },
};

/* What is hostile to whoever looks for parts, and a script that does. */
static const char parts_script[]
    = "require [\"body\", \"mime\", \"foreverypart\", \"extracttext\", \"variables\"];\n"
      "foreverypart {\n"
      "    extracttext \"text\";\n"
      "    if header :mime :anychild :param \"name\" :contains \"Content-Type\" \"nowhere\" { discard; }\n"
      "}\n"
      "if body :contains \"nowhere at all\" { discard; }\n"
      "elsif body :content \"\" :matches \"*nowhere*at*all*\" { discard; }\n"
      "elsif body :raw :contains \"nowhere at all\" { discard; }\n";

#define MIXED "Content-Type: multipart/mixed; boundary=a\n\n"
#define HTML "Content-Type: text/html; charset=utf-8\n\n"

static const struct {
    const char *name, *head, *piece;
    bool is_over_limit;
} part_bombs[] = {
    { "nested", MIXED, "--a\n" MIXED, true },
    { "nested-messages", "", "Content-Type: message/rfc822\n\n", true },
    { "siblings", MIXED, "--a\nContent-Type: text/html\n\n<p>x\n", true },
    { "boundaries-of-others", MIXED, "--ab\n--b\n--a-\n", false },
    { "without-end", MIXED "--a\n\n", "x\n", false },
    { "html", HTML, "<b x='\"<!--&am</title", false },
    { "base64", "Content-Transfer-Encoding: base64\n\n", "aGVsbG8=", false },
    { "quoted", "Content-Transfer-Encoding: quoted-printable\n\n", "=E9=\n=x", false },
    { "charset-lies", "Content-Type: text/plain; charset=euc-jp\n\n", "\xff\x8f", false },
};

static double
time_to_judge (IbJudge *judge, const char *head, const char *piece, gsize size)
{
    g_autoptr (IbFacts) facts = facts_new (shipped);
    g_autoptr (GString) bytes = g_string_new (head);
    while (bytes->len < size)
        g_string_append (bytes, piece);

    clock_t start = clock ();
    for (guint round = 0; round < 4; round++) {
        g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes->str, bytes->len, facts, false);
        g_assert_cmpuint (judgement->plan->actions->len, ==, 1);
        g_assert_cmpstr (judgement->error, ==, NULL);
    }
    return (double) (clock () - start) / CLOCKS_PER_SEC;
}

/* A busy machine gets so many tries, and the best of them counts. */
#define TRIES 10

/* Twice the size may not take three times as long. Both sizes are over the limits. */
static void
bomb_takes_linear_time (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autoptr (IbJudge) judge = judge_with_shipped_filters ();
    double ratio = G_MAXDOUBLE;
    for (guint attempt = 0; attempt < TRIES && ratio >= 3; attempt++) {
        double half = time_to_judge (judge, bombs[i].head, bombs[i].piece, 200000);
        ratio = time_to_judge (judge, bombs[i].head, bombs[i].piece, 400000) / MAX (half, 1e-3);
    }
    g_assert_cmpfloat (ratio, <, 3);
}

static double
time_to_judge_parts (IbJudge *judge, gsize i, gsize size)
{
    g_autoptr (IbFacts) facts = facts_new ((const char *const[]){ "parts.sieve", NULL });
    g_autoptr (GString) bytes = g_string_new (part_bombs[i].head);
    while (bytes->len < size)
        g_string_append (bytes, part_bombs[i].piece);

    clock_t start = clock ();
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, bytes->str, bytes->len, facts, false);
    double seconds = (double) (clock () - start) / CLOCKS_PER_SEC;
    g_assert_cmpstr (judgement->error, ==, NULL);
    g_autofree char *text = render_judgement (judgement);
    g_assert_nonnull (strstr (text, "actions: (keep INBOX)"));
    g_assert_true ((strstr (text, "evidence: over-limit") != NULL) == part_bombs[i].is_over_limit);
    return seconds;
}

/* A sanitizer reads memory's shadow for each byte that is looked at, and its allocator makes much of large pieces. */
#define PART_BOMB_BYTES (IB_SANITIZED ? 256 * 1024 : IB_LIMIT_JUDGED_BYTES / 2)
#define PART_BOMB_GROWTH (IB_SANITIZED ? 5 : 3)

/* The same of messages that are hostile to whoever looks for parts. */
static void
part_bomb_is_bounded (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_assert_true (ib_judge_add_script (judge, "parts.sieve", parts_script, strlen (parts_script), NULL));
    double whole = G_MAXDOUBLE, half = G_MAXDOUBLE;
    for (guint attempt = 0; attempt < TRIES && (attempt == 0 || whole >= PART_BOMB_GROWTH * half); attempt++) {
        whole = MIN (whole, time_to_judge_parts (judge, i, PART_BOMB_BYTES));
        half = MIN (half, MAX (time_to_judge_parts (judge, i, PART_BOMB_BYTES / 2), 0.02));
    }
    g_assert_cmpfloat (whole, <, IB_SANITIZED ? 20 : 2);
    g_assert_cmpfloat (whole, <, PART_BOMB_GROWTH * half);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
#define ADD_ROWS(table, folder, function)                                                                    \
    for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {                                                       \
        g_autofree char *path = g_strdup_printf ("/judge/" folder "/%s", table[i].name);                     \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), function);                                         \
    }
    ADD_ROWS (marks, "mark", mark_is_seen)
    ADD_ROWS (runs, "run", scripts_run_in_order)
    ADD_ROWS (edits, "edit", delivered_file_is)
    ADD_ROWS (readings, "reader", reader_sees_all_fields)
    ADD_ROWS (sortings, "shipped", shipped_filters_sort)
    ADD_ROWS (friends, "friends", friends_are_kept)
    ADD_ROWS (senders, "senders", senders_are_known)
    ADD_ROWS (doors, "back-doors", back_doors_are_seen)
    ADD_ROWS (bombs, "linear", bomb_takes_linear_time)
    ADD_ROWS (part_bombs, "parts", part_bomb_is_bounded)
    add_letters ();
    g_test_add_func ("/judge/origin-is-told", origin_is_told);
    g_test_add_func ("/judge/mark/junk-folder", junk_folder_is_a_mark);
    g_test_add_func ("/judge/run/failed-script-keeps", failed_script_keeps);
    g_test_add_func ("/judge/run/actions-of-all-scripts", actions_of_all_scripts_are_bounded);
    g_test_add_func ("/judge/run/account-folder", account_folder_is_kept_in);
    g_test_add_func ("/judge/run/redirect", nothing_is_lost_by_redirect);
    g_test_add_func ("/judge/run/broken-script-leaves-the-old-one", broken_script_leaves_the_old_one);
    g_test_add_func ("/judge/run/trace", trace_is_made_when_asked_for);
    g_test_add_func ("/judge/edit/safe-values", values_cannot_forge_a_field);
    g_test_add_func ("/judge/edit/long-message", rest_of_a_long_message_is_delivered);
    g_test_add_func ("/judge/edit/over-a-limit", over_a_limit_is_said_and_annotated);
    g_test_add_func ("/judge/edit/bounded", edit_list_is_bounded);
    g_test_add_func ("/judge/shipped/all-are-tested", every_shipped_filter_is_tested);
    g_test_add_func ("/judge/shipped/junk-folder", junk_folder_goes_to_junk);
    return g_test_run ();
}
