/* Any bytes are a script, if a wrong one: up to a NUL they are compiled, and what stands behind it is the message that
 * the script runs on. */
#include "mail-limits.h"
#include "sieve.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

/* Enough for any honest script, and soon over. */
#define STEPS 20000

/* What a script that includes another gets: itself, whatever name it asks for. */
typedef struct {
    const char *text;
    size_t length;
} Text;

static char *
include_itself (IbScriptPlace place, const char *name, gsize *out_length, gpointer data)
{
    const Text *text = data;
    *out_length = text->length;
    return g_strcmp0 (name, "none") != 0 ? g_strndup (text->text, text->length) : NULL;
}

static IbFacts *
facts_new (void)
{
    static const char people[] = "anna@example.org\n# nobody\nbob@example.org\n";
    static const char *const folders[] = { "INBOX", "Junk", "Lists.foo", NULL };
    IbFacts *facts = ib_facts_new ();
    g_autoptr (GBytes) list = g_bytes_new_static (people, strlen (people));
    g_strfreev (facts->folders);
    facts->folders = g_strdupv ((char **) folders);
    facts->lists = ib_lists_new ();
    ib_lists_add (facts->lists, "friends", list);
    facts->marks = ib_marks_new ();
    facts->now = 1700000000 * (gint64) G_USEC_PER_SEC;
    facts->utc_offset_s = 19800;
    return facts;
}

static const char mail[] = "Return-Path: <a@example.org>\n"
                           "From: Anna <anna@example.org>, b: c@d, \"e\"@f;\n"
                           "To: me@example.net\n"
                           "Subject: =?utf-8?q?a_b?= aab ab\n"
                           "X-Number: 007\n"
                           "Date: Wed, 20 Nov 2024 23:59:60 +0530\n"
                           "Message-ID: <1@example.org>\n"
                           "Content-Type: multipart/mixed; boundary=b\n"
                           "\n"
                           "--b\n\nbody\n--b\nContent-Type: text/html\n\n<p>body\n"
                           "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nx\n--b--\n";

static void
check_diagnostics (const GPtrArray *diagnostics, bool compiled, bool may_include)
{
    bool has_error = false;
    guint line = 1;
    g_assert_cmpuint (diagnostics->len, <=, IB_LIMIT_DIAGNOSTICS + 1);
    for (guint i = 0; i < diagnostics->len; i++) {
        const IbDiagnostic *item = diagnostics->pdata[i];
        g_assert_cmpuint (item->line, >=, line);
        g_assert_cmpuint (item->column, >=, 1);
        g_assert_true (g_utf8_validate (item->message, -1, NULL));
        line = may_include ? 1 : item->line; /* those of included scripts stand behind */
        has_error |= !item->is_warning;
    }
    g_assert_true (has_error == !compiled);
}

static void
check_outcome (const IbPlan *plan, const IbSieveOutcome *outcome)
{
    g_assert_nonnull (outcome->keep_flags);
    g_assert_cmpuint (plan->actions->len, <=, IB_LIMIT_ACTIONS);
    g_assert_true (outcome->keeps_implicitly || plan->actions->len > 0);
    if (outcome->error != NULL) {
        g_assert_true (outcome->keeps_implicitly);
        g_assert_cmpuint (plan->actions->len, ==, 0);
    }
}

static guint
run (const IbProgram *program, const IbMessage *message, IbTrace *trace)
{
    g_autoptr (IbFacts) facts = facts_new ();
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_SPAM, 0.9);
    g_autoptr (IbPlan) plan = ib_plan_new ();
    guint64 steps = STEPS;
    IbSieveOutcome outcome = { 0 };

    g_autoptr (IbHeader) header = ib_header_new (message);
    const IbSieveContext context
        = { .facts = facts, .verdict = verdict, .steps = &steps, .trace = trace, .header = &header };
    ib_sieve_run (program, message, &context, plan, &outcome);
    g_assert_cmpuint (steps, <=, STEPS);
    check_outcome (plan, &outcome);
    ib_sieve_outcome_clear (&outcome);
    return plan->actions->len;
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    const char *text = (const char *) bytes;
    const char *nul = length > 0 ? memchr (text, '\0', length) : NULL;
    size_t script_length = nul != NULL ? (size_t) (nul - text) : length;

    Text itself = { text, script_length };
    const IbSieveOptions options = { .source = include_itself, .source_data = &itself };
    g_autoptr (GPtrArray) diagnostics = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProgram) program
        = ib_sieve_compile ("f", text, script_length, &options, &diagnostics, &error);
    check_diagnostics (diagnostics, program != NULL,
                       script_length > 0
                           && memmem (text, script_length, "nclude", strlen ("nclude")) != NULL);
    g_assert_true ((program == NULL) == (error != NULL));
    if (program == NULL)
        return 0;

    g_autoptr (IbMessage) message = nul != NULL ? ib_message_new (nul + 1, length - script_length - 1)
                                                : ib_message_new (mail, strlen (mail));
    g_autoptr (IbTrace) trace = ib_trace_new ();
    g_autofree char *why = ib_program_why_not_activatable (program);
    g_assert_cmpuint (run (program, message, NULL), ==, run (program, message, trace));
    return 0;
}
